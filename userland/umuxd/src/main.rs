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
//! * [`plan`], [`tell`], [`logging`]: words, and where they go
//! * [`start`]: from the command line to the daemon

mod cli;
mod config;
mod daemon;
mod engine;
mod generator;
mod input;
mod logging;
mod metrics;
mod outside;
mod plan;
mod pools;
mod sandbox;
mod start;
mod tell;

use clap::Parser;
use start::EX_USAGE;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = match cli::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(usage) => {
            let _ = usage.print();
            return ExitCode::from(if usage.use_stderr() { EX_USAGE } else { 0 });
        }
    };
    match start::start(&arguments) {
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
