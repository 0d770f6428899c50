// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! How a daemon ends: sysexits(3).

/// The command line is wrong.
pub const EX_USAGE: u8 = 64;
/// What it needs is not there.
pub const EX_UNAVAILABLE: u8 = 69;
/// The system failed.
pub const EX_OSERR: u8 = 71;
/// It is not privileged.
pub const EX_NOPERM: u8 = 77;
/// The configuration is wrong.
pub const EX_CONFIG: u8 = 78;

/// Why it ends, and by which code.
#[derive(Debug)]
pub struct Failure {
    /// Of sysexits(3).
    pub code: u8,
    /// A sentence.
    pub why: String,
}

/// A failure of this kind.
pub fn failure(code: u8, why: impl ToString) -> Failure {
    Failure {
        code,
        why: why.to_string(),
    }
}
