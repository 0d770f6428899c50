// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A plane over a Unix socket: the lab's back end, and what tests run against.
//!
//! * [`frame`]: four bytes of length, big-endian, then that much JSON
//! * [`proto`]: what the JSON says
//! * [`client`]: [`LabControl`] and [`LabEvents`]
//! * [`server`]: the half that whoever offers a plane runs

pub mod client;
pub mod frame;
pub mod proto;
pub mod server;

pub use client::{LabControl, LabEvents};
pub use server::{Host, Server};
