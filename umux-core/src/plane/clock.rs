// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What a timer that fires does.

use super::{Micros, Plane};
use crate::action::{Action, Actions, Events};
use crate::table::slot::State;
use crate::timer::Millis;

impl Plane<'_> {
    /// Runs what is due, as long as there is room for its effects.  Returns
    /// when to call again (a time that has passed: at once), `None`: never.
    pub fn run(&mut self, now: Micros, out: &mut Actions) -> Option<Micros> {
        let ms = self.tick(now);
        // Bounds the time that the plane is held, whatever is due.
        const TURNS: usize = 64;
        for _ in 0..TURNS {
            if out.is_full() {
                break;
            }
            let Some(id) = self.timers.pop(ms) else {
                break;
            };
            self.fired(id, out);
        }
        self.next_run()
    }

    /// When [`Plane::run`] has something to do; `None`: never.
    #[must_use]
    pub fn next_run(&self) -> Option<Micros> {
        let at = self.timers.next()?;
        let ahead = at.wrapping_sub(self.clock as Millis) as i32;
        Some(self.clock.saturating_add_signed(i64::from(ahead)) * 1000)
    }

    fn fired(&mut self, id: u32, out: &mut Actions) {
        let max = self.config.max_addrs;
        if id < max {
            self.entry_fired(id, out);
        } else if id == self.leave_timer() {
            let _ = out.push(Action::Leave);
        } else {
            let pool = ((id - max) / 2) as u16;
            if id == self.notify_timer(pool) {
                if let Some(info) = self.message(pool) {
                    let _ = out.push(Action::Event {
                        pool: u32::from(pool),
                        info,
                    });
                }
            } else {
                self.check_prefix_later(pool);
                let _ = out.push(Action::CheckPool {
                    pool: u32::from(pool),
                });
            }
        }
    }

    fn entry_fired(&mut self, number: u32, out: &mut Actions) {
        match self.state(number) {
            State::Tentative => self.dad_timer(number, out),
            State::Uncertain => {
                let pool = self.entry(number).pool;
                if let Some(pool) = self.pool_mut(pool) {
                    pool.counters.expired += 1;
                }
                self.withdraw(number);
                self.happened(pool, Events::EXPIRED);
            }
            State::Valid if self.slot(number).meta().phase().is_waiting() => {
                self.das_timer(number, out);
            }
            State::Valid => {
                let again = (self.clock as Millis).wrapping_add(self.config.audit);
                self.timers.arm(number, again);
                let _ = out.push(Action::CheckPcb {
                    handle: self.handle(number),
                });
            }
            State::Tombstone | State::Duplicated => self.forget(number),
            State::Free | State::Pending => {}
        }
    }
}
