// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The configuration file of umuxd.

use std::path::Path;
use umuxd::config::{Config, ConfigError};

/// Reads it; what is refused is refused by a line that exists.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match Config::parse(text, Path::new("umuxd.conf"), Path::new("/umux-addrgen")) {
        Ok(config) => {
            for pool in &config.pools {
                assert!(pool.low <= pool.level && pool.rate > 0);
                assert!(!pool.generator.is_empty());
            }
            for pool in &config.auto {
                assert!(pool.low <= pool.level && pool.rate > 0);
            }
        }
        Err(ConfigError::Wrong { line, what, .. }) => {
            assert!(line >= 1 && line <= text.split('\n').count().max(1));
            assert!(!what.is_empty() && !what.contains('\n'), "{what:?}");
        }
        Err(of_a_file) => unreachable!("nothing was read from a file: {of_a_file}"),
    }
}
