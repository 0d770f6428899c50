// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What comes in appears to come from the address that the program sent to.

use crate::next::{self, Handled, Mmsghdr, Timeout, Vlen};
use crate::sockets;
use crate::way::{noticed, rename};
use libc::{c_int, c_void, msghdr, size_t, sockaddr, socklen_t, ssize_t};

/// How long the program's buffer is; null has none.
unsafe fn room(len: *const socklen_t) -> socklen_t {
    if len.is_null() {
        return 0;
    }
    // SAFETY: not null, and so the program's own.
    unsafe { len.read() }
}

/// The peer of a message that was received, and descriptors that came with it.
unsafe fn received(fd: c_int, message: *mut msghdr, room: socklen_t) {
    // SAFETY: the kernel has just filled it.
    unsafe {
        let message = &*message;
        rename(fd, message.msg_name.cast(), room, message.msg_namelen);
        if message.msg_control.is_null() || message.msg_controllen == 0 {
            return;
        }
        let mut header = libc::CMSG_FIRSTHDR(message);
        while !header.is_null() {
            if (*header).cmsg_level == libc::SOL_SOCKET && (*header).cmsg_type == libc::SCM_RIGHTS {
                let data = libc::CMSG_DATA(header).cast::<c_int>();
                let bytes = (*header).cmsg_len as usize - (data as usize - header as usize);
                for at in 0..bytes / size_of::<c_int>() {
                    sockets::fresh(data.add(at).read_unaligned());
                }
            }
            header = libc::CMSG_NXTHDR(message, header);
        }
    }
}

/// What all that receive with an address do around the call.
///
/// # Safety
/// `address` and `len` are the program's: null, or valid as recvfrom(2) wants them.
#[inline(always)]
unsafe fn from(
    fd: c_int,
    address: *mut sockaddr,
    len: *mut socklen_t,
    receive: impl FnOnce() -> ssize_t,
) -> ssize_t {
    // SAFETY: the program's; a length without an address is not looked at.
    unsafe {
        let room = if address.is_null() { 0 } else { room(len) };
        let result = receive();
        if result < 0 {
            noticed(fd);
        } else if room != 0 {
            rename(fd, address, room, len.read());
        }
        result
    }
}

type Recvfrom =
    unsafe fn(c_int, *mut c_void, size_t, c_int, *mut sockaddr, *mut socklen_t) -> ssize_t;

unsafe fn recvfrom_by(
    next: Recvfrom,
    fd: c_int,
    data: *mut c_void,
    n: size_t,
    flags: c_int,
    address: *mut sockaddr,
    len: *mut socklen_t,
) -> ssize_t {
    // SAFETY: the program's.
    unsafe { from(fd, address, len, || next(fd, data, n, flags, address, len)) }
}

unsafe fn recvmsg_by(
    next: unsafe fn(c_int, *mut msghdr, c_int) -> ssize_t,
    fd: c_int,
    message: *mut msghdr,
    flags: c_int,
) -> ssize_t {
    // SAFETY: the program's.
    unsafe {
        let room = if message.is_null() {
            0
        } else {
            (*message).msg_namelen
        };
        let result = next(fd, message, flags);
        if result < 0 {
            noticed(fd);
        } else {
            received(fd, message, room);
        }
        result
    }
}

replace! {
    recvfrom, _recvfrom (fd: c_int, data: *mut c_void, n: size_t, flags: c_int,
        address: *mut sockaddr, len: *mut socklen_t) -> ssize_t = recvfrom_by;
    recvmsg, _recvmsg (fd: c_int, message: *mut msghdr, flags: c_int) -> ssize_t = recvmsg_by;
}

/// Messages of one call; Linux takes no more.
const MESSAGES: usize = 1024;

#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn recvmmsg(
    fd: c_int,
    messages: *mut Mmsghdr,
    n: Vlen,
    flags: c_int,
    time: Timeout,
) -> Handled {
    // SAFETY: the program says that there are n messages, but for null.
    unsafe {
        // A name that has no room is cut, but its length is told as if it was not. As
        // much as an address takes is enough to know.
        let mut rooms = [0u8; MESSAGES];
        let given = if messages.is_null() { 0 } else { n as usize };
        for (at, room) in rooms.iter_mut().enumerate().take(given) {
            let len = (*messages.add(at)).header.msg_namelen;
            *room = len.min(size_of::<libc::sockaddr_in6>() as socklen_t) as u8;
        }
        let result = next::recvmmsg(fd, messages, n, flags, time);
        let Ok(count) = usize::try_from(result) else {
            noticed(fd);
            return result;
        };
        for (at, room) in rooms.iter().enumerate().take(count) {
            received(fd, &raw mut (*messages.add(at)).header, (*room).into());
        }
        result
    }
}

/// What programs call that were compiled with _FORTIFY_SOURCE.
#[cfg(target_os = "linux")]
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn __recvfrom_chk(
    fd: c_int,
    data: *mut c_void,
    n: size_t,
    size: size_t,
    flags: c_int,
    address: *mut sockaddr,
    len: *mut socklen_t,
) -> ssize_t {
    // SAFETY: as for recvfrom().
    unsafe {
        from(fd, address, len, || {
            next::recvfrom_chk(fd, data, n, size, flags, address, len)
        })
    }
}
