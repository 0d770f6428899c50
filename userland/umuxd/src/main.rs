// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! umuxd; all of it is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    umuxd::run(std::env::args_os())
}
