// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The table of contract section 4, each cell on the wire: what the node does with
//! neighbour discovery, and with anything else, for an address in each state.

mod bench;

use bench::{Bench, SECOND, ip, node_mac, pooled, server, tester_mac};
use std::net::Ipv6Addr;
use umux_abi::EventKinds;
use umux_core::table::slot::State;
use umux_core::wire::nd::{
    LinkAddr, NaFlags, Nd, NeighborAdvertisement, emit_advertisement, emit_dad_probe,
    emit_solicitation, parse,
};
use umux_core::wire::{ALL_NODES, solicited_node};
use umux_lab::host::echo::PORT;
use umux_lab::host::{Proto, SessionId};
use umux_lab::link::ether::Mac;

const NONCE: [u8; 6] = [9; 6];
const SYN: u8 = 0x02;
const ACK: u8 = 0x10;

fn asker() -> Ipv6Addr {
    ip("2001:db8:1::99")
}

fn tester() -> Option<LinkAddr> {
    LinkAddr::new(&tester_mac().0)
}

fn probe(addr: Ipv6Addr) -> Vec<u8> {
    emit_dad_probe(&addr, NONCE).to_vec()
}

/// A resolution: to the solicited-node group.
fn question(addr: Ipv6Addr) -> Vec<u8> {
    let lladdr = tester();
    emit_solicitation(&asker(), &solicited_node(&addr), &addr, lladdr.as_ref()).to_vec()
}

/// Neighbour unreachability detection: to the address itself.
fn still_there(addr: Ipv6Addr) -> Vec<u8> {
    emit_solicitation(&asker(), &addr, &addr, tester().as_ref()).to_vec()
}

/// Somebody says that the address is theirs.
fn claim(addr: Ipv6Addr) -> Vec<u8> {
    let flags = NaFlags::OVERRIDE;
    emit_advertisement(&addr, &ALL_NODES, &addr, flags, tester().as_ref()).to_vec()
}

/// A packet with an upper layer that nobody looks into.
fn packet(src: Ipv6Addr, dst: Ipv6Addr, proto: u8, upper: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x60, 0, 0, 0];
    bytes.extend((upper.len() as u16).to_be_bytes());
    bytes.extend([proto, 64]);
    bytes.extend(src.octets());
    bytes.extend(dst.octets());
    bytes.extend(upper);
    let sum = umux_core::wire::checksum::upper_layer(&src, &dst, proto, upper);
    let at = match proto {
        6 => 40 + 16,
        17 => 40 + 6,
        58 => 40 + 2,
        _ => return bytes,
    };
    bytes[at..at + 2].copy_from_slice(&sum.to_be_bytes());
    bytes
}

fn tcp(src: Ipv6Addr, dst: Ipv6Addr, sport: u16, dport: u16, flags: u8) -> Vec<u8> {
    let mut upper = [0; 20];
    upper[..2].copy_from_slice(&sport.to_be_bytes());
    upper[2..4].copy_from_slice(&dport.to_be_bytes());
    upper[12] = 0x50;
    upper[13] = flags;
    packet(src, dst, 6, &upper)
}

/// Whatever else could be sent to an address, from a stranger and from a peer.
fn anything_else(addr: Ipv6Addr) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for src in [asker(), server()] {
        all.push(packet(src, addr, 58, &[128, 0, 0, 0, 0, 1, 0, 1]));
        all.push(tcp(src, addr, PORT, 40_000, SYN));
        all.push(tcp(src, addr, 50_000, 22, SYN));
        let mut udp = [0; 8];
        udp[..2].copy_from_slice(&PORT.to_be_bytes());
        udp[2..4].copy_from_slice(&40_000u16.to_be_bytes());
        udp[5] = 8;
        all.push(packet(src, addr, 17, &udp));
        // SCTP, and a next header that nobody knows.
        all.push(packet(src, addr, 132, &[0; 12]));
        all.push(packet(src, addr, 253, &[0; 8]));
    }
    all
}

fn tentative() -> (Bench, Ipv6Addr) {
    let bench = Bench::new();
    bench.add(pooled(0));
    bench.lab.pause(SECOND / 10);
    assert_eq!(bench.state(pooled(0)), State::Tentative);
    (bench, pooled(0))
}

fn uncertain() -> (Bench, Ipv6Addr) {
    let bench = Bench::new();
    bench.fill(1);
    assert_eq!(bench.state(pooled(0)), State::Uncertain);
    (bench, pooled(0))
}

fn valid() -> (Bench, Ipv6Addr, SessionId) {
    let bench = Bench::new();
    bench.fill(1);
    let (id, local) = bench.session(Proto::Tcp);
    assert_eq!((local, bench.state(local)), (pooled(0), State::Valid));
    (bench, local, id)
}

