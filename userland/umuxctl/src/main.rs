// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! umuxctl: controls umux.
//!
//! * [`cli`]: what can be said
//! * [`command`]: what is then done, one file a noun
//! * [`output`]: tables for people, JSON for programs
//! * [`exit`]: how it ends
//! * [`service`]: names of ports

mod cli;
mod command;
mod exit;
mod output;
mod service;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = match cli::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(usage) => return exit::usage(&usage),
    };
    match command::run(&arguments) {
        Ok(code) => code.into(),
        Err(failure) => {
            eprintln!("umuxctl: {failure}");
            failure.code().into()
        }
    }
}
