// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! RFC 4862, 5.4.3 to 5.4.5: who else claims the address, and what follows.

use umux_core::action::Events;
use umux_core::error::Error;
use umux_core::gate::Verdict;
use umux_core::table::slot::State;

use crate::cases::cases;
use crate::host::{SEC, SYN, ip, pooled, tcp};
use crate::message::{Message, NEIGHBOR, NONCE, OVERRIDE, OWN_MAC, ROUTER, SOLICITED};
use crate::message::{TARGET_LLADDR, option};
use crate::subject::{PEER, Subject};

cases! { 4862;
    "5.4.3" "A probe for an assigned address is processed as RFC 4861 says: it is defended"
        => a_probe_is_answered [uncertain valid] Conforms;
    "5.4.3" "... every time, and the address is kept"
        => an_address_is_defended_as_often_as_it_is_probed [uncertain valid] Conforms;
    "5.4.3" "... and one for an address that is no more is not"
        => a_probe_for_a_dead_address_is_not_answered [tombstone] Conforms;
    "5.4.3" "A solicitation from a unicast address for a tentative one is silently ignored"
        => resolution_is_ignored_and_detection_goes_on [tentative] Conforms;
    "5.4.3" "... even from the tentative address itself"
        => a_solicitation_from_the_tentative_address_is_ignored [tentative] Conforms;
    "5.4.3" "A probe of another node for a tentative address: it is a duplicate"
        => a_probe_of_another_shows_a_duplicate [tentative] Conforms;
    "5.4.3" "... also before the own one is sent"
        => a_probe_before_the_own_one_shows_a_duplicate [pending] Conforms;
    "5.4.3" "... until the very end of detection"
        => a_probe_in_the_last_moment_shows_a_duplicate [tentative] Conforms;
    "5.4.3" "The own probe that comes back shows no duplicate"
        => none [] NotApplicable("tested at RFC 7527, which says how to tell it");
    "5.4.4" "An advertisement of a tentative address: it is a duplicate"
        => an_advertisement_shows_a_duplicate [pending tentative] Conforms;
    "5.4.4" "... whatever its flags, options and destination"
        => any_advertisement_shows_a_duplicate [tentative] Conforms;
    "5.4.4" "... also in the last moment"
        => an_advertisement_in_the_last_moment_shows_a_duplicate [tentative] Conforms;
    "5.4.4" "An advertisement of an assigned address may show a duplicate: it can be logged"
        => an_advertisement_of_a_valid_address_is_told_and_the_session_kept [valid] Conforms;
    "5.4.4" "... and the address is kept"
        => an_advertisement_of_an_uncertain_address_withdraws_it [uncertain]
        Differs("nobody uses it yet, and a session that took it would be disturbed; another costs nothing");
    "5.4.4" "... and of one that is no more it says nothing"
        => an_advertisement_of_a_dead_address_is_ignored [tombstone] Conforms;
    "5.4.4" "An own advertisement that the link sends back"
        => the_own_defence_that_comes_back_is_no_claim [uncertain valid]
        Silent("a bridge or access point that reflects multicast would else cost an address with each defence");
    "5.4.5" "A duplicate is not assigned: no session gets it"
        => a_duplicate_is_never_taken [duplicated] Conforms;
    "5.4.5" "... no probe follows, and no timer revives it"
        => detection_of_a_duplicate_is_over [duplicated] Conforms;
    "5.4.5" "... it is neither defended nor told"
        => a_duplicate_is_the_other_nodes [duplicated] Conforms;
    "5.4.5" "... and packets to it are not this node's to take"
        => packets_to_a_duplicate_are_left_alone [duplicated] Conforms;
    "5.4.5" "The error is logged"
        => a_duplicate_is_counted_and_told [tentative uncertain] Conforms;
    "5.4.5" "Other addresses of the interface are not affected"
        => other_addresses_go_on [tentative] Conforms;
    "5.4.5" "A node may try again"
        => a_duplicate_is_not_tried_again_while_it_is_remembered [duplicated] Conforms;
}

