// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Sessions against a model that is written as plainly as can be: which address
//! one gets, what passes to and from it (contract, section 5), when its PCB is
//! looked at, what one socket has to several peers, and what is left of it.

mod host;

use std::collections::VecDeque;
use std::net::Ipv6Addr;

use host::{ACK, Host, RST, SYN, TCP, UDP, pooled, tcp, udp};
use proptest::prelude::*;
use umux_core::action::Action;
use umux_core::error::Error;
use umux_core::gate::Verdict;
use umux_core::plane::{SOCKET_SESSIONS, Taken};
use umux_core::table::Handle;
use umux_core::table::slot::State;

/// More than one socket may have.
const ADDRS: usize = SOCKET_SESSIONS + 3;
const PEERS: u16 = SOCKET_SESSIONS as u16 + 2;
const SOCKETS: usize = 2;
const LPORTS: [u16; 2] = [40_000, 40_001];
const FPORTS: [u16; 2] = [80, 443];
/// As the host's plane is configured, milliseconds.
const TOMBSTONE: u64 = 5_000;
const AUDIT: u64 = 60_000;
/// How soon a PCB without a socket is looked at again.
const LINGER: u64 = 1_000;

/// What a segment is about: numbers of an address and a peer, ports, flags.
#[derive(Clone, Copy, Debug)]
struct Segment {
    addr: usize,
    peer: u16,
    proto: u8,
    lport: u16,
    fport: u16,
    flags: u8,
}

#[derive(Clone, Debug)]
enum Op {
    /// connect(), and what comes after it.
    Take(u16, u8, u16),
    Commit(usize, u16),
    /// sendto() of a socket that is not connected.
    SendTo(usize, u16, u16),
    /// The same to each peer.
    SendToAll(usize),
    In(Segment),
    Out(Segment),
    /// The kernel asks for a neighbour in the host's own name.
    Resolve(u16),
    Linger(usize, u32),
    End(usize),
    /// close() of a socket that is not connected.
    Close(usize),
    Wait(u64),
}

fn peer_number() -> impl Strategy<Value = u16> {
    // Mostly few, that sessions meet; now and then all.
    prop_oneof![0..3u16, 0..PEERS]
}

fn segment() -> impl Strategy<Value = Segment> {
    (
        0..ADDRS,
        peer_number(),
        prop::sample::select(vec![TCP, UDP]),
        prop::sample::select(LPORTS.to_vec()),
        prop::sample::select(FPORTS.to_vec()),
        prop::sample::select(vec![SYN, SYN | ACK, SYN | RST, ACK, RST]),
    )
        .prop_map(|(addr, peer, proto, lport, fport, flags)| Segment {
            addr,
            peer,
            proto,
            lport,
            fport,
            flags,
        })
}

fn op() -> impl Strategy<Value = Op> {
    let addr = || 0..ADDRS;
    let fport = || prop::sample::select(FPORTS.to_vec());
    let lport = || prop::sample::select(LPORTS.to_vec());
    let proto = || prop::sample::select(vec![TCP, UDP]);
    prop_oneof![
        6 => (peer_number(), proto(), fport()).prop_map(|(peer, proto, port)| Op::Take(peer, proto, port)),
        6 => (addr(), lport()).prop_map(|(n, port)| Op::Commit(n, port)),
        8 => (0..SOCKETS, 0..PEERS, fport()).prop_map(|(socket, peer, port)| Op::SendTo(socket, peer, port)),
        1 => (0..SOCKETS).prop_map(Op::SendToAll),
        12 => segment().prop_map(Op::In),
        8 => segment().prop_map(Op::Out),
        3 => peer_number().prop_map(Op::Resolve),
        3 => (addr(), 0..70_000u32).prop_map(|(n, ms)| Op::Linger(n, ms)),
        4 => addr().prop_map(Op::End),
        1 => (0..SOCKETS).prop_map(Op::Close),
        4 => (1..70_000u64).prop_map(Op::Wait),
    ]
}

