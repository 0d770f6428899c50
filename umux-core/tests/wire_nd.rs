// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Neighbour discovery against whatever bytes there are, and against a second
//! reading of RFC 4861.

use core::net::Ipv6Addr;
use proptest::prelude::*;
use umux_core::wire::nd::{
    LinkAddr, NaFlags, Nd, emit_advertisement, emit_dad_probe, emit_solicitation, parse,
};
use umux_core::wire::solicited_node;

/// RFC 4861 sections 7.1.1 and 7.1.2 once more, written without a look at the
/// code under test: one closure per sentence, bytes by their number.
fn valid_by_the_book(packet: &[u8]) -> bool {
    if packet.len() < 64 || packet[0] & 0xf0 != 0x60 || packet[6] != 58 {
        return false;
    }
    let claimed = packet[4] as usize * 256 + packet[5] as usize;
    let Some(icmp) = packet.get(40..40 + claimed) else {
        return false;
    };
    if icmp.len() < 24 {
        return false;
    }
    let (src, dst, target) = (&packet[8..24], &packet[24..40], &icmp[8..24]);
    let mut options = Vec::new();
    let mut at = 24;
    while at < icmp.len() {
        let Some(len) = icmp.get(at + 1).map(|units| *units as usize * 8) else {
            return false;
        };
        if len == 0 || at + len > icmp.len() {
            return false;
        }
        options.push(icmp[at]);
        at += len;
    }
    let hop_limit = packet[7] == 255;
    let code = icmp[1] == 0;
    let target_unicast = target[0] != 0xff;
    let src_unicast = src[0] != 0xff;
    let from_nowhere = src.iter().all(|byte| *byte == 0);
    let to_solicited_node = dst[..13] == [255, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 255];
    let particular = match icmp[0] {
        135 => !from_nowhere || (to_solicited_node && !options.contains(&1)),
        136 => dst[0] != 0xff || icmp[4] & 0x40 == 0,
        _ => false,
    };
    hop_limit && code && target_unicast && src_unicast && particular && checksum(packet, icmp) == 0
}

/// RFC 1071 in its slowest form.
fn checksum(packet: &[u8], icmp: &[u8]) -> u16 {
    let mut all = packet[8..40].to_vec();
    all.extend((icmp.len() as u32).to_be_bytes());
    all.extend([0, 0, 0, 58]);
    all.extend(icmp);
    if all.len() % 2 == 1 {
        all.push(0);
    }
    let mut sum = 0u16;
    for pair in all.chunks(2) {
        let (next, carry) = sum.overflowing_add(u16::from_be_bytes([pair[0], pair[1]]));
        sum = next + u16::from(carry);
    }
    !sum
}

fn any_addr() -> impl Strategy<Value = Ipv6Addr> {
    any::<u128>().prop_map(Ipv6Addr::from)
}

fn unicast() -> impl Strategy<Value = Ipv6Addr> {
    any::<u128>().prop_map(|bits| Ipv6Addr::from(bits >> 1 | 1))
}

/// The addresses on which the rules turn, and others.
fn telling_addr() -> impl Strategy<Value = Ipv6Addr> {
    prop_oneof![
        Just(Ipv6Addr::UNSPECIFIED),
        Just("ff02::1".parse().unwrap()),
        any_addr().prop_map(|addr| solicited_node(&addr)),
        unicast(),
        any_addr(),
    ]
}

fn lladdr() -> impl Strategy<Value = Option<LinkAddr>> {
    prop_oneof![
        Just(None),
        any::<[u8; 6]>().prop_map(|bytes| LinkAddr::new(&bytes)),
        any::<[u8; 8]>().prop_map(|bytes| LinkAddr::new(&bytes)),
    ]
}

fn options() -> impl Strategy<Value = Vec<u8>> {
    let whole = (
        prop_oneof![Just(1u8), Just(2), Just(14), any::<u8>()],
        1..4u8,
        any::<u8>(),
    )
        .prop_map(|(kind, units, fill)| {
            let mut option = vec![fill; usize::from(units) * 8];
            option[0] = kind;
            option[1] = units;
            option
        });
    let rest = prop_oneof![
        4 => Just(Vec::new()),
        1 => prop::collection::vec(0..3u8, 0..12),
    ];
    (prop::collection::vec(whole, 0..4), rest)
        .prop_map(|(options, rest)| [options.concat(), rest].concat())
}

