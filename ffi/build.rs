// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Host builds compile the C side of the tests: a program that uses the ABI
//! the way the kernel module does, and umux_core_panic() as abort().

fn main() {
    println!("cargo::rerun-if-changed=../kmod/umux_abi.h");
    println!("cargo::rerun-if-changed=tests/abi.c");
    println!("cargo::rerun-if-changed=tests/policy.c");
    println!("cargo::rerun-if-changed=tests/panic.c");
    let os = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if os == "none" {
        return;
    }
    cc::Build::new()
        .file("tests/panic.c")
        .include("../kmod")
        .warnings_into_errors(true)
        .extra_warnings(true)
        .compile("umux_panic");
    cc::Build::new()
        .file("tests/abi.c")
        .file("tests/policy.c")
        .include("../kmod")
        .warnings_into_errors(true)
        .extra_warnings(true)
        .cargo_metadata(false)
        .compile("umux_abi_test");
}
