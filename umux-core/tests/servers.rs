// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Servers (contract, section 7): LISTEN_0 accepts nothing, LISTEN_U one
//! connection of one client.

mod host;

use std::collections::HashMap;
use std::net::Ipv6Addr;

use host::*;
use umux_core::action::{Action, Events};
use umux_core::error::{Error, Result};
use umux_core::gate::{Gate, Verdict};
use umux_core::plane::{DasWanted, LOCK_LEASE, ListenerSpec, Taken, USER_LISTENERS, Which};
use umux_core::policy::{ListenRule, ListenVerdict};
use umux_core::prefix::Prefix;
use umux_core::table::slot::{Phase, State};

const PORT: u16 = 22;
const LISTENER: usize = 0x1000;
const CHILD: usize = 0x2000;
const CLIENT: &str = "2001:db8:9::1";
const OTHER: &str = "2001:db8:9::2";
const STABLE: &str = "2001:db8:1::1";
const MS: u64 = 1000;

fn spec() -> ListenerSpec {
    ListenerSpec {
        cookie: LISTENER,
        addr: None,
        port: PORT,
        dual: true,
        uid: 0,
        jail: 0,
        pid: 77,
    }
}

fn wanted() -> DasWanted {
    DasWanted {
        listener: Which::Port(PORT, None),
        ssa: None,
        pool: None,
        client: Prefix::DEFAULT,
        lifetime: 10_000,
        lock_lease: LOCK_LEASE,
    }
}

trait Server {
    fn serving(n: u16) -> Self;
    fn arm(&mut self, wanted: &DasWanted) -> Result<Taken>;
    fn comes(&mut self, packet: &[u8]) -> bool;
    fn bind(&mut self, ssa: Ipv6Addr, peer: &str, port: u16) -> Result<()>;
    fn phase(&self, ssa: Ipv6Addr) -> Phase;
}

impl Server for Host {
    fn serving(n: u16) -> Host {
        let mut host = Host::new();
        host.fill(n);
        host.plane.listener_add(&spec(), host.now).unwrap();
        host
    }

    fn arm(&mut self, wanted: &DasWanted) -> Result<Taken> {
        self.plane.arm(wanted, self.now)
    }

    /// As the input hook does it.
    fn comes(&mut self, packet: &[u8]) -> bool {
        match self.input(packet) {
            Verdict::Admit => self.plane.admit(packet, true, self.now),
            Verdict::Local => true,
            Verdict::Drop => false,
            other => panic!("{other:?} for a packet to an armed address"),
        }
    }

    fn bind(&mut self, ssa: Ipv6Addr, peer: &str, port: u16) -> Result<()> {
        self.plane
            .das_bind(ssa, ip(peer), port, CHILD, self.now)
            .map(drop)
    }

    fn phase(&self, ssa: Ipv6Addr) -> Phase {
        self.table.phase(ssa.into())
    }
}

fn syn(from: &str, to: Ipv6Addr, sport: u16) -> Vec<u8> {
    tcp(ip(from), to, sport, PORT, SYN)
}

fn ack(from: &str, to: Ipv6Addr, sport: u16) -> Vec<u8> {
    tcp(ip(from), to, sport, PORT, ACK)
}

#[test]
fn a_listener_is_guarded_at_every_address_but_only_for_syns_to_its_port() {
    let mut host = Host::serving(1);
    for to in [STABLE, "fe80::1", "::1"] {
        assert_eq!(host.input(&syn(CLIENT, ip(to), 5)), Verdict::Guarded);
        assert_eq!(host.input(&ack(CLIENT, ip(to), 5)), Verdict::Legacy);
        let other = tcp(ip(CLIENT), ip(to), 5, PORT + 1, SYN);
        assert_eq!(host.input(&other), Verdict::Legacy);
    }
    // An uncertain address of the pool says nothing, as before.
    assert_eq!(host.input(&syn(CLIENT, pooled(0), 5)), Verdict::Drop);
    host.plane.listener_del(LISTENER, host.now).unwrap();
    assert_eq!(host.input(&syn(CLIENT, ip(STABLE), 5)), Verdict::Legacy);
    assert_eq!(
        host.plane.listener_del(LISTENER, host.now),
        Err(Error::NoListener)
    );
}

