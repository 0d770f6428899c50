// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What can be said.

use aarp::control::Address;
use clap::{Parser, Subcommand};
use nix::net::if_::if_nametoindex;
use std::net::Ipv6Addr;
use std::path::PathBuf;
use std::str::FromStr;

/// Looks into aarpd, which resolves IPv6 anycast addresses.
#[derive(Debug, Parser)]
#[command(version, disable_help_subcommand = true)]
pub struct Arguments {
    /// Write JSON, for programs.
    #[arg(long, global = true)]
    pub json: bool,
    /// The directory of aarpd's sockets.
    #[arg(long, global = true, value_name = "PATH", default_value = aarp::place::DIRECTORY)]
    pub directory: PathBuf,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show all that is known.
    Cache,
    /// Show counters.
    Stats,
    /// Forget what is known of an address, or of all: it is asked for again at the next
    /// start of a session.
    Flush {
        /// Only this.
        address: Option<Scoped>,
    },
    /// Say what is done for an address, and why.
    Explain {
        /// Which; a link-local one with its interface, as in fe80::1%em0.
        address: Scoped,
    },
    /// Resolve an address, as a program would.
    Resolve {
        /// Which; a link-local one with its interface, as in fe80::1%em0.
        address: Scoped,
        /// Wait so long at most.
        #[arg(long, value_name = "MILLISECONDS")]
        timeout: Option<u64>,
    },
}

/// An address, with its interface if it has one.
#[derive(Debug, Clone, Copy)]
pub struct Scoped(pub Address);

impl FromStr for Scoped {
    type Err = String;

    fn from_str(text: &str) -> Result<Scoped, String> {
        let (address, interface) = match text.split_once('%') {
            Some((address, interface)) => (address, Some(interface)),
            None => (text, None),
        };
        let address: Ipv6Addr = address
            .parse()
            .map_err(|_| format!("{address:?} is no IPv6 address"))?;
        let scope = match interface {
            None => 0,
            Some(name) => name
                .parse()
                .or_else(|_| if_nametoindex(name))
                .map_err(|_| format!("there is no interface {name:?}"))?,
        };
        if address.is_unicast_link_local() && scope == 0 {
            return Err(format!(
                "on which link? write {address}%INTERFACE, for example {address}%em0"
            ));
        }
        Ok(Scoped(Address { address, scope }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_link_local_address_has_its_interface() {
        let scope = |text: &str| text.parse::<Scoped>().map(|scoped| scoped.0.scope);
        assert_eq!(scope("2001:db8::1"), Ok(0));
        assert_eq!(scope("fe80::1%7"), Ok(7));
        assert!(scope("fe80::1").is_err_and(|why| why.contains("fe80::1%em0")));
        assert!(scope("fe80::1%xyz9").is_err_and(|why| why.contains("xyz9")));
        assert!(scope("192.0.2.1").is_err());
    }
}
