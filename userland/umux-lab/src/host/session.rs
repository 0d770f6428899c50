// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! One session of the node: a socket, and what it runs on.

use super::app::Serving;
use super::connect::Proto;
use super::stack::Stack;
use smoltcp::iface::SocketHandle;
use smoltcp::socket::{tcp, udp};
use std::net::Ipv6Addr;
use umux_core::table::Handle;

/// Names a session for as long as the node lives; the core's cookie for it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SessionId(pub(super) usize);

/// Where the socket is.
pub(super) enum Place {
    /// On a stack that has the session's address and nothing else.
    Own(Box<Stack>, Handle),
    /// Among those of the host's own addresses: a legacy session.
    Host,
}

/// A session.
pub(super) struct Session {
    pub place: Place,
    pub socket: SocketHandle,
    pub proto: Proto,
    pub local: Ipv6Addr,
    pub local_port: u16,
    pub peer: Ipv6Addr,
    pub peer_port: u16,
    /// What serves it, if it was accepted; a client's is driven from outside.
    pub app: Option<Serving>,
    /// The application closed it.
    pub closed: bool,
    /// The PCB is gone, and the core was told.
    pub detached: bool,
}

impl Session {
    /// The stack that its socket is on; `host` is that of legacy sessions.
    pub fn stack<'s>(&'s mut self, host: &'s mut Stack) -> &'s mut Stack {
        match &mut self.place {
            Place::Own(stack, _) => stack,
            Place::Host => host,
        }
    }

    /// The stack that is its own, if it has one.
    pub fn own_stack(&mut self) -> Option<&mut Stack> {
        match &mut self.place {
            Place::Own(stack, _) => Some(stack),
            Place::Host => None,
        }
    }

    /// Its TCP socket.
    pub fn tcp<'s>(&'s mut self, host: &'s mut Stack) -> Option<&'s mut tcp::Socket<'static>> {
        let (proto, socket) = (self.proto, self.socket);
        (proto == Proto::Tcp).then(|| self.stack(host).sockets.get_mut(socket))
    }

    /// Its UDP socket.
    pub fn udp<'s>(&'s mut self, host: &'s mut Stack) -> Option<&'s mut udp::Socket<'static>> {
        let (proto, socket) = (self.proto, self.socket);
        (proto == Proto::Udp).then(|| self.stack(host).sockets.get_mut(socket))
    }

    /// Whether its PCB is gone; one in TIME_WAIT is there.
    pub fn is_gone(&mut self, host: &mut Stack) -> bool {
        let closed = self.closed;
        match self.tcp(host) {
            Some(socket) => socket.state() == tcp::State::Closed,
            None => closed,
        }
    }
}
