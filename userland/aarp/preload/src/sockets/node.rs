// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A record, or a pair of addresses, changed by single atomic steps.

use aarp_core::Target;
use std::net::Ipv6Addr;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU32, AtomicU64, fence};

/// A record, or a pair of its list.
#[repr(C, align(64))]
pub struct Node {
    /// Odd while the pair is written.
    seq: AtomicU32,
    /// The next one of the list; 0: there is none.
    pub next: AtomicU32,
    named: [AtomicU64; 2],
    used: [AtomicU64; 2],
    scopes: AtomicU64,
    /// A pair: when it was used last. A record: how many numbers lead to it.
    pub stamp: AtomicU64,
}

impl Node {
    /// The pair, and when it was used last; `None`: it is being written.
    pub fn read(&self) -> Option<(Target, Target, u64)> {
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
    pub fn write(&self, named: &Target, used: &Target, stamp: u64) {
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

fn split(address: Ipv6Addr) -> [u64; 2] {
    let bits = u128::from(address);
    [(bits >> 64) as u64, bits as u64]
}

fn join(halves: &[AtomicU64; 2]) -> Ipv6Addr {
    let [high, low] = halves;
    (u128::from(high.load(Relaxed)) << 64 | u128::from(low.load(Relaxed))).into()
}
