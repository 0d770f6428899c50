// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What a plane says of itself.

use serde::{Deserialize, Serialize};

/// Version and limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Info {
    /// Release of the module, for example `0.1.0`.
    pub release: String,
    /// Version of the ABI it speaks.
    pub abi: u32,
    /// Limit of addresses.
    pub max_addrs: u32,
    /// Limit of pools.
    pub max_pools: u32,
    /// Pools in use.
    pub pools: u32,
    /// Addresses in use, tombstones included.
    pub addrs: u32,
}
