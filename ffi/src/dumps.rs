// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Functions that show the plane.  Contract as in [`calls`](crate::calls).

use umux_core::counters::Packet;
use umux_core::table::slot::{Phase, State};

use crate::convert::{EINVAL, ENOENT, in6, miss};
use crate::memory::UmuxPlane;
use umux_core_abi::{
    UMUX_PI_LINK_UP, UMUX_SI_LINGER, UMUX_SI_ON_WIRE, UMUX_SI_SERVER, umux_addr_info,
    umux_counters, umux_info, umux_pool_info, umux_sess_info,
};

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_pool_get(
    plane: *mut UmuxPlane,
    cursor: *mut u32,
    out: *mut umux_pool_info,
) -> i32 {
    // SAFETY: null is turned away; else valid, and the mutex is held, by
    // contract.
    let (plane, Some(cursor), Some(out)) =
        (unsafe { (UmuxPlane::plane(plane), cursor.as_mut(), out.as_mut()) })
    else {
        return EINVAL;
    };
    let Some(info) = plane.pool_from(*cursor) else {
        return ENOENT;
    };
    *cursor = info.pool + 1;
    *out = umux_pool_info {
        pi_ifname: [0; 16],
        pi_ifindex: info.ifindex,
        pi_flags: if info.up { UMUX_PI_LINK_UP } else { 0 },
        pi_prefix: in6(info.spec.prefix.addr()),
        pi_plen: info.spec.prefix.len(),
        pi_miss: miss(info.spec.miss),
        pi_pad: 0,
        pi_max_age: info.spec.max_age,
        pi_notify_ms: info.spec.notify,
        pi_count: info.count,
        pi_added: info.counters.added,
        pi_taken: info.counters.taken,
        pi_returned: info.counters.returned,
        pi_ended: info.counters.ended,
        pi_missed: info.counters.missed,
        pi_duplicated: info.counters.duplicated,
        pi_expired: info.counters.expired,
    };
    0
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_addr_get(
    plane: *mut UmuxPlane,
    cursor: *mut u32,
    now: u64,
    out: *mut umux_addr_info,
) -> i32 {
    // SAFETY: as in umux_core_pool_get().
    let (plane, Some(cursor), Some(out)) =
        (unsafe { (UmuxPlane::plane(plane), cursor.as_mut(), out.as_mut()) })
    else {
        return EINVAL;
    };
    let Some((number, info)) = plane.addr_from(*cursor, now) else {
        return ENOENT;
    };
    *cursor = number + 1;
    *out = umux_addr_info {
        ad_addr: in6(info.addr),
        ad_ifindex: info.ifindex,
        ad_state: info.meta.state() as u8,
        ad_plen: info.plen,
        ad_probes_left: info.probes_left,
        ad_proto: if info.meta.state() == State::Valid {
            info.meta.proto()
        } else {
            0
        },
        ad_age_ms: info.age,
        ad_timer_ms: info.timer.unwrap_or(u32::MAX),
    };
    0
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_sess_get(
    plane: *mut UmuxPlane,
    cursor: *mut u32,
    now: u64,
    out: *mut umux_sess_info,
) -> i32 {
    // SAFETY: as in umux_core_pool_get().
    let (plane, Some(cursor), Some(out)) =
        (unsafe { (UmuxPlane::plane(plane), cursor.as_mut(), out.as_mut()) })
    else {
        return EINVAL;
    };
    let Some((number, info)) = plane.session_from(*cursor, now) else {
        return ENOENT;
    };
    *cursor = number + 1;
    let mut flags = 0;
    if info.on_wire {
        flags |= UMUX_SI_ON_WIRE;
    }
    if info.meta.is_lingering() {
        flags |= UMUX_SI_LINGER;
    }
    if info.meta.phase() != Phase::Client {
        flags |= UMUX_SI_SERVER;
    }
    *out = umux_sess_info {
        si_local: in6(info.local),
        si_peer: in6(info.peer),
        si_ifindex: info.ifindex,
        si_lport: info.meta.lport(),
        si_fport: info.meta.fport(),
        si_proto: info.meta.proto(),
        si_flags: flags as u8,
        si_pad: 0,
        si_uid: info.uid,
        si_age_ms: u64::from(info.age),
    };
    0
}

/// Limits and levels; the header and the release are the caller's.
///
/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_info(plane: *const UmuxPlane, out: *mut umux_info) {
    // SAFETY: as in umux_core_pool_get().
    let (plane, out) = unsafe { (UmuxPlane::plane(plane), out.as_mut()) };
    if let Some(out) = out {
        out.ui_max_addrs = plane.config().max_addrs;
        out.ui_max_pools = plane.config().max_pools;
        out.ui_pools = plane.pools_used();
        out.ui_addrs = plane.used();
    }
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_counters(plane: *const UmuxPlane, out: *mut umux_counters) {
    // SAFETY: as in umux_core_pool_get().
    let (table, plane, out) = unsafe {
        (
            UmuxPlane::table(plane),
            UmuxPlane::plane(plane),
            out.as_mut(),
        )
    };
    let Some(out) = out else { return };
    let packets = |kind| table.packets.sum(kind);
    let of = plane.counters();
    *out = umux_counters {
        uc_in_session: packets(Packet::InSession),
        uc_in_dropped: packets(Packet::InDropped),
        uc_out_session: packets(Packet::OutSession),
        uc_out_dropped: packets(Packet::OutDropped),
        uc_out_local: packets(Packet::OutLocal),
        uc_ns_dad: of.ns_dad,
        uc_ns_resolve: of.ns_resolve,
        uc_ns_silent: of.ns_silent,
        uc_na: of.na,
        uc_nd_invalid: of.nd_invalid,
        uc_probes: of.probes,
        uc_defended: of.defended,
        uc_answered: of.answered,
        uc_looped: of.looped,
        uc_duplicated: of.duplicated,
        uc_conflict: of.conflict,
        uc_taken: of.taken,
        uc_returned: of.returned,
        uc_ended: of.ended,
        uc_missed: of.missed,
        uc_bypassed: packets(Packet::Bypassed),
        uc_events: of.events,
        uc_guarded: packets(Packet::Guarded),
        uc_armed: of.armed,
        uc_accepted: of.accepted,
        uc_lapsed: of.lapsed,
    };
}
