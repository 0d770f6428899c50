// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Single addresses.

use crate::cli::{Addr, AddrArgs};
use crate::exit::{Code, Failure};
use crate::output::{Output, batch, json, table};
use std::io::BufRead;
use std::net::Ipv6Addr;
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
        read(std::io::stdin().lock())
    } else {
        Ok(which.addrs.clone())
    }
}

/// Addresses one a line; the whole input must be good before any of it is used.
fn read(input: impl BufRead) -> Result<Vec<Ipv6Addr>, Failure> {
    let mut addrs = Vec::new();
    for (index, line) in input.lines().enumerate() {
        let line = line.map_err(|e| Failure::Stream("read standard input", e))?;
        let text = line.split('#').next().unwrap_or_default().trim();
        if text.is_empty() {
            continue;
        }
        addrs.push(text.parse().map_err(|_| Failure::Line {
            line: index + 1,
            text: text.to_owned(),
        })?);
    }
    Ok(addrs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_blank_lines_are_skipped() {
        let addrs = read(&b"# mine\n\n2001:db8::1 # one\n  2001:db8::2\n"[..]).expect("good lines");
        assert_eq!(addrs.len(), 2);
    }

    #[test]
    fn a_bad_line_is_named_by_its_number() {
        let failure = read(&b"2001:db8::1\n10.0.0.1\n"[..]).expect_err("IPv4");
        assert_eq!(
            failure.to_string(),
            "line 2 of the input: \"10.0.0.1\" is no IPv6 address"
        );
    }
}
