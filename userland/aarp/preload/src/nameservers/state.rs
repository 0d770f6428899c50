// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! `struct __res_state` of glibc's <resolv.h>, as far as it is needed. It is part of
//! the ABI and cannot change.

use crate::next::Next;
use libc::{c_char, c_int, c_ulong, c_void, hostent, size_t, sockaddr_in, sockaddr_in6};
use std::mem::MaybeUninit;
use std::ptr::null_mut;

/// Nameservers that there can be.
pub const SERVERS: usize = 3;

#[repr(C)]
struct State {
    retrans: c_int,
    retry: c_int,
    options: c_ulong,
    nscount: c_int,
    nsaddr_list: [sockaddr_in; SERVERS],
    id: u16,
    dnsrch: [*mut c_char; 7],
    defdname: [c_char; 256],
    pfcode: c_ulong,
    bits: u32,
    sort_list: [[u32; 2]; 10],
    unused: [*mut c_void; 2],
    res_h_errno: c_int,
    vcsock: c_int,
    flags: u32,
    ext: Ext,
}

/// A member of a union of 52 bytes, which it fills.
#[repr(C)]
struct Ext {
    nscount: u16,
    nsmap: [u16; SERVERS],
    nssocks: [c_int; SERVERS],
    nscount6: u16,
    nsinit: u16,
    nsaddrs: [*mut sockaddr_in6; SERVERS],
}

const RES_INIT: c_ulong = 1;

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(std::mem::offset_of!(State, dnsrch) == 72);
    assert!(std::mem::offset_of!(State, ext) == 512);
    assert!(std::mem::offset_of!(Ext, nsaddrs) == 24);
};

unsafe extern "C" {
    /// `_res` is what this returns, in any thread.
    fn __res_state() -> *mut State;
    /// Reads resolv.conf(5).
    fn __res_init() -> c_int;
}

static BY_NAME: Next = Next::new(c"gethostbyname_r");

type ByName = unsafe extern "C-unwind" fn(
    *const c_char,
    *mut hostent,
    *mut c_char,
    size_t,
    *mut *mut hostent,
    *mut c_int,
) -> c_int;

/// This thread has the nameservers of resolv.conf(5) as it is now.
pub fn refresh() {
    // SAFETY: this thread's own, which no lookup uses now.
    let begun = unsafe {
        let state = __res_state();
        !state.is_null() && (*state).options & RES_INIT != 0
    };
    if !begun {
        // SAFETY: it takes nothing. What fails here fails in the lookup, too.
        unsafe { __res_init() };
        return;
    }
    // glibc looks whether the file has changed at the beginning of a lookup, and knows
    // when it must not. The name of this one is an address: nobody is asked.
    let found = BY_NAME.get();
    if found.is_null() {
        return;
    }
    // SAFETY: what has this name in glibc has this type.
    let by_name = unsafe { std::mem::transmute::<*mut c_void, ByName>(found) };
    let mut entry = MaybeUninit::uninit();
    let mut buffer = [0; 256];
    let (mut result, mut error) = (null_mut(), 0);
    // SAFETY: all of it is valid to write, the buffer for its length.
    unsafe {
        by_name(
            c"127.0.0.1".as_ptr(),
            entry.as_mut_ptr(),
            buffer.as_mut_ptr(),
            buffer.len(),
            &mut result,
            &mut error,
        );
    }
}

/// Calls it with each IPv6 nameserver of this thread, and its place.
pub fn each_nameserver(mut call: impl FnMut(usize, &mut sockaddr_in6)) {
    // SAFETY: this thread's own, which no lookup uses now. The resolver makes the
    // addresses, and keeps those that are not null as long as it is initialised.
    unsafe {
        let state = __res_state();
        if state.is_null() || (*state).options & RES_INIT == 0 {
            return;
        }
        let count = usize::try_from((*state).nscount).unwrap_or(0);
        for at in 0..count.min(SERVERS) {
            // The list has IPv4 addresses; where it has none, an IPv6 address is here.
            let legacy = (*state).nsaddr_list[at].sin_family;
            let address = (*state).ext.nsaddrs[at];
            if legacy == 0
                && let Some(address) = address.as_mut()
                && c_int::from(address.sin6_family) == libc::AF_INET6
            {
                call(at, address);
            }
        }
    }
}
