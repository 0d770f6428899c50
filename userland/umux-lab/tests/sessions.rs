// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Sessions of the node's client against a stock server, through the gate both ways.

mod bench;

use bench::{Bench, SECOND, ip, pooled, server};
use std::time::Duration;
use umux_abi::{Control, Errno, PoolSpec};
use umux_core::table::slot::State;
use umux_lab::host::echo::{BYE, PORT};
use umux_lab::host::{ConnectError, Proto};
use umux_lab::peer::{Peer, RESOLUTION};

#[test]
fn each_session_has_an_address_of_its_own_that_the_server_sees() {
    let bench = Bench::new();
    bench.fill(3);
    let sessions: Vec<_> = (0..3).map(|_| bench.session(Proto::Tcp)).collect();
    let mut locals: Vec<_> = sessions.iter().map(|(_, local)| *local).collect();
    locals.sort();
    assert_eq!(locals, [pooled(0), pooled(1), pooled(2)]);
    let mut seen = bench.server().clients();
    seen.sort();
    assert_eq!(seen, locals);
    for (id, _) in sessions {
        assert!(bench.works(id));
    }
    let shown = bench.sessions();
    assert_eq!(shown.len(), 3);
    for session in shown {
        assert_eq!((session.peer, session.peer_port), (server(), PORT));
        assert!(
            session.on_wire && session.local_port >= 49_152,
            "{session:?}"
        );
    }
}

#[test]
fn udp_has_an_address_too_and_loses_it_on_close() {
    let bench = Bench::new();
    bench.fill(1);
    let (id, local) = bench.session(Proto::Udp);
    assert!(bench.works(id));
    bench.lab.with(|net, now| net.node.close(id, now));
    assert_eq!(bench.state(local), State::Tombstone);
}

#[test]
fn nobody_opens_a_connection_to_the_address_of_a_client() {
    let bench = Bench::new();
    bench.fill(1);
    let (id, local) = bench.session(Proto::Tcp);
    let port = bench.sessions()[0].local_port;
    for peer in [bench.stranger(), bench.server()] {
        let outcome = peer.tcp(local, port, RESOLUTION).expect("simulated");
        assert!(
            !outcome.worked && outcome.proof.starts_with("no answer"),
            "{outcome:?}"
        );
        let outcome = peer.ping(local, RESOLUTION).expect("simulated");
        assert!(!outcome.worked, "{outcome:?}");
    }
    assert!(bench.works(id));
}

#[test]
fn a_stock_host_cannot_take_an_uncertain_address_nor_one_in_use() {
    let bench = Bench::new();
    bench.fill(2);
    let (id, local) = bench.session(Proto::Tcp);
    for addr in [local, pooled(1)] {
        let outcome = bench.stranger().claim(addr).expect("simulated");
        assert!(!outcome.worked, "{outcome:?}");
    }
    assert_eq!(bench.state(pooled(1)), State::Uncertain);
    assert!(bench.works(id));
    // The same host takes one that nobody has.
    let outcome = bench.stranger().claim(pooled(9)).expect("simulated");
    assert!(outcome.worked, "{outcome:?}");
}

#[test]
fn an_address_that_a_stock_host_has_is_found_duplicated() {
    let bench = Bench::new();
    bench.stranger().claim(pooled(0)).expect("simulated");
    bench.add(pooled(0));
    bench.lab.pause(2 * SECOND);
    assert_eq!(bench.state(pooled(0)), State::Duplicated);
    assert_eq!(bench.pool().counts.uncertain, 0);
}

#[test]
fn a_session_that_the_server_closes_first_is_gone_a_second_after_its_pcb() {
    let bench = Bench::new();
    bench.fill(1);
    let (id, local) = bench.session(Proto::Tcp);
    bench.lab.with(|net, _| net.node.send(id, BYE));
    bench
        .lab
        .wait(SECOND, |net, _| net.node.is_half_closed(id).then_some(()))
        .expect("the server said goodbye");
    bench.lab.with(|net, now| net.node.close(id, now));
    bench.lab.pause(SECOND / 2);
    assert_eq!(
        bench.state(local),
        State::Valid,
        "the grace of a PCB that is gone"
    );
    bench.lab.pause(SECOND);
    assert_eq!(bench.state(local), State::Tombstone);
}

#[test]
fn a_session_in_time_wait_lives() {
    let bench = Bench::new();
    bench.fill(1);
    let (id, local) = bench.session(Proto::Tcp);
    bench.lab.with(|net, now| net.node.close(id, now));
    bench.lab.pause(5 * SECOND);
    assert_eq!(bench.state(local), State::Valid);
    assert!(bench.sessions()[0].linger);
    bench.lab.pause(10 * SECOND);
    assert_eq!(bench.state(local), State::Tombstone);
}

