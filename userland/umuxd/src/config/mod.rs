// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Configuration.
//!
//! * [`file`]: what the file says
//! * [`layers`]: who says it, the pool, its interface or the defaults
//! * [`generator`]: how addresses are chosen
//! * [`check`]: what is meant

mod check;
mod file;
mod generator;
mod layers;

pub use generator::Choice;

use std::fs::File;
use std::io;
use std::path::Path;
use umux_abi::{IfName, ListenRule, Miss, PoolSpec};
use umux_daemon::config::{Checked, parse};
pub use umux_daemon::config::{ConfigError, DaemonConfig, MetricsAddress};

/// The prefix that stands for all that an interface has.
const AUTO: &str = "auto";

/// An example of a file.
pub const SAMPLE: &str = "umuxd.conf.sample";

/// One pool to be kept at its level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolConfig {
    /// How it is made.
    pub spec: PoolSpec,
    /// Addresses that are ready or on their way when it is full.
    pub level: u32,
    /// It is filled up at once when it has fewer, else at the next level check.
    pub low: u32,
    /// Addresses that begin duplicate address detection, a second.
    pub rate: u32,
    /// Command that generates its addresses.
    pub generator: Vec<String>,
}

/// Pools of an interface, one for each prefix that it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolTemplate {
    /// The interface.
    pub interface: IfName,
    /// As in [`PoolConfig`].
    pub level: u32,
    /// As in [`PoolConfig`].
    pub low: u32,
    /// As in [`PoolConfig`].
    pub rate: u32,
    /// What happens when it is empty.
    pub miss: Miss,
    /// Seconds after which an unused address is replaced; 0: never.
    pub max_age: u32,
    /// Least milliseconds between two events.
    pub notify_ms: u32,
    /// How addresses are chosen.
    pub generator: Choice,
}

/// Who listens as LISTEN_0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServersConfig {
    /// The rules, in their order.
    pub rules: Vec<ListenRule>,
    /// Those that listen already are judged, too.
    pub apply: bool,
}

/// All that the file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The daemon as a whole.
    pub daemon: DaemonConfig,
    /// Rules for listeners; `None`: they are left to others.
    pub servers: Option<ServersConfig>,
    /// Pools, no two for one prefix of one interface.
    pub pools: Vec<PoolConfig>,
    /// Pools whose prefixes the interface decides, no two for one interface.
    pub auto: Vec<PoolTemplate>,
}

impl Config {
    /// Reads and checks a file. `addrgen` is the generator that comes with umux.
    pub fn read(path: &Path, addrgen: &Path) -> Result<Config, ConfigError> {
        umux_daemon::config::read(path, SAMPLE, |text| check_text(text, addrgen))
    }

    /// The same of a file that was opened elsewhere; `path` is for the errors.
    pub fn read_opened(
        opened: io::Result<File>,
        path: &Path,
        addrgen: &Path,
    ) -> Result<Config, ConfigError> {
        let text = umux_daemon::config::text(opened, path, SAMPLE)?;
        Config::parse(&text, path, addrgen)
    }

    /// Checks text; `path` is for the errors.
    pub fn parse(text: &str, path: &Path, addrgen: &Path) -> Result<Config, ConfigError> {
        umux_daemon::config::at(path, text, |text| check_text(text, addrgen))
    }
}

fn check_text(text: &str, addrgen: &Path) -> Checked<Config> {
    check::check(parse(text)?, addrgen)
}

#[cfg(test)]
mod tests;
