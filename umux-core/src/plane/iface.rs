// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Links: parameters of DAD, up and down, gone.

use super::entry::{NONE, NONE16};
use super::{Micros, Plane};
use crate::action::Events;
use crate::error::{Error, Result};
use crate::table::slot::{Meta, State};
use crate::wire::nd::LinkAddr;

/// What the caller tells of an interface.
#[derive(Clone, Debug)]
pub struct IfaceParams {
    /// Interface index, not 0.
    pub ifindex: u32,
    /// DAD probes an address; 0: none, uncertain at once (RFC 4862, 5.1).
    pub dad_count: u8,
    /// Time between probes, milliseconds (RFC 4861, RetransTimer).
    pub retrans: u32,
    /// Link and interface are up.
    pub up: bool,
    /// Link-layer address, if the link has any.
    pub lladdr: Option<LinkAddr>,
}

/// A known interface.
#[derive(Clone, Default)]
pub struct Iface {
    pub(super) ifindex: u32,
    pub(super) dad_count: u8,
    pub(super) retrans: u32,
    pub(super) up: bool,
    pub(super) lladdr: Option<LinkAddr>,
}

/// Longest time between probes that is believed, milliseconds.
const MAX_RETRANS: u32 = 3_600_000;

impl Plane<'_> {
    pub(super) fn iface_number(&self, ifindex: u32) -> Option<u16> {
        self.ifaces
            .iter()
            .position(|iface| ifindex != 0 && iface.ifindex == ifindex)
            .map(|i| i as u16)
    }

    pub(super) fn iface(&self, number: u16) -> Option<&Iface> {
        self.ifaces.get(usize::from(number))
    }

    /// Makes an interface known or takes note of its changes.  A link that
    /// goes down turns pooled addresses back to waiting, one that comes up
    /// starts DAD for them anew (RFC 4862, 5.4).
    ///
    /// # Errors
    /// [`Error::Invalid`] for index 0, [`Error::NoSpace`].
    pub fn iface_set(&mut self, params: &IfaceParams, now: Micros) -> Result<()> {
        self.tick(now);
        if params.ifindex == 0 {
            return Err(Error::Invalid);
        }
        let number = match self.iface_number(params.ifindex) {
            Some(number) => number,
            None => self
                .ifaces
                .iter()
                .position(|iface| iface.ifindex == 0)
                .ok_or(Error::NoSpace)? as u16,
        };
        let Some(iface) = self.ifaces.get_mut(usize::from(number)) else {
            return Err(Error::NoSpace);
        };
        let was_up = iface.ifindex == params.ifindex && iface.up;
        *iface = Iface {
            ifindex: params.ifindex,
            dad_count: params.dad_count,
            retrans: params.retrans.clamp(1, MAX_RETRANS),
            up: params.up,
            lladdr: params.lladdr,
        };
        if was_up != params.up {
            self.link_changed(number, params.up);
        }
        Ok(())
    }

    fn link_changed(&mut self, iface: u16, up: bool) {
        for number in 0..self.config.max_addrs {
            if self.entry(number).iface != iface {
                continue;
            }
            match (self.state(number), up) {
                (State::Tentative, false) => {
                    self.timers.cancel(number);
                    self.set_state(number, Meta::of(State::Pending));
                }
                (State::Uncertain, false) => {
                    self.leave_ready(number);
                    self.set_state(number, Meta::of(State::Pending));
                }
                (State::Pending, true) if self.entry(number).group != 0 => {
                    // A link that comes up finds all its neighbours doing
                    // the same: spread by the slot, no randomness is at hand.
                    self.dad_start(number, u64::from(number).wrapping_mul(0x9e37_79b9));
                }
                // Another node may have taken it meanwhile: this session keeps
                // it, no other gets it.
                (State::Valid, true) => self.slot(number).mark_on_wire(),
                _ => {}
            }
        }
        for pool in 0..self.config.max_pools as u16 {
            if self.pool(pool).is_some_and(|p| p.iface == iface) {
                self.happened(pool, Events::LINK);
            }
        }
    }

    /// Forgets an interface with its pools.  Sessions end with their PCBs.
    pub fn iface_gone(&mut self, ifindex: u32, now: Micros) {
        self.tick(now);
        let Some(iface) = self.iface_number(ifindex) else {
            return;
        };
        for pool in 0..self.config.max_pools {
            if self.pool(pool as u16).is_some_and(|p| p.iface == iface) {
                // Forced: cannot be refused.
                let _ = self.pool_del(pool, true, now);
            }
        }
        for number in 0..self.config.max_addrs {
            let entry = self.entry_mut(number);
            if entry.iface == iface {
                entry.iface = NONE16;
            }
        }
        if let Some(iface) = self.ifaces.get_mut(usize::from(iface)) {
            *iface = Iface::default();
        }
    }

    /// Index of the interface an address belongs to, 0: gone.
    pub(super) fn ifindex_of(&self, number: u32) -> u32 {
        debug_assert_ne!(number, NONE);
        self.iface(self.entry(number).iface)
            .map_or(0, |iface| iface.ifindex)
    }
}
