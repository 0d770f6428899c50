// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The header walk against chains of headers, cut anywhere.

use proptest::prelude::*;
use umux_core::wire::upper::{Invoking, embedded};
use umux_core::wire::walk::{Refusal, Walk, walk};

/// Options that fill a header of 8 * (units + 1) bytes: good ones, and now and
/// then any.
fn options() -> impl Strategy<Value = Vec<u8>> {
    let good = prop_oneof![
        Just(vec![0u8]),
        (0..9u8).prop_map(|len| [vec![1, len], vec![0; len.into()]].concat()),
        Just(vec![5, 2, 0, 0]),
        (2..64u8, 0..9u8)
            .prop_filter("has a rule of its own", |(kind, _)| *kind != 5)
            .prop_map(|(kind, len)| [vec![kind, len], vec![7; len.into()]].concat()),
    ];
    let good = prop::collection::vec(good, 0..4).prop_map(|options| {
        let mut options = options.concat();
        while options.len() % 8 != 6 {
            options.push(0);
        }
        options
    });
    let any = prop::collection::vec(any::<u8>(), 6..=6);
    prop_oneof![9 => good, 1 => any]
}

#[derive(Clone, Debug)]
enum Header {
    Options(u8, Vec<u8>),
    Fragment(u16, [u8; 4]),
    Other(u8),
}

impl Header {
    fn number(&self) -> u8 {
        match self {
            Header::Options(number, _) | Header::Other(number) => *number,
            Header::Fragment(..) => 44,
        }
    }

    fn bytes(&self, next: u8) -> Vec<u8> {
        match self {
            Header::Options(_, options) => {
                let units = ((options.len() + 2) / 8 - 1) as u8;
                [vec![next, units], options.clone()].concat()
            }
            Header::Fragment(word, id) => {
                [vec![next, 0], word.to_be_bytes().to_vec(), id.to_vec()].concat()
            }
            Header::Other(_) => vec![next, 0, 0, 0, 0, 0, 0, 0],
        }
    }
}

fn header() -> impl Strategy<Value = Header> {
    prop_oneof![
        8 => options().prop_map(|options| Header::Options(60, options)),
        1 => options().prop_map(|options| Header::Options(0, options)),
        2 => (prop_oneof![Just(0u16), Just(1), any::<u16>()], any::<[u8; 4]>())
            .prop_map(|(word, id)| Header::Fragment(word, id)),
        1 => any::<u8>().prop_map(Header::Other),
    ]
}

prop_compose! {
    fn packet()(
        headers in prop::collection::vec(header(), 0..10),
        proto in prop_oneof![Just(6u8), Just(17), Just(58), any::<u8>()],
        data in prop::collection::vec(any::<u8>(), 0..48),
        shorter in prop_oneof![4 => Just(0usize), 1 => 0..64usize],
        padding in 0..8usize,
    ) -> Vec<u8> {
        chain(&headers, proto, &data, shorter, padding)
    }
}

fn chain(headers: &[Header], proto: u8, data: &[u8], shorter: usize, padding: usize) -> Vec<u8> {
    let mut payload = data.to_vec();
    let mut next = proto;
    for header in headers.iter().rev() {
        payload.splice(0..0, header.bytes(next));
        next = header.number();
    }
    let len = payload.len().saturating_sub(shorter) as u16;
    let mut packet = vec![0x60, 0, 0, 0, 0, 0, next, 64];
    packet[4..6].copy_from_slice(&len.to_be_bytes());
    packet.extend([0x20; 32]);
    packet.extend(payload);
    packet.extend(vec![0; padding]);
    packet
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_bytes_are_walked_without_a_panic(
        mut bytes in prop::collection::vec(any::<u8>(), 0..300), complete in any::<bool>(),
    ) {
        let _ = walk(&bytes, complete);
        let _ = embedded(&bytes, complete);
        if let Some(first) = bytes.first_mut() {
            *first = 0x60;
        }
        let _ = walk(&bytes, complete);
        if bytes.len() > 8 {
            bytes[0] = 1;
            bytes[8] = 0x60;
        }
        let _ = embedded(&bytes, complete);
    }

    /// Fewer bytes never change an answer, they only delay it: an attacker
    /// gains nothing from how a packet lies in memory.
    #[test]
    fn a_part_of_a_packet_gives_the_same_answer_or_none(packet in packet()) {
        let whole = walk(&packet, true);
        prop_assert_ne!(whole, Walk::NeedMore);
        let mut answered = false;
        for len in 0..=packet.len() {
            let part = walk(&packet[..len], false);
            if part == Walk::NeedMore {
                prop_assert!(!answered, "an answer was taken back at {}", len);
            } else {
                prop_assert_eq!(part, whole);
                answered = true;
            }
            let cut = walk(&packet[..len], true);
            prop_assert!(cut == whole || cut == Walk::Refuse(Refusal::Truncated));
        }
    }

    #[test]
    fn an_upper_layer_lies_within_the_packet(packet in packet()) {
        if let Walk::Upper { proto, offset, .. } = walk(&packet, true) {
            let end = 40 + usize::from(u16::from_be_bytes([packet[4], packet[5]]));
            let fixed = match proto {
                6 => 20,
                17 | 58 => 8,
                _ => 0,
            };
            prop_assert!(offset >= 40);
            prop_assert!(offset + fixed <= end);
            prop_assert!(offset + fixed <= packet.len());
        }
    }

    #[test]
    fn a_chain_of_destination_options_leads_to_its_upper_layer(
        lens in prop::collection::vec(0..5usize, 0..=8), hop_by_hop in any::<bool>(),
    ) {
        let mut headers: Vec<_> = lens
            .iter()
            .map(|len| Header::Options(60, vec![0; 8 * len + 6]))
            .collect();
        if let (true, Some(first)) = (hop_by_hop, headers.first_mut()) {
            *first = Header::Options(0, vec![0; 6]);
        }
        let packet = chain(&headers, 6, &[0; 20], 0, 0);
        let offset = packet.len() - 20;
        let expected = Walk::Upper { proto: 6, offset, fragment: None };
        prop_assert_eq!(walk(&packet, true), expected);
    }

    #[test]
    fn a_part_of_an_error_gives_the_same_answer_or_none(
        kind in 0..6u8, packet in packet(), cut in any::<prop::sample::Index>(),
    ) {
        let mut error = vec![kind, 0, 0, 0, 0, 0, 0, 0];
        error.extend(&packet[..cut.index(packet.len() + 1)]);
        let whole = embedded(&error, true);
        prop_assert_ne!(whole, Invoking::NeedMore);
        for len in 0..=error.len() {
            let part = embedded(&error[..len], false);
            prop_assert!(part == whole || part == Invoking::NeedMore, "{:?}", part);
        }
    }
}
