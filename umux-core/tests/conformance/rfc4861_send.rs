// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! RFC 4861, 4.3, 4.4, 7.2.1, 7.2.2 and 7.2.4: what the host sends.

use umux_core::action::{Action, Actions};
use umux_core::gate::Verdict;
use umux_core::plane::Heard;
use umux_core::wire::nd::{LinkAddr, NaFlags};

use crate::cases::cases;
use crate::host::{IFINDEX, SEC, ip, pooled};
use crate::message::{ALL_NODES, Message, NEIGHBOR, OWN_MAC, group};
use crate::subject::{PEER, Subject};

cases! { 4861;
    "4.3" "A probe goes from :: to the target's solicited-node group, with hop limit 255 and no link-layer address"
        => a_probe_is_as_it_should_be [tentative] Conforms;
    "4.4" "An advertisement has a hop limit of 255, code 0, a right checksum and zeros in its reserved bits"
        => an_advertisement_is_well_formed [uncertain valid] Conforms;
    "4.4" "Its source is an address of the interface that it is sent from"
        => an_advertisements_source_is_its_target [uncertain valid] Conforms;
    "4.4" "The router flag is not set by a host"
        => a_host_is_no_router [uncertain valid] Conforms;
    "4.4" "... and is by a router"
        => none [] NotApplicable("the plane acts for a host, on a router too: the address of a session is nobody's next hop");
    "7.2.1" "The solicited-node group is joined before the address is used"
        => nothing_is_sent_before_the_group_is_joined [pending] Conforms;
    "7.2.1" "The group is left when the last address that needs it goes"
        => each_address_has_a_membership_of_its_own [tentative uncertain valid] Conforms;
    "7.2.2" "A solicitation of the stack's may have the address as its source, if that is the prompting packet's"
        => the_stack_resolves_the_next_hop_from_a_valid_address [valid] Conforms;
    "7.2.2" "... and should, if it is"
        => the_stacks_solicitation_for_the_peer_is_made_the_sessions [valid tombstone] Conforms;
    "7.2.2" "... and no other address of the host"
        => the_stack_resolves_nothing_from_an_address_that_sends_nothing [uncertain tombstone] Conforms;
    "7.3.3" "A probe of the stack's to a neighbour may have the address as its source"
        => the_stack_probes_a_neighbour_from_a_valid_address [valid] Conforms;
    "7.2.2" "Retransmissions, their limit and the queue while resolution runs"
        => none [] NotApplicable("the stack's, for sessions as for all its packets");
    "7.2.4" "The target of an answer is that of the solicitation"
        => the_target_is_the_one_that_was_asked_for [uncertain valid] Conforms;
    "7.2.4" "The answer to a multicast solicitation has the target's link-layer address"
        => the_link_layer_address_is_told [uncertain valid] Conforms;
    "7.2.4" "In the answer to a unicast one it may be left out"
        => the_link_layer_address_is_told_to_who_knows_it [valid] Conforms;
    "7.2.4" "The override flag is set, since the address is neither anycast nor proxied"
        => the_override_flag_is_set [uncertain valid] Conforms;
    "7.2.4" "A solicitation from :: is answered to all nodes, with the solicited flag clear"
        => a_probe_is_answered_to_all_nodes_and_not_as_solicited [uncertain valid] Conforms;
    "7.2.4" "Any other is answered to its source, with the solicited flag set"
        => a_solicitation_is_answered_to_its_source_as_solicited [valid] Conforms;
    "7.2.4" "... for every address that is assigned"
        => resolution_finds_no_uncertain_address [uncertain]
        Differs("uncertain means: others can neither take the address nor reach it");
    "7.2.4" "... and for no other"
        => resolution_finds_no_address_that_is_not_assigned [pending tentative tombstone duplicated] Conforms;
    "7.2.4" "A solicitation is answered whatever group it was sent to"
        => a_solicitation_to_all_nodes_is_answered [valid] Conforms;
    "7.2.4" "An answer for an anycast address is delayed at random"
        => none [] NotApplicable("pools hold no anycast address, see RFC 4862, 5.4");
    "7.2.4" "The answer starts no resolution of the one who asked, if it told its link-layer address"
        => the_answer_needs_no_resolution [valid] Conforms;
    "7.2.6" "A node may announce a new link-layer address by unsolicited advertisements"
        => a_new_link_layer_address_is_not_announced_but_told [valid]
        Differs("permitted, not required; answers have the new one at once, and the stack's own addresses are announced by the stack");
    "7.2.7" "Anycast addresses" => none [] NotApplicable("pools hold none");
    "7.2.8" "Proxy advertisements" => none [] NotApplicable("the plane answers for addresses of this host only");
}

