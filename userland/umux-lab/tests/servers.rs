// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Servers of the node against stock clients: LISTEN_0 accepts nothing, an armed
//! address one connection of one client, and everybody else meets silence.

mod bench;

use bench::{Bench, SECOND, ip, node_mac, server, stranger, tester_mac};
use std::net::Ipv6Addr;
use std::time::Duration;
use umux_abi::{Control, DasPhase, DasSpec, EventKinds};
use umux_core::table::slot::{Phase, State};
use umux_core::wire::checksum::upper_layer;
use umux_core::wire::nd::{LinkAddr, emit_solicitation};
use umux_core::wire::upper::Tcp;
use umux_lab::host::App;
use umux_lab::peer::{Call, Peer, SimulatedHost};

const PORT: u16 = 80;
const NODE: &str = "2001:db8:1::1";
const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: ssa\r\n\r\n";
/// Three SYNs of the simulated client.
const SYNS: Duration = Duration::from_millis(3_500);
const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const ACK: u8 = 0x10;

/// A node with a LISTEN_0, and n addresses ready.
fn serving(n: u16) -> Bench {
    let bench = Bench::new();
    bench.fill(n);
    listen(&bench);
    guard(&bench);
    bench
}

fn listen(bench: &Bench) {
    bench
        .lab
        .with(|net, now| net.node.listen(PORT, App::Http, now))
        .expect("the port is free");
}

fn guard(bench: &Bench) {
    let rule = format!("guard port {PORT}").parse().expect("a rule");
    let mut control = bench.control.clone();
    control.set_listen_rules(&[rule], true).expect("a rule");
}

fn wanted() -> DasSpec {
    DasSpec {
        port: PORT,
        pid: None,
        fd: None,
        ssa: None,
        pool: None,
        client: "::/0".parse().expect("a prefix"),
        lifetime_ms: 10_000,
    }
}

fn arm(bench: &Bench, wanted: &DasSpec) -> Ipv6Addr {
    let ssa = bench.control.clone().das(wanted).expect("armed");
    assert_eq!(
        (bench.state(ssa), phase(bench, ssa)),
        (State::Valid, Phase::Armed)
    );
    ssa
}

fn phase(bench: &Bench, ssa: Ipv6Addr) -> Phase {
    bench
        .lab
        .with(|net, _| net.node.history.life(ssa).map(|life| life.phase()))
        .unwrap_or(Phase::Client)
}

fn phases(bench: &Bench, ssa: Ipv6Addr) -> Vec<Phase> {
    bench
        .lab
        .with(|net, _| net.node.history.life(ssa).map(|life| life.phases()))
        .unwrap_or_default()
}

/// Connects, and is served.
fn served(client: &SimulatedHost, ssa: Ipv6Addr) -> Box<dyn Call> {
    let (outcome, call) = client.call(ssa, PORT, SYNS).expect("simulated");
    let mut call = call.unwrap_or_else(|| panic!("{outcome:?}"));
    assert!(talks(call.as_mut(), ssa));
    call
}

fn talks(call: &mut dyn Call, ssa: Ipv6Addr) -> bool {
    let here = format!("this is [{ssa}]:{PORT}\n");
    let answer = call.talk(GET, &here, 5 * SECOND).expect("simulated");
    answer.contains(&here)
}

/// Connects in vain: not a segment comes back.
fn unheard(bench: &Bench, client: &SimulatedHost, addr: Ipv6Addr) {
    bench.forget();
    let outcome = client.tcp(addr, PORT, SYNS).expect("simulated");
    assert!(!outcome.worked, "{outcome:?}");
    assert!(outcome.proof.starts_with("no answer"), "{outcome:?}");
    assert_eq!(segments(bench), []);
}

/// TCP segments of the node since the last look.
fn segments(bench: &Bench) -> Vec<Tcp> {
    let sent = bench.sent();
    let tcp = sent.iter().filter(|(_, packet)| packet[6] == 6);
    tcp.filter_map(|(_, packet)| Tcp::parse(&packet[40..]))
        .collect()
}

#[test]
fn a_listener_accepts_everybody_until_a_rule_makes_it_a_listen_0() {
    let bench = Bench::new();
    listen(&bench);
    let here = ip(NODE);
    let mut call = served(&bench.stranger(), here);
    guard(&bench);
    unheard(&bench, &bench.stranger(), here);
    unheard(&bench, &bench.server(), here);
    assert!(bench.counters().guarded >= 2);
    assert!(talks(call.as_mut(), here), "what was there goes on");
    bench
        .control
        .clone()
        .set_listen_rules(&[], true)
        .expect("no rules");
    served(&bench.server(), here);
}

