// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What is counted.

use super::baseline::PEER;
use super::callgrind::{TIMES, measured};
use super::support::planes::{
    ACK, Bed, GUARDED, PORTS, STRANGER, SYN, Segment, near, peer, with_sessions,
};
use super::support::prefixes::{destinations, prefixes};
use poptrie::Poptrie;
use prefix_trie::PrefixMap;
use std::hint::black_box;
use std::net::Ipv6Addr;
use umux_core::action::ACTIONS_MAX;
use umux_core::gate::{Gate, Verdict};
use umux_core::plane::DasWanted;
use umux_core::prefix::{Node, Prefix, Trie};
use umux_core::table::Table;
use umux_core::wire::nd::{self, LinkAddr, NaFlags};

/// Prefixes, sessions and addresses that there are.
const N: usize = 4_096;

/// Collects the names, or does the work.
enum Act {
    Name(Vec<String>),
    Count,
}

impl Act {
    fn case(&mut self, name: &str, mut work: impl FnMut(usize)) {
        match self {
            Self::Name(names) => names.push(name.into()),
            Self::Count => measured(&mut work),
        }
    }

    fn peer(&mut self, name: &str, work: impl FnMut(usize)) {
        self.case(&format!("{PEER}{name}"), work);
    }
}

/// Names of the cases, in their order.
pub fn names() -> Vec<String> {
    let mut act = Act::Name(Vec::new());
    all(&mut act);
    match act {
        Act::Name(names) => names,
        Act::Count => Vec::new(),
    }
}

/// Does all of them.
pub fn run() {
    all(&mut Act::Count);
}

fn all(act: &mut Act) {
    act.case("nothing", |i| {
        black_box(i);
    });
    lpm(act);
    session(act);
    gate(act);
    dad(act);
    neighbor(act);
}

fn lpm(act: &mut Act) {
    let all = prefixes(N);
    let asked = destinations(&all, TIMES);
    let key = |prefix: Prefix| (prefix.addr().to_bits(), prefix.len());
    let mut nodes = vec![Node::EMPTY; N];
    let mut ours = Trie::new(&mut nodes);
    let mut map = PrefixMap::<(u128, u8), usize>::new();
    let mut pop = Poptrie::<(u128, u8), usize>::new();
    for (number, &prefix) in all.iter().enumerate() {
        ours.insert(prefix, number).expect("a node for each");
        map.insert(key(prefix), number);
        pop.insert(key(prefix), number);
    }
    act.case("longest match of 4,096", |i| {
        black_box(ours.lookup(black_box(asked[i])));
    });
    act.peer("longest match, prefix-trie", |i| {
        black_box(map.get_lpm(black_box(&(asked[i].to_bits(), 128))));
    });
    act.peer("longest match, poptrie", |i| {
        black_box(pop.lookup(black_box(asked[i].to_bits())));
    });
    act.case("prefix removed and inserted, of 4,096", |i| {
        let value = ours.remove(black_box(all[i])).expect("it is there");
        let _ = black_box(ours.insert(all[i], value));
    });
    act.peer("prefix removed and inserted, prefix-trie", |i| {
        let value = map.remove(black_box(&key(all[i]))).expect("it is there");
        black_box(map.insert(key(all[i]), value));
    });
}

fn session(act: &mut Act) {
    let mut bed = Bed::new(N);
    bed.fill(N);
    act.case("take + commit + release", |i| {
        let taken = bed.session(i);
        bed.plane.end(taken.handle, bed.now).expect("just taken");
    });
}

