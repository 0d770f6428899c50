// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! How long and how much.

use crate::bucket::Limit;
use std::time::Duration;

/// How the resolver works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How long an answer to one Echo Request is waited for.
    pub timeout: Duration,
    /// Further requests, when there was no answer.
    pub retries: u32,
    /// How long a member is kept.
    pub lifetime: Duration,
    /// How long it is kept that nobody answered.
    pub negative_lifetime: Duration,
    /// How long it is kept that the address itself answered.
    pub unicast_lifetime: Duration,
    /// Most addresses that are kept.
    pub max_entries: usize,
    /// Most probes at once.
    pub max_probes: usize,
    /// Most who wait at once.
    pub max_waiting: usize,
    /// Probes that all users may cause.
    pub all: Limit,
    /// Probes that each user may cause.
    pub each: Limit,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            timeout: Duration::from_millis(500),
            retries: 2,
            lifetime: Duration::from_secs(300),
            negative_lifetime: Duration::from_secs(30),
            unicast_lifetime: Duration::from_secs(3600),
            max_entries: 16_384,
            max_probes: 4096,
            max_waiting: 8192,
            all: Limit {
                rate: 1000,
                burst: 2000,
            },
            each: Limit {
                rate: 200,
                burst: 400,
            },
        }
    }
}
