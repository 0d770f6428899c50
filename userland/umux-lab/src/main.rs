// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! umux-lab: umux at work, without FreeBSD.

mod cli;

use clap::Parser;
use cli::Arguments;
use std::process::ExitCode;
use umux_lab::demo;
use umux_lab::link::choose::choose;

// sysexits(3)
const EX_USAGE: u8 = 64;
const EX_UNAVAILABLE: u8 = 69;
const EX_OSERR: u8 = 71;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    if let Some(code) = umux_lab::daemon::carried(&arguments) {
        return code;
    }
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(usage) => {
            let _ = usage.print();
            return ExitCode::from(if usage.use_stderr() { EX_USAGE } else { 0 });
        }
    };
    let (link, obstacle) = match choose(arguments.link) {
        Ok(chosen) => chosen,
        Err(why) => return fail(EX_UNAVAILABLE, &why),
    };
    let options = demo::Options {
        link,
        obstacle,
        svg: arguments.svg,
        seed: arguments.seed,
    };
    match demo::run(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => fail(EX_OSERR, &e),
    }
}

fn fail(code: u8, why: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("umux-lab: {why}");
    ExitCode::from(code)
}