#[test]
fn a_listener_on_one_address_is_guarded_there_only_and_cannot_be_armed() {
    let mut host = Host::new();
    host.fill(1);
    let one = ListenerSpec {
        addr: Some(ip(STABLE)),
        ..spec()
    };
    host.plane.listener_add(&one, host.now).unwrap();
    assert_eq!(host.input(&syn(CLIENT, ip(STABLE), 5)), Verdict::Guarded);
    let elsewhere = syn(CLIENT, ip("2001:db8:1::2"), 5);
    assert_eq!(host.input(&elsewhere), Verdict::Legacy);
    assert_eq!(host.arm(&wanted()), Err(Error::NotWildcard));
    host.plane.listener_del(LISTENER, host.now).unwrap();
    assert_eq!(host.input(&syn(CLIENT, ip(STABLE), 5)), Verdict::Legacy);
    assert_eq!(host.arm(&wanted()), Err(Error::NoListener));
}

#[test]
fn a_dual_stack_listener_is_guarded_in_ipv4_too() {
    let mut host = Host::new();
    let mut packet = vec![0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0];
    packet.extend([10, 0, 0, 2, 10, 0, 0, 1]);
    packet.extend([0, 9, 0, PORT as u8, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, SYN]);
    packet.extend([0; 6]);
    let asked = |host: &Host| Gate::new(host.table).input_four(&packet, true);
    for (dual, expected) in [(false, Verdict::Legacy), (true, Verdict::Guarded)] {
        let spec = ListenerSpec { dual, ..spec() };
        host.plane.listener_add(&spec, host.now).unwrap();
        assert_eq!(asked(&host), expected);
        host.plane.listener_del(LISTENER, host.now).unwrap();
    }
    assert_eq!(asked(&host), Verdict::Legacy);
}

#[test]
fn two_listeners_on_a_port_are_guarded_until_both_are_gone() {
    let mut host = Host::serving(0);
    let second = ListenerSpec {
        cookie: 9,
        ..spec()
    };
    host.plane.listener_add(&second, host.now).unwrap();
    assert_eq!(
        host.plane.listener_add(&second, host.now),
        Err(Error::Exists)
    );
    host.plane.listener_del(LISTENER, host.now).unwrap();
    assert_eq!(host.input(&syn(CLIENT, ip(STABLE), 5)), Verdict::Guarded);
    host.plane.listener_del(9, host.now).unwrap();
    assert_eq!(host.input(&syn(CLIENT, ip(STABLE), 5)), Verdict::Legacy);
}

#[test]
fn an_armed_address_lets_one_connection_in() {
    let mut host = Host::serving(2);
    let ssa = host.arm(&wanted()).unwrap().local;
    assert_eq!(host.state(ssa), State::Valid);
    assert!(!host.comes(&ack(CLIENT, ssa, 5)), "an ACK opens nothing");
    assert!(!host.comes(&tcp(ip(CLIENT), ssa, 5, PORT + 1, SYN)));
    assert!(!host.comes(&udp(ip(CLIENT), ssa, 5, PORT)));
    assert_eq!(host.phase(ssa), Phase::Armed);

    assert!(host.comes(&syn(CLIENT, ssa, 5)));
    assert_eq!(host.phase(ssa), Phase::Locked);
    assert!(host.comes(&syn(CLIENT, ssa, 5)), "retransmitted");
    assert!(!host.comes(&syn(CLIENT, ssa, 6)), "another port");
    assert!(!host.comes(&syn(OTHER, ssa, 5)), "another client");
    let answer = tcp(ssa, ip(CLIENT), PORT, 5, SYN | ACK);
    assert_eq!(host.output(&answer), Verdict::SendServer);
    let to_other = tcp(ssa, ip(OTHER), PORT, 5, SYN | ACK);
    assert_eq!(host.output(&to_other), Verdict::Drop);

    assert!(host.comes(&ack(CLIENT, ssa, 5)));
    assert_eq!(host.phase(ssa), Phase::Acked);
    assert!(host.comes(&syn(CLIENT, ssa, 5)), "a late one");
    assert_eq!(host.bind(ssa, OTHER, 5), Err(Error::Stale));
    assert_eq!(host.bind(ssa, CLIENT, 6), Err(Error::Stale));
    host.bind(ssa, CLIENT, 5).unwrap();
    assert_eq!(host.bind(ssa, CLIENT, 5), Err(Error::Stale));
    assert_eq!(host.phase(ssa), Phase::Established);
    assert!(host.comes(&ack(CLIENT, ssa, 5)));
    assert!(!host.comes(&syn(CLIENT, ssa, 5)), "a second connection");

    let handle = host.table.find_valid(ssa.into()).unwrap();
    assert_eq!(host.plane.cookie(handle), Ok(CHILD));
    host.plane.closing(handle).unwrap();
    assert!(
        !host.comes(&ack(CLIENT, ssa, 5)),
        "the listener is behind it"
    );
    let reset = tcp(ssa, ip(CLIENT), PORT, 5, RST);
    assert_eq!(host.output(&reset), Verdict::Send);
    assert_eq!(host.plane.end(handle, host.now), Ok(CHILD));
    assert_eq!(host.state(ssa), State::Tombstone);
    assert!(!host.comes(&syn(CLIENT, ssa, 5)));
    assert_eq!(host.output(&reset), Verdict::Drop);
    let again = DasWanted {
        ssa: Some(ssa),
        ..wanted()
    };
    assert_eq!(host.arm(&again), Err(Error::Busy));
}

