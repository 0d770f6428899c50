// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What can be said.

pub mod estimate;

use clap::{Args, Parser, Subcommand};
use std::net::Ipv6Addr;
use std::path::PathBuf;
use umux_abi::{AddrState, IfName, Miss, PoolId, Prefix};

/// Controls umux: pools of addresses, and the sessions that have them.
#[derive(Debug, Parser)]
#[command(version, disable_help_subcommand = true)]
pub struct Arguments {
    /// Write JSON, for programs.
    #[arg(long, global = true)]
    pub json: bool,
    /// Work on the plane of the lab whose socket is PATH, not on the module's.
    #[arg(long, global = true, value_name = "PATH")]
    pub lab: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Nouns and single verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Pools: addresses that are reserved and ready, per interface and prefix.
    #[command(subcommand)]
    Pool(Pool),
    /// Single addresses.
    #[command(subcommand)]
    Addr(Addr),
    /// Sessions.
    #[command(subcommand)]
    Session(Session),
    /// The policy table of RFC 6724, by which a session's prefix is chosen.
    #[command(subcommand)]
    Policy(Policy),
    /// Rules that say which sessions get addresses of their own.
    #[command(subcommand)]
    Rule(Rule),
    /// Counters.
    Stats,
    /// Withdraw all addresses that are in no session.
    Flush {
        /// Only those of this interface.
        interface: Option<IfName>,
    },
    /// Version and limits.
    Info,
    /// Estimate collisions and sizes of pools; needs neither module nor lab.
    #[command(subcommand)]
    Estimate(estimate::Estimate),
}

/// Which pool.
#[derive(Debug, Args)]
pub struct PoolArgs {
    /// Its interface, for example em0.
    pub interface: IfName,
    /// Its prefix, for example 2001:db8:1::/64; it must be on-link there.
    pub prefix: Prefix,
}

impl PoolArgs {
    /// The pool's name.
    pub fn id(&self) -> PoolId {
        PoolId::new(self.interface.clone(), self.prefix)
    }
}

/// How to fill a pool.
#[derive(Debug, Args)]
pub struct FillArgs {
    /// Return when their duplicate address detection is over.
    #[arg(long)]
    pub wait: bool,
    /// How long --wait waits.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub timeout: u64,
    /// Let the addresses share N low-24-bit suffixes, so that few multicast groups are joined.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=65536))]
    pub groups: Option<u32>,
}

/// What to do with pools.
#[derive(Debug, Subcommand)]
pub enum Pool {
    /// Make a pool.
    Add {
        #[command(flatten)]
        pool: PoolArgs,
        /// What a connect() does that finds the pool empty: legacy (use the host's own address) or refuse.
        #[arg(long, value_name = "POLICY", default_value_t)]
        miss: Miss,
        /// Replace unused addresses after so many seconds; 0: never.
        #[arg(long, value_name = "SECONDS", default_value_t = 0)]
        max_age: u32,
        /// Let at least so much time pass between two events.
        #[arg(long, value_name = "MILLISECONDS", default_value_t = umux_abi::PoolSpec::NOTIFY_MS)]
        notify: u32,
        /// Put so many random addresses into it.
        #[arg(long, value_name = "COUNT")]
        fill: Option<u32>,
        #[command(flatten)]
        how: FillArgs,
    },
    /// Remove a pool.
    Del {
        #[command(flatten)]
        pool: PoolArgs,
        /// Even if its addresses have sessions.
        #[arg(long)]
        force: bool,
    },
    /// Show the pools.
    List,
    /// Put random addresses into a pool; umuxd does this by itself.
    Fill {
        #[command(flatten)]
        pool: PoolArgs,
        /// How many.
        count: u32,
        #[command(flatten)]
        how: FillArgs,
    },
}

/// What to do with addresses.
#[derive(Debug, Subcommand)]
pub enum Addr {
    /// Put addresses into a pool.
    Add {
        #[command(flatten)]
        pool: PoolArgs,
        #[command(flatten)]
        which: AddrArgs,
    },
    /// Take addresses out of a pool.
    Del {
        #[command(flatten)]
        pool: PoolArgs,
        #[command(flatten)]
        which: AddrArgs,
    },
    /// Show the addresses.
    List {
        /// Only those in this state.
        #[arg(long)]
        state: Option<AddrState>,
        /// Only those of this interface.
        #[arg(long)]
        interface: Option<IfName>,
    },
}

/// Which addresses.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct AddrArgs {
    /// The addresses.
    #[arg(value_name = "ADDRESS")]
    pub addrs: Vec<Ipv6Addr>,
    /// Read them from standard input, one a line; `#` begins a comment.
    #[arg(long)]
    pub stdin: bool,
}

/// What to do with sessions.
#[derive(Debug, Subcommand)]
pub enum Session {
    /// Show the sessions.
    List,
}

/// What to do with the policy table.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Show it.
    List,
    /// Replace it by what a file for ip6addrctl(8) says.
    Install {
        /// The file, `-` for standard input: PREFIX PRECEDENCE LABEL on each line.
        file: PathBuf,
    },
    /// Back to the default table of RFC 6724.
    Reset,
    /// Remove all rows: prefixes are then chosen by their match alone.
    Flush,
}

/// What to do with rules.
#[derive(Debug, Subcommand)]
pub enum Rule {
    /// Show them, in the order in which they are tried.
    List,
    /// Add one: unify|legacy [dst PREFIX] [proto tcp|udp] [port N[-M]] [uid N[-M]] [jail JID] [wish none|temporary|public]
    Add {
        /// Put it at this place; it is the last without.
        #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
        at: Option<u32>,
        /// The rule.
        #[arg(required = true)]
        words: Vec<String>,
    },
    /// Remove one.
    Del {
        /// Its number in the list.
        #[arg(value_parser = clap::value_parser!(u32).range(1..))]
        number: u32,
    },
    /// Replace all of them by those of a file.
    Install {
        /// The file, `-` for standard input: one rule a line.
        file: PathBuf,
    },
    /// Back to the default rules.
    Reset,
    /// Remove all: every session gets an address, but for those that wish for the public one.
    Flush,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn json_and_lab_may_stand_anywhere() {
        for line in [
            "umuxctl --json pool list",
            "umuxctl pool --json list",
            "umuxctl pool list --json --lab /tmp/lab",
        ] {
            let arguments = Arguments::try_parse_from(line.split(' ')).expect(line);
            assert!(arguments.json, "{line}");
        }
    }
}
