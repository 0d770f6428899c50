// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Pools.

use super::fill;
use crate::cli::Pool;
use crate::exit::{Code, Failure};
use crate::output::{Output, json, table};
use umux_abi::{Control, PoolSpec};

pub fn run(plane: &mut dyn Control, out: Output, command: &Pool) -> Result<Code, Failure> {
    match command {
        Pool::Add {
            pool,
            miss,
            max_age,
            notify,
            fill: count,
            how,
        } => {
            if count.is_none() && (how.wait || how.groups.is_some()) {
                return Err(Failure::Usage(
                    "--wait and --groups are for --fill: say how many addresses with --fill COUNT",
                ));
            }
            if let Some(count) = count {
                fill::room(plane, *count)?;
            }
            plane.pool_add(&PoolSpec {
                id: pool.id(),
                miss: *miss,
                max_age: *max_age,
                notify_ms: *notify,
            })?;
            match count {
                Some(count) => fill::run(plane, out, &pool.id(), *count, how),
                None => out.show(&json::Done::new(), || {
                    format!("pool {} is there", pool.id())
                }),
            }
        }
        Pool::Del { pool, force } => {
            plane.pool_del(&pool.id(), *force)?;
            out.show(&json::Done::new(), || format!("pool {} is gone", pool.id()))
        }
        Pool::List => {
            let pools = plane.pools()?;
            out.show(&json::Pools::of(&pools), || table::pools(&pools))
        }
        Pool::Fill { pool, count, how } => {
            fill::room(plane, *count)?;
            fill::run(plane, out, &pool.id(), *count, how)
        }
    }
}
