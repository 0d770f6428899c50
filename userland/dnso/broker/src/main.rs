// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! umux-broker; all of it is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    umux_dnso::program::run::<umux_broker::Broker>(std::env::args_os())
}
