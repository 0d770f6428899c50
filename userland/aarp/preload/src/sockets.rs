// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What a program called the peers of its sockets, by the numbers of descriptors.
//!
//! A number leads to a record, which those that were duplicated share; a record is a
//! list of pairs: the address that the program named, and the one that was used. All
//! of it lies in memory that is reserved once and never given back, and is changed
//! by single atomic steps: a thread or a signal handler that comes in between sees
//! the one state or the other.
//!
//! A number is forgotten when it is closed, and again when a new socket gets it, for
//! not every close is seen here (fclose(3) of glibc is not).
//!
//! After fork(2) both processes have a copy of their own. After vfork(2) the child
//! uses its parent's memory: what it closes and duplicates there must not be written
//! down, and is not ([`ours`]).

use aarp_core::Target;
use libc::c_int;
use std::net::Ipv6Addr;
use std::ptr::null_mut;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, fence};

/// Numbers that can have records. Others are as if nothing was resolved for them.
const NUMBERS: usize = 1 << 20;

/// Records and pairs that there can be.
const NODES: usize = 1 << 18;

/// Pairs of one record; then the oldest is overwritten.
const PAIRS: usize = 64;

/// Nothing is known of a number.
const UNKNOWN: u32 = 0;
/// It is an IPv6 socket that has no record yet.
const INET6: u32 = 1;
/// Nodes begin here.
const FIRST: u32 = 2;

/// A record, or a pair of its list.
#[repr(C, align(64))]
struct Node {
    /// Odd while the pair is written.
    seq: AtomicU32,
    /// The next one of the list; 0: there is none.
    next: AtomicU32,
    named: [AtomicU64; 2],
    used: [AtomicU64; 2],
    scopes: AtomicU64,
    /// A pair: when it was used last. A record: how many numbers lead to it.
    stamp: AtomicU64,
}

/// The memory: numbers, then nodes.
#[repr(C)]
struct Memory {
    numbers: [AtomicU32; NUMBERS],
    nodes: [Node; NODES],
}

static MEMORY: AtomicPtr<Memory> = AtomicPtr::new(null_mut());
/// The process that this memory belongs to; forgotten in a child that has a copy.
static OWNER: AtomicPtr<AtomicU32> = AtomicPtr::new(null_mut());
/// The first free node, and a count that changes with each change of it.
static FREE: AtomicU64 = AtomicU64::new(0);
/// Nodes that never were used begin here.
static NEVER_USED: AtomicU32 = AtomicU32::new(FIRST);
static CLOCK: AtomicU64 = AtomicU64::new(1);

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
        }
    }
}

fn memory() -> Option<&'static Memory> {
    let at = MEMORY.load(Acquire);
    // SAFETY: null, or the mapping of reserve(), which stays.
    unsafe { at.as_ref() }
}

/// Is the memory this process's own, and not that of a parent that waits in vfork(2)?
fn ours() -> bool {
    // SAFETY: null, or the mapping of reserve(), which stays.
    let Some(owner) = (unsafe { OWNER.load(Acquire).as_ref() }) else {
        return false;
    };
    // SAFETY: it takes nothing.
    let me = unsafe { libc::getpid() } as u32;
    match owner.load(Relaxed) {
        // A copy, which is seen for the first time.
        0 => owner.compare_exchange(0, me, Relaxed, Relaxed).is_ok() || owner.load(Relaxed) == me,
        owner => owner == me,
    }
}

fn number(fd: c_int) -> Option<(&'static Memory, &'static AtomicU32)> {
    let memory = memory()?;
    let cell = memory.numbers.get(usize::try_from(fd).ok()?)?;
    Some((memory, cell))
}

impl Memory {
    fn node(&self, index: u32) -> Option<&Node> {
        if index < FIRST {
            return None;
        }
        self.nodes.get(index as usize)
    }

