// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Which prefix a session's source comes from: RFC 6724, section 5, applied
//! to prefixes instead of addresses.
//!
//! Of its rules those that can tell two pools of one interface apart are
//! kept: 6 (matching label) and 8 (longest matching prefix).  Rule 6 is also a
//! guard: where no pool has the label of the destination, the host's own
//! selection knows better, and the session stays legacy.  (A host that has a
//! pool of unique-local addresses only would otherwise send them to the
//! Internet.)  Rules 1 to 5 and 7 are decided elsewhere: pools never hold the
//! destination, are all of global scope (RFC 4193, 3.3), never deprecated, and
//! belong to the outgoing interface.

use core::net::Ipv6Addr;

use crate::prefix::Prefix;

/// A row of the policy table.
struct Policy {
    bits: u128,
    len: u8,
    label: u8,
}

const fn policy(high: u32, len: u8, label: u8) -> Policy {
    Policy {
        bits: (high as u128) << 96,
        len,
        label,
    }
}

/// RFC 6724, section 2.1: the default policy table, longest prefixes first.
const DEFAULT_POLICY: [Policy; 9] = [
    Policy {
        bits: 1,
        len: 128,
        label: 0,
    },
    Policy {
        bits: 0xffff << 32,
        len: 96,
        label: 4,
    },
    policy(0, 96, 3),
    policy(0x2001_0000, 32, 5),
    policy(0x2002_0000, 16, 2),
    policy(0x3ffe_0000, 16, 12),
    policy(0xfec0_0000, 10, 11),
    policy(0xfc00_0000, 7, 13),
    policy(0, 0, 1),
];

/// Label of an address.
#[must_use]
pub fn label(addr: Ipv6Addr) -> u8 {
    let bits = addr.to_bits();
    DEFAULT_POLICY
        .iter()
        .find(|row| {
            let differ = bits ^ row.bits;
            row.len == 0 || differ >> (128 - u32::from(row.len)) == 0
        })
        .map_or(1, |row| row.label)
}

/// Bits that a prefix shares with an address, not counted beyond its own
/// length (RFC 6724, 2.2).
fn matching(prefix: Prefix, addr: Ipv6Addr) -> u32 {
    let differ = prefix.addr().to_bits() ^ addr.to_bits();
    differ.leading_zeros().min(u32::from(prefix.len()))
}

/// The best of the candidates for a destination; of equals the first.
/// `None`: none may serve it.
pub fn best<T>(dst: Ipv6Addr, candidates: impl Iterator<Item = (T, Prefix)>) -> Option<T> {
    let wanted = label(dst);
    let mut best: Option<(u32, T)> = None;
    for (candidate, prefix) in candidates {
        if label(prefix.addr()) != wanted {
            continue;
        }
        let length = matching(prefix, dst);
        if best.as_ref().is_none_or(|&(longest, _)| length > longest) {
            best = Some((length, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addr(text: &str) -> Ipv6Addr {
        text.parse().unwrap()
    }

    fn choose<'a>(dst: &str, prefixes: &[(&'a str, u8)]) -> Option<&'a str> {
        best(
            addr(dst),
            prefixes
                .iter()
                .map(|&(text, len)| (text, Prefix::new(addr(text), len).unwrap())),
        )
    }

    #[test]
    fn labels_are_those_of_the_default_policy_table() {
        for (text, expected) in [
            ("::1", 0),
            ("2001:db8::1", 1),
            ("::ffff:192.0.2.1", 4),
            ("2002:c000:201::1", 2),
            ("2001:0:4136:e378::1", 5),
            ("fd00::1", 13),
            ("::192.0.2.1", 3),
            ("fec0::1", 11),
            ("3ffe::1", 12),
        ] {
            assert_eq!(label(addr(text)), expected, "{text}");
        }
    }

    #[test]
    fn the_longest_matching_prefix_wins() {
        let prefixes = [("2001:db8:1000::", 36), ("2001:db8:2000::", 36)];
        assert_eq!(
            choose("2001:db8:3000::80", &prefixes),
            Some("2001:db8:2000::")
        );
        assert_eq!(
            choose("2001:db8:1000::80", &prefixes),
            Some("2001:db8:1000::")
        );
    }

    #[test]
    fn a_match_counts_no_further_than_the_prefix_is_long() {
        // Both match fully; the first of equals stays.
        let prefixes = [("2001:db8::", 32), ("2001:db8::", 30)];
        assert_eq!(choose("2001:db8::1", &prefixes), Some("2001:db8::"));
        assert_eq!(
            matching(
                Prefix::new(addr("2001:db8::"), 32).unwrap(),
                addr("2001:db8::1")
            ),
            32
        );
    }

    #[test]
    fn unique_local_pools_do_not_serve_the_internet() {
        assert_eq!(choose("2001:db8::1", &[("fd00:1::", 64)]), None);
        assert_eq!(
            choose("fd00:2::1", &[("fd00:1::", 64), ("2001:db8::", 64)]),
            Some("fd00:1::")
        );
    }
}
