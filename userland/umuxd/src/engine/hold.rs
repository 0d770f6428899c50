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
    pause: Duration,
    until: Time,
}

impl Hold {
    /// Between `least` and `most`.
    pub fn new(least: Duration, most: Duration) -> Hold {
        Hold {
            least,
            most,
            pause: Duration::ZERO,
            until: Time::ZERO,
        }
    }

    /// It failed: the pause that begins now.
    pub fn fail(&mut self, now: Time) -> Duration {
        self.pause = (self.pause * 2).clamp(self.least, self.most);
        self.until = now + self.pause;
        self.pause
    }

    /// It worked: the next pause is the least again.
    pub fn reset(&mut self) {
        self.pause = Duration::ZERO;
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
        !self.pause.is_zero() && now < self.until + within
    }
}
