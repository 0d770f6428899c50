// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Functions about servers: listeners, and addresses that are armed for them.
//! Contract as in [`calls`](crate::calls).

use core::net::Ipv6Addr;

use umux_core::plane::{DasWanted, ListenerSpec, Which};
use umux_core::prefix::Prefix;
use umux_core::table::Handle;
use umux_core::table::slot::Phase;

use crate::convert::{EINVAL, ENOENT, ESTALE, addr, errno, in6, prefix, status};
use crate::memory::UmuxPlane;
use umux_core_abi::{
    UMUX_DAS_FD, UMUX_DAS_GIVEN, UMUX_GATE_WHOLE, UMUX_LI_DUAL, UMUX_V_DROP as DROP,
    UMUX_V_LOCAL as LOCAL, umux_bind, umux_das_how, umux_das_info, umux_das_req, umux_in6,
    umux_listen_info, umux_listener,
};

const _: () = assert!(Phase::Closing as u32 == umux_core_abi::UMUX_P_CLOSING);
const _: () = assert!(Phase::Armed as u32 == umux_core_abi::UMUX_P_ARMED);

fn listener(ul: &umux_listener) -> ListenerSpec {
    ListenerSpec {
        cookie: ul.ul_cookie as usize,
        addr: Some(addr(&ul.ul_addr)).filter(|addr| !addr.is_unspecified()),
        port: ul.ul_port,
        dual: ul.ul_dual != 0,
        uid: ul.ul_uid,
        jail: ul.ul_jid,
        pid: ul.ul_pid,
    }
}

