// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The structures and numbers of `kmod/umux_abi.h`, as the core's C ABI needs
//! them.  Generated, committed, and checked by `tests/bindings.rs`.

#![no_std]
#![allow(non_camel_case_types, non_upper_case_globals, missing_docs)]
#![allow(clippy::all, clippy::undocumented_unsafe_blocks)]

include!("bindings.rs");
