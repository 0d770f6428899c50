// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Tables for people, JSON for programs.

pub mod batch;
pub mod json;
pub mod table;

use crate::exit::{Code, Failure};
use serde::Serialize;
use std::io::{ErrorKind, Write};

/// Which of the two.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// JSON is asked for.
    pub json: bool,
    /// Progress may be shown, if there is a terminal.
    pub progress: bool,
}

impl Output {
    /// Shows a result.
    pub fn show(
        self,
        value: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> Result<Code, Failure> {
        let text = if self.json {
            serde_json::to_string_pretty(value)
                .map_err(|e| Failure::Stream("write JSON", e.into()))?
        } else {
            text()
        };
        if !text.is_empty() {
            print(&text)?;
        }
        Ok(Code::Ok)
    }
}

/// Writes a text, and the end of its line.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        // `umuxctl addr list | head` is no failure.
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(Failure::Stream("write the result", e)),
        _ => Ok(()),
    }
}

/// `1 address`, `2 addresses`
pub fn count(n: usize, noun: &str) -> String {
    match (n, noun) {
        (1, _) => format!("1 {noun}"),
        (_, "address") => format!("{n} addresses"),
        _ => format!("{n} {noun}s"),
    }
}
