// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The Internet checksum (RFC 1071) with the IPv6 pseudo-header (RFC 8200
//! section 8.1).

use core::net::Ipv6Addr;

/// The checksum of an upper-layer message, from its first byte to its last.
///
/// With a zeroed checksum field in `message` this is the value to store
/// there. With the field filled in it is zero exactly when the message is
/// intact. (UDP must store 0xffff in place of a zero; this function does not
/// know which protocol it serves.)
#[must_use]
pub fn upper_layer(src: &Ipv6Addr, dst: &Ipv6Addr, next_header: u8, message: &[u8]) -> u16 {
    // 64 bits hold the sum of 2^32 words, more than a message can have.
    let sum = words(&src.octets())
        + words(&dst.octets())
        // The pseudo-header's length has 32 bits; added as one number it
        // folds to the same as its two halves.
        + message.len() as u64
        + u64::from(next_header)
        + words(message);
    !fold(sum)
}

/// Sum of the big-endian 16-bit words, to be folded; an odd last byte is a high
/// byte.  Words of 32 bits fold to the same (RFC 1071 section 2, C).
fn words(bytes: &[u8]) -> u64 {
    let mut sum = 0;
    let mut rest = bytes;
    while let Some((eight, after)) = rest.split_first_chunk() {
        let word = u64::from_be_bytes(*eight);
        sum += (word >> 32) + (word & 0xffff_ffff);
        rest = after;
    }
    while let Some((&[high, low], after)) = rest.split_first_chunk() {
        sum += u64::from(u16::from_be_bytes([high, low]));
        rest = after;
    }
    if let [last] = *rest {
        sum += u64::from(last) << 8;
    }
    sum
}

/// Adds the carries back in until 16 bits are left. Each step may give one
/// carry more, which the next one of the same width takes in.
fn fold(mut sum: u64) -> u16 {
    sum = (sum & 0xffff_ffff) + (sum >> 32);
    sum = (sum & 0xffff_ffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    sum as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_1071_adds_up() {
        // RFC 1071 section 3.
        let bytes = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(fold(words(&bytes)), 0xddf2);
        let by_pairs: u64 = bytes.chunks(2).map(words).sum();
        assert_eq!(by_pairs, 0x2_ddf0);
    }

    #[test]
    fn a_udp_datagram_has_the_checksum_found_by_hand() {
        // Words of the pseudo-header: 2001 0db8 0001, 2001 0db8 0002, 0009,
        // 0011. Of the message: 1234 0035 0009 0000 6100, the last byte
        // padded. Sum cf01, complement 30fe.
        let message = [0x12, 0x34, 0x00, 0x35, 0x00, 0x09, 0, 0, 0x61];
        let src = "2001:db8::1".parse().unwrap();
        let dst = "2001:db8::2".parse().unwrap();
        assert_eq!(upper_layer(&src, &dst, 17, &message), 0x30fe);
    }

    #[test]
    fn a_message_with_its_checksum_sums_to_zero_until_a_bit_changes() {
        let src = "fe80::1".parse().unwrap();
        let dst = "ff02::1".parse().unwrap();
        let mut message = [136, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3];
        let sum = upper_layer(&src, &dst, 58, &message).to_be_bytes();
        message[2..4].copy_from_slice(&sum);
        assert_eq!(upper_layer(&src, &dst, 58, &message), 0);
        for bit in 0..message.len() * 8 {
            message[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(upper_layer(&src, &dst, 58, &message), 0, "bit {bit}");
            message[bit / 8] ^= 1 << (bit % 8);
        }
        assert_ne!(upper_layer(&src, &dst, 17, &message), 0);
        assert_ne!(upper_layer(&src, &dst, 58, &message[..10]), 0);
    }

    #[test]
    fn folding_carries_more_than_once() {
        assert_eq!(fold(0), 0);
        assert_eq!(fold(0xffff), 0xffff);
        assert_eq!(fold(0x1_ffff), 1);
        assert_eq!(fold(u64::MAX), 0xffff);
        assert_eq!(fold(0x1234_0000_0000), 0x1234);
        assert_eq!(fold(0xffff_ffff_0000_0001), 1);
        assert_eq!(fold(0xffff_ffff_ffff_0000), 0xffff);
        assert_eq!(fold(0xffff_fffe_0000_0003), 2);
        assert_eq!(fold(0xffff_ffff_ffff_0001), 1);
    }
}
