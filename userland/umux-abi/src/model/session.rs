// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! One session: a local address of its own and its peer.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::Ipv6Addr;

/// Transport protocol of a session, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Protocol(pub u8);

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            6 => f.pad("tcp"),
            17 => f.pad("udp"),
            other => f.pad(&other.to_string()),
        }
    }
}

/// A session that lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionInfo {
    /// Its own address.
    pub local: Ipv6Addr,
    /// Local port.
    pub local_port: u16,
    /// The other end.
    pub peer: Ipv6Addr,
    /// The other end's port.
    pub peer_port: u16,
    /// Name of its interface, or `#NUMBER` if it has gone.
    pub interface: String,
    /// Number of its interface.
    pub ifindex: u32,
    /// 6: TCP, 17: UDP.
    pub proto: Protocol,
    /// User that owns the socket.
    pub uid: u32,
    /// Milliseconds since it took its address.
    pub age_ms: u64,
    /// At least one packet was sent.
    pub on_wire: bool,
    /// The socket is closed, its PCB is still there (TIME_WAIT).
    pub linger: bool,
    /// It was accepted, through an address that was armed for it.
    #[serde(default)]
    pub server: bool,
}
