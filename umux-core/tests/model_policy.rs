// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Rules, rules for listeners, and the policy table, each against the plainest form of
//! what its documentation says.

mod host;

use std::net::Ipv6Addr;

use host::{Host, TCP, UDP};
use proptest::prelude::*;
use umux_core::error::Error;
use umux_core::policy::listen::ListenSubject;
use umux_core::policy::rules::Subject;
use umux_core::policy::{
    LABELS_MAX, LabelRow, ListenRule, ListenVerdict, RULES_MAX, Rule, RuleVerdict, Wish,
};
use umux_core::prefix::Prefix;
use umux_core::select;

/// Few different bits, at both ends and in the middle, so that prefixes meet.
fn addr() -> impl Strategy<Value = Ipv6Addr> {
    (0..4u128, 0..4u128, 0..4u128).prop_map(|(a, b, c)| Ipv6Addr::from_bits(a << 126 | b << 63 | c))
}

fn prefix() -> impl Strategy<Value = (Ipv6Addr, u8)> {
    let len = prop_oneof![
        Just(0),
        Just(1),
        Just(2),
        Just(64),
        Just(65),
        Just(127),
        Just(128)
    ];
    (addr(), len)
}

fn made((addr, len): (Ipv6Addr, u8)) -> Prefix {
    Prefix::new(addr, len).expect("at most 128")
}

/// Whether an address begins with the bits of a prefix, bit by bit.
fn begins((prefix, len): (Ipv6Addr, u8), addr: Ipv6Addr) -> bool {
    let bit = |addr: Ipv6Addr, n: u8| addr.to_bits() >> (127 - n) & 1;
    (0..len).all(|n| bit(prefix, n) == bit(addr, n))
}

/// First and last; one in forty is backwards, unless they are equal.
fn range<T: Copy + Ord + std::fmt::Debug>(values: &'static [T]) -> impl Strategy<Value = (T, T)> {
    let value = || prop::sample::select(values);
    (value(), value(), 0..40).prop_map(|(one, other, n)| {
        let (least, most) = (one.min(other), one.max(other));
        if n == 0 { (most, least) } else { (least, most) }
    })
}

const PORTS: [u16; 5] = [0, 22, 53, 80, 65_535];
const UIDS: [u32; 4] = [0, 80, 1001, u32::MAX];

fn wish() -> impl Strategy<Value = Wish> {
    prop_oneof![Just(Wish::None), Just(Wish::Temporary), Just(Wish::Public)]
}

type Parts = (
    bool,
    (Ipv6Addr, u8),
    Option<u8>,
    (u16, u16),
    (u32, u32),
    Option<u32>,
    Option<Wish>,
);

fn rule() -> impl Strategy<Value = Parts> {
    (
        any::<bool>(),
        prefix(),
        // 58 is no protocol with sessions.
        prop::option::of(prop_oneof![30 => Just(TCP), 30 => Just(UDP), 1 => Just(58)]),
        range(&PORTS),
        range(&UIDS),
        prop::option::of(0..2u32),
        prop::option::of(wish()),
    )
}

fn core_rule(rule: &Parts) -> Rule {
    let (legacy, dst, proto, ports, uids, jail, wish) = *rule;
    Rule {
        verdict: if legacy {
            RuleVerdict::Legacy
        } else {
            RuleVerdict::Unify
        },
        dst: made(dst),
        proto,
        ports,
        uids,
        jail,
        wish,
    }
}

fn sane(rule: &Parts) -> bool {
    let (_, _, proto, ports, uids, ..) = rule;
    ports.0 <= ports.1 && uids.0 <= uids.1 && *proto != Some(58)
}

fn subject() -> impl Strategy<Value = Subject> {
    (
        addr(),
        prop_oneof![Just(TCP), Just(UDP)],
        prop::sample::select(&PORTS[..]),
        prop::sample::select(&UIDS[..]),
        0..2u32,
        wish(),
    )
        .prop_map(|(dst, proto, port, uid, jail, wish)| Subject {
            dst,
            proto,
            port,
            uid,
            jail,
            wish,
        })
}

