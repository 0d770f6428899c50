// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Memory that is reserved once: numbers of descriptors, and nodes for what is known
//! of them.

use super::node::Node;
use std::ptr::null_mut;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64};

/// Numbers that can have records. Others are as if nothing was resolved for them.
const NUMBERS: usize = 1 << 20;

/// Records and pairs that there can be.
const NODES: usize = 1 << 18;

/// Pairs of one record; then the oldest is overwritten.
pub const PAIRS: usize = 64;

/// Nothing is known of a number.
pub const UNKNOWN: u32 = 0;
/// It is an IPv6 socket that has no record yet.
pub const INET6: u32 = 1;
/// Nodes begin here.
pub const FIRST: u32 = 2;

/// The memory: numbers, then nodes.
#[repr(C)]
pub struct Memory {
    pub numbers: [AtomicU32; NUMBERS],
    nodes: [Node; NODES],
}

static MEMORY: AtomicPtr<Memory> = AtomicPtr::new(null_mut());
/// The process that this memory belongs to, see [`claim`]. A child that has a copy finds
/// zeroes there.
static OWNER: AtomicPtr<AtomicU64> = AtomicPtr::new(null_mut());
/// The first free node, and a count that changes with each change of it.
static FREE: AtomicU64 = AtomicU64::new(0);
/// Nodes that never were used begin here.
static NEVER_USED: AtomicU32 = AtomicU32::new(FIRST);
pub static CLOCK: AtomicU64 = AtomicU64::new(1);

/// Reserves the memory. Pages of it that are not used cost nothing.
pub fn reserve() {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    // FreeBSD reserves nothing in advance.
    #[cfg(target_os = "linux")]
    let flags = libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_NORESERVE;
    #[cfg(not(target_os = "linux"))]
    let flags = libc::MAP_PRIVATE | libc::MAP_ANON;
    // SAFETY: new mappings. Zeroes are valid for all that is in them.
    unsafe {
        let at = libc::mmap(null_mut(), size_of::<Memory>(), protection, flags, -1, 0);
        let page = libc::mmap(null_mut(), 4096, protection, flags, -1, 0);
        if at == libc::MAP_FAILED || page == libc::MAP_FAILED {
            return;
        }
        #[cfg(target_os = "freebsd")]
        let wiped = libc::minherit(page, 4096, libc::INHERIT_ZERO) == 0;
        #[cfg(not(target_os = "freebsd"))]
        let wiped = libc::madvise(page, 4096, libc::MADV_WIPEONFORK) == 0;
        if wiped {
            OWNER.store(page.cast(), Release);
            MEMORY.store(at.cast(), Release);
            forked();
            // If it fails, the copies are claimed by who comes first.
            libc::pthread_atfork(None, None, Some(forked));
        }
    }
}

/// It, unless it could not be reserved.
pub fn memory() -> Option<&'static Memory> {
    let at = MEMORY.load(Acquire);
    // SAFETY: null, or the mapping of reserve(), which stays.
    unsafe { at.as_ref() }
}

fn owner() -> Option<&'static AtomicU64> {
    let at = OWNER.load(Acquire);
    // SAFETY: null, or the mapping of reserve(), which stays.
    unsafe { at.as_ref() }
}

fn me() -> u32 {
    // SAFETY: it takes nothing.
    unsafe { libc::getpid() as u32 }
}

/// A process, and the parent who may take it back from it; 0: nobody may.
fn claim(process: u32, parent: u32) -> u64 {
    u64::from(parent) << 32 | u64::from(process)
}

/// fork(3) calls it in the child, and vfork(2) does not: the copy is this process's.
extern "C" fn forked() {
    if let Some(owner) = owner() {
        owner.store(claim(me(), 0), Relaxed);
    }
}

/// Is the memory this process's own, and not that of a parent that waits in vfork(2)?
///
/// Nobody is told of a child of rfork(2), clone(2) or _Fork(3). There, who comes first
/// gets the copy. That may be a child of vfork(2); so its parent, who finds its child to
/// be the owner of its own memory, takes it back. What the child closed is forgotten.
pub fn ours() -> bool {
    let Some(owner) = owner() else {
        return false;
    };
    let me = me();
    let seen = owner.load(Relaxed);
    let (process, parent) = (seen as u32, (seen >> 32) as u32);
    if process == me {
        return true;
    }
    if process != 0 && parent != me {
        return false;
    }
    // SAFETY: it takes nothing.
    let mine = claim(me, unsafe { libc::getppid() as u32 });
    let claimed = owner.compare_exchange(seen, mine, Relaxed, Relaxed);
    // Another thread may have done it.
    claimed.is_ok() || owner.load(Relaxed) as u32 == me
}

impl Memory {
    /// The node of an index.
    pub fn node(&self, index: u32) -> Option<&Node> {
        if index < FIRST {
            return None;
        }
        self.nodes.get(index as usize)
    }

    /// Takes a node that nobody uses.
    pub fn take(&self) -> Option<u32> {
        loop {
            let free = FREE.load(Acquire);
            let index = free as u32;
            let Some(node) = self.node(index) else {
                break;
            };
            let next = node.next.load(Relaxed);
            let count = (free >> 32).wrapping_add(1) << 32;
            let taken = FREE.compare_exchange(free, count | u64::from(next), AcqRel, Relaxed);
            if taken.is_ok() {
                return Some(index);
            }
        }
        let index = NEVER_USED.fetch_add(1, Relaxed);
        if index as usize >= NODES {
            NEVER_USED.store(NODES as u32, Relaxed);
            return None;
        }
        Some(index)
    }

    fn give_back(&self, index: u32) {
        let Some(node) = self.node(index) else {
            return;
        };
        loop {
            let free = FREE.load(Acquire);
            node.next.store(free as u32, Relaxed);
            let count = (free >> 32).wrapping_add(1) << 32;
            let given = FREE.compare_exchange(free, count | u64::from(index), AcqRel, Relaxed);
            if given.is_ok() {
                return;
            }
        }
    }

    /// The pairs of a record. Never more than there can be: a list that is given back
    /// by another thread meanwhile may lead anywhere.
    pub fn pairs(&self, record: u32) -> impl Iterator<Item = &Node> {
        let mut next = self.node(record).map_or(0, |node| node.next.load(Acquire));
        std::iter::from_fn(move || {
            let node = self.node(next)?;
            next = node.next.load(Acquire);
            Some(node)
        })
        .take(PAIRS)
    }

    /// The record of a number, made if there is none.
    pub fn record(&self, cell: &AtomicU32) -> Option<u32> {
        loop {
            let now = cell.load(Acquire);
            if now >= FIRST {
                return Some(now);
            }
            let index = self.take()?;
            let node = self.node(index)?;
            node.next.store(0, Relaxed);
            node.stamp.store(1, Relaxed);
            if cell.compare_exchange(now, index, AcqRel, Relaxed).is_ok() {
                return Some(index);
            }
            self.give_back(index);
        }
    }

    /// One number less leads to a record.
    pub fn release(&self, record: u32) {
        let Some(node) = self.node(record) else {
            return;
        };
        if node.stamp.fetch_sub(1, AcqRel) != 1 {
            return;
        }
        let mut next = node.next.load(Acquire);
        for _ in 0..=PAIRS {
            let Some(pair) = self.node(next) else {
                break;
            };
            let after = pair.next.load(Acquire);
            self.give_back(next);
            next = after;
        }
        self.give_back(record);
    }
}