/// The answers that this state gives: to a probe, and if valid to others.
fn answers(subject: &Subject) -> Vec<Vec<u8>> {
    let mut asked = vec![Message::probe(subject.addr)];
    if subject.session.is_some() {
        asked.push(Message::resolution(subject.addr));
        asked.push(Message::reachability(subject.addr));
    }
    let answer = |message: &Message| subject.again().hears(message).packet();
    asked.iter().map(answer).collect()
}

fn a_probe_is_as_it_should_be(mut subject: Subject) {
    let [probe] = &subject.packets()[..] else {
        panic!("one probe")
    };
    // What another node would send, but for the nonce.
    let mut expected = Message::probe(subject.addr);
    expected.options = probe[64..].to_vec();
    assert_eq!(*probe, expected.bytes());
    assert_eq!(probe[64..66], [14, 1], "nothing but a nonce");
}

fn an_advertisement_is_well_formed(subject: Subject) {
    for packet in answers(&subject) {
        let mut expected = Message::advertisement(subject.addr).but(|message| {
            message.dst = <[u8; 16]>::try_from(&packet[24..40]).unwrap().into();
            message.word[0] = packet[44] & 0xe0;
        });
        expected.options[2..8].copy_from_slice(&OWN_MAC);
        assert_eq!(packet, expected.bytes());
    }
}

fn an_advertisements_source_is_its_target(subject: Subject) {
    for packet in answers(&subject) {
        assert_eq!(packet[8..24], subject.addr.octets());
    }
}

fn a_host_is_no_router(subject: Subject) {
    for packet in answers(&subject) {
        assert_eq!(packet[44] & 0x80, 0);
    }
}

fn nothing_is_sent_before_the_group_is_joined(mut subject: Subject) {
    subject.host.run(5 * SEC);
    assert!(subject.packets().is_empty());
    assert!(!subject.can_be_taken());
}

fn each_address_has_a_membership_of_its_own(mut subject: Subject) {
    // The same low 24 bits, so the same group.
    let twin = (u128::from(subject.addr) ^ 1 << 40).into();
    assert_eq!(group(twin), group(subject.addr));
    let host = &mut subject.host;
    let handle = host.plane.addr_add(host.pool, twin, host.now).unwrap();
    host.plane.addr_start(handle, 0x2222, host.now, 0).unwrap();
    host.plane.addr_del(host.pool, twin, host.now).unwrap();
    let left: Vec<_> = std::iter::from_fn(|| host.plane.next_group()).collect();
    assert_eq!(left, [0x2222], "the other address keeps the group");
}

fn next_hop_solicitation(subject: &Subject) -> Vec<u8> {
    let router = ip("2001:db8:1::fe");
    let message = Message::resolution(router).but(|message| message.src = subject.addr);
    message.bytes()
}

fn the_stack_resolves_the_next_hop_from_a_valid_address(subject: Subject) {
    let packet = next_hop_solicitation(&subject);
    assert_eq!(subject.host.output(&packet), Verdict::Send);
}

fn the_stacks_solicitation_for_the_peer_is_made_the_sessions(mut subject: Subject) {
    // From the host's own address, since the stack knows no address of ours.
    let asks = Message::resolution(ip(PEER)).but(|message| message.src = ip("2001:db8:1::1"));
    assert_eq!(subject.host.output(&asks.bytes()), Verdict::Neighbor);
    let mut out = Actions::new();
    let now = subject.host.now;
    let plane = &mut subject.host.plane;
    let heard = plane.soliciting(IFINDEX, &asks.bytes(), now, &mut out);
    assert_eq!(heard, Heard::Consumed);
    let [Action::Send { packet, .. }] = &out[..] else {
        panic!("one solicitation, not {out:?}")
    };
    let mut expected = asks.but(|message| message.src = subject.addr);
    expected.options[2..8].copy_from_slice(&OWN_MAC);
    assert_eq!(packet[..], expected.bytes());
}

