// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A model check: every order of events, as far as it is bounded, over a plane
//! with two addresses, two sockets and a listener.
//!
//! Breadth first from the empty pool: each state is reached anew by its shortest
//! path, every event is tried in it, and what comes out is gone on from if no
//! state that looks the same was there before.  In every state it is asked that
//!
//! * no address is valid without an owner (a socket, a listener that waits, or
//!   a PCB), and none has two;
//! * nothing reaches an address that is not valid, and only its peer one that is;
//! * no address that was on the wire, or told a client, is given out again before
//!   it was silent, forgotten and added anew;
//! * levels, groups and cookies add up.
//!
//! `UMUX_EXPLORE_STATES` says how many states are gone on from, each.

mod host;

use std::collections::{HashSet, VecDeque};
use std::net::Ipv6Addr;

use host::{ACK, Host, IFINDEX, SYN, TCP, ip, pooled, tcp};
use umux_core::action::{Action, Actions};
use umux_core::error::Error;
use umux_core::gate::Verdict;
use umux_core::plane::{DasWanted, Heard, ListenerSpec};
use umux_core::prefix::Prefix;
use umux_core::table::Handle;
use umux_core::table::slot::{Phase, State};
use umux_core::wire::nd;

const PEERS: [&str; 2] = ["2001:db8:9::1", "2001:db8:9::2"];
const PORT: u16 = 22;
const LISTENER: usize = 0x100;
const LPORT: u16 = 40_000;

/// What can happen.  Numbers are those of addresses, sockets and peers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Event {
    Add(usize),
    Delete(usize),
    /// The next timer of an address.
    Time,
    Link(bool),
    /// Another node's DAD, and its advertisement.
    Probe(usize),
    Claim(usize),
    /// connect(); it fails before it is committed; a segment leaves; close().
    Connect(usize),
    Fail(usize),
    Send(usize),
    Close(usize),
    Listen,
    Unlisten,
    Arm,
    /// A SYN and an ACK of a client to an address.
    Syn(usize, usize),
    Ack(usize, usize),
    /// The connection's PCB is seen; it goes.
    Accept(usize),
    Hangup(usize),
}

fn client_events() -> Vec<Event> {
    use Event::*;
    let mut all = vec![Time, Link(false), Link(true)];
    for n in 0..2 {
        all.extend([Add(n), Delete(n), Probe(n), Claim(n)]);
        all.extend([Connect(n), Fail(n), Send(n), Close(n)]);
    }
    all
}

fn server_events() -> Vec<Event> {
    use Event::*;
    let mut all = vec![Time, Listen, Unlisten, Arm, Connect(0), Send(0), Close(0)];
    for n in 0..2 {
        all.extend([Add(n), Delete(n), Accept(n), Hangup(n)]);
        all.extend([Syn(n, 0), Syn(n, 1), Ack(n, 0)]);
    }
    all
}

/// The plane, and who else has a part in it.
struct World {
    host: Host,
    /// Sockets with their sessions, and whether these are committed.
    sockets: [Option<(Handle, Ipv6Addr)>; 2],
    /// Connections that were accepted, by address.
    accepted: [Option<Handle>; 2],
    /// Addresses that a peer has seen or was told, since they were added.
    used: [bool; 2],
    /// Groups joined and not left.
    groups: i32,
    listens: bool,
}

/// Which of the two.
fn number(addr: Ipv6Addr) -> usize {
    usize::from(addr == pooled(1))
}

impl World {
    fn new() -> Self {
        Self {
            host: Host::new(),
            sockets: [None; 2],
            accepted: [None; 2],
            used: [false; 2],
            groups: 0,
            listens: false,
        }
    }

    fn state(&self, n: usize) -> State {
        let found = self.host.table.find(pooled(n as u16).into());
        found.map_or(State::Free, |(_, view)| view.meta.state())
    }

    fn phase(&self, n: usize) -> Phase {
        self.host.table.phase(pooled(n as u16).into())
    }

