// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! RFC 9131: telling routers of a new address before it is used.

use umux_core::gate::Verdict;

use crate::cases::cases;
use crate::host::{SEC, SYN, ip, tcp};
use crate::message::Message;
use crate::subject::{PEER, Subject};

cases! { 9131;
    "6.1" "A node that configures a global address should advertise it to all routers, when detection is over"
        => an_address_that_becomes_uncertain_is_not_announced [tentative]
        Differs("an announced address can be reached; uncertain ones cannot, and most are never used");
    "6.1" "... that is, when it becomes usable"
        => an_address_that_becomes_valid_is_not_announced [uncertain]
        Differs("recommended, not required: the next hop resolves the address when the first answer comes; to be an option, with its cost measured");
    "6.1" "The override flag of such an advertisement is not set"
        => none [] NotApplicable("none is sent");
    "6.1" "No more than MAX_NEIGHBOR_ADVERTISEMENT of them, RetransTimer apart"
        => none [] NotApplicable("none is sent");
    "6.1" "The node's first packets may meet a router without an entry: it is answered when it asks"
        => a_router_that_asks_at_once_is_answered [uncertain] Conforms;
    "6.2" "A router makes an entry from an advertisement that nobody asked for"
        => none [] NotApplicable("for routers; the stack's neighbour cache, not the plane's");
}

fn an_address_that_becomes_uncertain_is_not_announced(mut subject: Subject) {
    assert_eq!(subject.packets().len(), 1, "its probe");
    subject.host.run(20 * SEC);
    assert!(subject.packets().is_empty());
}

fn an_address_that_becomes_valid_is_not_announced(mut subject: Subject) {
    let session = subject.host.session(PEER, 6, 80);
    let syn = tcp(session.local, ip(PEER), 40_000, 80, SYN);
    assert_eq!(subject.host.output(&syn), Verdict::Send);
    subject.host.run(20 * SEC);
    assert!(subject.packets().is_empty());
}

fn a_router_that_asks_at_once_is_answered(mut subject: Subject) {
    let question = Message::resolution(subject.addr).but(|message| message.src = ip("fe80::1"));
    subject.ignores(&question);
    subject.host.session(PEER, 6, 80);
    let na = subject.hears(&question).advertisement();
    assert_eq!((na.dst, na.target), (ip("fe80::1"), subject.addr));
}
