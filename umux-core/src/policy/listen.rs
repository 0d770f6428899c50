// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Which TCP listeners become LISTEN_0 (contract, section 7).  The first rule
//! that matches says so; where none does, a listener is legacy.

use core::net::Ipv6Addr;

use super::list::{List, Sane, span};
use crate::error::Result;
use crate::prefix::Prefix;

/// Most rules.
pub const LISTEN_RULES_MAX: usize = 128;

/// What a rule says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ListenVerdict {
    /// It accepts only what comes through addresses of the plane: LISTEN_0.
    Guard,
    /// It listens as it always did.
    #[default]
    Legacy,
}

/// What a listener is judged by.
#[derive(Clone, Copy, Debug)]
pub struct ListenSubject {
    /// Its local address, `::` for any.
    pub addr: Ipv6Addr,
    /// Its local port.
    pub port: u16,
    /// User.
    pub uid: u32,
    /// Jail's number, 0: the host.
    pub jail: u32,
}

/// A rule; every part has to match.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ListenRule {
    /// What it says.
    pub verdict: ListenVerdict,
    /// Local addresses; `::/0` is any, `::/128` only listeners on all.
    pub addr: Prefix,
    /// Local ports, first and last.
    pub ports: (u16, u16),
    /// Users, first and last.
    pub uids: (u32, u32),
    /// Jail, `None`: any.
    pub jail: Option<u32>,
}

impl Default for ListenRule {
    fn default() -> Self {
        Self {
            verdict: ListenVerdict::Legacy,
            addr: Prefix::DEFAULT,
            ports: (0, u16::MAX),
            uids: (0, u32::MAX),
            jail: None,
        }
    }
}

impl ListenRule {
    fn matches(&self, subject: &ListenSubject) -> bool {
        self.addr.contains(subject.addr)
            && span(self.ports).contains(&subject.port)
            && span(self.uids).contains(&subject.uid)
            && self.jail.is_none_or(|jail| jail == subject.jail)
    }
}

impl Sane for ListenRule {
    fn is_sane(&self) -> bool {
        !span(self.ports).is_empty() && !span(self.uids).is_empty()
    }
}

/// The rules in force; none at first.
pub struct ListenRules<'a>(List<'a, ListenRule>);

impl<'a> ListenRules<'a> {
    /// No rules, in memory for [`LISTEN_RULES_MAX`].
    #[must_use]
    pub fn new(memory: &'a mut [ListenRule]) -> Self {
        Self(List::new(memory))
    }

    /// Replaces all rules.
    ///
    /// # Errors
    /// [`Error::NoSpace`]: more than [`LISTEN_RULES_MAX`]; [`Error::Invalid`]: a
    /// range is backwards.  The old rules stay then.
    pub fn replace(&mut self, rules: impl Iterator<Item = ListenRule> + Clone) -> Result<()> {
        self.0.replace(rules)
    }

    /// All rules, in their order.
    #[must_use]
    pub fn as_slice(&self) -> &[ListenRule] {
        self.0.as_slice()
    }

    /// What the rules say.
    #[must_use]
    pub fn judge(&self, subject: &ListenSubject) -> ListenVerdict {
        self.0
            .first(|rule| rule.matches(subject))
            .map_or(ListenVerdict::Legacy, |rule| rule.verdict)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    const SSH: ListenSubject = ListenSubject {
        addr: Ipv6Addr::UNSPECIFIED,
        port: 22,
        uid: 0,
        jail: 0,
    };

    fn guard() -> ListenRule {
        ListenRule {
            verdict: ListenVerdict::Guard,
            ..ListenRule::default()
        }
    }

    fn judged(rules: &[ListenRule], subject: &ListenSubject) -> ListenVerdict {
        let mut memory = vec![ListenRule::default(); LISTEN_RULES_MAX];
        let mut set = ListenRules::new(&mut memory);
        set.replace(rules.iter().copied()).unwrap();
        set.judge(subject)
    }

    #[test]
    fn without_a_rule_every_listener_is_legacy() {
        assert_eq!(judged(&[], &SSH), ListenVerdict::Legacy);
    }

    #[test]
    fn the_first_rule_whose_every_part_matches_decides() {
        let root_ssh = ListenRule {
            ports: (22, 22),
            uids: (0, 0),
            jail: Some(0),
            addr: Prefix::host(Ipv6Addr::UNSPECIFIED),
            ..guard()
        };
        assert_eq!(judged(&[root_ssh], &SSH), ListenVerdict::Guard);
        let legacy = ListenRule::default();
        assert_eq!(judged(&[root_ssh, legacy], &SSH), ListenVerdict::Guard);
        assert_eq!(judged(&[legacy, root_ssh], &SSH), ListenVerdict::Legacy);
        for other in [
            ListenSubject { port: 23, ..SSH },
            ListenSubject { uid: 1, ..SSH },
            ListenSubject { jail: 1, ..SSH },
            ListenSubject {
                addr: Ipv6Addr::LOCALHOST,
                ..SSH
            },
        ] {
            assert_eq!(judged(&[root_ssh], &other), ListenVerdict::Legacy);
            assert_eq!(judged(&[guard()], &other), ListenVerdict::Guard);
        }
    }

    #[test]
    fn rules_that_make_no_sense_change_nothing() {
        let mut memory = vec![ListenRule::default(); LISTEN_RULES_MAX];
        let mut set = ListenRules::new(&mut memory);
        set.replace([guard()].into_iter()).unwrap();
        for bad in [
            ListenRule {
                ports: (2, 1),
                ..guard()
            },
            ListenRule {
                uids: (2, 1),
                ..guard()
            },
        ] {
            assert_eq!(set.replace([bad].into_iter()), Err(Error::Invalid));
        }
        let many = core::iter::repeat_n(guard(), LISTEN_RULES_MAX + 1);
        assert_eq!(set.replace(many), Err(Error::NoSpace));
        assert_eq!(set.as_slice(), [guard()]);
    }
}
