// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! umuxd: keeps the address pools of umux at their levels.
//!
//! * [`config`]: what the administrator wants
//! * [`pools`]: which pools there shall be, the prefixes of interfaces considered
//! * [`engine`]: decides, without clock, sockets or processes
//! * [`generator`]: processes that choose addresses, and are not trusted
//! * [`outside`]: a helper for what a confined process cannot do
//! * [`sandbox`]: how it is confined
//! * [`input`]: threads that wait for events and signals
//! * [`metrics`]: what Prometheus is told
//! * [`daemon`]: carries out what the engine decides
//! * [`plan`], [`tell`]: words
//! * [`start`]: from the command line to the daemon
//!
//! A library, so that umux-lab runs the same daemon where nothing is installed,
//! and the same engine on virtual time.

mod cli;
pub mod config;
mod daemon;
pub mod engine;
pub mod generator;
mod input;
mod metrics;
mod outside;
mod plan;
mod pools;
mod sandbox;
mod start;
mod tell;

use clap::Parser;
use std::ffi::OsString;
use std::process::ExitCode;
use umux_daemon::exit::EX_USAGE;

/// The argument by which the program is its own helper, whose standard input is the
/// daemon.
pub const HELPER: &str = "--outside";

/// The whole program, for whoever has its arguments (the first is its name).
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    run_carried(&[], arguments)
}

/// The same in a program that carries it: `words` before its arguments make that
/// program this one.
pub fn run_carried(words: &[&str], arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match cli::Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(usage) => {
            let _ = usage.print();
            return ExitCode::from(if usage.use_stderr() { EX_USAGE } else { 0 });
        }
    };
    match start::start(words, &arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("umuxd: {}", failure.why);
            // With --syslog nobody may be reading standard error.
            if arguments.syslog {
                tracing::error!("{}", failure.why);
            }
            ExitCode::from(failure.code)
        }
    }
}
