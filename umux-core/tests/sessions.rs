// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Client sessions (contract, section 6) and what the gate lets through to
//! them (section 5).

mod host;

use host::*;
use umux_core::action::Action;
use umux_core::error::Error;
use umux_core::gate::Verdict;
use umux_core::plane::{Heard, MissPolicy};
use umux_core::policy::LabelRow;
use umux_core::prefix::Prefix;
use umux_core::table::slot::State;
use umux_core::wire::ALL_NODES;
use umux_core::wire::nd::{self, LinkAddr, NaFlags};

const PEER: &str = "2001:db8:9::1";
const STRANGER: &str = "2001:db8:9::2";

#[test]
fn no_two_sessions_share_an_address() {
    let mut host = Host::new();
    host.fill(10);
    let mut seen = std::collections::HashSet::new();
    for _ in 0..10 {
        assert!(seen.insert(host.session(PEER, TCP, 80).local));
    }
    assert_eq!(host.take(PEER, TCP, 80), Err(Error::MissLegacy));
}

#[test]
fn an_empty_pool_refuses_if_its_policy_says_so() {
    let mut host = Host::bare(config());
    host.pool = host.add_pool(PREFIX, 64, MissPolicy::Refuse, 0).unwrap();
    assert_eq!(host.take(PEER, TCP, 80), Err(Error::MissRefuse));
}

#[test]
fn a_changed_policy_table_counts_from_the_next_session_on() {
    let mut host = Host::new();
    host.fill(3);
    let row = LabelRow {
        prefix: Prefix::new(ip(PREFIX), 64).unwrap(),
        precedence: 1,
        label: 7,
    };
    assert!(host.take(PEER, TCP, 80).is_ok());
    host.plane.labels_replace([row].into_iter()).unwrap();
    // No pool has the label of the peer now; the host's own selection decides.
    assert_eq!(host.take(PEER, TCP, 80), Err(Error::NoPool));
    assert!(host.take("2001:db8:1::1", TCP, 80).is_ok());
    host.plane.labels_reset();
    assert!(host.take(PEER, TCP, 80).is_ok());
}

#[test]
fn an_address_that_never_went_on_the_wire_returns_to_its_pool() {
    let mut host = Host::new();
    host.fill(1);
    let taken = host.session(PEER, UDP, 443);
    assert_eq!(host.plane.end(taken.handle, host.now), Ok(0xc0de));
    assert_eq!(host.state(taken.local), State::Uncertain);
    assert_eq!(host.plane.end(taken.handle, host.now), Err(Error::Stale));
    let again = host.session(PEER, TCP, 80);
    assert_eq!(again.local, taken.local);
    assert_ne!(again.handle, taken.handle);
    assert_eq!(host.plane.cookie(taken.handle), Err(Error::Stale));
}

#[test]
fn an_address_that_comes_back_while_its_link_is_down_waits_for_dad() {
    let mut host = Host::new();
    host.fill(1);
    let taken = host.session(PEER, UDP, 443);
    host.link(IFINDEX, false, 1).unwrap();
    host.plane.end(taken.handle, host.now).unwrap();
    // A neighbour may have taken it meanwhile, so nobody may have it yet.
    assert_eq!(host.state(taken.local), State::Pending);
    assert_eq!(host.take(PEER, UDP, 443), Err(Error::MissLegacy));
    host.run(3 * SEC);
    assert_eq!(host.state(taken.local), State::Pending);
    host.link(IFINDEX, true, 1).unwrap();
    host.run(SEC / 2);
    assert_eq!(host.probes().last(), Some(&taken.local));
    host.run(SEC);
    assert_eq!(host.state(taken.local), State::Uncertain);
}

#[test]
fn an_address_whose_link_was_down_in_its_session_is_no_other_sessions() {
    let mut host = Host::new();
    host.fill(1);
    let taken = host.session(PEER, UDP, 443);
    host.link(IFINDEX, false, 1).unwrap();
    host.link(IFINDEX, true, 1).unwrap();
    host.plane.end(taken.handle, host.now).unwrap();
    assert_eq!(host.state(taken.local), State::Tombstone);
}

