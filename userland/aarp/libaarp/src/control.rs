// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What aarpctl(8) asks aarpd: a line of JSON. So is the answer, in which `error` says
//! what went wrong.

use aarp_core::Target;
use serde::{Deserialize, Serialize};
use std::net::Ipv6Addr;

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// Counters and levels.
    Stats {},
    /// All that is known.
    Cache {},
    /// Forget what is known of an address, or everything.
    Flush {
        /// Which.
        target: Option<Address>,
    },
    /// What would be done for an address, and why?
    Explain {
        /// Which.
        target: Address,
    },
}

/// An address, and its interface if it is link-local.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The address.
    pub address: Ipv6Addr,
    /// The interface's index.
    #[serde(default)]
    pub scope: u32,
}

impl From<Address> for Target {
    fn from(from: Address) -> Target {
        Target::new(from.address, from.scope)
    }
}
