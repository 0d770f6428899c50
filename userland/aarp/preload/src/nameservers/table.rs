// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Which nameserver of resolv.conf(5) a member stands for. All threads have the same
//! few; a place that is taken stays so.

use aarp_core::Target;
use std::cell::UnsafeCell;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

const PLACES: usize = 64;

const FREE: u32 = 0;
const BUSY: u32 = 1;
const FULL: u32 = 2;

struct Place {
    state: AtomicU32,
    /// The nameserver, and the member. Written once, while busy.
    pair: UnsafeCell<Option<(Target, Target)>>,
}

// SAFETY: the pair is written by who made the place busy, before it is full, and read
// only when it is full.
unsafe impl Sync for Place {}

static PLACES_ALL: [Place; PLACES] = [const {
    Place {
        state: AtomicU32::new(FREE),
        pair: UnsafeCell::new(None),
    }
}; PLACES];

fn pairs() -> impl Iterator<Item = (Target, Target)> {
    PLACES_ALL
        .iter()
        .filter(|place| place.state.load(Acquire) == FULL)
        // SAFETY: it is full, so nobody writes it any more.
        .filter_map(|place| unsafe { *place.pair.get() })
}

/// What stands in resolv.conf(5) for this member?
pub fn named(used: &Target) -> Option<Target> {
    pairs().find(|(_, its)| its == used).map(|(named, _)| named)
}

/// A member stands for a nameserver. Could it be written down?
pub fn remember(named: &Target, used: &Target) -> bool {
    if let Some((its, _)) = pairs().find(|(_, its)| its == used) {
        // It cannot stand for two.
        return its == *named;
    }
    for place in &PLACES_ALL {
        if place
            .state
            .compare_exchange(FREE, BUSY, Acquire, Relaxed)
            .is_ok()
        {
            // SAFETY: it is busy, and this made it so.
            unsafe { *place.pair.get() = Some((*named, *used)) };
            place.state.store(FULL, Release);
            return true;
        }
    }
    false
}
