// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What people see of a soak.

use super::{Check, Outcome, Plan};
use crate::report::Report;

/// What a check says, in words.
fn words(check: Check) -> &'static str {
    match check {
        Check::Data => "sessions that no fault cut carried their data",
        Check::Policy => "sessions got what rules and pools said",
        Check::Own => "no two sessions shared an address",
        Check::Silence => "no address spoke after its session",
        Check::Intruder => "servers' addresses let their client in alone",
        Check::Stuck => "no address or session got stuck",
        Check::Counts => "the core counted what there was",
        Check::Level => "pools came back to their levels",
        Check::Closed => "nothing was left when all was closed",
        Check::Slots => "no slot leaked",
        Check::Memory => "allocated memory did not grow",
    }
}

/// Shows figures and the table; whether all held.
pub fn show(plan: &Plan, outcome: &Outcome) -> bool {
    let report = Report::new(Check::ALL.len() as u64);
    report.plain(&format!(
        "time:      {:.2} h with sessions and faults, seed {}",
        outcome.time.as_secs_f64() / 3600.0,
        plan.seed
    ));
    for line in &outcome.figures {
        report.plain(line);
    }
    report.plain(&format!("measured:  {:.1} s\n", outcome.wall.as_secs_f64()));
    for (check, tally) in &outcome.checks {
        let what = words(*check);
        let proof = outcome.proof.get(check).cloned().unwrap_or_default();
        if tally.looked == 0 {
            report.skip(what, "there was nothing to look at");
        } else if tally.failed == 0 {
            report.check(what, true, proof);
        } else {
            let first = tally.first.join("; ");
            report.check(what, false, format!("{} times: {first}", tally.failed));
        }
    }
    report.summary()
}
