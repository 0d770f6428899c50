// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Random addresses, plain or with shared suffixes.
//!
//! The solicited-node group of an address is known by its low 24 bits. With
//! `groups`, the addresses of a prefix share that many values of them, chosen once
//! a process, and the bits above are random: 10,000 addresses then need 16
//! groups, not 10,000.

use super::{Method, MethodError};
use crate::reserved::is_reserved;
use std::collections::{HashMap, HashSet};
use std::net::Ipv6Addr;
use umux_abi::Prefix;

/// Bits that decide the solicited-node group.
const SUFFIX_BITS: u8 = 24;

/// Random bits that must remain above shared suffixes. With fewer, addresses could
/// be guessed and would soon repeat.
const CHOICE_BITS_MIN: u8 = 16;

/// An address repeats, or is reserved, so seldom that this many tries an address
/// mean that the prefix is too small.
const TRIES: u32 = 8;

/// The method `random`.
pub struct Random {
    groups: Option<u32>,
    suffixes: HashMap<Prefix, Vec<u32>>,
}

impl Random {
    /// Plain, or with `groups` shared suffixes a prefix.
    pub fn new(groups: Option<u32>) -> Random {
        Random {
            groups,
            suffixes: HashMap::new(),
        }
    }

    fn suffixes(&mut self, prefix: &Prefix) -> Result<Option<&[u32]>, MethodError> {
        let Some(groups) = self.groups else {
            return Ok(None);
        };
        if prefix.host_bits() < SUFFIX_BITS + CHOICE_BITS_MIN {
            return Err(MethodError::Prefix(format!(
                "{prefix} is too small for shared suffixes: they take {SUFFIX_BITS} bits and leave \
                 at least {CHOICE_BITS_MIN}; use /{} or shorter, or no groups",
                128 - SUFFIX_BITS - CHOICE_BITS_MIN
            )));
        }
        if !self.suffixes.contains_key(prefix) {
            let mut chosen = HashSet::new();
            while chosen.len() < groups as usize {
                chosen.insert(getrandom::u32()? >> (32 - SUFFIX_BITS));
            }
            self.suffixes.insert(*prefix, chosen.into_iter().collect());
        }
        Ok(self.suffixes.get(prefix).map(Vec::as_slice))
    }
}

fn random_bits() -> Result<u128, MethodError> {
    Ok(u128::from(getrandom::u64()?) << 64 | u128::from(getrandom::u64()?))
}

