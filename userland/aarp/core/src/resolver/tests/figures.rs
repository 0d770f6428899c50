// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What the resolver costs, for docs/aarp.md.

use super::*;

/// Run by userland/aarp/test/figures.
#[test]
#[ignore = "measures"]
fn figures_of_the_resolver() {
    let limit = Limit {
        rate: 1_000_000_000,
        burst: u32::MAX,
    };
    let settings = Settings {
        max_entries: 100_000,
        all: limit,
        each: limit,
        ..Settings::default()
    };
    let mut bench = Bench::new(vec![rule("2001:db8:a::/48")], settings);
    let nth = |n: u32| target(&format!("2001:db8:a::{:x}:{:x}", n >> 16, n & 0xffff));
    let targets: Vec<Target> = (0..100_000).map(nth).collect();
    let begin = std::time::Instant::now();
    for target in &targets {
        bench.ask(*target, 1);
        let mark = sent(&bench.actions()).expect("a request");
        bench.reply(member(), LINK, mark);
    }
    let each = targets.len() as f64 / begin.elapsed().as_secs_f64();
    println!("resolver: {each:.0} resolutions a second");
    let begin = std::time::Instant::now();
    for target in &targets {
        assert!(matches!(bench.ask(*target, 1), Asked::Now(_)));
    }
    let each = begin.elapsed().as_nanos() / targets.len() as u128;
    println!("resolver: {each} ns a lookup with 100,000 entries");
}
