// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Duplicate address detection, RFC 4862 section 5.4, with the nonces of
//! RFC 7527.

use super::{Micros, Plane};
use crate::action::{Action, Actions, Events};
use crate::error::{Error, Result};
use crate::table::Handle;
use crate::table::slot::{Meta, State};
use crate::timer::Millis;
use crate::wire::nd;

/// Probes that follow a run of which one came back (RFC 7527, 4.1; RFC 4861,
/// section 10).
const MAX_MULTICAST_SOLICIT: u8 = 3;

/// How far apart the numbers of two runs begin: only a run as long, on a
/// looped link, comes to numbers that a later one of the address may have.
const RUN: u32 = 256;

impl Plane<'_> {
    /// Begins DAD of an address whose group is joined and whose link is up.
    pub(super) fn dad_start(&mut self, number: u32, rnd: u64) {
        let Some(probes) = self
            .iface(self.entry(number).iface)
            .map(|iface| iface.dad_count)
        else {
            return;
        };
        if probes == 0 {
            self.make_ready(number);
            return;
        }
        let probe = self.next_probe;
        self.next_probe = probe.wrapping_add(RUN);
        let entry = self.entry_mut(number);
        entry.probe = probe;
        entry.sent = 0;
        entry.left = probes;
        entry.is_looped = false;
        self.set_state(number, Meta::of(State::Tentative));
        // RFC 4862, 5.4.2 wants first probes not to be sent all at once.
        // The spread is scaled without a division: rnd/2^32 of it.
        let spread = u64::from(self.config.dad_spread);
        let delay = (((rnd & 0xffff_ffff) * spread) >> 32) as Millis;
        let at = (self.clock as Millis).wrapping_add(delay);
        self.timers.arm(number, at);
    }

    /// The timer of a tentative address: the next probe, or the end.
    pub(super) fn dad_timer(&mut self, number: u32, out: &mut Actions) {
        let mut entry = *self.entry(number);
        let Some(iface) = self.iface(entry.iface) else {
            return;
        };
        if entry.left == 0 {
            if !entry.is_looped {
                self.make_ready(number);
                return;
            }
            // What probes we hear are our own, so nothing can be said of
            // others yet (RFC 7527, 4.1).
            entry.left = MAX_MULTICAST_SOLICIT;
            entry.is_looped = false;
        }
        let (ifindex, retrans) = (iface.ifindex, iface.retrans);
        let nonce = self
            .table
            .secret
            .nonce(self.slot(number).local(), entry.probe);
        let packet = nd::emit_dad_probe(&self.addr(number), nonce);
        // The caller of the timers keeps room for one action.
        let _ = out.push(Action::Send {
            ifindex,
            packet,
            probe: Some(self.handle(number)),
        });
        self.counters.probes += 1;
        entry.probe = entry.probe.wrapping_add(1);
        entry.sent = entry.sent.saturating_add(1);
        entry.left -= 1;
        *self.entry_mut(number) = entry;
        let at = (self.clock as Millis).wrapping_add(retrans);
        self.timers.arm(number, at);
    }

    /// The probe that was asked for last did not leave the host, for want of
    /// memory: it is no proof that nobody has the address, and is sent again
    /// when the next one would be.
    ///
    /// # Errors
    /// [`Error::Stale`]: the address is not tentative any more.
    pub fn unsent(&mut self, probe: Handle, now: Micros) -> Result<()> {
        self.tick(now);
        let number = self.resolve(probe)?;
        if self.state(number) != State::Tentative {
            return Err(Error::Stale);
        }
        let entry = self.entry_mut(number);
        entry.left = entry.left.saturating_add(1);
        self.counters.probes = self.counters.probes.saturating_sub(1);
        Ok(())
    }

    /// Takes note of a probe that has come back, a looped link and no
    /// duplicate (RFC 7527, 4.2).  `false`: the nonce is none of this run.
    pub(super) fn came_back(&mut self, number: u32, nonce: &[u8]) -> bool {
        let entry = self.entry(number);
        let key = self.slot(number).local();
        // The last one first: it is the likeliest.
        let is_own = (1..=u32::from(entry.sent)).any(|back| {
            let probe = entry.probe.wrapping_sub(back);
            self.table.secret.nonce(key, probe) == *nonce
        });
        if is_own {
            self.counters.looped += 1;
            self.entry_mut(number).is_looped = true;
        }
        is_own
    }

    /// Another node holds the address.
    pub(super) fn duplicated(&mut self, number: u32) {
        match self.state(number) {
            State::Uncertain => self.leave_ready(number),
            State::Pending | State::Tentative => self.timers.cancel(number),
            _ => return,
        }
        let pool = self.entry(number).pool;
        self.counters.duplicated += 1;
        if let Some(pool) = self.pool_mut(pool) {
            pool.counters.duplicated += 1;
        }
        self.bury(number, Meta::of(State::Duplicated), self.config.duplicated);
        self.happened(pool, Events::DUPLICATED);
    }
}
