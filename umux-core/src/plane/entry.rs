// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What the writer knows of one address, beside what its slot shows.

use super::Plane;
use crate::prefix::Prefix;
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

/// The writer's record of a slot.
#[derive(Clone, Copy)]
pub struct Entry {
    /// The caller's name of the joined group, 0: none.
    pub(super) group: usize,
    /// The caller's name of the session's PCB, 0: none.
    pub(super) cookie: usize,
    pub(super) next: u32,
    pub(super) prev: u32,
    /// Of a session: its neighbours in the lists of `chain.rs`.
    pub(super) chains: [Links; 2],
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
    /// Of a LISTEN_U: whom it waits for.
    pub(super) client: Prefix,
    /// Of a LISTEN_U: when it lapses.
    pub(super) lease: Millis,
    /// Of a LISTEN_U: milliseconds until its PCB is looked for again.
    pub(super) look: Millis,
}

impl Default for Entry {
    fn default() -> Self {
        Self {
            group: 0,
            cookie: 0,
            next: NONE,
            prev: NONE,
            chains: [Links::EMPTY; 2],
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
            client: Prefix::DEFAULT,
            lease: 0,
            look: 0,
        }
    }
}

/// A queue of entries, linked by `next` and `prev`.
#[derive(Clone, Copy)]
pub struct List {
    pub(super) head: u32,
    tail: u32,
}

impl List {
    pub(super) const EMPTY: Self = Self {
        head: NONE,
        tail: NONE,
    };
}

impl Plane<'_> {
    /// Appends an entry that is on no list.
    pub(super) fn push(&mut self, list: &mut List, number: u32) {
        let tail = list.tail;
        let entry = self.entry_mut(number);
        entry.next = NONE;
        entry.prev = tail;
        if tail == NONE {
            list.head = number;
        } else {
            self.entry_mut(tail).next = number;
        }
        list.tail = number;
    }

    /// Takes an entry off the list that it is on.
    pub(super) fn unlink(&mut self, list: &mut List, number: u32) {
        let (next, prev) = {
            let entry = self.entry_mut(number);
            let links = (entry.next, entry.prev);
            entry.next = NONE;
            entry.prev = NONE;
            links
        };
        if prev == NONE {
            list.head = next;
        } else {
            self.entry_mut(prev).next = next;
        }
        if next == NONE {
            list.tail = prev;
        } else {
            self.entry_mut(next).prev = prev;
        }
    }
}
