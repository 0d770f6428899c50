// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The program, for whoever has its arguments.

use crate::{MethodName, Options, serve::serve};
use clap::Parser;
use std::ffi::OsString;
use std::process::ExitCode;

/// Chooses IPv6 addresses for umux pools.
///
/// Reads lines `gen COUNT PREFIX/LEN` and answers each with COUNT addresses, one a
/// line, and a line `.`; or with one line `err REASON`. Ends when its input ends.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// How addresses are chosen.
    #[arg(long, value_enum, default_value_t)]
    method: MethodName,
    /// Let addresses share N low-24-bit suffixes, so that few multicast groups are joined.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=65536))]
    groups: Option<u32>,
}

/// Serves standard input until it ends; the first argument is the program's name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = Arguments::parse_from(arguments);
    let options = Options {
        groups: arguments.groups,
    };
    let mut method = arguments.method.start(&options);
    match serve(
        method.as_mut(),
        std::io::stdin().lock(),
        std::io::stdout().lock(),
    ) {
        Ok(()) => ExitCode::SUCCESS,
        // The daemon went away: nothing to say, and nobody to say it to.
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("umux-addrgen: {e}");
            ExitCode::FAILURE
        }
    }
}
