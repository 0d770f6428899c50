// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Cache and probes.
//!
//! Who asks gets what is known, or waits for a probe that all who ask for the same
//! address share. The first answer that fits ends it: it is the nearest member's.
//!
//! * [`cache`]: what is known, and for how long
//! * [`counters`]: what was counted
//! * [`probes`]: what is on its way
//! * [`settings`]: how long and how much

mod cache;
mod counters;
mod probes;
mod settings;
#[cfg(test)]
mod tests;

use crate::bucket::Buckets;
use crate::echo::Mark;
use crate::rules::{Rule, Rules};
use crate::target::Target;
use cache::Cache;
use probes::{Probe, Probes};
use std::collections::VecDeque;
use std::net::Ipv6Addr;
use std::time::Duration;

pub use cache::Known;
pub use counters::Counters;
pub use settings::Settings;

/// Time since whenever: the caller's clock never goes back.
pub type Time = Duration;

/// What became of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The address is anycast, and this member of the group is the nearest.
    Member(Target),
    /// The address itself answered: it is unicast, or as good as.
    Unicast,
    /// Nobody answered.
    Silent,
    /// No rule says that it is anycast.
    NotAnycast,
    /// Too much is asked at once.
    Busy,
}

/// What who asks gets at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// This.
    Now(Outcome),
    /// An [`Action::Answer`] will come.
    Wait,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Send an Echo Request.
    Send {
        /// To whom.
        to: Target,
        /// By which interface, if that was said.
        interface: Option<u32>,
        /// What it carries.
        mark: Mark,
    },
    /// Answer who waits.
    Answer {
        /// Who.
        waiting: u64,
        /// What.
        outcome: Outcome,
    },
    /// Something is known now, until then.
    Publish(Target, Known),
    /// It is not known any more.
    Withdraw(Target),
}

/// An Echo Reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// Its source address.
    pub from: Ipv6Addr,
    /// The interface that it came in by.
    pub interface: u32,
    /// What it carries.
    pub mark: Mark,
}

/// Fills bytes with random ones.
pub type Random<'a> = &'a mut dyn FnMut(&mut [u8]);

/// A member that programs report as failed is not probed again within this time after
/// it was found.
const HOLD: Duration = Duration::from_secs(1);

/// Cache and probes.
#[derive(Debug)]
pub struct Resolver {
    settings: Settings,
    rules: Rules,
    cache: Cache,
    probes: Probes,
    buckets: Buckets,
    actions: VecDeque<Action>,
    counters: Counters,
}

impl Resolver {
    /// One that knows nothing.
    pub fn new(rules: Rules, settings: Settings) -> Resolver {
        Resolver {
            settings,
            rules,
            cache: Cache::default(),
            probes: Probes::default(),
            buckets: Buckets::default(),
            actions: VecDeque::new(),
            counters: Counters::default(),
        }
    }

