// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What umux-broker.conf says.

use serde::Deserialize;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use toml::Spanned;
use umux_daemon::config::{Checked, DaemonEntry, Wrong, number, parse, wrong};
use umux_dnso::config::{Common, PeerEntry, Settings, TargetEntry, insert, known, rank, targets};
use umux_dnso::link::Target;
use umux_dnso::name::NameTable;

/// Milliseconds that a NOSA has before the next is asked, for addresses whose DAD was
/// done ahead.
const ATTEMPT: u32 = 1000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    key: PathBuf,
    listen: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    daemon: DaemonEntry,
    #[serde(default)]
    peer: Vec<PeerEntry>,
    #[serde(default)]
    nosa: Vec<TargetEntry>,
    #[serde(default)]
    select: Vec<Spanned<SelectEntry>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SelectEntry {
    names: Vec<Spanned<String>>,
    nosas: Spanned<Vec<ChoiceEntry>>,
    attempt_ms: Option<Spanned<i64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChoiceEntry {
    nosa: Spanned<String>,
    weight: Option<Spanned<i64>>,
    priority: Option<Spanned<i64>>,
}

/// One of the NOSAs of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Its number.
    pub nosa: usize,
    /// Its share.
    pub weight: u32,
    /// Lower ones first.
    pub priority: u32,
}

/// What belongs to a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// NOSAs that know it.
    pub choices: Vec<Choice>,
    /// How long one has before the next is asked.
    pub attempt: Duration,
}

/// All that the file says.
#[derive(Debug, Clone)]
pub struct Config {
    /// What all parts have.
    pub common: Common,
    /// NOSAs.
    pub nosas: Vec<Target>,
    /// The NOSA selection table.
    pub selections: NameTable<Arc<Selection>>,
    /// The same for people.
    lines: Vec<String>,
}

/// Reads text.
fn check(text: &str) -> Checked<Config> {
    let file: File = parse(text)?;
    let nosas = targets("nosa", &file.nosa)?;
    if file.select.is_empty() {
        return Err(Wrong {
            at: 0,
            what: "there is no [[select]]: write one with names and nosas".into(),
        });
    }
    let mut selections = NameTable::default();
    let mut lines = Vec::new();
    for entry in &file.select {
        if entry.get_ref().names.is_empty() {
            return wrong(entry, "names is empty: write the names of this selection");
        }
        let selection = Arc::new(selection(entry.get_ref(), &nosas)?);
        let shown: Vec<String> = selection
            .choices
            .iter()
            .map(|c| format!("{} ({})", nosas[c.nosa].name, c.weight))
            .collect();
        for name in &entry.get_ref().names {
            insert(&mut selections, name, Arc::clone(&selection))?;
            lines.push(format!("{}: {}", name.get_ref(), shown.join(", ")));
        }
    }
    Ok(Config {
        common: Common::pinned(file.key, &file.listen, &file.daemon, &file.peer)?,
        nosas,
        selections,
        lines,
    })
}

fn selection(entry: &SelectEntry, nosas: &[Target]) -> Checked<Selection> {
    if entry.nosas.get_ref().is_empty() {
        return wrong(&entry.nosas, "nosas is empty: write at least one");
    }
    let choices = entry.nosas.get_ref().iter().map(|choice| {
        let (weight, priority) = rank(choice.weight.as_ref(), choice.priority.as_ref())?;
        Ok(Choice {
            nosa: known("nosa", &choice.nosa, nosas)?,
            weight,
            priority,
        })
    });
    let attempt = match &entry.attempt_ms {
        None => ATTEMPT,
        Some(given) => number("attempt_ms", given, 10..=30_000)?,
    };
    Ok(Selection {
        choices: choices.collect::<Checked<_>>()?,
        attempt: Duration::from_millis(attempt.into()),
    })
}

impl Settings for Config {
    fn check(text: &str) -> Checked<Config> {
        check(text)
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn plan(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            let _ = writeln!(text, "{line}");
        }
        text + &self.common.who_may_ask()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = include_str!("../../../etc/umux-broker.conf.sample");

    #[test]
    fn the_sample_is_sound() {
        let config = check(SAMPLE).expect("sound");
        assert!(config.plan().contains("*.example.com: nosa-1"));
    }

    #[test]
    fn mistakes_are_named_with_the_remedy() {
        for (from, to, expected) in [
            (
                "nosa = \"nosa-2\"",
                "nosa = \"nosa-9\"",
                "there are nosa-1, nosa-2",
            ),
            ("key = \"AQ", "key = \"A", "umuxctl dnso keygen"),
            (
                "name = \"nosa-2\"",
                "name = \"nosa-1\"",
                "rename or remove one",
            ),
        ] {
            assert!(SAMPLE.contains(from), "{from}");
            let what = check(&SAMPLE.replacen(from, to, 1)).expect_err(to).what;
            assert!(what.contains(expected), "{to}: {what}");
        }
    }
}
