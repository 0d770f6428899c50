// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The half that changes: pools, DAD, sessions, timers.
//!
//! | file | concern |
//! |---|---|
//! | `config.rs` | limits and times; the memory a plane lives in |
//! | `entry.rs` | what the writer knows of one address; lists of them |
//! | `iface.rs` | links: parameters of DAD, up and down, gone |
//! | `pool.rs` | pools, their levels and events |
//! | `address.rs` | an address is added, withdrawn, remembered, forgotten |
//! | `dad.rs` | duplicate address detection (RFC 4862, RFC 7527) |
//! | `neighbor.rs` | the table of contract section 4 for received NS and NA |
//! | `session.rs` | client sessions: take, commit, end |
//! | `socket.rs` | sessions of sockets that are not connected |
//! | `chain.rs` | sessions by their peer and by their socket |
//! | `announce.rs` | what the next hop is told and asked in a session's name |
//! | `listener.rs` | LISTEN_0: listeners that accept nothing by themselves |
//! | `das.rs` | LISTEN_U: an address that lets one connection in |
//! | `clock.rs` | what a timer that fires does |
//! | `dump.rs` | what userland may see |

mod address;
mod announce;
mod chain;
mod clock;
mod config;
mod dad;
mod das;
mod dump;
mod entry;
mod iface;
mod listener;
mod neighbor;
mod pool;
mod session;
mod socket;

use core::net::Ipv6Addr;

use crate::counters::Counters;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::policy::{LABELS_MAX, LISTEN_RULES_MAX, Labels, ListenRules, RULES_MAX, Rules};
use crate::table::guard::LISTENERS_MAX;
use crate::table::slot::{Meta, Slot, State};
use crate::table::{Handle, Table};
use crate::timer::{Millis, Timers};

pub use announce::Announce;
pub use config::{Config, Storage};
pub use das::{DasInfo, DasWanted, LOCK_LEASE, Which};
pub use dump::{AddrInfo, PoolInfo, SessionInfo};
pub use entry::Entry;
pub use iface::{Iface, IfaceParams};
pub use listener::{Listener, ListenerSpec, USER_LISTENERS};
pub use neighbor::Heard;
pub use pool::{MissPolicy, Pool, PoolSpec};
pub use session::{Taken, Wanted};
pub use socket::SOCKET_SESSIONS;

use entry::{List, NONE};

/// A moment: microseconds of a monotonic clock.
pub type Micros = u64;

/// All that one VNET owns, but for what packets read ([`Table`]).
///
/// The caller serialises all calls.  Every method leaves the plane consistent,
/// whether it succeeds or not.
pub struct Plane<'a> {
    table: &'a Table<'a>,
    config: Config,
    entries: &'a mut [Entry],
    pools: &'a mut [Pool],
    ifaces: &'a mut [Iface],
    filter_counts: &'a mut [u32],
    timers: Timers<'a>,
    /// The policy table of RFC 6724, which pools hold their labels of.
    labels: Labels<'a>,
    /// Who is unified.
    pub rules: Rules<'a>,
    /// Who listens as LISTEN_0.
    pub listen_rules: ListenRules<'a>,
    listeners: &'a mut [Listener],
    /// One more than the last pool that was ever in use.
    pool_end: u16,
    /// LISTEN_Us.
    waiting: u32,
    /// How long the handshakes of LISTEN_Us may take.
    lock_lease: Millis,
    /// Empty slots, linked by `next`.
    free: u32,
    used: u32,
    /// Tombstones and duplicates, oldest first.
    dead: List,
    /// Entries whose group is to be left, linked by `leave`.
    leaving: u32,
    /// Where to look for the next session to tear down.
    sweep: u32,
    event_seq: u32,
    /// Number of the first probe of the next run of DAD.
    next_probe: u32,
    /// The latest time seen, milliseconds.
    clock: u64,
    counters: Counters,
}