#[test]
fn nothing_leaves_an_armed_address_and_no_error_comes_in() {
    let mut host = Host::serving(1);
    let ssa = host.arm(&wanted()).unwrap().local;
    let out = tcp(ssa, ip(CLIENT), PORT, 5, RST);
    assert_eq!(host.output(&out), Verdict::Drop);
    // To the address that stands for "any client" neither.
    let out = tcp(ssa, Ipv6Addr::UNSPECIFIED, PORT, 0, RST);
    assert_eq!(host.output(&out), Verdict::Drop);
    let about = tcp(ssa, Ipv6Addr::UNSPECIFIED, PORT, 0, ACK);
    assert!(!host.comes(&icmp6(ip(OTHER), ssa, 1, &about)));
    // From LOCKED on, errors about the answer are the session's.
    assert!(host.comes(&syn(CLIENT, ssa, 5)));
    let about = tcp(ssa, ip(CLIENT), PORT, 5, SYN | ACK);
    assert!(host.comes(&icmp6(ip(OTHER), ssa, 1, &about)));
}

#[test]
fn only_the_client_that_it_is_for_gets_it() {
    let mut host = Host::serving(1);
    let ssa = host
        .arm(&DasWanted {
            client: Prefix::host(ip(CLIENT)),
            ..wanted()
        })
        .unwrap()
        .local;
    assert!(!host.comes(&syn(OTHER, ssa, 5)));
    assert!(host.comes(&syn(CLIENT, ssa, 5)));
}

#[test]
fn what_is_armed_can_be_withdrawn_until_its_client_comes() {
    let mut host = Host::serving(2);
    let ssa = host.arm(&wanted()).unwrap().local;
    host.plane.addr_del(host.pool, ssa, host.now).unwrap();
    assert!(!host.comes(&syn(CLIENT, ssa, 5)), "silence");
    assert_eq!(host.state(ssa), State::Tombstone);
    assert_eq!(host.plane.counters().lapsed, 1);
    assert_eq!(host.plane.waiting(), 0);
    assert_eq!(
        host.plane.addr_del(host.pool, ssa, host.now),
        Err(Error::NotFound)
    );

    let ssa = host.arm(&wanted()).unwrap().local;
    assert!(host.comes(&syn(CLIENT, ssa, 5)));
    let refused = host.plane.addr_del(host.pool, ssa, host.now);
    assert_eq!(refused, Err(Error::Busy), "somebody is there");
    assert!(host.comes(&ack(CLIENT, ssa, 5)));
    // The listener goes, and with it what is left.
    host.plane.listener_del(LISTENER, host.now).unwrap();
    assert_eq!(host.plane.waiting(), 0);
}

#[test]
fn of_two_that_passed_the_gate_together_the_first_gets_it() {
    let mut host = Host::serving(1);
    let ssa = host.arm(&wanted()).unwrap().local;
    let packets = [
        syn(CLIENT, ssa, 5),
        syn(OTHER, ssa, 5),
        syn(CLIENT, ssa, 6),
        syn(CLIENT, ssa, 5),
    ];
    for packet in &packets {
        assert_eq!(host.input(packet), Verdict::Admit);
    }
    let admitted = packets.map(|packet| host.plane.admit(&packet, true, host.now));
    assert_eq!(admitted, [true, false, false, true]);
}