    /// Carries effects out, as the module does.
    fn settle(&mut self) {
        loop {
            let mut out = Actions::new();
            self.host.plane.run(self.host.now, &mut out);
            if out.is_empty() {
                return;
            }
            for action in out {
                match action {
                    Action::Leave => {
                        while self.host.plane.next_group().is_some() {
                            self.groups -= 1;
                        }
                    }
                    Action::CheckPcb { handle } => {
                        let owned = self.sockets.iter().flatten().any(|s| s.0 == handle)
                            || self.accepted.contains(&Some(handle));
                        assert!(owned, "a session without a PCB is checked");
                        let _ = self.host.plane.checked(handle, self.host.now);
                    }
                    Action::FindPcb { handle } => {
                        let _ = self.host.plane.das_absent(handle, self.host.now);
                    }
                    _ => {}
                }
            }
        }
    }

    /// When the next timer of an address fires.
    fn next(&mut self) -> Option<u64> {
        let (mut at, mut cursor) = (None, 0);
        while let Some((slot, info)) = self.host.plane.addr_from(cursor, self.host.now) {
            cursor = slot + 1;
            let due = info
                .timer
                .map(|ms| (self.host.now / 1000 + u64::from(ms)) * 1000);
            at = [at, due].into_iter().flatten().min();
        }
        at
    }

    /// Lets it happen; `false`: it cannot.
    fn happen(&mut self, event: Event) -> bool {
        let now = self.host.now;
        let done = match event {
            Event::Add(n) => self.add(n),
            Event::Delete(n) => {
                let addr = pooled(n as u16);
                self.host.plane.addr_del(self.host.pool, addr, now).is_ok()
            }
            Event::Time => match self.next() {
                Some(at) => {
                    self.host.now = at.max(now);
                    true
                }
                None => false,
            },
            Event::Link(up) => self.host.link(IFINDEX, up, 1).is_ok(),
            Event::Probe(n) => self.hear(&nd::emit_dad_probe(&pooled(n as u16), [9; 6])),
            Event::Claim(n) => {
                let addr = pooled(n as u16);
                let all = ip("ff02::1");
                let na = nd::emit_advertisement(&addr, &all, &addr, nd::NaFlags::OVERRIDE, None);
                self.hear(&na)
            }
            Event::Connect(s) => self.connect(s, true),
            Event::Fail(s) => self.connect(s, false),
            Event::Send(s) => self.send(s),
            Event::Close(s) => match self.sockets[s].take() {
                Some((handle, _)) => {
                    assert_eq!(self.host.plane.end(handle, now), Ok(s + 1), "its cookie");
                    assert_eq!(self.host.plane.end(handle, now), Err(Error::Stale));
                    true
                }
                None => false,
            },
            Event::Listen => self.listen(),
            Event::Unlisten => {
                self.listens = false;
                self.host.plane.listener_del(LISTENER, now).is_ok()
            }
            Event::Arm => self.arm(),
            Event::Syn(n, peer) => self.segment(n, peer, SYN),
            Event::Ack(n, peer) => self.segment(n, peer, ACK),
            Event::Accept(n) => self.accept(n),
            Event::Hangup(n) => match self.accepted[n].take() {
                Some(handle) => {
                    assert_eq!(
                        self.host.plane.end(handle, now),
                        Ok(0x200 + n),
                        "its cookie"
                    );
                    true
                }
                None => false,
            },
        };
        self.settle();
        done
    }

    fn add(&mut self, n: usize) -> bool {
        let before = self.state(n);
        match self
            .host
            .plane
            .addr_add(self.host.pool, pooled(n as u16), self.host.now)
        {
            Ok(handle) => {
                assert_eq!(before, State::Free, "what is there is not added");
                self.used[n] = false;
                self.groups += 1;
                let started = self.host.plane.addr_start(handle, 1, self.host.now, 0);
                assert_eq!(started, Ok(()));
                true
            }
            Err(error) => {
                assert_eq!(error, Error::Exists);
                false
            }
        }
    }

    fn hear(&mut self, packet: &[u8]) -> bool {
        let (heard, _) = self.host.hear(IFINDEX, packet);
        heard == Heard::Consumed
    }

