// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Configuration: what the file says ([`file`]), checked and with defaults ([`check`]).

mod check;
mod file;

use std::path::{Path, PathBuf};
use umux_abi::PoolSpec;

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

/// All that the file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Pools, no two for one prefix of one interface.
    pub pools: Vec<PoolConfig>,
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

/// Number of the line that holds a byte.
fn line(text: &str, at: usize) -> usize {
    let before = text.as_bytes().iter().take(at);
    1 + before.filter(|byte| **byte == b'\n').count()
}
