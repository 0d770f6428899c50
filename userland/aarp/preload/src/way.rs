// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Where a program that names a destination is sent.

use crate::hooks::Errno;
use crate::{next, sockets};
use aarp::ask;
use aarp::message::Answer;
use aarp::view::{Found, Reader};
use aarp_core::Target;
use libc::{c_int, sockaddr, sockaddr_in6, socklen_t};
use std::net::Ipv6Addr;

/// Bytes up to the address, and of all of it but the scope: what is older than RFC
/// 2553 ends there.
const SHORT: usize = 24;

/// Another destination, in the place of one that the program named.
#[derive(Clone, Copy)]
pub struct Instead {
    address: sockaddr_in6,
}

impl Instead {
    /// For the C library.
    pub fn as_ptr(&self) -> *const sockaddr {
        (&raw const self.address).cast()
    }

    /// Its length.
    pub fn len(&self) -> socklen_t {
        size_of::<sockaddr_in6>() as socklen_t
    }
}

/// Tells aarpd that a member could not be reached.
fn failed(named: &Target, used: &Target) {
    let errno = Errno::save();
    ask::failed(*named, *used);
    errno.restore();
}

/// An error was told of a socket, by its number: is it one of the member that was used
/// last?
pub fn told(fd: c_int, error: c_int) {
    if is_failure(error)
        && let Some((named, used)) = sockets::last(fd)
        && named != used
    {
        failed(&named, &used);
    }
}

/// A call for a socket failed, as errno says.
pub fn noticed(fd: c_int) {
    if sockets::any(fd) {
        told(fd, Errno::save().number());
    }
}

/// Is this an error that another member might not have?
fn is_failure(errno: c_int) -> bool {
    matches!(
        errno,
        libc::ECONNREFUSED
            | libc::ETIMEDOUT
            | libc::EHOSTUNREACH
            | libc::ENETUNREACH
            | libc::EHOSTDOWN
            | libc::ENETDOWN
    )
}

/// Reads an address that a program gave; `None`: it is not of IPv6, or too short.
///
/// # Safety
/// `address` is null or valid for `len` bytes.
unsafe fn read(address: *const sockaddr, len: socklen_t) -> Option<sockaddr_in6> {
    if address.is_null() || (len as usize) < size_of::<sockaddr_in6>() {
        return None;
    }
    // SAFETY: it is long enough for the family.
    let family = unsafe { (&raw const (*address).sa_family).read_unaligned() };
    if c_int::from(family) != libc::AF_INET6 {
        return None;
    }
    // SAFETY: it is long enough for all of it.
    Some(unsafe { address.cast::<sockaddr_in6>().read_unaligned() })
}

fn target(address: &sockaddr_in6) -> Target {
    let ip = Ipv6Addr::from(address.sin6_addr.s6_addr);
    Target::new(ip, address.sin6_scope_id)
}

/// Where to send what goes to this address; `None`: there. `flags` are those of the
/// call.
///
/// # Safety
/// `address` is null or valid for `len` bytes.
pub unsafe fn instead(
    fd: c_int,
    address: *const sockaddr,
    len: socklen_t,
    flags: c_int,
) -> Option<Instead> {
    // SAFETY: the caller's.
    let address = unsafe { read(address, len)? };
    let errno = Errno::save();
    let named = target(&address);
    let used = find(fd, &named, flags);
    // Without that, the answers to datagrams would come from a stranger.
    let used = used.filter(|used| sockets::remember(fd, &named, used) || !is_datagram(fd));
    errno.restore();
    let used = used?;
    let mut address = address;
    address.sin6_addr.s6_addr = used.address.octets();
    address.sin6_scope_id = used.scope;
    Some(Instead { address })
}

fn find(fd: c_int, named: &Target, flags: c_int) -> Option<Target> {
    let reader = Reader::get();
    let found = reader.map_or(Found::NotAnycast, |reader| reader.find(named));
    if sockets::any(fd) {
        match sockets::used(fd, named) {
            // A member that the program names itself from now on.
            None if sockets::named(fd, named).is_some() => {
                sockets::remember(fd, named, named);
            }
            // Datagrams of one socket keep their member.
            Some(used) if used != *named && is_datagram(fd) => return Some(used),
            Some(used) if used == *named => {
                sockets::remember(fd, named, named);
            }
            _ => {}
        }
    }
    match found {
        Found::Member(member) => Some(member),
        Found::Nothing => asked(fd, named, flags, reader?),
        Found::NotAnycast | Found::Itself | Found::Silent => None,
    }
}

fn asked(fd: c_int, named: &Target, flags: c_int, reader: Reader) -> Option<Target> {
    let waits = reader.waits();
    let limit = if flags & libc::MSG_DONTWAIT != 0 || is_nonblocking(fd) {
        waits.nonblocking
    } else {
        waits.blocking
    };
    match ask::resolve(*named, limit) {
        Ok(Answer::Member(member)) => Some(member),
        // As it is without aarpd.
        _ => None,
    }
}

fn is_nonblocking(fd: c_int) -> bool {
    // SAFETY: numbers only.
    let flags = unsafe { next::fcntl(fd, libc::F_GETFL, 0) };
    flags != -1 && flags & libc::O_NONBLOCK != 0
}

fn is_datagram(fd: c_int) -> bool {
    let mut kind: c_int = 0;
    let mut len = size_of::<c_int>() as socklen_t;
    let value = (&raw mut kind).cast();
    // SAFETY: the value is valid for its length.
    let got = unsafe { next::getsockopt(fd, libc::SOL_SOCKET, libc::SO_TYPE, value, &mut len) };
    got == 0 && kind == libc::SOCK_DGRAM
}

/// The name of a peer that the C library wrote becomes the one that the program knows.
/// `room` is how long the program's buffer is, `len` how long the name.
///
/// # Safety
/// `address` is null or valid for `room` bytes.
pub unsafe fn rename(fd: c_int, address: *mut sockaddr, room: socklen_t, len: socklen_t) {
    let valid = room.min(len) as usize;
    if address.is_null() || valid < SHORT || !sockets::any(fd) {
        return;
    }
    // SAFETY: all up to the scope is valid, and the scope if there is room for it.
    unsafe {
        let family = (&raw const (*address).sa_family).read_unaligned();
        if c_int::from(family) != libc::AF_INET6 {
            return;
        }
        let address = address.cast::<sockaddr_in6>();
        let whole = valid >= size_of::<sockaddr_in6>();
        let ip = (&raw mut (*address).sin6_addr.s6_addr).cast::<[u8; 16]>();
        let scope = &raw mut (*address).sin6_scope_id;
        let scope_id = if whole { scope.read_unaligned() } else { 0 };
        let used = Target::new(ip.read().into(), scope_id);
        if let Some(named) = sockets::named(fd, &used) {
            ip.write(named.address.octets());
            if whole && named != used {
                scope.write_unaligned(named.scope);
            }
        }
    }
}