#[test]
fn a_reset_reaches_the_peer_although_the_pcb_is_gone() {
    let bench = Bench::new();
    bench.fill(1);
    let (id, local) = bench.session(Proto::Tcp);
    bench.lab.with(|net, _| net.node.abort(id));
    let sent = bench.sent();
    let reset = sent
        .iter()
        .any(|(_, packet)| packet[6] == 6 && packet[40 + 13] & 0x04 != 0);
    assert!(reset, "{sent:?}");
    bench.lab.pause(2 * SECOND);
    assert_eq!(bench.state(local), State::Tombstone);
}

#[test]
fn a_connect_that_is_refused_used_its_address_up() {
    let bench = Bench::new();
    bench.fill(1);
    let id = bench
        .lab
        .with(|net, now| net.node.connect(Proto::Tcp, server(), 9, now))
        .expect("an address");
    bench
        .lab
        .wait(SECOND, |net, _| net.node.is_over(id).then_some(()))
        .expect("refused");
    bench.lab.with(|net, now| net.node.close(id, now));
    bench.lab.pause(2 * SECOND);
    assert_eq!(bench.state(pooled(0)), State::Tombstone);
}

#[test]
fn an_address_that_was_never_on_the_wire_returns() {
    let bench = Bench::new();
    bench.fill(1);
    let (id, local) = bench.session(Proto::Udp);
    bench.lab.with(|net, now| net.node.close(id, now));
    assert_eq!(bench.state(local), State::Uncertain);
    assert_eq!(bench.counters().returned, 1);
}

#[test]
fn an_empty_pool_means_legacy_or_refusal_as_its_policy_says() {
    let bench = Bench::new();
    let (id, local) = bench.session(Proto::Tcp);
    assert_eq!(local, ip("2001:db8:1::1"));
    assert!(bench.works(id));
    assert_eq!(bench.counters().missed, 1);

    let mut control = bench.control.clone();
    control.pool_del(&bench.id, false).expect("no sessions");
    bench.lab.pause(SECOND);
    let mut spec = PoolSpec::new(bench.id.clone());
    spec.miss = umux_abi::Miss::Refuse;
    control.pool_add(&spec).expect("a pool");
    let refused = bench
        .lab
        .with(|net, now| net.node.connect(Proto::Tcp, server(), PORT, now));
    assert_eq!(refused, Err(ConnectError::NoAddress));
}

#[test]
fn a_link_that_was_down_makes_dad_anew_and_a_session_survives_it() {
    let bench = Bench::new();
    bench.fill(2);
    let (id, _) = bench.session(Proto::Tcp);
    bench.lab.with(|net, now| net.node.set_link(false, now));
    assert_eq!(bench.state(pooled(1)), State::Pending);
    bench.lab.with(|net, now| net.node.set_link(true, now));
    assert_eq!(bench.state(pooled(1)), State::Tentative);
    bench.lab.pause(2 * SECOND);
    assert_eq!(bench.state(pooled(1)), State::Uncertain);
    assert!(bench.works(id));
}

#[test]
fn a_pool_whose_prefix_was_withdrawn_goes() {
    let bench = Bench::new();
    bench.fill(1);
    let prefix = bench.id.prefix;
    bench.lab.with(|net, _| net.node.withdraw_prefix(&prefix));
    bench.lab.pause(Duration::from_secs(11));
    assert_eq!(bench.control.clone().pools().expect("pools"), []);
    let again = bench
        .control
        .clone()
        .pool_add(&PoolSpec::new(bench.id.clone()));
    let errno = again.expect_err("not on-link").errno();
    assert_eq!(errno, Some(Errno::Eaddrnotavail));
}

#[test]
fn groups_are_left_when_their_last_address_is_gone() {
    let bench = Bench::new();
    bench.fill(4);
    assert_eq!(bench.lab.with(|net, _| net.node.groups()), 4);
    bench.control.clone().flush(None).expect("flushed");
    bench.lab.pause(SECOND);
    assert_eq!(bench.lab.with(|net, _| net.node.groups()), 0);
}

#[test]
fn the_same_seed_is_the_same_run() {
    let run = || {
        let bench = Bench::new();
        bench.fill(2);
        let (id, _) = bench.session(Proto::Tcp);
        assert!(bench.works(id));
        let sent = bench.lab.with(|net, _| net.seen.take());
        (sent, bench.lab.now(), bench.counters())
    };
    assert_eq!(run(), run());
}
