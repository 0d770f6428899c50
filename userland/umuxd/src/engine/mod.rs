// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Decides what to do, and when: no clock, no sockets, no processes.
//!
//! Time comes in as a [`Duration`] since some beginning. What happened comes in by
//! one method each; what is to be done comes out of [`Engine::next`], what is to be
//! told out of [`Engine::notices`], when to look again out of [`Engine::wake`].
//!
//! Events are hints, levels are truth: an event can be late, lost or overtaken, so
//! it only makes the engine ask for the levels; deficits are computed from levels
//! and from what the engine itself has added since.

mod hold;
mod notice;
mod pool;
mod reserve;
mod share;
mod throttle;
mod withdraw;

pub use notice::Notice;

use crate::config::PoolConfig;
use pool::Pool;
use std::collections::BTreeMap;
use std::net::Ipv6Addr;
use std::time::Duration;
use umux_abi::{Batch, Errno, Event, EventKinds, PoolId, PoolInfo, PoolSpec};
use withdraw::Withdrawals;

/// Time since some beginning.
pub type Time = Duration;

/// Levels are asked for at least so often, whatever events say.
const LEVEL_CHECK: Duration = Duration::from_secs(10);

/// Levels are asked for at most so often.
const ASK_GAP: Duration = Duration::from_millis(20);

/// Levels are asked for again so much later when the answer failed.
const ASK_RETRY: Duration = Duration::from_secs(1);

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Ask for the levels: [`Engine::levels`] or [`Engine::levels_failed`].
    Ask,
    /// Make a pool: [`Engine::created`].
    Create(PoolSpec),
    /// Generate addresses: [`Engine::generated`], or [`Engine::not_generated`].
    Generate {
        /// For which pool.
        pool: PoolId,
        /// How many.
        count: u32,
    },
    /// Add addresses: [`Engine::added`].
    Add {
        /// To which pool.
        pool: PoolId,
        /// Which.
        addrs: Vec<Ipv6Addr>,
    },
    /// Remove a pool if it has no sessions, else its unused addresses:
    /// [`Engine::withdrawn`].
    Withdraw(PoolId),
}

/// What became of an attempt to add addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// The plane took the call.
    Batch(Batch),
    /// The plane refused the call.
    Refused(Errno),
    /// The plane could not be reached.
    Unreachable,
}

/// What became of an attempt to remove a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withdrawn {
    /// It is not there any more.
    Gone,
    /// It has sessions yet, or could not be reached.
    NotYet,
}

/// The engine.
pub struct Engine {
    pools: BTreeMap<PoolId, Pool>,
    leaving: Withdrawals,
    ask_at: Time,
    asked_at: Option<Time>,
    /// Levels are on their way.
    asking: bool,
    notices: Vec<Notice>,
}

impl Engine {
    /// Begins by asking for the levels.
    pub fn new(pools: &[PoolConfig]) -> Engine {
        let mut engine = Engine {
            pools: BTreeMap::new(),
            leaving: Withdrawals::default(),
            ask_at: Time::ZERO,
            asked_at: None,
            asking: false,
            notices: Vec::new(),
        };
        engine.configure(Time::ZERO, pools);
        engine
    }

    /// Takes another configuration. Pools that it no longer names are withdrawn,
    /// which no session notices.
    pub fn configure(&mut self, now: Time, configs: &[PoolConfig]) {
        let mut old = std::mem::take(&mut self.pools);
        for config in configs {
            let pool = match old.remove(&config.spec.id) {
                Some(mut pool) => {
                    pool.configure(config);
                    pool
                }
                None => Pool::new(config),
            };
            self.leaving.end(&config.spec.id);
            self.pools.insert(config.spec.id.clone(), pool);
        }
        for id in old.into_keys() {
            self.notices.push(Notice::Left(id.clone()));
            self.leaving.begin(id);
        }
        self.want_levels(now);
    }

    /// Addresses that were generated ahead.
    pub fn reserve(&self, id: &PoolId) -> u32 {
        self.pools.get(id).map_or(0, Pool::reserve)
    }

