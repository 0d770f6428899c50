// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Figures: those that packets write, striped, and those of the plane.

use crate::sync::{AtomicU64, Ordering};

/// What is counted for each plane packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
pub enum Packet {
    /// Input of a session.
    InSession,
    /// Input to a plane address, dropped.
    InDropped,
    /// Output of a session.
    OutSession,
    /// Output from or about a plane address, dropped.
    OutDropped,
    /// Output to a plane address of this host.
    OutLocal,
    /// Connects that were not ours.
    Bypassed,
    /// SYNs to a LISTEN_0, around the plane.
    Guarded,
}

const KINDS: usize = 7;

/// Stripes: different CPUs mostly write different lines.
pub const STRIPES: usize = 16;

/// One cache line of counters.
#[repr(align(64))]
#[derive(Default)]
pub struct Stripe([AtomicU64; KINDS]);

/// The counters of all stripes.
pub struct Packets<'a>(&'a [Stripe]);

impl<'a> Packets<'a> {
    /// Over [`STRIPES`] stripes.
    #[must_use]
    pub fn new(stripes: &'a [Stripe]) -> Self {
        Self(stripes)
    }

    /// Counts one, in a stripe that mostly no other thread writes to now.
    ///
    /// No CPU's number is at hand, but threads that run at once have stacks
    /// apart.
    pub fn count_here(&self, kind: Packet) {
        /// Smallest stack there is: a kernel thread's.
        const STACK_SHIFT: u32 = 14;
        let on_stack = 0u8;
        let stack = (&raw const on_stack).addr() as u64 >> STACK_SHIFT;
        let spread = stack.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        self.count(kind, spread as u32);
    }

    /// Counts one; `by` chooses the stripe.
    pub fn count(&self, kind: Packet, by: u32) {
        if let Some(Stripe(counts)) = self.0.get(by as usize % STRIPES)
            && let Some(count) = counts.get(kind as usize)
        {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The sum over all stripes.
    #[must_use]
    pub fn sum(&self, kind: Packet) -> u64 {
        self.0
            .iter()
            .filter_map(|Stripe(counts)| counts.get(kind as usize))
            .map(|count| count.load(Ordering::Relaxed))
            .sum()
    }
}

/// Figures of the plane; each only grows.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // kmod/umux_abi.h, struct umux_counters, says each
pub struct Counters {
    pub ns_dad: u64,
    pub ns_resolve: u64,
    pub ns_silent: u64,
    pub na: u64,
    pub nd_invalid: u64,
    pub probes: u64,
    pub defended: u64,
    pub answered: u64,
    pub looped: u64,
    pub duplicated: u64,
    pub conflict: u64,
    pub taken: u64,
    pub returned: u64,
    pub ended: u64,
    pub missed: u64,
    pub events: u64,
    pub armed: u64,
    pub accepted: u64,
    pub lapsed: u64,
}
