// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The scale run follows from its seed, and notices what is wrong.

use umux_lab::scale::{Load, run};

#[test]
fn the_same_seed_is_the_same_run_and_another_is_another() {
    let counts = |seed| run(&Load::new(5_000, seed)).expect("a load").counts;
    assert_eq!(counts(1), counts(1));
    assert_ne!(counts(1).digest, counts(2).digest);
}

#[test]
fn every_session_has_an_address_or_is_counted_as_a_miss() {
    let outcome = run(&Load::new(5_000, 3)).expect("a load");
    assert!(outcome.is_sound(), "{outcome}");
    assert_eq!((outcome.counts.missed, outcome.counts.taken), (0, 5_000));
    assert!(outcome.bytes > 131_072 * 64);

    // Far too small a pool: DAD takes a second.
    let mut load = Load::new(5_000, 3);
    load.level = 100;
    let outcome = run(&load).expect("a load");
    assert!(outcome.is_sound(), "{outcome}");
    assert!(outcome.counts.missed > 3_000, "{outcome}");
}

#[test]
fn a_table_that_is_too_small_is_a_miss_and_no_harm() {
    let mut load = Load::new(3_000, 4);
    load.max_addrs = 1_024;
    let outcome = run(&load).expect("a load");
    assert!(outcome.is_sound() && outcome.counts.missed > 0, "{outcome}");
}
