// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Who is unified: rules that decide whether a session gets an address of its
//! own.  The first rule that matches says so; where none does, a session gets
//! one unless its program asked for the host's public address (RFC 5014).

use core::net::Ipv6Addr;

use super::list::{List, Sane, span};
use crate::error::Result;
use crate::prefix::Prefix;
use crate::wire::proto;

/// Most rules.
pub const RULES_MAX: usize = 256;

/// What a program wishes by its socket's source address preference
/// (IPV6_PREFER_TEMPADDR; RFC 5014, IPV6_PREFER_SRC_TMP and _PUBLIC).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Wish {
    /// Nothing.
    #[default]
    None,
    /// A temporary address.
    Temporary,
    /// The host's public address.
    Public,
}

/// What a rule says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum RuleVerdict {
    /// The session gets an address of its own.
    #[default]
    Unify,
    /// It uses the host's.
    Legacy,
}

/// What a session is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    /// Destination.
    pub dst: Ipv6Addr,
    /// Protocol number.
    pub proto: u8,
    /// Destination port.
    pub port: u16,
    /// User.
    pub uid: u32,
    /// Jail's number, 0: the host.
    pub jail: u32,
    /// What the program wishes.
    pub wish: Wish,
}

/// A rule; every part has to match.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rule {
    /// What it says.
    pub verdict: RuleVerdict,
    /// Destinations.
    pub dst: Prefix,
    /// Protocol, `None`: any.
    pub proto: Option<u8>,
    /// Destination ports, first and last.
    pub ports: (u16, u16),
    /// Users, first and last.
    pub uids: (u32, u32),
    /// Jail, `None`: any.
    pub jail: Option<u32>,
    /// Wish, `None`: whatever it is.
    pub wish: Option<Wish>,
}

impl Rule {
    /// The rule that matches everything.
    pub const ANY: Self = Self {
        verdict: RuleVerdict::Unify,
        dst: Prefix::DEFAULT,
        proto: None,
        ports: (0, u16::MAX),
        uids: (0, u32::MAX),
        jail: None,
        wish: None,
    };

    fn matches(&self, subject: &Subject) -> bool {
        self.dst.contains(subject.dst)
            && self.proto.is_none_or(|proto| proto == subject.proto)
            && span(self.ports).contains(&subject.port)
            && span(self.uids).contains(&subject.uid)
            && self.jail.is_none_or(|jail| jail == subject.jail)
            && self.wish.is_none_or(|wish| wish == subject.wish)
    }
}

impl Sane for Rule {
    fn is_sane(&self) -> bool {
        !span(self.ports).is_empty()
            && !span(self.uids).is_empty()
            // It has sessions.
            && self
                .proto
                .is_none_or(|proto| matches!(proto, proto::TCP | proto::UDP))
    }
}

impl Default for Rule {
    fn default() -> Self {
        Self::ANY
    }
}

const fn legacy(proto: Option<u8>, port: u16) -> Rule {
    Rule {
        verdict: RuleVerdict::Legacy,
        proto,
        ports: (port, port),
        ..Rule::ANY
    }
}

/// What holds until other rules are set.
///
/// Each DNS query is a session of its own to libc, and would cost an address.
/// UDP sockets to the other ports are connected only to learn which source
/// the kernel would choose, and what is done then is not done on that
/// socket: getaddrinfo (1) sorts by it, traceroute6 (10010) and ping6 (10101)
/// send from it on a raw socket.  An NFS server knows its clients by their
/// addresses, and their kernel connects anew whenever it has to.
pub const DEFAULT: [Rule; 5] = [
    legacy(None, 53),
    legacy(None, 2049),
    legacy(Some(proto::UDP), 1),
    legacy(Some(proto::UDP), 10010),
    legacy(Some(proto::UDP), 10101),
];

/// The rules in force.
pub struct Rules<'a>(List<'a, Rule>);

impl<'a> Rules<'a> {
    /// [`DEFAULT`], in memory for [`RULES_MAX`] rules.
    #[must_use]
    pub fn new(memory: &'a mut [Rule]) -> Self {
        let mut rules = Self(List::new(memory));
        rules.reset();
        rules
    }

    /// Replaces all rules.
    ///
    /// # Errors
    /// [`Error::NoSpace`]: more than [`RULES_MAX`]; [`Error::Invalid`]: a range
    /// is backwards, or the protocol is neither TCP nor UDP.  The old rules stay
    /// then.
    pub fn replace(&mut self, rules: impl Iterator<Item = Rule> + Clone) -> Result<()> {
        self.0.replace(rules)
    }

    /// Back to [`DEFAULT`].
    pub fn reset(&mut self) {
        let fits = self.replace(DEFAULT.into_iter());
        debug_assert!(fits.is_ok());
    }

