// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Addresses for pools.
//!
//! * [`method`]: ways to choose addresses, one file each
//! * [`protocol`]: the lines between a daemon and its generator
//! * [`reserved`]: addresses that nobody may choose
//! * [`serve`]: the process's loop
//! * [`program`]: the process

pub mod method;
pub mod program;
pub mod protocol;
pub mod reserved;
pub mod serve;

pub use method::{Method, MethodError, MethodName, Options};
