// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The DAD engine with 100,000 addresses.

mod support;

use std::time::Instant;
use support::measure::{Contender, compare, figure, head, row};
use support::planes::Bed;
use umux_core::action::Actions;
use umux_core::wire::nd;

const ADDRS: usize = 100_000;

fn each(start: Instant, n: usize) -> f64 {
    start.elapsed().as_nanos() as f64 / n as f64
}

fn main() {
    let (mut added, mut probed, mut done) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..7 {
        let mut bed = Bed::new(ADDRS);
        let start = Instant::now();
        (0..ADDRS).for_each(|n| bed.add(n));
        added.push(each(start, ADDRS));
        let start = Instant::now();
        let probes = bed.run(500_000);
        probed.push(each(start, probes));
        assert_eq!(probes, ADDRS);
        let start = Instant::now();
        assert_eq!(bed.run(1_000_000), 0);
        done.push(each(start, ADDRS));
    }
    let mut number = 0;
    let probe = Contender::new("probe", |times| {
        for _ in 0..times {
            number += 1;
            let target = support::planes::pooled(number % ADDRS);
            std::hint::black_box(nd::emit_dad_probe(&target, [number as u8; 6]));
        }
    });
    head(
        "DAD of 100,000 addresses, ns an address",
        &[
            "add and start",
            "timer and probe",
            "timer and end",
            "of a probe: the packet",
        ],
    );
    row(
        "umux",
        &[
            figure("add", added),
            figure("probe", probed),
            figure("end", done),
            compare(vec![probe]).remove(0),
        ],
    );

    head(
        "A timer call that has nothing to do, ns, by idle addresses",
        &["umux"],
    );
    for n in [0, 100, 10_000, ADDRS] {
        let mut bed = Bed::new(n);
        bed.fill(n);
        let now = bed.now;
        let plane = &mut bed.plane;
        let idle = Contender::new("idle", |times| {
            for _ in 0..times {
                std::hint::black_box(plane.run(now, &mut Actions::new()));
            }
        });
        row(&format!("{n}"), &compare(vec![idle]));
    }
}
