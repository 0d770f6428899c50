// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What aarpd knows, in a file that it maps to write and programs map to read.
//!
//! So a destination that is not anycast costs a program no system call, and one that
//! is in the cache costs none more. There are no locks: every part has a sequence
//! number that is odd while it is written, and is read again if that changed. What
//! cannot be read for that reason, or does not fit, is asked for.
//!
//! * [`layout`]: what is where
//! * [`Reader`]: the side of programs
//! * [`Writer`]: the side of aarpd

mod layout;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

use std::time::Duration;

pub use layout::RULES_MAX;
pub use reader::{Found, Reader, Waits};
pub use writer::{Entry, Rule, Writer};

/// The clock that entries end by. It is one for all processes of a machine.
pub fn now() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: a valid timespec; this clock is always there.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanos = u32::try_from(time.tv_nsec).unwrap_or(0);
    Duration::new(seconds, nanos)
}
