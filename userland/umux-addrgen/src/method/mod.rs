// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Ways to choose addresses. One file a method; a new one is a file, a name in
//! [`MethodName`] and an arm in [`Options::start`].
//!
//! * [`random`]: random bits
//! * [`shared_suffix`]: random bits above a few suffixes
//! * [`rfc3041_md5`]: the chain of RFC 3041
//! * [`fqdn_hash`]: hashes of a name and a random string

mod choose;
pub mod fqdn_hash;
pub mod random;
pub mod rfc3041_md5;
pub mod shared_suffix;

pub use fqdn_hash::FqdnHash;
pub use random::Random;
pub use rfc3041_md5::Rfc3041Md5;
pub use shared_suffix::SharedSuffix;

use std::net::Ipv6Addr;
use std::path::PathBuf;
use umux_abi::Prefix;

/// Why a method could not choose.
#[derive(Debug, thiserror::Error)]
pub enum MethodError {
    /// The prefix leaves too little to choose from.
    #[error("{0}")]
    Prefix(String),
    /// An option is missing, or makes no sense.
    #[error("{0}")]
    Option(String),
    /// The system gave no random bits.
    #[error("the system gives no random bits: {0}")]
    Entropy(#[from] getrandom::Error),
    /// The history could not be read or kept.
    #[error(
        "cannot {what} the history {path}: {source}; the user that runs the generator must be able to write there"
    )]
    History {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// A way to choose addresses. It may keep state between calls.
pub trait Method: Send {
    /// Chooses `count` different addresses of `prefix`, none of them reserved.
    fn choose(&mut self, prefix: &Prefix, count: u32) -> Result<Vec<Ipv6Addr>, MethodError>;
}

/// Methods by name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum MethodName {
    /// Random bits, nothing else.
    #[default]
    Random,
    /// Random bits above a few low-24-bit suffixes, so that few multicast groups are joined.
    SharedSuffix,
    /// The MD5 chain of RFC 3041, section 3.2.1.
    Rfc3041Md5,
    /// Upper half of the SHA-256 digest of a name and a random string.
    FqdnHash,
}

impl MethodName {
    /// All of them.
    pub const ALL: [MethodName; 4] = [
        MethodName::Random,
        MethodName::SharedSuffix,
        MethodName::Rfc3041Md5,
        MethodName::FqdnHash,
    ];

    /// The name.
    pub fn as_str(self) -> &'static str {
        match self {
            MethodName::Random => "random",
            MethodName::SharedSuffix => "shared-suffix",
            MethodName::Rfc3041Md5 => "rfc3041-md5",
            MethodName::FqdnHash => "fqdn-hash",
        }
    }

    /// Is this prefix one that the method can choose from?
    pub fn admits(self, prefix: &Prefix) -> Result<(), MethodError> {
        match self {
            MethodName::Random => Ok(()),
            MethodName::SharedSuffix => shared_suffix::admits(prefix),
            MethodName::Rfc3041Md5 | MethodName::FqdnHash => {
                choose::whole_identifier(self.as_str(), prefix)
            }
        }
    }
}

/// A method and what it was told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Which.
    pub method: MethodName,
    /// `shared-suffix`: so many suffixes a prefix at a time.
    pub groups: Option<u32>,
    /// `shared-suffix`: so many addresses a suffix; none: for ever.
    pub share: Option<u32>,
    /// `fqdn-hash`: the name; by default the host's.
    pub fqdn: Option<String>,
    /// `rfc3041-md5`: where the history value outlives the process.
    pub history: Option<PathBuf>,
    /// `rfc3041-md5`: the identifier that is mixed in; by default a random one.
    pub interface_id: Option<u64>,
}

impl Options {
    /// Plain random bits, or with shared suffixes.
    pub fn random(groups: Option<u32>) -> Options {
        Options {
            method: match groups {
                Some(_) => MethodName::SharedSuffix,
                None => MethodName::Random,
            },
            groups,
            ..Options::default()
        }
    }

    /// Makes the method.
    pub fn start(&self) -> Result<Box<dyn Method>, MethodError> {
        Ok(match self.method {
            MethodName::Random => Box::new(Random),
            MethodName::SharedSuffix => Box::new(SharedSuffix::new(
                self.groups.unwrap_or(shared_suffix::GROUPS),
                self.share,
            )),
            MethodName::Rfc3041Md5 => {
                Box::new(Rfc3041Md5::new(self.interface_id, self.history.as_deref())?)
            }
            MethodName::FqdnHash => Box::new(FqdnHash::new(self.fqdn.as_deref())?),
        })
    }
}

#[cfg(test)]
mod tests;
