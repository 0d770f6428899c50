// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! UDP sockets that are not connected, and who is unified at all.

mod host;

use host::*;
use std::collections::BTreeSet;
use umux_core::error::Error;
use umux_core::gate::Verdict;
use umux_core::plane::{MissPolicy, SOCKET_SESSIONS, Taken, Wanted};
use umux_core::policy::{Rule, RuleVerdict, Wish};
use umux_core::table::slot::State;

const SOCKET: usize = 0x5000;
const OTHER: usize = 0x6000;
const LPORT: u16 = 50_000;

fn peer(n: usize) -> String {
    format!("2001:db8:2::{n:x}")
}

/// A datagram to a peer, as the kernel would send it; whether its session is
/// new, and the session.
fn send(host: &mut Host, socket: usize, to: &str, fport: u16) -> Result<(Taken, bool), Error> {
    let (taken, new) =
        host.plane
            .take_for_socket(&Host::wanted(to, UDP, fport), socket, host.now)?;
    if new {
        host.plane
            .commit(taken.handle, LPORT, socket, host.now)
            .unwrap();
    }
    Ok((taken, new))
}

#[test]
fn a_socket_has_one_address_for_each_peer() {
    let mut host = Host::new();
    host.fill(8);
    let (first, new) = send(&mut host, SOCKET, &peer(1), 443).unwrap();
    assert!(new);
    let (again, new) = send(&mut host, SOCKET, &peer(1), 443).unwrap();
    assert!(!new);
    assert_eq!(again, first);
    let (second, new) = send(&mut host, SOCKET, &peer(2), 443).unwrap();
    assert!(new);
    assert_ne!(second.local, first.local);
    // Another socket that speaks to the same peer is another client.
    let (other, new) = send(&mut host, OTHER, &peer(1), 443).unwrap();
    assert!(new);
    assert_ne!(other.local, first.local);
    // Each peer reaches its own address only.
    let datagram = |from: usize, to: Taken| udp(ip(&peer(from)), to.local, 443, LPORT);
    assert_eq!(host.input(&datagram(1, first)), Verdict::Local);
    assert_eq!(host.input(&datagram(2, second)), Verdict::Local);
    assert_eq!(host.input(&datagram(2, first)), Verdict::Drop);
    assert_eq!(host.input(&datagram(1, second)), Verdict::Drop);
}

#[test]
fn a_second_port_of_a_peer_opens_the_session_to_all_its_ports() {
    let mut host = Host::new();
    host.fill(2);
    let (taken, _) = send(&mut host, SOCKET, &peer(1), 443).unwrap();
    let from = |port, src: &str| udp(ip(src), taken.local, port, LPORT);
    assert_eq!(host.input(&from(444, &peer(1))), Verdict::Drop);
    assert_eq!(send(&mut host, SOCKET, &peer(1), 444), Ok((taken, false)));
    assert_eq!(host.input(&from(444, &peer(1))), Verdict::Local);
    assert_eq!(host.input(&from(443, &peer(1))), Verdict::Local);
    assert_eq!(host.input(&from(444, &peer(2))), Verdict::Drop);
    let wrong = udp(ip(&peer(1)), taken.local, 443, LPORT + 1);
    assert_eq!(host.input(&wrong), Verdict::Drop);
}

#[test]
fn all_sessions_of_a_socket_end_with_it_and_no_other() {
    let mut host = Host::new();
    host.fill(8);
    for n in 1..=3 {
        send(&mut host, SOCKET, &peer(n), 443).unwrap();
        send(&mut host, OTHER, &peer(n), 443).unwrap();
    }
    let mut ended = 0;
    while let Some(handle) = host.plane.any_of_socket(SOCKET) {
        assert_eq!(host.plane.end(handle, host.now), Ok(SOCKET));
        ended += 1;
    }
    assert_eq!(ended, 3);
    assert!(!host.table.may_be_socket(SOCKET));
    assert!(host.table.may_be_socket(OTHER));
    assert_eq!(host.level(State::Valid), 3);
    for n in 1..=3 {
        let (_, new) = send(&mut host, OTHER, &peer(n), 443).unwrap();
        assert!(!new);
    }
}

