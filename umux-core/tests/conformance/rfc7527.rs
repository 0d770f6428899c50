// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! RFC 7527: probes carry nonces, so that one that comes back is known.

use std::collections::HashSet;

use umux_core::table::slot::State;

use crate::cases::cases;
use crate::host::{IFINDEX, SEC, pooled};
use crate::message::{Message, NONCE, option};
use crate::subject::Subject;

cases! { 7527;
    "4.1" "Each probe has a nonce option"
        => each_probe_has_a_nonce_of_six_bytes [tentative] Conforms;
    "4.1" "... of its own, in each probe of a run"
        => no_two_probes_have_the_same_nonce [tentative] Conforms;
    "4.1" "... that cannot be guessed"
        => nonces_depend_on_address_and_run [tentative] Conforms;
    "4.1" "If a probe came back, MAX_MULTICAST_SOLICIT more follow, RetransTimer apart"
        => three_more_probes_follow_if_one_came_back [tentative] Conforms;
    "4.1" "... and so on while they come back; the address stays tentative"
        => an_address_stays_tentative_while_its_probes_come_back [tentative] Conforms;
    "4.1" "Probing stops, and the address is assigned, when none came back"
        => an_address_is_assigned_when_the_loop_is_gone [tentative] Conforms;
    "4.2" "A probe with a nonce of one's own is dropped and shows no duplicate"
        => the_own_probe_shows_no_duplicate [tentative] Conforms;
    "4.2" "... any that was sent, not only the last"
        => an_earlier_probe_of_the_run_is_known_too [tentative] Conforms;
    "4.2" "... and that is logged"
        => a_probe_that_came_back_is_counted [tentative] Conforms;
    "4.2" "A probe with another nonce shows a duplicate"
        => a_foreign_nonce_shows_a_duplicate [pending tentative] Conforms;
    "4.2" "... also with one that was sent for another address"
        => the_nonce_of_another_address_shows_a_duplicate [tentative] Conforms;
    "4.2" "... also with one of another length"
        => a_nonce_of_another_length_shows_a_duplicate [tentative] Conforms;
    "4.2" "A probe without a nonce shows a duplicate"
        => a_probe_without_a_nonce_shows_a_duplicate [pending tentative] Conforms;
    "4.2" "A probe of another while the own ones come back shows a duplicate"
        => a_looped_link_hides_no_duplicate [tentative] Conforms;
    "4.2" "Nonces matter for tentative addresses only: an assigned one is defended"
        => an_assigned_address_is_defended_whatever_the_nonce [uncertain valid] Conforms;
    "4.2" "SEND: the nonce option of RFC 3971"
        => none [] NotApplicable("FreeBSD has no SEND for addresses of the plane");
    "4.3" "Detection may be turned off by hand when a loop does not clear"
        => none [] NotApplicable("permitted: umuxctl addr del, or dad_count 0 of the interface");
}

fn nonce(probe: &[u8]) -> &[u8] {
    assert_eq!(probe[64..66], [NONCE, 1], "type and units");
    &probe[66..72]
}

/// All that was sent comes back.  How many probes that were.
fn loop_back(subject: &mut Subject) -> usize {
    let sent = subject.packets();
    for packet in &sent {
        let reaction = subject.receives(IFINDEX, packet);
        assert_eq!((reaction.sent.len(), reaction.to_stack), (0, false));
    }
    sent.len()
}

fn each_probe_has_a_nonce_of_six_bytes(_: Subject) {
    let mut subject = Subject::probing(3);
    subject.host.run(5 * SEC);
    let probes = subject.packets();
    assert_eq!(probes.len(), 3);
    for probe in probes {
        assert_eq!((probe.len(), nonce(&probe).len()), (72, 6));
    }
}

fn no_two_probes_have_the_same_nonce(_: Subject) {
    // Longer than any counter of one byte.
    let mut subject = Subject::tentative();
    let mut nonces = HashSet::new();
    for _ in 0..300 {
        for probe in subject.packets() {
            assert!(nonces.insert(nonce(&probe).to_vec()), "used twice");
            subject.receives(IFINDEX, &probe);
        }
        subject.host.run(SEC);
    }
    assert_eq!(nonces.len(), 300);
    assert_eq!(subject.now(), State::Tentative);
}

