// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Functions that change the plane: those marked L in the header.
//!
//! For all of them: `plane` is what [`umux_core_init`](crate::umux_core_init)
//! gave and is not freed yet, the caller holds the plane's mutex, and every
//! other pointer is null or valid for what its type says.

use umux_core::action::Actions;
use umux_core::plane::{Announce, Heard, Plane, Taken};
use umux_core::table::Handle;

use crate::actions::deliver;
use crate::convert::{
    EINVAL, ENOENT, ENXIO, ESTALE, addr, errno, iface, in6, pool_spec, prefix, status, wanted,
};
use crate::memory::UmuxPlane;
use umux_core_abi::{
    UMUX_ANNOUNCE_NEXTHOP, UMUX_ANNOUNCE_NONE, UMUX_ANNOUNCE_ROUTERS, UMUX_V_DROP as DROP,
    UMUX_V_LEGACY as LEGACY, UMUX_V_LOCAL as LOCAL, umux_actions, umux_core_iface, umux_in6,
    umux_pool_req, umux_take,
};

/// `$plane`: the plane as a mutable reference.
macro_rules! plane {
    ($plane:expr) => {
        // SAFETY: every function of this file asks its caller for a live plane
        // and for the mutex, and uses the reference only until it returns.
        unsafe { UmuxPlane::plane($plane) }
    };
}

/// `$ptr`: what a C pointer points to, or leave with `EINVAL`.
macro_rules! arg {
    ($ptr:expr) => {
        // SAFETY: null is turned away; every function of this file asks its
        // caller for pointers that are null or valid.
        match unsafe { $ptr.as_ref() } {
            Some(value) => value,
            None => return EINVAL,
        }
    };
}

