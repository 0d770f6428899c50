// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What holds whatever happens.

use super::*;
use proptest::prelude::*;

proptest! {
    /// Whatever happens: who waits is answered once, limits hold, and in the end
    /// nothing is left.
    #[test]
    fn everybody_who_waits_is_answered_exactly_once(
        steps in prop::collection::vec((0u8..6, 0u16..8, 0u64..700), 1..200)
    ) {
        let settings = Settings { max_entries: 4, max_probes: 5, max_waiting: 9, ..Settings::default() };
        let mut bench = Bench::new(vec![rule("2001:db8:a::/48")], settings);
        let mut waits = std::collections::HashSet::new();
        let mut marks = Vec::new();
        let mut number = 0;
        let mut actions = Vec::new();
        for (step, n, ms) in steps {
            let target = target(&format!("2001:db8:a::{n:x}"));
            match step {
                0 | 1 => {
                    number += 1;
                    if bench.ask(target, number) == Asked::Wait {
                        waits.insert(number);
                    }
                }
                2 => actions.extend(bench.pass(ms)),
                3 => if let Some(mark) = marks.pop() {
                    actions.extend(bench.reply(member(), LINK, mark));
                },
                4 => { bench.resolver.forget(&target); }
                _ => {
                    let now = bench.now;
                    bench.resolver.failed(now, &target, &member());
                }
            }
            actions.extend(bench.actions());
            marks.extend(sent(&actions));
            for (waiting, _) in answers(&actions) {
                prop_assert!(waits.remove(&waiting), "{waiting} was answered before");
            }
            actions.clear();
            prop_assert!(bench.resolver.len() <= 4 && bench.resolver.probing() <= 5);
        }
        for _ in 0..4 {
            actions.extend(bench.pass(500));
        }
        for (waiting, _) in answers(&actions) {
            prop_assert!(waits.remove(&waiting), "{waiting} was answered before");
        }
        prop_assert!(waits.is_empty(), "{waits:?} wait for ever");
        prop_assert_eq!(bench.resolver.probing(), 0);
    }
}
