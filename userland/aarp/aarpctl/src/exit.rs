// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! How it ends: sysexits(3).

use aarp::control::Address;
use std::path::PathBuf;

/// Exit codes, by the names of sysexits(3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// All done.
    Ok = 0,
    /// The command line is wrong.
    Usage = 64,
    /// aarpd does not run, or nobody answers for the address.
    Unavailable = 69,
    /// The system failed.
    OsErr = 71,
    /// Try again later.
    TempFail = 75,
    /// aarpd is of another version.
    Protocol = 76,
    /// Not privileged.
    NoPerm = 77,
}

/// Why it failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Nobody listens.
    #[error("no aarpd listens at {0}: start it (service aarpd start), or name its --directory")]
    Absent(PathBuf),
    /// The socket is another's.
    #[error("only the user that started aarpd can use {0}: be root")]
    NotAllowed(PathBuf),
    /// The system.
    #[error("cannot talk to aarpd at {0}: {1}")]
    Io(PathBuf, std::io::Error),
    /// aarpd said no.
    #[error("{0}")]
    Refused(String),
    /// aarpd said something else.
    #[error("aarpd's answer is not understood: install aarpd and aarpctl from one release")]
    Nonsense,
    /// `resolve`
    #[error(transparent)]
    Resolve(aarp::Failure),
    /// `resolve`
    #[error(
        "nobody answers for {}: look whether it is routed, and whether its members answer ping6",
        aarp_core::Target::from(*.0)
    )]
    Silent(Address),
    /// Standard output.
    #[error("cannot write the result: {0}")]
    Print(std::io::Error),
}

impl Failure {
    /// The exit code that says so.
    pub fn code(&self) -> Code {
        match self {
            Failure::Absent(_) | Failure::Silent(_) => Code::Unavailable,
            Failure::NotAllowed(_) => Code::NoPerm,
            Failure::Io(..) | Failure::Print(_) => Code::OsErr,
            Failure::Refused(_) | Failure::Nonsense => Code::Protocol,
            Failure::Resolve(failure) => match failure {
                aarp::Failure::Absent => Code::Unavailable,
                aarp::Failure::Late | aarp::Failure::Busy => Code::TempFail,
                aarp::Failure::Version => Code::Protocol,
            },
        }
    }
}
