// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What is known, and rates from it.

use super::servers::Servers;
use crate::filter::Filter;
use crate::line;
use crate::source::Happening;
use jiff::ZonedDateTime;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use umux_abi::{Counters, PoolId, PoolInfo};

/// Messages that are kept.
const MESSAGES: usize = 200;

/// Rates that are kept: as many as a wide terminal has columns.
const RATES: usize = 512;

/// A pool, and what it did lately.
#[derive(Debug, Clone)]
pub struct Pool {
    /// As the plane says.
    pub info: PoolInfo,
    /// Most addresses ready and coming that were seen; what a full bar stands for.
    pub peak: u32,
    /// Sessions a second.
    pub sessions: f64,
}

/// All that is shown.
pub struct Model {
    /// Which plane.
    pub name: String,
    /// Pools by their names.
    pub pools: BTreeMap<PoolId, Pool>,
    /// As the plane says.
    pub counters: Counters,
    /// As the plane says.
    pub servers: Servers,
    /// Sessions a second, now.
    pub sessions: f64,
    /// Misses a second, now.
    pub misses: f64,
    /// Sessions a second, the newest last; rounded.
    pub history: VecDeque<u64>,
    /// Messages with their times, the newest first.
    pub messages: VecDeque<(String, String)>,
    /// Why the plane cannot be reached.
    pub trouble: Option<String>,
    /// Nothing changes.
    pub paused: bool,
    /// Pools that are above the first line shown.
    pub above: usize,
    filter: Filter,
    asked: Option<Duration>,
}

impl Model {
    /// Nothing is known yet.
    pub fn new(name: String, filter: Filter) -> Model {
        Model {
            name,
            pools: BTreeMap::new(),
            counters: Counters::default(),
            servers: Servers::default(),
            sessions: 0.0,
            misses: 0.0,
            history: VecDeque::new(),
            messages: VecDeque::new(),
            trouble: None,
            paused: false,
            above: 0,
            filter,
            asked: None,
        }
    }

    /// The levels at a time since some beginning.
    pub fn levels(&mut self, now: Duration, infos: Vec<PoolInfo>, counters: Counters) {
        if self.paused {
            return;
        }
        let passed = self.asked.map(|asked| now.saturating_sub(asked));
        self.asked = Some(now);
        self.trouble = None;
        let old = std::mem::replace(&mut self.counters, counters);
        self.sessions = rate(old.taken, counters.taken, passed);
        self.misses = rate(old.missed, counters.missed, passed);
        if passed.is_some() {
            self.history.push_back(self.sessions.round() as u64);
            if self.history.len() > RATES {
                self.history.pop_front();
            }
        }
        let mut before = std::mem::take(&mut self.pools);
        for info in infos {
            let old = before.remove(&info.id);
            let taken = old.as_ref().map_or(info.taken, |pool| pool.info.taken);
            let peak = old.map_or(0, |pool| pool.peak);
            let pool = Pool {
                sessions: rate(taken, info.taken, passed),
                peak: peak.max(info.counts.stock()),
                info,
            };
            self.pools.insert(pool.info.id.clone(), pool);
        }
        self.scroll(0);
    }

    /// The servers now.
    pub fn servers(&mut self, servers: Servers) {
        if !self.paused {
            self.servers = servers;
        }
    }

    /// The plane cannot be reached.
    pub fn unreachable(&mut self, why: String) {
        self.trouble = Some(why);
        self.asked = None;
        self.sessions = 0.0;
        self.misses = 0.0;
        self.pools.clear();
        self.servers = Servers::default();
    }

    /// A message.
    pub fn happened(&mut self, time: &ZonedDateTime, happening: Happening) {
        if self.paused || !self.filter.admits(&happening) {
            return;
        }
        let stamp = time.strftime("%H:%M:%S%.3f").to_string();
        self.messages.push_front((stamp, line::words(&happening)));
        self.messages.truncate(MESSAGES);
    }

