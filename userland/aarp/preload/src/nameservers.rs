// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! glibc's resolver calls no function that could be replaced: what it uses of the C
//! library is bound within it. But it takes the addresses of its nameservers from
//! `_res`, which programs may change (resolver(3)); each thread has one of its own. So
//! while a name is looked up, nameservers with anycast addresses are their members
//! there.
//!
//! Not for longer: a thread in whose `_res` other nameservers are than resolv.conf(5)
//! named is one that has chosen them, and glibc does not read that file again for it.

use crate::hooks::Errno;
use crate::next;
use aarp::view::Reader;
use aarp_core::Target;
use libc::{c_char, c_int, c_uchar, c_void, size_t, sockaddr, sockaddr_in6, socklen_t};

mod state;

/// A nameserver that is another for a while.
#[derive(Clone, Copy)]
struct Changed {
    named: Target,
    used: Target,
}

/// Those of a thread, by their places.
type Changes = [Option<Changed>; state::SERVERS];

fn get(address: &sockaddr_in6) -> Target {
    Target::new(address.sin6_addr.s6_addr.into(), address.sin6_scope_id)
}

fn set(address: &mut sockaddr_in6, target: &Target) {
    address.sin6_addr.s6_addr = target.address.octets();
    address.sin6_scope_id = target.scope;
}

/// Sends this thread's resolver to members.
fn prepare() -> Changes {
    let mut changes = Changes::default();
    let errno = Errno::save();
    if Reader::get().is_some() {
        state::refresh();
        state::each_nameserver(|at, address| {
            let named = get(address);
            let limit = None;
            let asked = std::net::SocketAddrV6::new(named.address, 0, 0, named.scope);
            // Who is no member, or silent, is asked as resolv.conf(5) says.
            if let Ok(aarp::Resolution::Member(member)) = aarp::resolve(&asked, limit)
                && let Some(change) = changes.get_mut(at)
            {
                let used = Target::new(*member.ip(), member.scope_id());
                set(address, &used);
                *change = Some(Changed { named, used });
            }
        });
    }
    errno.restore();
    changes
}

/// Gives it back what resolv.conf(5) says.
fn restore(changes: &Changes) {
    if changes.iter().all(Option::is_none) {
        return;
    }
    state::each_nameserver(|at, address| {
        if let Some(Some(change)) = changes.get(at)
            && get(address) == change.used
        {
            set(address, &change.named);
        }
    });
}

macro_rules! lookups {
    ($($name:ident ($($arg:ident: $type:ty),*) -> $ret:ty, $failed:expr;)*) => {
        $(
            #[unsafe(no_mangle)]
            unsafe extern "C-unwind" fn $name($($arg: $type),*) -> $ret {
                static NEXT: next::Next = next::Next::new(
                    match std::ffi::CStr::from_bytes_with_nul(
                        concat!(stringify!($name), "\0").as_bytes(),
                    ) {
                        Ok(name) => name,
                        Err(_) => c"",
                    },
                );
                let found = NEXT.get();
                if found.is_null() {
                    Errno::set(libc::ENOSYS);
                    return $failed;
                }
                // SAFETY: what has this name in the C library has this type.
                let function = unsafe { std::mem::transmute::<*mut c_void, unsafe extern "C-unwind" fn($($type),*) -> $ret>(found) };
                let changes = prepare();
                // SAFETY: the program's. A thread that is cancelled in it needs no
                // nameservers any more.
                let result = unsafe { function($($arg),*) };
                restore(&changes);
                result
            }
        )*
    };
}

lookups! {
    getaddrinfo(name: *const c_char, service: *const c_char, hints: *const c_void,
        result: *mut *mut c_void) -> c_int, libc::EAI_SYSTEM;
    getnameinfo(address: *const sockaddr, len: socklen_t, host: *mut c_char, host_len: socklen_t,
        service: *mut c_char, service_len: socklen_t, flags: c_int) -> c_int, libc::EAI_SYSTEM;
    gethostbyname(name: *const c_char) -> *mut c_void, std::ptr::null_mut();
    gethostbyname2(name: *const c_char, family: c_int) -> *mut c_void, std::ptr::null_mut();
    gethostbyaddr(address: *const c_void, len: socklen_t, family: c_int) -> *mut c_void,
        std::ptr::null_mut();
    gethostbyname_r(name: *const c_char, entry: *mut c_void, buffer: *mut c_char, len: size_t,
        result: *mut *mut c_void, error: *mut c_int) -> c_int, libc::ENOSYS;
    gethostbyname2_r(name: *const c_char, family: c_int, entry: *mut c_void, buffer: *mut c_char,
        len: size_t, result: *mut *mut c_void, error: *mut c_int) -> c_int, libc::ENOSYS;
    gethostbyaddr_r(address: *const c_void, address_len: socklen_t, family: c_int,
        entry: *mut c_void, buffer: *mut c_char, len: size_t, result: *mut *mut c_void,
        error: *mut c_int) -> c_int, libc::ENOSYS;
    res_query(name: *const c_char, class: c_int, kind: c_int, answer: *mut c_uchar, len: c_int)
        -> c_int, -1;
    res_search(name: *const c_char, class: c_int, kind: c_int, answer: *mut c_uchar, len: c_int)
        -> c_int, -1;
}
