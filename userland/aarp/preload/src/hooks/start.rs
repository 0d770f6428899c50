// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Where sessions start: connect, and sending to an address.

use crate::next::{self, Handled, Mmsghdr, Vlen};
use crate::way::{instead, noticed};
use libc::{c_int, c_void, msghdr, size_t, sockaddr, socklen_t, ssize_t};
use std::mem::zeroed;

type Connect = unsafe fn(c_int, *const sockaddr, socklen_t) -> c_int;
type Sendto = unsafe fn(c_int, *const c_void, size_t, c_int, *const sockaddr, socklen_t) -> ssize_t;
type Sendmsg = unsafe fn(c_int, *const msghdr, c_int) -> ssize_t;

unsafe fn connect_by(next: Connect, fd: c_int, address: *const sockaddr, len: socklen_t) -> c_int {
    // SAFETY: all pointers are the program's, or of what lives until the call is over.
    unsafe {
        let Some(way) = instead(fd, address, len, 0) else {
            return next(fd, address, len);
        };
        let result = next(fd, way.as_ptr(), way.len());
        if result == -1 {
            noticed(fd);
        }
        result
    }
}

unsafe fn sendto_by(
    next: Sendto,
    fd: c_int,
    data: *const c_void,
    n: size_t,
    flags: c_int,
    address: *const sockaddr,
    len: socklen_t,
) -> ssize_t {
    // SAFETY: as for connect_by().
    unsafe {
        let result = match instead(fd, address, len, flags) {
            Some(way) => next(fd, data, n, flags, way.as_ptr(), way.len()),
            None => next(fd, data, n, flags, address, len),
        };
        if result == -1 {
            noticed(fd);
        }
        result
    }
}

unsafe fn sendmsg_by(next: Sendmsg, fd: c_int, message: *const msghdr, flags: c_int) -> ssize_t {
    // SAFETY: as for connect_by(); a program's pointer that is wrong is the kernel's to
    // find, unless it is null.
    unsafe {
        if message.is_null() {
            return next(fd, message, flags);
        }
        let name = (*message).msg_name.cast::<sockaddr>();
        let result = match instead(fd, name, (*message).msg_namelen, flags) {
            Some(way) => {
                let mut other = message.read();
                other.msg_name = way.as_ptr().cast_mut().cast();
                other.msg_namelen = way.len();
                next(fd, &other, flags)
            }
            None => next(fd, message, flags),
        };
        if result == -1 {
            noticed(fd);
        }
        result
    }
}

replace! {
    connect, _connect (fd: c_int, address: *const sockaddr, len: socklen_t) -> c_int = connect_by;
    sendto, _sendto (fd: c_int, data: *const c_void, n: size_t, flags: c_int,
        address: *const sockaddr, len: socklen_t) -> ssize_t = sendto_by;
    sendmsg, _sendmsg (fd: c_int, message: *const msghdr, flags: c_int) -> ssize_t = sendmsg_by;
}

/// Messages that are handed on at once, if one of them goes elsewhere.
const BATCH: usize = 16;

#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn sendmmsg(
    fd: c_int,
    messages: *mut Mmsghdr,
    n: Vlen,
    flags: c_int,
) -> Handled {
    // SAFETY: the program says that there are n messages, but for null.
    unsafe {
        let mut done: usize = 0;
        if messages.is_null() {
            return next::sendmmsg(fd, messages, n, flags);
        }
        let n = n as usize;
        loop {
            let count = (n - done).min(BATCH);
            let batch = messages.add(done);
            // Copies, of which some go elsewhere.
            let mut copies: [Mmsghdr; BATCH] = zeroed();
            let mut ways = [None; BATCH];
            for (at, (copy, way)) in copies.iter_mut().zip(&mut ways).take(count).enumerate() {
                let header = &(*batch.add(at)).header;
                copy.header = *header;
                *way = instead(fd, header.msg_name.cast(), header.msg_namelen, flags);
                if let Some(way) = way {
                    copy.header.msg_name = way.as_ptr().cast_mut().cast();
                    copy.header.msg_namelen = way.len();
                }
            }
            let handled = next::sendmmsg(fd, copies.as_mut_ptr(), count as Vlen, flags);
            let Ok(sent) = usize::try_from(handled) else {
                noticed(fd);
                // An error is told only if nothing was sent, here and in the kernel.
                return if done == 0 { handled } else { done as Handled };
            };
            for (at, copy) in copies.iter().take(sent).enumerate() {
                (*batch.add(at)).len = copy.len;
            }
            done += sent;
            if sent < count || done >= n {
                return done as Handled;
            }
        }
    }
}
