// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! umux-addrgen: chooses addresses for pools, on request, by lines.

use clap::Parser;
use std::process::ExitCode;
use umux_addrgen::{MethodName, Options, serve::serve};

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

fn main() -> ExitCode {
    let arguments = Arguments::parse();
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
