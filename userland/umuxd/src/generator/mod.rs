// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Generators: processes that choose addresses, and are not trusted.
//!
//! * [`answer`]: what an answer must be, as pure code
//! * [`process`]: one process, with a time limit on everything
//! * [`worker`]: a thread for each different command, so that one that hangs holds
//!   up nobody else's pools

mod answer;
mod process;
mod worker;

pub use answer::Answer;
pub use worker::{Generated, Generators};

use std::net::Ipv6Addr;
use std::time::Duration;

/// What a generator did wrong.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// It did not start.
    #[error(
        "it cannot be started ({0}): is generator in the configuration a program with its arguments, and may the user of umuxd run it?"
    )]
    Start(std::io::Error),
    /// It ended.
    #[error("it ended ({0})")]
    Ended(String),
    /// It said nothing.
    #[error("it did not answer within {0:?}")]
    Hung(Duration),
    /// Its pipes broke.
    #[error("it cannot be talked to ({0})")]
    Pipe(std::io::Error),
    /// It answered `err`; the only one of these after which it goes on.
    #[error("it refused: {0}")]
    Refused(String),
    /// It said something that is no answer.
    #[error("it said {0:?}, which is no address")]
    Nonsense(String),
    /// It spoke unasked, so its next answer would be off by some lines.
    #[error("it said more than it was asked for")]
    TooMany,
    /// Its answer ended early.
    #[error("it gave {got} addresses of {wanted}")]
    TooFew {
        /// Addresses it gave.
        got: usize,
        /// Addresses it was asked for.
        wanted: u32,
    },
    /// Not an address of the pool.
    #[error("it gave {0}, which is not in the prefix")]
    Outside(Ipv6Addr),
    /// Nobody may have that address.
    #[error("it gave {0}, which is reserved")]
    Reserved(Ipv6Addr),
    /// The same twice in one answer.
    #[error("it gave {0} twice")]
    Repeated(Ipv6Addr),
}

impl Fault {
    /// Can the process be asked again?
    fn is_survivable(&self) -> bool {
        matches!(self, Fault::Refused(_))
    }
}
