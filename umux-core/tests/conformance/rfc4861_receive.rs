// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! RFC 4861, 7.2.3, 7.2.5, 7.3 and 8: messages about addresses of the host,
//! and about others.

use umux_core::gate::Verdict;
use umux_core::table::slot::State;

use crate::cases::cases;
use crate::host::{IFINDEX, icmp6, ip, pooled};
use crate::message::{ADVERTISEMENT, ALL_NODES, Message, NEIGHBOR, NEIGHBOR_MAC, SOLICITED};
use crate::message::{SOURCE_LLADDR, TARGET_LLADDR, option};
use crate::subject::{PEER, Subject};

cases! { 4861;
    "7.2.3" "A solicitation for an address that is not the node's is not processed"
        => what_asks_for_another_address_is_left_to_the_stack [tentative uncertain valid tombstone] Conforms;
    "7.2.3" "The target must be of the interface that it was received on"
        => an_address_is_defended_and_told_on_its_own_link_only [tentative uncertain valid] Conforms;
    "7.2.3" "A solicitation for a tentative address is processed as RFC 4862 says"
        => resolution_of_a_tentative_address_is_ignored [pending tentative] Conforms;
    "7.2.3" "A node that asks should become a neighbour: its link-layer address is learnt"
        => who_resolves_a_valid_address_is_answered_where_it_says_and_not_learnt [valid]
        Differs("the answer goes straight to that link-layer address; an entry would be probed later, from another address of the host");
    "7.2.3" "... also when it asks for an address that is not to be found"
        => of_who_resolves_a_silent_address_nothing_is_kept [uncertain tombstone]
        Differs("an entry would be a trace of the address, and the stack might probe the neighbour from another one");
    "7.2.3" "Of a solicitation from :: nothing is learnt"
        => nothing_is_learnt_of_a_probe [uncertain valid] Conforms;
    "7.2.3" "Of a solicitation without a source link-layer address nothing is learnt"
        => who_tells_no_link_layer_address_is_answered_and_not_learnt [valid] Conforms;
    "7.2.3" "A node has no neighbour that is its own address"
        => a_solicitation_from_the_very_address_is_a_conflict_and_not_answered [valid]
        Silent("it can only come from another node; an answer would be to ourselves");
    "7.2.5" "An advertisement about a neighbour goes to the neighbour cache"
        => the_answer_to_a_solicitation_from_the_address_is_the_stacks [valid] Conforms;
    "7.2.5" "... as long as the peer may be asked for in its name, the session over or not"
        => the_answer_about_the_peer_is_the_stacks [valid tombstone] Conforms;
    "7.2.5" "... but from these addresses none was solicited"
        => an_answer_to_an_address_that_never_asks_is_dropped [pending tentative uncertain tombstone] Conforms;
    "7.2.5" "What it does to the entry, by its flags and the entry's state"
        => none [] NotApplicable("the stack's neighbour cache, not the plane's");
    "7.2.5" "An advertisement to a group about another address goes to the neighbour cache"
        => an_advertisement_of_another_address_is_left_to_the_stack [tentative uncertain valid tombstone] Conforms;
    "7.3.1" "A solicitation to the address itself is answered, which confirms that it is reachable"
        => unreachability_detection_finds_a_valid_address [valid] Conforms;
    "7.3.1" "... and an address that is not assigned is not confirmed"
        => unreachability_detection_finds_nobody [pending tentative tombstone] Conforms;
    "7.3.1" "... and an assigned one is"
        => unreachability_detection_finds_no_uncertain_address [uncertain]
        Differs("uncertain means: others can neither take the address nor reach it");
    "8.3" "A valid redirect goes to the neighbour cache"
        => a_redirect_for_the_session_is_the_stacks [valid] Conforms;
    "8.1" "... but not with a hop limit other than 255"
        => a_redirect_that_was_forwarded_is_dropped [valid] Conforms;
    "8.3" "... and an address that sends nothing is never redirected"
        => a_redirect_to_an_address_that_sends_nothing_is_dropped [pending tentative uncertain tombstone] Conforms;
    "8.2" "A host sends no redirect" => none [] NotApplicable("the plane has none to send");
    "6" "Router and prefix discovery" => none [] NotApplicable("the stack's; a pool asks every 10 s whether its prefix is still on-link");
}

fn what_asks_for_another_address_is_left_to_the_stack(mut subject: Subject) {
    // With the same solicited-node group.
    let other = (u128::from(subject.addr) ^ 1 << 40).into();
    for message in [Message::probe(other), Message::resolution(other)] {
        subject.ignores(&message);
        assert!(subject.hears(&message).to_stack);
    }
}

fn an_address_is_defended_and_told_on_its_own_link_only(mut subject: Subject) {
    let addr = subject.addr;
    for message in [
        Message::probe(addr),
        Message::resolution(addr),
        Message::advertisement(addr),
    ] {
        subject.ignores(&message.but(|message| message.ifindex = IFINDEX + 1));
    }
}

