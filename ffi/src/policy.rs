// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Functions that set and show policy.  Contract as in [`calls`](crate::calls),
//! and arrays are null or have as many elements as is said.

use umux_core::error::Error;
use umux_core::policy::{labels, rules};

use crate::convert::{
    E2BIG, EINVAL, ENOENT, errno, label, label_out, listen_rule, listen_rule_out, rule, rule_out,
};
use crate::memory::UmuxPlane;
use umux_core_abi::{umux_label, umux_lrule, umux_rule};

const _: () = assert!(umux_core::policy::LABELS_MAX == umux_core_abi::UMUX_LABELS_MAX as usize);
const _: () = assert!(umux_core::policy::RULES_MAX == umux_core_abi::UMUX_RULES_MAX as usize);

const _: () =
    assert!(umux_core::policy::LISTEN_RULES_MAX == umux_core_abi::UMUX_LRULES_MAX as usize);

/// An array of C's.
///
/// # Safety
/// `first` is null or the first of `n` elements that nobody writes to for the
/// lifetime `'a`.
unsafe fn array<'a, T>(first: *const T, n: usize) -> Option<&'a [T]> {
    match (first.is_null(), n) {
        (_, 0) => Some(&[]),
        (true, _) => None,
        // SAFETY: not null, and by contract n elements are there.
        (false, _) => Some(unsafe { core::slice::from_raw_parts(first, n) }),
    }
}

fn status(result: Result<(), Error>) -> i32 {
    match result {
        Ok(()) => 0,
        Err(Error::NoSpace) => E2BIG,
        Err(error) => errno(error),
    }
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_labels_set(
    plane: *mut UmuxPlane,
    rows: *const umux_label,
    n: usize,
) -> i32 {
    // SAFETY: by the contract of this file.
    let (plane, Some(rows)) = (unsafe { (UmuxPlane::plane(plane), array(rows, n)) }) else {
        return EINVAL;
    };
    if rows.iter().any(|row| label(row).is_none()) {
        return EINVAL;
    }
    status(plane.labels_replace(rows.iter().filter_map(label)))
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_labels_reset(plane: *mut UmuxPlane) {
    // SAFETY: by the contract of this file.
    unsafe { UmuxPlane::plane(plane) }.labels_reset();
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_labels_get(
    plane: *mut UmuxPlane,
    cursor: *mut u32,
    out: *mut umux_label,
) -> i32 {
    // SAFETY: null is turned away; else valid by contract.
    let (Some(cursor), Some(out)) = (unsafe { (cursor.as_mut(), out.as_mut()) }) else {
        return EINVAL;
    };
    let number = *cursor as usize;
    let row = if plane.is_null() {
        labels::DEFAULT.get(number).copied()
    } else {
        // SAFETY: not null; live, and the mutex is held, by contract.
        unsafe { UmuxPlane::plane(plane) }
            .labels()
            .rows()
            .nth(number)
    };
    let Some(row) = row else {
        return ENOENT;
    };
    *cursor += 1;
    *out = label_out(row);
    0
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_rules_set(
    plane: *mut UmuxPlane,
    rules: *const umux_rule,
    n: usize,
) -> i32 {
    // SAFETY: by the contract of this file.
    let (plane, Some(rules)) = (unsafe { (UmuxPlane::plane(plane), array(rules, n)) }) else {
        return EINVAL;
    };
    if rules.iter().any(|one| rule(one).is_none()) {
        return EINVAL;
    }
    status(plane.rules.replace(rules.iter().filter_map(rule)))
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_rules_reset(plane: *mut UmuxPlane) {
    // SAFETY: by the contract of this file.
    unsafe { UmuxPlane::plane(plane) }.rules.reset();
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_rules_get(
    plane: *mut UmuxPlane,
    cursor: *mut u32,
    out: *mut umux_rule,
) -> i32 {
    // SAFETY: as in umux_core_labels_get().
    let (Some(cursor), Some(out)) = (unsafe { (cursor.as_mut(), out.as_mut()) }) else {
        return EINVAL;
    };
    let rules = if plane.is_null() {
        &rules::DEFAULT[..]
    } else {
        // SAFETY: as in umux_core_labels_get().
        unsafe { UmuxPlane::plane(plane) }.rules.as_slice()
    };
    let Some(rule) = rules.get(*cursor as usize) else {
        return ENOENT;
    };
    *cursor += 1;
    *out = rule_out(rule);
    0
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_lrules_set(
    plane: *mut UmuxPlane,
    rules: *const umux_lrule,
    n: usize,
) -> i32 {
    // SAFETY: by the contract of this file.
    let (plane, Some(rules)) = (unsafe { (UmuxPlane::plane(plane), array(rules, n)) }) else {
        return EINVAL;
    };
    if rules.iter().any(|one| listen_rule(one).is_none()) {
        return EINVAL;
    }
    let rules = rules.iter().filter_map(listen_rule);
    status(plane.listen_rules.replace(rules))
}

/// # Safety
/// See the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umux_core_lrules_get(
    plane: *mut UmuxPlane,
    cursor: *mut u32,
    out: *mut umux_lrule,
) -> i32 {
    // SAFETY: null is turned away; else valid, live, and the mutex is held, by
    // contract.
    let (plane, Some(cursor), Some(out)) =
        (unsafe { (UmuxPlane::plane(plane), cursor.as_mut(), out.as_mut()) })
    else {
        return EINVAL;
    };
    let Some(rule) = plane.listen_rules.as_slice().get(*cursor as usize) else {
        return ENOENT;
    };
    *cursor += 1;
    *out = listen_rule_out(rule);
    0
}
