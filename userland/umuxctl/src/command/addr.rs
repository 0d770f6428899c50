// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Single addresses.

use super::lines;
use crate::cli::{Addr, AddrArgs};
use crate::exit::{Code, Failure};
use crate::output::{Output, batch, json, table};
use std::net::Ipv6Addr;
use std::str::FromStr;
use umux_abi::{AddrInfo, Control};

pub fn run(plane: &mut dyn Control, out: Output, command: &Addr) -> Result<Code, Failure> {
    match command {
        Addr::Add { pool, which } => {
            let outcome = plane.addr_add(&pool.id(), &addresses(which)?)?;
            batch::show(out, "added", &pool.id(), &outcome)
        }
        Addr::Del { pool, which } => {
            let outcome = plane.addr_del(&pool.id(), &addresses(which)?)?;
            batch::show(out, "removed", &pool.id(), &outcome)
        }
        Addr::List { state, interface } => {
            let wanted = |info: &AddrInfo| {
                state.is_none_or(|state| state == info.state)
                    && interface
                        .as_ref()
                        .is_none_or(|name| name.as_str() == info.interface)
            };
            let mut addrs = plane.addrs()?;
            addrs.retain(wanted);
            out.show(&json::Addrs::of(&addrs), || table::addrs(&addrs))
        }
    }
}

fn addresses(which: &AddrArgs) -> Result<Vec<Ipv6Addr>, Failure> {
    if which.stdin {
        let addrs: Vec<Address> = lines::of_stdin()?;
        Ok(addrs.into_iter().map(|Address(addr)| addr).collect())
    } else {
        Ok(which.addrs.clone())
    }
}

/// An address whose error names it.
struct Address(Ipv6Addr);

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Address, String> {
        text.parse()
            .map(Address)
            .map_err(|_| format!("{text:?} is no IPv6 address"))
    }
}
