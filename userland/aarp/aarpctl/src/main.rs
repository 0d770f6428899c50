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
use aarp::control::{Address, Request};
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
    let done = run(&arguments).and_then(|(text, code)| print(&text).map(|()| code));
    match done {
        Ok(code) => ExitCode::from(code as u8),
        Err(failure) => {
            eprintln!("aarpctl: {failure}");
            ExitCode::from(failure.code() as u8)
        }
    }
}

/// What is printed, and how it ends.
fn run(arguments: &Arguments) -> Result<(String, Code), Failure> {
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
        Command::Resolve { .. } => return Ok((String::new(), Code::Ok)),
    };
    let reply = client::ask(&arguments.directory, &request)?;
    if arguments.json {
        return Ok((format!("{reply:#}"), Code::Ok));
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
    .map(|text| (text, Code::Ok))
    .map_err(nonsense)
}

/// Resolves as a program would.
fn resolve(
    arguments: &Arguments,
    address: &cli::Scoped,
    timeout: Option<u64>,
) -> Result<(String, Code), Failure> {
    // SAFETY: there is one thread.
    unsafe { std::env::set_var("AARP_DIRECTORY", &arguments.directory) };
    let cli::Scoped(target) = address;
    let asked = SocketAddrV6::new(target.address, 0, 0, target.scope);
    let limit = timeout.map(Duration::from_millis);
    let resolution = aarp::resolve(&asked, limit).map_err(Failure::Resolve)?;
    resolved(arguments.json, target, resolution)
}

/// What was found; that there is nobody is no success, however it is told.
fn resolved(
    as_json: bool,
    target: &Address,
    resolution: Resolution,
) -> Result<(String, Code), Failure> {
    let (state, member) = match resolution {
        Resolution::Member(member) => {
            let member = aarp_core::Target::new(*member.ip(), member.scope_id());
            ("member", Some(member.to_string()))
        }
        Resolution::Itself => ("itself", None),
        Resolution::Silent => ("silent", None),
    };
    if as_json {
        let code = match resolution {
            Resolution::Silent => Code::Unavailable,
            _ => Code::Ok,
        };
        let text = format!("{:#}", json!({ "state": state, "member": member }));
        return Ok((text, code));
    }
    let text = match (state, member) {
        (_, Some(member)) => member,
        ("silent", None) => return Err(Failure::Silent(*target)),
        _ => format!("{} (as it is)", aarp_core::Target::from(*target)),
    };
    Ok((text, Code::Ok))
}

fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        // `aarpctl cache | head` is no failure.
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(Failure::Print(e)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_no_success_in_json_either() {
        let target = Address {
            address: "2001:db8:a::1".parse().expect("an address"),
            scope: 0,
        };
        let (text, code) = resolved(true, &target, Resolution::Silent).expect("told");
        assert!(text.contains("silent"), "{text}");
        assert_eq!(code, Code::Unavailable);
        let failure = resolved(false, &target, Resolution::Silent).expect_err("nobody");
        assert_eq!(failure.code(), Code::Unavailable);
        let (_, code) = resolved(true, &target, Resolution::Itself).expect("told");
        assert_eq!(code, Code::Ok);
    }
}
