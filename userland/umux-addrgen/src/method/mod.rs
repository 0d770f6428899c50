// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Ways to choose addresses. One file a method; a new one is a file, a name in
//! [`MethodName`] and an arm in [`MethodName::start`].

mod random;

pub use random::Random;

use std::net::Ipv6Addr;
use umux_abi::Prefix;

/// Why a method could not choose.
#[derive(Debug, thiserror::Error)]
pub enum MethodError {
    /// The prefix leaves too little to choose from.
    #[error("{0}")]
    Prefix(String),
    /// The system gave no random bits.
    #[error("the system gives no random bits: {0}")]
    Entropy(#[from] getrandom::Error),
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
}

/// What a method can be told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Share this many low-24-bit suffixes, so that few groups are joined.
    pub groups: Option<u32>,
}

impl MethodName {
    /// Makes the method.
    pub fn start(self, options: &Options) -> Box<dyn Method> {
        match self {
            MethodName::Random => Box::new(Random::new(options.groups)),
        }
    }
}
