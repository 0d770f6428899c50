// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The policy table, and rules.

use super::lines;
use crate::cli::{Policy, Rule as Command};
use crate::exit::{Code, Failure};
use crate::output::{self, Output, json, table};
use umux_abi::{Control, Label, Rule};

/// `policy ...`
pub fn labels(plane: &mut dyn Control, out: Output, command: &Policy) -> Result<Code, Failure> {
    let rows: Option<Vec<Label>> = match command {
        Policy::List => {
            let rows = plane.labels()?;
            return out.show(&json::Labels::of(&rows), || table::labels(&rows));
        }
        Policy::Install { file } => Some(lines::of_file(file)?),
        Policy::Reset => None,
        Policy::Flush => Some(Vec::new()),
    };
    plane.set_labels(rows.as_deref())?;
    out.show(&json::Done::new(), || match &rows {
        None => "the policy table is the default".into(),
        Some(rows) => format!("the policy table has {}", output::count(rows.len(), "row")),
    })
}

/// `rule ...`
pub fn rules(plane: &mut dyn Control, out: Output, command: &Command) -> Result<Code, Failure> {
    let rules: Option<Vec<Rule>> = match command {
        Command::List => {
            let rules = plane.rules()?;
            return out.show(&json::Rules::of(&rules), || table::rules(&rules));
        }
        Command::Add { at, words } => {
            let rule = words.join(" ").parse()?;
            let mut rules = plane.rules()?;
            let place = at.map_or(rules.len(), |at| (at as usize - 1).min(rules.len()));
            rules.insert(place, rule);
            Some(rules)
        }
        Command::Del { number } => {
            let mut rules = plane.rules()?;
            let place = *number as usize - 1;
            if place >= rules.len() {
                return Err(Failure::NoRule {
                    number: *number,
                    count: rules.len(),
                });
            }
            rules.remove(place);
            Some(rules)
        }
        Command::Install { file } => Some(lines::of_file(file)?),
        Command::Reset => None,
        Command::Flush => Some(Vec::new()),
    };
    plane.set_rules(rules.as_deref())?;
    out.show(&json::Done::new(), || match &rules {
        None => "the rules are the default".into(),
        Some(rules) => format!("{} now", output::count(rules.len(), "rule")),
    })
}
