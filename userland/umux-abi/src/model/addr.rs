// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! One address of a plane.

use crate::{Error, Prefix, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

/// State of an address, in the words of the architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AddrState {
    /// Waiting for its group or its link.
    Pending,
    /// Duplicate address detection runs.
    Tentative,
    /// Ready: defended, silent.
    Uncertain,
    /// In a session.
    Valid,
    /// Held by another node.
    Duplicated,
    /// Silent after its session.
    Tombstone,
}

impl AddrState {
    /// All of them.
    pub const ALL: [AddrState; 6] = [
        AddrState::Pending,
        AddrState::Tentative,
        AddrState::Uncertain,
        AddrState::Valid,
        AddrState::Duplicated,
        AddrState::Tombstone,
    ];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            AddrState::Pending => "pending",
            AddrState::Tentative => "tentative",
            AddrState::Uncertain => "uncertain",
            AddrState::Valid => "valid",
            AddrState::Duplicated => "duplicated",
            AddrState::Tombstone => "tombstone",
        }
    }
}

impl fmt::Display for AddrState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for AddrState {
    type Err = Error;

    fn from_str(text: &str) -> Result<AddrState> {
        AddrState::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| {
                Error::Value(format!(
                    "{text:?} is no state: write {}",
                    AddrState::ALL.map(AddrState::as_str).join(", ")
                ))
            })
    }
}

/// An address that a plane holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddrInfo {
    /// The address.
    pub address: Ipv6Addr,
    /// Name of its interface, or `#NUMBER` if it has gone.
    pub interface: String,
    /// Number of its interface.
    pub ifindex: u32,
    /// Prefix of its pool; absent: the pool has gone, and a session has the address, or
    /// had it a moment ago.
    pub prefix: Option<Prefix>,
    /// Its state.
    pub state: AddrState,
    /// Probes still to be sent.
    pub probes_left: u8,
    /// Protocol number of its session; 0: none.
    pub proto: u8,
    /// Milliseconds in this state.
    pub age_ms: u32,
    /// Milliseconds until its timer fires; absent: it has none.
    pub timer_ms: Option<u32>,
}
