// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The gate, over a plane with an address in each state and phase.

use crate::memory;
use crate::packet::dress;
use std::net::Ipv6Addr;
use std::sync::{Mutex, OnceLock};
use umux_core::action::Actions;
use umux_core::gate::{Gate, Verdict};
use umux_core::plane::{
    Config, DasWanted, IfaceParams, LOCK_LEASE, ListenerSpec, MissPolicy, Plane, PoolSpec, Wanted,
    Which,
};
use umux_core::policy::Wish;
use umux_core::prefix::Prefix;
use umux_core::table::Table;
use umux_core::table::slot::State;
use umux_core::wire::ip6::Ip6;
use umux_core::wire::nd::LinkAddr;
use umux_core::wire::syn::{self, Syn};
use umux_core::wire::upper::Tcp;
use umux_core::wire::walk::{Walk, walk};

const IFINDEX: u32 = 3;
/// Key of the plane's hashes.
const SECRET: [u64; 2] = [0x0123_4567, 0x89ab_cdef];
const TCP: u8 = 6;
const UDP: u8 = 17;
const LPORT: u16 = 40_000;
/// What the guarded listeners listen on: at all addresses, and at [`HOST`].
const PORTS: [u16; 2] = [22, 80];
const LISTENER: usize = 0x15;

const PEERS: [Ipv6Addr; 2] = [
    Ipv6Addr::new(0x2001, 0xdb8, 9, 0, 0, 0, 0, 1),
    Ipv6Addr::new(0x2001, 0xdb8, 9, 0, 0, 0, 0, 2),
];
const HOST: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 1);

const fn pooled(n: u16) -> Ipv6Addr {
    Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0x1234, 0, 0, n + 1)
}

/// What becomes of the addresses, by number.
const TCP_SESSION: u16 = 0;
const CONNECTING: u16 = 1;
const UDP_SESSION: u16 = 2;
const ENDED: u16 = 3;
const ARMED: u16 = 4;
const LOCKED: u16 = 5;
const ACCEPTED: u16 = 6;
const UNCERTAIN: u16 = 7;
const TENTATIVE: u16 = 8;

fn config() -> Config {
    Config {
        max_addrs: 16,
        max_pools: 1,
        max_ifaces: 1,
        tombstone: 5_000,
        duplicated: 20_000,
        audit: 60_000,
        dad_spread: 0,
    }
}

fn segment(src: Ipv6Addr, dst: Ipv6Addr, ports: (u16, u16), flags: u8) -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0, 0, 20, TCP, 64];
    packet.extend(src.octets());
    packet.extend(dst.octets());
    packet.extend(ports.0.to_be_bytes());
    packet.extend(ports.1.to_be_bytes());
    packet.extend([0, 0, 0, 0, 0, 0, 0, 0, 0x50, flags, 0, 0, 0, 0, 0, 0]);
    packet
}

fn wanted(peer: Ipv6Addr, proto: u8, fport: u16) -> Wanted {
    Wanted {
        ifindex: IFINDEX,
        peer,
        proto,
        fport,
        lport: 0,
        uid: 0,
        jail: 0,
        wish: Wish::None,
    }
}

