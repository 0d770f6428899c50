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
    // 64 bits hold the sum of 2^48 words, more than a message can have.
    let sum = words(&src.octets())
        + words(&dst.octets())
        // The pseudo-header's length has 32 bits; added as one number it
        // folds to the same as its two halves.
        + message.len() as u64
        + u64::from(next_header)
        + words(message);
    !fold(sum)
}

/// Sum of the big-endian 16-bit words; an odd last byte is a high byte.
fn words(bytes: &[u8]) -> u64 {
    let mut pairs = bytes.chunks_exact(2);
    let mut sum = 0;
    for pair in &mut pairs {
        if let [high, low] = *pair {
            sum += u64::from(u16::from_be_bytes([high, low]));
        }
    }
    if let [last] = *pairs.remainder() {
        sum += u64::from(last) << 8;
    }
    sum
}

/// Adds the carries back in until 16 bits are left.
fn fold(mut sum: u64) -> u16 {
    sum = (sum & 0xffff_ffff) + (sum >> 32);
    sum = (sum & 0xffff_ffff) + (sum >> 32);
    let mut sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    sum as u16
}
