// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! placeholder
use crate::history::History;
/// Draws.
pub fn draw(_h: &History, _now: u64) -> String {
    String::new()
}
