// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Duplicate address detection, RFC 4862 section 5.4, with the nonces of
//! RFC 7527.

use super::Plane;
use crate::action::{Action, Actions, Events};
use crate::table::slot::{Meta, State};
use crate::timer::Millis;
use crate::wire::nd;

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
            self.dad_done(number);
            return;
        }
        let round = self.dad_round;
        self.dad_round = round.wrapping_add(1);
        let entry = self.entry_mut(number);
        entry.round = round;
        entry.sent = 0;
        entry.left = probes;
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
        let entry = *self.entry(number);
        let Some(iface) = self.iface(entry.iface) else {
            return;
        };
        if entry.left == 0 {
            self.dad_done(number);
            return;
        }
        let (ifindex, retrans) = (iface.ifindex, iface.retrans);
        let nonce = self
            .table
            .secret
            .nonce(self.slot(number).local(), entry.round, entry.sent);
        let packet = nd::emit_dad_probe(&self.addr(number), nonce);
        // The caller of the timers keeps room for one action.
        let _ = out.push(Action::Send { ifindex, packet });
        self.counters.probes += 1;
        let entry = self.entry_mut(number);
        entry.sent = entry.sent.wrapping_add(1);
        entry.left -= 1;
        let at = (self.clock as Millis).wrapping_add(retrans);
        self.timers.arm(number, at);
    }

    fn dad_done(&mut self, number: u32) {
        self.make_ready(number);
        let pool = self.entry(number).pool;
        self.happened(pool, Events::READY);
    }

    /// Whether a nonce is one that this run of DAD sent (RFC 7527, 4.2): the
    /// probe has come back to us, a looped link and no duplicate.
    pub(super) fn is_own_nonce(&self, number: u32, nonce: &[u8]) -> bool {
        let entry = self.entry(number);
        let key = self.slot(number).local();
        (0..entry.sent).any(|attempt| self.table.secret.nonce(key, entry.round, attempt) == *nonce)
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
        self.bury(number, State::Duplicated, self.config.duplicated);
        self.happened(pool, Events::DUPLICATED);
    }
}
