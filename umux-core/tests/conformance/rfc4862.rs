// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! RFC 4862, 5.1, 5.4 to 5.4.2 and 5.5.4: when and how detection runs.

use umux_core::action::Action;
use umux_core::error::Error;
use umux_core::gate::Verdict;
use umux_core::plane::Config;
use umux_core::table::slot::State;

use crate::cases::cases;
use crate::host::{self, ACK, IFINDEX, SEC, SYN, icmp6, ip, pooled, tcp, udp};
use crate::message::Message;
use crate::subject::{PEER, Subject};

cases! { 4862;
    "5.1" "DupAddrDetectTransmits probes are sent for a tentative address"
        => as_many_probes_are_sent_as_the_interface_says [tentative] Conforms;
    "5.1" "A value of 0 means that no detection is performed"
        => without_probes_an_address_is_assigned_at_once [tentative] Conforms;
    "5.1, 5.4.2" "RetransTimer lies between two probes, and between the last one and the end"
        => probes_are_one_retransmission_time_apart [tentative] Conforms;
    "5.4" "Detection is performed on every unicast address before it is assigned"
        => no_address_is_given_to_a_session_before_detection_is_over [pending tentative] Conforms;
    "5.4" "... for each address, even if interface identifiers are the same"
        => each_address_is_probed_for_itself [tentative] Conforms;
    "5.4" "... and not on anycast addresses"
        => anycast_addresses_are_refused [tentative] Conforms;
    "5.4" "... anew when an interface was disabled and is enabled"
        => an_address_is_probed_again_when_the_link_comes_back [tentative uncertain] Conforms;
    "5.4" "... also for addresses in use"
        => a_session_outlives_a_link_that_goes_and_comes [valid]
        Differs("the session would be lost for a conflict of probability 2^-64; the next probe or advertisement of another node shows it");
    "5.4" "Packets to a tentative address, other than neighbour discovery, are silently discarded"
        => other_packets_are_silently_discarded [pending tentative] Conforms;
    "5.4" "... and those to an assigned one are accepted"
        => no_packet_reaches_an_uncertain_address [uncertain]
        Differs("uncertain means: others can neither take the address nor reach it");
    "5.4" "... and those to an assigned one are accepted"
        => the_session_is_reachable_and_nothing_else [valid]
        Differs("what is not of the session is discarded too, that is what the address is for");
    "5.4" "Nothing is sent from a tentative address"
        => no_session_and_no_answer_has_a_tentative_source [pending tentative] Conforms;
    "5.4.1" "Solicitations and advertisements that fail validation are silently discarded"
        => none [] NotApplicable("tested at RFC 4861, 7.1, for every rule and state");
    "5.4.2" "The solicited-node group is joined before the first probe"
        => probes_wait_for_the_group [pending] Conforms;
    "5.4.2" "The target of a probe is the address, its source ::, its destination the solicited-node group"
        => each_probe_is_about_the_address_and_from_nowhere [tentative] Conforms;
    "5.4.2" "Joining the group is delayed by a random time up to 1 s if the node starts, or a multicast advertisement made the address"
        => the_group_is_joined_at_once_and_the_probe_is_delayed [tentative]
        Differs("only the probe is delayed: so the host hears of a conflict during the delay, which the same section asks for");
    "5.4.2" "During the delay, messages to the groups of the address are processed"
        => a_conflict_is_heard_while_the_first_probe_is_delayed [tentative] Conforms;
    "5.5.4" "An address whose prefix is invalid must not be used"
        => a_pool_goes_with_its_prefix [pending tentative uncertain] Conforms;
    "5.5.4" "... neither as the source of a session"
        => a_session_keeps_its_address_when_the_prefix_goes [valid]
        Differs("the stack withdraws the route; the address falls silent with the session, never returns to a pool");
    "5.3, 5.4.5" "Link-local addresses, and what follows from duplicates of them"
        => none [] NotApplicable("pools hold addresses of global scope only");
}

