// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! How many addresses may begin duplicate address detection: a token bucket.

use super::Time;
use std::time::Duration;

const SECOND: u128 = 1_000_000_000;

/// The bucket holds what comes in this part of a second.
const BURST_PART: u32 = 4;

/// A token bucket in whole numbers; one address costs [`SECOND`].
#[derive(Debug, Clone)]
pub struct Throttle {
    rate: u32,
    credit: u128,
    at: Time,
}

impl Throttle {
    /// `rate` addresses a second; full.
    pub fn new(rate: u32) -> Throttle {
        let mut throttle = Throttle {
            rate: rate.max(1),
            credit: 0,
            at: Time::ZERO,
        };
        throttle.credit = throttle.cap();
        throttle
    }

    /// Another rate from now on.
    pub fn set_rate(&mut self, now: Time, rate: u32) {
        self.credit = self.credit_at(now);
        self.at = now;
        self.rate = rate.max(1);
        self.credit = self.credit.min(self.cap());
    }

    /// Most addresses at once.
    pub fn burst(&self) -> u32 {
        (self.rate / BURST_PART).max(1)
    }

    fn cap(&self) -> u128 {
        u128::from(self.burst()) * SECOND
    }

    fn credit_at(&self, now: Time) -> u128 {
        let passed = now.saturating_sub(self.at).as_nanos();
        let grown = passed.saturating_mul(self.rate.into());
        self.credit.saturating_add(grown).min(self.cap())
    }

    /// Addresses that may begin now.
    pub fn available(&self, now: Time) -> u32 {
        u32::try_from(self.credit_at(now) / SECOND).unwrap_or(u32::MAX)
    }

    /// Takes some of them.
    pub fn take(&mut self, now: Time, count: u32) {
        self.credit = self
            .credit_at(now)
            .saturating_sub(u128::from(count) * SECOND);
        self.at = now;
    }

    /// When so many may begin; more than a burst never may.
    pub fn when(&self, now: Time, count: u32) -> Time {
        let missing =
            (u128::from(count.min(self.burst())) * SECOND).saturating_sub(self.credit_at(now));
        let wait = missing.div_ceil(self.rate.into());
        now + Duration::from_nanos(u64::try_from(wait).unwrap_or(u64::MAX))
    }
}