#[test]
fn an_address_that_another_node_claims_in_its_session_is_no_other_sessions() {
    let mut host = Host::new();
    host.fill(1);
    let taken = host.session(PEER, UDP, 443);
    let claim = nd::emit_advertisement(
        &taken.local,
        &ALL_NODES,
        &taken.local,
        NaFlags::OVERRIDE,
        LinkAddr::new(&[2, 0, 0, 0, 0, 9]).as_ref(),
    );
    assert_eq!(host.hear(IFINDEX, &claim).0, Heard::Consumed);
    host.plane.end(taken.handle, host.now).unwrap();
    assert_eq!(host.state(taken.local), State::Tombstone);
}

#[test]
fn an_address_that_the_gate_saw_no_packet_of_may_have_been_seen_all_the_same() {
    // A packet filter before the gate sends some packets another way.
    let mut host = Host::new();
    host.fill(2);
    let connects = host.session(PEER, TCP, 80);
    let sends = host.session(PEER, UDP, 443);
    let answer = udp(ip(PEER), sends.local, 443, 40_000);
    assert_eq!(host.input(&answer), Verdict::Local);
    for taken in [connects, sends] {
        host.plane.end(taken.handle, host.now).unwrap();
        assert_eq!(host.state(taken.local), State::Tombstone);
    }
}

#[test]
fn an_address_that_was_used_is_silent_and_never_taken_again() {
    let mut host = Host::new();
    host.fill(1);
    let session = host.session(PEER, TCP, 80);
    assert_eq!(
        host.output(&tcp(session.local, ip(PEER), 40_000, 80, SYN)),
        Verdict::Send
    );
    host.plane.end(session.handle, host.now).unwrap();
    assert_eq!(host.state(session.local), State::Tombstone);
    let late = tcp(ip(PEER), session.local, 80, 40_000, ACK);
    assert_eq!(host.input(&late), Verdict::Drop);
    let dying = tcp(session.local, ip(PEER), 40_000, 80, RST);
    assert_eq!(host.output(&dying), Verdict::Drop);
    assert_eq!(host.take(PEER, TCP, 80), Err(Error::MissLegacy));
    assert_eq!(host.add(session.local), Err(Error::Exists));
    host.run(6 * SEC);
    assert_eq!(host.state(session.local), State::Free);
    assert_eq!(host.input(&late), Verdict::Legacy);
}

#[test]
fn a_pcb_is_looked_at_now_and_then_and_soon_after_its_socket_is_gone() {
    let mut host = Host::new();
    host.fill(1);
    let session = host.session(PEER, TCP, 80);
    let check = Action::CheckPcb {
        handle: session.handle,
    };
    host.run(59 * SEC);
    assert!(!host.seen.contains(&check));
    host.run(SEC);
    assert!(host.seen.contains(&check));
    host.seen.clear();
    host.plane.linger(session.handle, 2000, host.now).unwrap();
    host.run(2 * SEC);
    assert!(host.seen.contains(&check));
    host.seen.clear();
    host.plane.checked(session.handle, host.now).unwrap();
    host.run(SEC);
    assert!(host.seen.contains(&check));
    assert_eq!(host.state(session.local), State::Valid);
}

#[test]
fn only_the_session_gets_in() {
    let mut host = Host::new();
    host.fill(1);
    let ea = host.session(PEER, TCP, 80).local;
    let (peer, stranger) = (ip(PEER), ip(STRANGER));
    let passes = |packet: &[u8]| host.input(packet) == Verdict::Local;
    assert!(passes(&tcp(peer, ea, 80, 40_000, SYN | ACK)));
    assert!(passes(&tcp(peer, ea, 80, 40_000, RST)));
    for (why, packet) in [
        ("connects back", tcp(peer, ea, 80, 40_000, SYN)),
        ("other local port", tcp(peer, ea, 80, 40_001, ACK)),
        ("other foreign port", tcp(peer, ea, 81, 40_000, ACK)),
        ("stranger", tcp(stranger, ea, 80, 40_000, ACK)),
        ("other protocol", udp(peer, ea, 80, 40_000)),
        ("ping", icmp6(peer, ea, 128, &[])),
        ("echo reply", icmp6(peer, ea, 129, &[])),
        ("router advertisement", icmp6(peer, ea, 134, &[0; 8])),
        ("unknown protocol", packet(peer, ea, 132, 64, &[0; 20])),
        ("no next header", packet(peer, ea, 59, 64, &[])),
        (
            "routing header",
            packet(peer, ea, 43, 64, &[6, 0, 0, 1, 0, 0, 0, 0]),
        ),
        ("short", packet(peer, ea, TCP, 64, &[0; 4])),
    ] {
        assert_eq!(host.input(&packet), Verdict::Drop, "{why}");
    }
}

