// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Hosts of the lab.
//!
//! * [`Node`]: runs umux-core as the kernel module does (`node.rs`, `connect.rs`,
//!   `packets.rs`), its pieces: [`memory`], [`groups`], [`session`]
//! * [`Stock`]: a host that does not, with its [`dad`] and its server ([`echo`])
//! * [`stack`]: smoltcp, which both use for what is not neighbour discovery

mod connect;
pub mod dad;
pub mod echo;
pub mod groups;
pub mod memory;
mod node;
mod packets;
pub mod session;
pub mod stack;
mod stock;

pub use connect::{ConnectError, Proto};
pub use dad::ClaimState;
pub use node::{Node, NodeConfig};
pub use session::SessionId;
pub use stock::Stock;
