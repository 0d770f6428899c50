// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What the file says, as it stands there.

use super::Wrong;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

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

/// The daemon as a whole.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DaemonEntry {
    pub user: Option<Spanned<String>>,
    pub log_format: Option<Spanned<String>>,
    pub metrics: Option<Spanned<String>>,
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

/// Reads TOML; unknown keys are errors.
pub fn parse(text: &str) -> Result<File, Wrong> {
    toml::from_str(text).map_err(|error| {
        let mut what = error.message().replace("unknown field", "unknown key");
        if what.contains("unknown key") {
            what.push_str("; correct its spelling or remove it");
        }
        Wrong {
            at: error.span().map_or(0, |span| span.start),
            what: what.replace('\n', ", "),
        }
    })
}
