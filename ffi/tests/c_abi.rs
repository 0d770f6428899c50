// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Runs the C programs of `abi.c` and `policy.c` against this crate.

// Makes the linker take the crate's exported functions in.
use umux_ffi as _;

#[link(name = "umux_abi_test", kind = "static")]
unsafe extern "C" {
    fn umux_abi_test() -> i32;
    fn umux_policy_test() -> i32;
}

#[test]
fn the_abi_serves_a_c_program_as_the_header_says() {
    // SAFETY: the function takes nothing, and all memory it touches is its
    // own.
    let failures = unsafe { umux_abi_test() };
    assert_eq!(failures, 0, "see the lines above");
}

#[test]
fn policy_is_set_and_shown_as_the_header_says() {
    // SAFETY: as above.
    let failures = unsafe { umux_policy_test() };
    assert_eq!(failures, 0, "see the lines above");
}
