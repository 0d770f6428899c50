// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Giving up what is not needed any more, once everything is open.

use std::io;

/// Enters capability mode: from here on nothing is opened by name.
#[cfg(target_os = "freebsd")]
pub fn confine() -> io::Result<bool> {
    // SAFETY: it takes no arguments and touches no memory of ours.
    match unsafe { nix::libc::cap_enter() } {
        0 => Ok(true),
        _ => match io::Error::last_os_error() {
            // A kernel without `options CAPABILITY_MODE`.
            e if e.raw_os_error() == Some(nix::libc::ENOSYS) => Ok(false),
            e => Err(e),
        },
    }
}

/// Other systems have no capability mode.
#[cfg(not(target_os = "freebsd"))]
pub fn confine() -> io::Result<bool> {
    Ok(false)
}
