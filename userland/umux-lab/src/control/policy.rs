// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Policy between umux-abi's words and the core's.

use ipnet::Ipv6Net;
use umux_abi::model::{Transport, Verdict, Wish};
use umux_abi::{Errno, Label, Rule};
use umux_core::policy::{LabelRow, Rule as CoreRule, RuleVerdict, Wish as CoreWish};
use umux_core::prefix::Prefix;

const TCP: u8 = 6;
const UDP: u8 = 17;

pub(super) fn prefix(net: Ipv6Net) -> Result<Prefix, Errno> {
    Prefix::new(net.addr(), net.prefix_len())
        .filter(|prefix| prefix.addr() == net.addr())
        .ok_or(Errno::Einval)
}

pub(super) fn net(prefix: Prefix) -> Ipv6Net {
    // A prefix of the core is never longer than an address.
    Ipv6Net::new(prefix.addr(), prefix.len()).unwrap_or_default()
}

/// A row for the core.
pub fn label_in(label: &Label) -> Result<LabelRow, Errno> {
    Ok(LabelRow {
        prefix: prefix(label.prefix)?,
        precedence: label.precedence,
        label: label.label,
    })
}

/// A row of the core's.
pub fn label_out(row: LabelRow) -> Label {
    Label {
        prefix: net(row.prefix),
        precedence: row.precedence,
        label: row.label,
    }
}

/// A rule for the core.
pub fn rule_in(rule: &Rule) -> Result<CoreRule, Errno> {
    Ok(CoreRule {
        verdict: match rule.verdict {
            Verdict::Unify => RuleVerdict::Unify,
            Verdict::Legacy => RuleVerdict::Legacy,
        },
        dst: rule.dst.map_or(Ok(Prefix::DEFAULT), prefix)?,
        proto: rule.proto.map(|proto| match proto {
            Transport::Tcp => TCP,
            Transport::Udp => UDP,
        }),
        ports: rule.ports,
        uids: rule.uids,
        jail: rule.jail,
        wish: rule.wish.map(|wish| match wish {
            Wish::None => CoreWish::None,
            Wish::Temporary => CoreWish::Temporary,
            Wish::Public => CoreWish::Public,
        }),
    })
}

/// A rule of the core's.
pub fn rule_out(rule: &CoreRule) -> Rule {
    Rule {
        verdict: match rule.verdict {
            RuleVerdict::Unify => Verdict::Unify,
            RuleVerdict::Legacy => Verdict::Legacy,
        },
        dst: Some(net(rule.dst)).filter(|dst| dst.prefix_len() > 0),
        proto: rule.proto.and_then(|proto| match proto {
            TCP => Some(Transport::Tcp),
            UDP => Some(Transport::Udp),
            _ => None,
        }),
        ports: rule.ports,
        uids: rule.uids,
        jail: rule.jail,
        wish: rule.wish.map(|wish| match wish {
            CoreWish::None => Wish::None,
            CoreWish::Temporary => Wish::Temporary,
            CoreWish::Public => Wish::Public,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policy_comes_back_as_it_went() {
        for line in [
            "unify",
            "legacy dst 2001:db8::/32 proto udp port 1-2 uid 5 jail 7 wish none",
            "legacy proto tcp wish public",
        ] {
            let rule: Rule = line.parse().expect(line);
            assert_eq!(rule_out(&rule_in(&rule).expect(line)), rule);
        }
        let row: Label = "fd00::/8 3 13".parse().expect("a row");
        assert_eq!(label_out(label_in(&row).expect("a row")), row);
    }
}