    /// What is to be told, in order; each is told once.
    pub fn notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// What is to be done now, if anything.
    pub fn next(&mut self, now: Time) -> Option<Command> {
        // Generators first: they work while everything else goes on.
        let generate = self.pools.values_mut().find_map(|p| p.generate(now));
        if generate.is_some() {
            return generate;
        }
        if !self.asking && self.ask_time() <= now {
            self.asking = true;
            self.asked_at = Some(now);
            self.ask_at = now + LEVEL_CHECK;
            return Some(Command::Ask);
        }
        let next = self.pools.values_mut().find_map(|pool| pool.next(now));
        next.or_else(|| self.leaving.next(now).map(Command::Withdraw))
    }

    /// When to call [`Engine::next`] again if nothing happens before.
    pub fn wake(&self, now: Time) -> Time {
        let ask = if self.asking {
            Time::MAX
        } else {
            self.ask_time()
        };
        let pools = self.pools.values().filter_map(|pool| pool.wake(now));
        pools.chain(self.leaving.wake()).fold(ask, Time::min)
    }

    fn ask_time(&self) -> Time {
        match self.asked_at {
            Some(asked) => self.ask_at.max(asked + ASK_GAP),
            None => self.ask_at,
        }
    }

    fn want_levels(&mut self, now: Time) {
        self.ask_at = self.ask_at.min(now);
    }

    /// The levels.
    pub fn levels(&mut self, now: Time, infos: &[PoolInfo]) {
        self.asking = false;
        for (id, pool) in &mut self.pools {
            let info = infos.iter().find(|info| info.id == *id);
            pool.level(now, info, &mut self.notices);
        }
    }

    /// The levels could not be had.
    pub fn levels_failed(&mut self, now: Time) {
        self.asking = false;
        self.ask_at = now + ASK_RETRY;
    }

    /// Events were lost, or begin only now.
    pub fn lost(&mut self, now: Time) {
        self.want_levels(now);
    }

    /// An event.
    pub fn event(&mut self, now: Time, event: &Event) {
        let Some(pool) = self.pools.get_mut(&event.pool) else {
            return;
        };
        if event.kinds.contains(EventKinds::CONFLICT) {
            self.notices.push(Notice::Conflict(event.pool.clone()));
        }
        if event.duplicated > 0 {
            pool.duplicates(now, event.duplicated, &mut self.notices);
        }
        let changed = EventKinds::POOL_GONE | EventKinds::POOL_NEW | EventKinds::LINK;
        let stock = event.uncertain.saturating_add(event.tentative);
        if event.kinds.intersects(changed) || pool.is_low(stock) {
            self.want_levels(now);
        }
    }

    /// What became of [`Command::Create`]; `None`: the plane could not be reached.
    pub fn created(&mut self, now: Time, id: &PoolId, outcome: Result<(), Option<Errno>>) {
        let Some(pool) = self.pools.get_mut(id) else {
            return;
        };
        pool.created(now, outcome, &mut self.notices);
        self.want_levels(now);
    }

    /// The addresses of [`Command::Generate`].
    pub fn generated(&mut self, id: &PoolId, addrs: Vec<Ipv6Addr>) {
        if let Some(pool) = self.pools.get_mut(id) {
            pool.generated(addrs);
        }
    }

    /// The addresses of [`Command::Generate`] could not be had.
    pub fn not_generated(&mut self, now: Time, id: &PoolId, why: String) {
        if let Some(pool) = self.pools.get_mut(id) {
            pool.not_generated(now, why, &mut self.notices);
        }
        // A new generator begins with the levels.
        self.want_levels(now);
    }

    /// What became of [`Command::Add`].
    pub fn added(&mut self, now: Time, id: &PoolId, outcome: Added) {
        let Some(pool) = self.pools.get_mut(id) else {
            return;
        };
        if pool.added(now, outcome, &mut self.notices) {
            self.want_levels(now);
        }
    }

    /// What became of [`Command::Withdraw`].
    pub fn withdrawn(&mut self, now: Time, id: &PoolId, outcome: Withdrawn) {
        match outcome {
            Withdrawn::Gone => {
                if self.leaving.end(id) {
                    self.notices.push(Notice::Withdrawn(id.clone()));
                }
            }
            Withdrawn::NotYet => self.leaving.not_yet(now, id),
        }
    }
}

#[cfg(test)]
mod tests;
