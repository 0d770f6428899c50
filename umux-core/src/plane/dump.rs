// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What userland may see.  A cursor is the number of the next slot or pool
//! to look at, so that a dump in many calls neither repeats nor misses what
//! lives through it.

use core::net::Ipv6Addr;

use super::pool::{PoolCounters, PoolSpec};
use super::{Micros, Plane};
use crate::table::slot::{Meta, STATES, State};
use crate::timer::Millis;

/// One pool.
#[derive(Clone, Debug)]
pub struct PoolInfo {
    /// Number of the pool.
    pub pool: u32,
    /// Its interface.
    pub ifindex: u32,
    /// Whether the link is up.
    pub up: bool,
    /// How it was asked for.
    pub spec: PoolSpec,
    /// Addresses by [`State`].
    pub count: [u32; STATES],
    /// Figures.
    pub counters: PoolCounters,
}

/// One address.
#[derive(Clone, Copy, Debug)]
pub struct AddrInfo {
    /// The address.
    pub addr: Ipv6Addr,
    /// Its interface, 0: gone.
    pub ifindex: u32,
    /// State, and its session's tuple.
    pub meta: Meta,
    /// Length of its pool's prefix, 0: pool gone.
    pub plen: u8,
    /// DAD probes still to send.
    pub probes_left: u8,
    /// Milliseconds in this state.
    pub age: Millis,
    /// Milliseconds until its timer fires; `None`: it has none.
    pub timer: Option<Millis>,
}

/// One session.
#[derive(Clone, Copy, Debug)]
pub struct SessionInfo {
    /// Source address.
    pub local: Ipv6Addr,
    /// Peer.
    pub peer: Ipv6Addr,
    /// Interface, 0: gone.
    pub ifindex: u32,
    /// State and tuple.
    pub meta: Meta,
    /// Whether it sent anything.
    pub on_wire: bool,
    /// Whose.
    pub uid: u32,
    /// Milliseconds since it was taken.
    pub age: Millis,
}

impl Plane<'_> {
    /// The first pool from number `cursor` on.
    #[must_use]
    pub fn pool_from(&self, cursor: u32) -> Option<PoolInfo> {
        (cursor..self.config.max_pools).find_map(|number| {
            let pool = self.pool(number as u16)?;
            let iface = self.iface(pool.iface)?;
            Some(PoolInfo {
                pool: number,
                ifindex: iface.ifindex,
                up: iface.up,
                spec: pool.spec,
                count: pool.count,
                counters: pool.counters,
            })
        })
    }

    /// Pools in use.
    #[must_use]
    pub fn pools_used(&self) -> u32 {
        (0..self.config.max_pools)
            .filter(|&number| self.pool(number as u16).is_some())
            .count() as u32
    }

    /// The first address from slot `cursor` on, and its slot.
    #[must_use]
    pub fn addr_from(&mut self, cursor: u32, now: Micros) -> Option<(u32, AddrInfo)> {
        let ms = self.tick(now);
        (cursor..self.config.max_addrs).find_map(|number| {
            let meta = self.slot(number).meta();
            if meta.state() == State::Free {
                return None;
            }
            let entry = self.entry(number);
            Some((
                number,
                AddrInfo {
                    addr: self.addr(number),
                    ifindex: self.ifindex_of(number),
                    meta,
                    plen: self.pool(entry.pool).map_or(0, |p| p.spec.prefix.len()),
                    probes_left: entry.left,
                    age: ms.wrapping_sub(entry.since),
                    timer: self.timers.when(number).map(|at| {
                        let left = at.wrapping_sub(ms);
                        if (left as i32) < 0 { 0 } else { left }
                    }),
                },
            ))
        })
    }

    /// The first session from slot `cursor` on, and its slot.
    #[must_use]
    pub fn session_from(&mut self, cursor: u32, now: Micros) -> Option<(u32, SessionInfo)> {
        let ms = self.tick(now);
        (cursor..self.config.max_addrs).find_map(|number| {
            let slot = self.slot(number);
            let meta = slot.meta();
            if meta.state() != State::Valid || meta.phase().is_waiting() {
                return None;
            }
            let entry = self.entry(number);
            Some((
                number,
                SessionInfo {
                    local: self.addr(number),
                    peer: slot.peer().into(),
                    ifindex: self.ifindex_of(number),
                    meta,
                    on_wire: slot.on_wire(),
                    uid: entry.uid,
                    age: ms.wrapping_sub(entry.since),
                },
            ))
        })
    }
}
