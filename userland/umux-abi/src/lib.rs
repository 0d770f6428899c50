// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The userland side of `kmod/umux_abi.h`.
//!
//! * [`bindings`]: the header as bindgen sees it, committed, kept current by a test
//! * [`model`]: typed, validated values (pools, addresses, sessions, counters)
//! * [`wire`]: between the two
//! * [`Control`] and [`Events`]: what a plane offers, whoever runs it
//! * `kernel`: the plane of the loaded module (`/dev/umux`, `PF_ROUTE`), FreeBSD only
//! * [`lab`]: the same over a Unix socket, client and server half
//! * [`rtmsg`]: routing messages as pure code over bytes
//! * [`Error`]: says what failed and what to do next

#[allow(
    non_camel_case_types,
    non_upper_case_globals,
    missing_docs,
    clippy::all,
    clippy::undocumented_unsafe_blocks
)]
#[rustfmt::skip]
pub mod bindings;
pub mod control;
pub mod errno;
pub mod error;
pub mod events;
pub mod ioctl;
#[cfg(target_os = "freebsd")]
pub mod kernel;
pub mod lab;
pub mod model;
pub mod plane;
pub mod rtmsg;
pub mod wire;

pub use control::{Batch, Control};
pub use errno::Errno;
pub use error::{Error, Request, Result};
pub use events::{Event, EventKinds, Events, Occurrence};
pub use model::{
    AddrInfo, AddrState, Counters, DasInfo, DasPhase, DasSpec, IfName, Info, Label, ListenInfo,
    ListenRule, Miss, PoolCounts, PoolId, PoolInfo, PoolSpec, Prefix, Rule, SessionInfo,
};
pub use plane::PlaneRef;
