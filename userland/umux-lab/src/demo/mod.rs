// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The main job: a pool, DAD, the uncertain state, sessions, servers, their end, refill.
//!
//! * [`setup`]: the network, and what the steps work with
//! * `steps_pool`, `steps_session`, `steps_server`: what is done and checked, one
//!   function a row or a few

mod setup;
mod steps_pool;
mod steps_server;
mod steps_session;

pub use setup::{Demo, Options};

use crate::report::Report;
use std::io;

/// Parts of the demonstration, for the progress display.
const STAGES: u64 = 9;

/// Runs it; whether all checks passed.
///
/// # Errors
/// The network could not be built, or broke.
pub fn run(options: &Options) -> io::Result<bool> {
    let report = Report::new(STAGES);
    let demo = Demo::start(options, report)?;
    demo.filling()?;
    demo.uncertain()?;
    let live = demo.sessions()?;
    demo.nobody_else(&live)?;
    let over = demo.ending(live)?;
    // While the node waits for TIME_WAIT.
    demo.servers()?;
    demo.ended(&over);
    demo.refill()?;
    demo.finish(options)
}

/// What a thread returned, or its panic.
pub(crate) fn join<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> T {
    match thread.join() {
        Ok(value) => value,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}
