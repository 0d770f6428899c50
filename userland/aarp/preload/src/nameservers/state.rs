// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! `struct __res_state` of glibc's <resolv.h>, as far as it is needed. It is part of
//! the ABI and cannot change.

use libc::{c_char, c_int, c_ulong, c_void, sockaddr_in, sockaddr_in6};

const SERVERS: usize = 3;

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

/// Calls it with each IPv6 nameserver of this thread.
pub fn each_nameserver(mut change: impl FnMut(&mut sockaddr_in6)) {
    // SAFETY: this thread's own, which no lookup uses now. The resolver makes the
    // addresses, and keeps those that are not null as long as it is initialised.
    unsafe {
        let state = __res_state();
        if state.is_null() || ((*state).options & RES_INIT == 0 && __res_init() != 0) {
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
                change(address);
            }
        }
    }
}