    fn connect(&mut self, s: usize, succeeds: bool) -> bool {
        if self.sockets[s].is_some() {
            return false;
        }
        let Ok(taken) = self.host.take(PEERS[s], TCP, 443) else {
            let ready = (0..2).any(|n| self.state(n) == State::Uncertain);
            assert!(!ready, "a ready address was not given");
            return false;
        };
        let n = number(taken.local);
        assert!(!self.used[n], "{} is given out twice", taken.local);
        if succeeds {
            let now = self.host.now;
            let committed = self.host.plane.commit(taken.handle, LPORT, s + 1, now);
            assert_eq!(committed, Ok(()));
            self.sockets[s] = Some((taken.handle, taken.local));
        } else {
            assert_eq!(self.host.plane.end(taken.handle, self.host.now), Ok(0));
        }
        true
    }

    fn send(&mut self, s: usize) -> bool {
        let Some((_, local)) = self.sockets[s] else {
            return false;
        };
        let packet = tcp(local, ip(PEERS[s]), LPORT, 443, SYN);
        assert_eq!(self.host.output(&packet), Verdict::Send);
        self.used[number(local)] = true;
        true
    }

    fn listen(&mut self) -> bool {
        let spec = ListenerSpec {
            cookie: LISTENER,
            addr: None,
            port: PORT,
            dual: false,
            uid: 0,
            jail: 0,
            pid: 1,
        };
        let added = self.host.plane.listener_add(&spec, self.host.now).is_ok();
        self.listens |= added;
        added
    }

    fn arm(&mut self) -> bool {
        let das = DasWanted {
            port: PORT,
            pid: None,
            ssa: None,
            pool: None,
            client: Prefix::DEFAULT,
            lifetime: 10_000,
        };
        let Ok(taken) = self.host.plane.arm(&das, self.host.now) else {
            return false;
        };
        assert!(self.listens, "armed for nobody");
        let n = number(taken.local);
        assert!(!self.used[n], "{} is given out twice", taken.local);
        self.used[n] = true;
        true
    }

    /// A client's segment to the guarded port.
    fn segment(&mut self, n: usize, peer: usize, flags: u8) -> bool {
        let packet = tcp(ip(PEERS[peer]), pooled(n as u16), LPORT, PORT, flags);
        let before = self.phase(n);
        let admitted = self.host.input(&packet) == Verdict::Admit
            && self.host.plane.admit(&packet, true, self.host.now);
        if admitted {
            let others = PEERS[1 - peer];
            assert_ne!(before, Phase::Client);
            // From now on the other one is a stranger.
            let other = tcp(ip(others), pooled(n as u16), LPORT, PORT, SYN);
            let second = self.host.input(&other) == Verdict::Admit
                && self.host.plane.admit(&other, true, self.host.now);
            assert!(!second, "two clients in one address");
        }
        admitted
    }

    fn accept(&mut self, n: usize) -> bool {
        if !matches!(self.phase(n), Phase::Locked | Phase::Acked) {
            return false;
        }
        let (peer, now) = (self.peer(n), self.host.now);
        let local = pooled(n as u16);
        let Ok(handle) = self.host.plane.das_bind(local, peer, LPORT, 0x200 + n, now) else {
            return false;
        };
        self.accepted[n] = Some(handle);
        true
    }

    fn peer(&self, n: usize) -> Ipv6Addr {
        let found = self.host.table.find(pooled(n as u16).into());
        found.expect("a valid address").1.peer.into()
    }

    /// What must hold always.
    fn check(&mut self) {
        let mut levels = [0; umux_core::table::slot::STATES];
        for n in 0..2 {
            let (addr, state, phase) = (pooled(n as u16), self.state(n), self.phase(n));
            levels[state as usize] += 1;
            let sockets = self.sockets.iter().flatten();
            let owners = sockets.filter(|socket| socket.1 == addr).count()
                + usize::from(self.accepted[n].is_some())
                + usize::from(phase.is_waiting() && self.listens);
            assert_eq!(
                owners,
                usize::from(state == State::Valid),
                "owners of {addr}"
            );
            for peer in PEERS {
                for (fport, lport) in [(443, LPORT), (LPORT, PORT)] {
                    self.reach(n, ip(peer), (fport, lport), state, phase);
                }
            }
        }
        for state in [State::Uncertain, State::Valid, State::Tombstone] {
            assert_eq!(self.host.level(state), levels[state as usize], "{state:?}");
        }
        let waiting = (0..2).filter(|&n| self.phase(n).is_waiting()).count();
        assert_eq!(self.host.plane.waiting() as usize, waiting);
        // Those that are to be left wait for their timer.
        assert!(self.groups >= 0, "a group is left twice");
    }