impl<'a> Plane<'a> {
    /// A plane without interfaces, pools and addresses.
    ///
    /// # Errors
    /// [`Error::Invalid`]: the storage does not fit the configuration.
    pub fn new(config: Config, table: &'a Table<'a>, storage: Storage<'a>) -> Result<Self> {
        let max = config.max_addrs as usize;
        let timers = config.timer_ids();
        if !config.is_sane()
            || storage.entries.len() != max
            || table.slots.len() != max
            || storage.pools.len() != config.max_pools as usize
            || storage.ifaces.len() != config.max_ifaces as usize
            || storage.filter_counts.len() != crate::table::filter::CLASSES
            || storage.timer_nodes.len() != timers
            || storage.timer_positions.len() != timers
            || storage.labels.len() != LABELS_MAX
            || storage.rules.len() != RULES_MAX
            || storage.listen_rules.len() != LISTEN_RULES_MAX
            || storage.listeners.len() != LISTENERS_MAX
        {
            return Err(Error::Invalid);
        }
        let mut plane = Self {
            table,
            config,
            entries: storage.entries,
            pools: storage.pools,
            ifaces: storage.ifaces,
            filter_counts: storage.filter_counts,
            timers: Timers::new(storage.timer_nodes, storage.timer_positions),
            labels: Labels::new(storage.labels),
            rules: Rules::new(storage.rules),
            listen_rules: ListenRules::new(storage.listen_rules),
            listeners: storage.listeners,
            pool_end: 0,
            waiting: 0,
            lock_lease: LOCK_LEASE,
            free: NONE,
            used: 0,
            dead: List::empty(List::DEAD),
            leaving: NONE,
            sweep: 0,
            event_seq: 0,
            next_probe: 0,
            clock: 0,
            counters: Counters::default(),
        };
        for number in (0..config.max_addrs).rev() {
            plane.entry_mut(number).links_mut(List::IDLE).next = plane.free;
            plane.free = number;
        }
        Ok(plane)
    }

    /// Slot of a number that the plane itself stored.
    fn slot(&self, number: u32) -> &'a Slot {
        let slots = self.table.slots;
        // Numbers come from the free list, which holds those of the table;
        // the modulus keeps even a broken number from being a panic.
        &slots[number as usize % slots.len()]
    }

    fn entry(&self, number: u32) -> &Entry {
        &self.entries[number as usize % self.entries.len()]
    }

    fn entry_mut(&mut self, number: u32) -> &mut Entry {
        let len = self.entries.len();
        &mut self.entries[number as usize % len]
    }

    fn state(&self, number: u32) -> State {
        self.slot(number).meta().state()
    }

    fn handle(&self, number: u32) -> Handle {
        Handle {
            slot: number,
            generation: self.slot(number).generation(),
        }
    }

    /// The slot a handle names, if its use is not over.
    fn resolve(&self, handle: Handle) -> Result<u32> {
        let slot = self
            .table
            .slots
            .get(handle.slot as usize)
            .ok_or(Error::Stale)?;
        if slot.generation() == handle.generation && slot.meta().state() != State::Free {
            Ok(handle.slot)
        } else {
            Err(Error::Stale)
        }
    }

    /// The slot of a session; a LISTEN_U is none yet.
    fn resolve_session(&self, handle: Handle) -> Result<u32> {
        let number = self.resolve(handle)?;
        let meta = self.slot(number).meta();
        if meta.state() == State::Valid && !meta.phase().is_waiting() {
            Ok(number)
        } else {
            Err(Error::Stale)
        }
    }

    fn find(&self, key: Key) -> Option<u32> {
        self.table.find(key).map(|(number, _)| number)
    }

    fn addr(&self, number: u32) -> Ipv6Addr {
        self.slot(number).local().into()
    }

    /// Takes note of the time; returns it in the timers' unit.
    fn tick(&mut self, now: Micros) -> Millis {
        self.clock = self.clock.max(now / 1000);
        self.clock as Millis
    }

    /// The one way an entry's state changes: keeps the pool's levels right.
    fn set_state(&mut self, number: u32, meta: Meta) {
        let from = self.state(number);
        let since = self.clock as Millis;
        let entry = self.entry_mut(number);
        entry.since = since;
        let pool = entry.pool;
        self.slot(number).publish(meta);
        if let Some(pool) = self.pool_mut(pool) {
            pool.recount(from, meta.state());
        }
    }

    /// Figures of the plane.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Slots in use, tombstones included.
    #[must_use]
    pub fn used(&self) -> u32 {
        self.used
    }

    /// Limits and times.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }
}
