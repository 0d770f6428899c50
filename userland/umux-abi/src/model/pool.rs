// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Pools: what is asked for, and what there is.

use crate::{Error, IfName, Prefix, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Names a pool.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PoolId {
    /// Its interface.
    pub interface: IfName,
    /// Its prefix.
    pub prefix: Prefix,
}

impl PoolId {
    /// Both parts.
    pub fn new(interface: IfName, prefix: Prefix) -> PoolId {
        PoolId { interface, prefix }
    }
}

impl fmt::Display for PoolId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.interface, self.prefix)
    }
}

impl FromStr for PoolId {
    type Err = Error;

    fn from_str(text: &str) -> Result<PoolId> {
        match text.split_once(' ') {
            Some((interface, prefix)) => Ok(PoolId::new(interface.parse()?, prefix.parse()?)),
            None => Err(Error::Value(format!(
                "{text:?} names no pool: write INTERFACE PREFIX, for example em0 2001:db8:1::/64"
            ))),
        }
    }
}

/// What a connect() does that finds the pool empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Miss {
    /// It uses the host's own address.
    #[default]
    Legacy,
    /// It fails with EADDRNOTAVAIL.
    Refuse,
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Miss::Legacy => "legacy",
            Miss::Refuse => "refuse",
        })
    }
}

impl FromStr for Miss {
    type Err = Error;

    fn from_str(text: &str) -> Result<Miss> {
        match text {
            "legacy" => Ok(Miss::Legacy),
            "refuse" => Ok(Miss::Refuse),
            _ => Err(Error::Value(format!("{text:?}: write legacy or refuse"))),
        }
    }
}

/// A pool to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolSpec {
    /// Its name.
    #[serde(flatten)]
    pub id: PoolId,
    /// What happens when it is empty.
    pub miss: Miss,
    /// Seconds after which an unused address is replaced; 0: never.
    pub max_age: u32,
    /// Least milliseconds between two events.
    pub notify_ms: u32,
}

impl PoolSpec {
    /// Milliseconds between events, if nobody says otherwise: quick enough to
    /// refill a pool that is being drained, slow enough for the routing socket.
    pub const NOTIFY_MS: u32 = 100;

    /// A pool with the default policy.
    pub fn new(id: PoolId) -> PoolSpec {
        PoolSpec {
            id,
            miss: Miss::default(),
            max_age: 0,
            notify_ms: Self::NOTIFY_MS,
        }
    }
}

/// Addresses of a pool, by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolCounts {
    /// Waiting for their group or their link.
    pub pending: u32,
    /// Duplicate address detection runs.
    pub tentative: u32,
    /// Ready.
    pub uncertain: u32,
    /// In a session.
    pub valid: u32,
    /// Held by another node.
    pub duplicated: u32,
    /// Silent after their session.
    pub tombstone: u32,
}

impl PoolCounts {
    /// Ready or on the way.
    pub fn stock(&self) -> u32 {
        self.pending
            .saturating_add(self.tentative)
            .saturating_add(self.uncertain)
    }
}

/// A pool that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolInfo {
    /// Its name.
    #[serde(flatten)]
    pub id: PoolId,
    /// Number of its interface.
    pub ifindex: u32,
    /// Is the link up?
    pub link_up: bool,
    /// What happens when it is empty.
    pub miss: Miss,
    /// Seconds after which an unused address is replaced; 0: never.
    pub max_age: u32,
    /// Least milliseconds between two events.
    pub notify_ms: u32,
    /// Addresses by state.
    pub counts: PoolCounts,
    /// Addresses ever added.
    pub added: u64,
    /// Addresses ever given to sessions.
    pub taken: u64,
    /// Taken, never on the wire, back in the pool.
    pub returned: u64,
    /// Sessions that ended.
    pub ended: u64,
    /// Sessions that found the pool empty.
    pub missed: u64,
    /// Addresses that another node held.
    pub duplicated: u64,
    /// Addresses that reached `max_age`.
    pub expired: u64,
}