#[test]
fn an_armed_address_lets_one_connection_in_and_is_gone_with_it() {
    let bench = serving(1);
    let ssa = arm(&bench, &wanted());
    let call = served(&bench.server(), ssa);
    assert_eq!(phase(&bench, ssa), Phase::Established);
    let shown = bench.control.clone().das_list().expect("a list");
    assert_eq!(
        (shown[0].phase, shown[0].client.addr(), shown[0].lease_ms),
        (DasPhase::Established, server(), None)
    );
    assert!(bench.sessions()[0].server);

    unheard(&bench, &bench.server(), ssa);
    unheard(&bench, &bench.stranger(), ssa);
    let ping = bench.stranger().ping(ssa, SYNS).expect("simulated");
    assert!(!ping.worked, "{ping:?}");
    // The address is in use, and defended.
    let claim = bench.stranger().claim(ssa).expect("simulated");
    assert!(!claim.worked, "{claim:?}");
    bench.stranger().release(ssa).expect("simulated");

    drop(call);
    bench.lab.pause(2 * SECOND);
    assert_eq!(bench.state(ssa), State::Tombstone);
    let in_order = [
        Phase::Armed,
        Phase::Locked,
        Phase::Acked,
        Phase::Established,
        Phase::Closing,
    ];
    assert_eq!(phases(&bench, ssa), in_order);
    unheard(&bench, &bench.server(), ssa);
    // Nobody defends it any more.
    let claim = bench.stranger().claim(ssa).expect("simulated");
    assert!(claim.worked, "{claim:?}");
    let counters = bench.counters();
    assert_eq!(
        (counters.armed, counters.accepted, counters.lapsed),
        (1, 1, 0)
    );
}

#[test]
fn an_address_for_one_client_is_silent_to_others_and_waits_for_its_own() {
    let bench = serving(1);
    let spec = DasSpec {
        client: format!("{}/128", server()).parse().expect("a prefix"),
        ..wanted()
    };
    let ssa = arm(&bench, &spec);
    unheard(&bench, &bench.stranger(), ssa);
    assert_eq!(phase(&bench, ssa), Phase::Armed);
    served(&bench.server(), ssa);
}

#[test]
fn of_two_clients_that_ask_at_once_one_is_served() {
    let bench = serving(1);
    let ssa = arm(&bench, &wanted());
    let calls = bench.lab.with(|net, _| {
        let call = |host: usize| (host, net.hosts[host].open(ssa, PORT));
        [0, 1].map(call)
    });
    bench.lab.pause(SYNS);
    let open = bench.lab.with(|net, _| {
        calls.map(|(host, call)| net.hosts[host].opened(call).to_string() == "ESTABLISHED")
    });
    assert_eq!(open.iter().filter(|open| **open).count(), 1, "{open:?}");
    let peer = bench.sessions()[0].peer;
    assert_eq!(peer, if open[0] { server() } else { stranger() });
}

#[test]
fn an_address_that_nobody_comes_for_falls_silent() {
    let bench = serving(1);
    let ssa = arm(&bench, &wanted());
    bench.lab.pause(9 * SECOND);
    assert_eq!(phase(&bench, ssa), Phase::Armed);
    bench.events();
    bench.lab.pause(2 * SECOND);
    assert_eq!(bench.state(ssa), State::Tombstone);
    let told = bench.events();
    assert!(
        told.iter().any(|e| e.kinds.contains(EventKinds::LAPSED)),
        "{told:?}"
    );
    unheard(&bench, &bench.server(), ssa);
    assert_eq!(bench.counters().lapsed, 1);
}

#[test]
fn a_connection_that_the_server_does_not_look_at_is_found() {
    let bench = serving(1);
    let ssa = arm(&bench, &wanted());
    bench.lab.with(|net, _| net.node.set_busy(true));
    let (outcome, call) = bench.server().call(ssa, PORT, SYNS).expect("simulated");
    assert!(outcome.worked, "{outcome:?}");
    assert_eq!(phase(&bench, ssa), Phase::Acked);
    bench.lab.pause(Duration::from_millis(150));
    assert_eq!(phase(&bench, ssa), Phase::Established);
    bench.lab.with(|net, _| net.node.set_busy(false));
    assert!(talks(call.expect("it is there").as_mut(), ssa));
}

