// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Addresses that were generated and wait to be added.
//!
//! They are generated ahead, so that a generator that dies, hangs or is slow costs
//! a pool nothing until the reserve is used up: a reserve of one level lets the
//! pool be filled once without asking anybody.

use super::Time;
use super::hold::Hold;
use std::collections::VecDeque;
use std::net::Ipv6Addr;
use std::time::Duration;
use umux_addrgen::protocol::COUNT_MAX;

/// Most addresses in a reserve: four requests.
const RESERVE_MAX: u32 = 4 * COUNT_MAX;

/// Shortest pause after a generator failed for the second time in a row. After the
/// first time it is started anew at once.
const FAILURE_LEAST: Duration = Duration::from_secs(1);
/// Longest pause.
const FAILURE_MOST: Duration = Duration::from_secs(60);

/// After so long without a failure the next one counts as the first.
const FORGIVEN: Duration = Duration::from_secs(60);

/// The reserve of one pool.
#[derive(Debug)]
pub struct Reserve {
    target: u32,
    addrs: VecDeque<Ipv6Addr>,
    asked: bool,
    hold: Hold,
}

impl Reserve {
    /// Empty; for a pool of this level.
    pub fn new(level: u32) -> Reserve {
        Reserve {
            target: level.clamp(1, RESERVE_MAX),
            addrs: VecDeque::new(),
            asked: false,
            hold: Hold::lenient(FAILURE_LEAST, FAILURE_MOST),
        }
    }

    /// The pool's level is another.
    pub fn set_level(&mut self, level: u32) {
        self.target = level.clamp(1, RESERVE_MAX);
    }

    /// Another generator: what the old one chose does not count, nor how it fared.
    pub fn renew(&mut self) {
        self.addrs.clear();
        self.asked = false;
        self.hold.reset();
    }

    /// Addresses in it.
    pub fn len(&self) -> u32 {
        self.addrs.len() as u32
    }

    /// The more is left, the longer a generator may take; but it is not asked for single
    /// addresses.
    fn is_short(&self) -> bool {
        self.len() + (self.target / 8).max(1) <= self.target
    }

    /// How many to ask the generator for now. It is asked once at a time.
    pub fn ask(&mut self, now: Time) -> Option<u32> {
        if self.asked || !self.is_short() || self.hold.is_on(now) {
            return None;
        }
        self.asked = true;
        Some(self.target.saturating_sub(self.len()).min(COUNT_MAX))
    }

    /// When to look again.
    pub fn wake(&self) -> Option<Time> {
        (!self.asked && self.is_short()).then(|| self.hold.until())
    }

    /// The generator answered. Whether its addresses are of use, the plane will say.
    pub fn put(&mut self, addrs: Vec<Ipv6Addr>) {
        self.asked = false;
        self.addrs.extend(addrs);
    }

    /// Takes the oldest.
    pub fn take(&mut self, count: u32) -> Vec<Ipv6Addr> {
        let count = self.addrs.len().min(count as usize);
        self.addrs.drain(..count).collect()
    }

    /// The generator failed; how long it is left alone.
    pub fn failed(&mut self, now: Time) -> Duration {
        self.asked = false;
        if !self.hold.is_recent(now, FORGIVEN) {
            self.hold.reset();
        }
        self.hold.fail(now)
    }

    /// The plane takes none of its addresses, so that the rest is of no use either.
    pub fn spoilt(&mut self, now: Time) -> Duration {
        self.addrs.clear();
        // An answer that is on its way is the same generator's, and may yet be good.
        let asked = self.asked;
        let pause = self.failed(now);
        self.asked = asked;
        pause
    }

    /// The plane took addresses: the generator is a good one.
    pub fn proven(&mut self) {
        self.hold.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addrs(count: u32) -> Vec<Ipv6Addr> {
        (0..count).map(|n| Ipv6Addr::from_bits(n.into())).collect()
    }

    #[test]
    fn it_is_filled_when_an_eighth_is_gone_and_by_one_question_at_a_time() {
        let now = Time::ZERO;
        let mut reserve = Reserve::new(80);
        assert_eq!(reserve.ask(now), Some(80));
        assert_eq!((reserve.ask(now), reserve.wake()), (None, None));
        reserve.put(addrs(80));
        reserve.take(9);
        assert_eq!((reserve.ask(now), reserve.wake()), (None, None));
        reserve.take(1);
        assert_eq!(reserve.wake(), Some(now));
        assert_eq!(reserve.ask(now), Some(10));
    }

    #[test]
    fn a_pool_of_one_has_a_reserve_of_one() {
        let mut reserve = Reserve::new(1);
        assert_eq!(reserve.ask(Time::ZERO), Some(1));
        reserve.put(addrs(1));
        assert_eq!((reserve.ask(Time::ZERO), reserve.wake()), (None, None));
    }

    #[test]
    fn no_question_is_larger_than_the_protocol_lets_it_be() {
        let mut reserve = Reserve::new(1_000_000);
        for _ in 0..4 {
            let count = reserve.ask(Time::ZERO);
            reserve.put(addrs(count.unwrap_or(0)));
        }
        assert!((3584..=4096).contains(&reserve.len()), "{}", reserve.len());
    }

    #[test]
    fn a_failure_after_a_long_good_time_is_a_first_one() {
        let mut reserve = Reserve::new(10);
        let second = Duration::from_secs(1);
        assert_eq!(reserve.failed(Time::ZERO), Duration::ZERO);
        assert_eq!(reserve.failed(Time::ZERO), second);
        assert_eq!(reserve.failed(second), 2 * second);
        assert_eq!(reserve.failed(100 * second), Duration::ZERO);
    }
}
