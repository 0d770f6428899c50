// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Exponential back-off: a time before which something is not tried again.

use super::Time;
use std::time::Duration;

/// A back-off that doubles.
#[derive(Debug, Clone)]
pub struct Hold {
    least: Duration,
    most: Duration,
    /// The first failure makes no pause.
    lenient: bool,
    failures: u32,
    until: Time,
}

impl Hold {
    /// Between `least` and `most`.
    pub fn new(least: Duration, most: Duration) -> Hold {
        Hold {
            least,
            most,
            lenient: false,
            failures: 0,
            until: Time::ZERO,
        }
    }

    /// The same, but the first failure makes no pause.
    pub fn lenient(least: Duration, most: Duration) -> Hold {
        Hold {
            lenient: true,
            ..Hold::new(least, most)
        }
    }

    /// It failed: the pause that begins now.
    pub fn fail(&mut self, now: Time) -> Duration {
        self.failures = self.failures.saturating_add(1);
        let doublings = self.failures - 1;
        let pause = match doublings.checked_sub(u32::from(self.lenient)) {
            None => Duration::ZERO,
            Some(doublings) => {
                let factor = 2u32.saturating_pow(doublings);
                self.least.saturating_mul(factor).min(self.most)
            }
        };
        self.until = now + pause;
        pause
    }

    /// It worked: the next pause is the least again.
    pub fn reset(&mut self) {
        self.failures = 0;
        self.until = Time::ZERO;
    }

    /// Is there a pause now?
    pub fn is_on(&self, now: Time) -> bool {
        now < self.until
    }

    /// When the pause ends, or has ended.
    pub fn until(&self) -> Time {
        self.until
    }

    /// Did it fail within this time before now, pauses aside?
    pub fn is_recent(&self, now: Time, within: Duration) -> bool {
        self.failures > 0 && now < self.until + within
    }
}
