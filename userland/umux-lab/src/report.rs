// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What people see: a timeline while it runs, and a table of what was checked.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use std::fmt;
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How a check ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Not as it should be.
    Failed,
    /// Cannot be checked here.
    Skipped,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Verdict::Ok => "ok",
            Verdict::Failed => "FAILED",
            Verdict::Skipped => "SKIPPED",
        })
    }
}

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// What was checked.
    pub what: String,
    /// How it ended.
    pub verdict: Verdict,
    /// What shows it.
    pub proof: String,
}

/// Timeline and table; clones are the same.
#[derive(Clone)]
pub struct Report(Arc<Inner>);

struct Inner {
    begin: Instant,
    bar: Option<ProgressBar>,
    rows: Mutex<Vec<Row>>,
}

impl Report {
    /// Begins.  There is a progress display if standard error is a terminal.
    pub fn new(stages: u64) -> Report {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{spinner} {bar:24} {pos}/{len} {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = ProgressBar::new(stages).with_style(style);
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Report(Arc::new(Inner {
            begin: Instant::now(),
            bar,
            rows: Mutex::default(),
        }))
    }

    /// A line without a time.
    pub fn plain(&self, text: &str) {
        match &self.0.bar {
            Some(bar) => bar.suspend(|| line(text)),
            None => line(text),
        }
    }

    /// The next part begins.
    pub fn stage(&self, title: &str) {
        if let Some(bar) = &self.0.bar {
            bar.inc(1);
            bar.set_message(title.to_owned());
        }
        self.plain(&format!("\n{title}"));
    }

    /// Something happened, said by whom.
    pub fn say(&self, who: &str, what: impl fmt::Display) {
        let at = self.0.begin.elapsed().as_secs_f64();
        self.plain(&format!("{at:7.2} s  {who:<10} {what}"));
    }

    /// Something was checked.
    pub fn check(&self, what: &str, ok: bool, proof: impl Into<String>) -> bool {
        let verdict = if ok { Verdict::Ok } else { Verdict::Failed };
        self.row(what, verdict, proof);
        ok
    }

    /// Something could not be checked.
    pub fn skip(&self, what: &str, why: impl Into<String>) {
        self.row(what, Verdict::Skipped, why);
    }

    fn row(&self, what: &str, verdict: Verdict, proof: impl Into<String>) {
        let proof = proof.into();
        self.say(&format!("[{verdict}]"), format!("{what}: {proof}"));
        let mut rows = self.0.rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.push(Row {
            what: what.to_owned(),
            verdict,
            proof,
        });
    }

    /// What was checked so far.
    pub fn rows(&self) -> Vec<Row> {
        let rows = self.0.rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.clone()
    }

    /// Shows the table; whether nothing failed.
    pub fn summary(&self) -> bool {
        if let Some(bar) = &self.0.bar {
            bar.finish_and_clear();
        }
        let rows = self.rows();
        let mut table = Table::new();
        table
            .load_preset(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_header(["", "CHECKED", "PROVED BY"]);
        if !std::io::stdout().is_terminal() {
            table.set_width(120);
        }
        for row in &rows {
            table.add_row([&row.verdict.to_string(), &row.what, &row.proof]);
        }
        if let Some(column) = table.column_mut(0) {
            column.set_cell_alignment(CellAlignment::Left);
        }
        for row in table.to_string().lines() {
            line(row.trim_end());
        }
        let count = |verdict| rows.iter().filter(|row| row.verdict == verdict).count();
        line(&format!(
            "\n{} ok, {} failed, {} skipped, in {:.1} s",
            count(Verdict::Ok),
            count(Verdict::Failed),
            count(Verdict::Skipped),
            self.0.begin.elapsed().as_secs_f64()
        ));
        count(Verdict::Failed) == 0
    }
}

/// One line to standard output; that nobody reads it is no reason to stop.
fn line(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failure_is_a_failure_and_a_skip_is_none() {
        let report = Report::new(1);
        report.check("one", true, "seen");
        report.skip("two", "no namespace");
        assert!(report.summary());
        report.check("three", false, "not seen");
        report.check("four", true, "seen");
        assert!(!report.summary());
        assert_eq!(report.rows().len(), 4);
    }
}
