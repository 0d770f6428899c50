// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Sessions that have something in common: lists that are found by what it is.
//!
//! Only the first of a list is in the index, so that ten thousand sessions
//! with one peer cost the index one item.  A session that is over stays on its
//! peer's list as long as its tombstone stands.

use super::Plane;
use super::entry::{Links, NONE};
use crate::key::Key;
pub(super) use crate::table::chain::Chain;
use crate::table::slot::State;

impl Plane<'_> {
    fn links(&self, number: u32, chain: Chain) -> Links {
        self.entry(number).links(chain)
    }

    fn links_mut(&mut self, number: u32, chain: Chain) -> &mut Links {
        self.entry_mut(number).links_mut(chain)
    }

    /// The first session of a list.
    fn head(&self, chain: Chain, hash: u64, same: impl Fn(&Self, u32) -> bool) -> Option<u32> {
        self.table.chains.find(hash, |item| {
            let number = chain.slot(item)?;
            (self.links(number, chain).prev == NONE && same(self, number)).then_some(number)
        })
    }

    /// The oldest session with a peer that is in mind, over or not.
    pub(super) fn first_of_peer(&self, peer: Key) -> Option<u32> {
        self.head(
            Chain::Peer,
            self.table.secret.peer(peer),
            |plane, number| {
                let slot = plane.slot(number);
                slot.meta().asks_for_peer() && slot.peer() == peer
            },
        )
    }

    /// The oldest of a socket's sessions, or of a listener's LISTEN_Us.
    pub(super) fn first_of_socket(&self, cookie: usize) -> Option<u32> {
        let hash = self.table.secret.socket(cookie);
        self.head(Chain::Socket, hash, |plane, number| {
            let entry = plane.entry(number);
            plane.state(number) == State::Valid && entry.has_siblings && entry.cookie == cookie
        })
    }

    /// A list from `first` on.
    pub(super) fn chain_from(
        &self,
        chain: Chain,
        first: Option<u32>,
    ) -> impl Iterator<Item = u32> + '_ {
        let next = move |&number: &u32| Some(self.links(number, chain).next).filter(|&n| n != NONE);
        core::iter::successors(first, next)
            // Links are the plane's own; even broken ones end the walk.
            .take(self.config.max_addrs as usize)
    }

    fn hash_of(&self, chain: Chain, number: u32) -> u64 {
        match chain {
            Chain::Peer => self.table.secret.peer(self.slot(number).peer()),
            Chain::Socket => self.table.secret.socket(self.entry(number).cookie),
        }
    }

    /// Adds a session behind `head`, or as a list of its own.
    pub(super) fn chain_in(&mut self, chain: Chain, number: u32, head: Option<u32>) {
        let Some(head) = head else {
            *self.links_mut(number, chain) = Links::EMPTY;
            // There is room for two items a slot, and this is one of them.
            let fits = self
                .table
                .chains
                .insert(self.hash_of(chain, number), chain.item(number));
            debug_assert!(fits);
            return;
        };
        let next = self.links(head, chain).next;
        *self.links_mut(number, chain) = Links { next, prev: head };
        self.links_mut(head, chain).next = number;
        if next != NONE {
            self.links_mut(next, chain).prev = number;
        }
    }

    /// Takes a session out of its list, before what it has in common changes.
    pub(super) fn chain_out(&mut self, chain: Chain, number: u32) {
        let Links { next, prev } = core::mem::replace(self.links_mut(number, chain), Links::EMPTY);
        if next != NONE {
            self.links_mut(next, chain).prev = prev;
        }
        if prev != NONE {
            self.links_mut(prev, chain).next = next;
            return;
        }
        // The successor is shown before it goes. A reader without the lock that looks
        // at one too early and at the other too late may find neither.
        let hash = self.hash_of(chain, number);
        if next != NONE {
            let fits = self.table.chains.insert(hash, chain.item(next));
            debug_assert!(fits);
        }
        self.table.chains.remove(hash, chain.item(number));
    }
}
