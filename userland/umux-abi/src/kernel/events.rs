// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Events on the routing socket.

use super::route::{Raw, RouteSocket};
use crate::events::Sequencer;
use crate::rtmsg::{self, Parsed};
use crate::{Events, Occurrence, Result};
use std::time::{Duration, Instant};

/// Events of the module's plane in the caller's vnet.
pub struct KernelEvents {
    socket: RouteSocket,
    sequencer: Sequencer,
}

impl KernelEvents {
    /// Opens a routing socket.
    pub fn open() -> Result<KernelEvents> {
        Ok(KernelEvents {
            socket: RouteSocket::open()?,
            sequencer: Sequencer::default(),
        })
    }
}

impl Events for KernelEvents {
    fn next(&mut self, timeout: Duration) -> Result<Option<Occurrence>> {
        if let Some(held) = self.sequencer.held() {
            return Ok(Some(held));
        }
        let until = Instant::now() + timeout;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let Some(raw) = self.socket.next(left)? else {
                return Ok(None);
            };
            let Raw::Message(bytes) = raw else {
                return Ok(Some(self.sequencer.lost()));
            };
            match rtmsg::parse(&bytes) {
                Ok(Parsed::Event(event)) => return Ok(Some(self.sequencer.admit(event))),
                Ok(Parsed::Foreign) => {}
                // An event that cannot be read is an event lost.
                Err(_) => return Ok(Some(self.sequencer.lost())),
            }
        }
    }
}