fn as_many_probes_are_sent_as_the_interface_says(_: Subject) {
    for count in [1, 2, 3, 8] {
        let mut subject = Subject::probing(count);
        subject.host.run(SEC * u64::from(count) + 5 * SEC);
        assert_eq!(subject.packets().len(), usize::from(count));
        assert_eq!(subject.now(), State::Uncertain);
    }
}

fn without_probes_an_address_is_assigned_at_once(_: Subject) {
    let mut subject = Subject::probing(0);
    assert_eq!(subject.now(), State::Uncertain);
    assert!(subject.packets().is_empty());
}

fn probes_are_one_retransmission_time_apart(_: Subject) {
    let mut subject = Subject::probing(2);
    assert_eq!(subject.packets().len(), 1);
    subject.host.run(SEC - 1000);
    assert_eq!(subject.packets().len(), 0);
    subject.host.run(1000);
    assert_eq!(subject.packets().len(), 1);
    subject.host.run(SEC - 1000);
    assert_eq!(subject.now(), State::Tentative);
    subject.host.run(1000);
    assert_eq!(subject.now(), State::Uncertain);
}

fn no_address_is_given_to_a_session_before_detection_is_over(mut subject: Subject) {
    assert!(!subject.can_be_taken());
    if subject.state == State::Tentative {
        subject.host.run(SEC);
        assert!(subject.can_be_taken());
    }
}

fn each_address_is_probed_for_itself(mut subject: Subject) {
    let host = &mut subject.host;
    // Another prefix, the same interface identifier; and a shared suffix.
    let same_id = "2001:db8:2:0:1234::1";
    host.pool = host
        .add_pool("2001:db8:2::", 64, Default::default(), 0)
        .unwrap();
    host.add(ip(same_id)).unwrap();
    let probed = host.probes();
    assert_eq!(probed, [subject.addr, ip(same_id)]);
}

fn anycast_addresses_are_refused(mut subject: Subject) {
    // RFC 4291, 2.6.1; RFC 2526.
    for anycast in ["2001:db8:1::", "2001:db8:1:0:fdff:ffff:ffff:ff80"] {
        assert_eq!(subject.host.add(ip(anycast)), Err(Error::BadAddress));
    }
}

fn an_address_is_probed_again_when_the_link_comes_back(mut subject: Subject) {
    subject.host.link(IFINDEX, false, 1).unwrap();
    assert_eq!(subject.now(), State::Pending);
    subject.host.run(5 * SEC);
    subject.host.seen.clear();
    subject.host.link(IFINDEX, true, 1).unwrap();
    assert!(!subject.can_be_taken());
    subject.host.run(0);
    assert_eq!(subject.packets().len(), 1);
    subject.host.run(SEC);
    assert_eq!(subject.now(), State::Uncertain);
}

fn a_session_outlives_a_link_that_goes_and_comes(mut subject: Subject) {
    subject.host.link(IFINDEX, false, 1).unwrap();
    subject.host.run(SEC);
    subject.host.link(IFINDEX, true, 1).unwrap();
    subject.host.run(SEC);
    assert!(subject.packets().is_empty());
    assert!(subject.session_goes_on());
    // What shows a conflict.
    subject.notices(&Message::advertisement(subject.addr));
}

fn others(addr: std::net::Ipv6Addr) -> Vec<Vec<u8>> {
    let from = ip(PEER);
    vec![
        tcp(from, addr, 1234, 80, SYN),
        tcp(from, addr, 1234, 80, ACK),
        udp(from, addr, 1234, 53),
        icmp6(from, addr, 128, b"ping"),
        icmp6(from, addr, 1, &tcp(addr, from, 40_000, 80, SYN)),
        host::packet(from, addr, 59, 64, &[]),
    ]
}

fn other_packets_are_silently_discarded(subject: Subject) {
    for packet in others(subject.addr) {
        assert_eq!(subject.host.input(&packet), Verdict::Drop, "{packet:?}");
    }
}

