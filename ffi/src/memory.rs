// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! One block of C memory becomes a plane.

use core::alloc::Layout;
use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::slice;

use umux_core::counters::{Packets, STRIPES, Stripe};
use umux_core::plane::{Config, Entry, Iface, Listener, Plane, Pool, Storage};
use umux_core::policy::labels::LabelNode;
use umux_core::policy::{LABELS_MAX, LISTEN_RULES_MAX, ListenRule, RULES_MAX, Rule};
use umux_core::table::Table;
use umux_core::table::filter::CLASSES;
use umux_core::table::guard::{GUARD_WORDS, GuardWord, LISTENERS_MAX};
use umux_core::table::index::{Bucket, buckets_for};
use umux_core::table::slot::Slot;
use umux_core::timer::{Node, Position};

use crate::convert::{EINVAL, config};
use umux_core_abi::umux_core_config;

/// What C knows as `struct umux_plane`.
pub struct UmuxPlane {
    table: MaybeUninit<Table<'static>>,
    plane: UnsafeCell<MaybeUninit<Plane<'static>>>,
}

impl UmuxPlane {
    /// The half that packets read.
    ///
    /// # Safety
    /// `plane` is what [`umux_core_init`] gave, and its memory stays for the
    /// lifetime `'p` (the header asks the caller to be in the net epoch).
    pub(crate) unsafe fn table<'p>(plane: *const UmuxPlane) -> &'p Table<'static> {
        // SAFETY: by the contract above the pointer is valid, and
        // umux_core_init() wrote the field before it gave the pointer away;
        // only shared references to it exist.
        unsafe { (*plane).table.assume_init_ref() }
    }

    /// The half that changes.
    ///
    /// # Safety
    /// As for [`UmuxPlane::table`], and the caller holds the mutex that
    /// serialises all functions marked L, so no other reference to this half
    /// exists for the lifetime `'p`.
    pub(crate) unsafe fn plane<'p>(plane: *const UmuxPlane) -> &'p mut Plane<'static> {
        // SAFETY: valid and initialised as above; unique, since each function
        // marked L makes one such reference and drops it before it returns,
        // and the mutex keeps these functions apart.
        unsafe { (*(*plane).plane.get()).assume_init_mut() }
    }
}

/// Where each array stands in the block.
struct Plan {
    table: usize,
    buckets: usize,
    chains: usize,
    slots: usize,
    stripes: usize,
    entries: usize,
    pools: usize,
    ifaces: usize,
    classes: usize,
    nodes: usize,
    positions: usize,
    labels: usize,
    rules: usize,
    listen_rules: usize,
    listeners: usize,
    guard: usize,
    size: usize,
}

/// Alignment of the block that [`umux_core_init`] makes for itself.
const ALIGN: usize = 64;

fn plan(config: &Config) -> Option<Plan> {
    fn put<T>(layout: &mut Layout, n: usize) -> Option<usize> {
        let (extended, at) = layout.extend(Layout::array::<T>(n).ok()?).ok()?;
        *layout = extended;
        Some(at)
    }
    if !config.is_sane() {
        return None;
    }
    let addrs = config.max_addrs as usize;
    let mut layout = Layout::from_size_align(0, ALIGN).ok()?;
    let l = &mut layout;
    let mut plan = Plan {
        table: put::<UmuxPlane>(l, 1)?,
        buckets: put::<Bucket>(l, buckets_for(addrs))?,
        chains: put::<Bucket>(l, buckets_for(addrs))?,
        slots: put::<Slot>(l, addrs)?,
        stripes: put::<Stripe>(l, STRIPES)?,
        entries: put::<Entry>(l, addrs)?,
        pools: put::<Pool>(l, config.max_pools as usize)?,
        ifaces: put::<Iface>(l, config.max_ifaces as usize)?,
        classes: put::<u32>(l, CLASSES)?,
        nodes: put::<Node>(l, config.timer_ids())?,
        positions: put::<Position>(l, config.timer_ids())?,
        labels: put::<LabelNode>(l, LABELS_MAX)?,
        rules: put::<Rule>(l, RULES_MAX)?,
        listen_rules: put::<ListenRule>(l, LISTEN_RULES_MAX)?,
        listeners: put::<Listener>(l, LISTENERS_MAX)?,
        guard: put::<GuardWord>(l, GUARD_WORDS)?,
        size: 0,
    };
    // Room to align a block that malloc(9) aligned to 8 or 16 only.
    plan.size = layout.size().checked_add(ALIGN)?;
    Some(plan)
}

