// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The packets of a session, as far as the gate looks at them.

use std::net::Ipv6Addr;

pub const SYN: u8 = 0x02;
pub const ACK: u8 = 0x10;
pub const FIN_ACK: u8 = 0x11;
pub const SYN_ACK: u8 = 0x12;

const LEN: usize = 60;
const TCP: u8 = 6;
const HOP_LIMIT: u8 = 64;

/// An IPv6 packet with a TCP header and no data.
pub fn tcp(from: (Ipv6Addr, u16), to: (Ipv6Addr, u16), flags: u8) -> [u8; LEN] {
    let mut packet = [0; LEN];
    packet[0] = 0x60;
    packet[5] = 20;
    packet[6] = TCP;
    packet[7] = HOP_LIMIT;
    packet[8..24].copy_from_slice(&from.0.octets());
    packet[24..40].copy_from_slice(&to.0.octets());
    packet[40..42].copy_from_slice(&from.1.to_be_bytes());
    packet[42..44].copy_from_slice(&to.1.to_be_bytes());
    packet[52] = 0x50;
    packet[53] = flags;
    packet
}