fn no_packet_reaches_an_uncertain_address(subject: Subject) {
    other_packets_are_silently_discarded(subject);
}

fn the_session_is_reachable_and_nothing_else(subject: Subject) {
    assert!(subject.session_goes_on());
    for packet in others(subject.addr) {
        let about_the_session = packet[6] == 58 && packet[40] == 1;
        let expected = if about_the_session {
            Verdict::Local
        } else {
            Verdict::Drop
        };
        assert_eq!(subject.host.input(&packet), expected, "{packet:?}");
    }
}

fn no_session_and_no_answer_has_a_tentative_source(mut subject: Subject) {
    for packet in subject.packets() {
        assert_eq!(packet[8..24], [0; 16]);
    }
    subject.ignores(&Message::resolution(subject.addr));
    assert!(!subject.can_be_taken());
}

fn probes_wait_for_the_group(mut subject: Subject) {
    subject.host.run(3 * SEC);
    assert!(subject.packets().is_empty());
    // The handle of the only address.
    let host = &mut subject.host;
    host.plane
        .addr_del(host.pool, subject.addr, host.now)
        .unwrap();
    host.add(subject.addr).unwrap();
    assert_eq!(subject.packets().len(), 1);
}

fn each_probe_is_about_the_address_and_from_nowhere(_: Subject) {
    let mut subject = Subject::probing(3);
    subject.host.run(5 * SEC);
    for probe in subject.packets() {
        let mut expected = Message::probe(subject.addr);
        expected.options = probe[64..].to_vec();
        assert_eq!(probe, expected.bytes());
    }
}

fn spread() -> Config {
    Config {
        dad_spread: 1000,
        ..host::config()
    }
}

/// An address whose first probe is due in half a second.
fn delayed() -> Subject {
    let mut subject = Subject::tentative();
    subject.host = Subject::empty(1, spread());
    let host = &mut subject.host;
    let handle = host.plane.addr_add(host.pool, pooled(0), host.now).unwrap();
    host.plane
        .addr_start(handle, 0x1000, host.now, u64::from(u32::MAX / 2))
        .unwrap();
    subject
}

fn the_group_is_joined_at_once_and_the_probe_is_delayed(_: Subject) {
    let mut subject = delayed();
    subject.host.run(490_000);
    assert_eq!(subject.packets().len(), 0);
    subject.host.run(20_000);
    assert_eq!(subject.packets().len(), 1);
    subject.host.run(SEC - 20_000);
    assert_eq!(
        subject.now(),
        State::Tentative,
        "the delay is no part of it"
    );
    subject.host.run(20_000);
    assert_eq!(subject.now(), State::Uncertain);
}

fn a_conflict_is_heard_while_the_first_probe_is_delayed(_: Subject) {
    for message in [Message::probe(pooled(0)), Message::advertisement(pooled(0))] {
        let mut subject = delayed();
        subject.host.run(100_000);
        subject.notices(&message);
        subject.host.run(5 * SEC);
        assert!(subject.packets().is_empty(), "no probe any more");
    }
}

fn a_pool_goes_with_its_prefix(mut subject: Subject) {
    subject.host.run(10 * SEC);
    let host = &mut subject.host;
    let ask = Action::CheckPool { pool: host.pool };
    assert!(host.seen.contains(&ask), "the stack is asked");
    host.plane.pool_del(host.pool, true, host.now).unwrap();
    assert_eq!(subject.now(), State::Free);
    assert!(!subject.can_be_taken());
}

fn a_session_keeps_its_address_when_the_prefix_goes(mut subject: Subject) {
    let session = subject.session.expect("valid has one");
    let host = &mut subject.host;
    host.plane.pool_del(host.pool, true, host.now).unwrap();
    assert!(subject.session_goes_on());
    let now = subject.host.now;
    subject.host.plane.end(session.handle, now).unwrap();
    assert_eq!(subject.now(), State::Tombstone);
}
