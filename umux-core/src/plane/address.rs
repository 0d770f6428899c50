// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! An address is added, withdrawn, remembered as dead, forgotten.

use core::net::Ipv6Addr;

use super::chain::Chain;
use super::entry::{Entry, List, NONE, NONE16};
use super::{Micros, Plane};
use crate::action::Events;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::table::Handle;
use crate::table::slot::{Meta, Phase, State};
use crate::timer::Millis;
use crate::wire::reserved::is_reserved;

/// Groups are left together, this long after the first one is due.
const LEAVE_DELAY: Millis = 20;

impl Plane<'_> {
    /// Adds an address to a pool.  It waits for [`Plane::addr_start`], before
    /// which the caller joins its solicited-node group (RFC 4862, 5.4.2).
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::BadAddress`], [`Error::Exists`],
    /// [`Error::NoSpace`].
    pub fn addr_add(&mut self, pool: u32, addr: Ipv6Addr, now: Micros) -> Result<Handle> {
        self.tick(now);
        let pool = u16::try_from(pool).map_err(|_| Error::NotFound)?;
        let (prefix, iface) = self
            .pool(pool)
            .map(|p| (p.spec.prefix, p.iface))
            .ok_or(Error::NotFound)?;
        if !prefix.contains(addr) || addr.is_multicast() || is_reserved(&addr, prefix.len()) {
            return Err(Error::BadAddress);
        }
        let key = Key::from(addr);
        if self.find(key).is_some() {
            return Err(Error::Exists);
        }
        let number = self.allocate().ok_or(Error::NoSpace)?;
        let hash = self.table.secret.table(key);
        if !self.table.index.insert(hash, number) {
            self.give_back(number);
            return Err(Error::NoSpace);
        }
        let class = self.table.secret.filter(key.hi);
        self.table.filter.add(self.filter_counts, class);
        *self.entry_mut(number) = Entry {
            pool,
            iface,
            since: self.clock as Millis,
            ..Entry::default()
        };
        self.slot(number).fill(key, State::Pending);
        self.used += 1;
        if let Some(pool) = self.pool_mut(pool) {
            pool.recount(State::Free, State::Pending);
            pool.counters.added += 1;
        }
        Ok(self.handle(number))
    }

    /// The group is joined (`group` is the caller's name for it, not 0): DAD
    /// begins, or waits for the link.
    ///
    /// # Errors
    /// [`Error::Stale`]: withdrawn meanwhile; the caller leaves the group.
    pub fn addr_start(
        &mut self,
        handle: Handle,
        group: usize,
        now: Micros,
        rnd: u64,
    ) -> Result<()> {
        self.tick(now);
        let number = self.resolve(handle)?;
        if self.state(number) != State::Pending || self.entry(number).group != 0 || group == 0 {
            return Err(Error::Stale);
        }
        self.entry_mut(number).group = group;
        if self
            .iface(self.entry(number).iface)
            .is_some_and(|iface| iface.up)
        {
            self.dad_start(number, rnd);
        }
        Ok(())
    }

    /// Withdraws one address of a pool; one that is armed too, as long as no client
    /// has come.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Busy`] (in a session).
    pub fn addr_del(&mut self, pool: u32, addr: Ipv6Addr, now: Micros) -> Result<()> {
        self.tick(now);
        let number = self.find(addr.into()).ok_or(Error::NotFound)?;
        if u32::from(self.entry(number).pool) != pool {
            return Err(Error::NotFound);
        }
        match self.state(number) {
            State::Valid if self.slot(number).meta().phase() == Phase::Armed => {
                self.lapse(number);
                Ok(())
            }
            State::Valid => Err(Error::Busy),
            State::Tombstone => Err(Error::NotFound),
            State::Duplicated => {
                self.forget(number);
                Ok(())
            }
            _ => {
                self.withdraw(number);
                self.happened(pool as u16, Events::WITHDRAWN);
                Ok(())
            }
        }
    }

    /// Withdraws all addresses without a session, of one interface or
    /// (`ifindex` 0) of all.  Returns how many.
    pub fn flush(&mut self, ifindex: u32, now: Micros) -> u32 {
        self.tick(now);
        let mut flushed = 0;
        for number in 0..self.config.max_addrs {
            if ifindex == 0 || self.ifindex_of(number) == ifindex {
                let pool = self.entry(number).pool;
                if self.withdraw(number) {
                    self.happened(pool, Events::WITHDRAWN);
                    flushed += 1;
                }
            }
        }
        flushed
    }

    /// Removes an address that waits, probes or is ready.  `false`: it is in
    /// none of these states.
    pub(super) fn withdraw(&mut self, number: u32) -> bool {
        match self.state(number) {
            State::Uncertain => self.leave_ready(number),
            State::Pending | State::Tentative => {}
            _ => return false,
        }
        self.forget(number);
        true
    }

    /// Takes an uncertain address off its pool's queue.
    pub(super) fn leave_ready(&mut self, number: u32) {
        self.timers.cancel(number);
        let pool = self.entry(number).pool;
        if let Some(mut list) = self.pool(pool).map(|p| p.ready) {
            self.unlink(&mut list, number);
            if let Some(pool) = self.pool_mut(pool) {
                pool.ready = list;
            }
        }
    }

    /// Puts an address on its pool's queue: uncertain.  While its link is down it
    /// waits, as those do that were ready when that happened.
    pub(super) fn make_ready(&mut self, number: u32) {
        let pool = self.entry(number).pool;
        let Some((mut list, age)) = self.pool(pool).map(|p| (p.ready, p.spec.max_age)) else {
            // Its pool was deleted while it was in a session.
            self.forget(number);
            return;
        };
        let up = self
            .iface(self.entry(number).iface)
            .is_none_or(|iface| iface.up);
        if !up {
            self.set_state(number, Meta::of(State::Pending));
            // Only a session's end comes here then.
            self.happened(pool, Events::ENDED);
            return;
        }
        self.set_state(number, Meta::of(State::Uncertain));
        self.push(&mut list, number);
        if let Some(pool) = self.pool_mut(pool) {
            pool.ready = list;
        }
        if age > 0 {
            let at = (self.clock as Millis).wrapping_add(age * 1000);
            self.timers.arm(number, at);
        }
        self.happened(pool, Events::READY);
    }

    /// Keeps a dead address in mind for a while, as `meta` says.
    pub(super) fn bury(&mut self, number: u32, meta: Meta, keep: Millis) {
        self.set_state(number, meta);
        let mut dead = self.dead;
        self.push(&mut dead, number);
        self.dead = dead;
        self.leave_group(number);
        self.slot(number).renew();
        let at = (self.clock as Millis).wrapping_add(keep);
        self.timers.arm(number, at);
    }

    /// Keeps the address of a session that is over in mind: silent, but for what the
    /// kernel asks its peer ([`Plane::soliciting`]).
    pub(super) fn bury_session(&mut self, number: u32) {
        let dead = self.slot(number).meta().dead();
        self.bury(number, dead, self.config.tombstone);
        if self.entry(number).pool == NONE16 {
            self.asks_no_more(number);
        }
    }

    /// A tombstone asks for nobody any more: its prefix has left the link, so that an
    /// answer might not come back, or another node has the address.
    pub(super) fn asks_no_more(&mut self, number: u32) {
        let meta = self.slot(number).meta();
        if meta.state() == State::Tombstone && meta.asks_for_peer() {
            self.chain_out(Chain::Peer, number);
            self.slot(number).publish(Meta::of(State::Tombstone));
        }
    }

    /// Removes an address altogether.
    pub(super) fn forget(&mut self, number: u32) {
        self.timers.cancel(number);
        if matches!(self.state(number), State::Tombstone | State::Duplicated) {
            let mut dead: List = self.dead;
            self.unlink(&mut dead, number);
            self.dead = dead;
            if self.slot(number).meta().asks_for_peer() {
                self.chain_out(Chain::Peer, number);
            }
        }
        let key = self.slot(number).local();
        self.table
            .index
            .remove(self.table.secret.table(key), number);
        let class = self.table.secret.filter(key.hi);
        self.table.filter.remove(self.filter_counts, class);
        self.set_state(number, Meta::of(State::Free));
        self.slot(number).renew();
        self.used -= 1;
        self.leave_group(number);
        if !self.entry(number).is_leaving {
            self.give_back(number);
        }
    }

    fn allocate(&mut self) -> Option<u32> {
        if self.free == NONE {
            // The oldest dead address whose group is left already.
            let mut oldest = self.dead.head;
            while oldest != NONE && self.entry(oldest).is_leaving {
                oldest = self.entry(oldest).links(List::DEAD).next;
            }
            if oldest == NONE {
                return None;
            }
            self.forget(oldest);
        }
        let number = self.free;
        self.free = self.entry(number).links(List::IDLE).next;
        Some(number)
    }

    fn give_back(&mut self, number: u32) {
        let free = self.free;
        *self.entry_mut(number) = Entry::default();
        self.entry_mut(number).links_mut(List::IDLE).next = free;
        self.free = number;
    }

    /// Queues the group of an address to be left; leaving needs a thread.
    fn leave_group(&mut self, number: u32) {
        let head = self.leaving;
        let entry = self.entry_mut(number);
        if entry.group == 0 || entry.is_leaving {
            return;
        }
        entry.leave = head;
        entry.is_leaving = true;
        self.leaving = number;
        let at = (self.clock as Millis).wrapping_add(LEAVE_DELAY);
        let timer = self.leave_timer();
        self.timers.arm_by(timer, at);
    }

    pub(super) fn leave_timer(&self) -> u32 {
        self.config.max_addrs + 2 * self.config.max_pools
    }

    /// The next group that the caller has to leave, by its own name.
    pub fn next_group(&mut self) -> Option<usize> {
        let number = self.leaving;
        if number == NONE {
            return None;
        }
        let entry = self.entry_mut(number);
        let group = core::mem::take(&mut entry.group);
        let next = core::mem::replace(&mut entry.leave, NONE);
        entry.is_leaving = false;
        self.leaving = next;
        if self.state(number) == State::Free {
            self.give_back(number);
        }
        Some(group)
    }
}