fn gate(act: &mut Act) {
    let (mut bed, passes, dropped) = with_sessions(N);
    let input = |table: &Table<'_>, packet: &Segment| {
        Gate::new(table).input(black_box(packet).bytes(), true)
    };
    let empty = Bed::new(16);
    let ports = (PORTS.1, PORTS.0);
    let far = Segment::new(peer(0), STRANGER, ports, ACK);
    let inside: Vec<Segment> = (0..TIMES)
        .map(|n| Segment::new(peer(0), near(n), ports, ACK))
        .collect();
    let sent: Vec<Segment> = passes.iter().map(Segment::answer).collect();
    let table = bed.table;
    act.case("legacy packet, nothing in the plane", |_| {
        black_box(input(empty.table, &far));
    });
    act.case("legacy packet outside the pools' prefixes", |_| {
        black_box(input(table, &far));
    });
    act.case("legacy packet inside a pool's prefix", |i| {
        black_box(input(table, &inside[i]));
    });
    act.case("legacy packet sent", |_| {
        black_box(Gate::new(table).output(black_box(&far).bytes(), true));
    });
    let sent_inside: Vec<Segment> = inside.iter().map(Segment::answer).collect();
    act.case("legacy packet sent from a pool's prefix", |i| {
        black_box(Gate::new(table).output(black_box(&sent_inside[i]).bytes(), true));
    });
    act.case("session's packet received", |i| {
        assert_eq!(input(table, &passes[i]), Verdict::Local);
    });
    act.case("session's packet sent", |i| {
        let verdict = Gate::new(table).output(black_box(&sent[i]).bytes(), true);
        assert_eq!(verdict, Verdict::Send);
    });
    act.case("packet to the plane dropped", |i| {
        assert_eq!(input(table, &dropped[i]), Verdict::Drop);
    });
    bed.guard();
    let das = DasWanted {
        listener: umux_core::plane::Which::Port(GUARDED, None),
        ssa: None,
        pool: None,
        client: Prefix::DEFAULT,
        lifetime: 3_600_000,
        lock_lease: umux_core::plane::LOCK_LEASE,
    };
    let locked = bed.plane.arm(&das, bed.now).expect("one is ready").local;
    let refused: Vec<Segment> = (0..TIMES)
        .map(|n| Segment::new(peer(1), near(n), (PORTS.0, GUARDED), SYN))
        .collect();
    let again = Segment::new(peer(1), locked, (PORTS.0, GUARDED), SYN);
    act.case("SYN to a guarded listener dropped", |i| {
        assert_eq!(input(table, &refused[i]), Verdict::Guarded);
    });
    act.case("SYN to an address that is armed, admitted", |_| {
        assert_eq!(input(table, &again), Verdict::Admit);
        assert!(bed.plane.admit(again.bytes(), true, bed.now));
    });
}

fn dad(act: &mut Act) {
    let mut bed = Bed::new(N);
    act.case("address added, DAD started", |i| bed.add(i));
    // One call sends as many probes as there is room for, or ends DAD of so many
    // addresses as one call may.
    act.case("DAD: timer and probe", |i| {
        if i % ACTIONS_MAX == 0 {
            black_box(bed.call());
        }
    });
    bed.now += 1_000_000;
    act.case("DAD: timer and end", |i| {
        if i % 64 == 0 {
            black_box(bed.call());
        }
    });
}

fn neighbor(act: &mut Act) {
    let local: Ipv6Addr = "2001:db8:1::1234:5678".parse().expect("an address");
    let from: Ipv6Addr = "2001:db8:1::9".parse().expect("an address");
    let lladdr = LinkAddr::new(&[2, 0, 0, 0, 0, 9]);
    let ns = nd::emit_solicitation(&from, &local, &local, lladdr.as_ref());
    let na = nd::emit_advertisement(&from, &local, &from, NaFlags::SOLICITED, lladdr.as_ref());
    act.case("NS parsed and validated", |_| {
        assert!(black_box(nd::parse(black_box(&ns))).is_ok());
    });
    act.case("NA parsed and validated", |_| {
        assert!(black_box(nd::parse(black_box(&na))).is_ok());
    });
    act.case("DAD probe built", |i| {
        black_box(nd::emit_dad_probe(black_box(&local), [i as u8; 6]));
    });
}
