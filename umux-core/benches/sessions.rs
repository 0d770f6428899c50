// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Take, commit and release of an address, by addresses in the pool.
//!
//! The peer is what a program without umux has for it: nothing.  So the figures
//! stand beside a hash map that only notes the pair, as the cheapest thing that
//! anyone could do.

mod support;

use std::collections::{HashMap, VecDeque};
use support::measure::{Contender, compare, head, row};
use support::planes::{Bed, peer, pooled, wanted};

const SIZES: [usize; 5] = [10, 100, 1_000, 10_000, 100_000];

fn size(n: usize) {
    let mut returned = Bed::new(n);
    returned.fill(n);
    // Sessions that were on the wire leave a tombstone; as many addresses come
    // anew, so that the pool stays as large.
    let mut busy = Bed::new(n);
    busy.fill(n);
    let mut number = 0;
    let mut ready: VecDeque<_> = (0..n).map(pooled).collect();
    let mut map = HashMap::with_capacity(n);
    let figures = compare(vec![
        Contender::new("umux, not on the wire", |times| {
            for _ in 0..times {
                number = (number + 1) % n;
                let taken = returned.session(number);
                returned
                    .plane
                    .end(taken.handle, returned.now)
                    .expect("it was just taken");
            }
        }),
        Contender::new("umux, refused at once", |times| {
            // Of a peer that no pool serves: what the decision alone takes.
            let elsewhere = umux_core::plane::Wanted {
                ifindex: 99,
                ..wanted(0)
            };
            for _ in 0..times {
                let _ = std::hint::black_box(busy.plane.take(&elsewhere, busy.now));
            }
        }),
        Contender::new("queue and std HashMap", |times| {
            for i in 0..times {
                let local = ready.pop_front().expect("one is ready");
                map.insert(local, (peer(i % n), 443u16, 40_000u16));
                std::hint::black_box(&map);
                map.remove(&local);
                ready.push_back(local);
            }
        }),
    ]);
    row(&format!("{n}"), &figures);
}

fn main() {
    head(
        "take + commit + release, ns, by addresses in the pool",
        &["umux", "umux, no pool there", "queue and std HashMap"],
    );
    for n in SIZES {
        size(n);
    }
}
