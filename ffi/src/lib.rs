// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The C ABI of part 3 of `kmod/umux_abi.h`, over `umux-core`.
//!
//! This crate is the boundary: pointers, lengths and enumerations from C are
//! checked here, and nowhere behind it is there an `unsafe`.
//!
//! | file | concern |
//! |---|---|
//! | `memory.rs` | one block of C memory becomes a plane |
//! | `convert.rs` | C values to core values and back, errors to errno |
//! | `actions.rs` | effects into the C array |
//! | `calls.rs` | functions that change the plane |
//! | `packets.rs` | functions that packets call, lock-free |
//! | `servers.rs` | functions about listeners and armed addresses |
//! | `policy.rs` | functions that set and show policy |
//! | `dumps.rs` | functions that show the plane |
//! | `panic.rs` | the way to panic(9) |

#![cfg_attr(target_os = "none", no_std)]

mod actions;
mod calls;
mod convert;
mod dumps;
mod memory;
mod packets;
#[cfg(target_os = "none")]
mod panic;
mod policy;
mod servers;

pub use calls::*;
pub use dumps::*;
pub use memory::*;
pub use packets::*;
pub use policy::*;
pub use servers::*;
