// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Anycast address resolving: which unicast address stands behind an anycast address?
//!
//! An ICMPv6 Echo Request is sent to the anycast address. The nearest member of the
//! group gets it, and answers from a unicast address of its own: RFC 4443, section
//! 4.2, wants that. The answer is kept for a while.
//!
//! Nothing here knows a socket, a clock or a source of randomness: time and random
//! bits are arguments, what is to be done comes out as a list.
//!
//! * [`target`]: addresses that can be asked for, and that can answer
//! * [`rules`]: which addresses are anycast
//! * [`echo`]: the two messages
//! * [`bucket`]: limits on rates
//! * [`resolver`]: cache and probes

#![forbid(unsafe_code)]

pub mod bucket;
pub mod echo;
pub mod resolver;
pub mod rules;
pub mod target;

pub use resolver::{Action, Asked, Outcome, Received, Resolver, Settings, Time};
pub use rules::{Policy, Rule, Rules};
pub use target::{Target, Unfit};
