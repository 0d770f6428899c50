// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Addresses that are armed for one connection each.

use crate::cli::{Das, DasArgs};
use crate::exit::{Code, Failure};
use crate::output::{Output, json, table};
use umux_abi::{Control, DasSpec, PoolId};

/// `das ...`
pub fn run(plane: &mut dyn Control, out: Output, command: &Das) -> Result<Code, Failure> {
    match command {
        Das::List => {
            let armed = plane.das_list()?;
            out.show(&json::Armed::of(&armed), || table::armed(&armed))
        }
        Das::Add(args) => add(plane, out, args),
    }
}

fn add(plane: &mut dyn Control, out: Output, args: &DasArgs) -> Result<Code, Failure> {
    let pool = match &args.pool[..] {
        [interface, prefix] => Some(PoolId::new(interface.parse()?, prefix.parse()?)),
        _ => None,
    };
    let spec = DasSpec {
        port: args.port.unwrap_or_default(),
        pid: args.pid,
        fd: args.fd,
        ssa: args.ssa,
        pool,
        client: args.client.unwrap_or_default(),
        lifetime_ms: args.lifetime * 1000,
    };
    let mut addresses = Vec::new();
    let mut failure = None;
    for _ in 0..args.count {
        match plane.das(&spec) {
            Ok(address) => addresses.push(address),
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    // What is armed is told, whatever became of the rest.
    let code = out.show(&json::Addresses::of(&addresses), || {
        let lines: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        lines.join("\n")
    })?;
    match failure {
        Some(error) => Err(error.into()),
        None => Ok(code),
    }
}
