// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Servers: rules of who listens as LISTEN_0, listeners, and addresses that are armed
//! for them.

use super::words::{jail, name, net, range, rule_words, verdict, write_range};
use crate::{Error, PoolId, Result};
use ipnet::Ipv6Net;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

/// What a rule for listeners says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ListenVerdict {
    /// It accepts only what comes through an address that was armed: LISTEN_0.
    Guard,
    /// It listens as it always did.
    Legacy,
}

/// A rule for listeners; of several, the first that matches decides, and where none
/// does a listener is legacy.
///
/// As text: the verdict, then any of `addr PREFIX` (`::/128`: those on all addresses),
/// `port N` or `N-M`, `uid N` or `N-M`, `jail JID`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListenRule {
    /// What it says.
    pub verdict: ListenVerdict,
    /// Local addresses, `None`: any.
    pub addr: Option<Ipv6Net>,
    /// Local ports, first and last.
    pub ports: (u16, u16),
    /// Users by number, first and last.
    pub uids: (u32, u32),
    /// Jail by number, 0: the host; `None`: any.
    pub jail: Option<u32>,
}

impl ListenRule {
    /// The rule that matches every listener.
    pub const fn all(verdict: ListenVerdict) -> ListenRule {
        ListenRule {
            verdict,
            addr: None,
            ports: (0, u16::MAX),
            uids: (0, u32::MAX),
            jail: None,
        }
    }
}

const VERDICTS: [(&str, ListenVerdict); 2] = [
    ("guard", ListenVerdict::Guard),
    ("legacy", ListenVerdict::Legacy),
];

impl FromStr for ListenRule {
    type Err = Error;

    fn from_str(line: &str) -> Result<ListenRule> {
        let mut rule = ListenRule::all(verdict(line, "verdict for listeners", &VERDICTS)?);
        rule_words(
            line,
            "rule for listeners",
            "addr, port, uid, jail",
            |key, text| {
                match key {
                    "addr" => rule.addr = Some(net(text)?),
                    "port" => rule.ports = range("port", text)?,
                    "uid" => rule.uids = range("user number", text)?,
                    "jail" => rule.jail = jail(text)?,
                    _ => return Ok(false),
                }
                Ok(true)
            },
        )?;
        Ok(rule)
    }
}

impl fmt::Display for ListenRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = ListenRule::all(self.verdict);
        f.write_str(name(&VERDICTS, &self.verdict))?;
        if let Some(addr) = &self.addr {
            write!(f, " addr {addr}")?;
        }
        if self.ports != all.ports {
            write_range(f, "port", &self.ports)?;
        }
        if self.uids != all.uids {
            write_range(f, "uid", &self.uids)?;
        }
        if let Some(jail) = self.jail {
            write!(f, " jail {jail}")?;
        }
        Ok(())
    }
}

/// A LISTEN_0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListenInfo {
    /// The address that it is bound to, `::` for all.
    pub address: Ipv6Addr,
    /// Its port.
    pub port: u16,
    /// It takes IPv4 too, which is guarded as well.
    pub dual_stack: bool,
    /// Whose it is.
    pub uid: u32,
    /// Its jail's number, 0: the host.
    pub jail: u32,
    /// The process that called listen(), 0: it listened before it was guarded.
    pub pid: u32,
    /// Addresses that are armed for it now.
    pub waiting: u32,
    /// Addresses that ever were.
    pub made: u64,
    /// Milliseconds since it became one.
    pub age_ms: u64,
}

/// An address that is to be armed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DasSpec {
    /// Port of the listener.
    pub port: u16,
    /// The process that listens, `None`: whichever does.
    pub pid: Option<u32>,
    /// This process's own descriptor of the listener, which is meant then
    /// whatever port and process are said.
    pub fd: Option<i32>,
    /// The address, which has to be uncertain in its pool; `None`: the next one.
    pub ssa: Option<Ipv6Addr>,
    /// The pool that it is from, `None`: any.
    pub pool: Option<PoolId>,
    /// Whom it is for; `::/0`: whoever comes first.
    pub client: Ipv6Net,
    /// Milliseconds that it waits, 1 to a day.
    pub lifetime_ms: u32,
}

/// Where an armed address stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DasPhase {
    /// The first SYN gets it.
    Armed,
    /// It came, and is answered.
    Locked,
    /// The handshake may be complete.
    Acked,
    /// It has its connection.
    Established,
    /// The connection is over.
    Closing,
}

impl fmt::Display for DasPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            DasPhase::Armed => "armed",
            DasPhase::Locked => "locked",
            DasPhase::Acked => "acked",
            DasPhase::Established => "established",
            DasPhase::Closing => "closing",
        })
    }
}

/// An address that was armed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DasInfo {
    /// The address.
    pub ssa: Ipv6Addr,
    /// Port of the listener.
    pub port: u16,
    /// Where it stands.
    pub phase: DasPhase,
    /// Whom it is for; once locked, who it is.
    pub client: Ipv6Net,
    /// The client's port once it is locked, else 0.
    pub client_port: u16,
    /// Name of its interface, or `#NUMBER` if it has gone.
    pub interface: String,
    /// Whose the listener is.
    pub uid: u32,
    /// Milliseconds until it lapses, `None`: it does not.
    pub lease_ms: Option<u32>,
    /// Milliseconds since it was armed or, established, since it is.
    pub age_ms: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_shown_as_it_is_written() {
        for line in [
            "guard",
            "legacy port 80",
            "guard addr ::/128 port 22-23 uid 0 jail 0",
            "guard addr 2001:db8::/32",
        ] {
            let rule: ListenRule = line.parse().expect(line);
            assert_eq!(rule.to_string(), line);
        }
    }

    #[test]
    fn a_bad_rule_says_what_is_wrong_and_what_is_right() {
        for (line, expected) in [
            ("", "one of guard, legacy"),
            ("unify", "one of guard, legacy"),
            ("guard port", "wants a value"),
            ("guard port 9-8", "lower first"),
            ("guard dst ::/0", "addr, port, uid, jail"),
            ("guard port 1 port 2", "stands twice"),
            ("guard jail 4294967295", "no jail's number"),
        ] {
            let error = line.parse::<ListenRule>().expect_err(line).to_string();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
