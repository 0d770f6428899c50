// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What `aarp.h` declares.

use crate::{Failure, Resolution, failed, resolve};
use libc::{c_int, sockaddr_in6};
use std::net::{Ipv6Addr, SocketAddrV6};
use std::time::Duration;

/// `AARP_MEMBER` of aarp.h.
const MEMBER: c_int = 1;
/// `AARP_ITSELF` of aarp.h.
const ITSELF: c_int = 0;

/// From C.
pub fn from_c(address: &sockaddr_in6) -> SocketAddrV6 {
    SocketAddrV6::new(
        Ipv6Addr::from(address.sin6_addr.s6_addr),
        u16::from_be(address.sin6_port),
        address.sin6_flowinfo,
        address.sin6_scope_id,
    )
}

fn fail(errno: c_int) -> c_int {
    // SAFETY: the location of this thread's errno is always valid.
    unsafe { *errno_location() = errno };
    -1
}

/// Where this thread's errno is.
#[cfg(target_os = "freebsd")]
pub fn errno_location() -> *mut c_int {
    // SAFETY: it takes nothing.
    unsafe { libc::__error() }
}

/// Where this thread's errno is.
#[cfg(not(target_os = "freebsd"))]
pub fn errno_location() -> *mut c_int {
    // SAFETY: it takes nothing.
    unsafe { libc::__errno_location() }
}

/// Which member stands behind an address? See aarp.h.
///
/// # Safety
/// `address` is null or valid to read, `member` null or valid to write; they may be
/// the same.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aarp_resolv(
    address: *const sockaddr_in6,
    member: *mut sockaddr_in6,
    timeout_ms: c_int,
) -> c_int {
    if address.is_null() || member.is_null() {
        return fail(libc::EFAULT);
    }
    // SAFETY: not null, and the caller says that it is valid.
    let c_address = unsafe { address.read() };
    if c_int::from(c_address.sin6_family) != libc::AF_INET6 {
        return fail(libc::EAFNOSUPPORT);
    }
    // A negative time is none.
    let limit = u64::try_from(timeout_ms).ok().map(Duration::from_millis);
    let (resolved, status) = match resolve(&from_c(&c_address), limit) {
        Ok(Resolution::Member(found)) => {
            let mut resolved = c_address;
            resolved.sin6_addr.s6_addr = found.ip().octets();
            resolved.sin6_scope_id = found.scope_id();
            (resolved, MEMBER)
        }
        Ok(Resolution::Itself) => (c_address, ITSELF),
        Ok(Resolution::Silent) => return fail(libc::EHOSTUNREACH),
        Err(Failure::Absent) => return fail(libc::ECONNREFUSED),
        Err(Failure::Late) => return fail(libc::ETIMEDOUT),
        Err(Failure::Busy) => return fail(libc::EAGAIN),
        Err(Failure::Version) => return fail(libc::EPROTONOSUPPORT),
    };
    // SAFETY: not null, and the caller says that it is valid.
    unsafe { member.write(resolved) };
    status
}

/// The member could not be reached. See aarp.h.
///
/// # Safety
/// Each of the two is null or valid to read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aarp_failed(
    address: *const sockaddr_in6,
    member: *const sockaddr_in6,
) -> c_int {
    if address.is_null() || member.is_null() {
        return fail(libc::EFAULT);
    }
    // SAFETY: not null, and the caller says that both are valid.
    let (address, member) = unsafe { (address.read(), member.read()) };
    for address in [&address, &member] {
        if c_int::from(address.sin6_family) != libc::AF_INET6 {
            return fail(libc::EAFNOSUPPORT);
        }
    }
    failed(&from_c(&address), &from_c(&member));
    0
}
