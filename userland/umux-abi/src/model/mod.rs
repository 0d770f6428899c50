// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Typed values with their rules. What is built here, a plane can take.

mod addr;
mod counters;
mod ifname;
mod info;
mod policy;
mod pool;
mod prefix;
mod server;
mod session;
mod words;

pub use addr::{AddrInfo, AddrState};
pub use counters::Counters;
pub use ifname::IfName;
pub use info::Info;
pub use policy::{Label, Rule, Transport, Verdict, Wish};
pub use pool::{Miss, PoolCounts, PoolId, PoolInfo, PoolSpec};
pub use prefix::{PREFIX_LEN, Prefix};
pub use server::{DasInfo, DasPhase, DasSpec, ListenInfo, ListenRule, ListenVerdict};
pub use session::{Protocol, SessionInfo};