#[derive(Clone, Copy, Debug)]
struct Session {
    handle: Handle,
    peer: u16,
    proto: u8,
    /// 0: any, not known yet, or of no meaning.
    lport: u16,
    fport: u16,
    /// The PCB's, once committed.
    cookie: usize,
    /// Of a socket that is not connected.
    socket: Option<usize>,
    on_wire: bool,
    lingers: bool,
    /// When its PCB is looked at.
    due: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
enum At {
    Ready,
    Used(Session),
    Dead { until: u64, peer: u16 },
    Free,
}

struct Model {
    now: u64,
    at: [At; ADDRS],
    /// Who waits longest comes first.
    ready: VecDeque<usize>,
    taken: u64,
    returned: u64,
    ended: u64,
    missed: u64,
}

fn peer(number: u16) -> Ipv6Addr {
    Ipv6Addr::new(0x2001, 0xdb8, 9, 0, 0, 0, 0, number + 1)
}

fn number_of(addr: Ipv6Addr) -> usize {
    (0..ADDRS)
        .find(|&n| pooled(n as u16) == addr)
        .expect("an address of the pool")
}

/// Of connected sockets each has one of its own.
fn cookie_of_address(n: usize) -> usize {
    0x1_0000 + n * 0x100
}

fn cookie_of_socket(socket: usize) -> usize {
    0x9_0000 + socket * 0x100
}

impl Model {
    fn session(&mut self, n: usize) -> Option<&mut Session> {
        match &mut self.at[n] {
            At::Used(session) => Some(session),
            _ => None,
        }
    }

    fn sessions(&self) -> impl Iterator<Item = (usize, Session)> + '_ {
        self.at.iter().enumerate().filter_map(|(n, at)| match at {
            At::Used(session) => Some((n, *session)),
            _ => None,
        })
    }

    fn end(&mut self, n: usize, session: Session) {
        if session.on_wire {
            self.ended += 1;
            self.at[n] = At::Dead {
                until: self.now + TOMBSTONE,
                peer: session.peer,
            };
        } else {
            self.returned += 1;
            self.at[n] = At::Ready;
            self.ready.push_back(n);
        }
    }
}

impl Segment {
    fn packet(&self, to_us: bool) -> Vec<u8> {
        let (us, them) = (pooled(self.addr as u16), peer(self.peer));
        match (self.proto, to_us) {
            (TCP, true) => tcp(them, us, self.fport, self.lport, self.flags),
            (TCP, false) => tcp(us, them, self.lport, self.fport, self.flags),
            (_, true) => udp(them, us, self.fport, self.lport),
            (_, false) => udp(us, them, self.lport, self.fport),
        }
    }

    fn is_of(&self, session: &Session) -> bool {
        self.peer == session.peer
            && self.proto == session.proto
            && (session.lport == 0 || session.lport == self.lport)
            && (session.fport == 0 || session.fport == self.fport)
    }

    /// Whether it asks for a connection (RFC 9293, 3.5).
    fn opens(&self) -> bool {
        self.proto == TCP && self.flags & SYN != 0 && self.flags & ACK == 0
    }
}

/// What a new session is like, and that it got the address that waited longest.
fn begin(
    model: &mut Model,
    got: Result<(Taken, bool), Error>,
    (peer, proto, fport): (u16, u8, u16),
    socket: Option<usize>,
) -> Result<(), TestCaseError> {
    let Some(n) = model.ready.pop_front() else {
        model.missed += 1;
        prop_assert_eq!(got, Err(Error::MissLegacy));
        return Ok(());
    };
    let (taken, new) = got.map_err(|error| TestCaseError::fail(format!("{error:?}")))?;
    prop_assert!(new);
    prop_assert_eq!(taken.local, pooled(n as u16), "whoever waits longest");
    model.taken += 1;
    model.at[n] = At::Used(Session {
        handle: taken.handle,
        peer,
        proto,
        lport: 0,
        fport,
        cookie: socket.map_or(0, cookie_of_socket),
        socket,
        on_wire: false,
        lingers: false,
        due: None,
    });
    Ok(())
}