    /// What is to be done next.
    pub fn action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When [`Resolver::elapsed`] has to be called at the latest.
    pub fn next(&self) -> Option<Time> {
        [self.cache.next(), self.probes.next()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Counters.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The rules in force.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// All that is known.
    pub fn entries(&self) -> impl Iterator<Item = (&Target, &Known)> {
        self.cache.iter()
    }

    /// How much is known.
    pub fn len(&self) -> usize {
        self.cache.len()
    }

    /// Is nothing known?
    pub fn is_empty(&self) -> bool {
        self.cache.len() == 0
    }

    /// Probes that are on their way.
    pub fn probing(&self) -> usize {
        self.probes.len()
    }

    /// What is known of an address.
    pub fn known(&self, now: Time, target: &Target) -> Option<&Known> {
        self.cache.get(now, target)
    }

    /// A user asks. `waiting` is whom to answer later; a user who is told to wait is
    /// answered exactly once, unless [`Resolver::gone`] comes first.
    pub fn ask(
        &mut self,
        now: Time,
        target: Target,
        user: u32,
        waiting: u64,
        random: Random<'_>,
    ) -> Asked {
        self.counters.asked += 1;
        let Some(rule) = self.rules.anycast(&target) else {
            self.counters.not_anycast += 1;
            return Asked::Now(Outcome::NotAnycast);
        };
        if let Some(known) = self.cache.get(now, &target) {
            self.counters.hits += 1;
            return Asked::Now(known.outcome);
        }
        if self.probes.waiting() >= self.settings.max_waiting {
            self.counters.busy += 1;
            return Asked::Now(Outcome::Busy);
        }
        if self.probes.join(&target, waiting) {
            return Asked::Wait;
        }
        let Settings { all, each, .. } = self.settings;
        if self.probes.len() >= self.settings.max_probes
            || !self.buckets.spend(now, user, all, each)
        {
            self.counters.busy += 1;
            return Asked::Now(Outcome::Busy);
        }
        let probe = Probe::new(rule.clone(), waiting);
        self.probes.begin(target, probe);
        self.send(now, &target, random);
        Asked::Wait
    }

    /// Who asked does not wait any more. The probe goes on: its answer is worth keeping.
    pub fn gone(&mut self, target: &Target, waiting: u64) {
        self.probes.leave(target, waiting);
    }

    fn send(&mut self, now: Time, target: &Target, random: Random<'_>) {
        let due = now + self.settings.timeout;
        if let Some((mark, interface)) = self.probes.send(target, due, random) {
            self.counters.sent += 1;
            self.actions.push_back(Action::Send {
                to: *target,
                interface,
                mark,
            });
        }
    }

    /// A reply came in.
    pub fn received(&mut self, now: Time, reply: &Received) {
        let Some(target) = self.probes.find(reply.mark.id, reply.mark.seq) else {
            self.counters.unknown += 1;
            return;
        };
        let Some((rule, nonce)) = self.probes.sent(&target, &reply.mark) else {
            return;
        };
        let member = Target::new(reply.from, reply.interface);
        if nonce != reply.mark.nonce {
            self.counters.forged += 1;
        } else if !by_right_interface(rule, &target, reply.interface) {
            self.counters.wrong_interface += 1;
        } else if !can_be_member(rule, &target, &member) {
            self.counters.unfit += 1;
        } else if member == target {
            self.counters.unicast += 1;
            self.settle(now, target, Outcome::Unicast);
        } else {
            self.counters.members += 1;
            self.settle(now, target, Outcome::Member(member));
        }
    }

    /// A request could not be sent, and others to the same address cannot either: there
    /// is no route.
    pub fn unsendable(&mut self, now: Time, id: u16, seq: u16) {
        if let Some(target) = self.probes.find(id, seq) {
            self.counters.unsendable += 1;
            self.settle(now, target, Outcome::Silent);
        }
    }

    /// Ends a probe, and keeps what came out.
    fn settle(&mut self, now: Time, target: Target, outcome: Outcome) {
        let lifetime = match outcome {
            Outcome::Member(_) => self.settings.lifetime,
            Outcome::Unicast => self.settings.unicast_lifetime,
            _ => self.settings.negative_lifetime,
        };
        for waiting in self.probes.end(&target) {
            self.actions.push_back(Action::Answer { waiting, outcome });
        }
        if lifetime.is_zero() {
            return;
        }
        let known = Known {
            outcome,
            since: now,
            until: now + lifetime,
        };
        while self.cache.len() >= self.settings.max_entries {
            let Some(evicted) = self.cache.evict() else {
                return;
            };
            self.counters.evicted += 1;
            self.actions.push_back(Action::Withdraw(evicted));
        }
        self.cache.insert(target, known);
        self.actions.push_back(Action::Publish(target, known));
    }

    /// Time has passed.
    pub fn elapsed(&mut self, now: Time, random: Random<'_>) {
        for target in self.cache.expire(now) {
            self.actions.push_back(Action::Withdraw(target));
        }
        while let Some(target) = self.probes.due(now) {
            if self.probes.tries(&target) <= self.settings.retries {
                self.send(now, &target, random);
            } else {
                self.counters.silent += 1;
                self.settle(now, target, Outcome::Silent);
            }
        }
    }

    /// A program could not reach a member: whoever comes next has the address probed
    /// again.
    pub fn failed(&mut self, now: Time, target: &Target, member: &Target) {
        let Some(known) = self.cache.get(now, target) else {
            return;
        };
        if known.outcome == Outcome::Member(*member) && now.saturating_sub(known.since) >= HOLD {
            self.counters.failed += 1;
            self.forget(target);
        }
    }

    /// Forgets what is known of an address; was anything?
    pub fn forget(&mut self, target: &Target) -> bool {
        let was = self.cache.remove(target);
        if was {
            self.actions.push_back(Action::Withdraw(*target));
        }
        was
    }

    /// Forgets everything; how much was it?
    pub fn forget_all(&mut self) -> usize {
        let targets: Vec<Target> = self.cache.iter().map(|(target, _)| *target).collect();
        targets.iter().filter(|target| self.forget(target)).count()
    }

    /// Other rules and settings are in force from now on. What was learnt by a rule that
    /// is the same is kept.
    pub fn configure(&mut self, rules: Rules, settings: Settings) {
        let old = std::mem::replace(&mut self.rules, rules);
        self.settings = settings;
        let changed = |target: &Target| old.anycast(target) != self.rules.anycast(target);
        let entries: Vec<Target> = self.cache.iter().map(|(target, _)| *target).collect();
        let entries: Vec<Target> = entries.into_iter().filter(&changed).collect();
        let probes: Vec<Target> = self.probes.targets().filter(&changed).collect();
        for target in entries {
            self.forget(&target);
        }
        for target in probes {
            for waiting in self.probes.end(&target) {
                let outcome = Outcome::NotAnycast;
                self.actions.push_back(Action::Answer { waiting, outcome });
            }
        }
    }
}

/// The interface is known when a rule names it, or when the address is of one link only.
fn by_right_interface(rule: &Rule, target: &Target, interface: u32) -> bool {
    let scope = (target.scope != 0).then_some(target.scope);
    rule.interface
        .into_iter()
        .chain(scope)
        .all(|right| right == interface)
}

/// A member's address is as far-reaching as the anycast address.
fn can_be_member(rule: &Rule, target: &Target, member: &Target) -> bool {
    member.fit().is_ok()
        && (member.scope == 0 || target.scope != 0)
        && (member == target || rule.admits(&member.address))
}
