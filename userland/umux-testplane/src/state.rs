// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What the plane holds.

use crate::servers::Servers;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::Ipv6Addr;
use std::sync::mpsc::{Receiver, Sender, channel};
use umux_abi::{AddrState, Errno, Event, EventKinds, Label, PoolCounts, PoolId, PoolSpec, Rule};

/// What becomes of added addresses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Dad {
    /// Ready at once.
    #[default]
    None,
    /// Tentative until the test finishes it.
    ByHand,
    /// Each is held by another node.
    AllDuplicates,
}

/// Operations that can be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// pool_add
    PoolAdd,
    /// pool_del
    PoolDel,
    /// pools
    Pools,
    /// addr_add
    AddrAdd,
    /// addr_del
    AddrDel,
    /// das
    Das,
    /// everything else
    Other,
}

pub(crate) struct Pool {
    pub spec: PoolSpec,
    pub addrs: BTreeMap<Ipv6Addr, AddrState>,
    pub added: u64,
    pub taken: u64,
    pub missed: u64,
    pub duplicated: u64,
}

impl Pool {
    pub fn new(spec: PoolSpec) -> Pool {
        Pool {
            spec,
            addrs: BTreeMap::new(),
            added: 0,
            taken: 0,
            missed: 0,
            duplicated: 0,
        }
    }

    pub fn counts(&self) -> PoolCounts {
        let mut counts = PoolCounts::default();
        for state in self.addrs.values() {
            *match state {
                AddrState::Pending => &mut counts.pending,
                AddrState::Tentative => &mut counts.tentative,
                AddrState::Uncertain => &mut counts.uncertain,
                AddrState::Valid => &mut counts.valid,
                AddrState::Duplicated => &mut counts.duplicated,
                AddrState::Tombstone => &mut counts.tombstone,
            } += 1;
        }
        counts
    }
}

/// A policy table that is short and of this plane alone.
pub(crate) fn default_labels() -> Vec<Label> {
    vec!["::/0 40 1".parse().expect("a row")]
}

/// The same for rules.
pub(crate) fn default_rules() -> Vec<Rule> {
    vec!["legacy port 53".parse().expect("a rule")]
}

pub(crate) struct State {
    pub on_link: BTreeSet<PoolId>,
    pub pools: BTreeMap<PoolId, Pool>,
    pub dad: Dad,
    pub refuse: HashMap<Op, Option<Errno>>,
    pub refuse_items: Option<Errno>,
    pub lose: bool,
    pub nameless: bool,
    pub max_addrs: u32,
    pub tried: Vec<Ipv6Addr>,
    pub batches: Vec<usize>,
    pub levels_asked: usize,
    pub labels: Vec<Label>,
    pub rules: Vec<Rule>,
    pub servers: Servers,
    seq: u32,
    subscribers: Vec<Sender<Event>>,
}

impl Default for State {
    fn default() -> State {
        State {
            on_link: BTreeSet::new(),
            pools: BTreeMap::new(),
            dad: Dad::default(),
            refuse: HashMap::new(),
            refuse_items: None,
            lose: false,
            nameless: false,
            max_addrs: 100_000,
            tried: Vec::new(),
            batches: Vec::new(),
            levels_asked: 0,
            labels: default_labels(),
            rules: default_rules(),
            servers: Servers::default(),
            seq: 0,
            subscribers: Vec::new(),
        }
    }
}

impl State {
    pub fn refused(&self, op: Op) -> Option<Errno> {
        self.refuse.get(&op).copied().flatten()
    }

    /// What an interface is called where the module tells its number.
    pub fn interface(&self, id: &PoolId, ifindex: u32) -> String {
        if self.nameless {
            format!("#{ifindex}")
        } else {
            id.interface.to_string()
        }
    }

    pub fn total(&self) -> usize {
        self.pools.values().map(|pool| pool.addrs.len()).sum()
    }

    pub fn subscribe(&mut self) -> Receiver<Event> {
        let (to, from) = channel();
        self.subscribers.push(to);
        from
    }

    /// Turns up to `count` addresses of one state into another.
    pub fn turn(&mut self, id: &PoolId, from: AddrState, to: AddrState, count: usize) -> usize {
        let Some(pool) = self.pools.get_mut(id) else {
            return 0;
        };
        let hits = pool.addrs.values_mut().filter(|state| **state == from);
        hits.take(count).map(|state| *state = to).count()
    }

    pub fn end_sessions(&mut self, id: &PoolId) -> usize {
        let Some(pool) = self.pools.get_mut(id) else {
            return 0;
        };
        let before = pool.addrs.len();
        pool.addrs.retain(|_, state| *state != AddrState::Valid);
        before - pool.addrs.len()
    }

    pub fn taken(&mut self, id: &PoolId, taken: usize, missed: usize) {
        if let Some(pool) = self.pools.get_mut(id) {
            pool.taken += taken as u64;
            pool.missed += missed as u64;
        }
    }

    pub fn duplicated(&mut self, id: &PoolId, count: usize) {
        if let Some(pool) = self.pools.get_mut(id) {
            pool.duplicated += count as u64;
        }
    }

    /// Tells subscribers about a pool; the number grows even when the event is lost.
    pub fn tell(&mut self, id: &PoolId, kinds: EventKinds, duplicated: u32) {
        let counts = self.pools.get(id).map(Pool::counts).unwrap_or_default();
        let event = Event {
            pool: id.clone(),
            kinds,
            seq: self.seq,
            uncertain: counts.uncertain,
            tentative: counts.tentative + counts.pending,
            valid: counts.valid,
            duplicated,
            missed: 0,
        };
        self.seq = self.seq.wrapping_add(1);
        if !self.lose {
            self.subscribers.retain(|to| to.send(event.clone()).is_ok());
        }
    }
}
