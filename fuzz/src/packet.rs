// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Packets out of fuzzed bytes.
//!
//! A fuzzer finds sixteen bytes of an address late, and a checksum never.  So
//! the first byte says what is filled in: who sends, who is sent to, the
//! length, and the checksum of what looks like neighbour discovery.

use std::net::Ipv6Addr;
use umux_core::wire::checksum;

const HEADER_LEN: usize = 40;
const ICMP6: u8 = 58;

/// Which of `addrs` the packet is from and to, and which fields are set right.
/// `None`: too short to be one.
pub fn dress(data: &[u8], addrs: &[Ipv6Addr]) -> Option<Vec<u8>> {
    let (&[how, ends], packet) = data.split_first_chunk::<2>()?;
    let mut packet = packet.to_vec();
    if how & 1 != 0
        && let Some(first) = packet.first_mut()
    {
        *first = 0x60 | *first & 0xf;
    }
    let pick = |n: u8| addrs.get(usize::from(n & 0xf) % addrs.len().max(1));
    if packet.len() >= HEADER_LEN {
        if how & 2 != 0 {
            let len = (packet.len() - HEADER_LEN).min(usize::from(u16::MAX)) as u16;
            packet[4..6].copy_from_slice(&len.to_be_bytes());
        }
        if let (true, Some(src)) = (how & 4 != 0, pick(ends)) {
            packet[8..24].copy_from_slice(&src.octets());
        }
        if let (true, Some(dst)) = (how & 8 != 0, pick(ends >> 4)) {
            packet[24..40].copy_from_slice(&dst.octets());
        }
    }
    // The target of neighbour discovery.
    if let (true, Some(target)) = (
        how & 16 != 0 && packet.len() >= 64,
        pick(ends.rotate_left(2)),
    ) {
        packet[48..64].copy_from_slice(&target.octets());
    }
    if how & 32 != 0 && packet.len() >= HEADER_LEN + 8 && packet[6] == ICMP6 {
        packet[42..44].fill(0);
        let at = |from: usize| {
            let octets: [u8; 16] = packet[from..from + 16].try_into().unwrap_or_default();
            Ipv6Addr::from(octets)
        };
        let sum = checksum::upper_layer(&at(8), &at(24), ICMP6, &packet[HEADER_LEN..]);
        packet[42..44].copy_from_slice(&sum.to_be_bytes());
    }
    Some(packet)
}
