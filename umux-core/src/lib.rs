// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The Unified Multiplex communication architecture, sans I/O.
//!
//! This crate knows no socket, no mbuf, no clock and no randomness: time and
//! random bits come in as arguments, effects go out as [`action::Action`]s.
//! All memory is the caller's ([`plane::Storage`]); nothing is allocated.
//! The same code runs in the FreeBSD kernel, in the lab and in the tests.
//!
//! It has two halves:
//!
//! * [`plane::Plane`]: everything that changes state; the caller serialises
//!   it (one leaf mutex a VNET in the kernel);
//! * [`gate::Gate`]: what a packet asks; any number of threads at once, without
//!   a lock, while the plane changes.  [`table`] is what both halves share.

#![cfg_attr(not(any(test, loom)), no_std)]
#![forbid(unsafe_code)]

pub mod action;
pub mod counters;
pub mod error;
pub mod gate;
mod hash;
pub mod key;
pub mod plane;
pub mod policy;
pub mod prefix;
pub mod select;
mod sync;
pub mod table;
pub mod timer;
pub mod wire;
