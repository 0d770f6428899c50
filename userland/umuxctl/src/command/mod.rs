// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What is done, one file a noun.

mod addr;
mod completion;
mod das;
mod dnso;
mod estimate;
mod fill;
mod lines;
mod listen;
mod policy;
mod pool;
mod progress;

use crate::cli::{Arguments, Command, Session};
use crate::exit::{Code, Failure};
use crate::output::{self, Output, json, table};
use umux_abi::{Control, PlaneRef};

/// Runs a command; the plane is opened when the command line is known to be good.
pub fn run(arguments: &Arguments) -> Result<Code, Failure> {
    let out = Output {
        json: arguments.json,
        progress: !arguments.json && !arguments.quiet,
    };
    match &arguments.command {
        Command::Completion { shell } => return completion::run(*shell),
        Command::Estimate(command) => return estimate::run(out, command),
        Command::Dnso(command) => return dnso::run(out, command),
        _ => {}
    }
    let mut plane = PlaneRef::from_lab_option(arguments.lab.as_deref()).control()?;
    let plane: &mut dyn Control = plane.as_mut();
    match &arguments.command {
        Command::Pool(command) => pool::run(plane, out, command),
        Command::Addr(command) => addr::run(plane, out, command),
        Command::Session(Session::List) => {
            let sessions = plane.sessions()?;
            out.show(&json::Sessions::of(&sessions), || {
                table::sessions(&sessions)
            })
        }
        Command::Policy(command) => policy::labels(plane, out, command),
        Command::Rule(command) => policy::rules(plane, out, command),
        Command::Listen(command) => listen::run(plane, out, command),
        Command::Das(command) => das::run(plane, out, command),
        Command::Stats => {
            let counters = plane.stats()?;
            out.show(&json::Stats::of(&counters), || table::stats(&counters))
        }
        Command::Info => {
            let info = plane.info()?;
            out.show(&json::Info::of(&info), || table::info(&info))
        }
        // Done above, without a plane.
        Command::Completion { shell } => completion::run(*shell),
        Command::Estimate(command) => estimate::run(out, command),
        Command::Dnso(command) => dnso::run(out, command),
        Command::Flush { interface } => {
            let flushed = plane.flush(interface.as_ref())?;
            out.show(&json::Flushed::of(flushed), || {
                format!("{} withdrawn", output::count(flushed as usize, "address"))
            })
        }
    }
}
