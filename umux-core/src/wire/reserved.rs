// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Interface identifiers that no host may give itself (RFC 5453, and the IANA
//! registry "Reserved IPv6 Interface Identifiers").

use core::net::Ipv6Addr;

/// First of the identifiers made from IANA's Ethernet block (RFC 4291
/// appendix A, RFC 6543).
const IANA_ETHERNET_FIRST: u64 = 0x0200_5eff_fe00_0000;
/// Last of them.
const IANA_ETHERNET_LAST: u64 = 0x0200_5eff_feff_ffff;
/// First of the reserved subnet anycast identifiers in EUI-64 form, RFC 2526
/// section 2; there are 128.
const ANYCAST_FIRST: u64 = 0xfdff_ffff_ffff_ff80;
/// Last of them.
const ANYCAST_LAST: u64 = 0xfdff_ffff_ffff_ffff;

/// Is this 64-bit interface identifier reserved?
#[must_use]
pub const fn is_reserved_iid(iid: u64) -> bool {
    matches!(
        iid,
        0 | IANA_ETHERNET_FIRST..=IANA_ETHERNET_LAST | ANYCAST_FIRST..=ANYCAST_LAST
    )
}

/// Is this address reserved in a subnet with a prefix of `plen` bits (0 to
/// 128)? True for:
///
/// * the subnet-router anycast address, all host bits zero (RFC 4291 section
///   2.6.1), but not in a /127 (RFC 6164) or a /128, where there is none;
/// * for 64-bit identifiers what [`is_reserved_iid`] says;
/// * otherwise the 128 highest addresses of the subnet (RFC 2526 section 2),
///   if it has more than those.
#[must_use]
pub const fn is_reserved(addr: &Ipv6Addr, plen: u8) -> bool {
    if plen >= 127 {
        return false;
    }
    let bits = addr.to_bits();
    let host = u128::MAX >> plen;
    if bits & host == 0 {
        return true;
    }
    if plen == 64 {
        is_reserved_iid(bits as u64)
    } else {
        plen < 121 && bits & host >= host - 0x7f
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reserved(addr: &str, plen: u8) -> bool {
        is_reserved(&addr.parse().unwrap(), plen)
    }

    #[test]
    fn the_iana_registry_of_reserved_identifiers_is_followed_to_its_edges() {
        for (first, last) in [
            (0, 0),
            (0x0200_5eff_fe00_0000, 0x0200_5eff_feff_ffff),
            (0xfdff_ffff_ffff_ff80, 0xfdff_ffff_ffff_ffff),
        ] {
            assert!(is_reserved_iid(first));
            assert!(is_reserved_iid(last));
            assert!(!is_reserved_iid(last + 1));
            assert!(first == 0 || !is_reserved_iid(first - 1));
        }
        // Proxy mobile IPv6, RFC 6543.
        assert!(is_reserved_iid(0x0200_5eff_fe00_5213));
        assert!(!is_reserved_iid(u64::MAX));
    }

    #[test]
    fn the_subnet_router_anycast_address_is_reserved_for_any_prefix_length() {
        assert!(reserved("2001:db8:0:1::", 64));
        assert!(reserved("2001:db8::1:0:0:0", 80));
        assert!(!reserved("2001:db8:0:1::", 48));
        assert!(reserved("::", 0));
        assert!(reserved("2001:db8::4", 126));
    }

    #[test]
    fn point_to_point_and_host_prefixes_have_no_reserved_address() {
        assert!(!reserved("2001:db8::4", 127));
        assert!(!reserved("2001:db8::5", 127));
        assert!(!reserved("2001:db8::", 128));
    }

    #[test]
    fn subnet_anycast_addresses_depend_on_the_prefix_length() {
        assert!(reserved("2001:db8::fdff:ffff:ffff:ff80", 64));
        assert!(!reserved("2001:db8::ffff:ffff:ffff:ff80", 64));
        assert!(reserved("2001:db8::ffff:ffff:ff80", 80));
        assert!(reserved("2001:db8::ffff:ffff:ffff", 80));
        assert!(!reserved("2001:db8::ffff:ffff:ff7f", 80));
        assert!(reserved("2001:db8::80", 120));
        assert!(!reserved("2001:db8::7f", 120));
        // No more than 128 addresses: they would all be reserved.
        assert!(!reserved("2001:db8::7f", 121));
    }
}
