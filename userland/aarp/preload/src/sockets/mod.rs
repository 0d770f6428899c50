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
//! down, and is not. (After rfork(2) and its like, see [`memory::ours`].)
//!
//! * [`memory`]: where it is, and whose
//! * [`node`]: one record or pair

mod memory;
mod node;

use aarp_core::Target;
use libc::c_int;
use memory::{CLOCK, FIRST, INET6, Memory, PAIRS, UNKNOWN, memory, ours};
use node::Node;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

pub use memory::reserve;

fn number(fd: c_int) -> Option<(&'static Memory, &'static AtomicU32)> {
    let memory = memory()?;
    let cell = memory.numbers.get(usize::try_from(fd).ok()?)?;
    Some((memory, cell))
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