/// # Safety
/// See the module; `pkt` is null or points to `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_admit(
    plane: *mut UmuxPlane,
    pkt: *const u8,
    len: usize,
    flags: u32,
    now: u64,
) -> u32 {
    if pkt.is_null() {
        return DROP;
    }
    // SAFETY: not null, and by contract `len` bytes are there; the plane is
    // live and its mutex held.
    let (plane, packet) = unsafe {
        (
            UmuxPlane::plane(plane),
            core::slice::from_raw_parts(pkt, len),
        )
    };
    if plane.admit(packet, flags & UMUX_GATE_WHOLE != 0, now) {
        LOCAL
    } else {
        DROP
    }
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_listener_wanted(
    plane: *const UmuxPlane,
    ul: *const umux_listener,
) -> i32 {
    // SAFETY: by the contract of this file; null is turned away.
    let (plane, ul) = unsafe { (UmuxPlane::plane(plane), ul.as_ref()) };
    ul.map_or(0, |ul| i32::from(plane.listener_wanted(&listener(ul))))
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_listener_add(
    plane: *mut UmuxPlane,
    ul: *const umux_listener,
    now: u64,
) -> i32 {
    // SAFETY: by the contract of this file; null is turned away.
    let (plane, ul) = unsafe { (UmuxPlane::plane(plane), ul.as_ref()) };
    ul.map_or(EINVAL, |ul| status(plane.listener_add(&listener(ul), now)))
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_listener_del(
    plane: *mut UmuxPlane,
    cookie: usize,
    now: u64,
) -> i32 {
    // SAFETY: by the contract of this file.
    status(unsafe { UmuxPlane::plane(plane) }.listener_del(cookie, now))
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_has_listener(plane: *const UmuxPlane, cookie: usize) -> i32 {
    // SAFETY: by the contract of this file.
    i32::from(unsafe { UmuxPlane::plane(plane) }.has_listener(cookie))
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_listener_from(
    plane: *const UmuxPlane,
    cursor: *mut u32,
) -> usize {
    // SAFETY: null is turned away; else valid by contract.
    let Some(cursor) = (unsafe { cursor.as_mut() }) else {
        return 0;
    };
    // SAFETY: by the contract of this file.
    match unsafe { UmuxPlane::plane(plane) }.listener_pcb_from(*cursor) {
        Some((number, cookie)) => {
            *cursor = number + 1;
            cookie
        }
        None => 0,
    }
}

fn das_wanted(req: &umux_das_req, how: &umux_das_how) -> Option<DasWanted> {
    if req.da_flags & !(UMUX_DAS_GIVEN | UMUX_DAS_FD) != 0 {
        return None;
    }
    let listener = if req.da_flags & UMUX_DAS_FD != 0 {
        Which::Cookie(how.dh_cookie as usize)
    } else {
        Which::Port(req.da_port, Some(req.da_pid).filter(|&pid| pid != 0))
    };
    Some(DasWanted {
        listener,
        ssa: (req.da_flags & UMUX_DAS_GIVEN != 0).then(|| addr(&req.da_ssa)),
        pool: Some(how.dh_pool).filter(|&pool| pool != u32::MAX),
        client: prefix(&req.da_client, req.da_client_plen)?,
        lifetime: req.da_lifetime_ms,
        lock_lease: how.dh_lock_ms,
    })
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_das(
    plane: *mut UmuxPlane,
    req: *mut umux_das_req,
    how: *const umux_das_how,
    now: u64,
) -> i32 {
    // SAFETY: by the contract of this file; null is turned away.
    let (plane, Some(req), Some(how)) =
        (unsafe { (UmuxPlane::plane(plane), req.as_mut(), how.as_ref()) })
    else {
        return EINVAL;
    };
    let Some(wanted) = das_wanted(req, how) else {
        return EINVAL;
    };
    match plane.arm(&wanted, now) {
        Ok(taken) => {
            req.da_ssa = in6(taken.local);
            0
        }
        Err(error) => errno(error),
    }
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_das_bind(
    plane: *mut UmuxPlane,
    ub: *const umux_bind,
    now: u64,
) -> i32 {
    // SAFETY: by the contract of this file; null is turned away.
    let (plane, Some(ub)) = (unsafe { (UmuxPlane::plane(plane), ub.as_ref()) }) else {
        return EINVAL;
    };
    let bound = plane.das_bind(
        addr(&ub.ub_local),
        addr(&ub.ub_peer),
        ub.ub_fport,
        ub.ub_cookie as usize,
        now,
    );
    status(bound.map(drop))
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_das_tuple(
    plane: *mut UmuxPlane,
    handle: u64,
    out: *mut umux_bind,
) -> i32 {
    // SAFETY: by the contract of this file; null is turned away.
    let (plane, Some(out)) = (unsafe { (UmuxPlane::plane(plane), out.as_mut()) }) else {
        return EINVAL;
    };
    let Some(handle) = Handle::from_bits(handle) else {
        return ESTALE;
    };
    match plane.das_tuple(handle) {
        Ok((ifindex, local, peer, lport, fport)) => {
            *out = umux_bind {
                ub_local: in6(local),
                ub_peer: in6(peer),
                ub_cookie: 0,
                ub_lport: lport,
                ub_fport: fport,
                ub_ifindex: ifindex,
            };
            0
        }
        Err(error) => errno(error),
    }
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_das_absent(plane: *mut UmuxPlane, handle: u64, now: u64) -> i32 {
    let Some(handle) = Handle::from_bits(handle) else {
        return ESTALE;
    };
    // SAFETY: by the contract of this file.
    status(unsafe { UmuxPlane::plane(plane) }.das_absent(handle, now))
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_das_acked(
    plane: *const UmuxPlane,
    cookie: usize,
    cursor: *mut u32,
) -> u64 {
    // SAFETY: by the contract of this file; null is turned away.
    let (plane, Some(cursor)) = (unsafe { (UmuxPlane::plane(plane), cursor.as_mut()) }) else {
        return 0;
    };
    plane
        .acked_from(cookie, *cursor)
        .map_or(0, |(number, handle)| {
            *cursor = number + 1;
            handle.to_bits()
        })
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_waiting(plane: *const UmuxPlane) -> u32 {
    // SAFETY: by the contract of this file.
    unsafe { UmuxPlane::plane(plane) }.waiting()
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_closing(plane: *mut UmuxPlane, handle: u64) -> i32 {
    let Some(handle) = Handle::from_bits(handle) else {
        return ESTALE;
    };
    // SAFETY: by the contract of this file.
    status(unsafe { UmuxPlane::plane(plane) }.closing(handle))
}

/// # Safety
/// See the module; `local` is null or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_phase(plane: *const UmuxPlane, local: *const umux_in6) -> u32 {
    // SAFETY: by the contract of this file; null is turned away.
    let (table, local) = unsafe { (UmuxPlane::table(plane), local.as_ref()) };
    local.map_or(0, |local| table.phase(addr(local).into()) as u32)
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_listen_get(
    plane: *mut UmuxPlane,
    cursor: *mut u32,
    now: u64,
    out: *mut umux_listen_info,
) -> i32 {
    // SAFETY: null is turned away; else valid, and the mutex is held, by
    // contract.
    let (plane, Some(cursor), Some(out)) =
        (unsafe { (UmuxPlane::plane(plane), cursor.as_mut(), out.as_mut()) })
    else {
        return EINVAL;
    };
    let Some((number, listener, waiting, age)) = plane.listener_from(*cursor, now) else {
        return ENOENT;
    };
    *cursor = number + 1;
    let spec = &listener.spec;
    *out = umux_listen_info {
        li_addr: in6(spec.addr.unwrap_or(Ipv6Addr::UNSPECIFIED)),
        li_port: spec.port,
        li_flags: if spec.dual { UMUX_LI_DUAL as u8 } else { 0 },
        li_pad: 0,
        li_uid: spec.uid,
        li_jail: spec.jail,
        li_pid: spec.pid,
        li_waiting: waiting,
        li_pad2: 0,
        li_made: listener.made,
        li_age_ms: u64::from(age),
    };
    0
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_das_get(
    plane: *mut UmuxPlane,
    cursor: *mut u32,
    now: u64,
    out: *mut umux_das_info,
) -> i32 {
    // SAFETY: as in umux_core_listen_get().
    let (plane, Some(cursor), Some(out)) =
        (unsafe { (UmuxPlane::plane(plane), cursor.as_mut(), out.as_mut()) })
    else {
        return EINVAL;
    };
    let Some((number, info)) = plane.das_from(*cursor, now) else {
        return ENOENT;
    };
    *cursor = number + 1;
    let client: Prefix = info.client;
    *out = umux_das_info {
        di_ssa: in6(info.ssa),
        di_client: in6(client.addr()),
        di_client_plen: client.len(),
        di_phase: info.meta.phase() as u8,
        di_port: info.meta.lport(),
        di_fport: info.meta.fport(),
        di_pad: 0,
        di_ifindex: info.ifindex,
        di_uid: info.uid,
        di_lease_ms: info.lease.unwrap_or(u32::MAX),
        di_age_ms: info.age,
    };
    0
}