    /// All rules, in their order.
    #[must_use]
    pub fn as_slice(&self) -> &[Rule] {
        self.0.as_slice()
    }

    /// What the rules say.
    #[must_use]
    pub fn judge(&self, subject: &Subject) -> RuleVerdict {
        self.0.first(|rule| rule.matches(subject)).map_or_else(
            || match subject.wish {
                Wish::Public => RuleVerdict::Legacy,
                Wish::None | Wish::Temporary => RuleVerdict::Unify,
            },
            |rule| rule.verdict,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn subject() -> Subject {
        Subject {
            dst: "2001:db8::1".parse().unwrap(),
            proto: proto::TCP,
            port: 80,
            uid: 1001,
            jail: 0,
            wish: Wish::None,
        }
    }

    fn memory() -> Vec<Rule> {
        vec![Rule::ANY; RULES_MAX]
    }

    #[test]
    fn without_a_rule_a_session_is_unified_unless_its_program_wants_the_public_address() {
        let mut memory = memory();
        let mut rules = Rules::new(&mut memory);
        rules.replace(core::iter::empty()).unwrap();
        for (wish, expected) in [
            (Wish::None, RuleVerdict::Unify),
            (Wish::Temporary, RuleVerdict::Unify),
            (Wish::Public, RuleVerdict::Legacy),
        ] {
            let subject = Subject { wish, ..subject() };
            assert_eq!(rules.judge(&subject), expected, "{wish:?}");
        }
    }

    #[test]
    fn by_default_look_ups_nfs_and_sockets_that_only_ask_for_a_source_are_legacy() {
        let mut memory = memory();
        let rules = Rules::new(&mut memory);
        for (proto, port, expected) in [
            (proto::TCP, 53, RuleVerdict::Legacy),
            (proto::UDP, 53, RuleVerdict::Legacy),
            (proto::UDP, 1, RuleVerdict::Legacy),
            (proto::TCP, 1, RuleVerdict::Unify),
            (proto::UDP, 10010, RuleVerdict::Legacy),
            (proto::UDP, 10101, RuleVerdict::Legacy),
            (proto::TCP, 2049, RuleVerdict::Legacy),
            (proto::UDP, 443, RuleVerdict::Unify),
            (proto::TCP, 80, RuleVerdict::Unify),
        ] {
            let subject = Subject {
                proto,
                port,
                ..subject()
            };
            assert_eq!(rules.judge(&subject), expected, "{proto} {port}");
        }
    }

    #[test]
    fn the_first_rule_that_matches_decides() {
        let mut memory = memory();
        let mut rules = Rules::new(&mut memory);
        let first = Rule {
            uids: (1000, 1001),
            ..Rule::ANY
        };
        let second = Rule {
            verdict: RuleVerdict::Legacy,
            ..Rule::ANY
        };
        rules.replace([first, second].into_iter()).unwrap();
        assert_eq!(rules.judge(&subject()), RuleVerdict::Unify);
        let other = Subject {
            uid: 1002,
            ..subject()
        };
        assert_eq!(rules.judge(&other), RuleVerdict::Legacy);
    }

    #[test]
    fn every_part_of_a_rule_has_to_match() {
        let rule = Rule {
            verdict: RuleVerdict::Legacy,
            dst: Prefix::new("2001:db8::".parse().unwrap(), 32).unwrap(),
            proto: Some(proto::TCP),
            ports: (80, 90),
            uids: (1000, 2000),
            jail: Some(0),
            wish: Some(Wish::None),
        };
        assert!(rule.matches(&subject()));
        for other in [
            Subject {
                dst: "2001:db9::1".parse().unwrap(),
                ..subject()
            },
            Subject {
                proto: proto::UDP,
                ..subject()
            },
            Subject {
                port: 79,
                ..subject()
            },
            Subject {
                port: 91,
                ..subject()
            },
            Subject {
                uid: 999,
                ..subject()
            },
            Subject {
                jail: 1,
                ..subject()
            },
            Subject {
                wish: Wish::Public,
                ..subject()
            },
        ] {
            assert!(!rule.matches(&other), "{other:?}");
        }
    }

    #[test]
    fn rules_that_make_no_sense_change_nothing() {
        let mut memory = memory();
        let mut rules = Rules::new(&mut memory);
        for bad in [
            Rule {
                ports: (2, 1),
                ..Rule::ANY
            },
            Rule {
                uids: (2, 1),
                ..Rule::ANY
            },
            Rule {
                proto: Some(58),
                ..Rule::ANY
            },
        ] {
            assert_eq!(
                rules.replace([Rule::ANY, bad].into_iter()),
                Err(Error::Invalid)
            );
        }
        let many = core::iter::repeat_n(Rule::ANY, RULES_MAX + 1);
        assert_eq!(rules.replace(many), Err(Error::NoSpace));
        assert_eq!(rules.as_slice(), DEFAULT);
    }
}
