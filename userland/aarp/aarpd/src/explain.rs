// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What aarpctl(8) is told.

use crate::config::Interfaces;
use crate::metrics::Snapshot;
use crate::plan;
use aarp_core::resolver::Known;
use aarp_core::{Outcome, Resolver, Target, Time};
use serde_json::{Value, json};

/// Counters and levels.
pub fn stats(snapshot: &Snapshot, uptime: Time) -> Value {
    let row = |(name, value, help)| json!({ "name": name, "value": value, "about": help });
    let refused = (
        "refused",
        snapshot.refused,
        "Connections that were turned away",
    );
    let counters = snapshot.counters.rows().into_iter().chain([refused]);
    json!({
        "uptime_ms": millis(uptime),
        "levels": snapshot.levels.map(row),
        "counters": counters.map(row).collect::<Vec<_>>(),
    })
}

/// All that is known.
pub fn cache(resolver: &Resolver, now: Time) -> Value {
    let mut entries: Vec<_> = resolver.entries().collect();
    entries.sort_by_key(|(target, _)| **target);
    let entries: Vec<Value> = entries
        .into_iter()
        .map(|(target, known)| entry(target, known, now))
        .collect();
    json!({ "entries": entries })
}

fn entry(target: &Target, known: &Known, now: Time) -> Value {
    let (state, member) = match known.outcome {
        Outcome::Member(member) => ("member", Some(member.to_string())),
        Outcome::Unicast => ("unicast", None),
        _ => ("silent", None),
    };
    json!({
        "address": target.to_string(),
        "state": state,
        "member": member,
        "age_ms": millis(now.saturating_sub(known.since)),
        "left_ms": millis(known.until.saturating_sub(now)),
    })
}

/// What is done for an address, and why.
pub fn target(resolver: &Resolver, interfaces: &Interfaces, target: &Target, now: Time) -> Value {
    let rule = resolver.rules().of(&target.address);
    json!({
        "address": target.to_string(),
        "unfit": target.fit().err().map(|why| why.to_string()),
        "rule": rule.map(|rule| plan::rule(rule, interfaces)),
        "resolved": resolver.rules().anycast(target).is_some(),
        "entry": resolver.known(now, target).map(|known| entry(target, known, now)),
    })
}

fn millis(time: Time) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aarp_core::{Rule, Rules, Settings};

    #[test]
    fn an_interface_has_the_name_that_the_configuration_gives_it() {
        // The system knows of none with this index, and says as much as it says of any to
        // a process in capability mode.
        let index = i32::MAX as u32;
        let rule = Rule {
            interface: Some(index),
            ..Rule::anycast("2001:db8:a::/48".parse().expect("a prefix"))
        };
        let resolver = Resolver::new(Rules::new(vec![rule]), Settings::default());
        let asked = Target::new("2001:db8:a::1".parse().expect("an address"), 0);
        let said = |interfaces: &Interfaces| {
            target(&resolver, interfaces, &asked, Time::ZERO)["rule"].clone()
        };
        let interfaces = Interfaces::from([(index, "em0".to_owned())]);
        assert_eq!(said(&interfaces), "2001:db8:a::/48 is resolved by em0");
    }
}
