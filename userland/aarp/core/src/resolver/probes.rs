// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What is on its way.

use super::{Random, Time};
use crate::echo::{Mark, NONCE};
use crate::rules::Rule;
use crate::target::Target;
use std::collections::{BTreeSet, HashMap};

/// One address that is asked for.
#[derive(Debug)]
pub struct Probe {
    /// By this rule.
    rule: Rule,
    /// Who waits.
    waiting: Vec<u64>,
    /// Requests that were sent: a late answer to an early one is as good.
    marks: Vec<Mark>,
    /// When the last one has waited long enough.
    due: Time,
}

impl Probe {
    pub fn new(rule: Rule, waiting: u64) -> Probe {
        Probe {
            rule,
            waiting: vec![waiting],
            marks: Vec::new(),
            due: Time::ZERO,
        }
    }
}

/// All of them.
#[derive(Debug, Default)]
pub struct Probes {
    probes: HashMap<Target, Probe>,
    /// Identifier and sequence number to the probe.
    marks: HashMap<(u16, u16), Target>,
    dues: BTreeSet<(Time, Target)>,
    waiting: usize,
}

impl Probes {
    pub fn len(&self) -> usize {
        self.probes.len()
    }

    /// How many wait, for whatever.
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    pub fn targets(&self) -> impl Iterator<Item = Target> {
        self.probes.keys().copied()
    }

    /// Waits with others, if there is a probe.
    pub fn join(&mut self, target: &Target, waiting: u64) -> bool {
        match self.probes.get_mut(target) {
            Some(probe) => {
                probe.waiting.push(waiting);
                self.waiting += 1;
                true
            }
            None => false,
        }
    }

    pub fn leave(&mut self, target: &Target, waiting: u64) {
        if let Some(probe) = self.probes.get_mut(target) {
            let before = probe.waiting.len();
            probe.waiting.retain(|other| *other != waiting);
            self.waiting -= before - probe.waiting.len();
        }
    }

    pub fn begin(&mut self, target: Target, probe: Probe) {
        self.waiting += probe.waiting.len();
        self.probes.insert(target, probe);
    }

    /// How many requests were sent.
    pub fn tries(&self, target: &Target) -> u32 {
        let tries = self.probes.get(target).map_or(0, |probe| probe.marks.len());
        u32::try_from(tries).unwrap_or(u32::MAX)
    }

    /// A new request: what it carries, and by which interface it goes out.
    pub fn send(
        &mut self,
        target: &Target,
        due: Time,
        random: Random<'_>,
    ) -> Option<(Mark, Option<u32>)> {
        let probe = self.probes.get_mut(target)?;
        let mark = unused(&self.marks, random);
        self.marks.insert((mark.id, mark.seq), *target);
        probe.marks.push(mark);
        self.dues.remove(&(probe.due, *target));
        probe.due = due;
        self.dues.insert((due, *target));
        Some((mark, probe.rule.interface))
    }

    /// Whose request had this identifier and sequence number?
    pub fn find(&self, id: u16, seq: u16) -> Option<Target> {
        self.marks.get(&(id, seq)).copied()
    }

    /// The rule, and the payload that was sent with that identifier and number.
    pub fn sent(&self, target: &Target, mark: &Mark) -> Option<(&Rule, [u8; NONCE])> {
        let probe = self.probes.get(target)?;
        let sent = probe
            .marks
            .iter()
            .find(|sent| (sent.id, sent.seq) == (mark.id, mark.seq))?;
        Some((&probe.rule, sent.nonce))
    }

    /// One whose last request has waited long enough.
    pub fn due(&self, now: Time) -> Option<Target> {
        let (due, target) = self.dues.first()?;
        (*due <= now).then_some(*target)
    }

    pub fn next(&self) -> Option<Time> {
        self.dues.first().map(|(due, _)| *due)
    }

    /// Ends one; who waited for it?
    pub fn end(&mut self, target: &Target) -> Vec<u64> {
        let Some(probe) = self.probes.remove(target) else {
            return Vec::new();
        };
        self.dues.remove(&(probe.due, *target));
        for mark in &probe.marks {
            self.marks.remove(&(mark.id, mark.seq));
        }
        self.waiting -= probe.waiting.len();
        probe.waiting
    }
}

/// A mark whose identifier and number no other request on its way has. There are far
/// fewer of those than pairs, so this ends soon.
fn unused(marks: &HashMap<(u16, u16), Target>, random: Random<'_>) -> Mark {
    loop {
        let mut bytes = [0; 4 + NONCE];
        random(&mut bytes);
        let [a, b, c, d, nonce @ ..] = bytes;
        let mark = Mark {
            id: u16::from_be_bytes([a, b]),
            seq: u16::from_be_bytes([c, d]),
            nonce,
        };
        if !marks.contains_key(&(mark.id, mark.seq)) {
            return mark;
        }
    }
}
