// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! FreeBSD: capability mode, and rights of descriptors (capsicum(4)).

use capsicum::{CapRights, FileRights, Right};
use std::io;
use std::os::fd::OwnedFd;

/// There is no such thing.
pub fn drop_bounding_set() -> io::Result<()> {
    Ok(())
}

/// A kernel may be without it.
fn there(done: io::Result<()>) -> io::Result<bool> {
    match done {
        Err(e) if e.raw_os_error() == Some(libc::ENOSYS) => Ok(false),
        done => done.map(|()| true),
    }
}

/// To send is to write, and to receive is to read (rights(4)).
fn limit(fd: &OwnedFd, rights: &[Right]) -> io::Result<()> {
    let mut all = FileRights::new();
    for right in rights {
        all.allow(*right);
    }
    there(all.limit(fd)).map(drop)
}

/// For the process that sends. In capability mode no destination could be named; its
/// descriptors are good for sending and for its orders only.
pub fn sender(raw: &OwnedFd, orders: &OwnedFd) -> io::Result<()> {
    limit(raw, &[Right::Write, Right::Connect])?;
    limit(orders, &[Right::Read, Right::Write])
}

/// For the daemon.
pub fn daemon(raw: &OwnedFd) -> io::Result<bool> {
    limit(raw, &[Right::Read, Right::Event])?;
    there(capsicum::enter())
}
