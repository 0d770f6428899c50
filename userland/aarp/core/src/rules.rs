// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Which addresses are anycast. The longest prefix decides, as it does in routing.

use crate::target::Target;
use ipnet::Ipv6Net;
use std::net::Ipv6Addr;

/// What is done for addresses of a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// They are resolved.
    #[default]
    Anycast,
    /// They are left alone.
    Unicast,
}

/// What is said of a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// For addresses of this prefix; `::/0` for all.
    pub prefix: Ipv6Net,
    /// What is done.
    pub policy: Policy,
    /// Probes go out by this interface, and answers must come in by it.
    pub interface: Option<u32>,
    /// Members have addresses of these prefixes; none: any.
    pub members: Vec<Ipv6Net>,
}

impl Rule {
    /// The simplest: addresses of the prefix are resolved.
    pub fn anycast(prefix: Ipv6Net) -> Rule {
        Rule {
            prefix,
            policy: Policy::Anycast,
            interface: None,
            members: Vec::new(),
        }
    }

    /// May the member have this address?
    pub fn admits(&self, member: &Ipv6Addr) -> bool {
        self.members.is_empty() || self.members.iter().any(|net| net.contains(member))
    }
}

/// All rules.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// Longest prefixes first.
    rules: Vec<Rule>,
}

impl Rules {
    /// In whatever order.
    pub fn new(mut rules: Vec<Rule>) -> Rules {
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.prefix.prefix_len()));
        Rules { rules }
    }

    /// Longest prefixes first.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }

    /// What is said of an address, if anything.
    pub fn of(&self, address: &Ipv6Addr) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.prefix.contains(address))
    }

    /// The rule by which a target is resolved.
    pub fn anycast(&self, target: &Target) -> Option<&Rule> {
        target.fit().ok()?;
        self.of(&target.address)
            .filter(|rule| rule.policy == Policy::Anycast)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> Ipv6Net {
        text.parse().expect("a prefix")
    }

    #[test]
    fn the_longest_prefix_decides() {
        let unicast = Rule {
            policy: Policy::Unicast,
            ..Rule::anycast(net("2001:db8:1::/48"))
        };
        let rules = Rules::new(vec![
            Rule::anycast(net("::/0")),
            Rule::anycast(net("2001:db8:1::53/128")),
            unicast,
        ]);
        let anycast = |text: &str| {
            let target = Target::new(text.parse().expect("an address"), 0);
            rules.anycast(&target).is_some()
        };
        assert!(anycast("2001:db8:2::1"));
        assert!(!anycast("2001:db8:1::1"));
        assert!(anycast("2001:db8:1::53"));
        assert!(!anycast("ff02::1"), "what is unfit is not asked for");
    }
}
