// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Guarded listeners, and the rules that make them.

use super::lines;
use crate::cli::Listen;
use crate::exit::{Code, Failure};
use crate::output::{self, Output, json, table};
use umux_abi::{Control, ListenRule};

/// `listen ...`
pub fn run(plane: &mut dyn Control, out: Output, command: &Listen) -> Result<Code, Failure> {
    let (rules, apply): (Vec<ListenRule>, bool) = match command {
        Listen::List => {
            let listeners = plane.listeners()?;
            return out.show(&json::Listeners::of(&listeners), || {
                table::listeners(&listeners)
            });
        }
        Listen::Rules => {
            let rules = plane.listen_rules()?;
            return out.show(&json::ListenRules::of(&rules), || {
                table::listen_rules(&rules)
            });
        }
        Listen::Add { at, apply, words } => {
            let rule = words.join(" ").parse()?;
            let mut rules = plane.listen_rules()?;
            let place = at.map_or(rules.len(), |at| (at as usize - 1).min(rules.len()));
            rules.insert(place, rule);
            (rules, apply.apply)
        }
        Listen::Del { number, apply } => {
            let mut rules = plane.listen_rules()?;
            let place = *number as usize - 1;
            if place >= rules.len() {
                return Err(Failure::NoListenRule {
                    number: *number,
                    count: rules.len(),
                });
            }
            rules.remove(place);
            (rules, apply.apply)
        }
        Listen::Install { file, apply } => (lines::of_file(file)?, apply.apply),
        Listen::Flush { apply } => (Vec::new(), apply.apply),
        Listen::Apply => (plane.listen_rules()?, true),
    };
    plane.set_listen_rules(&rules, apply)?;
    out.show(&json::Done::new(), || {
        format!(
            "{} for listeners now{}",
            output::count(rules.len(), "rule"),
            if apply {
                ", applied to all that listen"
            } else {
                ""
            }
        )
    })
}
