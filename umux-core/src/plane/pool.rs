// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Pools: one for each prefix of an interface, their levels and events.

use super::entry::{List, NONE16};
use super::{Micros, Plane};
use crate::action::{EventInfo, Events};
use crate::error::{Error, Result};
use crate::policy::{LabelRow, Labels};
use crate::prefix::Prefix;
use crate::select::Candidate;
use crate::table::slot::{STATES, State};
use crate::timer::Millis;

/// What a session gets from an empty pool.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum MissPolicy {
    /// The host's own address.
    #[default]
    Legacy,
    /// EADDRNOTAVAIL.
    Refuse,
}

/// How a pool is asked for.
#[derive(Clone, Copy, Debug)]
pub struct PoolSpec {
    /// The prefix, 16 to 112 bits.
    pub prefix: Prefix,
    /// What a session gets when the pool is empty.
    pub miss: MissPolicy,
    /// Seconds after which an uncertain address is replaced, 0: never.
    pub max_age: u32,
    /// Least time between two event messages, milliseconds.
    pub notify: u32,
}

/// Figures of a pool; each only grows.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // kmod/umux_abi.h, struct umux_pool_info, says each
pub struct PoolCounters {
    pub added: u64,
    pub taken: u64,
    pub returned: u64,
    pub ended: u64,
    pub missed: u64,
    pub duplicated: u64,
    pub expired: u64,
}

/// A pool.
#[derive(Clone)]
pub struct Pool {
    pub(super) iface: u16,
    /// Deleted, but for its last event message.
    pub(super) dying: bool,
    pub(super) spec: PoolSpec,
    /// Of its prefix in the policy table.
    label: Option<u32>,
    pub(super) ready: List,
    pub(super) count: [u32; STATES],
    pub(super) counters: PoolCounters,
    pending: Events,
    duplicated_since: u32,
    missed_since: u32,
    /// No message before this time.
    quiet_until: Option<Millis>,
    /// For the last message, when the interface is gone already.
    ifindex: u32,
}

impl Default for Pool {
    fn default() -> Self {
        Self {
            iface: NONE16,
            dying: false,
            spec: PoolSpec {
                prefix: Prefix::DEFAULT,
                miss: MissPolicy::Legacy,
                max_age: 0,
                notify: 0,
            },
            label: None,
            ready: List::empty(List::IDLE),
            count: [0; STATES],
            counters: PoolCounters::default(),
            pending: Events::empty(),
            duplicated_since: 0,
            missed_since: 0,
            quiet_until: None,
            ifindex: 0,
        }
    }
}

impl Pool {
    pub(super) fn in_use(&self) -> bool {
        self.iface != NONE16 || self.dying
    }

    /// As what it is compared with others for a session.
    pub(super) fn source(&self) -> Candidate {
        (self.spec.prefix, self.label)
    }

    pub(super) fn recount(&mut self, from: State, to: State) {
        for (state, delta) in [(from, u32::MAX), (to, 1)] {
            if let (true, Some(n)) = (state != State::Free, self.count.get_mut(state as usize)) {
                *n = n.wrapping_add(delta);
            }
        }
    }

    pub(super) fn level(&self, state: State) -> u32 {
        self.count.get(state as usize).copied().unwrap_or(0)
    }
}

/// How often the caller is asked whether a prefix is still there.
const PREFIX_CHECK: Millis = 10_000;
/// Longest interval between messages that may be asked for.
const MAX_NOTIFY: u32 = 60_000;
/// Longest age that may be asked for: a timer's reach.
const MAX_AGE: u32 = 86_400;

