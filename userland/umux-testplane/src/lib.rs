// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A plane made of maps: takes addresses, refuses on demand, loses events on demand.
//!
//! It stands in for the module where umux's programs are tested. It is not the
//! architecture: no timers, no packets, and it does what a test tells it to.

mod control;
mod served;
mod servers;
mod state;

pub use served::Served;
pub use state::{Dad, Op};

use state::State;
use std::net::Ipv6Addr;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use umux_abi::lab::Host;
use umux_abi::{AddrState, Control, Errno, Event, EventKinds, PoolCounts, PoolId};

/// The plane. Clones are the same plane.
#[derive(Clone, Default)]
pub struct TestPlane(Arc<Mutex<State>>);

impl TestPlane {
    /// A plane with one interface `em0` where 2001:db8:1::/64 is on-link.
    pub fn new() -> TestPlane {
        let plane = TestPlane::default();
        plane.on_link("em0", "2001:db8:1::/64");
        plane
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a prefix on-link on an interface, and the interface if it is new.
    pub fn on_link(&self, interface: &str, prefix: &str) {
        let id = pool(&format!("{interface} {prefix}"));
        self.state().on_link.insert(id);
    }

    /// What becomes of added addresses.
    pub fn set_dad(&self, dad: Dad) {
        self.state().dad = dad;
    }

    /// From now on refuses an operation, or no longer.
    pub fn refuse(&self, op: Op, errno: Option<Errno>) {
        self.state().refuse.insert(op, errno);
    }

    /// From now on refuses each address with this errno, or no longer.
    pub fn refuse_items(&self, errno: Option<Errno>) {
        self.state().refuse_items = errno;
    }

    /// From now on loses events, or no longer.
    pub fn lose_events(&self, lose: bool) {
        self.state().lose = lose;
    }

    /// From now on tells numbers where interfaces have names, as of the module's
    /// addresses a process in capability mode learns them only.
    pub fn hide_names(&self) {
        self.state().nameless = true;
    }

    /// Limits the addresses.
    pub fn set_max_addrs(&self, max: u32) {
        self.state().max_addrs = max;
    }

    /// Duplicate address detection is over for all; how many became ready.
    pub fn finish_dad(&self, id: &PoolId) -> usize {
        let mut state = self.state();
        let count = state.turn(id, AddrState::Tentative, AddrState::Uncertain, usize::MAX);
        state.tell(id, EventKinds::READY, 0);
        count
    }

    /// That many sessions take an address each; how many got one.
    pub fn take(&self, id: &PoolId, count: usize) -> usize {
        let mut state = self.state();
        let taken = state.turn(id, AddrState::Uncertain, AddrState::Valid, count);
        let mut kinds = EventKinds::USED;
        kinds.set(EventKinds::MISS, taken < count);
        state.taken(id, taken, count - taken);
        state.tell(id, kinds, 0);
        taken
    }

    /// All sessions of a pool end, and their addresses go; how many.
    pub fn end_sessions(&self, id: &PoolId) -> usize {
        let mut state = self.state();
        let ended = state.end_sessions(id);
        state.tell(id, EventKinds::ENDED, 0);
        ended
    }

    /// Other nodes turn out to hold that many addresses that were on their way or ready.
    pub fn duplicate(&self, id: &PoolId, count: usize) -> usize {
        let mut state = self.state();
        let mut hit = state.turn(id, AddrState::Tentative, AddrState::Duplicated, count);
        hit += state.turn(id, AddrState::Uncertain, AddrState::Duplicated, count - hit);
        state.duplicated(id, hit);
        state.tell(id, EventKinds::DUPLICATED, hit as u32);
        hit
    }

    /// The pool's prefix goes away.
    pub fn prefix_gone(&self, id: &PoolId) {
        let mut state = self.state();
        state.on_link.remove(id);
        state.tell(id, EventKinds::POOL_GONE, 0);
        state.pools.remove(id);
    }

    /// Addresses of a pool by state; none if there is no pool.
    pub fn counts(&self, id: &PoolId) -> Option<PoolCounts> {
        self.state().pools.get(id).map(|pool| pool.counts())
    }

    /// All addresses of a pool.
    pub fn addresses(&self, id: &PoolId) -> Vec<Ipv6Addr> {
        let state = self.state();
        let pool = state.pools.get(id);
        pool.map(|p| p.addrs.keys().copied().collect())
            .unwrap_or_default()
    }

    /// Every address that anybody ever tried to add, in order.
    pub fn tried(&self) -> Vec<Ipv6Addr> {
        self.state().tried.clone()
    }

    /// Sizes of the batches in which addresses came.
    pub fn batches(&self) -> Vec<usize> {
        self.state().batches.clone()
    }

    /// How often the levels were asked for.
    pub fn levels_asked(&self) -> usize {
        self.state().levels_asked
    }

    /// Offers the plane at a socket in a directory of its own.
    pub fn serve(&self) -> Served {
        Served::start(self)
    }
}

impl Host for TestPlane {
    fn control(&self) -> Box<dyn Control> {
        Box::new(self.clone())
    }

    fn subscribe(&self) -> Receiver<Event> {
        self.state().subscribe()
    }
}

/// A pool's name from text that a test wrote.
pub fn pool(text: &str) -> PoolId {
    text.parse()
        .unwrap_or_else(|e| panic!("{text:?} in a test: {e}"))
}