fn apply(op: &Op, host: &mut Host, model: &mut Model) -> Result<(), TestCaseError> {
    let now = host.now;
    match *op {
        Op::Take(number, proto, fport) => {
            let got = host.take(&peer(number).to_string(), proto, fport);
            begin(
                model,
                got.map(|taken| (taken, true)),
                (number, proto, fport),
                None,
            )?;
        }
        Op::Commit(n, lport) => {
            let due = Some(model.now + AUDIT);
            let Some(session) = model.session(n) else {
                return Ok(());
            };
            // A PCB is committed once.
            if session.lport != 0 {
                return Ok(());
            }
            session.lport = lport;
            session.due = due;
            session.on_wire |= session.proto == TCP;
            session.cookie = session
                .socket
                .map_or(cookie_of_address(n), cookie_of_socket);
            let (handle, cookie) = (session.handle, session.cookie);
            prop_assert_eq!(host.plane.commit(handle, lport, cookie, now), Ok(()));
        }
        Op::SendTo(socket, number, fport) => send_to((socket, number, fport), host, model)?,
        Op::SendToAll(socket) => {
            for number in 0..PEERS {
                send_to((socket, number, FPORTS[0]), host, model)?;
            }
        }
        Op::In(segment) => {
            let verdict = host.input(&segment.packet(true));
            let expected = match &mut model.at[segment.addr] {
                At::Free => Verdict::Legacy,
                At::Used(session) if segment.is_of(session) && !segment.opens() => {
                    session.on_wire = true;
                    Verdict::Local
                }
                _ => Verdict::Drop,
            };
            prop_assert_eq!(verdict, expected);
        }
        Op::Out(segment) => {
            let verdict = host.output(&segment.packet(false));
            let expected = match &mut model.at[segment.addr] {
                At::Free => Verdict::Legacy,
                At::Used(session) if segment.is_of(session) => {
                    session.on_wire = true;
                    Verdict::Send
                }
                _ => Verdict::Drop,
            };
            prop_assert_eq!(verdict, expected);
        }
        Op::Resolve(number) => {
            let named = host.asks_as(peer(number));
            let of_peer = |at: &At| match at {
                At::Used(session) => session.peer == number,
                At::Dead { peer, .. } => *peer == number,
                At::Ready | At::Free => false,
            };
            prop_assert_eq!(named.is_some(), model.at.iter().any(of_peer));
            let Some(n) = named.map(number_of) else {
                return Ok(());
            };
            prop_assert!(of_peer(&model.at[n]), "in a stranger's name");
            let lives = model.sessions().any(|(_, session)| session.peer == number);
            match model.session(n) {
                Some(session) => session.on_wire = true,
                None => prop_assert!(!lives, "a live one is asked first"),
            }
        }
        Op::Linger(n, ms) => {
            let due = Some(model.now + u64::from(ms).clamp(1, AUDIT));
            let Some(session) = model.session(n) else {
                return Ok(());
            };
            // Only what was committed has a PCB that can outlive its socket.
            if session.lport == 0 || session.socket.is_some() {
                return Ok(());
            }
            session.lingers = true;
            session.due = due;
            prop_assert_eq!(host.plane.linger(session.handle, ms, now), Ok(()));
        }
        Op::End(n) => {
            let Some(session) = model.session(n).copied() else {
                return Ok(());
            };
            let (handle, cookie) = (session.handle, session.cookie);
            prop_assert_eq!(host.plane.cookie(handle), Ok(cookie));
            prop_assert_eq!(host.plane.end(handle, now), Ok(cookie));
            // Whoever comes second finds nothing, whatever he wants.
            prop_assert_eq!(host.plane.end(handle, now), Err(Error::Stale));
            prop_assert_eq!(host.plane.cookie(handle), Err(Error::Stale));
            prop_assert_eq!(host.plane.commit(handle, 1, 1, now), Err(Error::Stale));
            prop_assert_eq!(host.plane.linger(handle, 1, now), Err(Error::Stale));
            prop_assert_eq!(host.plane.checked(handle, now), Err(Error::Stale));
            model.end(n, session);
        }
        Op::Close(socket) => {
            let cookie = cookie_of_socket(socket);
            while let Some(handle) = host.plane.any_of_socket(cookie) {
                let found = model
                    .sessions()
                    .find(|(_, session)| session.handle == handle);
                let Some((n, session)) = found else {
                    return Err(TestCaseError::fail("a session that is over"));
                };
                prop_assert_eq!(session.socket, Some(socket));
                prop_assert_eq!(host.plane.end(handle, now), Ok(cookie));
                model.end(n, session);
            }
            let left = model
                .sessions()
                .filter(|(_, session)| session.socket == Some(socket));
            prop_assert_eq!(left.count(), 0, "close() finds each");
        }
        Op::Wait(ms) => wait(ms, host, model)?,
    }
    Ok(())
}

