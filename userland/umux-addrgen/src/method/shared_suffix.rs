// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Random addresses that share a few low-24-bit suffixes.
//!
//! The solicited-node group of an address is known by its low 24 bits (RFC 4291,
//! section 2.7.1). Addresses share a few values of them, and the bits above are
//! random: 10,000 addresses then need 16 groups, not 10,000, and of a /64 40 random
//! bits remain.
//!
//! What addresses share tells that they are one host's. So a value that was given
//! to as many addresses as it is to serve is not used again, and another takes its
//! place: addresses that were not chosen together have nothing in common.

use super::choose::{collect, random_bits};
use super::{Method, MethodError};
use std::collections::{HashMap, HashSet};
use std::net::Ipv6Addr;
use umux_abi::Prefix;

/// Suffixes a prefix, if nobody says otherwise.
pub const GROUPS: u32 = 16;

/// Bits that decide the solicited-node group.
const SUFFIX_BITS: u8 = 24;

/// Random bits that must remain above shared suffixes. With fewer, addresses could
/// be guessed and would soon repeat.
const CHOICE_BITS_MIN: u8 = 16;

/// Has this prefix room for suffixes and for chance?
pub fn admits(prefix: &Prefix) -> Result<(), MethodError> {
    if prefix.host_bits() >= SUFFIX_BITS + CHOICE_BITS_MIN {
        return Ok(());
    }
    Err(MethodError::Prefix(format!(
        "{prefix} is too small for shared suffixes: they take {SUFFIX_BITS} bits and leave \
         at least {CHOICE_BITS_MIN}; use /{} or shorter, or the method random",
        128 - SUFFIX_BITS - CHOICE_BITS_MIN
    )))
}

/// The method `shared-suffix`.
pub struct SharedSuffix {
    groups: u32,
    /// Addresses that a suffix serves; none: it serves for ever.
    share: Option<u32>,
    suffixes: HashMap<Prefix, Vec<Suffix>>,
}

struct Suffix {
    bits: u32,
    /// Addresses it was given to.
    served: u32,
}

fn random_suffix() -> Result<u32, MethodError> {
    Ok(getrandom::u32()? >> (32 - SUFFIX_BITS))
}

impl SharedSuffix {
    /// With so many suffixes a prefix at a time, at least one, each for `share`
    /// addresses.
    pub fn new(groups: u32, share: Option<u32>) -> SharedSuffix {
        SharedSuffix {
            groups: groups.max(1),
            share,
            suffixes: HashMap::new(),
        }
    }

    fn suffixes(&mut self, prefix: &Prefix) -> Result<&mut [Suffix], MethodError> {
        admits(prefix)?;
        if !self.suffixes.contains_key(prefix) {
            let mut chosen = HashSet::new();
            while chosen.len() < self.groups as usize {
                chosen.insert(random_suffix()?);
            }
            let new = |bits| Suffix { bits, served: 0 };
            let suffixes = chosen.into_iter().map(new).collect();
            self.suffixes.insert(*prefix, suffixes);
        }
        Ok(self
            .suffixes
            .get_mut(prefix)
            .map_or(&mut [], Vec::as_mut_slice))
    }
}

impl Method for SharedSuffix {
    fn choose(&mut self, prefix: &Prefix, count: u32) -> Result<Vec<Ipv6Addr>, MethodError> {
        let share = self.share;
        let suffixes = self.suffixes(prefix)?;
        collect(prefix, count, || {
            // The multiplication picks one of them, evenly enough.
            let pick = (u64::from(getrandom::u32()?) * suffixes.len() as u64) >> 32;
            let suffix = &mut suffixes[pick as usize];
            if share.is_some_and(|share| suffix.served >= share) {
                let bits = random_suffix()?;
                *suffix = Suffix { bits, served: 0 };
            }
            suffix.served = suffix.served.saturating_add(1);
            Ok(random_bits()? >> SUFFIX_BITS << SUFFIX_BITS | u128::from(suffix.bits))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_bound_the_number_of_solicited_node_groups_over_many_calls() {
        let prefix = "2001:db8:1::/64".parse().expect("a prefix");
        let mut method = SharedSuffix::new(16, None);
        let mut all = HashSet::new();
        for _ in 0..10 {
            all.extend(method.choose(&prefix, 1000).expect("a /64 is large"));
        }
        assert_eq!(all.len(), 10_000, "40 random bits do not repeat so soon");
        let suffixes: HashSet<_> = all.iter().map(|a| a.to_bits() & 0xff_ffff).collect();
        assert_eq!(suffixes.len(), 16);
    }

    #[test]
    fn a_suffix_serves_as_many_addresses_as_it_is_told_and_never_again() {
        let prefix = "2001:db8:1::/64".parse().expect("a prefix");
        let mut method = SharedSuffix::new(16, Some(16));
        let mut served: HashMap<u128, Vec<usize>> = HashMap::new();
        for call in 0..40 {
            let all = method.choose(&prefix, 256).expect("a /64 is large");
            for (n, addr) in all.iter().enumerate() {
                let suffix = addr.to_bits() & 0xff_ffff;
                served.entry(suffix).or_default().push(call * 256 + n);
            }
        }
        // Two of 640 suffixes are the same by chance in one run of 80.
        let longer = served.values().filter(|at| at.len() > 16).count();
        assert!(longer <= 2, "{longer} of {}", served.len());
        // 40 pools full. One has those that are in use, and 16 more for 256 addresses,
        // or 31 if the former all end at once.
        assert!((640..640 + 16 + 2).contains(&(served.len() + longer)));
        let most = (0..40)
            .map(|call| {
                let pool = call * 256..(call + 1) * 256;
                let here = |at: &&Vec<usize>| at.iter().any(|n| pool.contains(n));
                served.values().filter(here).count()
            })
            .max();
        assert!(most <= Some(16 + 31), "{most:?}");
    }

    #[test]
    fn shared_suffixes_leave_all_other_bits_to_chance() {
        let prefix: Prefix = "2001:db8:1::/64".parse().expect("a prefix");
        let all = SharedSuffix::new(1, None)
            .choose(&prefix, 200)
            .expect("a /64 is large");
        let ones = all.iter().fold(0, |bits, addr| bits | addr.to_bits());
        let zeros = all.iter().fold(0, |bits, addr| bits | !addr.to_bits());
        let mask = u128::from(u64::MAX >> SUFFIX_BITS << SUFFIX_BITS);
        assert_eq!((ones & mask, zeros & mask), (mask, mask));
    }

    #[test]
    fn prefixes_have_suffixes_of_their_own() {
        let mut method = SharedSuffix::new(1, None);
        let mut suffix = |prefix: &str| {
            let prefix = prefix.parse().expect("a prefix");
            let addrs = method.choose(&prefix, 1).expect("a /64 is large");
            addrs[0].to_bits() & 0xff_ffff
        };
        assert_eq!(suffix("2001:db8:1::/64"), suffix("2001:db8:1::/64"));
        assert_ne!(suffix("2001:db8:1::/64"), suffix("2001:db8:2::/64"));
    }

    #[test]
    fn a_prefix_too_small_for_shared_suffixes_is_refused_with_the_remedy() {
        let prefix = "2001:db8::/96".parse().expect("a prefix");
        let error = SharedSuffix::new(4, None)
            .choose(&prefix, 1)
            .expect_err("too small");
        assert!(error.to_string().contains("use /88 or shorter"), "{error}");
    }
}
