// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What packets read and the plane writes: the lock-free half.
//!
//! Readers never wait and never write (but for one "was on the wire" mark a
//! session).  There is one writer at a time, whoever holds the plane.
//!
//! * [`slot`]: one address, its state and its session, readable at once;
//! * [`index`]: address to slot; an address that stays is never missed;
//! * `chain`: sessions by what they have in common;
//! * [`filter`]: turns nearly all legacy packets away with one load;
//! * [`guard`]: ports that accept nothing but through addresses of the plane.

pub(crate) mod chain;
pub mod filter;
pub mod guard;
pub mod index;
pub mod slot;

use crate::counters::Packets;
use crate::hash::Secret;
use crate::key::Key;
use chain::Chain;
use filter::Filter;
use guard::{Guard, GuardWord, Map};
use index::{Bucket, Index};
use slot::{Slot, View};

/// Names one use of one slot: a handle outlives its address without harm.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Handle {
    pub(crate) slot: u32,
    pub(crate) generation: u32,
}

impl Handle {
    /// As one word that is never zero.
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        (self.generation as u64) << 32 | (self.slot as u64 + 1)
    }

    /// Back from [`Handle::to_bits`]; `None` of what never was a handle.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Option<Self> {
        match (bits as u32).checked_sub(1) {
            Some(slot) => Some(Self {
                slot,
                generation: (bits >> 32) as u32,
            }),
            None => None,
        }
    }
}

/// The shared half of a plane.
pub struct Table<'a> {
    pub(crate) secret: Secret,
    pub(crate) filter: Filter,
    pub(crate) index: Index<'a>,
    /// Sessions by their peer, and by their socket where one has several: the
    /// first of each list.
    pub(crate) chains: Index<'a>,
    pub(crate) slots: &'a [Slot],
    /// Ports of LISTEN_0s.
    pub(crate) guard: Guard<'a>,
    /// Figures about packets.
    pub packets: Packets<'a>,
}

impl<'a> Table<'a> {
    /// Over memory that is as [`Default`] made it.  `buckets` are those of the
    /// addresses, `chains` those of the sessions, as many as
    /// [`index::buckets_for`] says, each; `guard` are
    /// [`GUARD_WORDS`](guard::GUARD_WORDS).
    #[must_use]
    pub fn new(
        secret: [u64; 2],
        slots: &'a [Slot],
        buckets: &'a [Bucket],
        chains: &'a [Bucket],
        guard: &'a [GuardWord],
        packets: Packets<'a>,
    ) -> Self {
        Self {
            secret: Secret(secret),
            filter: Filter::default(),
            index: Index::new(buckets),
            chains: Index::new(chains),
            slots,
            guard: Guard::new(guard),
            packets,
        }
    }

    /// Whether `key` may be here: one load turns away what has another prefix,
    /// one more nearly all of what has the same.
    #[inline]
    pub(crate) fn may_hold(&self, key: Key) -> bool {
        self.filter.may_hold(self.secret.filter(key.hi))
            && self.index.may_have(self.secret.table(key))
    }

    /// Whether one of two may be here, which often have the same prefix.
    #[inline]
    pub(crate) fn may_hold_either(&self, a: Key, b: Key) -> bool {
        if a.hi != b.hi {
            return self.may_hold(a) || self.may_hold(b);
        }
        let index = |key: Key| self.index.may_have(self.secret.table(key));
        self.filter.may_hold(self.secret.filter(a.hi)) && (index(a) || index(b))
    }

    /// The slot that holds `key`, and what it said when it was looked at.
    #[inline]
    #[must_use]
    pub fn find(&self, key: Key) -> Option<(u32, View)> {
        let hash = self.secret.table(key);
        let may = self.filter.may_hold(self.secret.filter(key.hi)) && self.index.may_have(hash);
        may.then(|| self.find_held(key, hash)).flatten()
    }

    /// The same when it may be here.
    #[inline(never)]
    fn find_held(&self, key: Key, hash: u64) -> Option<(u32, View)> {
        self.index.find(hash, |number| {
            let view = self.slots.get(number as usize)?.view_of(key)?;
            Some((number, view))
        })
    }

    /// Whether a TCP listener on this port accepts only what comes through the
    /// plane, at this address of the host.
    #[must_use]
    pub fn is_guarded(&self, dst: Key, port: u16) -> bool {
        self.guard.has(Map::Six, port)
            || self.guard.has(Map::SixExact, port)
                && self.guard.has_exact(self.secret.guard(dst, port))
    }

    /// The same at the host's IPv4 addresses.
    #[must_use]
    pub fn is_guarded_four(&self, port: u16) -> bool {
        self.guard.has(Map::Four, port)
    }

    /// Where a server's address stands; a client's, or none, at
    /// [`Client`](slot::Phase::Client).
    #[must_use]
    pub fn phase(&self, key: Key) -> slot::Phase {
        match self.find(key) {
            Some((_, view)) if view.meta.state() == slot::State::Valid => view.meta.phase(),
            _ => slot::Phase::Client,
        }
    }

    /// Whether this socket may have sessions that its PCB does not tell of; only
    /// the plane knows for sure.
    #[must_use]
    pub fn may_be_socket(&self, cookie: usize) -> bool {
        self.chains
            .find(self.secret.socket(cookie), |item| Chain::Socket.slot(item))
            .is_some()
    }

    /// The handle of the valid address `key`.
    #[must_use]
    pub fn find_valid(&self, key: Key) -> Option<Handle> {
        let (slot, view) = self.find(key)?;
        (view.meta.state() == slot::State::Valid).then_some(Handle {
            slot,
            generation: view.generation,
        })
    }
}
