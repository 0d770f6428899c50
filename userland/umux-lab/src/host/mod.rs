// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Hosts of the lab.
//!
//! * [`Node`]: runs umux-core as the kernel module does (`node.rs`, `packets.rs`, for
//!   clients `connect.rs`, for servers `listen.rs` and `das.rs`), its pieces:
//!   [`memory`], [`groups`], [`session`]
//! * [`Stock`]: a host that does not, with its [`dad`] and its server ([`echo`])
//! * [`app`], [`listening`]: what servers do, and listen with, on either; [`relay`]: they
//!   hand it on to a program of the machine
//! * [`stack`]: smoltcp, which both use for what is not neighbour discovery

pub mod app;
mod connect;
pub mod dad;
mod das;
pub mod echo;
pub mod groups;
mod listen;
pub mod listening;
pub mod memory;
mod node;
mod packets;
pub mod relay;
pub mod session;
pub mod stack;
mod stock;

pub use app::App;
pub use connect::{ConnectError, Proto};
pub use dad::ClaimState;
pub use listen::ListenError;
pub use node::{Node, NodeConfig};
pub use relay::Way;
pub use session::SessionId;
pub use stock::Stock;
