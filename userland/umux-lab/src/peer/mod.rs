// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The other hosts on the link: what can be asked of them, be they Linux or
//! simulated.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod server;
mod simulated;

#[cfg(target_os = "linux")]
pub use linux::LinuxHost;
pub use simulated::SimulatedHost;

use std::io;
use std::net::Ipv6Addr;
use std::path::PathBuf;
use std::time::Duration;

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The address is the host's; the other answered.
    pub worked: bool,
    /// What shows it, as the host says it.
    pub proof: String,
}

/// How it ended, and the connection if there is one.
pub type Called = (Outcome, Option<Box<dyn Call>>);

/// A TCP connection of a host's, which is closed when it is dropped.
pub trait Call: Send {
    /// Says something, and waits until the answer contains what is awaited; what came
    /// until then, or until the limit.
    ///
    /// # Errors
    /// The connection broke.
    fn talk(&mut self, words: &[u8], awaited: &str, limit: Duration) -> io::Result<String>;
}

/// A host that knows nothing of umux.  Calls wait for their outcome.
pub trait Peer: Send + Sync {
    /// Its role.
    fn name(&self) -> &str;
    /// Its own address.
    fn address(&self) -> Ipv6Addr;
    /// Configures an address; worked: its DAD found nobody.
    ///
    /// # Errors
    /// The host cannot be told to.
    fn claim(&self, addr: Ipv6Addr) -> io::Result<Outcome>;
    /// Removes it again.
    ///
    /// # Errors
    /// The host cannot be told to.
    fn release(&self, addr: Ipv6Addr) -> io::Result<()>;
    /// Sends an echo request; worked: it was answered.
    ///
    /// # Errors
    /// The host cannot be told to.
    fn ping(&self, addr: Ipv6Addr, limit: Duration) -> io::Result<Outcome>;
    /// Opens a TCP connection; worked: it was accepted, and is there.  A reset is an
    /// answer too, and the proof says so.
    ///
    /// # Errors
    /// The host cannot be told to.
    fn call(&self, addr: Ipv6Addr, port: u16, limit: Duration) -> io::Result<Called>;
    /// The same, and hangs up.
    ///
    /// # Errors
    /// The host cannot be told to.
    fn tcp(&self, addr: Ipv6Addr, port: u16, limit: Duration) -> io::Result<Outcome> {
        Ok(self.call(addr, port, limit)?.0)
    }
    /// The network namespace that it lives in, for other programs to enter.
    fn namespace(&self) -> Option<PathBuf> {
        None
    }
    /// Source addresses of the connections that its echo server accepted.
    fn clients(&self) -> Vec<Ipv6Addr>;
}

/// Long enough for three solicitations, a second apart, and what follows them.
pub const RESOLUTION: Duration = Duration::from_millis(3_700);
