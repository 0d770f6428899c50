// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Events on the routing socket.

use crate::events::Sequencer;
use crate::rtmsg::{self, MESSAGE_MAX, Parsed};
use crate::{Error, Events, Occurrence, Result};
use nix::errno::Errno as Os;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockType, recv, setsockopt, socket, sockopt,
};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

/// Room for some hundred messages, so that other daemons' route changes push out
/// none of ours.
const RECEIVE_BUFFER: usize = 128 * 1024;

/// Events of the module's plane in the caller's vnet.
pub struct KernelEvents {
    socket: OwnedFd,
    sequencer: Sequencer,
}

impl KernelEvents {
    /// Opens a routing socket.
    pub fn open() -> Result<KernelEvents> {
        let socket = socket(
            AddressFamily::Route,
            SockType::Raw,
            SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK,
            None,
        )
        .map_err(|e| Error::io("cannot open a routing socket", e))?;
        // Less room only means that losses are told more often.
        let _ = setsockopt(&socket, sockopt::RcvBuf, &RECEIVE_BUFFER);
        Ok(KernelEvents {
            socket,
            sequencer: Sequencer::default(),
        })
    }

    /// Reads until there is something for umux, or nothing more to read.
    fn drain(&mut self) -> Result<Option<Occurrence>> {
        let mut bytes = [0; MESSAGE_MAX];
        loop {
            match recv(self.socket.as_raw_fd(), &mut bytes, MsgFlags::empty()) {
                Ok(len) => match rtmsg::parse(&bytes[..len]) {
                    Ok(Parsed::Event(event)) => return Ok(Some(self.sequencer.admit(event))),
                    Ok(Parsed::Foreign) => {}
                    // An event that cannot be read is an event lost.
                    Err(_) => return Ok(Some(self.sequencer.lost())),
                },
                Err(Os::EAGAIN) => return Ok(None),
                Err(Os::EINTR) => {}
                Err(Os::ENOBUFS) => return Ok(Some(self.sequencer.lost())),
                Err(e) => return Err(Error::io("cannot read the routing socket", e)),
            }
        }
    }
}

impl Events for KernelEvents {
    fn next(&mut self, timeout: Duration) -> Result<Option<Occurrence>> {
        if let Some(held) = self.sequencer.held() {
            return Ok(Some(held));
        }
        let until = Instant::now() + timeout;
        loop {
            if let Some(occurrence) = self.drain()? {
                return Ok(Some(occurrence));
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            let left = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
            let mut fds = [PollFd::new(self.socket.as_fd(), PollFlags::POLLIN)];
            match poll(&mut fds, left) {
                Ok(_) | Err(Os::EINTR) => {}
                Err(e) => return Err(Error::io("cannot wait for the routing socket", e)),
            }
        }
    }
}
