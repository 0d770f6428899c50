// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Policy: rows of the table of RFC 6724, and rules that say which sessions get
//! addresses of their own. Both have a text form, one a line.

use super::words::{
    choice, jail, name, net, number, range, rule_words, value, verdict, write_range,
};
use crate::{Error, Result};
use ipnet::Ipv6Net;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A row of the policy table of RFC 6724, section 2.1.
///
/// As text it is a line of a file for `ip6addrctl install`: prefix, precedence, label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Which addresses it is about.
    pub prefix: Ipv6Net,
    /// Order of destinations, greater first; umux shows it and does not use it.
    pub precedence: u32,
    /// Sources are chosen whose label is the destination's.
    pub label: u32,
}

/// What a rule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The session gets an address of its own.
    Unify,
    /// It uses the host's.
    Legacy,
}

/// A protocol that has sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// TCP
    Tcp,
    /// UDP
    Udp,
}

/// What a program wishes, by its socket's IPV6_PREFER_TEMPADDR (RFC 5014).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wish {
    /// It did not say.
    None,
    /// A temporary address.
    Temporary,
    /// The host's public address.
    Public,
}

/// A rule; of several, the first that matches decides.
///
/// As text: the verdict, then any of `dst PREFIX`, `proto tcp|udp`, `port N` or `N-M`,
/// `uid N` or `N-M`, `jail JID`, `wish none|temporary|public`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// What it says.
    pub verdict: Verdict,
    /// Destinations, `None`: all.
    pub dst: Option<Ipv6Net>,
    /// Protocol, `None`: any.
    pub proto: Option<Transport>,
    /// Destination ports, first and last.
    pub ports: (u16, u16),
    /// Users by number, first and last.
    pub uids: (u32, u32),
    /// Jail by number, 0: the host; `None`: any.
    pub jail: Option<u32>,
    /// Wish, `None`: whatever it is.
    pub wish: Option<Wish>,
}

impl Rule {
    /// The rule that matches every session.
    pub const fn all(verdict: Verdict) -> Rule {
        Rule {
            verdict,
            dst: None,
            proto: None,
            ports: (0, u16::MAX),
            uids: (0, u32::MAX),
            jail: None,
            wish: None,
        }
    }
}

impl FromStr for Label {
    type Err = Error;

    fn from_str(line: &str) -> Result<Label> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [prefix, precedence, label] = words[..] else {
            return Err(value(format!(
                "{line:?} is no row of a policy table: PREFIX PRECEDENCE LABEL is wanted"
            )));
        };
        Ok(Label {
            prefix: net(prefix)?,
            precedence: number("precedence", precedence)?,
            label: number("label", label)?,
        })
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<40} {:>6} {:>6}",
            self.prefix.to_string(),
            self.precedence,
            self.label
        )
    }
}

const VERDICTS: [(&str, Verdict); 2] = [("unify", Verdict::Unify), ("legacy", Verdict::Legacy)];

const TRANSPORTS: [(&str, Transport); 2] = [("tcp", Transport::Tcp), ("udp", Transport::Udp)];

const WISHES: [(&str, Wish); 3] = [
    ("none", Wish::None),
    ("temporary", Wish::Temporary),
    ("public", Wish::Public),
];

impl FromStr for Rule {
    type Err = Error;

    fn from_str(line: &str) -> Result<Rule> {
        let mut rule = Rule::all(verdict(line, "verdict of a rule", &VERDICTS)?);
        rule_words(
            line,
            "rule",
            "dst, proto, port, uid, jail, wish",
            |key, text| {
                match key {
                    "dst" => rule.dst = Some(net(text)?),
                    "proto" => rule.proto = Some(choice("protocol", text, &TRANSPORTS)?),
                    "port" => rule.ports = range("port", text)?,
                    "uid" => rule.uids = range("user number", text)?,
                    "jail" => rule.jail = jail(text)?,
                    "wish" => rule.wish = Some(choice("wish", text, &WISHES)?),
                    _ => return Ok(false),
                }
                Ok(true)
            },
        )?;
        Ok(rule)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = Rule::all(self.verdict);
        f.write_str(name(&VERDICTS, &self.verdict))?;
        if let Some(dst) = &self.dst {
            write!(f, " dst {dst}")?;
        }
        if let Some(proto) = &self.proto {
            write!(f, " proto {}", name(&TRANSPORTS, proto))?;
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
        if let Some(wish) = &self.wish {
            write!(f, " wish {}", name(&WISHES, wish))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_shown_as_it_is_written() {
        for line in [
            "unify",
            "legacy",
            "legacy port 53",
            "legacy proto udp port 1",
            "unify dst 2001:db8::/32 proto tcp port 80-443 uid 1000-2000 jail 0 wish temporary",
            "legacy dst ::/0 wish public",
            "unify wish none",
        ] {
            let rule: Rule = line.parse().expect(line);
            assert_eq!(rule.to_string(), line);
        }
    }

    #[test]
    fn a_bad_rule_says_what_is_wrong_and_what_is_right() {
        for (line, expected) in [
            ("", "one of unify, legacy"),
            ("deny", "one of unify, legacy"),
            ("unify port", "wants a value"),
            ("unify port 90-80", "lower first"),
            ("unify port 65536", "not too great"),
            ("unify uid -1", "whole number"),
            ("unify proto icmp", "one of tcp, udp"),
            ("unify wish x", "one of none, temporary, public"),
            ("unify dst 10.0.0.0/8", "ADDRESS/LENGTH"),
            ("unify dst 2001:db8::1/32", "did you mean 2001:db8::/32"),
            ("unify host x", "no part of a rule"),
            ("unify port 1 port 2", "stands twice"),
        ] {
            let error = line.parse::<Rule>().expect_err(line).to_string();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }

    #[test]
    fn a_row_is_a_line_of_ip6addrctl() {
        let row: Label = "2001:db8::/32   45 \t 7".parse().expect("a row");
        assert_eq!((row.precedence, row.label), (45, 7));
        let again: Label = row.to_string().parse().expect("as shown");
        assert_eq!(again, row);
        let host: Label = "::1 50 0".parse().expect("a host");
        assert_eq!(host.prefix.prefix_len(), 128);
        for (line, expected) in [
            ("2001:db8::/32 45", "PREFIX PRECEDENCE LABEL"),
            ("2001:db8::/32 x 1", "no precedence"),
            ("2001:db8::/129 1 1", "ADDRESS/LENGTH"),
        ] {
            let error = line.parse::<Label>().expect_err(line).to_string();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