impl Method for Random {
    fn choose(&mut self, prefix: &Prefix, count: u32) -> Result<Vec<Ipv6Addr>, MethodError> {
        let base = prefix.bits();
        let host_mask = u128::MAX >> prefix.len();
        let suffixes = self.suffixes(prefix)?;
        let mut seen = HashSet::new();
        let mut chosen = Vec::with_capacity(count as usize);
        for _ in 0..count.saturating_mul(TRIES) {
            let mut host = random_bits()? & host_mask;
            if let Some(suffixes) = suffixes {
                // The multiplication picks one of them, evenly enough.
                let pick = (u64::from(getrandom::u32()?) * suffixes.len() as u64) >> 32;
                host = host >> SUFFIX_BITS << SUFFIX_BITS | u128::from(suffixes[pick as usize]);
            }
            let addr = Ipv6Addr::from_bits(base | host);
            if !is_reserved(prefix, &addr) && seen.insert(addr) {
                chosen.push(addr);
                if chosen.len() == count as usize {
                    return Ok(chosen);
                }
            }
        }
        Err(MethodError::Prefix(format!(
            "{prefix} has no {count} addresses to choose from: ask for fewer, or use a shorter prefix"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn suffix(addr: &Ipv6Addr) -> u128 {
        addr.to_bits() & 0xff_ffff
    }

    #[test]
    fn groups_bound_the_number_of_solicited_node_groups_over_many_calls() {
        let prefix = "2001:db8:1::/64".parse().expect("a prefix");
        let mut method = Random::new(Some(16));
        let mut all = HashSet::new();
        for _ in 0..10 {
            all.extend(method.choose(&prefix, 1000).expect("a /64 is large"));
        }
        assert_eq!(all.len(), 10_000, "40 random bits do not repeat so soon");
        let suffixes: HashSet<_> = all.iter().map(suffix).collect();
        assert_eq!(suffixes.len(), 16);
    }

    #[test]
    fn without_groups_suffixes_are_as_many_as_addresses_but_for_chance() {
        let prefix = "2001:db8:1::/64".parse().expect("a prefix");
        let all = Random::new(None)
            .choose(&prefix, 1000)
            .expect("a /64 is large");
        let suffixes: HashSet<_> = all.iter().map(suffix).collect();
        assert!(suffixes.len() > 990, "{}", suffixes.len());
    }

    #[test]
    fn every_bit_that_may_be_chosen_is_chosen() {
        for text in ["2001:db8:1::/64", "2001:db8::/48", "2001:db8::/112"] {
            let prefix: Prefix = text.parse().expect("a prefix");
            let all = Random::new(None)
                .choose(&prefix, 200)
                .expect("200 addresses");
            let ones = all.iter().fold(0, |bits, addr| bits | addr.to_bits());
            let zeros = all.iter().fold(0, |bits, addr| bits | !addr.to_bits());
            let mask = u128::MAX >> prefix.len();
            assert_eq!((ones & mask, zeros & mask), (mask, mask), "{text}");
        }
    }

    #[test]
    fn shared_suffixes_leave_all_other_bits_to_chance() {
        let prefix: Prefix = "2001:db8:1::/64".parse().expect("a prefix");
        let all = Random::new(Some(1))
            .choose(&prefix, 200)
            .expect("a /64 is large");
        let ones = all.iter().fold(0, |bits, addr| bits | addr.to_bits());
        let zeros = all.iter().fold(0, |bits, addr| bits | !addr.to_bits());
        let mask = u128::from(u64::MAX >> SUFFIX_BITS << SUFFIX_BITS);
        assert_eq!((ones & mask, zeros & mask), (mask, mask));
    }

    #[test]
    fn reserved_addresses_are_left_out_where_chance_would_find_them() {
        // 129 of these 65,536 are reserved: 20,000 draws would hit about 40.
        let prefix = "2001:db8::/112".parse().expect("a prefix");
        let mut method = Random::new(None);
        for _ in 0..20 {
            let all = method.choose(&prefix, 1000).expect("1000 of 65,536");
            assert!(all.iter().all(|addr| !is_reserved(&prefix, addr)));
            assert_eq!(all.iter().collect::<HashSet<_>>().len(), 1000);
        }
    }

    #[test]
    fn two_generators_do_not_choose_the_same() {
        let prefix = "2001:db8:1::/64".parse().expect("a prefix");
        let one = Random::new(Some(4))
            .choose(&prefix, 10)
            .expect("a /64 is large");
        let two = Random::new(Some(4))
            .choose(&prefix, 10)
            .expect("a /64 is large");
        assert_ne!(one, two);
    }

    #[test]
    fn a_prefix_too_small_for_shared_suffixes_is_refused_with_the_remedy() {
        let prefix = "2001:db8::/96".parse().expect("a prefix");
        let error = Random::new(Some(4))
            .choose(&prefix, 1)
            .expect_err("too small");
        assert!(error.to_string().contains("use /88 or shorter"), "{error}");
    }

    proptest! {
        #[test]
        fn whatever_the_prefix_addresses_lie_in_it_differ_and_are_free(
            bits: u128, len in 16u8..=112, count in 1u32..200,
        ) {
            let bits = (0x2000 << 112 | bits >> 3) & !(u128::MAX >> len);
            let prefix = Prefix::new(Ipv6Addr::from_bits(bits), len).expect("a global prefix");
            let all = Random::new(None).choose(&prefix, count).expect("65,536 addresses at least");
            prop_assert_eq!(all.len(), count as usize);
            prop_assert_eq!(all.iter().collect::<HashSet<_>>().len(), count as usize);
            for addr in &all {
                prop_assert!(prefix.contains(addr) && !is_reserved(&prefix, addr), "{}", addr);
            }
        }
    }
}
