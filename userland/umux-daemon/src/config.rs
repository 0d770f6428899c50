// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Reading configuration files: errors that name the line and say what to do, and
//! the table that all daemons have.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use toml::Spanned;

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

/// The table `[daemon]`, as it stands in the file.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DaemonEntry {
    /// Who it is once everything is open.
    pub user: Option<Spanned<String>>,
    /// `text` or `json`.
    pub log_format: Option<Spanned<String>>,
    /// Where metrics are served.
    pub metrics: Option<Spanned<String>>,
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

/// What is wrong with a file, and what is right.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error(
        "cannot read {path}: {source}; copy {sample} to begin with, or name another file with --config"
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// The name of its sample.
        sample: &'static str,
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

/// Reads a file and checks what it says; `sample` is the name of an example of one.
pub fn read<T>(
    path: &Path,
    sample: &'static str,
    check: impl FnOnce(&str) -> Checked<T>,
) -> Result<T, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
        path: path.to_owned(),
        sample,
        source,
    })?;
    at(path, &text, check)
}

/// Checks text; `path` is for the errors.
pub fn at<T>(
    path: &Path,
    text: &str,
    check: impl FnOnce(&str) -> Checked<T>,
) -> Result<T, ConfigError> {
    check(text).map_err(|wrong| ConfigError::Wrong {
        path: path.to_owned(),
        line: line(text, wrong.at),
        what: wrong.what,
    })
}

/// Reads TOML; unknown keys are errors.
pub fn parse<T: DeserializeOwned>(text: &str) -> Checked<T> {
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

/// Checks `[daemon]`.
pub fn daemon(entry: &DaemonEntry) -> Checked<DaemonConfig> {
    let user = match &entry.user {
        Some(user) if user.get_ref().is_empty() => {
            return wrong(user, "user is empty: write the name of a user");
        }
        user => user.as_ref().map(|user| user.get_ref().clone()),
    };
    let log_format = match &entry.log_format {
        None => LogFormat::default(),
        Some(given) => match given.get_ref().as_str() {
            "text" => LogFormat::Text,
            "json" => LogFormat::Json,
            other => {
                return wrong(
                    given,
                    format!("log_format is {other:?}: write text or json"),
                );
            }
        },
    };
    let metrics = match &entry.metrics {
        None => None,
        Some(given) => match given.get_ref().parse::<MetricsAddress>() {
            Ok(address) => Some(address),
            Err(why) => return wrong(given, why),
        },
    };
    Ok(DaemonConfig {
        user,
        log_format,
        metrics,
    })
}

/// Something wrong at a place in the text.
#[derive(Debug)]
pub struct Wrong {
    /// The byte.
    pub at: usize,
    /// What, and the remedy.
    pub what: String,
}

/// Checked, or what is wrong.
pub type Checked<T> = Result<T, Wrong>;

/// Says what is wrong with a value.
pub fn wrong<T>(at: &Spanned<impl Sized>, what: impl Into<String>) -> Checked<T> {
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

/// A number within its range.
pub fn number(name: &str, given: &Spanned<i64>, range: RangeInclusive<i64>) -> Checked<u32> {
    let value = *given.get_ref();
    match u32::try_from(value) {
        Ok(number) if range.contains(&value) => Ok(number),
        _ => wrong(
            given,
            format!(
                "{name} is {value}: write {} to {}",
                range.start(),
                range.end()
            ),
        ),
    }
}
