// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The directory where programs find aarpd, and the sockets in it.

use crate::config::Access;
use aarp::place::{CONTROL, SOCKET};
use nix::sys::socket::{
    AddressFamily, Backlog, SockFlag, SockType, UnixAddr, bind, connect, listen, socket,
};
use nix::sys::stat::{Mode, umask};
use nix::unistd::{Gid, Group, chown, geteuid};
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::path::Path;

/// Programs that knock at once, while aarpd does something else.
const BACKLOG: i32 = 128;

/// Makes the directory if it is not there. Whoever else could write in it could put
/// another socket in the place of ours.
pub fn directory(path: &Path) -> Result<(), String> {
    let shown = path.display();
    match DirBuilder::new().mode(0o755).create(path) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => {
            return Err(format!("cannot make the directory {shown}: {e}"));
        }
        _ => {}
    }
    let meta = fs::symlink_metadata(path).map_err(|e| format!("cannot look at {shown}: {e}"))?;
    if !meta.is_dir() {
        return Err(format!("{shown} is no directory: remove it"));
    }
    if meta.uid() != geteuid().as_raw() || meta.mode() & 0o022 != 0 {
        return Err(format!(
            "others can write in {shown}, and could put something in the place of aarpd's sockets: \
             chown it to the user that starts aarpd, and chmod 755"
        ));
    }
    Ok(())
}

/// The socket of programs.
pub fn programs(directory: &Path, access: &Access) -> Result<OwnedFd, String> {
    let path = directory.join(SOCKET);
    let listener = listening(&path, SockType::SeqPacket)?;
    permit(&path, access)?;
    Ok(listener)
}

/// The socket of aarpctl(8), for who started aarpd only.
pub fn control(directory: &Path) -> Result<OwnedFd, String> {
    listening(&directory.join(CONTROL), SockType::Stream)
}

/// Permissions of something that programs use.
pub fn permit(path: &Path, access: &Access) -> Result<(), String> {
    let failed = |e: io::Error| format!("cannot set permissions of {}: {e}", path.display());
    if let Some(name) = &access.group {
        let group: Option<Gid> = Group::from_name(name)
            .map_err(|e| failed(e.into()))?
            .map(|group| group.gid);
        chown(path, None, group).map_err(|e| failed(e.into()))?;
    }
    fs::set_permissions(path, Permissions::from_mode(access.mode)).map_err(failed)
}

/// A socket that only its owner can use yet.
fn listening(path: &Path, kind: SockType) -> Result<OwnedFd, String> {
    let shown = path.display();
    let failed = |e: nix::Error| format!("cannot listen at {shown}: {e}");
    let address = UnixAddr::new(path).map_err(|_| {
        format!("{shown} is too long for a socket: name a shorter one with --directory")
    })?;
    let new = || {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        socket(AddressFamily::Unix, kind, flags, None).map_err(failed)
    };
    if fs::symlink_metadata(path).is_ok_and(|meta| meta.file_type().is_socket()) {
        if connect(new()?.as_raw_fd(), &address).is_ok() {
            return Err(format!(
                "an aarpd is listening at {shown}: end it first, or name another --directory"
            ));
        }
        fs::remove_file(path).map_err(|e| format!("cannot remove {shown}: {e}"))?;
    }
    let socket = new()?;
    let before = umask(Mode::from_bits_truncate(0o177));
    let bound = bind(socket.as_raw_fd(), &address);
    umask(before);
    bound.map_err(failed)?;
    let backlog = Backlog::new(BACKLOG).map_err(failed)?;
    listen(&socket, backlog).map_err(failed)?;
    Ok(socket)
}