#[test]
fn a_socket_that_sends_to_everybody_does_not_drain_the_pool() {
    let mut host = Host::new();
    host.fill(40);
    for n in 1..=SOCKET_SESSIONS {
        send(&mut host, SOCKET, &peer(n), 443).unwrap();
    }
    assert_eq!(
        send(&mut host, SOCKET, &peer(99), 443),
        Err(Error::NoSpace),
        "further peers are legacy"
    );
    let (_, new) = send(&mut host, SOCKET, &peer(1), 443).unwrap();
    assert!(!new);
}

#[test]
fn where_the_hosts_own_address_is_ruled_out_further_peers_are_refused() {
    let mut host = Host::bare(config());
    host.pool = host.add_pool(PREFIX, 64, MissPolicy::Refuse, 0).unwrap();
    host.fill(40);
    for n in 1..=SOCKET_SESSIONS {
        send(&mut host, SOCKET, &peer(n), 443).unwrap();
    }
    let refused = send(&mut host, SOCKET, &peer(99), 443);
    assert_eq!(refused, Err(Error::MissRefuse));
    // What rules make legacy is so all the same.
    let by_rule = send(&mut host, SOCKET, &peer(99), 53);
    assert_eq!(by_rule, Err(Error::ByRule));
    let missed = host.plane.counters().missed;
    assert_eq!(missed, 0, "the pool has addresses");
}

/// Lists by peer and by socket, against a model, whatever the order in which
/// sessions begin and end.
#[test]
fn lists_of_sessions_agree_with_a_model() {
    let mut host = Host::new();
    host.fill(60);
    let mut model: Vec<(usize, usize, Taken)> = Vec::new();
    let mut seed = 7u64;
    let mut random = move |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as usize % n
    };
    for step in 0..4000 {
        if model.len() < 40 && random(5) < 3 {
            let (socket, to) = (SOCKET + 16 * random(5), random(12) + 1);
            if let Ok((taken, true)) = send(&mut host, socket, &peer(to), 443) {
                model.push((socket, to, taken));
            }
        } else if !model.is_empty() {
            let (socket, _, taken) = model.swap_remove(random(model.len()));
            // Never on the wire: the address goes back to the pool.
            assert_eq!(host.plane.end(taken.handle, host.now), Ok(socket));
        }
        for socket in (0..5).map(|n| SOCKET + 16 * n) {
            let expected = model.iter().any(|(s, ..)| *s == socket);
            assert_eq!(
                host.plane.any_of_socket(socket).is_some(),
                expected,
                "step {step}"
            );
            assert!(!expected || host.table.may_be_socket(socket));
        }
        let peers: BTreeSet<usize> = model.iter().map(|(_, to, _)| *to).collect();
        for to in (1..=12).filter(|to| !peers.contains(to)) {
            assert_eq!(host.asks_as(ip(&peer(to))), None, "step {step} peer {to}");
        }
    }
    // Whoever is asked for is on the wire: this has to be last.
    for (_, to, _) in &model {
        assert!(host.asks_as(ip(&peer(*to))).is_some(), "peer {to}");
    }
    assert!(model.len() > 10, "the model has seen long lists");
}

#[test]
fn who_is_unified_is_for_the_rules_to_say() {
    let mut host = Host::new();
    host.fill(4);
    let legacy = Rule {
        verdict: RuleVerdict::Legacy,
        ..Rule::ANY
    };
    host.plane
        .rules
        .replace(
            [
                Rule {
                    uids: (1001, 1001),
                    ..Rule::ANY
                },
                legacy,
            ]
            .into_iter(),
        )
        .unwrap();
    let wanted = Host::wanted(&peer(1), TCP, 80);
    assert!(host.plane.take(&wanted, host.now).is_ok());
    let other = Wanted { uid: 0, ..wanted };
    assert_eq!(host.plane.take(&other, host.now), Err(Error::ByRule));
    host.plane.rules.reset();
    assert!(host.plane.take(&other, host.now).is_ok());
    let public = Wanted {
        wish: Wish::Public,
        ..wanted
    };
    assert_eq!(host.plane.take(&public, host.now), Err(Error::ByRule));
    assert_eq!(
        host.take(&peer(1), UDP, 53),
        Err(Error::ByRule),
        "each query would cost an address"
    );
}
