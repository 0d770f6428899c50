// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The soak: hours of sessions, faults and reloads on virtual time, judged all along.
//!
//! The node, its gate, its core and the other hosts' TCP are what the rest of the lab
//! has; umuxd is its own engine and configuration, with the loop around them (and the
//! generator's process) replaced, since those live on the machine's clock.
//!
//! * [`chance`]: what is drawn, from one seed
//! * [`keeper`]: the part of umuxd
//! * [`clients`], [`servers`]: sessions, and what is said in them
//! * [`faults`]: what goes wrong, and when
//! * [`judge`]: what must hold, and what was seen instead
//! * [`run`](mod@run): all of it in turn
//! * [`show`](mod@show): what people see of it

mod chance;
mod clients;
mod faults;
mod judge;
mod keeper;
mod run;
mod servers;
mod show;
mod words;

pub use judge::{Check, Tally};
pub use run::{Outcome, run};
pub use show::show;

use std::time::Duration;

/// What is to be run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Virtual time with sessions and faults; what is left then may end.
    pub time: Duration,
    /// Everything random comes from this.
    pub seed: u64,
    /// Bytes that the process has allocated, if its allocator counts them.
    pub heap: Option<fn() -> usize>,
}