    fn reach(&self, n: usize, peer: Ipv6Addr, ports: (u16, u16), state: State, phase: Phase) {
        let addr = pooled(n as u16);
        let syn = self.host.input(&tcp(peer, addr, ports.0, ports.1, SYN));
        let ack = self.host.input(&tcp(peer, addr, ports.0, ports.1, ACK));
        let opaque = |verdict| matches!(verdict, Verdict::Drop);
        match (state, phase) {
            (State::Valid, Phase::Client | Phase::Established) => {
                assert!(opaque(syn), "a session is opened from outside");
                if self.peer(n) != peer {
                    assert!(opaque(ack), "a stranger reaches a session");
                }
            }
            (State::Valid, _) => assert_ne!(ack, Verdict::Legacy),
            (State::Free | State::Duplicated, _) => {
                assert!(!matches!(ack, Verdict::Local | Verdict::Admit));
            }
            _ => assert!(
                opaque(syn) && opaque(ack),
                "{addr} is {state:?} and reached"
            ),
        }
    }

    /// What a state looks like, as far as it decides what follows.
    fn digest(&mut self) -> String {
        let mut text = format!("{:?}{}{}", self.used, self.listens, self.groups);
        let mut cursor = 0;
        let mut oldest = Vec::new();
        while let Some((slot, info)) = self.host.plane.addr_from(cursor, self.host.now) {
            cursor = slot + 1;
            let meta = info.meta;
            let view = self
                .host
                .table
                .find(info.addr.into())
                .map(|(_, view)| view.peer);
            text += &format!(
                "|{} {:?} {:?} {} {} {} {:?} {:?}",
                number(info.addr),
                meta.state(),
                meta.phase(),
                meta.lport(),
                meta.fport(),
                info.probes_left,
                info.timer,
                view.filter(|_| meta.state() == State::Valid),
            );
            oldest.push((info.age, number(info.addr)));
        }
        oldest.sort_unstable();
        let owners = self
            .sockets
            .map(|socket| socket.map(|(_, addr)| number(addr)));
        let accepted = self.accepted.map(|handle| handle.is_some());
        text += &format!(
            "{:?}{owners:?}{accepted:?}",
            oldest.iter().map(|o| o.1).collect::<Vec<_>>()
        );
        text += &format!("{:?}", self.host.plane.pool_from(0).map(|pool| pool.up));
        text
    }
}

fn reached(path: &[Event]) -> World {
    let mut world = World::new();
    for &event in path {
        world.happen(event);
    }
    world
}

/// Goes on from `states` states; how many there were, and how deep it came.
fn explore(events: &[Event], states: usize) -> (usize, usize) {
    let mut seen = HashSet::new();
    let mut queue = VecDeque::from([Vec::new()]);
    let mut deepest = 0;
    for _ in 0..states {
        let Some(path) = queue.pop_front() else { break };
        deepest = path.len();
        for &event in events {
            let mut next = path.clone();
            next.push(event);
            // What failed is told with the way to it.
            let told = std::panic::catch_unwind(|| {
                let mut world = reached(&path);
                world.happen(event).then(|| {
                    world.check();
                    world.digest()
                })
            });
            match told {
                Ok(Some(digest)) => {
                    if seen.insert(digest) {
                        queue.push_back(next);
                    }
                }
                Ok(None) => {}
                Err(_) => panic!("the way to it: {next:?}"),
            }
        }
    }
    (seen.len(), deepest)
}

fn states() -> usize {
    let given = std::env::var("UMUX_EXPLORE_STATES").ok();
    given.and_then(|n| n.parse().ok()).unwrap_or(150)
}

#[test]
fn no_order_of_client_events_breaks_a_promise() {
    let (seen, deepest) = explore(&client_events(), states());
    println!("{seen} states, all ways of {deepest} events");
    assert!(seen > 200 && deepest >= 3);
}

#[test]
fn no_order_of_server_events_breaks_a_promise() {
    let (seen, deepest) = explore(&server_events(), states());
    println!("{seen} states, all ways of {deepest} events");
    assert!(seen > 100 && deepest >= 3);
}
