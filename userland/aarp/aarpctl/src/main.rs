// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! aarpctl: looks into aarpd.
//!
//! * [`cli`]: what can be said
//! * [`client`]: asking aarpd
//! * [`show`]: its answers, for people
//! * [`exit`]: how it ends

mod cli;
mod client;
mod exit;
mod show;

use aarp::Resolution;
use aarp::control::Request;
use clap::Parser;
use cli::{Arguments, Command};
use exit::{Code, Failure};
use serde_json::json;
use std::io::{ErrorKind, Write};
use std::net::SocketAddrV6;
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(usage) => {
            let _ = usage.print();
            return ExitCode::from(if usage.use_stderr() {
                Code::Usage
            } else {
                Code::Ok
            } as u8);
        }
    };
    let done = run(&arguments).and_then(|text| print(&text));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("aarpctl: {failure}");
            ExitCode::from(failure.code() as u8)
        }
    }
}

/// What is printed.
fn run(arguments: &Arguments) -> Result<String, Failure> {
    if let Command::Resolve { address, timeout } = &arguments.command {
        return resolve(arguments, address, *timeout);
    }
    let request = match &arguments.command {
        Command::Cache => Request::Cache {},
        Command::Stats => Request::Stats {},
        Command::Flush { address } => Request::Flush {
            target: address.map(|address| address.0),
        },
        Command::Explain { address } => Request::Explain { target: address.0 },
        Command::Resolve { .. } => return Ok(String::new()),
    };
    let reply = client::ask(&arguments.directory, &request)?;
    if arguments.json {
        return Ok(format!("{reply:#}"));
    }
    let nonsense = |_| Failure::Nonsense;
    match &arguments.command {
        Command::Cache => serde_json::from_value(reply).map(|cache| show::cache(&cache)),
        Command::Stats => serde_json::from_value(reply).map(|stats| show::stats(&stats)),
        Command::Flush { .. } => {
            serde_json::from_value(reply).map(|flushed| show::flushed(&flushed))
        }
        _ => serde_json::from_value(reply).map(|explained| show::explained(&explained)),
    }
    .map_err(nonsense)
}

/// Resolves as a program would.
fn resolve(
    arguments: &Arguments,
    address: &cli::Scoped,
    timeout: Option<u64>,
) -> Result<String, Failure> {
    // SAFETY: there is one thread.
    unsafe { std::env::set_var("AARP_DIRECTORY", &arguments.directory) };
    let cli::Scoped(target) = address;
    let asked = SocketAddrV6::new(target.address, 0, 0, target.scope);
    let limit = timeout.map(Duration::from_millis);
    let resolution = aarp::resolve(&asked, limit).map_err(Failure::Resolve)?;
    let (state, member) = match resolution {
        Resolution::Member(member) => {
            let member = aarp_core::Target::new(*member.ip(), member.scope_id());
            ("member", Some(member.to_string()))
        }
        Resolution::Itself => ("itself", None),
        Resolution::Silent => ("silent", None),
    };
    if arguments.json {
        return Ok(format!("{:#}", json!({ "state": state, "member": member })));
    }
    match (state, member) {
        (_, Some(member)) => Ok(member),
        ("silent", None) => Err(Failure::Silent(*target)),
        _ => Ok(format!("{} (as it is)", aarp_core::Target::from(*target))),
    }
}

fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        // `aarpctl cache | head` is no failure.
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(Failure::Print(e)),
        _ => Ok(()),
    }
}