#[test]
fn until_the_local_port_is_known_any_is_the_sessions() {
    let mut host = Host::new();
    host.fill(1);
    let taken = host.take(PEER, TCP, 80).unwrap();
    let answer = tcp(ip(PEER), taken.local, 80, 50_000, SYN | ACK);
    assert_eq!(host.input(&answer), Verdict::Local);
    host.plane
        .commit(taken.handle, 40_000, 1, host.now)
        .unwrap();
    assert_eq!(host.input(&answer), Verdict::Drop);
}

#[test]
fn errors_about_the_session_get_in_from_anywhere_and_no_others() {
    let mut host = Host::new();
    host.fill(1);
    let ea = host.session(PEER, TCP, 80).local;
    let router = ip("2001:db8:5::1");
    for kind in 1..=4 {
        let about = tcp(ea, ip(PEER), 40_000, 80, ACK);
        assert_eq!(host.input(&icmp6(router, ea, kind, &about)), Verdict::Local);
    }
    for (why, about) in [
        ("another session", tcp(ea, ip(STRANGER), 40_000, 80, ACK)),
        ("another port", tcp(ea, ip(PEER), 40_001, 80, ACK)),
        (
            "another source",
            tcp(ip(STRANGER), ip(PEER), 40_000, 80, ACK),
        ),
        ("another protocol", udp(ea, ip(PEER), 40_000, 80)),
        ("nothing", vec![]),
    ] {
        assert_eq!(
            host.input(&icmp6(router, ea, 1, &about)),
            Verdict::Drop,
            "{why}"
        );
    }
    let about = tcp(ea, ip(PEER), 40_000, 80, ACK);
    assert_eq!(host.input(&icmp6(router, ea, 100, &about)), Verdict::Drop);
}

#[test]
fn nothing_reaches_an_address_that_is_not_valid() {
    let mut host = Host::new();
    host.fill(1);
    host.add(pooled(5)).unwrap();
    for addr in [pooled(0), pooled(5)] {
        assert_eq!(
            host.input(&tcp(ip(PEER), addr, 80, 40_000, ACK)),
            Verdict::Drop
        );
        assert_eq!(host.input(&icmp6(ip(PEER), addr, 128, &[])), Verdict::Drop);
    }
}

#[test]
fn the_hosts_other_traffic_is_not_touched() {
    let mut host = Host::new();
    host.fill(1);
    let legacy = ip("2001:db8:1::1");
    for packet in [
        tcp(ip(PEER), legacy, 80, 40_000, SYN),
        udp(ip(PEER), ip("ff02::fb"), 5353, 5353),
        icmp6(ip(PEER), legacy, 128, &[]),
        vec![0x45, 0, 0, 20],
        vec![],
    ] {
        assert_eq!(host.input(&packet), Verdict::Legacy);
        assert_eq!(host.output(&packet), Verdict::Legacy);
    }
}

#[test]
fn only_the_session_goes_out_from_its_address() {
    let mut host = Host::new();
    host.fill(2);
    let ea = host.session(PEER, TCP, 80).local;
    assert_eq!(
        host.output(&tcp(ea, ip(PEER), 40_000, 80, ACK)),
        Verdict::Send
    );
    for (why, packet) in [
        ("another peer", tcp(ea, ip(STRANGER), 40_000, 80, ACK)),
        ("another port", tcp(ea, ip(PEER), 40_001, 80, ACK)),
        ("a raw socket", icmp6(ea, ip(PEER), 128, &[])),
        ("uncertain", tcp(pooled(1), ip(PEER), 40_000, 80, SYN)),
    ] {
        assert_eq!(host.output(&packet), Verdict::Drop, "{why}");
    }
}

