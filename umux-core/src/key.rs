// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! An IPv6 address as two machine words, which is how tables hold it.

use core::net::Ipv6Addr;

/// An IPv6 address: the upper and the lower 64 bits, in host order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Key {
    /// Routing prefix and subnet.
    pub hi: u64,
    /// Interface identifier.
    pub lo: u64,
}

impl Key {
    /// Of the sixteen bytes of an address in network order.
    #[must_use]
    pub const fn from_octets(octets: [u8; 16]) -> Self {
        let bits = u128::from_be_bytes(octets);
        Self {
            hi: (bits >> 64) as u64,
            lo: bits as u64,
        }
    }

    /// Whether this is a multicast address (RFC 4291, 2.7).
    #[must_use]
    pub const fn is_multicast(self) -> bool {
        self.hi >> 56 == 0xff
    }
}

impl From<Ipv6Addr> for Key {
    fn from(addr: Ipv6Addr) -> Self {
        Self::from_octets(addr.octets())
    }
}

impl From<Key> for Ipv6Addr {
    fn from(key: Key) -> Self {
        Self::from_bits(u128::from(key.hi) << 64 | u128::from(key.lo))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_survives_the_way_through_a_key() {
        let addr: Ipv6Addr = "2001:db8:1:2:3:4:5:6".parse().unwrap();
        assert_eq!(Ipv6Addr::from(Key::from(addr)), addr);
        assert_eq!(Key::from(addr).hi, 0x2001_0db8_0001_0002);
    }

    #[test]
    fn multicast_is_told_from_unicast() {
        assert!(Key::from("ff02::1".parse::<Ipv6Addr>().unwrap()).is_multicast());
        assert!(!Key::from("fe80::1".parse::<Ipv6Addr>().unwrap()).is_multicast());
    }
}