    /// Takes a node that nobody uses.
    fn take(&self) -> Option<u32> {
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
    fn pairs(&self, record: u32) -> impl Iterator<Item = &Node> {
        let mut next = self.node(record).map_or(0, |node| node.next.load(Acquire));
        std::iter::from_fn(move || {
            let node = self.node(next)?;
            next = node.next.load(Acquire);
            Some(node)
        })
        .take(PAIRS)
    }

    /// The record of a number, made if there is none.
    fn record(&self, cell: &AtomicU32) -> Option<u32> {
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
    fn release(&self, record: u32) {
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

fn split(address: Ipv6Addr) -> [u64; 2] {
    let bits = u128::from(address);
    [(bits >> 64) as u64, bits as u64]
}

fn join(halves: &[AtomicU64; 2]) -> Ipv6Addr {
    let [high, low] = halves;
    (u128::from(high.load(Relaxed)) << 64 | u128::from(low.load(Relaxed))).into()
}

impl Node {
    /// The pair, and when it was used last; `None`: it is being written.
    fn read(&self) -> Option<(Target, Target, u64)> {
        for _ in 0..16 {
            let before = self.seq.load(Acquire);
            let scopes = self.scopes.load(Relaxed);
            let named = Target::new(join(&self.named), (scopes >> 32) as u32);
            let used = Target::new(join(&self.used), scopes as u32);
            let stamp = self.stamp.load(Relaxed);
            fence(Acquire);
            if before & 1 == 0 && self.seq.load(Relaxed) == before {
                return Some((named, used, stamp));
            }
            std::hint::spin_loop();
        }
        None
    }

    /// Who comes while another writes leaves it to that one.
    fn write(&self, named: &Target, used: &Target, stamp: u64) {
        let before = self.seq.load(Relaxed);
        let odd = before | 1;
        if before == odd
            || self
                .seq
                .compare_exchange(before, odd, Acquire, Relaxed)
                .is_err()
        {
            return;
        }
        fence(Release);
        for (halves, target) in [(&self.named, named), (&self.used, used)] {
            for (half, value) in halves.iter().zip(split(target.address)) {
                half.store(value, Relaxed);
            }
        }
        let scopes = u64::from(named.scope) << 32 | u64::from(used.scope);
        self.scopes.store(scopes, Relaxed);
        self.stamp.store(stamp, Relaxed);
        self.seq.store(odd.wrapping_add(1), Release);
    }
}

/// Something new has this number.
pub fn fresh(fd: c_int) {
    closed(fd);
}

/// An IPv6 socket that is new has this number.
pub fn inet6(fd: c_int) {
    if let Some((_, cell)) = number(fd)
        && ours()
    {
        cell.store(INET6, Release);
    }
}

/// The number is closed now, or is about to be.
pub fn closed(fd: c_int) {
    if let Some((memory, cell)) = number(fd)
        && cell.load(Relaxed) != UNKNOWN
        && ours()
    {
        memory.release(cell.swap(UNKNOWN, AcqRel));
    }
}

/// All numbers from one to another are closed.
pub fn closed_range(first: usize, last: usize) {
    let Some(memory) = memory() else {
        return;
    };
    // Pages that were never written are not written now.
    for (fd, cell) in memory.numbers.iter().enumerate().skip(first) {
        if fd > last {
            return;
        }
        if cell.load(Relaxed) != UNKNOWN {
            closed(fd as c_int);
        }
    }
}

/// Both numbers are the same socket now.
pub fn duplicated(from: c_int, to: c_int) {
    closed(to);
    let (Some((memory, from)), Some((_, to))) = (number(from), number(to)) else {
        return;
    };
    if from.load(Relaxed) == UNKNOWN || !ours() {
        return;
    }
    if let Some(record) = memory.record(from)
        && let Some(node) = memory.node(record)
    {
        node.stamp.fetch_add(1, AcqRel);
        to.store(record, Release);
    }
}

/// Was anything resolved for this socket?
pub fn any(fd: c_int) -> bool {
    number(fd).is_some_and(|(_, cell)| cell.load(Relaxed) >= FIRST)
}

/// The program named one address, and the other is used. Could it be written down?
pub fn remember(fd: c_int, named: &Target, used: &Target) -> bool {
    let Some((memory, cell)) = number(fd).filter(|_| ours()) else {
        return false;
    };
    let Some(record) = memory.record(cell) else {
        return false;
    };
    let stamp = CLOCK.fetch_add(1, Relaxed);
    let mut oldest: Option<(&Node, u64)> = None;
    let mut count = 0;
    for node in memory.pairs(record) {
        count += 1;
        let Some((its, _, age)) = node.read() else {
            continue;
        };
        if its == *named {
            node.write(named, used, stamp);
            return true;
        }
        if oldest.is_none_or(|(_, other)| age < other) {
            oldest = Some((node, age));
        }
    }
    if count >= PAIRS {
        if let Some((node, _)) = oldest {
            node.write(named, used, stamp);
        }
        return true;
    }
    let (Some(index), Some(head)) = (memory.take(), memory.node(record)) else {
        return false;
    };
    let Some(node) = memory.node(index) else {
        return false;
    };
    node.write(named, used, stamp);
    loop {
        let first = head.next.load(Acquire);
        node.next.store(first, Relaxed);
        if head
            .next
            .compare_exchange(first, index, AcqRel, Relaxed)
            .is_ok()
        {
            return true;
        }
    }
}

fn pairs(fd: c_int) -> impl Iterator<Item = (Target, Target, u64)> {
    let record = number(fd).map(|(memory, cell)| (memory, cell.load(Acquire)));
    record
        .into_iter()
        .flat_map(|(memory, record)| memory.pairs(record))
        .filter_map(Node::read)
}

/// What is used for an address that the program has named before?
pub fn used(fd: c_int, named: &Target) -> Option<Target> {
    pairs(fd)
        .find(|(its, ..)| its == named)
        .map(|(_, used, _)| used)
}

/// What did the program call this peer, last?
pub fn named(fd: c_int, used: &Target) -> Option<Target> {
    pairs(fd)
        .filter(|(_, its, _)| its == used)
        .max_by_key(|(_, _, stamp)| *stamp)
        .map(|(named, ..)| named)
}

/// The pair that was used last.
pub fn last(fd: c_int) -> Option<(Target, Target)> {
    pairs(fd)
        .max_by_key(|(_, _, stamp)| *stamp)
        .map(|(named, used, _)| (named, used))
}
