// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Client sessions: an address is taken at connect(), and goes with the PCB.

use core::net::Ipv6Addr;

use super::chain::Chain;
use super::pool::MissPolicy;
use super::{Micros, Plane};
use crate::action::Events;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::policy::rules::Subject;
use crate::policy::{RuleVerdict, Wish};
use crate::select;
use crate::table::Handle;
use crate::table::slot::{Meta, Phase, State};
use crate::timer::Millis;
use crate::wire::proto;

/// What a session wants.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Outgoing interface.
    pub ifindex: u32,
    /// Destination.
    pub peer: Ipv6Addr,
    /// Protocol number.
    pub proto: u8,
    /// Destination port.
    pub fport: u16,
    /// Local port, 0: not known yet.
    pub lport: u16,
    /// Whose it is.
    pub uid: u32,
    /// Jail's number, 0: the host.
    pub jail: u32,
    /// What its program wishes.
    pub wish: Wish,
}

impl Wanted {
    fn subject(&self) -> Subject {
        Subject {
            dst: self.peer,
            proto: self.proto,
            port: self.fport,
            uid: self.uid,
            jail: self.jail,
            wish: self.wish,
        }
    }
}

/// What it got.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Taken {
    /// Names the session.
    pub handle: Handle,
    /// The source address, valid from now on.
    pub local: Ipv6Addr,
}

