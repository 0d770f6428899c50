// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Filling a pool by hand.

use super::progress::Progress;
use crate::cli::FillArgs;
use crate::exit::{Code, Failure};
use crate::output::{Output, batch};
use std::time::{Duration, Instant};
use umux_abi::{Batch, Control, Errno, Error, PoolCounts, PoolId, Request};
use umux_addrgen::{Options, protocol::COUNT_MAX};

/// How often `--wait` looks.
const LOOK: Duration = Duration::from_millis(100);

/// Puts `count` random addresses into a pool.
pub fn run(
    plane: &mut dyn Control,
    out: Output,
    id: &PoolId,
    count: u32,
    how: &FillArgs,
) -> Result<Code, Failure> {
    let mut method = Options::random(how.groups).start()?;
    let mut all = Batch::default();
    let mut left = count;
    let progress = Progress::new(out.progress && how.wait, count);
    while left > 0 {
        let part = left.min(COUNT_MAX);
        let addrs = method.choose(&id.prefix, part)?;
        all.absorb(plane.addr_add(id, &addrs)?);
        left -= part;
        progress.at("adding", count - left);
        if all.refused.iter().any(|(_, errno)| *errno == Errno::Enospc) {
            break; // more of the same would not fit either
        }
    }
    if how.wait && all.done > 0 {
        progress.of(all.done as u32);
        wait(plane, id, how.timeout, |left| {
            progress.at(
                "detecting duplicates",
                (all.done as u32).saturating_sub(left),
            );
        })?;
    }
    drop(progress);
    batch::show(out, "added", id, &all)
}

/// Refuses a count that cannot be reached before anything is done.  Addresses
/// that are dead make room when it is needed, so they do not count.
pub fn room(plane: &mut dyn Control, count: u32) -> Result<(), Failure> {
    let max = plane.info()?.max_addrs;
    let held: u32 = plane
        .pools()?
        .iter()
        .map(|pool| pool.counts.stock().saturating_add(pool.counts.valid))
        .fold(0, u32::saturating_add);
    let room = max.saturating_sub(held);
    if count > room {
        return Err(Failure::Room { count, room, max });
    }
    Ok(())
}

/// Waits until nothing of the pool is pending or tentative.
fn wait(
    plane: &mut dyn Control,
    id: &PoolId,
    seconds: u64,
    mut left_now: impl FnMut(u32),
) -> Result<(), Failure> {
    let until = Instant::now() + Duration::from_secs(seconds);
    loop {
        let counts = counts(plane, id)?;
        let left = counts.pending + counts.tentative;
        left_now(left);
        if left == 0 {
            return Ok(());
        }
        if Instant::now() >= until {
            return Err(Failure::Timeout { left, seconds });
        }
        std::thread::sleep(LOOK);
    }
}

fn counts(plane: &mut dyn Control, id: &PoolId) -> Result<PoolCounts, Error> {
    let pools = plane.pools()?;
    pools
        .iter()
        .find(|pool| pool.id == *id)
        .map(|pool| pool.counts)
        .ok_or_else(|| Error::refused(Request::AddrAdd(id.clone()), Errno::Enoent))
}