/// The first rule that matches says; else only who wants the public address is legacy.
fn judged(rules: &[Parts], s: &Subject) -> RuleVerdict {
    for (legacy, dst, proto, ports, uids, jail, wish) in rules {
        let matches = begins(*dst, s.dst)
            && (proto.is_none() || *proto == Some(s.proto))
            && ports.0 <= s.port
            && s.port <= ports.1
            && uids.0 <= s.uid
            && s.uid <= uids.1
            && (jail.is_none() || *jail == Some(s.jail))
            && (wish.is_none() || *wish == Some(s.wish));
        if matches {
            return if *legacy {
                RuleVerdict::Legacy
            } else {
                RuleVerdict::Unify
            };
        }
    }
    match s.wish {
        Wish::Public => RuleVerdict::Legacy,
        _ => RuleVerdict::Unify,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_first_rule_that_matches_says(
        sets in prop::collection::vec(prop::collection::vec(rule(), 0..12), 1..4),
        subjects in prop::collection::vec(subject(), 1..40),
    ) {
        let mut host = Host::bare(host::config());
        host.plane.rules.replace([].into_iter()).expect("none");
        let mut model: Vec<Parts> = Vec::new();
        for set in sets {
            let result = host.plane.rules.replace(set.iter().map(core_rule));
            if set.iter().all(sane) {
                prop_assert_eq!(result, Ok(()));
                model = set;
            } else {
                // The old ones stay.
                prop_assert_eq!(result, Err(Error::Invalid));
            }
            for subject in &subjects {
                prop_assert_eq!(host.plane.rules.judge(subject), judged(&model, subject));
            }
        }
    }

    #[test]
    fn the_first_rule_for_listeners_that_matches_says(
        rules in prop::collection::vec(rule(), 0..12),
        subjects in prop::collection::vec(subject(), 1..40),
    ) {
        let mut host = Host::bare(host::config());
        let ordered = |rule: &Parts| rule.3.0 <= rule.3.1 && rule.4.0 <= rule.4.1;
        let core = rules.iter().map(|&(guard, addr, _, ports, uids, jail, _)| ListenRule {
            verdict: if guard { ListenVerdict::Guard } else { ListenVerdict::Legacy },
            addr: made(addr),
            ports,
            uids,
            jail,
        });
        let result = host.plane.listen_rules.replace(core);
        prop_assert_eq!(result.is_ok(), rules.iter().all(ordered));
        let in_force: &[Parts] = if result.is_ok() { &rules } else { &[] };
        for s in &subjects {
            let first = in_force.iter().find(|(_, addr, _, ports, uids, jail, _)| {
                begins(*addr, s.dst)
                    && (ports.0..=ports.1).contains(&s.port)
                    && (uids.0..=uids.1).contains(&s.uid)
                    && jail.is_none_or(|jail| jail == s.jail)
            });
            let guards = first.is_some_and(|rule| rule.0);
            let listener = ListenSubject { addr: s.dst, port: s.port, uid: s.uid, jail: s.jail };
            let verdict = host.plane.listen_rules.judge(&listener);
            prop_assert_eq!(verdict == ListenVerdict::Guard, guards);
        }
    }

    #[test]
    fn the_longest_row_labels_and_the_longest_match_of_the_label_is_chosen(
        rows in prop::collection::vec((prefix(), 0..3u32), 0..20),
        pools in prop::collection::vec(prefix(), 0..6),
        addrs in prop::collection::vec(addr(), 1..30),
    ) {
        let mut host = Host::bare(host::config());
        host.plane.labels_replace([].into_iter()).expect("none");
        let core = rows.iter().map(|&(at, label)| LabelRow {
            prefix: made(at),
            precedence: 1,
            label,
        });
        let result = host.plane.labels_replace(core);
        let same = |(i, (one, _)): (usize, &((Ipv6Addr, u8), u32))| {
            rows[..i].iter().any(|(other, _)| other.1 == one.1 && begins(*one, other.0))
        };
        let twice = rows.iter().enumerate().any(same);
        prop_assert_eq!(result, if twice { Err(Error::Exists) } else { Ok(()) });
        let in_force = if twice { &[][..] } else { &rows };
        let label = |addr| {
            let matching = in_force.iter().filter(|(at, _)| begins(*at, addr));
            matching.max_by_key(|(at, _)| at.1).map(|(_, label)| *label)
        };
        for addr in addrs {
            prop_assert_eq!(host.plane.labels().label(addr), label(addr));
            // RFC 6724, section 5, rules 6 and 8; of equals the first.
            let mut best: Option<(u8, usize)> = None;
            for (i, pool) in pools.iter().enumerate() {
                let base = made(*pool).addr();
                let shared = (0..=pool.1).rev().find(|len| begins((base, *len), addr));
                let shared = shared.expect("nothing is shared at least");
                let fits = label(base) == label(addr);
                if fits && best.is_none_or(|(longest, _)| shared > longest) {
                    best = Some((shared, i));
                }
            }
            let candidates = pools.iter().enumerate().map(|(i, pool)| {
                (i, (made(*pool), host.plane.labels().label(made(*pool).addr())))
            });
            let chosen = select::best(addr, host.plane.labels(), candidates);
            prop_assert_eq!(chosen, best.map(|(_, i)| i));
        }
    }
}

#[test]
fn what_does_not_fit_changes_nothing() {
    let mut host = Host::bare(host::config());
    let before: Vec<_> = host.plane.rules.as_slice().to_vec();
    let many = std::iter::repeat_n(Rule::ANY, RULES_MAX + 1);
    assert_eq!(host.plane.rules.replace(many), Err(Error::NoSpace));
    assert_eq!(host.plane.rules.as_slice(), before);
    let rows: Vec<_> = host.plane.labels().rows().collect();
    let many = (0..=LABELS_MAX as u128).map(|n| LabelRow {
        prefix: made((Ipv6Addr::from_bits(n), 128)),
        precedence: 1,
        label: 1,
    });
    assert_eq!(host.plane.labels_replace(many), Err(Error::NoSpace));
    assert_eq!(host.plane.labels().rows().collect::<Vec<_>>(), rows);
}
