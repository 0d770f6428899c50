// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! How both processes are confined, once everything is open.
//!
//! | | FreeBSD | Linux |
//! |---|---|---|
//! | both | nobody, no groups | nobody, no groups, no capabilities, no new privileges |
//! | daemon | capability mode, rights of descriptors | a list of system calls |
//! | sender | rights of descriptors; capability mode does not let it send | a shorter one |

#[cfg(target_os = "freebsd")]
mod freebsd;
#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "freebsd")]
pub use freebsd::{daemon, drop_bounding_set, sender};
#[cfg(target_os = "linux")]
pub use linux::{daemon, drop_bounding_set, sender};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use std::io;
use std::os::fd::OwnedFd;

/// Who it is, if the configuration does not say.
pub const USER: &str = "nobody";

/// Nothing waits at this descriptor.
pub fn nonblocking(fd: &OwnedFd) -> io::Result<()> {
    let flags = OFlag::from_bits_retain(fcntl(fd, FcntlArg::F_GETFL)?);
    fcntl(fd, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    Ok(())
}