fn a_probe_is_answered(mut subject: Subject) {
    for probe in [
        Message::probe(subject.addr),
        Message::probe(subject.addr).with(option(NONCE, &[9; 6])),
    ] {
        let na = subject.hears(&probe).advertisement();
        assert_eq!(na.target, subject.addr);
    }
}

fn an_address_is_defended_as_often_as_it_is_probed(mut subject: Subject) {
    for _ in 0..20 {
        subject.hears(&Message::probe(subject.addr)).advertisement();
        subject.host.run(SEC / 10);
        assert_eq!(subject.now(), subject.state);
    }
    assert_eq!(subject.host.plane.counters().defended, 20);
}

fn a_probe_for_a_dead_address_is_not_answered(mut subject: Subject) {
    subject.ignores(&Message::probe(subject.addr));
    assert!(!subject.hears(&Message::probe(subject.addr)).to_stack);
}

fn resolution_is_ignored_and_detection_goes_on(mut subject: Subject) {
    for message in [
        Message::resolution(subject.addr),
        Message::reachability(subject.addr),
        Message::resolution(subject.addr).but(|message| message.src = ip("fe80::77")),
    ] {
        subject.ignores(&message);
    }
    subject.host.run(SEC);
    assert_eq!(subject.now(), State::Uncertain);
}

fn a_solicitation_from_the_tentative_address_is_ignored(mut subject: Subject) {
    let addr = subject.addr;
    subject.ignores(&Message::resolution(addr).but(|message| message.src = addr));
    subject.host.run(SEC);
    assert_eq!(subject.now(), State::Uncertain);
}

fn a_probe_of_another_shows_a_duplicate(mut subject: Subject) {
    let reaction = subject.hears(&Message::probe(subject.addr));
    assert_eq!((reaction.sent.len(), reaction.to_stack), (0, false));
    assert_eq!(subject.now(), State::Duplicated);
}

fn a_probe_before_the_own_one_shows_a_duplicate(mut subject: Subject) {
    a_probe_of_another_shows_a_duplicate(subject.again());
    // Nor does the group that is joined now revive it.
    let host = &mut subject.host;
    host.plane
        .addr_del(host.pool, subject.addr, host.now)
        .unwrap();
    let handle = host.plane.addr_add(host.pool, subject.addr, host.now);
    subject.hears(&Message::probe(subject.addr));
    let host = &mut subject.host;
    host.plane
        .addr_start(handle.unwrap(), 0x1000, host.now, 0)
        .expect_err("it is a duplicate");
    host.run(5 * SEC);
    assert_eq!(subject.packets().len(), 0);
    assert_eq!(subject.now(), State::Duplicated);
}

fn a_probe_in_the_last_moment_shows_a_duplicate(mut subject: Subject) {
    subject.host.run(SEC - 1000);
    a_probe_of_another_shows_a_duplicate(subject);
}

fn an_advertisement_shows_a_duplicate(mut subject: Subject) {
    let reaction = subject.hears(&Message::advertisement(subject.addr));
    assert_eq!((reaction.sent.len(), reaction.to_stack), (0, false));
    assert_eq!(subject.now(), State::Duplicated);
}

fn any_advertisement_shows_a_duplicate(subject: Subject) {
    let addr = subject.addr;
    for flags in [0, OVERRIDE, ROUTER, ROUTER | OVERRIDE] {
        for options in [vec![], option(TARGET_LLADDR, &OWN_MAC)] {
            for src in [addr, ip(NEIGHBOR), ip("fe80::77")] {
                let mut message = Message::advertisement(addr);
                message.word[0] = flags;
                message.options.clone_from(&options);
                message.src = src;
                let mut subject = subject.again();
                subject.hears(&message);
                assert_eq!(subject.now(), State::Duplicated, "{message:?}");
            }
        }
    }
}

