// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The counts that are in the repository, and what is said about new ones.

use super::callgrind::Counts;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// What is allowed beyond the baseline: made by a compiler of the same minor
/// version, and by another.
const LIMITS: (f64, f64) = (0.10, 0.30);
/// Less than so many instructions more are no regression, whatever their share.
const GRAIN: f64 = 2.0;
/// Before the names of what is only there to be compared with.
pub const PEER: &str = "peer: ";

const RENEW: &str = "cargo bench -p umux-core --bench instructions -- --renew";

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches/instructions/baseline.txt")
}

/// Version of the compiler without its last part.
fn compiler() -> String {
    let output = Command::new("rustc").arg("--version").output();
    let text = output.map_or(String::new(), |output| {
        String::from_utf8_lossy(&output.stdout).into_owned()
    });
    let version = text.split_whitespace().nth(1).unwrap_or("unknown");
    version
        .rsplit_once('.')
        .map_or(version, |(minor, _)| minor)
        .to_owned()
}

/// Writes the baseline.
pub fn renew(counts: &Counts) -> ExitCode {
    let mut text = format!(
        "# Instructions an operation (x86-64, Callgrind).  To renew:\n# {RENEW}\nrustc\t{}\n",
        compiler()
    );
    for (name, count) in counts.iter().filter(|(name, _)| !name.starts_with(PEER)) {
        text += &format!("{name}\t{count:.1}\n");
    }
    match std::fs::write(path(), text) {
        Ok(()) => {
            println!("wrote {}", path().display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}: {error}", path().display());
            ExitCode::FAILURE
        }
    }
}

/// Prints the counts beside the baseline's.  Failure if one is over the limit, or
/// is not in the baseline.
pub fn compare(counts: &Counts) -> ExitCode {
    let text = match std::fs::read_to_string(path()) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("{}: {error}; make it with: {RENEW}", path().display());
            return ExitCode::FAILURE;
        }
    };
    let lines = || text.lines().filter_map(|line| line.split_once('\t'));
    let made_by = lines().find(|(name, _)| *name == "rustc").map(|(_, by)| by);
    let now = compiler();
    let limit = if made_by == Some(now.as_str()) {
        LIMITS.0
    } else {
        println!(
            "The baseline is of rustc {}, this is {now}: the limit is {:.0} %.  Renew it: {RENEW}",
            made_by.unwrap_or("unknown"),
            LIMITS.1 * 100.0
        );
        LIMITS.1
    };
    println!("| operation | instructions | baseline | |\n|---|---:|---:|---:|");
    let mut failed = Vec::new();
    for (name, count) in counts {
        let before = lines()
            .find(|(known, _)| known == name)
            .and_then(|(_, count)| count.parse::<f64>().ok());
        match before {
            Some(before) => {
                let share = (count - before) / before;
                println!(
                    "| {name} | {count:.1} | {before:.1} | {:+.1} % |",
                    share * 100.0
                );
                if share > limit && count - before > GRAIN {
                    failed.push(format!("{name}: {count:.1} instead of {before:.1}"));
                }
            }
            None => {
                println!("| {name} | {count:.1} | | |");
                if !name.starts_with(PEER) {
                    failed.push(format!("{name} is not in the baseline; renew it: {RENEW}"));
                }
            }
        }
    }
    for line in &failed {
        eprintln!("REGRESSION: {line}");
    }
    if failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        eprintln!("If it is meant to be so, renew the baseline: {RENEW}");
        ExitCode::FAILURE
    }
}