fn send_to(
    (socket, number, fport): (usize, u16, u16),
    host: &mut Host,
    model: &mut Model,
) -> Result<(), TestCaseError> {
    let wanted = Host::wanted(&peer(number).to_string(), UDP, fport);
    let cookie = cookie_of_socket(socket);
    let got = host.plane.take_for_socket(&wanted, cookie, host.now);
    let own: Vec<_> = model
        .sessions()
        .filter(|(_, session)| session.socket == Some(socket))
        .collect();
    if let Some(&(n, session)) = own.iter().find(|(_, own)| own.peer == number) {
        let local = pooled(n as u16);
        let handle = session.handle;
        prop_assert_eq!(got, Ok((Taken { handle, local }, false)));
        let session = model.session(n).expect("just found");
        if session.fport != fport {
            session.fport = 0;
        }
    } else if own.len() == SOCKET_SESSIONS {
        prop_assert_eq!(got, Err(Error::NoSpace));
    } else {
        begin(model, got, (number, UDP, fport), Some(socket))?;
    }
    Ok(())
}

fn wait(ms: u64, host: &mut Host, model: &mut Model) -> Result<(), TestCaseError> {
    host.run(ms * 1000);
    model.now += ms;
    let now = model.now;
    let mut looked_at: Vec<Handle> = std::mem::take(&mut host.seen)
        .into_iter()
        .filter_map(|action| match action {
            Action::CheckPcb { handle } => Some(handle),
            _ => None,
        })
        .collect();
    let mut expected = Vec::new();
    for at in &mut model.at {
        match at {
            At::Used(session) if session.due.is_some_and(|due| due <= now) => {
                // Again, should whoever was asked have forgotten it.
                let due = session.due.expect("just asked");
                let times = 1 + (now - due) / AUDIT;
                expected.extend((0..times).map(|_| session.handle));
                let after = if session.lingers { LINGER } else { AUDIT };
                session.due = Some(now + after);
            }
            At::Dead { until, .. } if *until <= now => *at = At::Free,
            _ => {}
        }
    }
    looked_at.sort_by_key(|handle| handle.to_bits());
    expected.sort_by_key(|handle| handle.to_bits());
    prop_assert_eq!(
        &looked_at,
        &expected,
        "PCBs are looked at when they are due"
    );
    for handle in looked_at {
        prop_assert_eq!(host.plane.checked(handle, host.now), Ok(()));
    }
    Ok(())
}

fn compare(host: &mut Host, model: &Model) -> Result<(), TestCaseError> {
    for n in 0..ADDRS {
        let expected = match model.at[n] {
            At::Ready => State::Uncertain,
            At::Used(_) => State::Valid,
            At::Dead { .. } => State::Tombstone,
            At::Free => State::Free,
        };
        prop_assert_eq!(host.state(pooled(n as u16)), expected, "address {}", n);
    }
    for socket in 0..SOCKETS {
        let found = host.plane.any_of_socket(cookie_of_socket(socket));
        let mut own = model
            .sessions()
            .filter(|(_, session)| session.socket == Some(socket));
        match found {
            None => prop_assert_eq!(own.count(), 0),
            Some(handle) => prop_assert!(own.any(|(_, session)| session.handle == handle)),
        }
    }
    let any = host.plane.any_session();
    let mut sessions = model.sessions();
    match any {
        None => prop_assert_eq!(sessions.count(), 0),
        Some(handle) => prop_assert!(sessions.any(|(_, session)| session.handle == handle)),
    }
    let counters = host.plane.pool_from(host.pool).expect("the pool").counters;
    prop_assert_eq!(
        (
            counters.taken,
            counters.returned,
            counters.ended,
            counters.missed
        ),
        (model.taken, model.returned, model.ended, model.missed)
    );
    Ok(())
}

proptest! {
    #[test]
    fn sessions_are_as_in_the_model(ops in prop::collection::vec(op(), 1..300)) {
        let mut host = Host::new();
        // One after the other, so that it is known who waits longest.
        for n in 0..ADDRS {
            host.add(pooled(n as u16)).expect("room for an address");
            host.run(2 * host::SEC);
        }
        host.seen.clear();
        let mut model = Model {
            now: host.now / 1000,
            at: [At::Ready; ADDRS],
            ready: (0..ADDRS).collect(),
            taken: 0,
            returned: 0,
            ended: 0,
            missed: 0,
        };
        for op in &ops {
            apply(op, &mut host, &mut model)?;
            compare(&mut host, &model)?;
        }
        // In the end all of it is forgotten.
        for n in 0..ADDRS {
            apply(&Op::End(n), &mut host, &mut model)?;
        }
        apply(&Op::Wait(TOMBSTONE), &mut host, &mut model)?;
        compare(&mut host, &model)?;
        host.plane.flush(0, host.now);
        prop_assert_eq!(host.plane.used(), 0);
    }
}