fn tombstone() -> (Bench, Ipv6Addr) {
    let (bench, addr, id) = valid();
    bench.finish(id);
    assert_eq!(bench.state(addr), State::Tombstone);
    (bench, addr)
}

/// Nothing comes of it, neither at once nor later.
fn silent(bench: &Bench, packets: &[Vec<u8>]) {
    bench.forget();
    for packet in packets {
        bench.inject(packet);
    }
    bench.lab.pause(SECOND / 2);
    assert_eq!(bench.sent(), []);
}

/// The one advertisement that the node sends, and to which station.
fn advertisement(bench: &Bench) -> (Mac, NeighborAdvertisement) {
    let sent = bench.sent();
    let [(mac, packet)] = sent.as_slice() else {
        panic!("one packet is wanted: {sent:?}");
    };
    match parse(packet) {
        Ok(Nd::Advertisement(na)) => (*mac, na),
        other => panic!("an advertisement is wanted: {other:?}"),
    }
}

fn defended(bench: &Bench, addr: Ipv6Addr) {
    bench.forget();
    bench.inject(&probe(addr));
    let (mac, na) = advertisement(bench);
    assert_eq!(mac, Mac::of_group(ALL_NODES));
    assert_eq!((na.src, na.dst, na.target), (addr, ALL_NODES, addr));
    assert_eq!(na.flags, NaFlags::OVERRIDE);
    assert_eq!(na.target_lladdr, LinkAddr::new(&node_mac().0));
}

fn told(bench: &Bench, kind: EventKinds) -> bool {
    bench
        .events()
        .iter()
        .any(|event| event.kinds.contains(kind))
}

#[test]
fn tentative_another_probe_is_a_duplicate() {
    let (bench, addr) = tentative();
    silent(&bench, &[probe(addr)]);
    assert_eq!(bench.state(addr), State::Duplicated);
}

#[test]
fn tentative_a_probe_without_a_nonce_is_a_duplicate() {
    let (bench, addr) = tentative();
    let plain = emit_solicitation(&Ipv6Addr::UNSPECIFIED, &solicited_node(&addr), &addr, None);
    silent(&bench, &[plain.to_vec()]);
    assert_eq!(bench.state(addr), State::Duplicated);
}

#[test]
fn tentative_the_own_probe_that_comes_back_is_ignored() {
    let (bench, addr) = tentative();
    let sent = bench.sent();
    let own = sent.iter().map(|(_, packet)| packet.clone());
    let own: Vec<_> = own.filter(|packet| parse(packet).is_ok()).collect();
    assert_eq!(own.len(), 1, "the probe");
    silent(&bench, &own);
    assert_eq!(bench.state(addr), State::Tentative);
    // Three more probes follow, and none of them comes back (RFC 7527, 4.1).
    bench.lab.pause(2 * SECOND);
    assert_eq!(bench.state(addr), State::Tentative);
    bench.lab.pause(3 * SECOND);
    assert_eq!(bench.state(addr), State::Uncertain);
    let counters = bench.counters();
    assert_eq!((counters.looped, counters.probes), (1, 4));
}

#[test]
fn tentative_a_resolution_is_ignored() {
    let (bench, addr) = tentative();
    silent(&bench, &[question(addr), still_there(addr)]);
    assert_eq!(bench.state(addr), State::Tentative);
}

#[test]
fn tentative_an_advertisement_is_a_duplicate() {
    let (bench, addr) = tentative();
    bench.forget();
    bench.inject(&claim(addr));
    assert_eq!(
        (bench.sent(), bench.state(addr)),
        (vec![], State::Duplicated)
    );
    assert!(told(&bench, EventKinds::DUPLICATED));
}

#[test]
fn tentative_anything_else_is_dropped() {
    let (bench, addr) = tentative();
    let packets = anything_else(addr);
    silent(&bench, &packets);
    assert_eq!(bench.state(addr), State::Tentative);
    assert_eq!(bench.counters().in_dropped as usize, packets.len());
}

#[test]
fn uncertain_a_probe_is_answered_to_all_nodes() {
    let (bench, addr) = uncertain();
    defended(&bench, addr);
    assert_eq!(bench.state(addr), State::Uncertain);
}

#[test]
fn uncertain_a_resolution_meets_silence() {
    let (bench, addr) = uncertain();
    silent(&bench, &[question(addr), still_there(addr)]);
    assert_eq!(bench.state(addr), State::Uncertain);
    // The interface hears only what is sent to its station or its groups.
    assert_eq!(bench.counters().ns_silent, 1);
}