#[test]
fn the_next_hop_is_resolved_in_the_name_of_the_session() {
    let mut host = Host::new();
    host.fill(1);
    let ea = host.session(PEER, TCP, 80).local;
    let ns = umux_core::wire::nd::emit_solicitation(
        &ea,
        &ip("ff02::1:ff00:1"),
        &ip("2001:db8:1::1"),
        None,
    );
    assert_eq!(host.output(&ns), Verdict::Send);
}

#[test]
fn the_host_does_not_send_errors_about_our_addresses() {
    let mut host = Host::new();
    host.fill(2);
    let ea = host.session(PEER, TCP, 80).local;
    let stable = ip("2001:db8:1::1");
    for to in [ea, pooled(1)] {
        let about = udp(ip(PEER), to, 1, 2);
        assert_eq!(
            host.output(&icmp6(stable, ip(PEER), 1, &about)),
            Verdict::Drop
        );
    }
    let about = udp(ip(PEER), stable, 1, 2);
    assert_eq!(
        host.output(&icmp6(stable, ip(PEER), 1, &about)),
        Verdict::Legacy
    );
}

#[test]
fn on_the_same_host_the_output_gate_is_as_strict_as_the_input_gate() {
    let mut host = Host::new();
    host.fill(3);
    let stable = "2001:db8:1::1";
    let ea = host.session(stable, TCP, 80).local;
    assert_eq!(
        host.output(&tcp(ip(stable), ea, 80, 40_000, SYN | ACK)),
        Verdict::Local
    );
    assert_eq!(
        host.output(&tcp(ip(stable), ea, 80, 40_000, SYN)),
        Verdict::Drop
    );
    assert_eq!(host.output(&icmp6(ip(stable), ea, 128, &[])), Verdict::Drop);
    assert_eq!(
        host.output(&icmp6(ip(stable), pooled(1), 128, &[])),
        Verdict::Drop
    );
    host.add(pooled(9)).unwrap();
    assert_eq!(
        host.output(&icmp6(ip(stable), pooled(9), 128, &[])),
        Verdict::Legacy,
        "a tentative address may be another node's"
    );
}

#[test]
fn fragments_do_not_get_around_the_gate() {
    let mut host = Host::new();
    host.fill(1);
    let ea = host.session(PEER, UDP, 443).local;
    let fragment = |offset: u16, more: bool, upper: &[u8], src| {
        let mut body = vec![UDP, 0];
        body.extend((offset | u16::from(more)).to_be_bytes());
        body.extend([0, 0, 0, 1]);
        body.extend(upper);
        packet(src, ea, 44, 64, &body)
    };
    let ours = [1, 0xbb, 0x9c, 0x40, 0, 16, 0, 0];
    let theirs = [1, 0xbb, 0x9c, 0x41, 0, 16, 0, 0];
    assert_eq!(
        host.input(&fragment(0, true, &ours, ip(PEER))),
        Verdict::Local
    );
    assert_eq!(
        host.input(&fragment(8, false, &[0; 8], ip(PEER))),
        Verdict::Local
    );
    assert_eq!(
        host.input(&fragment(0, true, &theirs, ip(PEER))),
        Verdict::Drop
    );
    assert_eq!(
        host.input(&fragment(0, true, &[], ip(PEER))),
        Verdict::Drop,
        "RFC 7112"
    );
    assert_eq!(
        host.input(&fragment(0, true, &ours, ip(STRANGER))),
        Verdict::Drop
    );
    assert_eq!(
        host.input(&fragment(8, false, &[0; 8], ip(STRANGER))),
        Verdict::Drop
    );
}

#[test]
fn teardown_finds_every_session() {
    let mut host = Host::new();
    host.fill(5);
    for _ in 0..5 {
        host.session(PEER, TCP, 80);
    }
    let mut ended = 0;
    while let Some(handle) = host.plane.any_session() {
        assert_eq!(host.plane.end(handle, host.now), Ok(0xc0de));
        ended += 1;
    }
    assert_eq!(ended, 5);
}
