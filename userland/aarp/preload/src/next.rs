// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The functions of the C library, or of another library in between.

use libc::{c_int, c_uint, c_void, msghdr, size_t, sockaddr, socklen_t, ssize_t, timespec};
use std::ffi::CStr;
use std::ptr::null_mut;
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::Ordering::Relaxed;

/// A function that is looked for once.
pub struct Next {
    name: &'static CStr,
    found: AtomicPtr<c_void>,
}

impl Next {
    pub const fn new(name: &'static CStr) -> Next {
        Next {
            name,
            found: AtomicPtr::new(null_mut()),
        }
    }

    /// Where it is; null if there is none.
    pub fn get(&self) -> *mut c_void {
        let found = self.found.load(Relaxed);
        if !found.is_null() {
            return found;
        }
        // SAFETY: the name ends in zero.
        let found = unsafe { libc::dlsym(libc::RTLD_NEXT, self.name.as_ptr()) };
        self.found.store(found, Relaxed);
        found
    }
}

/// Declares functions: the type of each, and where the next one of that name is.
macro_rules! functions {
    ($($(#[$when:meta])* $cell:ident $name:literal $call:ident ($($arg:ident: $type:ty),*) -> $ret:ty;)*) => {
        $(
            $(#[$when])*
            static $cell: Next = Next::new($name);

            /// The C library's; -1 with ENOSYS if it has none.
            ///
            /// # Safety
            /// As for the C library's.
            $(#[$when])*
            pub unsafe fn $call($($arg: $type),*) -> $ret {
                let found = $cell.get();
                if found.is_null() {
                    crate::hooks::Errno::set(libc::ENOSYS);
                    return -1;
                }
                // SAFETY: what has this name in the C library has this type.
                let function = unsafe { std::mem::transmute::<*mut c_void, unsafe extern "C-unwind" fn($($type),*) -> $ret>(found) };
                // SAFETY: the caller's.
                unsafe { function($($arg),*) }
            }
        )*

        /// Looks for all of them, so that nothing has to be looked for later.
        pub fn find_all() {
            $(
                $(#[$when])*
                $cell.get();
            )*
        }
    };
}

/// `struct mmsghdr`, which FreeBSD's libc crate does not have.
#[repr(C)]
pub struct Mmsghdr {
    pub header: msghdr,
    pub len: Count,
}

/// Of messages and their bytes.
#[cfg(target_os = "freebsd")]
pub type Count = ssize_t;
/// Of messages and their bytes.
#[cfg(not(target_os = "freebsd"))]
pub type Count = c_uint;

/// How many messages are given.
#[cfg(target_os = "freebsd")]
pub type Vlen = size_t;
/// How many messages are given.
#[cfg(not(target_os = "freebsd"))]
pub type Vlen = c_uint;

/// How many messages were handled.
#[cfg(target_os = "freebsd")]
pub type Handled = ssize_t;
/// How many messages were handled.
#[cfg(not(target_os = "freebsd"))]
pub type Handled = c_int;

/// The type of the time of recvmmsg.
#[cfg(target_os = "freebsd")]
pub type Timeout = *const timespec;
/// The type of the time of recvmmsg.
#[cfg(not(target_os = "freebsd"))]
pub type Timeout = *mut timespec;

functions! {
    CONNECT c"connect" connect(fd: c_int, address: *const sockaddr, len: socklen_t) -> c_int;
    SENDTO c"sendto" sendto(fd: c_int, data: *const c_void, n: size_t, flags: c_int,
        address: *const sockaddr, len: socklen_t) -> ssize_t;
    SENDMSG c"sendmsg" sendmsg(fd: c_int, message: *const msghdr, flags: c_int) -> ssize_t;
    SENDMMSG c"sendmmsg" sendmmsg(fd: c_int, messages: *mut Mmsghdr, n: Vlen, flags: c_int) -> Handled;
    RECVFROM c"recvfrom" recvfrom(fd: c_int, data: *mut c_void, n: size_t, flags: c_int,
        address: *mut sockaddr, len: *mut socklen_t) -> ssize_t;
    RECVMSG c"recvmsg" recvmsg(fd: c_int, message: *mut msghdr, flags: c_int) -> ssize_t;
    RECVMMSG c"recvmmsg" recvmmsg(fd: c_int, messages: *mut Mmsghdr, n: Vlen, flags: c_int,
        time: Timeout) -> Handled;
    GETPEERNAME c"getpeername" getpeername(fd: c_int, address: *mut sockaddr, len: *mut socklen_t) -> c_int;
    GETSOCKOPT c"getsockopt" getsockopt(fd: c_int, level: c_int, name: c_int, value: *mut c_void,
        len: *mut socklen_t) -> c_int;
    SOCKET c"socket" socket(domain: c_int, kind: c_int, protocol: c_int) -> c_int;
    SOCKETPAIR c"socketpair" socketpair(domain: c_int, kind: c_int, protocol: c_int, fds: *mut c_int) -> c_int;
    ACCEPT c"accept" accept(fd: c_int, address: *mut sockaddr, len: *mut socklen_t) -> c_int;
    ACCEPT4 c"accept4" accept4(fd: c_int, address: *mut sockaddr, len: *mut socklen_t, flags: c_int) -> c_int;
    CLOSE c"close" close(fd: c_int) -> c_int;
    CLOSE_RANGE c"close_range" close_range(first: c_uint, last: c_uint, flags: c_int) -> c_int;
    DUP c"dup" dup(fd: c_int) -> c_int;
    DUP2 c"dup2" dup2(from: c_int, to: c_int) -> c_int;
    DUP3 c"dup3" dup3(from: c_int, to: c_int, flags: c_int) -> c_int;
    FCNTL c"fcntl" fcntl(fd: c_int, command: c_int, argument: usize) -> c_int;
    #[cfg(target_os = "linux")]
    FCNTL64 c"fcntl64" fcntl64(fd: c_int, command: c_int, argument: usize) -> c_int;
    #[cfg(target_os = "linux")]
    RECVFROM_CHK c"__recvfrom_chk" recvfrom_chk(fd: c_int, data: *mut c_void, n: size_t, room: size_t,
        flags: c_int, address: *mut sockaddr, len: *mut socklen_t) -> ssize_t;
    #[cfg(target_os = "freebsd")]
    CONNECT_ c"_connect" _connect(fd: c_int, address: *const sockaddr, len: socklen_t) -> c_int;
    #[cfg(target_os = "freebsd")]
    SENDTO_ c"_sendto" _sendto(fd: c_int, data: *const c_void, n: size_t, flags: c_int,
        address: *const sockaddr, len: socklen_t) -> ssize_t;
    #[cfg(target_os = "freebsd")]
    SENDMSG_ c"_sendmsg" _sendmsg(fd: c_int, message: *const msghdr, flags: c_int) -> ssize_t;
    #[cfg(target_os = "freebsd")]
    RECVFROM_ c"_recvfrom" _recvfrom(fd: c_int, data: *mut c_void, n: size_t, flags: c_int,
        address: *mut sockaddr, len: *mut socklen_t) -> ssize_t;
    #[cfg(target_os = "freebsd")]
    RECVMSG_ c"_recvmsg" _recvmsg(fd: c_int, message: *mut msghdr, flags: c_int) -> ssize_t;
    #[cfg(target_os = "freebsd")]
    GETPEERNAME_ c"_getpeername" _getpeername(fd: c_int, address: *mut sockaddr, len: *mut socklen_t) -> c_int;
    #[cfg(target_os = "freebsd")]
    SOCKET_ c"_socket" _socket(domain: c_int, kind: c_int, protocol: c_int) -> c_int;
    #[cfg(target_os = "freebsd")]
    CLOSE_ c"_close" _close(fd: c_int) -> c_int;
}

static CLOSEFROM: Next = Next::new(c"closefrom");

/// The C library's, which has no result.
///
/// # Safety
/// As for the C library's.
pub unsafe fn closefrom(first: c_int) {
    let found = CLOSEFROM.get();
    if !found.is_null() {
        // SAFETY: what has this name in the C library has this type.
        let function = unsafe {
            std::mem::transmute::<*mut c_void, unsafe extern "C-unwind" fn(c_int)>(found)
        };
        // SAFETY: the caller's.
        unsafe { function(first) }
    }
}