#[test]
fn odd_first_segments_do_not_lock_it() {
    let mut host = Host::serving(1);
    let ssa = host.arm(&wanted()).unwrap().local;
    for flags in [SYN | RST, SYN | 1, RST, SYN | ACK] {
        assert!(
            !host.comes(&tcp(ip(CLIENT), ssa, 5, PORT, flags)),
            "{flags:#x}"
        );
    }
    assert!(!host.comes(&tcp(ip(CLIENT), ssa, 0, PORT, SYN)));
    assert!(!host.comes(&syn("::", ssa, 5)));
    assert!(!host.comes(&syn("ff02::1", ssa, 5)));
    // The first of several fragments: the rest would be anybody's.
    let mut upper = vec![6, 0, 0, 1, 0, 0, 0, 9];
    upper.extend(&syn(CLIENT, ssa, 5)[40..]);
    upper.extend([0; 12]);
    assert!(!host.comes(&packet(ip(CLIENT), ssa, 44, 64, &upper)));
    assert_eq!(host.phase(ssa), Phase::Armed);
}

#[test]
fn the_lease_of_a_handshake_outlasts_its_last_syn_and_no_longer() {
    let mut host = Host::serving(1);
    let ssa = host.arm(&wanted()).unwrap().local;
    host.run(9_999 * MS);
    assert!(host.comes(&syn(CLIENT, ssa, 5)));
    host.run(u64::from(LOCK_LEASE) * MS - MS);
    assert!(
        host.comes(&syn(CLIENT, ssa, 5)),
        "its lifetime is over long ago"
    );
    host.run(u64::from(LOCK_LEASE) * MS - MS);
    assert_eq!(host.phase(ssa), Phase::Locked);
    host.run(2 * MS);
    assert_eq!(host.state(ssa), State::Tombstone);
    assert_eq!(host.plane.waiting(), 0);
    assert_eq!(host.plane.counters().lapsed, 1);
    assert!(
        host.events()
            .iter()
            .any(|e| e.events.contains(Events::LAPSED))
    );
}

#[test]
fn a_connection_that_does_not_speak_is_looked_for() {
    let mut host = Host::serving(1);
    let ssa = host.arm(&wanted()).unwrap().local;
    assert!(host.comes(&syn(CLIENT, ssa, 5)) && host.comes(&ack(CLIENT, ssa, 5)));
    host.seen.clear();
    host.run(SEC);
    let looks: Vec<_> = host
        .seen
        .iter()
        .filter_map(|action| match action {
            Action::FindPcb { handle } => Some(*handle),
            _ => None,
        })
        .collect();
    assert!((2..=5).contains(&looks.len()), "{}", looks.len());
    let tuple = (IFINDEX, ssa, ip(CLIENT), PORT, 5);
    assert_eq!(host.plane.das_tuple(looks[0]), Ok(tuple));
    host.plane.das_absent(looks[0], host.now).unwrap();
    assert_eq!(
        host.phase(ssa),
        Phase::Acked,
        "the SYN cache may have it yet"
    );
    host.run(u64::from(LOCK_LEASE) * MS);
    host.plane.das_absent(looks[0], host.now).unwrap();
    assert_eq!(host.state(ssa), State::Tombstone);
}

#[test]
fn what_was_armed_goes_with_the_listener_but_for_connections() {
    let mut host = Host::serving(4);
    let ssas: Vec<_> = (0..4).map(|_| host.arm(&wanted()).unwrap().local).collect();
    assert!(host.comes(&syn(CLIENT, ssas[1], 5)));
    for &ssa in &ssas[2..] {
        assert!(host.comes(&syn(CLIENT, ssa, 5)) && host.comes(&ack(CLIENT, ssa, 5)));
    }
    host.bind(ssas[3], CLIENT, 5).unwrap();
    assert_eq!(host.plane.waiting(), 3);
    // Who may be connected already is known before.
    let acked = host.table.find_valid(ssas[2].into());
    let (number, handle) = host.plane.acked_from(LISTENER, 0).unwrap();
    assert_eq!(Some(handle), acked);
    assert_eq!(host.plane.acked_from(LISTENER, number + 1), None);
    assert_eq!(host.plane.acked_from(LISTENER + 1, 0), None);
    host.plane.listener_del(LISTENER, host.now).unwrap();
    assert_eq!(host.plane.acked_from(LISTENER, 0), None);
    for &ssa in &ssas[..3] {
        assert_eq!(host.state(ssa), State::Tombstone);
    }
    assert_eq!(host.phase(ssas[3]), Phase::Established);
    assert_eq!(host.plane.waiting(), 0);
    // The peer's list is whole: it is left to one session.
    let handle = host.table.find_valid(ssas[3].into()).unwrap();
    host.plane.end(handle, host.now).unwrap();
    host.run(u64::from(host.plane.config().tombstone) * 1000);
    assert_eq!(host.asks_as(ip(CLIENT)), None);
}

