// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Memory of a plane, as an allocator that counts saw it asked for.
//!
//! A plane has one block of memory, made once: what an address costs is how much
//! more a plane asks for that has room for it.  A session adds nothing to that,
//! since it lives where its address did; what only sessions need is named apart.

mod support;

use support::planes::Bed;
use umux_core::table::index::{Bucket, buckets_for};

#[global_allocator]
static COUNTING: dhat::Alloc = dhat::Alloc;

fn bytes(work: impl FnOnce()) -> usize {
    let before = dhat::HeapStats::get().curr_bytes;
    work();
    dhat::HeapStats::get().curr_bytes - before
}

fn main() {
    let _profiler = dhat::Profiler::builder().testing().build();
    println!("\n### Memory, bytes\n");
    println!("| addresses | plane | an address | of that, the index of sessions |");
    println!("|---:|---:|---:|---:|");
    let base = bytes(|| {
        let _leaked = Bed::new(16);
    });
    for n in [1_000, 10_000, 65_536, 100_000, 1 << 20] {
        let plane = bytes(|| {
            let _leaked = Bed::new(n);
        });
        let chains = buckets_for(n) * size_of::<Bucket>();
        println!(
            "| {n} | {plane} | {:.1} | {:.1} |",
            (plane - base) as f64 / (n - 16) as f64,
            chains as f64 / n as f64
        );
    }
    let mut bed = Bed::new(20_000);
    let before = dhat::HeapStats::get().total_blocks;
    bed.fill(10_000);
    for n in 0..10_000 {
        bed.session(n);
    }
    let after = dhat::HeapStats::get().total_blocks;
    println!(
        "\nAllocations of 10,000 addresses and sessions: {}.",
        after - before
    );
    assert_eq!(after, before, "the core allocates nothing");
}
