// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! How many of the addresses that were added lately turned out to be duplicates.

use super::Time;
use std::time::Duration;

/// What is older than once to twice this does not count.
const WINDOW: Duration = Duration::from_secs(10);

/// From one duplicate in so many on, it is no chance.
const SUSPICIOUS: u64 = 4;

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    added: u64,
    duplicates: u64,
}

/// Counts of the present window and of the one before.
#[derive(Debug, Default)]
pub struct Share {
    begin: Time,
    now: Counts,
    before: Counts,
}

impl Share {
    fn at(&mut self, now: Time) -> &mut Counts {
        if now >= self.begin + WINDOW {
            let adjoining = now < self.begin + 2 * WINDOW;
            self.before = if adjoining {
                self.now
            } else {
                Counts::default()
            };
            self.now = Counts::default();
            self.begin = now;
        }
        &mut self.now
    }

    /// So many were added.
    pub fn added(&mut self, now: Time, count: u64) {
        self.at(now).added += count;
    }

    /// So many are duplicates; are they suspiciously many?
    pub fn duplicates(&mut self, now: Time, count: u64) -> bool {
        self.at(now).duplicates += count;
        let duplicates = self.now.duplicates + self.before.duplicates;
        let added = self.now.added + self.before.added;
        duplicates.saturating_mul(SUSPICIOUS) >= added
    }
}