    /// Stops the view, or lets it go on.
    pub fn pause(&mut self) {
        self.paused = !self.paused;
        // What happened meanwhile is not the rate of one moment.
        self.asked = None;
    }

    /// Full bars stand for what there is now.
    pub fn forget_peaks(&mut self) {
        for pool in self.pools.values_mut() {
            pool.peak = pool.info.counts.stock();
        }
    }

    /// Clears the messages.
    pub fn forget_messages(&mut self) {
        self.messages.clear();
    }

    /// Moves the list of pools.
    pub fn scroll(&mut self, by: isize) {
        let last = self.pools.len().saturating_sub(1);
        self.above = self.above.saturating_add_signed(by).min(last);
    }
}

/// A second, from two counts. A count that fell was begun anew.
fn rate(before: u64, now: u64, passed: Option<Duration>) -> f64 {
    match passed {
        Some(passed) if !passed.is_zero() => {
            now.saturating_sub(before) as f64 / passed.as_secs_f64()
        }
        _ => 0.0,
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use umux_abi::{Miss, PoolCounts};

    pub fn info(id: &str, ready: u32, coming: u32, taken: u64) -> PoolInfo {
        PoolInfo {
            id: id.parse().expect("a pool"),
            ifindex: 1,
            link_up: true,
            miss: Miss::Legacy,
            max_age: 0,
            notify_ms: 100,
            counts: PoolCounts {
                uncertain: ready,
                tentative: coming,
                valid: 3,
                ..PoolCounts::default()
            },
            added: 0,
            taken,
            returned: 0,
            ended: 0,
            missed: 0,
            duplicated: 2,
            expired: 0,
        }
    }

    fn counters(taken: u64, missed: u64) -> Counters {
        Counters {
            taken,
            missed,
            ..Counters::default()
        }
    }

    const POOL: &str = "em0 2001:db8:1::/64";

    #[test]
    fn rates_are_differences_over_the_time_that_passed() {
        let mut model = Model::new("lab".into(), Filter::default());
        let second = Duration::from_secs(1);
        model.levels(second, vec![info(POOL, 10, 0, 100)], counters(100, 5));
        assert_eq!(model.sessions, 0.0, "one look has no rate");
        model.levels(3 * second, vec![info(POOL, 10, 0, 150)], counters(150, 6));
        assert_eq!((model.sessions, model.misses), (25.0, 0.5));
        let pool = &model.pools[&POOL.parse().expect("a pool")];
        assert_eq!(pool.sessions, 25.0);
        assert_eq!(model.history, [25]);
        // Another plane that began to count anew.
        model.levels(4 * second, vec![info(POOL, 10, 0, 1)], counters(1, 0));
        assert_eq!((model.sessions, model.misses), (0.0, 0.0));
    }

    #[test]
    fn peaks_last_until_they_are_forgotten_and_pools_until_they_go() {
        let mut model = Model::new("lab".into(), Filter::default());
        let id = POOL.parse().expect("a pool");
        model.levels(Duration::ZERO, vec![info(POOL, 90, 10, 0)], counters(0, 0));
        model.levels(Duration::ZERO, vec![info(POOL, 20, 10, 0)], counters(0, 0));
        assert_eq!(model.pools[&id].peak, 100);
        model.forget_peaks();
        assert_eq!(model.pools[&id].peak, 30);
        model.levels(Duration::ZERO, vec![], counters(0, 0));
        assert!(model.pools.is_empty());
    }

    #[test]
    fn a_pause_keeps_everything_as_it_is() {
        let mut model = Model::new("lab".into(), Filter::default());
        model.pause();
        model.levels(Duration::ZERO, vec![info(POOL, 1, 0, 0)], counters(9, 9));
        model.happened(&ZonedDateTime::now(), Happening::Lost);
        assert!(model.pools.is_empty() && model.messages.is_empty());
        model.pause();
        model.happened(&ZonedDateTime::now(), Happening::Lost);
        assert_eq!(model.messages.len(), 1);
    }
}
