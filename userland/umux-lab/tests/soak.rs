// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Some minutes of the soak; the hours are run by hand (docs/experiments.md).

use cap::Cap;
use std::alloc::System;
use std::time::Duration;
use umux_lab::soak::{Check, Plan, run};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

fn minutes(minutes: u64, seed: u64) -> Plan {
    Plan {
        time: Duration::from_secs(60 * minutes),
        seed,
        heap: Some(|| ALLOCATOR.allocated()),
    }
}

#[test]
fn ten_minutes_of_sessions_and_faults_leave_nothing_behind() {
    let outcome = run(&minutes(10, 7), |_| ()).expect("it runs");
    for (check, tally) in &outcome.checks {
        // That is too short for it: the tables of the simulation still grow.
        if *check == Check::Memory {
            continue;
        }
        assert!(tally.looked > 0, "{check:?} was not looked at");
        assert_eq!(tally.failed, 0, "{check:?}: {:?}", tally.first);
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    let figures = |seed| run(&minutes(1, seed), |_| ()).expect("it runs").figures;
    assert_eq!(figures(3), figures(3));
    assert_ne!(figures(3), figures(4));
}