fn an_advertisement_in_the_last_moment_shows_a_duplicate(mut subject: Subject) {
    subject.host.run(SEC - 1000);
    an_advertisement_shows_a_duplicate(subject);
}

fn an_advertisement_of_a_valid_address_is_told_and_the_session_kept(mut subject: Subject) {
    let to_all = Message::advertisement(subject.addr);
    let to_it = to_all.clone().but(|message| {
        message.dst = message.target;
        message.word[0] |= SOLICITED;
    });
    for message in [to_all, to_it] {
        let reaction = subject.hears(&message);
        assert_eq!((reaction.sent.len(), reaction.to_stack), (0, false));
        subject.host.run(0);
        assert!(subject.events().contains(Events::CONFLICT));
    }
    assert_eq!(subject.host.plane.counters().conflict, 2);
    assert_eq!(subject.now(), State::Valid);
    assert!(subject.session_goes_on());
}

fn an_advertisement_of_an_uncertain_address_withdraws_it(mut subject: Subject) {
    subject.hears(&Message::advertisement(subject.addr));
    assert_eq!(subject.now(), State::Duplicated);
    subject.host.run(0);
    assert!(subject.events().contains(Events::DUPLICATED));
    assert!(!subject.can_be_taken());
}

fn an_advertisement_of_a_dead_address_is_ignored(mut subject: Subject) {
    subject.ignores(&Message::advertisement(subject.addr));
}

fn the_own_defence_that_comes_back_is_no_claim(mut subject: Subject) {
    let defence = subject.hears(&Message::probe(subject.addr)).packet();
    let reaction = subject.receives(crate::host::IFINDEX, &defence);
    assert_eq!((reaction.sent.len(), reaction.to_stack), (0, false));
    assert_eq!(subject.now(), subject.state);
    let figures = subject.host.plane.counters();
    assert_eq!((figures.conflict, figures.looped), (0, 1));
    // One of another node is a claim, even with the same source.
    subject.notices(&Message::advertisement(subject.addr));
}

fn a_duplicate_is_never_taken(mut subject: Subject) {
    assert!(!subject.can_be_taken());
    subject.host.run(10 * SEC);
    assert!(!subject.can_be_taken());
}

fn detection_of_a_duplicate_is_over(mut subject: Subject) {
    subject.host.run(10 * SEC);
    assert!(subject.packets().is_empty());
    assert_eq!(subject.now(), State::Duplicated);
}

fn a_duplicate_is_the_other_nodes(mut subject: Subject) {
    for message in [
        Message::probe(subject.addr),
        Message::resolution(subject.addr),
        Message::advertisement(subject.addr),
    ] {
        subject.ignores(&message);
        assert!(subject.hears(&message).to_stack, "as for any stranger's");
    }
}

fn packets_to_a_duplicate_are_left_alone(subject: Subject) {
    let syn = tcp(ip(PEER), subject.addr, 1234, 80, SYN);
    assert_eq!(subject.host.input(&syn), Verdict::Legacy);
    assert_eq!(subject.host.output(&syn), Verdict::Legacy);
}

fn a_duplicate_is_counted_and_told(mut subject: Subject) {
    subject.hears(&Message::advertisement(subject.addr));
    subject.host.run(0);
    assert!(subject.events().contains(Events::DUPLICATED));
    assert_eq!(subject.host.plane.counters().duplicated, 1);
}

fn other_addresses_go_on(mut subject: Subject) {
    subject.host.add(pooled(1)).unwrap();
    subject.hears(&Message::probe(subject.addr));
    subject.host.run(SEC);
    let taken = subject.host.take(PEER, 6, 80).unwrap();
    assert_eq!(taken.local, pooled(1));
}

fn a_duplicate_is_not_tried_again_while_it_is_remembered(mut subject: Subject) {
    assert_eq!(subject.host.add(subject.addr), Err(Error::Exists));
    subject.host.run(30 * SEC);
    assert_eq!(subject.now(), State::Free);
    subject.host.add(subject.addr).expect("forgotten");
}
