// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Random addresses: every bit below the prefix is the system's.

use super::choose::{collect, random_bits};
use super::{Method, MethodError};
use std::net::Ipv6Addr;
use umux_abi::Prefix;

/// The method `random`.
pub struct Random;

impl Method for Random {
    fn choose(&mut self, prefix: &Prefix, count: u32) -> Result<Vec<Ipv6Addr>, MethodError> {
        collect(prefix, count, random_bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reserved::is_reserved;
    use std::collections::HashSet;

    #[test]
    fn suffixes_are_as_many_as_addresses_but_for_chance() {
        let prefix = "2001:db8:1::/64".parse().expect("a prefix");
        let all = Random.choose(&prefix, 1000).expect("a /64 is large");
        let suffixes: HashSet<_> = all.iter().map(|a| a.to_bits() & 0xff_ffff).collect();
        assert!(suffixes.len() > 990, "{}", suffixes.len());
    }

    #[test]
    fn every_bit_that_may_be_chosen_is_chosen() {
        for text in ["2001:db8:1::/64", "2001:db8::/48", "2001:db8::/112"] {
            let prefix: Prefix = text.parse().expect("a prefix");
            let all = Random.choose(&prefix, 200).expect("200 addresses");
            let ones = all.iter().fold(0, |bits, addr| bits | addr.to_bits());
            let zeros = all.iter().fold(0, |bits, addr| bits | !addr.to_bits());
            let mask = u128::MAX >> prefix.len();
            assert_eq!((ones & mask, zeros & mask), (mask, mask), "{text}");
        }
    }

    #[test]
    fn reserved_addresses_are_left_out_where_chance_would_find_them() {
        // 129 of these 65,536 are reserved: 20,000 draws would hit about 40.
        let prefix = "2001:db8::/112".parse().expect("a prefix");
        for _ in 0..20 {
            let all = Random.choose(&prefix, 1000).expect("1000 of 65,536");
            assert!(all.iter().all(|addr| !is_reserved(&prefix, addr)));
            assert_eq!(all.iter().collect::<HashSet<_>>().len(), 1000);
        }
    }
}
