// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What the parts of DNS Name Space Override (DNSO) share.
//!
//! ```text
//! client ──DNS──> NOCA ──> broker ──> NOSA ──> agent ──> plane of the server
//! ```
//!
//! Each arrow after the first is a channel: whoever asks dials, both pin the other's key.
//!
//! * [`key`], [`noise`]: who is who, and the bytes on the wire
//! * [`message`]: what is said
//! * [`server`]: the dialled side
//! * [`link`], [`links`]: the dialling side, which comes back by itself
//! * [`group`]: several that can do the same, one after the other
//! * [`name`]: domain names, and tables of them
//! * [`config`], [`program`], [`metrics`], [`seldom`]: what makes a daemon of it

pub mod config;
pub mod group;
mod handshakes;
pub mod key;
pub mod link;
pub mod links;
pub mod message;
pub mod metrics;
pub mod name;
pub mod noise;
pub mod program;
pub mod seldom;
pub mod server;
