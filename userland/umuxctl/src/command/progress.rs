// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A bar that shows how far `--wait` is, on a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Duration;

const LOOK: &str = "{msg:20} [{bar:40}] {pos}/{len} {elapsed}";

/// The bar; it goes when this is dropped.
pub struct Progress(ProgressBar);

impl Progress {
    /// For so many addresses. It is written to standard error, and only if that is a
    /// terminal.
    pub fn new(shown: bool, count: u32) -> Progress {
        let target = if shown {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(count.into()), target);
        if let Ok(style) = ProgressStyle::with_template(LOOK) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.enable_steady_tick(Duration::from_millis(250));
        Progress(bar)
    }

    /// This is being done, and so many are done.
    pub fn at(&self, what: &'static str, done: u32) {
        self.0.set_message(what);
        self.0.set_position(done.into());
    }

    /// There are this many in all.
    pub fn of(&self, count: u32) {
        self.0.set_length(count.into());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
