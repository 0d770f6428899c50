// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What the file says, as it stands there.

use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;
use umux_daemon::config::DaemonEntry;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// For the daemon as a whole.
    #[serde(default)]
    pub daemon: DaemonEntry,
    /// For pools that do not say otherwise.
    #[serde(default)]
    pub defaults: Entry,
    /// The same for the pools of one interface.
    #[serde(default)]
    pub interface: BTreeMap<String, Spanned<Entry>>,
    /// Who listens as LISTEN_0.
    pub servers: Option<ServersEntry>,
    /// The pools.
    #[serde(default)]
    pub pool: Vec<Spanned<Entry>>,
}

/// Who listens as LISTEN_0.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServersEntry {
    #[serde(default)]
    pub rules: Vec<Spanned<String>>,
    pub apply: Option<bool>,
}

/// A pool, or what pools share.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub interface: Option<Spanned<String>>,
    pub prefix: Option<Spanned<String>>,
    pub level: Option<Spanned<i64>>,
    pub low: Option<Spanned<i64>>,
    pub rate: Option<Spanned<i64>>,
    pub miss: Option<Spanned<String>>,
    pub max_age: Option<Spanned<i64>>,
    pub notify_ms: Option<Spanned<i64>>,
    pub method: Option<Spanned<String>>,
    pub groups: Option<Spanned<i64>>,
    pub fqdn: Option<Spanned<String>>,
    pub history: Option<Spanned<String>>,
    pub interface_id: Option<Spanned<String>>,
    pub generator: Option<Spanned<Vec<String>>>,
}
