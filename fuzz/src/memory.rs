// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Memory of a plane, and what it lends.

use umux_core::counters::{Packets, STRIPES, Stripe};
use umux_core::plane::{Config, Entry, Iface, Listener, Pool, Storage};
use umux_core::policy::labels::LabelNode;
use umux_core::policy::{LABELS_MAX, LISTEN_RULES_MAX, ListenRule, RULES_MAX, Rule};
use umux_core::table::Table;
use umux_core::table::filter::CLASSES;
use umux_core::table::guard::{GUARD_WORDS, GuardWord, LISTENERS_MAX};
use umux_core::table::index::{Bucket, buckets_for};
use umux_core::table::slot::Slot;
use umux_core::timer::{Node, Position};

/// All arrays of a plane.
pub struct Memory {
    slots: Vec<Slot>,
    buckets: Vec<Bucket>,
    chains: Vec<Bucket>,
    guard: Vec<GuardWord>,
    stripes: Vec<Stripe>,
    entries: Vec<Entry>,
    pools: Vec<Pool>,
    ifaces: Vec<Iface>,
    filter_counts: Vec<u32>,
    nodes: Vec<Node>,
    positions: Vec<Position>,
    labels: Vec<LabelNode>,
    rules: Vec<Rule>,
    listen_rules: Vec<ListenRule>,
    listeners: Vec<Listener>,
}

fn array<T: Default>(n: usize) -> Vec<T> {
    (0..n).map(|_| T::default()).collect()
}

impl Memory {
    /// For a plane of this configuration.
    pub fn new(config: &Config) -> Memory {
        let max = config.max_addrs as usize;
        Memory {
            slots: array(max),
            buckets: array(buckets_for(max)),
            chains: array(buckets_for(max)),
            guard: array(GUARD_WORDS),
            stripes: array(STRIPES),
            entries: array(max),
            pools: array(config.max_pools as usize),
            ifaces: array(config.max_ifaces as usize),
            filter_counts: array(CLASSES),
            nodes: array(config.timer_ids()),
            positions: array(config.timer_ids()),
            labels: array(LABELS_MAX),
            rules: array(RULES_MAX),
            listen_rules: array(LISTEN_RULES_MAX),
            listeners: array(LISTENERS_MAX),
        }
    }

    /// Both halves of it.
    pub fn lend(&mut self) -> (Table<'_>, Storage<'_>) {
        let table = Table::new(
            [0x0123_4567, 0x89ab_cdef],
            &self.slots,
            &self.buckets,
            &self.chains,
            &self.guard,
            Packets::new(&self.stripes),
        );
        let storage = Storage {
            entries: &mut self.entries,
            pools: &mut self.pools,
            ifaces: &mut self.ifaces,
            filter_counts: &mut self.filter_counts,
            timer_nodes: &mut self.nodes,
            timer_positions: &mut self.positions,
            labels: &mut self.labels,
            rules: &mut self.rules,
            listen_rules: &mut self.listen_rules,
            listeners: &mut self.listeners,
        };
        (table, storage)
    }
}
