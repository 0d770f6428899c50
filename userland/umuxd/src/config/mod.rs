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

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use toml::Spanned;
use umux_abi::{IfName, ListenRule, Miss, PoolSpec};

/// The prefix that stands for all that an interface has.
const AUTO: &str = "auto";

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

/// How the log looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One object a line.
    Json,
}

/// Where metrics are served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetricsAddress {
    /// TCP.
    Tcp(SocketAddr),
    /// A Unix-domain socket.
    Unix(PathBuf),
}

impl FromStr for MetricsAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<MetricsAddress, String> {
        if text.starts_with('/') {
            return Ok(MetricsAddress::Unix(text.into()));
        }
        text.parse().map(MetricsAddress::Tcp).map_err(|_| {
            format!(
                "metrics is {text:?}: write an address with its port, for example \"[::1]:9464\", \
                 or the whole path of a Unix-domain socket"
            )
        })
    }
}

impl fmt::Display for MetricsAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MetricsAddress::Tcp(address) => write!(f, "http://{address}/metrics"),
            MetricsAddress::Unix(path) => write!(f, "{}", path.display()),
        }
    }
}

/// The daemon as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DaemonConfig {
    /// Who it is once everything is open.
    pub user: Option<String>,
    /// How the log looks.
    pub log_format: LogFormat,
    /// Where metrics are served, if anywhere.
    pub metrics: Option<MetricsAddress>,
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

/// What is wrong with a file, and what is right.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error(
        "cannot read {path}: {source}; copy umuxd.conf.sample to begin with, or name another file with --config"
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It says something wrong.
    #[error("{path}:{line}: {what}")]
    Wrong {
        /// The file.
        path: PathBuf,
        /// Where.
        line: usize,
        /// What, and the remedy.
        what: String,
    },
}

impl Config {
    /// Reads and checks a file. `addrgen` is the generator that comes with umux.
    pub fn read(path: &Path, addrgen: &Path) -> Result<Config, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: path.to_owned(),
            source,
        })?;
        Config::parse(&text, path, addrgen)
    }

    /// Checks text; `path` is for the errors.
    pub fn parse(text: &str, path: &Path, addrgen: &Path) -> Result<Config, ConfigError> {
        file::parse(text)
            .and_then(|file| check::check(file, addrgen))
            .map_err(|wrong| ConfigError::Wrong {
                path: path.to_owned(),
                line: line(text, wrong.at),
                what: wrong.what,
            })
    }
}

/// Something wrong at a place in the text.
#[derive(Debug)]
struct Wrong {
    at: usize,
    what: String,
}

type Checked<T> = Result<T, Wrong>;

fn wrong<T>(at: &Spanned<impl Sized>, what: impl Into<String>) -> Checked<T> {
    Err(Wrong {
        at: at.span().start,
        what: what.into(),
    })
}

/// Number of the line that holds a byte.
fn line(text: &str, at: usize) -> usize {
    let before = text.as_bytes().iter().take(at);
    1 + before.filter(|byte| **byte == b'\n').count()
}

#[cfg(test)]
mod tests;
