// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A site of DNSO for tests: keys, configurations, processes that can be killed, a
//! plane, an upstream, and clients.
//!
//! The parts are in [`mod@site`], an ordinary resolver that says what tests expect in
//! [`mod@upstream`], and who asks in [`mod@client`].

pub mod client;
pub mod site;
pub mod upstream;