#[test]
fn a_client_that_goes_before_it_is_accepted_takes_the_address_with_it() {
    let bench = serving(1);
    let ssa = arm(&bench, &wanted());
    bench.lab.with(|net, _| net.node.set_busy(true));
    drop(bench.server().call(ssa, PORT, SYNS).expect("simulated"));
    bench.lab.with(|net, _| net.node.set_busy(false));
    bench.lab.pause(2 * SECOND);
    assert_eq!(bench.state(ssa), State::Tombstone);
    assert_eq!(bench.counters().accepted, 1);
}

#[test]
fn a_syn_alone_locks_the_address_until_its_lease_is_over() {
    let bench = serving(1);
    let ssa = arm(&bench, &wanted());
    let asker = ip("2001:db8:1::99");
    bench.inject(&segment(asker, ssa, SYN, 0, 0));
    assert_eq!(phase(&bench, ssa), Phase::Locked);
    unheard(&bench, &bench.server(), ssa);
    bench.lab.pause(20 * SECOND);
    assert_eq!(phase(&bench, ssa), Phase::Locked);
    bench.lab.pause(10 * SECOND);
    assert_eq!(bench.state(ssa), State::Tombstone);
    assert_eq!(bench.counters().lapsed, 1);
}

#[test]
fn a_listener_that_is_closed_takes_what_was_armed_with_it_but_no_connection() {
    let bench = serving(2);
    let (used, waiting) = (arm(&bench, &wanted()), arm(&bench, &wanted()));
    let mut call = served(&bench.server(), used);
    bench
        .lab
        .with(|net, now| net.node.stop_listening(PORT, now));
    assert_eq!(bench.state(waiting), State::Tombstone);
    unheard(&bench, &bench.server(), waiting);
    assert!(talks(call.as_mut(), used));
    assert_eq!(bench.control.clone().listeners().expect("a list"), []);
}

#[test]
fn a_server_that_closes_first_keeps_the_address_through_time_wait() {
    let bench = serving(1);
    let ssa = arm(&bench, &wanted());
    let (_, call) = bench.server().call(ssa, PORT, SYNS).expect("simulated");
    let mut call = call.expect("it is there");
    let last = b"GET / HTTP/1.0\r\n\r\n";
    let answer = call.talk(last, "this is", SECOND).expect("simulated");
    assert!(answer.contains("Connection: close"), "{answer}");
    drop(call);
    bench.lab.pause(5 * SECOND);
    assert_eq!(bench.state(ssa), State::Valid);
    unheard(&bench, &bench.server(), ssa);
    bench.lab.pause(4 * SECOND);
    assert_eq!(bench.state(ssa), State::Tombstone);
}

#[test]
fn what_was_under_way_when_the_rule_came_is_refused_at_accept() {
    let bench = Bench::new();
    listen(&bench);
    let (asker, here) = (ip("2001:db8:1::99"), ip(NODE));
    let lladdr = LinkAddr::new(&tester_mac().0);
    bench.inject_to(
        node_mac(),
        &emit_solicitation(&asker, &here, &here, lladdr.as_ref()),
    );
    bench.forget();
    bench.inject(&segment(asker, here, SYN, 0, 0));
    let sent = bench.sent();
    let answer = sent.iter().find(|(_, packet)| packet[6] == 6);
    let (_, answer) = answer.expect("a listener answers");
    let seq = u32::from_be_bytes(answer[44..48].try_into().expect("four bytes"));
    guard(&bench);
    bench.forget();
    bench.inject(&segment(asker, here, ACK, 1, seq.wrapping_add(1)));
    let flags: Vec<_> = segments(&bench)
        .iter()
        .map(|segment| segment.flags.bits() & (FIN | SYN | RST))
        .collect();
    assert_eq!(flags, [RST]);
}

/// A segment of the tester's.
fn segment(src: Ipv6Addr, dst: Ipv6Addr, flags: u8, seq: u32, ack: u32) -> Vec<u8> {
    let mut tcp = vec![0; 20];
    tcp[..2].copy_from_slice(&5_000u16.to_be_bytes());
    tcp[2..4].copy_from_slice(&PORT.to_be_bytes());
    tcp[4..8].copy_from_slice(&seq.to_be_bytes());
    tcp[8..12].copy_from_slice(&ack.to_be_bytes());
    tcp[12] = 0x50;
    tcp[13] = flags;
    tcp[14..16].copy_from_slice(&1_000u16.to_be_bytes());
    let sum = upper_layer(&src, &dst, 6, &tcp);
    tcp[16..18].copy_from_slice(&sum.to_be_bytes());
    let mut packet = vec![0x60, 0, 0, 0, 0, 20, 6, 64];
    packet.extend(src.octets());
    packet.extend(dst.octets());
    packet.extend(tcp);
    packet
}
