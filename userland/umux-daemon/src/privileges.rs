// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Becoming somebody with fewer privileges.

use crate::trust;
use nix::unistd::{Gid, Uid, geteuid, getgroups, setgid, setgroups, setuid};
use std::io;

/// Whom a daemon becomes, if its configuration does not say.
pub const USER: &str = "nobody";

/// A user to become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct User {
    /// User.
    pub uid: Uid,
    /// Its group; it has no others.
    pub gid: Gid,
}

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
        "only root can become {name}: start it as root, or as {name}"
    ))
}

/// Becomes a user for good.
pub fn become_user(user: User) -> io::Result<()> {
    trust::starter();
    setgroups(&[user.gid])?;
    setgid(user.gid)?;
    setuid(user.uid)?;
    let back = setuid(Uid::from_raw(0)).is_ok() || setgid(Gid::from_raw(0)).is_ok();
    if back || getgroups()?.iter().any(|gid| *gid != user.gid) {
        return Err(io::Error::other("privileges could be had back"));
    }
    Ok(())
}
