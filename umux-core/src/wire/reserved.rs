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
