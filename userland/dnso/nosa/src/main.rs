// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! umux-nosa; all of it is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    umux_dnso::program::run::<umux_nosa::Nosa>(std::env::args_os())
}
