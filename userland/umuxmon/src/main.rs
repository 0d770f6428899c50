// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! umuxmon: shows what the routing socket tells, umux's messages above all.
//!
//! * [`cli`]: what can be said
//! * [`source`]: messages as they come
//! * [`filter`]: which of them are shown
//! * [`line`]: a line for people, an object for programs
//! * [`lines`]: line after line
//! * [`top`]: the live view

mod cli;
mod filter;
mod line;
mod lines;
mod source;
mod top;

use clap::Parser;
use std::process::ExitCode;
use umux_abi::Error;

// sysexits(3)
const EX_USAGE: u8 = 64;
const EX_UNAVAILABLE: u8 = 69;
const EX_OSERR: u8 = 71;
const EX_NOPERM: u8 = 77;

/// Why it ends.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The plane, or the way to it.
    #[error(transparent)]
    Plane(#[from] Error),
    /// The terminal, or standard output.
    #[error("cannot {0}: {1}")]
    Stream(&'static str, std::io::Error),
    /// `--top` into a file.
    #[error("--top needs a terminal: for programs there is --json")]
    NoTerminal,
}

fn main() -> ExitCode {
    let arguments = match cli::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(usage) => {
            let _ = usage.print();
            return ExitCode::from(if usage.use_stderr() { EX_USAGE } else { 0 });
        }
    };
    let ended = if arguments.top {
        top::run(&arguments)
    } else {
        lines::run(&arguments)
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("umuxmon: {failure}");
            ExitCode::from(match failure {
                Failure::NoTerminal => EX_USAGE,
                Failure::Stream(..) | Failure::Plane(Error::Io { .. }) => EX_OSERR,
                Failure::Plane(Error::NotAllowed) => EX_NOPERM,
                Failure::Plane(_) => EX_UNAVAILABLE,
            })
        }
    }
}