fn the_stack_probes_a_neighbour_from_a_valid_address(subject: Subject) {
    let message = Message::reachability(ip(NEIGHBOR)).but(|message| message.src = subject.addr);
    assert_eq!(subject.host.output(&message.bytes()), Verdict::Send);
    // What a router could have forwarded is no probe of ours.
    let far = message.but(|message| message.hop_limit = 64);
    assert_eq!(subject.host.output(&far.bytes()), Verdict::Drop);
}

fn the_stack_resolves_nothing_from_an_address_that_sends_nothing(subject: Subject) {
    let packet = next_hop_solicitation(&subject);
    assert_eq!(subject.host.output(&packet), Verdict::Drop);
}

fn the_target_is_the_one_that_was_asked_for(mut subject: Subject) {
    subject.host.add(pooled(1)).unwrap();
    subject.host.run(SEC);
    for addr in [subject.addr, pooled(1)] {
        let na = subject.hears(&Message::probe(addr)).advertisement();
        assert_eq!(na.target, addr);
    }
}

fn the_link_layer_address_is_told(mut subject: Subject) {
    let own = LinkAddr::new(&OWN_MAC);
    let na = subject.hears(&Message::probe(subject.addr)).advertisement();
    assert_eq!(na.target_lladdr, own);
    if subject.session.is_some() {
        let asked = Message::resolution(subject.addr);
        assert_eq!(subject.hears(&asked).advertisement().target_lladdr, own);
    }
}

fn the_link_layer_address_is_told_to_who_knows_it(mut subject: Subject) {
    let asked = Message::reachability(subject.addr);
    let na = subject.hears(&asked).advertisement();
    assert_eq!(na.target_lladdr, LinkAddr::new(&OWN_MAC));
}

fn the_override_flag_is_set(subject: Subject) {
    for packet in answers(&subject) {
        assert_ne!(packet[44] & NaFlags::OVERRIDE.bits(), 0);
    }
}

fn a_probe_is_answered_to_all_nodes_and_not_as_solicited(mut subject: Subject) {
    let reaction = subject.hears(&Message::probe(subject.addr));
    assert!(matches!(
        reaction.sent[..],
        [Action::Send {
            ifindex: IFINDEX,
            ..
        }]
    ));
    let na = reaction.advertisement();
    assert_eq!(na.dst, ip(ALL_NODES));
    assert!(!na.flags.contains(NaFlags::SOLICITED));
}

fn a_solicitation_is_answered_to_its_source_as_solicited(mut subject: Subject) {
    for src in [NEIGHBOR, "fe80::77"] {
        let message = Message::resolution(subject.addr).but(|message| message.src = ip(src));
        let na = subject.hears(&message).advertisement();
        assert_eq!(na.dst, ip(src));
        assert!(na.flags.contains(NaFlags::SOLICITED));
    }
}

fn resolution_finds_no_uncertain_address(mut subject: Subject) {
    subject.ignores(&Message::resolution(subject.addr));
    assert_eq!(subject.host.plane.counters().ns_silent, 1);
}

fn resolution_finds_no_address_that_is_not_assigned(mut subject: Subject) {
    subject.ignores(&Message::resolution(subject.addr));
}

fn a_solicitation_to_all_nodes_is_answered(mut subject: Subject) {
    let message = Message::resolution(subject.addr).but(|message| message.dst = ip(ALL_NODES));
    assert_eq!(subject.hears(&message).advertisement().dst, ip(NEIGHBOR));
}

fn the_answer_needs_no_resolution(mut subject: Subject) {
    let reaction = subject.hears(&Message::resolution(subject.addr));
    assert!(reaction.answered_at().is_some());
}

fn a_new_link_layer_address_is_not_announced_but_told(mut subject: Subject) {
    let lladdr = LinkAddr::new(&[2, 0, 0, 0, 0, 0x55]);
    let params = umux_core::plane::IfaceParams {
        ifindex: IFINDEX,
        dad_count: 1,
        retrans: 1000,
        up: true,
        lladdr,
    };
    let now = subject.host.now;
    subject.host.plane.iface_set(&params, now).unwrap();
    subject.host.run(5 * SEC);
    assert!(subject.packets().is_empty());
    let asked = Message::resolution(subject.addr);
    assert_eq!(subject.hears(&asked).advertisement().target_lladdr, lladdr);
}