impl Plane<'_> {
    /// Takes an address for a session: it is valid when this returns.
    ///
    /// # Errors
    /// [`Error::ByRule`], [`Error::NoPool`], [`Error::MissLegacy`],
    /// [`Error::MissRefuse`].
    pub fn take(&mut self, wanted: &Wanted, now: Micros) -> Result<Taken> {
        self.tick(now);
        let number = self.choose_pool(wanted)?;
        let (ready, miss) = self
            .pool(number)
            .map(|pool| (pool.ready.head, pool.spec.miss))
            .ok_or(Error::NoPool)?;
        if ready == super::NONE {
            self.counters.missed += 1;
            if let Some(pool) = self.pool_mut(number) {
                pool.counters.missed += 1;
            }
            self.happened(number, Events::MISS);
            return Err(match miss {
                MissPolicy::Legacy => Error::MissLegacy,
                MissPolicy::Refuse => Error::MissRefuse,
            });
        }
        self.leave_ready(ready);
        let meta = Meta::session(wanted.proto, wanted.lport, wanted.fport);
        let peer = Key::from(wanted.peer);
        let same_peer = self.first_of_peer(peer);
        self.slot(ready).begin(peer, meta);
        self.chain_in(Chain::Peer, ready, same_peer);
        self.set_state_counted(ready, State::Uncertain, State::Valid);
        let entry = self.entry_mut(ready);
        entry.cookie = 0;
        entry.has_siblings = false;
        entry.uid = wanted.uid;
        self.counters.taken += 1;
        if let Some(pool) = self.pool_mut(number) {
            pool.counters.taken += 1;
        }
        self.happened(number, Events::USED);
        Ok(Taken {
            handle: self.handle(ready),
            local: self.addr(ready),
        })
    }

    /// Whether a session that finds no address ready would be refused.
    ///
    /// # Errors
    /// [`Error::ByRule`], [`Error::NoPool`]: it would be legacy anyway.
    pub(super) fn refuses(&self, wanted: &Wanted) -> Result<bool> {
        let pool = self.pool(self.choose_pool(wanted)?).ok_or(Error::NoPool)?;
        Ok(pool.spec.miss == MissPolicy::Refuse)
    }

    /// The slot shows the new state already: only count it.
    pub(super) fn set_state_counted(&mut self, number: u32, from: State, to: State) {
        let since = self.clock as Millis;
        let entry = self.entry_mut(number);
        entry.since = since;
        let pool = entry.pool;
        if let Some(pool) = self.pool_mut(pool) {
            pool.recount(from, to);
        }
    }

    /// The rules, then interface and prefix; never the address (contract, section 6).
    fn choose_pool(&self, wanted: &Wanted) -> Result<u16> {
        if self.rules.judge(&wanted.subject()) == RuleVerdict::Legacy {
            return Err(Error::ByRule);
        }
        let iface = self.iface_number(wanted.ifindex).ok_or(Error::NoPool)?;
        let candidates = (0..self.pool_end).filter_map(|number| {
            let pool = self.pool(number).filter(|pool| pool.iface == iface)?;
            Some((number, pool.source()))
        });
        select::best(wanted.peer, &self.labels, candidates).ok_or(Error::NoPool)
    }

    /// The session is there: its PCB and its local port.
    ///
    /// Of TCP that means that its address is on the wire, or about to be: the gate does
    /// not see a SYN that a packet filter before it sends another way.
    ///
    /// # Errors
    /// [`Error::Stale`].
    pub fn commit(&mut self, handle: Handle, lport: u16, cookie: usize, now: Micros) -> Result<()> {
        let ms = self.tick(now);
        let number = self.resolve_session(handle)?;
        let meta = self.slot(number).meta();
        self.slot(number)
            .publish(Meta::session(meta.proto(), lport, meta.fport()));
        if meta.proto() == proto::TCP {
            self.slot(number).mark_on_wire();
        }
        self.entry_mut(number).cookie = cookie;
        self.timers.arm(number, ms.wrapping_add(self.config.audit));
        Ok(())
    }

    /// The session is over, or never came to be.  An address that was not on
    /// the wire goes back to its pool; any other falls silent.  Returns what
    /// the caller committed, for it to release; 0: nothing.
    ///
    /// # Errors
    /// [`Error::Stale`]: somebody else ended it.
    pub fn end(&mut self, handle: Handle, now: Micros) -> Result<usize> {
        self.tick(now);
        let number = self.resolve_session(handle)?;
        if self.entry(number).has_siblings {
            self.chain_out(Chain::Socket, number);
        }
        let cookie = core::mem::take(&mut self.entry_mut(number).cookie);
        let pool = self.entry(number).pool;
        self.timers.cancel(number);
        // What a server's client was told of is not told to another.
        if self.slot(number).on_wire() || self.slot(number).meta().phase() != Phase::Client {
            self.counters.ended += 1;
            if let Some(pool) = self.pool_mut(pool) {
                pool.counters.ended += 1;
            }
            self.bury_session(number);
            self.happened(pool, Events::ENDED);
        } else {
            self.chain_out(Chain::Peer, number);
            self.counters.returned += 1;
            if let Some(pool) = self.pool_mut(pool) {
                pool.counters.returned += 1;
            }
            self.slot(number).renew();
            self.make_ready(number);
        }
        Ok(cookie)
    }

    /// The socket is gone, the PCB is not (TIME_WAIT counts as alive): look
    /// again after `ms` milliseconds.
    ///
    /// # Errors
    /// [`Error::Stale`].
    pub fn linger(&mut self, handle: Handle, ms: u32, now: Micros) -> Result<()> {
        let now = self.tick(now);
        let number = self.resolve_session(handle)?;
        let meta = self.slot(number).meta();
        self.slot(number).publish(meta.lingering());
        self.timers
            .arm(number, now.wrapping_add(ms.clamp(1, self.config.audit)));
        Ok(())
    }

    /// The PCB was looked at, and is still there.
    ///
    /// # Errors
    /// [`Error::Stale`].
    pub fn checked(&mut self, handle: Handle, now: Micros) -> Result<()> {
        /// How soon a PCB without a socket is looked at again.
        const AGAIN: Millis = 1000;
        let now = self.tick(now);
        let number = self.resolve_session(handle)?;
        let after = if self.slot(number).meta().is_lingering() {
            AGAIN.min(self.config.audit)
        } else {
            self.config.audit
        };
        self.timers.arm(number, now.wrapping_add(after));
        Ok(())
    }

    /// What was committed for a live session, 0: nothing yet.
    ///
    /// # Errors
    /// [`Error::Stale`].
    pub fn cookie(&self, handle: Handle) -> Result<usize> {
        Ok(self.entry(self.resolve_session(handle)?).cookie)
    }

    /// A server's PCB is gone, and its session lingers: nothing comes in any
    /// more, or it would meet the listener.
    ///
    /// # Errors
    /// [`Error::Stale`].
    pub fn closing(&mut self, handle: Handle) -> Result<()> {
        let number = self.resolve_session(handle)?;
        let meta = self.slot(number).meta();
        if meta.phase() == Phase::Established {
            self.slot(number).publish(meta.at(Phase::Closing));
        }
        Ok(())
    }

    /// Any session that is left, for a teardown that ends them one by one.
    pub fn any_session(&mut self) -> Option<Handle> {
        let max = self.config.max_addrs;
        for step in 0..max {
            let number = (self.sweep.wrapping_add(step)) % max;
            let meta = self.slot(number).meta();
            if meta.state() == State::Valid && !meta.phase().is_waiting() {
                self.sweep = number;
                return Some(self.handle(number));
            }
        }
        None
    }
}
