// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Numbers that come, go, and are duplicated.

use crate::{next, sockets};
use libc::{c_int, c_uint, sockaddr, socklen_t};

unsafe fn socket_by(
    next: unsafe fn(c_int, c_int, c_int) -> c_int,
    domain: c_int,
    kind: c_int,
    protocol: c_int,
) -> c_int {
    // SAFETY: numbers only.
    let fd = unsafe { next(domain, kind, protocol) };
    if fd >= 0 {
        sockets::fresh(fd);
        if domain == libc::AF_INET6 {
            sockets::inet6(fd);
        }
    }
    fd
}

/// Forgotten first: as soon as it is closed, another thread may get the number.
unsafe fn close_by(next: unsafe fn(c_int) -> c_int, fd: c_int) -> c_int {
    sockets::closed(fd);
    // SAFETY: a number only.
    unsafe { next(fd) }
}

replace! {
    socket, _socket (domain: c_int, kind: c_int, protocol: c_int) -> c_int = socket_by;
    close, _close (fd: c_int) -> c_int = close_by;
}

#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn socketpair(
    domain: c_int,
    kind: c_int,
    protocol: c_int,
    fds: *mut c_int,
) -> c_int {
    // SAFETY: the program's.
    unsafe {
        let result = next::socketpair(domain, kind, protocol, fds);
        if result == 0 {
            sockets::fresh(fds.read());
            sockets::fresh(fds.add(1).read());
        }
        result
    }
}

fn accepted(fd: c_int) -> c_int {
    if fd >= 0 {
        sockets::fresh(fd);
    }
    fd
}

#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn accept(
    fd: c_int,
    address: *mut sockaddr,
    len: *mut socklen_t,
) -> c_int {
    // SAFETY: the program's.
    accepted(unsafe { next::accept(fd, address, len) })
}

#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn accept4(
    fd: c_int,
    address: *mut sockaddr,
    len: *mut socklen_t,
    flags: c_int,
) -> c_int {
    // SAFETY: the program's.
    accepted(unsafe { next::accept4(fd, address, len, flags) })
}

#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn close_range(first: c_uint, last: c_uint, flags: c_int) -> c_int {
    let closes = flags & libc::CLOSE_RANGE_CLOEXEC as c_int == 0;
    if closes && first <= last {
        sockets::closed_range(first as usize, last as usize);
    }
    // SAFETY: numbers only.
    unsafe { next::close_range(first, last, flags) }
}

fn copied(from: c_int, to: c_int) -> c_int {
    if to >= 0 && to != from {
        sockets::duplicated(from, to);
    }
    to
}

#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn dup(fd: c_int) -> c_int {
    // SAFETY: a number only.
    copied(fd, unsafe { next::dup(fd) })
}

#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn dup2(from: c_int, to: c_int) -> c_int {
    // SAFETY: numbers only.
    copied(from, unsafe { next::dup2(from, to) })
}

#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn dup3(from: c_int, to: c_int, flags: c_int) -> c_int {
    // SAFETY: numbers only.
    copied(from, unsafe { next::dup3(from, to, flags) })
}

fn controlled(fd: c_int, command: c_int, result: c_int) -> c_int {
    match command {
        libc::F_DUPFD | libc::F_DUPFD_CLOEXEC => copied(fd, result),
        #[cfg(target_os = "freebsd")]
        libc::F_DUP2FD | libc::F_DUP2FD_CLOEXEC => copied(fd, result),
        _ => result,
    }
}

/// C declares it with a variable argument. Where umux runs (amd64, arm64) that is
/// passed in the same register as a third fixed one; if the program gave none, what is
/// there is handed on and not looked at.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn fcntl(fd: c_int, command: c_int, argument: usize) -> c_int {
    // SAFETY: the program's.
    let result = unsafe { next::fcntl(fd, command, argument) };
    controlled(fd, command, result)
}

/// The same, by the name that it has in programs for files of any size.
#[cfg(target_os = "linux")]
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn fcntl64(fd: c_int, command: c_int, argument: usize) -> c_int {
    // SAFETY: the program's.
    let result = unsafe { next::fcntl64(fd, command, argument) };
    controlled(fd, command, result)
}

#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn closefrom(first: c_int) {
    let from = usize::try_from(first).unwrap_or(0);
    sockets::closed_range(from, usize::MAX);
    // SAFETY: a number only.
    unsafe { next::closefrom(first) }
}
