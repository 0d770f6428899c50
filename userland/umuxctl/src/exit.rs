// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! How it ends: sysexits(3).

use std::process::ExitCode;
use umux_abi::{Errno, Error};
use umux_dnso::key::KeyError;

/// Exit codes, by the names of sysexits(3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// All done.
    Ok = 0,
    /// The command line is wrong.
    Usage = 64,
    /// The values are wrong, or some items of a batch were refused.
    DataErr = 65,
    /// A file cannot be read.
    NoInput = 66,
    /// What is named is not there: module, interface, prefix, pool, lab.
    Unavailable = 69,
    /// A defect of umux.
    Software = 70,
    /// The system failed.
    OsErr = 71,
    /// It is there already, or a limit is reached.
    CantCreat = 73,
    /// Try again later.
    TempFail = 75,
    /// Program and module are of different versions.
    Protocol = 76,
    /// Not privileged.
    NoPerm = 77,
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> ExitCode {
        ExitCode::from(code as u8)
    }
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The plane, or the way to it.
    #[error(transparent)]
    Plane(#[from] Error),
    /// Options that do not go together.
    #[error("{0}")]
    Usage(&'static str),
    /// The generator.
    #[error(transparent)]
    Method(#[from] umux_addrgen::MethodError),
    /// A line of the input.
    #[error("line {line} of {input}: {why}")]
    Line {
        /// Whose line.
        input: String,
        /// Its number.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// A file.
    #[error("cannot open {0}: {1}")]
    File(std::path::PathBuf, std::io::Error),
    /// A rule that is not there.
    #[error("there is no rule {number}: `umuxctl rule list` numbers those there are, 1 to {count}")]
    NoRule {
        /// What was asked for.
        number: u32,
        /// How many there are.
        count: usize,
    },
    /// A rule for listeners that is not there.
    #[error(
        "there is no rule {number} for listeners: `umuxctl listen rules` numbers those there are, 1 to {count}"
    )]
    NoListenRule {
        /// What was asked for.
        number: u32,
        /// How many there are.
        count: usize,
    },
    /// A key of DNSO.
    #[error(transparent)]
    Key(#[from] umux_dnso::key::KeyError),
    /// Standard input or output.
    #[error("cannot {0}: {1}")]
    Stream(&'static str, std::io::Error),
    /// `--wait` waited in vain.
    #[error(
        "{left} addresses are not ready after {seconds} s: `umuxctl pool list` shows the link and the states; \
         give more time with --timeout"
    )]
    Timeout {
        /// Still pending or tentative.
        left: u32,
        /// How long.
        seconds: u64,
    },
    /// `estimate` of more than there can be.
    #[error(
        "{load:.0} addresses on their way at once are more than the {max:.0} that an estimate is made for: \
         lower --rate or the times"
    )]
    Load {
        /// Addresses on their way.
        load: f64,
        /// The limit.
        max: f64,
    },
    /// `estimate --check` would take too long.
    #[error(
        "--check simulates pools with up to {max:.0} addresses on their way, not {load:.0}: \
         leave it out, or lower --rate"
    )]
    LoadChecked {
        /// Addresses on their way.
        load: f64,
        /// The limit.
        max: f64,
    },
    /// `estimate --check` found a difference.
    #[error(
        "a simulation is more than four standard errors off its formula: try another --seed; \
         if that fails too, please report it"
    )]
    Disagrees,
    /// `pool fill` asks for more than there can be.
    #[error(
        "{count} addresses are more than fit: there is room for {room} of {max}; \
         ask for fewer, or raise net.inet6.umux.max_addrs before the first pool is made"
    )]
    Room {
        /// How many were asked for.
        count: u32,
        /// How many more there can be.
        room: u32,
        /// The limit.
        max: u32,
    },
}

impl Failure {
    /// The exit code that says so.
    pub fn code(&self) -> Code {
        match self {
            Failure::Plane(error) => plane(error),
            Failure::Usage(_) => Code::Usage,
            Failure::Method(umux_addrgen::MethodError::Prefix(_)) => Code::DataErr,
            Failure::Method(_) => Code::OsErr,
            Failure::Line { .. } => Code::DataErr,
            Failure::File(..) => Code::NoInput,
            Failure::NoRule { .. } | Failure::NoListenRule { .. } => Code::Unavailable,
            Failure::Stream(..) => Code::OsErr,
            Failure::Key(error) => match error {
                KeyError::Write { .. } => Code::CantCreat,
                KeyError::Random(_) => Code::OsErr,
                KeyError::Read { .. } => Code::NoInput,
                _ => Code::DataErr,
            },
            Failure::Timeout { .. } => Code::TempFail,
            Failure::Room { .. } => Code::CantCreat,
            Failure::Load { .. } | Failure::LoadChecked { .. } => Code::DataErr,
            Failure::Disagrees => Code::Software,
        }
    }
}

fn plane(error: &Error) -> Code {
    match error {
        Error::NotLoaded | Error::NotFreebsd | Error::Lab { .. } => Code::Unavailable,
        Error::NotAllowed => Code::NoPerm,
        Error::Value(_) => Code::DataErr,
        Error::Nonsense(_) => Code::Protocol,
        Error::Io { .. } => Code::OsErr,
        Error::Refused { errno, .. } => match errno {
            Errno::Eperm => Code::NoPerm,
            Errno::Enoent
            | Errno::Esrch
            | Errno::Enxio
            | Errno::Enodev
            | Errno::Eopnotsupp
            | Errno::Eaddrnotavail => Code::Unavailable,
            Errno::Einval => Code::DataErr,
            Errno::Eexist | Errno::Enospc => Code::CantCreat,
            Errno::Ebusy | Errno::Enomem => Code::TempFail,
            Errno::Eprogmismatch => Code::Protocol,
            Errno::E2big | Errno::Efault => Code::Software,
            Errno::Other(_) => Code::OsErr,
        },
    }
}

/// Prints help, version or complaint.
pub fn usage(error: &clap::Error) -> ExitCode {
    // If even this cannot be printed, the exit code still tells.
    let _ = error.print();
    if error.use_stderr() {
        Code::Usage.into()
    } else {
        Code::Ok.into()
    }
}
