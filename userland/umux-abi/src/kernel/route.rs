// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A routing socket, message by message.

use crate::rtmsg::MESSAGE_MAX;
use crate::{Error, Result};
use nix::errno::Errno as Os;
use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockType, recv, setsockopt, socket, sockopt,
};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

/// Room for some hundred messages, so that other daemons' route changes push out
/// none of ours.
const RECEIVE_BUFFER: usize = 128 * 1024;

/// `SO_RERROR` of FreeBSD's <sys/socket.h>: a full queue is told of, by `ENOBUFS`.
const SO_RERROR: libc::c_int = 0x0002_0000;

/// What a routing socket gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Raw {
    /// A message, as it stands.
    Message(Vec<u8>),
    /// Messages were lost.
    Lost,
}

/// A routing socket of the caller's vnet.
pub struct RouteSocket {
    socket: OwnedFd,
}

impl RouteSocket {
    /// Opens it.
    pub fn open() -> Result<RouteSocket> {
        let socket = socket(
            AddressFamily::Route,
            SockType::Raw,
            SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK,
            None,
        )
        .map_err(|e| Error::io("cannot open a routing socket", e))?;
        // Kernels without the option tell of losses anyway (before 13.0).
        let _ = tell_losses(&socket);
        // Less room only means that losses are told more often.
        let _ = setsockopt(&socket, sockopt::RcvBuf, &RECEIVE_BUFFER);
        Ok(RouteSocket { socket })
    }

    /// Waits for the next message, at most `timeout`; `None`: nothing came.
    pub fn next(&mut self, timeout: Duration) -> Result<Option<Raw>> {
        let until = Instant::now() + timeout;
        let mut bytes = [0; MESSAGE_MAX];
        loop {
            match recv(self.socket.as_raw_fd(), &mut bytes, MsgFlags::empty()) {
                Ok(len) => return Ok(Some(Raw::Message(bytes[..len].to_vec()))),
                Err(Os::ENOBUFS) => return Ok(Some(Raw::Lost)),
                Err(Os::EINTR) => continue,
                Err(Os::EAGAIN) => {}
                Err(e) => return Err(Error::io("cannot read the routing socket", e)),
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

/// Has the kernel answer `ENOBUFS` once after messages were lost (getsockopt(2)).
fn tell_losses(socket: &OwnedFd) -> nix::Result<()> {
    let on: libc::c_int = 1;
    // SAFETY: the descriptor is open, and the kernel reads one c_int, which outlives the call.
    let status = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            SO_RERROR,
            (&raw const on).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    Os::result(status).map(drop)
}
