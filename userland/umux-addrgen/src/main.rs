// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! umux-addrgen: chooses addresses for pools, on request, by lines.

use std::process::ExitCode;

fn main() -> ExitCode {
    umux_addrgen::program::run(std::env::args_os())
}
