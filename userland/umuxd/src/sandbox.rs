// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Giving up what is not needed any more, once everything is open.

use crate::outside::User;
use nix::unistd::{Gid, Uid, geteuid, getgroups, setgid, setgroups, setuid};
use std::io;

/// Whom the module's daemon becomes, if the configuration does not say.
pub const USER: &str = "nobody";

/// Finds the user to become; none: stay who this is. Without privileges nobody else
/// can be become, so a name is then good only if it is that of whoever this is.
pub fn user(name: &str) -> Result<Option<User>, String> {
    let found = nix::unistd::User::from_name(name)
        .map_err(|e| format!("cannot look for the user {name}: {e}"))?
        .ok_or_else(|| {
            format!("there is no user {name}: make it (pw useradd), or name another with user in [daemon]")
        })?;
    if geteuid().is_root() {
        return Ok((!found.uid.is_root()).then_some(User {
            uid: found.uid,
            gid: found.gid,
        }));
    }
    if geteuid() == found.uid {
        return Ok(None);
    }
    Err(format!(
        "only root can become {name}: start umuxd as root, or as {name}"
    ))
}

/// Becomes a user for good.
pub fn become_user(user: User) -> io::Result<()> {
    setgroups(&[user.gid])?;
    setgid(user.gid)?;
    setuid(user.uid)?;
    let back = setuid(Uid::from_raw(0)).is_ok() || setgid(Gid::from_raw(0)).is_ok();
    if back || getgroups()?.iter().any(|gid| *gid != user.gid) {
        return Err(io::Error::other("privileges could be had back"));
    }
    Ok(())
}

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
