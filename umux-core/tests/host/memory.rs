// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Memory of a plane that is there until the process ends: for tests, benchmarks
//! and fuzz targets, the latter by the path of this file.

use umux_core::counters::{Packets, STRIPES};
use umux_core::plane::{Config, Storage};
use umux_core::policy::{LABELS_MAX, LISTEN_RULES_MAX, RULES_MAX};
use umux_core::table::Table;
use umux_core::table::filter::CLASSES;
use umux_core::table::guard::{GUARD_WORDS, LISTENERS_MAX};
use umux_core::table::index::buckets_for;

fn array<T: Default>(n: usize) -> &'static mut [T] {
    (0..n).map(|_| T::default()).collect::<Vec<_>>().leak()
}

/// Both halves of it, for a plane of this configuration; `secret` is the key of
/// its hashes.
pub fn of(config: &Config, secret: [u64; 2]) -> (Table<'static>, Storage<'static>) {
    let max = config.max_addrs as usize;
    let table = Table::new(
        secret,
        array(max),
        array(buckets_for(max)),
        array(buckets_for(max)),
        array(GUARD_WORDS),
        Packets::new(array(STRIPES)),
    );
    let storage = Storage {
        entries: array(max),
        pools: array(config.max_pools as usize),
        ifaces: array(config.max_ifaces as usize),
        filter_counts: array(CLASSES),
        timer_nodes: array(config.timer_ids()),
        timer_positions: array(config.timer_ids()),
        labels: array(LABELS_MAX),
        rules: array(RULES_MAX),
        listen_rules: array(LISTEN_RULES_MAX),
        listeners: array(LISTENERS_MAX),
    };
    (table, storage)
}
