// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! aarpd's answers, for people.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use serde::Deserialize;

/// What is known of an address.
#[derive(Debug, Deserialize)]
pub struct Entry {
    address: String,
    state: String,
    member: Option<String>,
    age_ms: u64,
    left_ms: u64,
}

/// All that is known.
#[derive(Debug, Deserialize)]
pub struct Cache {
    entries: Vec<Entry>,
}

/// A counter or a level.
#[derive(Debug, Deserialize)]
pub struct Row {
    name: String,
    value: u64,
    about: String,
}

/// All of them.
#[derive(Debug, Deserialize)]
pub struct Stats {
    uptime_ms: u64,
    levels: Vec<Row>,
    counters: Vec<Row>,
}

/// How many entries were flushed.
#[derive(Debug, Deserialize)]
pub struct Flushed {
    flushed: u64,
}

/// What is done for an address, and why.
#[derive(Debug, Deserialize)]
pub struct Explained {
    address: String,
    unfit: Option<String>,
    rule: Option<String>,
    resolved: bool,
    entry: Option<Entry>,
}

/// A table without lines, numbers to the right.
fn table(
    header: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
    numbers: &[usize],
) -> String {
    let mut table = Table::new();
    table.load_preset(NOTHING).set_header(header.to_vec());
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
        if numbers.contains(&column.index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let text = table.to_string();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n")
}

fn seconds(ms: u64) -> String {
    format!("{}.{}s", ms / 1000, ms % 1000 / 100)
}

/// `aarpctl cache`
pub fn cache(cache: &Cache) -> String {
    if cache.entries.is_empty() {
        return "nothing is known".into();
    }
    let rows = cache.entries.iter().map(|entry| {
        vec![
            entry.address.clone(),
            entry.state.clone(),
            entry.member.clone().unwrap_or_else(|| "-".into()),
            seconds(entry.age_ms),
            seconds(entry.left_ms),
        ]
    });
    table(
        &["ADDRESS", "STATE", "MEMBER", "AGE", "LEFT"],
        rows,
        &[3, 4],
    )
}

/// `aarpctl stats`
pub fn stats(stats: &Stats) -> String {
    let up = Row {
        name: "uptime".into(),
        value: stats.uptime_ms / 1000,
        about: "Seconds since aarpd was started".into(),
    };
    let rows = [&up]
        .into_iter()
        .chain(&stats.levels)
        .chain(&stats.counters);
    let rows = rows.map(|row| vec![row.name.clone(), row.value.to_string(), row.about.clone()]);
    table(&["NAME", "VALUE", "ABOUT"], rows, &[1])
}

/// `aarpctl flush`
pub fn flushed(flushed: &Flushed) -> String {
    match flushed.flushed {
        0 => "nothing was known".into(),
        1 => "1 address forgotten".into(),
        n => format!("{n} addresses forgotten"),
    }
}

/// `aarpctl explain`
pub fn explained(said: &Explained) -> String {
    let mut lines = vec![said.address.clone()];
    if let Some(why) = &said.unfit {
        lines.push(format!("  never resolved: {why}"));
        return lines.join("\n");
    }
    lines.push(match &said.rule {
        Some(rule) => format!("  rule: {rule}"),
        None => "  rule: no prefix of aarpd.conf holds it".into(),
    });
    let connect = match &said.entry {
        _ if !said.resolved => "to the address itself".into(),
        Some(entry) => {
            let (found, connect) = match (entry.state.as_str(), &entry.member) {
                (_, Some(member)) => (format!("member {member}"), format!("to {member}")),
                ("unicast", None) => (
                    "the address answered itself".into(),
                    "to the address itself".into(),
                ),
                _ => ("nobody answered".into(), "to the address itself".into()),
            };
            lines.push(format!(
                "  known: {found}, {} ago, for another {}",
                seconds(entry.age_ms),
                seconds(entry.left_ms)
            ));
            connect
        }
        None => {
            lines.push("  known: nothing; it is probed when somebody asks".into());
            "to the nearest member, if one answers".into()
        }
    };
    lines.push(format!("  programs connect {connect}"));
    lines.join("\n")
}
