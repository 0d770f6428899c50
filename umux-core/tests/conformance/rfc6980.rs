// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! RFC 6980: neighbour discovery and fragments.

use umux_core::gate::Verdict;

use crate::cases::cases;
use crate::host::{SEC, icmp6, ip};
use crate::message::{Message, NEIGHBOR};
use crate::subject::Subject;

cases! { 6980;
    "5" "A solicitation with a fragment header is silently ignored"
        => a_solicitation_in_fragments_is_ignored [pending tentative uncertain valid tombstone] Conforms;
    "5" "An advertisement with a fragment header is silently ignored"
        => an_advertisement_in_fragments_is_ignored [pending tentative uncertain valid tombstone] Conforms;
    "5" "... even if all of it is in one fragment"
        => atomic_fragments_are_ignored_too [tentative uncertain valid] Conforms;
    "5" "... and if the fragment header stands behind another one"
        => a_fragment_header_behind_options_is_found [tentative uncertain valid] Conforms;
    "5" "A redirect with a fragment header is silently ignored"
        => a_redirect_in_fragments_is_dropped [valid] Conforms;
    "5" "Router solicitations and advertisements, and certification path solicitations, with one"
        => other_discovery_to_an_address_is_dropped [pending tentative uncertain valid tombstone] Conforms;
    "5" "No message is sent in fragments"
        => what_is_sent_fits_any_link [tentative uncertain valid] Conforms;
    "2" "Messages with other extension headers are not forbidden"
        => neighbour_discovery_behind_other_headers_is_ignored [tentative uncertain valid]
        Differs("no stack sends them, and gate and host might see two different messages in them");
}

/// A fragment header: what follows, offset in bytes, more to come.
fn fragment(next: u8, offset: u16, more: bool) -> Vec<u8> {
    let field = offset | u16::from(more);
    let mut header = vec![next, 0];
    header.extend(field.to_be_bytes());
    header.extend([1, 2, 3, 4]);
    header
}

fn solicitations(subject: &Subject) -> [Message; 3] {
    [
        Message::probe(subject.addr),
        Message::resolution(subject.addr),
        Message::reachability(subject.addr),
    ]
}

fn advertisements(subject: &Subject) -> [Message; 2] {
    let message = Message::advertisement(subject.addr);
    let to_it = message.clone().but(|message| message.dst = message.target);
    [message, to_it]
}

/// Ignored behind such headers; without them it is noticed.
fn ignored(subject: &Subject, messages: &[Message], headers: &(u8, Vec<u8>)) {
    for message in messages {
        let mut fresh = subject.again();
        let behind = message
            .clone()
            .but(|message| message.headers = Some(headers.clone()));
        fresh.ignores(&behind);
        fresh.refuses(&behind);
        // To the address itself, only a session lets it in.
        if message.dst.is_multicast() || subject.session.is_some() {
            fresh.notices(message);
        }
    }
}

fn a_solicitation_in_fragments_is_ignored(subject: Subject) {
    for (offset, more) in [(0, true), (8, true), (8, false)] {
        let headers = (44, fragment(58, offset, more));
        ignored(&subject, &solicitations(&subject), &headers);
    }
}

fn an_advertisement_in_fragments_is_ignored(subject: Subject) {
    for (offset, more) in [(0, true), (8, true), (8, false)] {
        let headers = (44, fragment(58, offset, more));
        ignored(&subject, &advertisements(&subject), &headers);
    }
}

fn atomic_fragments_are_ignored_too(subject: Subject) {
    let headers = (44, fragment(58, 0, false));
    ignored(&subject, &solicitations(&subject), &headers);
    ignored(&subject, &advertisements(&subject), &headers);
}

fn a_fragment_header_behind_options_is_found(subject: Subject) {
    let mut chain = vec![44, 0, 1, 4, 0, 0, 0, 0];
    chain.extend(fragment(58, 0, false));
    for first in [0, 60] {
        let headers = (first, chain.clone());
        ignored(&subject, &solicitations(&subject), &headers);
        ignored(&subject, &advertisements(&subject), &headers);
    }
}

fn a_redirect_in_fragments_is_dropped(subject: Subject) {
    let body = [ip("fe80::2").octets(), ip(crate::subject::PEER).octets()].concat();
    let mut whole = icmp6(ip("fe80::1"), subject.addr, 137, &body);
    whole[7] = 255;
    assert_eq!(subject.host.input(&whole), Verdict::Local);
    let mut upper = fragment(58, 0, false);
    upper.extend(&whole[40..]);
    let packet = crate::host::packet(ip("fe80::1"), subject.addr, 44, 255, &upper);
    assert_eq!(subject.host.input(&packet), Verdict::Drop);
}

fn other_discovery_to_an_address_is_dropped(subject: Subject) {
    for kind in [133, 134, 148, 149] {
        let mut whole = icmp6(ip(NEIGHBOR), subject.addr, kind, &[0; 8]);
        whole[7] = 255;
        let mut upper = fragment(58, 0, false);
        upper.extend(&whole[40..]);
        let split = crate::host::packet(ip(NEIGHBOR), subject.addr, 44, 255, &upper);
        for packet in [whole, split] {
            assert_eq!(subject.host.input(&packet), Verdict::Drop, "{kind}");
        }
    }
}

fn what_is_sent_fits_any_link(mut subject: Subject) {
    let mut sent = subject.packets();
    for message in solicitations(&subject) {
        let reaction = subject.again().hears(&message);
        if !reaction.sent.is_empty() {
            sent.push(reaction.packet());
        }
    }
    subject.host.run(5 * SEC);
    sent.extend(subject.packets());
    assert!(!sent.is_empty());
    for packet in sent {
        // RFC 8200, 5.
        assert!(packet.len() <= 1280);
        assert_eq!(packet[6], 58);
    }
}

fn neighbour_discovery_behind_other_headers_is_ignored(subject: Subject) {
    let options = vec![58, 0, 1, 4, 0, 0, 0, 0];
    for first in [0, 60] {
        let headers = (first, options.clone());
        ignored(&subject, &solicitations(&subject), &headers);
        ignored(&subject, &advertisements(&subject), &headers);
    }
}
