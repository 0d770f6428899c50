// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! RFC 4861, 7.1 and 4: what is no valid message is silently discarded, what
//! is one is not.

use crate::cases::cases;
use crate::host::ip;
use crate::message::{ADVERTISEMENT, ALL_NODES, ALL_ROUTERS, SOLICITED};
use crate::message::{Message, NEIGHBOR_MAC, SOURCE_LLADDR, TARGET_LLADDR, option};
use crate::subject::Subject;

cases! { 4861;
    "7.1.1" "A solicitation with a hop limit other than 255 is silently discarded"
        => a_solicitation_that_was_forwarded_is_discarded [tentative uncertain valid tombstone] Conforms;
    "7.1.1" "... whose Authentication Header does not authenticate"
        => none [] NotApplicable("no solicitation behind an extension header is accepted, see RFC 6980");
    "7.1.1" "... with a wrong ICMP checksum"
        => a_solicitation_with_a_wrong_checksum_is_discarded [tentative uncertain valid tombstone] Conforms;
    "7.1.1" "... with an ICMP code other than 0"
        => a_solicitation_with_a_code_is_discarded [tentative uncertain valid tombstone] Conforms;
    "7.1.1" "... of less than 24 bytes of ICMP"
        => a_solicitation_that_is_too_short_is_discarded [tentative uncertain valid tombstone] Conforms;
    "7.1.1" "... with a multicast target"
        => a_solicitation_for_a_group_is_discarded [tentative uncertain valid tombstone] Conforms;
    "7.1.1" "... with an option of length 0"
        => a_solicitation_with_an_empty_option_is_discarded [tentative uncertain valid tombstone] Conforms;
    "7.1.1" "... with an option that ends behind the message (4.6)"
        => a_solicitation_with_an_option_over_its_end_is_discarded [tentative uncertain valid tombstone] Conforms;
    "7.1.1" "... from :: to anything but a solicited-node group"
        => a_probe_to_other_than_a_solicited_node_group_is_discarded [tentative uncertain valid tombstone] Conforms;
    "7.1.1" "... and to the group of another address it is valid"
        => a_probe_to_the_group_of_another_address_is_understood [tentative uncertain valid] Conforms;
    "7.1.1" "... from :: with a source link-layer address"
        => a_probe_with_a_link_layer_address_is_discarded [tentative uncertain valid tombstone] Conforms;
    "7.1.1" "The reserved field of a solicitation is ignored"
        => reserved_bits_of_a_solicitation_are_ignored [tentative uncertain valid tombstone] Conforms;
    "7.1.1" "Options that are not known are ignored, and the message is processed"
        => unknown_options_of_a_solicitation_are_ignored [tentative uncertain valid tombstone] Conforms;
    "7.1.1" "Known options that have no use in a solicitation are ignored, and the message is processed"
        => a_target_link_layer_address_in_a_solicitation_is_ignored [tentative uncertain valid tombstone] Conforms;
    "7.1.2" "An advertisement with a hop limit other than 255 is silently discarded"
        => an_advertisement_that_was_forwarded_is_discarded [tentative uncertain valid] Conforms;
    "7.1.2" "... with a wrong ICMP checksum"
        => an_advertisement_with_a_wrong_checksum_is_discarded [tentative uncertain valid] Conforms;
    "7.1.2" "... with an ICMP code other than 0"
        => an_advertisement_with_a_code_is_discarded [tentative uncertain valid] Conforms;
    "7.1.2" "... of less than 24 bytes of ICMP"
        => an_advertisement_that_is_too_short_is_discarded [tentative uncertain valid] Conforms;
    "7.1.2" "... with a multicast target"
        => an_advertisement_of_a_group_is_discarded [tentative uncertain valid] Conforms;
    "7.1.2" "... to a group, but solicited"
        => a_solicited_advertisement_to_a_group_is_discarded [tentative uncertain valid] Conforms;
    "7.1.2" "... with an option of length 0"
        => an_advertisement_with_an_empty_option_is_discarded [tentative uncertain valid] Conforms;
    "7.1.2" "... with an option that ends behind the message (4.6)"
        => an_advertisement_with_an_option_over_its_end_is_discarded [tentative uncertain valid] Conforms;
    "7.1.2" "The reserved field of an advertisement is ignored"
        => reserved_bits_of_an_advertisement_are_ignored [tentative uncertain valid] Conforms;
    "7.1.2" "Options that are not known are ignored, and the message is processed"
        => unknown_options_of_an_advertisement_are_ignored [tentative uncertain valid] Conforms;
    "7.1.2" "Known options that have no use in an advertisement are ignored, and the message is processed"
        => a_source_link_layer_address_in_an_advertisement_is_ignored [tentative uncertain valid] Conforms;
}

/// Each kind of solicitation, so broken, is discarded, and in order is not.
fn solicitations(subject: Subject, break_it: impl Fn(&mut Message)) {
    for good in [
        Message::probe(subject.addr),
        Message::resolution(subject.addr),
    ] {
        subject.again().discards(&good, &break_it);
    }
}

fn advertisements(subject: Subject, break_it: impl Fn(&mut Message)) {
    let good = Message::advertisement(subject.addr);
    assert_eq!(good.kind, ADVERTISEMENT);
    subject.again().discards(&good, &break_it);
}