/// Brings the addresses where their names say; each of them is the oldest
/// uncertain one when its turn comes.
fn furnish(plane: &mut Plane<'_>) -> Option<()> {
    let mut now = 1_000_000;
    let iface = IfaceParams {
        ifindex: IFINDEX,
        dad_count: 1,
        retrans: 1000,
        up: true,
        lladdr: LinkAddr::new(&[2, 0, 0, 0, 0, 1]),
    };
    plane.iface_set(&iface, now).ok()?;
    let spec = PoolSpec {
        prefix: Prefix::new(pooled(0), 64)?,
        miss: MissPolicy::Refuse,
        max_age: 0,
        notify: 0,
    };
    let pool = plane.pool_add(IFINDEX, spec, now).ok()?;
    let add = |plane: &mut Plane<'_>, n, now| {
        let handle = plane.addr_add(pool, pooled(n), now).ok()?;
        plane.addr_start(handle, 1, now, 0).ok()
    };
    for n in TCP_SESSION..=UNCERTAIN {
        add(plane, n, now)?;
        for _ in 0..2 {
            now += 1_000_000;
            plane.run(now, &mut Actions::new());
        }
    }
    add(plane, TENTATIVE, now)?;
    let tcp = plane.take(&wanted(PEERS[0], TCP, 443), now).ok()?;
    plane.commit(tcp.handle, LPORT, 1, now).ok()?;
    plane.take(&wanted(PEERS[0], TCP, 443), now).ok()?;
    let udp = wanted(PEERS[1], UDP, 443);
    let (taken, _) = plane.take_for_socket(&udp, 2, now).ok()?;
    plane.commit(taken.handle, LPORT, 2, now).ok()?;
    let other = Wanted { fport: 444, ..udp };
    plane.take_for_socket(&other, 2, now).ok()?;
    let listener = |cookie, addr, port, dual| ListenerSpec {
        cookie,
        addr,
        port,
        dual,
        uid: 0,
        jail: 0,
        pid: 7,
    };
    let all = listener(LISTENER, None, PORTS[0], true);
    plane.listener_add(&all, now).ok()?;
    let one = listener(LISTENER + 1, Some(HOST), PORTS[1], false);
    plane.listener_add(&one, now).ok()?;
    for n in [ENDED, ARMED, LOCKED, ACCEPTED] {
        let das = DasWanted {
            listener: Which::Port(PORTS[0], None),
            ssa: Some(pooled(n)),
            pool: None,
            client: Prefix::DEFAULT,
            lifetime: 1_000,
            lock_lease: LOCK_LEASE,
        };
        plane.arm(&das, now).ok()?;
        if n == ENDED {
            now += 2_000_000;
            plane.run(now, &mut Actions::new());
        } else if n != ARMED {
            let syn = segment(PEERS[0], pooled(n), (LPORT, PORTS[0]), 2);
            plane.admit(&syn, true, now).then_some(())?;
        }
    }
    plane
        .das_bind(pooled(ACCEPTED), PEERS[0], LPORT, 3, now)
        .ok()?;
    Some(())
}

fn table() -> &'static Table<'static> {
    // The plane is kept, or its memory would look lost.
    static ALL: OnceLock<(&'static Table<'static>, Mutex<Plane<'static>>)> = OnceLock::new();
    let (table, _) = ALL.get_or_init(|| {
        let (table, storage) = memory::of(&config(), SECRET);
        let table: &'static Table<'static> = Box::leak(Box::new(table));
        let mut plane = Plane::new(config(), table, storage).expect("a sane configuration");
        furnish(&mut plane).expect("every step of it is allowed");
        for (n, state) in [
            (TCP_SESSION, State::Valid),
            (CONNECTING, State::Valid),
            (UDP_SESSION, State::Valid),
            (ENDED, State::Tombstone),
            (ARMED, State::Valid),
            (LOCKED, State::Valid),
            (ACCEPTED, State::Valid),
            (UNCERTAIN, State::Uncertain),
            (TENTATIVE, State::Tentative),
        ] {
            let found = table.find(pooled(n).into()).map(|(_, view)| view.meta);
            assert_eq!(found.map(|meta| meta.state()), Some(state), "address {n}");
        }
        (table, Mutex::new(plane))
    });
    table
}

/// Who a session's packets come from, its protocol, and its ports, local and
/// foreign; 0: any.
fn session(n: u16) -> Option<(Ipv6Addr, u8, u16, u16)> {
    match n {
        TCP_SESSION => Some((PEERS[0], TCP, LPORT, 443)),
        CONNECTING => Some((PEERS[0], TCP, 0, 443)),
        UDP_SESSION => Some((PEERS[1], UDP, LPORT, 0)),
        ACCEPTED => Some((PEERS[0], TCP, PORTS[0], LPORT)),
        _ => None,
    }
}

/// Asks the gate about a packet, in both directions.
pub fn run(data: &[u8]) {
    let mut addrs: Vec<Ipv6Addr> = (TCP_SESSION..=TENTATIVE).map(pooled).collect();
    addrs.extend(PEERS);
    addrs.extend([
        HOST,
        Ipv6Addr::UNSPECIFIED,
        Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00, 1),
    ]);
    let Some(packet) = dress(data, &addrs) else {
        return;
    };
    let gate = Gate::new(table());
    type Decide<'d> = &'d dyn Fn(&[u8], bool) -> Verdict;
    let decisions: [Decide<'_>; 3] = [
        &|packet, whole| gate.input(packet, whole),
        &|packet, whole| gate.output(packet, whole),
        &|packet, whole| gate.input_four(packet, whole),
    ];
    for decide in decisions {
        let whole = decide(&packet, true);
        assert_ne!(whole, Verdict::More, "there is no more");
        for end in 40..packet.len() {
            let part = decide(&packet[..end], false);
            assert!(
                part == Verdict::More || part == whole,
                "{end} bytes: {part:?}, all: {whole:?}"
            );
        }
    }
    if let Some(ip6) = Ip6::parse(&packet) {
        comes_in(&packet, &ip6, gate.input(&packet, true));
        goes_out(&ip6, gate.output(&packet, true));
    }
}

