// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A plane with sessions that come and go, to look at umuxmon where there is no
//! module: `cargo run -p umuxmon --example busy-plane`, then `umuxmon --top --lab`
//! with the path that it prints.

use std::net::Ipv6Addr;
use std::time::Duration;
use umux_abi::{Control, PoolId, PoolSpec};
use umux_testplane::{TestPlane, pool};

const LEVEL: u32 = 400;
const LOOK: Duration = Duration::from_millis(200);

fn add(plane: &mut TestPlane, id: &PoolId, count: u32, next: &mut u128) {
    let first = *next;
    *next += u128::from(count);
    let addrs: Vec<_> = (first..*next)
        .map(|n| Ipv6Addr::from_bits(id.prefix.bits() | n))
        .collect();
    // A pool that was removed meanwhile takes none.
    let _ = plane.addr_add(id, &addrs);
}

fn main() -> umux_abi::Result<()> {
    let mut plane = TestPlane::new();
    plane.on_link("em1", "2001:db8:2::/64");
    let served = plane.serve();
    println!("{}", served.path().display());
    let pools = ["em0 2001:db8:1::/64", "em1 2001:db8:2::/64"].map(pool);
    for id in &pools {
        plane.pool_add(&PoolSpec::new(id.clone()))?;
    }
    let mut next = 1;
    for tick in 0u32.. {
        for (id, sessions) in pools.iter().zip([5 + tick % 23, tick % 7]) {
            let stock = plane.counts(id).map_or(LEVEL, |counts| counts.stock());
            if stock < LEVEL * 3 / 4 || tick == 0 {
                add(&mut plane, id, LEVEL - stock, &mut next);
            }
            if tick % 50 == 49 {
                plane.duplicate(id, 1);
            }
            plane.take(id, sessions as usize);
            if tick % 40 == 39 {
                plane.end_sessions(id);
            }
        }
        std::thread::sleep(LOOK);
    }
    Ok(())
}