#[test]
fn uncertain_an_advertisement_withdraws_it_and_the_daemon_is_told() {
    let (bench, addr) = uncertain();
    bench.forget();
    bench.inject(&claim(addr));
    assert_eq!(
        (bench.sent(), bench.state(addr)),
        (vec![], State::Duplicated)
    );
    assert!(told(&bench, EventKinds::DUPLICATED));
    assert_eq!(bench.pool().counts.uncertain, 0);
}

#[test]
fn uncertain_the_own_defence_that_comes_back_is_ignored() {
    let (bench, addr) = uncertain();
    defended(&bench, addr);
    let own: Vec<_> = bench.sent().into_iter().map(|(_, packet)| packet).collect();
    silent(&bench, &own);
    assert_eq!(bench.state(addr), State::Uncertain);
    assert_eq!(bench.counters().looped, 1);
}

#[test]
fn uncertain_anything_else_is_dropped() {
    let (bench, addr) = uncertain();
    let packets = anything_else(addr);
    silent(&bench, &packets);
    assert_eq!(bench.state(addr), State::Uncertain);
    assert_eq!(bench.counters().in_dropped as usize, packets.len());
}

#[test]
fn valid_a_probe_is_answered_to_all_nodes() {
    let (bench, addr, id) = valid();
    defended(&bench, addr);
    assert!(bench.works(id));
}

#[test]
fn valid_a_resolution_is_answered_to_who_asked() {
    let (bench, addr, _) = valid();
    for packet in [question(addr), still_there(addr)] {
        bench.forget();
        bench.inject(&packet);
        let (mac, na) = advertisement(&bench);
        assert_eq!(mac, tester_mac());
        assert_eq!((na.src, na.dst, na.target), (addr, asker(), addr));
        assert_eq!(na.flags, NaFlags::SOLICITED | NaFlags::OVERRIDE);
        assert_eq!(na.target_lladdr, LinkAddr::new(&node_mac().0));
    }
}

#[test]
fn valid_a_resolution_from_the_address_itself_is_another_nodes_claim() {
    let (bench, addr, id) = valid();
    let lladdr = tester();
    let theirs = emit_solicitation(&addr, &solicited_node(&addr), &addr, lladdr.as_ref());
    bench.forget();
    bench.inject(&theirs);
    assert_eq!((bench.sent(), bench.state(addr)), (vec![], State::Valid));
    assert!(told(&bench, EventKinds::CONFLICT));
    assert!(bench.works(id));
}

#[test]
fn valid_an_advertisement_is_counted_and_told_and_the_session_goes_on() {
    let (bench, addr, id) = valid();
    bench.forget();
    // To the node alone: the server would believe it, and send elsewhere.
    bench.inject_to(node_mac(), &claim(addr));
    assert_eq!((bench.sent(), bench.state(addr)), (vec![], State::Valid));
    assert!(told(&bench, EventKinds::CONFLICT));
    assert_eq!(bench.counters().conflict, 1);
    assert!(bench.works(id));
}

#[test]
fn valid_the_gate_decides_about_anything_else() {
    let (bench, addr, id) = valid();
    let port = bench.sessions()[0].local_port;
    let before = bench.counters();
    let mut packets = anything_else(addr);
    // Not even its peer opens a connection, be it with the session's own ports;
    // and a stranger with these is none.
    packets.push(tcp(server(), addr, PORT, port, SYN));
    packets.push(tcp(server(), addr, PORT + 1, port, ACK));
    packets.push(tcp(server(), addr, PORT, port ^ 1, ACK));
    packets.push(tcp(asker(), addr, PORT, port, ACK));
    silent(&bench, &packets);
    let after = bench.counters();
    let dropped = after.in_dropped - before.in_dropped;
    assert_eq!(dropped as usize, packets.len());
    assert_eq!(after.in_session, before.in_session);
    // What is the session's passes.
    assert!(bench.works(id));
    assert!(bench.counters().in_session > before.in_session);
}

#[test]
fn tombstone_everything_meets_silence() {
    let (bench, addr) = tombstone();
    silent(&bench, &[probe(addr)]);
    silent(&bench, &[question(addr), still_there(addr), claim(addr)]);
    let before = bench.counters().in_dropped;
    let packets = anything_else(addr);
    silent(&bench, &packets);
    let dropped = bench.counters().in_dropped - before;
    assert_eq!(dropped as usize, packets.len());
    assert_eq!(bench.state(addr), State::Tombstone);
    bench.lab.pause(10 * SECOND);
    assert_eq!(bench.state(addr), State::Free);
}
