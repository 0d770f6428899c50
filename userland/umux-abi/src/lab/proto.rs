// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What client and lab say to each other.
//!
//! A connection begins with `hello` and its answer. Then each request has one
//! answer, except that lists come in parts: each but the last says `more`. After
//! `subscribe` the lab only sends events.

use crate::{
    AddrInfo, Batch, Counters, DasInfo, DasSpec, Errno, Event, IfName, Info, Label, ListenInfo,
    ListenRule, PoolId, PoolInfo, PoolSpec, Rule, SessionInfo,
};
use serde::{Deserialize, Serialize};
use std::net::Ipv6Addr;

/// Records in one part of a list.
pub const PART: usize = crate::bindings::UMUX_BATCH_MAX as usize;

/// From the client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Ask {
    /// First of all: the ABI that the client speaks.
    Hello { abi: u32 },
    /// Version and limits.
    Info,
    /// A new pool.
    PoolAdd { spec: PoolSpec },
    /// A pool's end.
    PoolDel { pool: PoolId, force: bool },
    /// The list of pools.
    Pools,
    /// At most [`PART`] addresses into a pool.
    AddrAdd { pool: PoolId, addrs: Vec<Ipv6Addr> },
    /// At most [`PART`] addresses out of a pool.
    AddrDel { pool: PoolId, addrs: Vec<Ipv6Addr> },
    /// The list of addresses.
    Addrs,
    /// The list of sessions.
    Sessions,
    /// Counters.
    Stats,
    /// All addresses without a session, withdrawn.
    Flush { interface: Option<IfName> },
    /// The policy table of RFC 6724.
    Labels,
    /// Another one; `None`: the default.
    SetLabels { labels: Option<Vec<Label>> },
    /// The rules.
    Rules,
    /// Other ones; `None`: the default.
    SetRules { rules: Option<Vec<Rule>> },
    /// The rules for listeners.
    ListenRules,
    /// Other ones; `apply`: those that listen already are judged anew.
    SetListenRules { rules: Vec<ListenRule>, apply: bool },
    /// The list of LISTEN_0s.
    Listeners,
    /// An address for one connection.
    Das { spec: DasSpec },
    /// The list of addresses that are armed, or have their connection.
    DasList,
    /// Events from now on.
    Subscribe,
}

/// From the lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Answer {
    /// Welcome.
    Hello { abi: u32 },
    /// No.
    Refused { errno: Errno },
    /// The request was not understood; the lab hangs up.
    Malformed { why: String },
    /// Done, nothing to tell.
    Done,
    /// Version and limits.
    Info { info: Info },
    /// Part of a list.
    Pools { records: Vec<PoolInfo>, more: bool },
    /// Part of a list.
    Addrs { records: Vec<AddrInfo>, more: bool },
    /// Part of a list.
    Sessions {
        records: Vec<SessionInfo>,
        more: bool,
    },
    /// What became of the addresses.
    Batch { batch: Batch },
    /// Counters.
    Stats { counters: Counters },
    /// Part of a list.
    Labels { records: Vec<Label>, more: bool },
    /// Part of a list.
    Rules { records: Vec<Rule>, more: bool },
    /// Part of a list.
    ListenRules {
        records: Vec<ListenRule>,
        more: bool,
    },
    /// Part of a list.
    Listeners {
        records: Vec<ListenInfo>,
        more: bool,
    },
    /// The address that was armed.
    Armed { ssa: Ipv6Addr },
    /// Part of a list.
    DasList { records: Vec<DasInfo>, more: bool },
    /// How many were withdrawn.
    Flushed { count: u32 },
    /// Something happened.
    Event { event: Event },
}