prop_compose! {
    /// Messages near the border between valid and not, with a good checksum
    /// and length unless said otherwise.
    fn near_valid()(
        src in telling_addr(),
        dst in telling_addr(),
        target in telling_addr(),
        kind in prop_oneof![Just(135u8), Just(136), 130..140u8],
        code in prop_oneof![4 => Just(0u8), 1 => any::<u8>()],
        hop_limit in prop_oneof![4 => Just(255u8), 1 => any::<u8>()],
        flags in any::<[u8; 4]>(),
        options in options(),
        spoilt in prop_oneof![4 => Just(0u16), 1 => any::<u16>()],
        length_off in prop_oneof![6 => Just(0i32), 1 => -9..9i32],
        padding in 0..8usize,
    ) -> Vec<u8> {
        let mut icmp = vec![kind, code, 0, 0];
        icmp.extend(flags);
        icmp.extend(target.octets());
        icmp.extend(options);
        let len = (icmp.len() as i32 + length_off) as u16;
        let mut packet = vec![0x60, 1, 2, 3, 0, 0, 58, hop_limit];
        packet[4..6].copy_from_slice(&len.to_be_bytes());
        packet.extend(src.octets());
        packet.extend(dst.octets());
        let sum = checksum(&packet, &icmp) ^ spoilt;
        icmp[2..4].copy_from_slice(&sum.to_be_bytes());
        packet.extend(icmp);
        packet.extend(vec![0; padding]);
        packet
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_bytes_are_judged_without_a_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(parse(&bytes).is_ok(), valid_by_the_book(&bytes));
        // Once more with a header that gets past the first checks.
        if bytes.len() > 41 {
            bytes[0] = 0x60;
            let len = bytes.len() as u8 - 40;
            bytes[4..8].copy_from_slice(&[0, len, 58, 255]);
            bytes[40] = 135 + bytes[40] % 2;
            bytes[41] = 0;
        }
        prop_assert_eq!(parse(&bytes).is_ok(), valid_by_the_book(&bytes));
    }

    #[test]
    fn messages_near_the_border_are_judged_by_the_book(packet in near_valid()) {
        prop_assert_eq!(parse(&packet).is_ok(), valid_by_the_book(&packet), "{:?}", parse(&packet));
    }

    #[test]
    fn a_probe_comes_back_as_it_was_emitted(target in unicast(), nonce in any::<[u8; 6]>()) {
        let packet = emit_dad_probe(&target, nonce);
        prop_assert!(valid_by_the_book(&packet));
        let Ok(Nd::Solicitation(read)) = parse(&packet) else {
            return Err(TestCaseError::fail("not a solicitation"));
        };
        prop_assert!(read.is_dad());
        prop_assert_eq!(read.dst, solicited_node(&target));
        prop_assert_eq!(read.target, target);
        prop_assert_eq!(read.nonce, Some(&nonce[..]));
        prop_assert_eq!(read.source_lladdr, None);
    }

    #[test]
    fn a_solicitation_comes_back_as_it_was_emitted(
        src in unicast(), dst in any_addr(), target in unicast(), lladdr in lladdr(),
    ) {
        let packet = emit_solicitation(&src, &dst, &target, lladdr.as_ref());
        prop_assert!(valid_by_the_book(&packet));
        let Ok(Nd::Solicitation(read)) = parse(&packet) else {
            return Err(TestCaseError::fail("not a solicitation"));
        };
        prop_assert_eq!((read.src, read.dst, read.target), (src, dst, target));
        prop_assert_eq!(read.source_lladdr, lladdr);
        prop_assert_eq!(read.nonce, None);
    }

    #[test]
    fn an_advertisement_comes_back_as_it_was_emitted(
        src in unicast(), dst in any_addr(), target in unicast(), bits in any::<u8>(), lladdr in lladdr(),
    ) {
        let mut flags = NaFlags::from_bits_truncate(bits);
        let packet = emit_advertisement(&src, &dst, &target, flags, lladdr.as_ref());
        prop_assert!(valid_by_the_book(&packet));
        let Ok(Nd::Advertisement(read)) = parse(&packet) else {
            return Err(TestCaseError::fail("not an advertisement"));
        };
        if dst.is_multicast() {
            flags.remove(NaFlags::SOLICITED);
        }
        prop_assert_eq!((read.src, read.dst, read.target), (src, dst, target));
        prop_assert_eq!(read.flags, flags);
        prop_assert_eq!(read.target_lladdr, lladdr);
    }
}

#[test]
fn every_flipped_bit_makes_a_message_invalid_or_does_not_matter() {
    let addr = |text: &str| text.parse::<Ipv6Addr>().unwrap();
    let (us, them) = (addr("2001:db8::1:2:3"), addr("2001:db8::9"));
    let lladdr = LinkAddr::new(&[2, 0, 0, 0, 0, 1]);
    let messages = [
        emit_dad_probe(&us, [1, 2, 3, 4, 5, 6]),
        emit_solicitation(&us, &them, &them, lladdr.as_ref()),
        emit_advertisement(&us, &them, &us, NaFlags::all(), lladdr.as_ref()),
    ];
    for message in messages {
        let before = parse(&message).unwrap();
        for bit in 0..message.len() * 8 {
            let mut flipped = message.clone();
            flipped[bit / 8] ^= 0x80 >> (bit % 8);
            let after = parse(&flipped);
            assert_eq!(after.is_ok(), valid_by_the_book(&flipped), "bit {bit}");
            // Traffic class and flow label, which nothing here depends on.
            let free = (4..32).contains(&bit);
            assert_eq!(after.is_ok(), free, "bit {bit}: {after:?}");
            if free {
                assert_eq!(after, Ok(before));
            }
        }
    }
}