/// Each kind of solicitation, so odd, is understood all the same.
fn odd_solicitations(subject: Subject, edit: impl Fn(&mut Message)) {
    for good in [
        Message::probe(subject.addr),
        Message::resolution(subject.addr),
    ] {
        subject.again().notices(&good.but(&edit));
    }
}

fn a_solicitation_that_was_forwarded_is_discarded(subject: Subject) {
    for hop_limit in [0, 1, 64, 254] {
        solicitations(subject.again(), |message| message.hop_limit = hop_limit);
    }
}

fn a_solicitation_with_a_wrong_checksum_is_discarded(subject: Subject) {
    solicitations(subject, |message| message.checksum_off_by = 1);
}

fn a_solicitation_with_a_code_is_discarded(subject: Subject) {
    for code in [1, 255] {
        solicitations(subject.again(), |message| message.code = code);
    }
}

fn a_solicitation_that_is_too_short_is_discarded(subject: Subject) {
    for len in [4, 8, 23] {
        solicitations(subject.again(), |message| message.cut = Some(len));
    }
}

fn a_solicitation_for_a_group_is_discarded(subject: Subject) {
    let group = crate::message::group(subject.addr);
    solicitations(subject, |message| message.target = group);
}

fn a_solicitation_with_an_empty_option_is_discarded(subject: Subject) {
    for kind in [SOURCE_LLADDR, TARGET_LLADDR, 14, 253] {
        solicitations(subject.again(), |message| {
            message.options.extend([kind, 0, 0, 0, 0, 0, 0, 0]);
        });
    }
}

fn a_solicitation_with_an_option_over_its_end_is_discarded(subject: Subject) {
    solicitations(subject, |message| {
        message.options.extend([253, 2, 0, 0, 0, 0, 0, 0]);
    });
}

fn a_probe_to_other_than_a_solicited_node_group_is_discarded(subject: Subject) {
    let addr = subject.addr;
    for dst in [ip(ALL_NODES), ip(ALL_ROUTERS), ip("ff05::1:ff00:1"), addr] {
        subject
            .again()
            .discards(&Message::probe(addr), |message| message.dst = dst);
    }
}

fn a_probe_with_a_link_layer_address_is_discarded(subject: Subject) {
    let addr = subject.addr;
    subject.again().discards(&Message::probe(addr), |message| {
        message.options = option(SOURCE_LLADDR, &NEIGHBOR_MAC);
    });
}

fn a_probe_to_the_group_of_another_address_is_understood(mut subject: Subject) {
    let probe = Message::probe(subject.addr);
    subject.notices(&probe.but(|message| message.dst = ip("ff02::1:ffab:cdef")));
}

fn reserved_bits_of_a_solicitation_are_ignored(subject: Subject) {
    odd_solicitations(subject, |message| message.word = [0xff; 4]);
}

fn unknown_options_of_a_solicitation_are_ignored(subject: Subject) {
    odd_solicitations(subject, |message| {
        message.options.extend(option(253, &[9; 6]));
        message.options.extend(option(254, &[9; 14]));
    });
}

fn a_target_link_layer_address_in_a_solicitation_is_ignored(subject: Subject) {
    odd_solicitations(subject, |message| {
        message.options.extend(option(TARGET_LLADDR, &[4; 6]));
    });
}

fn an_advertisement_that_was_forwarded_is_discarded(subject: Subject) {
    for hop_limit in [0, 1, 64, 254] {
        advertisements(subject.again(), |message| message.hop_limit = hop_limit);
    }
}

fn an_advertisement_with_a_wrong_checksum_is_discarded(subject: Subject) {
    advertisements(subject, |message| message.checksum_off_by = 1);
}

fn an_advertisement_with_a_code_is_discarded(subject: Subject) {
    advertisements(subject, |message| message.code = 1);
}

fn an_advertisement_that_is_too_short_is_discarded(subject: Subject) {
    for len in [4, 8, 23] {
        advertisements(subject.again(), |message| message.cut = Some(len));
    }
}

fn an_advertisement_of_a_group_is_discarded(subject: Subject) {
    let group = crate::message::group(subject.addr);
    advertisements(subject, |message| message.target = group);
}

fn a_solicited_advertisement_to_a_group_is_discarded(subject: Subject) {
    advertisements(subject, |message| message.word[0] |= SOLICITED);
}

fn an_advertisement_with_an_empty_option_is_discarded(subject: Subject) {
    advertisements(subject, |message| {
        message.options.extend([253, 0, 0, 0, 0, 0, 0, 0]);
    });
}

fn an_advertisement_with_an_option_over_its_end_is_discarded(subject: Subject) {
    advertisements(subject, |message| {
        message.options.extend([253, 2, 0, 0, 0, 0, 0, 0]);
    });
}

fn reserved_bits_of_an_advertisement_are_ignored(mut subject: Subject) {
    let message = Message::advertisement(subject.addr);
    subject.notices(&message.but(|message| message.word = [0x3f, 0xff, 0xff, 0xff]));
}

fn unknown_options_of_an_advertisement_are_ignored(mut subject: Subject) {
    let message = Message::advertisement(subject.addr);
    subject.notices(&message.with(option(253, &[9; 6])));
}

fn a_source_link_layer_address_in_an_advertisement_is_ignored(mut subject: Subject) {
    let message = Message::advertisement(subject.addr);
    subject.notices(&message.with(option(SOURCE_LLADDR, &[4; 6])));
}