/// Bytes that a plane of this configuration takes; 0: out of range.
///
/// # Safety
/// `cc` is null or points to a configuration.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_size(cc: *const umux_core_config) -> usize {
    // SAFETY: null is turned away by as_ref(); else valid by contract.
    let Some(cc) = (unsafe { cc.as_ref() }) else {
        return 0;
    };
    plan(&config(cc)).map_or(0, |plan| plan.size)
}

/// # Safety
/// `base + at` starts `n` elements of unused memory, aligned for `T`, that
/// nobody else refers to and that stays as long as the plane.
unsafe fn fill<T: Default>(base: *mut u8, at: usize, n: usize) -> &'static mut [T] {
    // SAFETY: inside the block, by contract.
    let first = unsafe { base.add(at) }.cast::<T>();
    for i in 0..n {
        // SAFETY: element i of n is inside the block, aligned and unused.
        unsafe { first.add(i).write(T::default()) };
    }
    // SAFETY: n elements from `first` on were just initialised, and by
    // contract nobody else refers to them.
    unsafe { slice::from_raw_parts_mut(first, n) }
}

/// Makes a plane of zeroed memory.  0 or `EINVAL`.
///
/// # Safety
/// `mem` points to `size` bytes that the plane has for itself until C frees
/// them, after which no function is called with it; `cc` and `planep` are null
/// or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_init(
    mem: *mut u8,
    size: usize,
    cc: *const umux_core_config,
    planep: *mut *mut UmuxPlane,
) -> i32 {
    // SAFETY: null is turned away; else valid by contract.
    let Some(cc) = (unsafe { cc.as_ref() }) else {
        return EINVAL;
    };
    let config = config(cc);
    let Some(plan) = plan(&config) else {
        return EINVAL;
    };
    if mem.is_null() || planep.is_null() || size < plan.size {
        return EINVAL;
    }
    let skip = mem.align_offset(ALIGN);
    if skip >= ALIGN {
        return EINVAL;
    }
    // SAFETY: plan.size has ALIGN bytes to spare, so this stays inside.
    let base = unsafe { mem.add(skip) };
    let addrs = config.max_addrs as usize;
    // SAFETY: Plan gives each array its own aligned range of the block, and
    // the block is the plane's alone; one unsafe block for all arrays, since
    // the reason is one.
    let (buckets, chains, slots, stripes, guard, storage) = unsafe {
        (
            &*fill::<Bucket>(base, plan.buckets, buckets_for(addrs)),
            &*fill::<Bucket>(base, plan.chains, buckets_for(addrs)),
            &*fill::<Slot>(base, plan.slots, addrs),
            &*fill::<Stripe>(base, plan.stripes, STRIPES),
            &*fill::<GuardWord>(base, plan.guard, GUARD_WORDS),
            Storage {
                entries: fill::<Entry>(base, plan.entries, addrs),
                pools: fill::<Pool>(base, plan.pools, config.max_pools as usize),
                ifaces: fill::<Iface>(base, plan.ifaces, config.max_ifaces as usize),
                filter_counts: fill::<u32>(base, plan.classes, CLASSES),
                timer_nodes: fill::<Node>(base, plan.nodes, config.timer_ids()),
                timer_positions: fill::<Position>(base, plan.positions, config.timer_ids()),
                labels: fill::<LabelNode>(base, plan.labels, LABELS_MAX),
                rules: fill::<Rule>(base, plan.rules, RULES_MAX),
                listen_rules: fill::<ListenRule>(base, plan.listen_rules, LISTEN_RULES_MAX),
                listeners: fill::<Listener>(base, plan.listeners, LISTENERS_MAX),
            },
        )
    };
    // SAFETY: the first range of the plan is for this, aligned and unused.
    let this = unsafe { base.add(plan.table) }.cast::<UmuxPlane>();
    // SAFETY: writes into the range just named, by raw pointers, so that no
    // reference to uninitialised memory is made; C does not know the pointer
    // yet, so nobody reads it.
    let table: &'static Table<'static> = unsafe {
        let place = (&raw mut (*this).table).cast::<Table<'static>>();
        place.write(Table::new(
            cc.cc_key,
            slots,
            buckets,
            chains,
            guard,
            Packets::new(stripes),
        ));
        &*place
    };
    match Plane::new(config, table, storage) {
        Ok(plane) => {
            // SAFETY: as above.
            unsafe {
                UnsafeCell::raw_get(&raw const (*this).plane).write(MaybeUninit::new(plane));
                planep.write(this);
            }
            0
        }
        Err(_) => EINVAL,
    }
}
