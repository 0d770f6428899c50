// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The memory that a plane lives in.

use umux_core::counters::{Packets, STRIPES, Stripe};
use umux_core::error::Error;
use umux_core::plane::{Config, Entry, Iface, Listener, Plane, Pool, Storage};
use umux_core::policy::labels::LabelNode;
use umux_core::policy::{LABELS_MAX, LISTEN_RULES_MAX, ListenRule, RULES_MAX, Rule};
use umux_core::table::Table;
use umux_core::table::filter::CLASSES;
use umux_core::table::guard::{GUARD_WORDS, GuardWord, LISTENERS_MAX};
use umux_core::table::index::{Bucket, buckets_for};
use umux_core::table::slot::Slot;
use umux_core::timer::{Node, Position};

/// A plane, and the half of it that packets read.
pub struct Core {
    /// What the gate looks at.
    pub table: &'static Table<'static>,
    /// What changes.
    pub plane: Plane<'static>,
    /// Bytes that both take.
    pub bytes: usize,
}

impl Core {
    /// Makes a plane that stays until the process ends, as the kernel's stays
    /// until its VNET does.
    ///
    /// # Errors
    /// [`Error::Invalid`]: the configuration is out of range.
    pub fn new(config: Config, secret: [u64; 2]) -> Result<Core, Error> {
        if !config.is_sane() {
            return Err(Error::Invalid);
        }
        let mut bytes = 0;
        let max = config.max_addrs as usize;
        let timers = config.timer_ids();
        let table: &'static Table<'static> = Box::leak(Box::new(Table::new(
            secret,
            room::<Slot>(max, &mut bytes),
            room::<Bucket>(buckets_for(max), &mut bytes),
            room::<Bucket>(buckets_for(max), &mut bytes),
            room::<GuardWord>(GUARD_WORDS, &mut bytes),
            Packets::new(room::<Stripe>(STRIPES, &mut bytes)),
        )));
        let storage = Storage {
            entries: room::<Entry>(max, &mut bytes),
            pools: room::<Pool>(config.max_pools as usize, &mut bytes),
            ifaces: room::<Iface>(config.max_ifaces as usize, &mut bytes),
            filter_counts: room::<u32>(CLASSES, &mut bytes),
            timer_nodes: room::<Node>(timers, &mut bytes),
            timer_positions: room::<Position>(timers, &mut bytes),
            labels: room::<LabelNode>(LABELS_MAX, &mut bytes),
            rules: room::<Rule>(RULES_MAX, &mut bytes),
            listen_rules: room::<ListenRule>(LISTEN_RULES_MAX, &mut bytes),
            listeners: room::<Listener>(LISTENERS_MAX, &mut bytes),
        };
        bytes += size_of::<Table<'_>>() + size_of::<Plane<'_>>();
        let plane = Plane::new(config, table, storage)?;
        Ok(Core {
            table,
            plane,
            bytes,
        })
    }
}

fn room<T: Default>(n: usize, bytes: &mut usize) -> &'static mut [T] {
    *bytes += n * size_of::<T>();
    (0..n).map(|_| T::default()).collect::<Vec<_>>().leak()
}
