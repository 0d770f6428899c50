// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What the engine has to tell people.

use std::time::Duration;
use umux_abi::{Errno, PoolId};

/// Something worth a line in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The pool is there, with so many addresses ready or on their way.
    Present(PoolId, u32),
    /// The pool has gone; it will be made again.
    Gone(PoolId),
    /// The pool could not be made.
    NotCreated {
        /// Which.
        pool: PoolId,
        /// Why; none: the plane could not be reached.
        errno: Option<Errno>,
        /// Next attempt.
        retry: Duration,
    },
    /// The pool is there, but not as configured.
    Differs(PoolId),
    /// Other nodes hold addresses of ours: the alarm.
    Duplicates {
        /// In which pool.
        pool: PoolId,
        /// How many, since this was last told.
        count: u64,
        /// No address is added for so long; zero: they may be chance.
        pause: Duration,
    },
    /// Another node claims an address that is in a session.
    Conflict(PoolId),
    /// The generator gave no addresses that can be used.
    NotGenerated {
        /// For which pool.
        pool: PoolId,
        /// Why.
        why: String,
        /// Next attempt; zero: at once.
        retry: Duration,
    },
    /// The plane refused addresses.
    NotAdded {
        /// For which pool.
        pool: PoolId,
        /// Why; none: the plane could not be reached.
        errno: Option<Errno>,
        /// How many.
        count: usize,
        /// Next attempt.
        retry: Duration,
    },
    /// The pool reached its level for the first time since it was low.
    Full(PoolId, u32),
    /// The pool is no longer wanted; it is withdrawn.
    Left(PoolId),
    /// The pool is withdrawn.
    Withdrawn(PoolId),
}
