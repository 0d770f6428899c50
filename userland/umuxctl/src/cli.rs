// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What can be said.

pub mod estimate;

use clap::{Args, Parser, Subcommand};
use std::net::Ipv6Addr;
use std::path::PathBuf;
use std::str::FromStr;
use umux_abi::{AddrState, IfName, Miss, PoolId, Prefix};

/// Controls umux: pools of addresses, and the sessions that have them.
#[derive(Debug, Parser)]
#[command(version, disable_help_subcommand = true)]
pub struct Arguments {
    /// Write JSON, for programs.
    #[arg(long, global = true)]
    pub json: bool,
    /// Show no progress.
    #[arg(long, short, global = true)]
    pub quiet: bool,
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
    /// Listeners that accept nothing but through addresses that are armed for them.
    #[command(subcommand)]
    Listen(Listen),
    /// Delayed address setting: arm an address of a pool for one connection to a server.
    #[command(subcommand)]
    Das(Das),
    /// DNS Name Space Override: keys of its parts; needs neither module nor lab.
    #[command(subcommand)]
    Dnso(Dnso),
    /// Counters.
    Stats,
    /// Withdraw all addresses that are in no session.
    Flush {
        /// Only those of this interface.
        interface: Option<IfName>,
    },
    /// Version and limits.
    Info,
    /// Write what a shell needs to complete this command: bash, zsh or fish.
    Completion {
        /// The shell.
        shell: Shell,
    },
    /// Estimate collisions and sizes of pools; needs neither module nor lab.
    #[command(subcommand)]
    Estimate(estimate::Estimate),
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub enum Dnso {
    /// Make a key, and print its public half, which others pin.
    Keygen {
        /// A new file, which nobody else can read.
        file: PathBuf,
    },
    /// Print the public half of a key.
    Pubkey {
        /// Its file.
        file: PathBuf,
    },
}

/// A shell that can complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shell(pub clap_complete::Shell);

impl FromStr for Shell {
    type Err = String;

    fn from_str(text: &str) -> Result<Shell, String> {
        use clap_complete::Shell as Known;
        match text {
            "bash" => Ok(Shell(Known::Bash)),
            "zsh" => Ok(Shell(Known::Zsh)),
            "fish" => Ok(Shell(Known::Fish)),
            "sh" => Err("FreeBSD's sh completes file names only: write bash, zsh or fish".into()),
            "csh" | "tcsh" => Err("there is none for tcsh: write bash, zsh or fish".into()),
            _ => Err("write bash, zsh or fish".into()),
        }
    }
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
    #[arg(long, value_name = "SECONDS", default_value_t = 30, requires = "wait")]
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

/// What to do with listeners.
#[derive(Debug, Subcommand)]
pub enum Listen {
    /// Show the guarded listeners (LISTEN_0).
    List,
    /// Show the rules that say who is guarded, in the order in which they are tried.
    Rules,
    /// Add a rule: guard|legacy [addr PREFIX] [port N[-M]] [uid N[-M]] [jail JID]
    Add {
        /// Put it at this place; it is the last without.
        #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
        at: Option<u32>,
        #[command(flatten)]
        apply: Apply,
        /// The rule.
        #[arg(required = true)]
        words: Vec<String>,
    },
    /// Remove a rule.
    Del {
        /// Its number in the list of rules.
        #[arg(value_parser = clap::value_parser!(u32).range(1..))]
        number: u32,
        #[command(flatten)]
        apply: Apply,
    },
    /// Replace all rules by those of a file.
    Install {
        /// The file, `-` for standard input: one rule a line.
        file: PathBuf,
        #[command(flatten)]
        apply: Apply,
    },
    /// Remove all rules.
    Flush {
        #[command(flatten)]
        apply: Apply,
    },
    /// Judge all that listen already by the rules there are.
    Apply,
}

/// Whom rules are for.
#[derive(Debug, Clone, Copy, Args)]
pub struct Apply {
    /// Judge those that listen already, too; rules hold for new listeners without.
    #[arg(long)]
    pub apply: bool,
}

/// What to do with armed addresses.
#[derive(Debug, Subcommand)]
pub enum Das {
    /// Arm an address, and print it; it can be connected to at once.
    Add(DasArgs),
    /// Show the armed addresses, and those that have their connection.
    List,
}

/// What to arm.
#[derive(Debug, Args)]
pub struct DasArgs {
    /// TCP port of the listener, a number or a name of /etc/services.
    #[arg(value_name = "PORT", value_parser = crate::service::tcp_port, required_unless_present = "fd")]
    pub port: Option<u16>,
    /// The listener is this descriptor, which umuxctl was started with.
    #[arg(long, value_name = "N", conflicts_with_all = ["port", "pid"], value_parser = clap::value_parser!(i32).range(0..))]
    pub fd: Option<i32>,
    /// The process that called listen(), if several do on this port.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub pid: Option<u32>,
    /// This address, which must be uncertain; the next one of the pool without.
    #[arg(long, value_name = "ADDRESS")]
    pub ssa: Option<Ipv6Addr>,
    /// For this client only, an address or a prefix; for whoever comes first without.
    #[arg(long, value_name = "PREFIX", value_parser = client)]
    pub client: Option<ipnet::Ipv6Net>,
    /// How long it waits for the client.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub lifetime: u32,
    /// From the pool of this interface and prefix, for example em0 2001:db8:1::/64.
    #[arg(long, num_args = 2, value_names = ["INTERFACE", "PREFIX"])]
    pub pool: Vec<String>,
    /// Arm so many, and print each on a line.
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "ssa", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub count: u32,
}

/// An address stands for itself.
fn client(text: &str) -> Result<ipnet::Ipv6Net, String> {
    let net = text
        .parse()
        .or_else(|_| text.parse().map(|addr: Ipv6Addr| addr.into()))
        .map_err(|_| "write an IPv6 address, or ADDRESS/LENGTH".to_string())?;
    match ipnet::Ipv6Net::trunc(&net) {
        whole if whole == net => Ok(net),
        whole => Err(format!(
            "it has bits beyond its length; did you mean {whole}?"
        )),
    }
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
