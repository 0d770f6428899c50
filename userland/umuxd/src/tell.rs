// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Words for what the engine has to tell.

use crate::engine::Notice;
use tracing::{debug, error, info, warn};
use umux_abi::{Errno, Error, Request};

/// Writes it to the log.
pub fn tell(notice: &Notice) {
    match notice {
        Notice::Present(pool, stock) => {
            info!("pool {pool} is there, {stock} addresses ready or on their way");
        }
        Notice::Gone(pool) => warn!("pool {pool} has gone; it is made again as soon as it can be"),
        Notice::NotCreated { pool, errno, retry } => match errno {
            Some(errno) => {
                let why = Error::refused(Request::PoolAdd(pool.clone()), *errno);
                warn!("pool {pool} cannot be made: {why}; next attempt in {retry:?}");
            }
            None => debug!("pool {pool} cannot be made: no plane; next attempt in {retry:?}"),
        },
        Notice::Differs(pool) => warn!(
            "pool {pool} was made with another miss or max_age than configured: \
             `umuxctl pool del {pool}` lets it be made as configured"
        ),
        Notice::Duplicates { pool, count, pause } if pause.is_zero() => {
            warn!("ALARM: {count} addresses of {pool} are held by other nodes; they are replaced")
        }
        Notice::Duplicates { pool, count, pause } => error!(
            "ALARM: {count} addresses of {pool} are held by other nodes; adding none for {pause:?}. \
             Somebody may answer for addresses that are not theirs: look at the neighbours on that link"
        ),
        Notice::Conflict(pool) => error!(
            "ALARM: another node claims an address of {pool} that is in a session; the session goes on"
        ),
        Notice::NotGenerated { pool, why, retry } if retry.is_zero() => {
            error!("the generator of {pool} failed: {why}; starting it anew");
        }
        Notice::NotGenerated { pool, why, retry } => {
            error!("the generator of {pool} failed: {why}; next attempt in {retry:?}");
        }
        Notice::NotAdded {
            pool,
            errno,
            count,
            retry,
        } => match errno {
            Some(Errno::Enospc) => {
                let why = Error::refused(Request::AddrAdd(pool.clone()), Errno::Enospc);
                error!(
                    "{count} addresses of {pool} were refused: {why}; next attempt in {retry:?}"
                );
            }
            Some(errno) => {
                let why = Error::refused(Request::AddrAdd(pool.clone()), *errno);
                error!("{pool} takes no addresses: {why}; next attempt in {retry:?}");
            }
            None => debug!("{pool} takes no addresses: no plane; next attempt in {retry:?}"),
        },
        Notice::Full(pool, stock) => debug!("pool {pool} is at its level with {stock} addresses"),
        Notice::Left(pool) => {
            info!(
                "pool {pool} is no longer wanted; its unused addresses go now, and it goes with its last session"
            );
        }
        Notice::Withdrawn(pool) => info!("pool {pool} is withdrawn"),
    }
}
