// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What is on the wire: IPv6, its extension headers, the first bytes of the
//! upper layers, and neighbour discovery.
//!
//! Everything here is a function of bytes. Nothing allocates, nothing panics
//! whatever the bytes are, and nothing is trusted: a length that comes from a
//! packet is compared with what is there before it is used.
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic
    )
)]

pub mod checksum;
pub mod ip6;
pub mod nd;
pub mod reserved;
pub mod syn;
pub mod upper;
pub mod walk;

use core::net::Ipv6Addr;

/// Protocol numbers, as in the Next Header field (IANA "Assigned Internet
/// Protocol Numbers").
pub mod proto {
    /// Hop-by-Hop Options header, RFC 8200 section 4.3.
    pub const HOP_BY_HOP: u8 = 0;
    /// TCP, RFC 9293.
    pub const TCP: u8 = 6;
    /// UDP, RFC 768.
    pub const UDP: u8 = 17;
    /// Routing header, RFC 8200 section 4.4.
    pub const ROUTING: u8 = 43;
    /// Fragment header, RFC 8200 section 4.5.
    pub const FRAGMENT: u8 = 44;
    /// Encapsulating Security Payload, RFC 4303.
    pub const ESP: u8 = 50;
    /// Authentication Header, RFC 4302.
    pub const AH: u8 = 51;
    /// ICMPv6, RFC 4443.
    pub const ICMP6: u8 = 58;
    /// No Next Header, RFC 8200 section 4.7.
    pub const NO_NEXT_HEADER: u8 = 59;
    /// Destination Options header, RFC 8200 section 4.6.
    pub const DESTINATION_OPTIONS: u8 = 60;
    /// Mobility header, RFC 6275.
    pub const MOBILITY: u8 = 135;
    /// Host Identity Protocol, RFC 7401.
    pub const HIP: u8 = 139;
    /// Shim6, RFC 5533.
    pub const SHIM6: u8 = 140;
}

/// ff02::1, all nodes on the link (RFC 4291 section 2.7.1).
pub const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);

/// ff02::2, all routers on the link (RFC 4291 section 2.7.1).
pub const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);

/// The solicited-node group of a unicast address: ff02::1:ff00:0/104 and the
/// low 24 bits of the address (RFC 4291 section 2.7.1).
#[must_use]
pub const fn solicited_node(addr: &Ipv6Addr) -> Ipv6Addr {
    let [.., a, b, c] = addr.octets();
    let low = u16::from_be_bytes([b, c]);
    Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00 | a as u16, low)
}

/// Is this group the solicited-node group of some address?
#[must_use]
pub const fn is_solicited_node(group: &Ipv6Addr) -> bool {
    matches!(
        group.octets(),
        [0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, ..]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_solicited_node_group_has_the_low_24_bits_of_the_address() {
        // The example of RFC 4291 section 2.7.1.
        let addr = "4037::01:800:200e:8c6c".parse().unwrap();
        let group: Ipv6Addr = "ff02::1:ff0e:8c6c".parse().unwrap();
        assert_eq!(solicited_node(&addr), group);
        assert!(is_solicited_node(&group));
    }

    #[test]
    fn other_groups_are_no_solicited_node_groups() {
        for other in [
            "ff02::1",
            "ff02::2",
            "ff02::1:fe0e:8c6c",
            "ff05::1:ff0e:8c6c",
            "ff02::1:1:ff0e:8c6c",
            "fe80::1:ff0e:8c6c",
        ] {
            assert!(!is_solicited_node(&other.parse().unwrap()), "{other}");
        }
    }
}