fn number(addr: Ipv6Addr) -> Option<u16> {
    (TCP_SESSION..=TENTATIVE).find(|&n| pooled(n) == addr)
}

/// Whether what came in may, by what the contract says (section 5), written
/// down a second time.
fn comes_in(packet: &[u8], ip6: &Ip6<'_>, verdict: Verdict) {
    let Some(n) = number(ip6.dst()) else {
        let multicast = ip6.dst().is_multicast();
        let guarded = match syn::six(packet, true) {
            Syn::Opens(port) => port == PORTS[0] || port == PORTS[1] && ip6.dst() == HOST,
            Syn::Hidden => true,
            _ => false,
        };
        match verdict {
            Verdict::Legacy => assert!(multicast || !guarded),
            Verdict::Guarded => assert!(!multicast && guarded),
            Verdict::Neighbor => assert!(multicast && ip6.hop_limit() == 255),
            other => panic!("{other:?} of a packet that is not the plane's"),
        }
        return;
    };
    match verdict {
        Verdict::Drop => {}
        Verdict::Neighbor => {
            assert!(session(n).is_some() || n == ARMED || n == LOCKED);
            assert_eq!((ip6.hop_limit(), ip6.next_header()), (255, 58));
        }
        Verdict::Admit => match walk(packet, true) {
            Walk::Upper { proto, offset, .. } => {
                assert_eq!(proto, TCP);
                let tcp = Tcp::parse(&packet[offset..]).expect("the walk found it");
                assert_eq!(tcp.dst_port, PORTS[0]);
                let locked = (ip6.src(), tcp.src_port) == (PEERS[0], LPORT);
                assert!(n == ARMED && tcp.opens() || n == LOCKED && locked);
            }
            other => panic!("admitted by {other:?}"),
        },
        Verdict::Local => {
            let Walk::Upper { proto, offset, .. } = walk(packet, true) else {
                let (peer, ..) = session(n).expect("only sessions have fragments");
                return assert_eq!(ip6.src(), peer);
            };
            if proto == 58 {
                // Errors and redirects come from routers too.
                return assert!(session(n).is_some() || n == LOCKED || n == ARMED);
            }
            let (peer, of, lport, fport) = session(n).expect("a session's");
            assert_eq!((ip6.src(), proto), (peer, of));
            let port =
                |at: usize| u16::from_be_bytes([packet[offset + at], packet[offset + at + 1]]);
            assert!(fport == 0 || port(0) == fport);
            assert!(lport == 0 || port(2) == lport);
            if proto == TCP {
                let tcp = Tcp::parse(&packet[offset..]).expect("the walk found it");
                assert!(!tcp.opens(), "nobody opens a second connection");
            }
        }
        other => panic!("{other:?} of a packet to the plane"),
    }
}

/// What leaves from an address of the plane leaves from a session; what goes to
/// one stays on this host.
fn goes_out(ip6: &Ip6<'_>, verdict: Verdict) {
    let (from, to) = (number(ip6.src()), number(ip6.dst()));
    match verdict {
        Verdict::Send => {
            assert!(from.is_some_and(|n| session(n).is_some() || n == ARMED || n == LOCKED))
        }
        Verdict::SendServer => assert_eq!(from, Some(LOCKED)),
        Verdict::Local | Verdict::Admit => assert!(to.is_some()),
        Verdict::Neighbor => assert!(from.is_none()),
        Verdict::Legacy => {
            assert!(from.is_none_or(|n| n == TENTATIVE));
            assert!(to.is_none_or(|n| n == TENTATIVE));
        }
        Verdict::Drop => {}
        Verdict::More | Verdict::Guarded => panic!("{verdict:?} of output"),
    }
}
