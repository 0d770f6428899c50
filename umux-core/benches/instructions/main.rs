// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Instructions that operations of the core take, counted by Callgrind, and
//! held against `baseline.txt`.
//!
//! Counts do not depend on what else the machine does, and hardly on its CPU,
//! so that a change of the code can be told from noise.  They know nothing of
//! caches: for time see the other benchmarks.
//!
//! ```text
//! cargo bench -p umux-core --bench instructions              counts, compares
//! cargo bench -p umux-core --bench instructions -- --renew   and writes the baseline
//! ```
//!
//! Fails (exit code 1) if an operation takes over 10 % more than the baseline
//! says.  Another compiler makes other code: if its minor version is not the one
//! that the baseline names, the limit is 30 %, and the baseline should be
//! renewed.  Where there is no valgrind, or the processor is not x86-64, it exits
//! with 77.

mod baseline;
mod callgrind;
mod cases;
#[path = "../support/mod.rs"]
mod support;

use std::process::ExitCode;

/// The program itself, under valgrind.
const INSIDE: &str = "--inside";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    if has(INSIDE) {
        cases::run();
        return ExitCode::SUCCESS;
    }
    if !cfg!(target_arch = "x86_64") {
        eprintln!("the baseline is of x86-64 code");
        return ExitCode::from(77);
    }
    let counts = match callgrind::count(INSIDE, &cases::names()) {
        Ok(counts) => counts,
        Err(callgrind::Failure::NoValgrind) => {
            eprintln!("there is no valgrind here");
            return ExitCode::from(77);
        }
        Err(callgrind::Failure::Broken(why)) => {
            eprintln!("callgrind: {why}");
            return ExitCode::FAILURE;
        }
    };
    if has("--renew") {
        return baseline::renew(&counts);
    }
    baseline::compare(&counts)
}
