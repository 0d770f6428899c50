// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Limits and times of a plane, and the memory that it lives in.

use super::entry::Entry;
use super::iface::Iface;
use super::listener::Listener;
use super::pool::Pool;
use crate::policy::labels::LabelNode;
use crate::policy::{ListenRule, Rule};
use crate::timer::{Node, Position};

/// Limits and times; all times in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Slots for addresses, 16 to 2^20, tombstones included.
    pub max_addrs: u32,
    /// Pools, 1 to 1024.
    pub max_pools: u32,
    /// Interfaces with pools, 1 to 256.
    pub max_ifaces: u32,
    /// How long an address stays silent after its session.
    pub tombstone: u32,
    /// How long a duplicate is remembered.
    pub duplicated: u32,
    /// How often, at least, a session's PCB is looked at.
    pub audit: u32,
    /// First probes of added addresses are spread over this time.
    pub dad_spread: u32,
}

/// The longest time a timer may lie ahead: a day, far below the clock's wrap.
const MAX_DELAY: u32 = 86_400_000;

impl Config {
    /// Whether all limits are in range.
    #[must_use]
    pub const fn is_sane(&self) -> bool {
        self.max_addrs >= 16
            && self.max_addrs <= 1 << 20
            && self.max_pools >= 1
            && self.max_pools <= 1024
            && self.max_ifaces >= 1
            && self.max_ifaces <= 256
            && self.tombstone <= MAX_DELAY
            && self.duplicated <= MAX_DELAY
            && self.audit >= 1
            && self.audit <= MAX_DELAY
            && self.dad_spread <= 60_000
    }

    /// How many timers there can be: one an address, two a pool, one for
    /// the groups to leave.
    #[must_use]
    pub const fn timer_ids(&self) -> usize {
        self.max_addrs as usize + 2 * self.max_pools as usize + 1
    }
}

/// The writer's memory, every element as [`Default`] makes it.
pub struct Storage<'a> {
    /// `max_addrs` of them.
    pub entries: &'a mut [Entry],
    /// `max_pools` of them.
    pub pools: &'a mut [Pool],
    /// `max_ifaces` of them.
    pub ifaces: &'a mut [Iface],
    /// [`CLASSES`](crate::table::filter::CLASSES) of them, zero.
    pub filter_counts: &'a mut [u32],
    /// [`Config::timer_ids`] of them.
    pub timer_nodes: &'a mut [Node],
    /// [`Config::timer_ids`] of them.
    pub timer_positions: &'a mut [Position],
    /// [`LABELS_MAX`](crate::policy::LABELS_MAX) of them.
    pub labels: &'a mut [LabelNode],
    /// [`RULES_MAX`](crate::policy::RULES_MAX) of them.
    pub rules: &'a mut [Rule],
    /// [`LISTEN_RULES_MAX`](crate::policy::LISTEN_RULES_MAX) of them.
    pub listen_rules: &'a mut [ListenRule],
    /// [`LISTENERS_MAX`](crate::table::guard::LISTENERS_MAX) of them.
    pub listeners: &'a mut [Listener],
}
