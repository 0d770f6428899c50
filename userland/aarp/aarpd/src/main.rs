// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! aarpd: resolves IPv6 anycast addresses for the programs of a host.
//!
//! * [`cli`], [`config`], [`plan`]: what the administrator wants
//! * [`start`]: from the command line to the daemon
//! * [`place`]: the directory where programs find it
//! * [`sender`]: a process that sends Echo Requests, and nothing else
//! * [`receiver`]: the socket on which replies come in
//! * [`clients`]: programs that ask
//! * [`control`]: the way in for aarpctl(8)
//! * [`explain`]: what it is told
//! * [`sandbox`]: how both processes are confined
//! * [`daemon`]: the loop that has all of them
//! * [`input`]: signals and scrapes, from threads of their own
//! * [`metrics`]: what Prometheus is told
//!
//! What is decided, aarp-core decides.

mod cli;
mod clients;
mod config;
mod control;
mod daemon;
mod explain;
mod input;
mod metrics;
mod place;
mod plan;
mod receiver;
mod sandbox;
mod sender;
mod start;

use clap::Parser;
use std::process::ExitCode;
use umux_daemon::exit::EX_USAGE;

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
            eprintln!("aarpd: {}", failure.why);
            ExitCode::from(failure.code)
        }
    }
}