#[test]
fn arming_says_what_is_wrong() {
    let mut host = Host::serving(1);
    let refused = |host: &mut Host, wanted: DasWanted| host.arm(&wanted).unwrap_err();
    let w = wanted();
    for listener in [
        Which::Port(23, None),
        Which::Port(PORT, Some(78)),
        Which::Cookie(spec().cookie + 1),
        Which::Cookie(0),
    ] {
        assert_eq!(
            refused(&mut host, DasWanted { listener, ..w }),
            Error::NoListener,
            "{listener:?}"
        );
    }
    for bad in [
        DasWanted { lifetime: 0, ..w },
        DasWanted { lock_lease: 0, ..w },
    ] {
        assert_eq!(refused(&mut host, bad), Error::Invalid);
    }
    let stranger = DasWanted {
        ssa: Some(ip("2001:db8:1::99")),
        ..w
    };
    assert_eq!(refused(&mut host, stranger), Error::NotFound);
    assert_eq!(
        refused(&mut host, DasWanted { pool: Some(9), ..w }),
        Error::NotFound
    );
    let ours = DasWanted {
        listener: Which::Port(PORT, Some(77)),
        ..w
    };
    assert_eq!(host.arm(&ours).unwrap().local, pooled(0));
    assert_eq!(refused(&mut host, w), Error::MissRefuse);
    let used = DasWanted {
        ssa: Some(pooled(0)),
        ..w
    };
    assert_eq!(refused(&mut host, used), Error::Busy);
}

#[test]
fn a_client_of_this_host_passes_the_output_gate_the_same_way() {
    let mut host = Host::serving(2);
    let ssa = host.arm(&wanted()).unwrap().local;
    let first = syn(STABLE, ssa, 5);
    assert_eq!(host.output(&first), Verdict::Admit);
    assert!(host.plane.admit(&first, true, host.now));
    assert_eq!(host.output(&syn(STABLE, ssa, 6)), Verdict::Drop);
}

#[test]
fn armed_addresses_are_listed_and_are_no_sessions_yet() {
    let mut host = Host::serving(2);
    let ssa = host.arm(&wanted()).unwrap().local;
    assert!(host.plane.session_from(0, host.now).is_none());
    assert!(host.plane.any_session().is_none());
    let (_, info) = host.plane.das_from(0, host.now).unwrap();
    assert_eq!((info.ssa, info.lease), (ssa, Some(10_000)));
    let (_, listener, waiting, _) = host.plane.listener_from(0, host.now).unwrap();
    assert_eq!((listener.spec, waiting, listener.made), (spec(), 1, 1));
    assert!(host.comes(&syn(CLIENT, ssa, 5)));
    host.bind(ssa, CLIENT, 5).unwrap();
    assert!(host.plane.session_from(0, host.now).is_some());
    let (_, info) = host.plane.das_from(0, host.now).unwrap();
    assert_eq!(info.client, Prefix::host(ip(CLIENT)));
    assert_eq!(info.lease, None);
}

#[test]
fn rules_decide_who_is_guarded() {
    let mut host = Host::new();
    assert!(!host.plane.listener_wanted(&spec()));
    let rule = ListenRule {
        verdict: ListenVerdict::Guard,
        ports: (PORT, PORT),
        ..ListenRule::default()
    };
    host.plane.listen_rules.replace([rule].into_iter()).unwrap();
    assert!(host.plane.listener_wanted(&spec()));
    assert!(
        !host
            .plane
            .listener_wanted(&ListenerSpec { port: 23, ..spec() })
    );
}

/// The same machine, written as plainly as can be.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Model {
    Armed { until: u64 },
    Locked { peer: (u8, u16), until: u64 },
    Acked { peer: (u8, u16) },
    Connected { peer: (u8, u16) },
    Gone,
}

