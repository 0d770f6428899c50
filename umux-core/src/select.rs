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

use crate::policy::Labels;
use crate::prefix::Prefix;

/// Bits that a prefix shares with an address, not counted beyond its own
/// length (RFC 6724, 2.2).
fn matching(prefix: Prefix, addr: Ipv6Addr) -> u32 {
    let differ = prefix.addr().to_bits() ^ addr.to_bits();
    differ.leading_zeros().min(u32::from(prefix.len()))
}

/// A prefix that sources can come from, and its label: what
/// [`Labels::label`] says of it, looked up when either changes and not for each
/// session.
pub type Candidate = (Prefix, Option<u32>);

/// The best of the candidates for a destination; of equals the first.
/// `None`: none may serve it.
pub fn best<T>(
    dst: Ipv6Addr,
    labels: &Labels<'_>,
    candidates: impl Iterator<Item = (T, Candidate)>,
) -> Option<T> {
    let wanted = labels.label(dst);
    let mut best: Option<(u32, T)> = None;
    for (candidate, (prefix, label)) in candidates {
        if label != wanted {
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
    use crate::policy::{LABELS_MAX, LabelRow};
    use crate::prefix::Node;

    fn addr(text: &str) -> Ipv6Addr {
        text.parse().unwrap()
    }

    fn choose<'a>(
        dst: &str,
        rows: &[(&str, u8, u32)],
        prefixes: &[(&'a str, u8)],
    ) -> Option<&'a str> {
        let mut nodes: Vec<_> = (0..LABELS_MAX).map(|_| Node::EMPTY).collect();
        let mut labels = Labels::new(&mut nodes);
        let extra = rows.iter().map(|&(text, len, label)| LabelRow {
            prefix: Prefix::new(addr(text), len).unwrap(),
            precedence: 1,
            label,
        });
        let all: Vec<_> = labels.rows().chain(extra).collect();
        labels.replace(all.into_iter()).unwrap();
        let candidates = prefixes.iter().map(|&(text, len)| {
            let prefix = Prefix::new(addr(text), len).unwrap();
            (text, (prefix, labels.label(prefix.addr())))
        });
        best(addr(dst), &labels, candidates)
    }

    #[test]
    fn the_longest_matching_prefix_wins() {
        let prefixes = [("2001:db8:1000::", 36), ("2001:db8:2000::", 36)];
        assert_eq!(
            choose("2001:db8:3000::80", &[], &prefixes),
            Some("2001:db8:2000::")
        );
        assert_eq!(
            choose("2001:db8:1000::80", &[], &prefixes),
            Some("2001:db8:1000::")
        );
    }

    #[test]
    fn a_match_counts_no_further_than_the_prefix_is_long() {
        // Both match fully; the first of equals stays.
        let prefixes = [("2001:db8::", 32), ("2001:db8::", 30)];
        assert_eq!(choose("2001:db8::1", &[], &prefixes), Some("2001:db8::"));
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
        assert_eq!(choose("2001:db8::1", &[], &[("fd00:1::", 64)]), None);
        assert_eq!(
            choose("fd00:2::1", &[], &[("fd00:1::", 64), ("2001:db8::", 64)]),
            Some("fd00:1::")
        );
    }

    /// The policy-table examples of the NTT IPv6 tutorial.  It prints the
    /// prefixes with /35, but then its destination 2001:db8:3000::80 would be
    /// inside 2001:db8:2000::/35; its figures (1 = 0001, 2 = 0010, 3 = 0011)
    /// mean /36.
    #[test]
    fn a_company_prefix_with_a_label_of_its_own_serves_the_company_only() {
        const ISP: &str = "2001:db8:1000::";
        const COMPANY: &str = "2001:db8:2000::";
        const PARTNER: &str = "2001:db8:a000::";
        let prefixes = [(ISP, 36), (COMPANY, 36)];
        let labelled = [(COMPANY, 36, 5)];
        let both = [(COMPANY, 36, 5), (PARTNER, 36, 5)];
        for (dst, rows, expected) in [
            ("2001:db8:3000::80", &[][..], COMPANY),
            ("2001:db8:3000::80", &labelled[..], ISP),
            ("2001:db8:2000::80", &labelled[..], COMPANY),
            ("2001:db8:a000::80", &labelled[..], ISP),
            ("2001:db8:a000::80", &both[..], COMPANY),
        ] {
            assert_eq!(
                choose(dst, rows, &prefixes),
                Some(expected),
                "{dst} {rows:?}"
            );
        }
    }
}
