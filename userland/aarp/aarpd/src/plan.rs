// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What a configuration means, in words.

use crate::config::{Config, Interfaces};
use aarp_core::{Policy, Rule};
use std::fmt::Write;
use std::path::Path;

/// `2 anycast prefixes`
pub fn count(config: &Config) -> String {
    let anycast = |rule: &&Rule| rule.policy == Policy::Anycast;
    match config.rules.iter().filter(anycast).count() {
        0 => "no anycast prefixes: add an [[anycast]] to the configuration".into(),
        1 => "1 anycast prefix".into(),
        n => format!("{n} anycast prefixes"),
    }
}

/// One rule, as a sentence without its end. The system is not asked for names: it tells a
/// confined process none.
pub fn rule(rule: &Rule, interfaces: &Interfaces) -> String {
    if rule.policy == Policy::Unicast {
        return format!("{} is left alone", rule.prefix);
    }
    let mut text = format!("{} is resolved", rule.prefix);
    if let Some(index) = rule.interface {
        let name = interfaces.get(&index).cloned();
        text += &format!(" by {}", name.unwrap_or_else(|| index.to_string()));
    }
    if !rule.members.is_empty() {
        let members: Vec<String> = rule.members.iter().map(ToString::to_string).collect();
        text += &format!(", members are of {}", members.join(" "));
    }
    text
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
    let settings = &config.settings;
    line(format_args!(
        "{} Echo Requests, {} ms each; programs wait {} ms, those that do not block {} ms",
        settings.retries + 1,
        settings.timeout.as_millis(),
        config.service.wait.as_millis(),
        config.service.nonblocking_wait.as_millis()
    ));
    line(format_args!(
        "kept: members {} s, unicast addresses {} s, silence {} s; {} entries",
        settings.lifetime.as_secs(),
        settings.unicast_lifetime.as_secs(),
        settings.negative_lifetime.as_secs(),
        settings.max_entries
    ));
    for said in config.rules.iter() {
        line(format_args!("{}", rule(said, &config.interfaces)));
    }
    text
}
