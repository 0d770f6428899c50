// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! RFC 9131: telling routers of a new address before it is used.

use std::net::Ipv6Addr;

use umux_core::action::Actions;
use umux_core::error::Error;
use umux_core::gate::Verdict;
use umux_core::plane::Announce;
use umux_core::table::slot::State;

use crate::cases::cases;
use crate::host::{IFINDEX, SEC, SYN, ip, tcp};
use crate::message::{ALL_ROUTERS, Message, OWN_MAC};
use crate::subject::{PEER, Reaction, Subject};

cases! { 9131;
    "4.1, 6.1.2" "A node that configures a global address should advertise it to all routers, when detection is over"
        => an_address_that_becomes_uncertain_is_not_announced [tentative]
        Differs("an announced address can be reached; uncertain ones cannot, and most are never used");
    "4.1, 6.1.2" "... that is, when it becomes usable"
        => an_address_that_becomes_valid_is_not_announced_unasked [uncertain]
        Differs("recommended, not required: a multicast for each session; net.inet6.umux.announce=1 does it");
    "4.1, 6.1.2" "The advertisement goes to all routers, is not solicited, does not override, and tells the link-layer address"
        => the_announcement_is_as_it_should_be [valid] Conforms;
    "4.1, 6.1.2" "No more than MAX_NEIGHBOR_ADVERTISEMENT are sent, RetransTimer apart"
        => one_announcement_is_sent [valid] Conforms;
    "4.1, 6.1.2" "Only addresses that are assigned are advertised"
        => a_dead_address_is_not_announced [tombstone] Conforms;
    "4.1, 6.1.2" "An own announcement that the link sends back"
        => the_own_announcement_that_comes_back_is_no_claim [valid]
        Silent("a bridge or access point that reflects multicast would else report a conflict with each session");
    "7" "The first answer may meet a router without an entry: it is answered when it asks"
        => a_router_that_asks_at_once_is_answered [uncertain] Conforms;
    "4.2, 6.1.1" "A router makes an entry from an advertisement that nobody asked for"
        => none [] NotApplicable("for routers; the stack's neighbour cache, not the plane's");
}

fn an_address_that_becomes_uncertain_is_not_announced(mut subject: Subject) {
    assert_eq!(subject.packets().len(), 1, "its probe");
    subject.host.run(20 * SEC);
    assert!(subject.packets().is_empty());
}

fn an_address_that_becomes_valid_is_not_announced_unasked(mut subject: Subject) {
    let session = subject.host.session(PEER, 6, 80);
    let syn = tcp(session.local, ip(PEER), 40_000, 80, SYN);
    assert_eq!(subject.host.output(&syn), Verdict::Send);
    subject.host.run(20 * SEC);
    assert!(subject.packets().is_empty());
}

fn announced(subject: &mut Subject) -> Reaction {
    let session = subject.session.expect("valid has one");
    let mut out = Actions::new();
    let now = subject.host.now;
    let plane = &mut subject.host.plane;
    plane
        .announce(session.handle, Announce::Routers, now, &mut out)
        .expect("the session lives");
    Reaction {
        to_stack: false,
        sent: out.into_iter().collect(),
    }
}

fn the_announcement_is_as_it_should_be(mut subject: Subject) {
    // What another node would send, but for the link-layer address.
    let mut expected = Message::advertisement(subject.addr).but(|message| {
        message.dst = ip(ALL_ROUTERS);
        message.word = [0; 4];
    });
    expected.options[2..8].copy_from_slice(&OWN_MAC);
    assert_eq!(announced(&mut subject).packet(), expected.bytes());
}

fn one_announcement_is_sent(mut subject: Subject) {
    announced(&mut subject).packet();
    subject.host.run(20 * SEC);
    assert!(subject.packets().is_empty());
}

fn a_dead_address_is_not_announced(mut subject: Subject) {
    let session = subject.session.expect("it had one");
    let next = Announce::NextHop(Ipv6Addr::from([0xfe; 16]));
    for how in [Announce::Routers, next] {
        let mut out = Actions::new();
        let now = subject.host.now;
        let plane = &mut subject.host.plane;
        let refused = plane.announce(session.handle, how, now, &mut out);
        assert_eq!((refused, out.len()), (Err(Error::Stale), 0));
    }
}

fn the_own_announcement_that_comes_back_is_no_claim(mut subject: Subject) {
    let packet = announced(&mut subject).packet();
    let reaction = subject.receives(IFINDEX, &packet);
    assert_eq!((reaction.sent.len(), reaction.to_stack), (0, false));
    assert_eq!(subject.now(), State::Valid);
    assert_eq!(subject.host.plane.counters().conflict, 0);
    subject.notices(&Message::advertisement(subject.addr));
}

fn a_router_that_asks_at_once_is_answered(mut subject: Subject) {
    let question = Message::resolution(subject.addr).but(|message| message.src = ip("fe80::1"));
    subject.ignores(&question);
    subject.host.session(PEER, 6, 80);
    let na = subject.hears(&question).advertisement();
    assert_eq!((na.dst, na.target), (ip("fe80::1"), subject.addr));
}
