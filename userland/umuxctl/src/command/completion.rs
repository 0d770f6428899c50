// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What a shell needs to complete commands.

use crate::cli::{Arguments, Shell};
use crate::exit::{Code, Failure};
use crate::output;
use clap::CommandFactory;

pub fn run(shell: Shell) -> Result<Code, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell.0, &mut Arguments::command(), "umuxctl", &mut script);
    output::print(&String::from_utf8_lossy(&script)).map(|()| Code::Ok)
}