impl Model {
    fn at(self, now: u64) -> Self {
        match self {
            Self::Armed { until } | Self::Locked { until, .. } if now >= until => Self::Gone,
            same => same,
        }
    }

    /// The state after a segment, and whether it came in.
    fn hears(self, from: (u8, u16), flags: u8, now: u64) -> (Self, bool) {
        let opens = flags & (SYN | ACK) == SYN;
        let until = now + u64::from(LOCK_LEASE) * MS;
        match self {
            Self::Armed { .. } if opens && flags & RST == 0 => {
                (Self::Locked { peer: from, until }, true)
            }
            Self::Locked { peer, .. } if peer == from && opens => {
                (Self::Locked { peer, until }, true)
            }
            Self::Locked { peer, .. } if peer == from && flags & RST != 0 => (self, true),
            Self::Locked { peer, .. } if peer == from && flags == ACK => {
                (Self::Acked { peer }, true)
            }
            Self::Acked { peer } => (self, peer == from),
            Self::Connected { peer } => (self, peer == from && !opens),
            _ => (self, false),
        }
    }
}

#[test]
fn no_user_but_root_uses_up_the_room_for_listeners() {
    let mut host = Host::new();
    let mut listen = |n: usize, uid: u32| {
        let spec = ListenerSpec {
            cookie: 0x1_0000 + n,
            port: 1024 + n as u16,
            uid,
            ..spec()
        };
        host.plane.listener_add(&spec, host.now)
    };
    for n in 0..USER_LISTENERS {
        assert_eq!(listen(n, 1001), Ok(()));
    }
    assert_eq!(listen(1000, 1001), Err(Error::NoSpace));
    assert_eq!(listen(1001, 1002), Ok(()));
    let mut roots = (2000..).map(|n| listen(n, 0)).take_while(Result::is_ok);
    assert_eq!(roots.by_ref().count(), 256 - USER_LISTENERS - 1);
}

#[test]
fn the_machine_does_what_the_model_does() {
    for seed in 0..200u64 {
        let mut host = Host::serving(6);
        let mut models: HashMap<Ipv6Addr, Model> = HashMap::new();
        let mut rnd = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = move |n: u64| {
            rnd ^= rnd << 13;
            rnd ^= rnd >> 7;
            rnd ^= rnd << 17;
            (rnd >> 20) % n
        };
        for _ in 0..300 {
            let ssa = pooled(next(6) as u16);
            let from = (1 + next(3) as u8, 5 + next(2) as u16);
            let peer = format!("2001:db8:9::{}", from.0);
            let model = models.get(&ssa).copied();
            match next(12) {
                0 => {
                    let want = DasWanted {
                        ssa: Some(ssa),
                        ..wanted()
                    };
                    assert_eq!(host.arm(&want).is_ok(), model.is_none());
                    let until = host.now + 10 * SEC;
                    models.entry(ssa).or_insert(Model::Armed { until });
                }
                1 => host.run(next(9) * SEC),
                2 => {
                    let connects = match model {
                        Some(Model::Locked { peer, .. } | Model::Acked { peer }) => peer == from,
                        _ => false,
                    };
                    assert_eq!(host.bind(ssa, &peer, from.1).is_ok(), connects);
                    if connects {
                        models.insert(ssa, Model::Connected { peer: from });
                    }
                }
                _ => {
                    let flags = [SYN, SYN, ACK, ACK, RST, SYN | ACK, SYN | RST][next(7) as usize];
                    let packet = tcp(ip(&peer), ssa, from.1, PORT, flags);
                    let expected = model.map(|model| model.hears(from, flags, host.now));
                    let comes = match host.input(&packet) {
                        Verdict::Admit => host.plane.admit(&packet, true, host.now),
                        verdict => verdict == Verdict::Local,
                    };
                    assert_eq!(comes, expected.is_some_and(|(_, comes)| comes), "{seed}");
                    if let Some((after, _)) = expected {
                        models.insert(ssa, after);
                    }
                }
            }
            for model in models.values_mut() {
                *model = model.at(host.now);
            }
            let waiting = models
                .values()
                .filter(|m| !matches!(m, Model::Gone | Model::Connected { .. }))
                .count();
            assert_eq!(host.plane.waiting() as usize, waiting, "{seed}");
        }
    }
}
