// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Addresses that no generator may choose: RFC 5453 and its registry, RFC 4291,
//! RFC 2526.

use std::net::Ipv6Addr;
use umux_abi::Prefix;

/// Interface identifiers of IANA's Ethernet block in modified EUI-64 format, which
/// holds Proxy Mobile IPv6's.
const IANA_ETHERNET: std::ops::RangeInclusive<u64> = 0x0200_5eff_fe00_0000..=0x0200_5eff_feff_ffff;

/// Reserved subnet anycast addresses in modified EUI-64 format.
const SUBNET_ANYCAST: std::ops::RangeInclusive<u64> = 0xfdff_ffff_ffff_ff80..=0xfdff_ffff_ffff_ffff;

/// Reserved subnet anycast addresses where identifiers have any format: all ones,
/// then seven bits.
const ANYCAST_BITS: u32 = 7;

/// May nobody have this address of this prefix?
pub fn is_reserved(prefix: &Prefix, addr: &Ipv6Addr) -> bool {
    let bits = addr.to_bits();
    let mask = u128::MAX >> prefix.len();
    let host = bits & mask;
    if host == 0 {
        return true; // the subnet routers' anycast address
    }
    if host >> ANYCAST_BITS == mask >> ANYCAST_BITS {
        return true;
    }
    let identifier = bits as u64;
    identifier == 0 || IANA_ETHERNET.contains(&identifier) || SUBNET_ANYCAST.contains(&identifier)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reserved(prefix: &str, addr: &str) -> bool {
        is_reserved(
            &prefix.parse().expect("a prefix"),
            &addr.parse().expect("an address"),
        )
    }

    #[test]
    fn what_the_registry_reserves_is_reserved() {
        for addr in [
            "2001:db8::",
            "2001:db8::200:5eff:fe00:0",
            "2001:db8::200:5eff:fe00:5213",
            "2001:db8::200:5eff:feff:ffff",
            "2001:db8::fdff:ffff:ffff:ff80",
            "2001:db8::fdff:ffff:ffff:ffff",
            "2001:db8::ffff:ffff:ffff:ff80",
            "2001:db8::ffff:ffff:ffff:ffff",
        ] {
            assert!(reserved("2001:db8::/64", addr), "{addr}");
        }
    }

    #[test]
    fn the_neighbours_of_reserved_ranges_are_free() {
        for addr in [
            "2001:db8::1",
            "2001:db8::200:5eff:fdff:ffff",
            "2001:db8::200:5eff:ff00:0",
            "2001:db8::fdff:ffff:ffff:ff7f",
            "2001:db8::fe00:0:0:0",
            "2001:db8::ffff:ffff:ffff:ff7f",
        ] {
            assert!(!reserved("2001:db8::/64", addr), "{addr}");
        }
    }

    #[test]
    fn the_anycast_address_of_a_short_prefix_is_reserved_too() {
        assert!(reserved("2001:db8::/48", "2001:db8::"));
        assert!(reserved("2001:db8::/112", "2001:db8::"));
        assert!(!reserved("2001:db8::/112", "2001:db8::1"));
        assert!(reserved("2001:db8::/112", "2001:db8::ff80"));
    }
}
