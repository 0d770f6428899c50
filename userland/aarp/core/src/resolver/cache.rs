// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What is known, and for how long.

use super::{Outcome, Time};
use crate::target::Target;
use std::collections::{BTreeSet, HashMap};

/// What is known of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// What.
    pub outcome: Outcome,
    /// Since when.
    pub since: Time,
    /// Until when.
    pub until: Time,
}

/// Entries, and the order in which they end.
#[derive(Debug, Default)]
pub struct Cache {
    entries: HashMap<Target, Known>,
    ends: BTreeSet<(Time, Target)>,
}

impl Cache {
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Target, &Known)> {
        self.entries.iter()
    }

    pub fn get(&self, now: Time, target: &Target) -> Option<&Known> {
        self.entries.get(target).filter(|known| known.until > now)
    }

    pub fn insert(&mut self, target: Target, known: Known) {
        self.remove(&target);
        self.entries.insert(target, known);
        self.ends.insert((known.until, target));
    }

    pub fn remove(&mut self, target: &Target) -> bool {
        match self.entries.remove(target) {
            Some(known) => self.ends.remove(&(known.until, *target)),
            None => false,
        }
    }

    /// Removes what would end next.
    pub fn evict(&mut self) -> Option<Target> {
        let (_, target) = self.ends.pop_first()?;
        self.entries.remove(&target);
        Some(target)
    }

    /// Removes what has ended.
    pub fn expire(&mut self, now: Time) -> Vec<Target> {
        let mut gone = Vec::new();
        while self.next().is_some_and(|end| end <= now) {
            gone.extend(self.evict());
        }
        gone
    }

    /// When the next one ends.
    pub fn next(&self) -> Option<Time> {
        self.ends.first().map(|(end, _)| *end)
    }
}
