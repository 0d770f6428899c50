// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A site of DNSO for tests: keys, configurations, processes that can be killed, a
//! plane, an upstream, and clients.
//!
//! * [`site`]: the parts
//! * [`upstream`]: an ordinary resolver that says what tests expect
//! * `client`, which asks

pub mod client;
pub mod site;
pub mod upstream;
