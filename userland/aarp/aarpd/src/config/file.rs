// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What the file says, as it stands there.

use serde::Deserialize;
use toml::Spanned;
use umux_daemon::config::DaemonEntry;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// For the daemon as a whole.
    #[serde(default)]
    pub daemon: DaemonEntry,
    /// How addresses are resolved.
    #[serde(default)]
    pub resolver: ResolverEntry,
    /// How much.
    #[serde(default)]
    pub limits: LimitsEntry,
    /// Who may ask.
    #[serde(default)]
    pub access: AccessEntry,
    /// What is resolved.
    #[serde(default)]
    pub anycast: Vec<Spanned<AnycastEntry>>,
    /// What is not.
    #[serde(default)]
    pub unicast: Vec<Spanned<UnicastEntry>>,
}

/// How addresses are resolved.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResolverEntry {
    pub timeout_ms: Option<Spanned<i64>>,
    pub retries: Option<Spanned<i64>>,
    pub lifetime: Option<Spanned<i64>>,
    pub negative_lifetime: Option<Spanned<i64>>,
    pub unicast_lifetime: Option<Spanned<i64>>,
    pub wait_ms: Option<Spanned<i64>>,
    pub nonblocking_wait_ms: Option<Spanned<i64>>,
}

/// How much.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsEntry {
    pub entries: Option<Spanned<i64>>,
    pub probes: Option<Spanned<i64>>,
    pub rate: Option<Spanned<i64>>,
    pub burst: Option<Spanned<i64>>,
    pub user_rate: Option<Spanned<i64>>,
    pub user_burst: Option<Spanned<i64>>,
    pub clients: Option<Spanned<i64>>,
    pub user_clients: Option<Spanned<i64>>,
}

/// Who may ask.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessEntry {
    pub mode: Option<Spanned<String>>,
    pub group: Option<Spanned<String>>,
    pub share: Option<bool>,
}

/// A prefix that is resolved.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnycastEntry {
    pub prefix: Option<Spanned<String>>,
    pub interface: Option<Spanned<String>>,
    #[serde(default)]
    pub members: Vec<Spanned<String>>,
}

/// A prefix that is not.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnicastEntry {
    pub prefix: Option<Spanned<String>>,
}