impl Plane<'_> {
    /// A pool that is in use and not dying.
    pub(super) fn pool(&self, number: u16) -> Option<&Pool> {
        self.pools
            .get(usize::from(number))
            .filter(|pool| pool.in_use() && !pool.dying)
    }

    pub(super) fn pool_mut(&mut self, number: u16) -> Option<&mut Pool> {
        self.pools
            .get_mut(usize::from(number))
            .filter(|pool| pool.in_use() && !pool.dying)
    }

    pub(super) fn notify_timer(&self, pool: u16) -> u32 {
        self.config.max_addrs + 2 * u32::from(pool)
    }

    pub(super) fn check_timer(&self, pool: u16) -> u32 {
        self.notify_timer(pool) + 1
    }

    /// Creates a pool.
    ///
    /// # Errors
    /// [`Error::Invalid`] (prefix length, age, interval), [`Error::NotFound`]
    /// (interface not set), [`Error::Exists`], [`Error::NoSpace`].
    pub fn pool_add(&mut self, ifindex: u32, spec: PoolSpec, now: Micros) -> Result<u32> {
        let ms = self.tick(now);
        let range = 16..=112;
        if !range.contains(&spec.prefix.len())
            || spec.max_age > MAX_AGE
            || spec.notify > MAX_NOTIFY
            || spec.prefix.addr().is_multicast()
        {
            return Err(Error::Invalid);
        }
        let iface = self.iface_number(ifindex).ok_or(Error::NotFound)?;
        if self.pool_find(ifindex, spec.prefix).is_ok() {
            return Err(Error::Exists);
        }
        let number = self
            .pools
            .iter()
            .position(|pool| !pool.in_use())
            .ok_or(Error::NoSpace)? as u16;
        if let Some(pool) = self.pools.get_mut(usize::from(number)) {
            *pool = Pool::default();
            pool.iface = iface;
            pool.ifindex = ifindex;
            pool.spec = spec;
            pool.label = self.labels.label(spec.prefix.addr());
        }
        self.pool_end = self.pool_end.max(number + 1);
        let check = self.check_timer(number);
        self.timers.arm(check, ms.wrapping_add(PREFIX_CHECK));
        self.happened(number, Events::POOL_NEW);
        Ok(u32::from(number))
    }

    /// The policy table (RFC 6724) that chooses among pools.
    #[must_use]
    pub fn labels(&self) -> &Labels<'_> {
        &self.labels
    }

    /// Replaces the policy table.
    ///
    /// # Errors
    /// As [`Labels::replace`]; the old table stays then.
    pub fn labels_replace(&mut self, rows: impl Iterator<Item = LabelRow> + Clone) -> Result<()> {
        self.labels.replace(rows)?;
        self.label_pools();
        Ok(())
    }

    /// The default policy table again.
    pub fn labels_reset(&mut self) {
        self.labels.reset();
        self.label_pools();
    }

    fn label_pools(&mut self) {
        for pool in &mut *self.pools {
            pool.label = self.labels.label(pool.spec.prefix.addr());
        }
    }

    /// The number of a pool.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn pool_find(&self, ifindex: u32, prefix: Prefix) -> Result<u32> {
        let iface = self.iface_number(ifindex).ok_or(Error::NotFound)?;
        (0..self.config.max_pools)
            .find(|&number| {
                self.pool(number as u16)
                    .is_some_and(|pool| pool.iface == iface && pool.spec.prefix == prefix)
            })
            .ok_or(Error::NotFound)
    }

    /// Deletes a pool with all its addresses that are in no session; with
    /// `force` those in sessions stay until their PCBs are gone.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Busy`] (live sessions and no force).
    pub fn pool_del(&mut self, pool: u32, force: bool, now: Micros) -> Result<()> {
        self.tick(now);
        let number = u16::try_from(pool).map_err(|_| Error::NotFound)?;
        let live = self
            .pool(number)
            .ok_or(Error::NotFound)?
            .level(State::Valid);
        if live > 0 && !force {
            return Err(Error::Busy);
        }
        for slot in 0..self.config.max_addrs {
            if self.entry(slot).pool == number {
                self.withdraw(slot);
                self.asks_no_more(slot);
                // Sessions and tombstones live on without a pool.
                self.entry_mut(slot).pool = NONE16;
            }
        }
        let check = self.check_timer(number);
        self.timers.cancel(check);
        self.happened(number, Events::POOL_GONE);
        if let Some(pool) = self.pools.get_mut(usize::from(number)) {
            pool.iface = NONE16;
            pool.dying = true;
            pool.count = [0; STATES];
        }
        Ok(())
    }

    /// Notes an event; the message goes out by the pool's timer, so that many
    /// events cost one message.
    pub(super) fn happened(&mut self, number: u16, events: Events) {
        let now = self.clock as Millis;
        let timer = self.notify_timer(number);
        let Some(pool) = self.pool_mut(number) else {
            return;
        };
        pool.pending |= events;
        if events.contains(Events::DUPLICATED) {
            pool.duplicated_since += 1;
        }
        if events.contains(Events::MISS) {
            pool.missed_since += 1;
        }
        // What lies further ahead than the interval is long past: the clock wraps.
        let at = match pool.quiet_until {
            Some(until) if (1..=pool.spec.notify).contains(&until.wrapping_sub(now)) => until,
            _ => now,
        };
        self.timers.arm_by(timer, at);
    }

    /// The message that is due; `None`: nothing happened.
    pub(super) fn message(&mut self, number: u16) -> Option<EventInfo> {
        let now = self.clock as Millis;
        let pool = self.pools.get_mut(usize::from(number))?;
        if pool.pending.is_empty() {
            return None;
        }
        let info = EventInfo {
            events: core::mem::replace(&mut pool.pending, Events::empty()),
            seq: self.event_seq,
            uncertain: pool.level(State::Uncertain),
            tentative: pool.level(State::Tentative) + pool.level(State::Pending),
            valid: pool.level(State::Valid),
            duplicated: core::mem::take(&mut pool.duplicated_since),
            missed: core::mem::take(&mut pool.missed_since),
            ifindex: pool.ifindex,
            prefix: pool.spec.prefix.addr(),
            plen: pool.spec.prefix.len(),
        };
        self.event_seq = self.event_seq.wrapping_add(1);
        self.counters.events += 1;
        pool.quiet_until = Some(now.wrapping_add(pool.spec.notify));
        if pool.dying {
            *pool = Pool::default();
        }
        Some(info)
    }

    /// Asks again in a while.
    pub(super) fn check_prefix_later(&mut self, number: u16) {
        let at = (self.clock as Millis).wrapping_add(PREFIX_CHECK);
        let timer = self.check_timer(number);
        self.timers.arm(timer, at);
    }
}