/// The same, to write to.
macro_rules! out {
    ($ptr:expr) => {
        // SAFETY: null is turned away; else valid and the callee's alone for
        // the time of the call, by the contract of this file.
        match unsafe { $ptr.as_mut() } {
            Some(value) => value,
            None => return EINVAL,
        }
    };
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_iface_set(
    plane: *mut UmuxPlane,
    ci: *const umux_core_iface,
    now: u64,
) -> i32 {
    let params = iface(arg!(ci));
    status(plane!(plane).iface_set(&params, now))
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_iface_gone(plane: *mut UmuxPlane, ifindex: u32, now: u64) {
    plane!(plane).iface_gone(ifindex, now);
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_pool_add(
    plane: *mut UmuxPlane,
    ifindex: u32,
    up: *const umux_pool_req,
    now: u64,
    poolp: *mut u32,
) -> i32 {
    let poolp = out!(poolp);
    let Some(spec) = pool_spec(arg!(up)) else {
        return EINVAL;
    };
    match plane!(plane).pool_add(ifindex, spec, now) {
        Ok(pool) => {
            *poolp = pool;
            0
        }
        // The interface is what is not there.
        Err(umux_core::error::Error::NotFound) => ENXIO,
        Err(error) => errno(error),
    }
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_pool_del(
    plane: *mut UmuxPlane,
    pool: u32,
    force: i32,
    now: u64,
) -> i32 {
    status(plane!(plane).pool_del(pool, force != 0, now))
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_pool_find(
    plane: *mut UmuxPlane,
    ifindex: u32,
    in6: *const umux_in6,
    plen: u8,
    poolp: *mut u32,
) -> i32 {
    let poolp = out!(poolp);
    let Some(prefix) = prefix(arg!(in6), plen) else {
        return EINVAL;
    };
    match plane!(plane).pool_find(ifindex, prefix) {
        Ok(pool) => {
            *poolp = pool;
            0
        }
        Err(error) => errno(error),
    }
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_addr_add(
    plane: *mut UmuxPlane,
    pool: u32,
    in6: *const umux_in6,
    now: u64,
    handlep: *mut u64,
) -> i32 {
    let handlep = out!(handlep);
    match plane!(plane).addr_add(pool, addr(arg!(in6)), now) {
        Ok(handle) => {
            *handlep = handle.to_bits();
            0
        }
        Err(error) => errno(error),
    }
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_addr_start(
    plane: *mut UmuxPlane,
    handle: u64,
    group: usize,
    now: u64,
    rnd: u64,
) -> i32 {
    let Some(handle) = Handle::from_bits(handle) else {
        return ESTALE;
    };
    status(plane!(plane).addr_start(handle, group, now, rnd))
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_addr_del(
    plane: *mut UmuxPlane,
    pool: u32,
    in6: *const umux_in6,
    now: u64,
) -> i32 {
    status(plane!(plane).addr_del(pool, addr(arg!(in6)), now))
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_flush(plane: *mut UmuxPlane, ifindex: u32, now: u64) -> u32 {
    plane!(plane).flush(ifindex, now)
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_next_group(plane: *mut UmuxPlane) -> usize {
    plane!(plane).next_group().unwrap_or(0)
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_take(
    plane: *mut UmuxPlane,
    ut: *mut umux_take,
    now: u64,
) -> i32 {
    let ut = out!(ut);
    ut.ut_old = 0;
    let Some(wanted) = wanted(ut) else {
        return EINVAL;
    };
    match plane!(plane).take(&wanted, now) {
        Ok(taken) => give(ut, taken),
        Err(error) => errno(error),
    }
}

fn give(ut: &mut umux_take, taken: Taken) -> i32 {
    ut.ut_handle = taken.handle.to_bits();
    ut.ut_local = in6(taken.local);
    0
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_take_socket(
    plane: *mut UmuxPlane,
    ut: *mut umux_take,
    cookie: usize,
    now: u64,
) -> i32 {
    let ut = out!(ut);
    ut.ut_old = 0;
    let Some(wanted) = wanted(ut) else {
        return EINVAL;
    };
    match plane!(plane).take_for_socket(&wanted, cookie, now) {
        Ok((taken, new)) => {
            ut.ut_old = u8::from(!new);
            give(ut, taken)
        }
        // The socket has as many as it may: what else it sends is legacy.
        Err(umux_core::error::Error::NoSpace) => ENOENT,
        Err(error) => errno(error),
    }
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_any_of_socket(plane: *const UmuxPlane, cookie: usize) -> u64 {
    plane!(plane)
        .any_of_socket(cookie)
        .map_or(0, Handle::to_bits)
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_announce(
    plane: *mut UmuxPlane,
    handle: u64,
    how: u32,
    nexthop: *const umux_in6,
    now: u64,
    out: *mut umux_actions,
) -> i32 {
    let out = out!(out);
    let Some(handle) = Handle::from_bits(handle) else {
        return ESTALE;
    };
    let how = match how {
        UMUX_ANNOUNCE_NONE => {
            out.as_n = 0;
            return 0;
        }
        UMUX_ANNOUNCE_ROUTERS => Announce::Routers,
        UMUX_ANNOUNCE_NEXTHOP => Announce::NextHop(addr(arg!(nexthop))),
        _ => return EINVAL,
    };
    let mut actions = Actions::new();
    let result = plane!(plane).announce(handle, how, now, &mut actions);
    deliver(&actions, out);
    status(result)
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_commit(
    plane: *mut UmuxPlane,
    handle: u64,
    lport: u16,
    cookie: usize,
    now: u64,
) -> i32 {
    let Some(handle) = Handle::from_bits(handle) else {
        return ESTALE;
    };
    status(plane!(plane).commit(handle, lport, cookie, now))
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_end(
    plane: *mut UmuxPlane,
    handle: u64,
    now: u64,
    cookiep: *mut usize,
) -> i32 {
    let cookiep = out!(cookiep);
    *cookiep = 0;
    let Some(handle) = Handle::from_bits(handle) else {
        return ESTALE;
    };
    match plane!(plane).end(handle, now) {
        Ok(cookie) => {
            *cookiep = cookie;
            0
        }
        Err(error) => errno(error),
    }
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_linger(
    plane: *mut UmuxPlane,
    handle: u64,
    ms: u32,
    now: u64,
) -> i32 {
    let Some(handle) = Handle::from_bits(handle) else {
        return ESTALE;
    };
    status(plane!(plane).linger(handle, ms, now))
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_checked(plane: *mut UmuxPlane, handle: u64, now: u64) -> i32 {
    let Some(handle) = Handle::from_bits(handle) else {
        return ESTALE;
    };
    status(plane!(plane).checked(handle, now))
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_unsent(plane: *mut UmuxPlane, handle: u64, now: u64) -> i32 {
    let Some(handle) = Handle::from_bits(handle) else {
        return ESTALE;
    };
    status(plane!(plane).unsent(handle, now))
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_cookie(plane: *mut UmuxPlane, handle: u64) -> usize {
    Handle::from_bits(handle)
        .and_then(|handle| plane!(plane).cookie(handle).ok())
        .unwrap_or(0)
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_any_session(plane: *mut UmuxPlane) -> u64 {
    plane!(plane).any_session().map_or(0, Handle::to_bits)
}

/// What the plane says of a neighbour discovery packet.
type Ask = fn(&mut Plane<'static>, u32, &[u8], u64, &mut Actions) -> Heard;

/// # Safety
/// See the module; `pkt` points to `len` bytes.
unsafe fn neighbor(
    plane: *mut UmuxPlane,
    ifindex: u32,
    (pkt, len): (*const u8, usize),
    now: u64,
    out: *mut umux_actions,
    ask: Ask,
) -> u32 {
    // SAFETY: null is turned away; else valid by contract.
    let (Some(out), false) = (unsafe { out.as_mut() }, pkt.is_null()) else {
        return DROP;
    };
    // SAFETY: not null, and by contract `len` bytes are there.
    let packet = unsafe { core::slice::from_raw_parts(pkt, len) };
    let mut actions = Actions::new();
    let heard = ask(plane!(plane), ifindex, packet, now, &mut actions);
    deliver(&actions, out);
    match heard {
        Heard::Legacy => LEGACY,
        Heard::Consumed => DROP,
        Heard::Local => LOCAL,
    }
}

/// # Safety
/// See the module; `pkt` points to `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_nd_input(
    plane: *mut UmuxPlane,
    ifindex: u32,
    pkt: *const u8,
    len: usize,
    now: u64,
    out: *mut umux_actions,
) -> u32 {
    // SAFETY: the contract is the same.
    unsafe { neighbor(plane, ifindex, (pkt, len), now, out, Plane::heard) }
}

/// # Safety
/// See the module; `pkt` points to `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_nd_output(
    plane: *mut UmuxPlane,
    ifindex: u32,
    pkt: *const u8,
    len: usize,
    now: u64,
    out: *mut umux_actions,
) -> u32 {
    // SAFETY: the contract is the same.
    unsafe { neighbor(plane, ifindex, (pkt, len), now, out, Plane::soliciting) }
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_timer(
    plane: *mut UmuxPlane,
    now: u64,
    out: *mut umux_actions,
) -> u64 {
    // SAFETY: null is turned away; else valid by contract.
    let Some(out) = (unsafe { out.as_mut() }) else {
        return u64::MAX;
    };
    let mut actions = Actions::new();
    let next = plane!(plane).run(now, &mut actions);
    deliver(&actions, out);
    next.unwrap_or(u64::MAX)
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_next_timer(plane: *const UmuxPlane) -> u64 {
    plane!(plane).next_run().unwrap_or(u64::MAX)
}
