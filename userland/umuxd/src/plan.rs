// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What a configuration means, in words.

use crate::config::Config;
use std::fmt::Write;
use std::path::Path;

/// `2 pools`, `1 pool and those of the prefixes of 1 interface`
pub fn count(config: &Config) -> String {
    let plural = |n: usize, noun: &str| format!("{n} {noun}{}", if n == 1 { "" } else { "s" });
    let pools = plural(config.pools.len(), "pool");
    match config.auto.len() {
        0 => pools,
        n => format!(
            "{pools} and those of the prefixes of {}",
            plural(n, "interface")
        ),
    }
}

/// All that would be done, for `--check-config`.
pub fn of(path: &Path, config: &Config) -> String {
    let mut text = format!("{}: sound, {}\n", path.display(), count(config));
    // Writing to a string does not fail.
    let mut line = |args: std::fmt::Arguments| {
        let _ = writeln!(text, "{args}");
    };
    if let Some(user) = &config.daemon.user {
        line(format_args!("user {user}"));
    }
    if let Some(metrics) = &config.daemon.metrics {
        line(format_args!("metrics at {metrics}"));
    }
    if let Some(servers) = &config.servers {
        for rule in &servers.rules {
            line(format_args!("listeners: {rule}"));
        }
        if servers.apply {
            line(format_args!("listeners that are there are judged, too"));
        }
    }
    for pool in &config.pools {
        line(format_args!(
            "pool {}: level {}, low {}, rate {}/s, miss {}, max_age {}, generator {}",
            pool.spec.id,
            pool.level,
            pool.low,
            pool.rate,
            pool.spec.miss,
            age(pool.spec.max_age),
            pool.generator.join(" ")
        ));
    }
    for template in &config.auto {
        line(format_args!(
            "pools of {}, one for each of its prefixes: level {}, low {}, rate {}/s, miss {}, max_age {}, generator {}",
            template.interface,
            template.level,
            template.low,
            template.rate,
            template.miss,
            age(template.max_age),
            template.generator.words().join(" ")
        ));
    }
    text
}

fn age(seconds: u32) -> String {
    match seconds {
        0 => "never".into(),
        seconds => format!("{seconds} s"),
    }
}
