// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A list of rules in memory of the caller's, which is replaced as a whole.

use core::ops::RangeInclusive;

use crate::error::{Error, Result};

/// Whether a rule can be meant.
pub(super) trait Sane {
    /// No range is backwards, and there is something for it to match.
    fn is_sane(&self) -> bool;
}

/// First and last, both in it.
pub(super) fn span<T: Copy>((first, last): (T, T)) -> RangeInclusive<T> {
    first..=last
}

/// The rules in force, in the order in which they are tried.
pub(super) struct List<'a, R> {
    memory: &'a mut [R],
    len: usize,
}

impl<'a, R: Copy + Sane> List<'a, R> {
    /// No rules.
    pub fn new(memory: &'a mut [R]) -> Self {
        Self { memory, len: 0 }
    }

    /// Replaces all rules; [`Error::NoSpace`] or [`Error::Invalid`], and the old
    /// ones stay.
    pub fn replace(&mut self, rules: impl Iterator<Item = R> + Clone) -> Result<()> {
        if rules.clone().count() > self.memory.len() {
            return Err(Error::NoSpace);
        }
        if !rules.clone().all(|rule| rule.is_sane()) {
            return Err(Error::Invalid);
        }
        self.len = 0;
        for (to, rule) in self.memory.iter_mut().zip(rules) {
            *to = rule;
            self.len += 1;
        }
        Ok(())
    }

    /// All of them.
    pub fn as_slice(&self) -> &[R] {
        self.memory.get(..self.len).unwrap_or(&[])
    }

    /// The first that matches.
    pub fn first(&self, matches: impl Fn(&R) -> bool) -> Option<&R> {
        self.as_slice().iter().find(|rule| matches(rule))
    }
}