fn nonces_depend_on_address_and_run(mut subject: Subject) {
    let first = subject.packets();
    let host = &mut subject.host;
    host.add(pooled(1)).unwrap();
    host.plane.addr_del(host.pool, pooled(0), host.now).unwrap();
    host.add(pooled(0)).unwrap();
    let mut all = first;
    all.extend(subject.packets());
    let nonces: HashSet<_> = all.iter().map(|probe| nonce(probe).to_vec()).collect();
    assert_eq!((all.len(), nonces.len()), (3, 3));
}

fn three_more_probes_follow_if_one_came_back(_: Subject) {
    for count in [1, 2] {
        let mut subject = Subject::probing(count);
        assert_eq!(loop_back(&mut subject), 1);
        subject.host.run(SEC * u64::from(count - 1));
        subject.host.seen.clear();
        for more in 1..=3 {
            subject.host.run(SEC - 1000);
            assert_eq!(subject.packets().len(), 0);
            subject.host.run(1000);
            assert_eq!(subject.packets().len(), 1, "probe {more} of three");
            assert_eq!(subject.now(), State::Tentative);
        }
        subject.host.run(SEC);
        assert_eq!(subject.packets().len(), 0);
        assert_eq!(subject.now(), State::Uncertain);
    }
}

fn an_address_stays_tentative_while_its_probes_come_back(mut subject: Subject) {
    for _ in 0..400 {
        assert_eq!(loop_back(&mut subject), 1);
        subject.host.run(SEC);
        assert_eq!(subject.now(), State::Tentative);
        assert!(!subject.can_be_taken());
    }
}

fn an_address_is_assigned_when_the_loop_is_gone(mut subject: Subject) {
    for _ in 0..5 {
        loop_back(&mut subject);
        subject.host.run(SEC);
    }
    // At worst the rest of this round, and a whole one that is quiet.
    subject.host.run(6 * SEC);
    assert_eq!(subject.now(), State::Uncertain);
    assert!(subject.can_be_taken());
}

fn the_own_probe_shows_no_duplicate(mut subject: Subject) {
    assert_eq!(loop_back(&mut subject), 1);
    assert_eq!(subject.now(), State::Tentative);
}

fn an_earlier_probe_of_the_run_is_known_too(_: Subject) {
    let mut subject = Subject::probing(5);
    subject.host.run(4 * SEC);
    assert_eq!(loop_back(&mut subject), 5);
    assert_eq!(subject.now(), State::Tentative);
}

fn a_probe_that_came_back_is_counted(mut subject: Subject) {
    let [probe] = &subject.packets()[..] else {
        panic!("one probe")
    };
    for times in 1..=3 {
        subject.receives(IFINDEX, probe);
        assert_eq!(subject.host.plane.counters().looped, times);
    }
}

fn is_a_duplicate(mut subject: Subject, options: Vec<u8>) {
    subject.hears(&Message::probe(subject.addr).with(options));
    assert_eq!(subject.now(), State::Duplicated);
}

fn a_foreign_nonce_shows_a_duplicate(subject: Subject) {
    is_a_duplicate(subject, option(NONCE, &[9; 6]));
}

fn the_nonce_of_another_address_shows_a_duplicate(mut subject: Subject) {
    subject.host.seen.clear();
    subject.host.add(pooled(1)).unwrap();
    let [probe] = &subject.packets()[..] else {
        panic!("one probe")
    };
    let foreign = probe[64..].to_vec();
    is_a_duplicate(subject, foreign);
}

fn a_nonce_of_another_length_shows_a_duplicate(mut subject: Subject) {
    let [probe] = &subject.packets()[..] else {
        panic!("one probe")
    };
    // The own one, and more.
    let longer = [nonce(probe), &[0; 8]].concat();
    is_a_duplicate(subject, option(NONCE, &longer));
}

fn a_probe_without_a_nonce_shows_a_duplicate(subject: Subject) {
    is_a_duplicate(subject, vec![]);
}

fn a_looped_link_hides_no_duplicate(mut subject: Subject) {
    for _ in 0..6 {
        loop_back(&mut subject);
        subject.host.run(SEC);
    }
    is_a_duplicate(subject, option(NONCE, &[9; 6]));
}

fn an_assigned_address_is_defended_whatever_the_nonce(mut subject: Subject) {
    for options in [vec![], option(NONCE, &[9; 6]), option(NONCE, &[9; 14])] {
        let probe = Message::probe(subject.addr).with(options);
        assert_eq!(subject.hears(&probe).advertisement().target, subject.addr);
    }
}
