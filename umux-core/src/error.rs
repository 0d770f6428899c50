// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The one error type of the core.

/// Why an operation was refused.  Nothing has changed when one is returned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Error {
    /// A length, count or address is out of range.
    Invalid,
    /// The address is reserved (RFC 5453, RFC 2526), multicast, or not of the
    /// pool's prefix.
    BadAddress,
    /// No such interface, pool or address.
    NotFound,
    /// The pool or address is there already.
    Exists,
    /// A limit is reached.
    NoSpace,
    /// Sessions live on it.
    Busy,
    /// The handle's session is over.
    Stale,
    /// The rules say that the session is legacy.
    ByRule,
    /// No pool serves this destination: the session stays legacy.
    NoPool,
    /// The pool is empty and its policy says legacy.
    MissLegacy,
    /// The pool is empty and its policy says refuse; or there is no address for
    /// a server.
    MissRefuse,
    /// There is no such LISTEN_0.
    NoListener,
    /// The listener is bound to one specific address.
    NotWildcard,
}

/// Result of a core operation.
pub type Result<T> = core::result::Result<T, Error>;
