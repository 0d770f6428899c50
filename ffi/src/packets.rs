// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Functions that packets call: those marked F in the header, lock-free.
//!
//! For all of them: `plane` is what [`umux_core_init`](crate::umux_core_init)
//! gave, and the caller is in the net epoch, so that it is not freed.

use core::net::Ipv6Addr;

use umux_core::counters::Packet;
use umux_core::gate::{Gate, Verdict};

use crate::memory::UmuxPlane;
use umux_core_abi::{
    UMUX_GATE_WHOLE, UMUX_V_ADMIT as ADMIT, UMUX_V_DROP as DROP, UMUX_V_GUARDED as GUARDED,
    UMUX_V_LEGACY as LEGACY, UMUX_V_LOCAL as LOCAL, UMUX_V_MORE as MORE, UMUX_V_ND as ND,
    UMUX_V_SEND as SEND, UMUX_V_SEND_SERVER as SEND_SERVER, umux_in6,
};

fn number(verdict: Verdict) -> u32 {
    match verdict {
        Verdict::Legacy => LEGACY,
        Verdict::Local => LOCAL,
        Verdict::Drop => DROP,
        Verdict::Neighbor => ND,
        Verdict::More => MORE,
        Verdict::Send => SEND,
        Verdict::SendServer => SEND_SERVER,
        Verdict::Admit => ADMIT,
        Verdict::Guarded => GUARDED,
    }
}

/// What the gate says of a packet.
///
/// # Safety
/// See the module; `pkt` points to `len` bytes; where there are none it may be null.
#[inline(always)]
unsafe fn judge<'p>(
    plane: *const UmuxPlane,
    pkt: *const u8,
    len: usize,
    flags: u32,
    gate: impl FnOnce(Gate<'p, 'static>, &'p [u8], bool) -> Verdict,
) -> u32 {
    let packet = if len == 0 {
        &[]
    } else {
        // SAFETY: by contract `len` bytes are there.
        unsafe { core::slice::from_raw_parts(pkt, len) }
    };
    // SAFETY: by the contract of this file.
    let table = unsafe { UmuxPlane::table(plane) };
    number(gate(Gate::new(table), packet, flags & UMUX_GATE_WHOLE != 0))
}

/// # Safety
/// See the module; `pkt` points to `len` bytes; where there are none it may be null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_gate_in(
    plane: *const UmuxPlane,
    pkt: *const u8,
    len: usize,
    flags: u32,
) -> u32 {
    // SAFETY: by the contract of this file.
    unsafe { judge(plane, pkt, len, flags, Gate::input) }
}

/// # Safety
/// See the module; `pkt` points to `len` bytes; where there are none it may be null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_gate_out(
    plane: *const UmuxPlane,
    pkt: *const u8,
    len: usize,
    flags: u32,
) -> u32 {
    // SAFETY: by the contract of this file.
    unsafe { judge(plane, pkt, len, flags, Gate::output) }
}

/// # Safety
/// See the module; `pkt` points to `len` bytes; where there are none it may be null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_gate_in4(
    plane: *const UmuxPlane,
    pkt: *const u8,
    len: usize,
    flags: u32,
) -> u32 {
    // SAFETY: by the contract of this file.
    unsafe { judge(plane, pkt, len, flags, Gate::input_four) }
}

/// # Safety
/// See the module; `in6` is null or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_find(plane: *const UmuxPlane, in6: *const umux_in6) -> u64 {
    // SAFETY: by the contract of this file; null is turned away.
    let (table, in6) = unsafe { (UmuxPlane::table(plane), in6.as_ref()) };
    in6.and_then(|in6| table.find_valid(Ipv6Addr::from(in6.s6).into()))
        .map_or(0, |handle| handle.to_bits())
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_count_bypass(plane: *const UmuxPlane) {
    // SAFETY: by the contract of this file.
    let table = unsafe { UmuxPlane::table(plane) };
    table.packets.count(Packet::Bypassed, 0);
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_may_be_socket(plane: *const UmuxPlane, cookie: usize) -> i32 {
    // SAFETY: by the contract of this file.
    let table = unsafe { UmuxPlane::table(plane) };
    i32::from(table.may_be_socket(cookie))
}

/// # Safety
/// See the module; `in6` is null or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_guarded(
    plane: *const UmuxPlane,
    in6: *const umux_in6,
    port: u16,
) -> i32 {
    // SAFETY: by the contract of this file; null is any of IPv4.
    let (table, in6) = unsafe { (UmuxPlane::table(plane), in6.as_ref()) };
    i32::from(match in6 {
        Some(in6) => table.is_guarded(Ipv6Addr::from(in6.s6).into(), port),
        None => table.is_guarded_four(port),
    })
}
