// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What the writer knows of one address, beside what its slot shows.

use super::Plane;
use crate::table::chain::Chain;
use crate::timer::Millis;

/// No entry, no pool, no interface.
pub const NONE: u32 = u32::MAX;
/// The same for the short numbers.
pub const NONE16: u16 = u16::MAX;

/// Neighbours in a list.
#[derive(Clone, Copy)]
pub struct Links {
    pub(super) next: u32,
    pub(super) prev: u32,
}

impl Links {
    pub(super) const EMPTY: Self = Self {
        next: NONE,
        prev: NONE,
    };
}

/// The writer's record of a slot: a cache line.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub struct Entry {
    /// The caller's name of the joined group, 0: none.
    pub(super) group: usize,
    /// The caller's name of the session's PCB, 0: none.
    pub(super) cookie: usize,
    /// Its neighbours in the lists that it is on.  First a queue (free, ready),
    /// or the sessions with its peer, among which one that ended still is; then
    /// the sessions of its socket (`chain.rs`), or the dead.
    pub(super) lists: [Links; 2],
    /// Link of the list of groups to leave.
    pub(super) leave: u32,
    /// When it came into its state.
    pub(super) since: Millis,
    pub(super) uid: u32,
    /// Number of the next probe, for the nonces.
    pub(super) probe: u32,
    pub(super) pool: u16,
    pub(super) iface: u16,
    /// Probes of this run already sent; 255: so many, or more.
    pub(super) sent: u8,
    /// Probes of this run still to send.
    pub(super) left: u8,
    /// A probe came back since `left` was set.
    pub(super) is_looped: bool,
    /// It stands on the list of groups to leave.
    pub(super) is_leaving: bool,
    /// Its socket is not connected, and may have other sessions; or it is a
    /// LISTEN_U, and `cookie` names its listener.
    pub(super) has_siblings: bool,
    /// Of a LISTEN_U that is armed: bits of whom it waits for, whose address
    /// its slot holds as the peer's.
    pub(super) client_len: u8,
    /// Of a LISTEN_U: milliseconds until its PCB is looked for again.
    pub(super) look: u16,
    /// Of a LISTEN_U: when it lapses.
    pub(super) lease: Millis,
}

const _: () = assert!(size_of::<Entry>() == 64);

impl Default for Entry {
    fn default() -> Self {
        Self {
            group: 0,
            cookie: 0,
            lists: [Links::EMPTY; 2],
            leave: NONE,
            since: 0,
            uid: 0,
            probe: 0,
            pool: NONE16,
            iface: NONE16,
            sent: 0,
            left: 0,
            is_looped: false,
            is_leaving: false,
            has_siblings: false,
            client_len: 0,
            look: 0,
            lease: 0,
        }
    }
}

impl Entry {
    pub(super) const fn links(&self, chain: Chain) -> Links {
        let [first, second] = self.lists;
        match chain {
            Chain::Peer => first,
            Chain::Socket => second,
        }
    }

    pub(super) const fn links_mut(&mut self, chain: Chain) -> &mut Links {
        let [first, second] = &mut self.lists;
        match chain {
            Chain::Peer => first,
            Chain::Socket => second,
        }
    }
}

/// A queue of entries.
#[derive(Clone, Copy)]
pub struct List {
    pub(super) head: u32,
    tail: u32,
    /// Which links it goes by: those that its entries do not need meanwhile.
    by: Chain,
}

impl List {
    /// Links of what is on no list of sessions.
    pub(super) const IDLE: Chain = Chain::Peer;
    /// Links of the dead, which may be on the list of their former peer.
    pub(super) const DEAD: Chain = Chain::Socket;

    pub(super) const fn empty(by: Chain) -> Self {
        Self {
            head: NONE,
            tail: NONE,
            by,
        }
    }
}

impl Plane<'_> {
    /// Appends an entry that is on no list.
    pub(super) fn push(&mut self, list: &mut List, number: u32) {
        let (tail, by) = (list.tail, list.by);
        *self.entry_mut(number).links_mut(by) = Links {
            next: NONE,
            prev: tail,
        };
        if tail == NONE {
            list.head = number;
        } else {
            self.entry_mut(tail).links_mut(by).next = number;
        }
        list.tail = number;
    }

    /// Takes an entry off the list that it is on.
    pub(super) fn unlink(&mut self, list: &mut List, number: u32) {
        let by = list.by;
        let links = self.entry_mut(number).links_mut(by);
        let Links { next, prev } = core::mem::replace(links, Links::EMPTY);
        if prev == NONE {
            list.head = next;
        } else {
            self.entry_mut(prev).links_mut(by).next = next;
        }
        if next == NONE {
            list.tail = prev;
        } else {
            self.entry_mut(next).links_mut(by).prev = prev;
        }
    }
}
