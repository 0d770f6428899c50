// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Configuration.
//!
//! * [`file`]: what the file says
//! * [`check`]: what is meant

mod check;
mod file;
#[cfg(test)]
mod tests;

use aarp_core::{Rules, Settings};
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;
use std::time::Duration;
use umux_daemon::config::{Checked, ConfigError, DaemonConfig, at, parse, read, text};

/// An example of a file.
const SAMPLE: &str = "aarpd.conf.sample";

/// How programs are served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// How long they wait for an answer, if their socket blocks.
    pub wait: Duration,
    /// How long, if it does not.
    pub nonblocking_wait: Duration,
    /// Most that are connected at once.
    pub clients: usize,
    /// Most of one user.
    pub user_clients: usize,
}

/// Who may ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Permissions of the socket, and for reading of the shared cache.
    pub mode: u32,
    /// Their group.
    pub group: Option<String>,
    /// Is the cache shared?
    pub share: bool,
}

/// Interfaces by their indices, as the file calls them.
pub type Interfaces = BTreeMap<u32, String>;

/// All that the file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The daemon as a whole.
    pub daemon: DaemonConfig,
    /// How addresses are resolved, and how much.
    pub settings: Settings,
    /// How programs are served.
    pub service: Service,
    /// Who may ask.
    pub access: Access,
    /// What is resolved.
    pub rules: Rules,
    /// By which interfaces.
    pub interfaces: Interfaces,
}

impl Config {
    /// Reads and checks a file.
    pub fn read(path: &Path) -> Result<Config, ConfigError> {
        read(path, SAMPLE, sound)
    }

    /// Reads one again that was opened elsewhere; `path` is for the errors. Whether there
    /// is a group is not looked up: a confined process cannot, and would not use it.
    pub fn read_again(opened: io::Result<File>, path: &Path) -> Result<Config, ConfigError> {
        at(path, &text(opened, path, SAMPLE)?, |text| {
            check::check(&parse(text)?)
        })
    }

    /// Checks text; `path` is for the errors.
    #[cfg(test)]
    pub fn parse(text: &str, path: &Path) -> Result<Config, ConfigError> {
        at(path, text, sound)
    }
}

fn sound(text: &str) -> Checked<Config> {
    let file = parse(text)?;
    check::group(&file)?;
    check::check(&file)
}
