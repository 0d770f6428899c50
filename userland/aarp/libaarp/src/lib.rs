// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Asks aarpd which unicast address stands behind an anycast address.
//!
//! [`resolve`] is for Rust programs, `aarp_resolv()` of `aarp.h` for all others.
//! Neither allocates memory nor takes a lock, so that both can be called where a
//! program could call connect(2): in a signal handler, and between fork and exec.
//!
//! What aarpd knows is in a file that it shares ([`view`]), so that mostly nobody has
//! to be asked. Otherwise there is its socket ([`ask`], with the messages of
//! [`message`]).

pub mod ask;
mod cancel;
mod capi;
#[cfg(feature = "control")]
pub mod control;
pub mod message;
pub mod place;
pub mod view;

use aarp_core::Target;
use std::net::SocketAddrV6;
use std::time::Duration;
use view::{Found, Reader};

pub use capi::{aarp_failed, aarp_resolv, errno_location};

/// What stands behind an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// The address is anycast; this is the nearest member.
    Member(SocketAddrV6),
    /// The address is to be used as it is: it is not anycast, or it answered itself.
    Itself,
    /// The address should be anycast, but nobody answered.
    Silent,
}

/// Why nothing can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// aarpd does not run, or cannot be reached by this program.
    Absent,
    /// There was no answer within the time that was given.
    Late,
    /// aarpd has too much to do.
    Busy,
    /// aarpd is of another version.
    Version,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Failure::Absent => "aarpd cannot be reached: start it (service aarpd start)",
            Failure::Late => "there was no answer in time: give more time",
            Failure::Busy => "aarpd has too much to do: try again later, or raise its limits",
            Failure::Version => {
                "aarpd is of another version than this program: install both from one release"
            }
        })
    }
}

impl std::error::Error for Failure {}

/// Which member stands behind an address? `limit` is how long an answer is waited for;
/// none: as long as aarpd's configuration says.
///
/// # Errors
/// See [`Failure`]; the address can then be used as it is.
pub fn resolve(address: &SocketAddrV6, limit: Option<Duration>) -> Result<Resolution, Failure> {
    let target = target(address);
    let reader = Reader::get();
    if let Some(reader) = reader {
        match reader.find(&target) {
            Found::NotAnycast | Found::Itself => return Ok(Resolution::Itself),
            Found::Silent => return Ok(Resolution::Silent),
            Found::Member(member) => return Ok(Resolution::Member(socket(address, member))),
            Found::Nothing => {}
        }
    }
    let limit = limit
        .or(reader.map(|reader| reader.waits().blocking))
        .unwrap_or(ask::LIMIT);
    match ask::resolve(target, limit)? {
        message::Answer::Member(member) => Ok(Resolution::Member(socket(address, member))),
        message::Answer::Itself => Ok(Resolution::Itself),
        message::Answer::Silent => Ok(Resolution::Silent),
        message::Answer::Busy => Err(Failure::Busy),
        message::Answer::Version => Err(Failure::Version),
    }
}

/// The member could not be reached: whoever comes next has the address probed again.
/// Nothing happens if it was found less than a second ago.
pub fn failed(address: &SocketAddrV6, member: &SocketAddrV6) {
    ask::failed(target(address), target(member));
}

fn target(address: &SocketAddrV6) -> Target {
    Target::new(*address.ip(), address.scope_id())
}

fn socket(address: &SocketAddrV6, member: Target) -> SocketAddrV6 {
    SocketAddrV6::new(
        member.address,
        address.port(),
        address.flowinfo(),
        member.scope,
    )
}
