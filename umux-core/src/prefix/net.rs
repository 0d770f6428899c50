// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A prefix (RFC 4291 section 2.3).

use core::net::Ipv6Addr;

/// A prefix: its bits, and how many they are. Host bits are always zero, so
/// that equal prefixes are equal.
///
/// The order is that of the addresses, and a prefix comes before those that
/// it contains.
// Two words and not one u128, which would align everything that holds a
// prefix to 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix {
    high: u64,
    low: u64,
    len: u8,
}

impl Prefix {
    /// ::/0, which contains everything.
    pub const DEFAULT: Self = Self {
        high: 0,
        low: 0,
        len: 0,
    };

    /// The prefix of `len` bits that contains `addr`. Nothing if `len` is
    /// above 128.
    #[inline]
    #[must_use]
    pub const fn new(addr: Ipv6Addr, len: u8) -> Option<Self> {
        if len > 128 {
            return None;
        }
        let bits = addr.to_bits();
        Some(Self::cut((bits >> 64) as u64, bits as u64, len))
    }

    /// The prefix of 128 bits: one address.
    #[inline]
    #[must_use]
    pub const fn host(addr: Ipv6Addr) -> Self {
        let bits = addr.to_bits();
        Self {
            high: (bits >> 64) as u64,
            low: bits as u64,
            len: 128,
        }
    }

    /// The first `len` bits (at most 128) of these.
    #[inline]
    const fn cut(high: u64, low: u64, len: u8) -> Self {
        let (high, low) = match len {
            0 => (0, 0),
            1..=64 => (high & u64::MAX << (64 - len), 0),
            65..=127 => (high, low & u64::MAX << (128 - len)),
            128.. => (high, low),
        };
        Self { high, low, len }
    }

    /// The lowest address in it, all host bits zero.
    #[inline]
    #[must_use]
    pub const fn addr(&self) -> Ipv6Addr {
        Ipv6Addr::from_bits((self.high as u128) << 64 | self.low as u128)
    }

    /// Length in bits, 0 to 128.
    #[inline]
    #[must_use]
    #[allow(clippy::len_without_is_empty)] // A length, not a number of items.
    pub const fn len(&self) -> u8 {
        self.len
    }

    /// Is this address in it?
    #[inline]
    #[must_use]
    pub const fn contains(&self, addr: Ipv6Addr) -> bool {
        self.covers(&Self::host(addr))
    }

    /// Is all of `other` in it? A prefix covers itself.
    #[inline]
    #[must_use]
    pub const fn covers(&self, other: &Self) -> bool {
        self.common_len(other) == self.len
    }

    /// How many leading bits both have in common: at most the length of the
    /// shorter one.
    #[inline]
    #[must_use]
    pub const fn common_len(&self, other: &Self) -> u8 {
        let differ = match self.high ^ other.high {
            0 => 64 + (self.low ^ other.low).leading_zeros(),
            high => high.leading_zeros(),
        };
        let shorter = if self.len < other.len {
            self.len
        } else {
            other.len
        };
        if differ < shorter as u32 {
            differ as u8
        } else {
            shorter
        }
    }

    /// The first `len` bits of this prefix, which has as many.
    pub(super) const fn shortened(&self, len: u8) -> Self {
        Self::cut(self.high, self.low, len)
    }

    /// The 4 bits after the first `depth`, a multiple of 4 below 128.
    #[inline]
    pub(super) const fn nibble(&self, depth: u8) -> usize {
        let word = if depth < 64 { self.high } else { self.low };
        (word << (depth % 64) >> 60) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(addr: &str, len: u8) -> Prefix {
        Prefix::new(addr.parse().unwrap(), len).unwrap()
    }

    #[test]
    fn host_bits_are_cut_off() {
        for (addr, len, cut) in [
            ("ffff:ffff::1", 0, "::"),
            ("ffff:ffff::1", 1, "8000::"),
            ("2001:db8:ffff:ffff::1", 47, "2001:db8:fffe::"),
            ("1:2:3:4:5:6:7:8", 64, "1:2:3:4::"),
            ("1:2:3:4:ffff:6:7:8", 65, "1:2:3:4:8000::"),
            ("1:2:3:4:5:6:7:9", 127, "1:2:3:4:5:6:7:8"),
            ("1:2:3:4:5:6:7:9", 128, "1:2:3:4:5:6:7:9"),
        ] {
            let prefix = prefix(addr, len);
            assert_eq!(prefix.addr(), cut.parse::<Ipv6Addr>().unwrap(), "{len}");
            assert_eq!(prefix.len(), len);
            assert_eq!(prefix, Prefix::new(prefix.addr(), len).unwrap());
        }
    }

    #[test]
    fn a_prefix_has_at_most_128_bits() {
        assert_eq!(Prefix::new(Ipv6Addr::UNSPECIFIED, 129), None);
        assert_eq!(Prefix::new(Ipv6Addr::UNSPECIFIED, 0), Some(Prefix::DEFAULT));
        let host = Prefix::host(Ipv6Addr::LOCALHOST);
        assert_eq!(Prefix::new(Ipv6Addr::LOCALHOST, 128), Some(host));
    }

    #[test]
    fn an_address_is_in_a_prefix_by_its_first_bits_alone() {
        let addr = |text: &str| text.parse::<Ipv6Addr>().unwrap();
        let site = prefix("2001:db8::", 47);
        assert!(site.contains(addr("2001:db8:1:ffff::1")));
        assert!(!site.contains(addr("2001:db8:2::")));
        assert!(Prefix::DEFAULT.contains(addr("::")));
        assert!(Prefix::DEFAULT.contains(addr("ffff::")));
        let host = prefix("2001:db8::1", 128);
        assert!(host.contains(addr("2001:db8::1")));
        assert!(!host.contains(addr("2001:db8::")));
    }

    #[test]
    fn a_prefix_covers_itself_and_longer_ones() {
        let site = prefix("2001:db8::", 48);
        assert!(site.covers(&site));
        assert!(site.covers(&prefix("2001:db8:0:1::", 64)));
        assert!(!site.covers(&prefix("2001:db8::", 47)));
        assert!(!site.covers(&prefix("2001:db8:1::", 64)));
    }

    #[test]
    fn common_bits_end_with_the_shorter_prefix() {
        let common = |a: Prefix, b: Prefix| {
            assert_eq!(a.common_len(&b), b.common_len(&a));
            a.common_len(&b)
        };
        let site = prefix("2001:db8::", 48);
        assert_eq!(common(site, site), 48);
        assert_eq!(common(site, prefix("2001:db8::1", 128)), 48);
        assert_eq!(common(site, prefix("2001:db9::", 48)), 31);
        assert_eq!(common(site, prefix("a001:db8::", 48)), 0);
        assert_eq!(common(site, Prefix::DEFAULT), 0);
        let host = prefix("2001:db8::1", 128);
        assert_eq!(common(host, prefix("2001:db8::2", 128)), 126);
        assert_eq!(common(host, prefix("2001:db8:0:0:8000::1", 128)), 64);
        assert_eq!(common(host, prefix("2001:db8:0:1::1", 128)), 63);
    }

    #[test]
    fn a_prefix_comes_before_what_it_contains() {
        let site = prefix("2001:db8::", 48);
        assert!(prefix("2001:db8::", 47) < site);
        assert!(site < prefix("2001:db8::", 64));
        assert!(prefix("2001:db8:0:ffff::", 64) < prefix("2001:db8:1::", 48));
    }
}