fn resolution_of_a_tentative_address_is_ignored(mut subject: Subject) {
    subject.ignores(&Message::resolution(subject.addr));
    let reaction = subject.hears(&Message::resolution(subject.addr));
    assert!(!reaction.to_stack, "it is ours to ignore");
}

fn who_resolves_a_valid_address_is_answered_where_it_says_and_not_learnt(mut subject: Subject) {
    for message in [
        Message::resolution(subject.addr),
        Message::reachability(subject.addr),
    ] {
        let reaction = subject.hears(&message);
        assert!(!reaction.to_stack, "which would learn of it");
        let there = Some((ip(NEIGHBOR), NEIGHBOR_MAC.to_vec()));
        assert_eq!(reaction.answered_at(), there);
    }
}

fn of_who_resolves_a_silent_address_nothing_is_kept(mut subject: Subject) {
    let reaction = subject.hears(&Message::resolution(subject.addr));
    assert_eq!((reaction.answered_at(), reaction.to_stack), (None, false));
}

fn nothing_is_learnt_of_a_probe(mut subject: Subject) {
    let reaction = subject.hears(&Message::probe(subject.addr));
    reaction.advertisement();
    assert_eq!(reaction.answered_at(), None);
}

fn who_tells_no_link_layer_address_is_answered_and_not_learnt(mut subject: Subject) {
    let message = Message::resolution(subject.addr).but(|message| message.options.clear());
    let reaction = subject.hears(&message);
    assert_eq!(reaction.advertisement().dst, ip(NEIGHBOR));
    assert_eq!(reaction.answered_at(), None);
}

fn a_solicitation_from_the_very_address_is_a_conflict_and_not_answered(mut subject: Subject) {
    let addr = subject.addr;
    let message = Message::resolution(addr).but(|message| message.src = addr);
    let reaction = subject.hears(&message);
    assert_eq!((reaction.sent.len(), reaction.to_stack), (0, false));
    assert_eq!(subject.host.plane.counters().conflict, 1);
    assert_eq!(subject.now(), State::Valid);
}

fn answer_to(subject: &Subject) -> Message {
    Message::advertisement(ip(NEIGHBOR)).but(|message| {
        message.dst = subject.addr;
        message.word[0] |= SOLICITED;
    })
}

fn the_answer_to_a_solicitation_from_the_address_is_the_stacks(mut subject: Subject) {
    let reaction = subject.hears(&answer_to(&subject));
    assert_eq!((reaction.to_stack, reaction.sent.len()), (true, 0));
}

fn the_answer_about_the_peer_is_the_stacks(mut subject: Subject) {
    let answer = answer_to(&subject).but(|message| message.target = ip(PEER));
    let reaction = subject.hears(&answer);
    assert_eq!((reaction.to_stack, reaction.sent.len()), (true, 0));
}

fn an_answer_to_an_address_that_never_asks_is_dropped(mut subject: Subject) {
    subject.ignores(&answer_to(&subject));
    assert!(!subject.hears(&answer_to(&subject)).to_stack);
}

fn an_advertisement_of_another_address_is_left_to_the_stack(mut subject: Subject) {
    let other = pooled(7);
    let message = Message::advertisement(other);
    assert_eq!((message.kind, message.dst), (ADVERTISEMENT, ip(ALL_NODES)));
    subject.ignores(&message);
    assert!(subject.hears(&message).to_stack);
}

fn unreachability_detection_finds_a_valid_address(mut subject: Subject) {
    let na = subject
        .hears(&Message::reachability(subject.addr))
        .advertisement();
    assert_eq!((na.dst, na.target), (ip(NEIGHBOR), subject.addr));
    assert!(na.flags.bits() & SOLICITED != 0, "else it confirms nothing");
}

fn unreachability_detection_finds_nobody(mut subject: Subject) {
    for message in [
        Message::reachability(subject.addr),
        Message::resolution(subject.addr),
    ] {
        subject.ignores(&message);
    }
}

fn unreachability_detection_finds_no_uncertain_address(mut subject: Subject) {
    subject.ignores(&Message::reachability(subject.addr));
    subject.ignores(&Message::resolution(subject.addr));
}

/// From a router, about the session's peer.
fn redirect(subject: &Subject, hop_limit: u8) -> Vec<u8> {
    let peer = ip(PEER);
    let mut body = [ip("fe80::2").octets(), peer.octets()].concat();
    body.extend(option(TARGET_LLADDR, &NEIGHBOR_MAC));
    body.extend(option(SOURCE_LLADDR, &NEIGHBOR_MAC));
    let mut packet = icmp6(ip("fe80::1"), subject.addr, 137, &body);
    packet[7] = hop_limit;
    packet
}

fn a_redirect_for_the_session_is_the_stacks(subject: Subject) {
    assert_eq!(subject.host.input(&redirect(&subject, 255)), Verdict::Local);
}

fn a_redirect_that_was_forwarded_is_dropped(subject: Subject) {
    assert_eq!(subject.host.input(&redirect(&subject, 254)), Verdict::Drop);
}

fn a_redirect_to_an_address_that_sends_nothing_is_dropped(subject: Subject) {
    assert_eq!(subject.host.input(&redirect(&subject, 255)), Verdict::Drop);
}
