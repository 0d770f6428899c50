// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What the lab's hosts are joined by.
//!
//! * [`ether`]: frames that carry IPv6
//! * [`net`]: one link, and all that is on it; stations in this process are joined
//!   to it directly
//! * `tap`: a port of it that leads to a Linux kernel
//! * `netns`: the network namespaces that those kernels' stacks live in
//! * [`choose`]: which of the two the machine allows

pub mod choose;
pub mod ether;
pub mod net;
#[cfg(target_os = "linux")]
pub mod netns;
#[cfg(target_os = "linux")]
pub mod tap;
pub mod weather;

use ether::Frame;
use umux_core::plane::Micros;

/// Something with an Ethernet port.
pub trait Station: Send {
    /// A frame arrives.
    fn receive(&mut self, now: Micros, frame: &[u8]);
    /// Does what is due, appends what is to be sent, says when to call again.
    fn poll(&mut self, now: Micros, out: &mut Vec<Frame>) -> Option<Micros>;
}
