// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What a program asks about a socket: its peer, and what became of a connect() that
//! it did not wait for.

use super::Errno;
use crate::way::{rename, told};
use crate::{next, sockets};
use libc::{c_int, c_void, sockaddr, socklen_t};

type Getpeername = unsafe fn(c_int, *mut sockaddr, *mut socklen_t) -> c_int;

unsafe fn getpeername_by(
    next: Getpeername,
    fd: c_int,
    address: *mut sockaddr,
    len: *mut socklen_t,
) -> c_int {
    // SAFETY: the program's; null is the kernel's to find.
    unsafe {
        let room = if len.is_null() { 0 } else { len.read() };
        let result = next(fd, address, len);
        if result == 0 && room != 0 {
            rename(fd, address, room, len.read());
        }
        result
    }
}

replace! {
    getpeername, _getpeername (fd: c_int, address: *mut sockaddr, len: *mut socklen_t)
        -> c_int = getpeername_by;
}

#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn getsockopt(
    fd: c_int,
    level: c_int,
    name: c_int,
    value: *mut c_void,
    len: *mut socklen_t,
) -> c_int {
    // SAFETY: the program's.
    let result = unsafe { next::getsockopt(fd, level, name, value, len) };
    if result == 0 && level == libc::SOL_SOCKET && name == libc::SO_ERROR && sockets::any(fd) {
        let errno = Errno::save();
        // SAFETY: the kernel has just written as much as the length says.
        let error = unsafe {
            if len.read() as usize >= size_of::<c_int>() {
                value.cast::<c_int>().read_unaligned()
            } else {
                0
            }
        };
        told(fd, error);
        errno.restore();
    }
    result
}
