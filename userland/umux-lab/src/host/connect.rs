// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What an application does: connect, send, receive, close.  Around the core it
//! goes as in kmod/umux_pcb.c.

use super::echo::{tcp_socket, udp_socket};
use super::node::Node;
use super::session::{Place, Session, SessionId};
use super::stack::Stack;
use smoltcp::socket::tcp;
use smoltcp::wire::{IpAddress, IpEndpoint, IpListenEndpoint};
use std::fmt;
use std::net::Ipv6Addr;
use umux_core::counters::Packet;
use umux_core::error::Error;
use umux_core::plane::{Micros, Wanted};
use umux_core::policy::Wish;
use umux_core::table::Handle;
use umux_core::wire::proto;

/// A transport protocol.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Proto {
    /// TCP.
    Tcp,
    /// UDP, connected.
    Udp,
}

impl Proto {
    /// Its number.
    pub fn number(self) -> u8 {
        match self {
            Proto::Tcp => proto::TCP,
            Proto::Udp => proto::UDP,
        }
    }
}

impl fmt::Display for Proto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Proto::Tcp => "tcp",
            Proto::Udp => "udp",
        })
    }
}

/// Why there is no session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// `EADDRNOTAVAIL`: the pool is empty, and its policy says refuse.
    #[error("no address is ready, and the pool's policy is to refuse")]
    NoAddress,
    /// The host has no address of its own either.
    #[error("the host has no address to connect from")]
    NoSource,
    /// The stack would not have it.
    #[error("the destination is none")]
    Destination,
}

/// 2 MSL of the stack, and the kernel's margin: the first look is after TIME_WAIT.
pub(super) const LINGER_MS: u32 = 10_500;

/// How long a TCP session outlives its PCB, as in the kernel.
const GRACE_MS: u32 = 1_000;

/// Who owns the sessions, for show.
const UID: u32 = 1001;

/// Is the destination one that an address of the plane could speak to?
fn destination_ok(peer: Ipv6Addr, port: u16) -> bool {
    port != 0
        && !peer.is_unspecified()
        && !peer.is_loopback()
        && !peer.is_multicast()
        && !peer.is_unicast_link_local()
        && peer.to_ipv4().is_none()
}

impl Node {
    /// connect(): a session with an address of its own, or a legacy one.
    ///
    /// # Errors
    /// [`ConnectError`]; nothing is left behind.
    pub fn connect(
        &mut self,
        proto: Proto,
        peer: Ipv6Addr,
        port: u16,
        now: Micros,
    ) -> Result<SessionId, ConnectError> {
        self.connect_as(UID, proto, peer, port, now)
    }

    /// The same, by this user.
    ///
    /// # Errors
    /// As of [`Node::connect`].
    pub fn connect_as(
        &mut self,
        uid: u32,
        proto: Proto,
        peer: Ipv6Addr,
        port: u16,
        now: Micros,
    ) -> Result<SessionId, ConnectError> {
        let id = self.new_id();
        let local_port = self.new_port();
        let wanted = Wanted {
            ifindex: self.ifindex(),
            peer,
            proto: proto.number(),
            fport: port,
            lport: 0,
            uid,
            jail: 0,
            wish: Wish::None,
        };
        let taken = if destination_ok(peer, port) {
            self.core.plane.take(&wanted, now)
        } else {
            Err(Error::NoPool)
        };
        let (place, local) = match taken {
            Ok(taken) => {
                let mut stack = Stack::new(self.mac, self.seed(), now);
                stack.add(taken.local);
                (Place::Own(Box::new(stack), taken.handle), taken.local)
            }
            Err(Error::MissRefuse) => return Err(ConnectError::NoAddress),
            Err(Error::MissLegacy) => (Place::Host, self.own_address()?),
            Err(_) => {
                self.core.table.packets.count(Packet::Bypassed, 0);
                (Place::Host, self.own_address()?)
            }
        };
        let session = self.open(place, proto, (local, local_port), (peer, port));
        self.settle(id, session, now)
    }

    fn own_address(&self) -> Result<Ipv6Addr, ConnectError> {
        self.address.ok_or(ConnectError::NoSource)
    }

    /// The original call, with the source in place.
    fn open(
        &mut self,
        mut place: Place,
        proto: Proto,
        local: (Ipv6Addr, u16),
        peer: (Ipv6Addr, u16),
    ) -> Result<Session, Option<Handle>> {
        let stack = match &mut place {
            Place::Own(stack, _) => stack,
            Place::Host => &mut self.stock.stack,
        };
        let remote = IpEndpoint::new(IpAddress::Ipv6(peer.0), peer.1);
        let source = IpListenEndpoint {
            addr: Some(IpAddress::Ipv6(local.0)),
            port: local.1,
        };
        let (interface, sockets) = stack.context();
        let (socket, opened) = match proto {
            Proto::Tcp => {
                let mut socket = tcp_socket();
                let opened = socket.connect(interface.context(), remote, source).is_ok();
                (sockets.add(socket), opened)
            }
            Proto::Udp => {
                let mut socket = udp_socket();
                let opened = socket.bind(source).is_ok();
                (sockets.add(socket), opened)
            }
        };
        if !opened {
            sockets.remove(socket);
            return Err(match place {
                Place::Own(_, handle) => Some(handle),
                Place::Host => None,
            });
        }
        Ok(Session {
            place,
            socket,
            proto,
            local: local.0,
            local_port: local.1,
            peer: peer.0,
            peer_port: peer.1,
            app: None,
            closed: false,
            detached: false,
        })
    }

    /// The session came to be if its socket has the address; else the address
    /// goes back.
    fn settle(
        &mut self,
        id: SessionId,
        session: Result<Session, Option<Handle>>,
        now: Micros,
    ) -> Result<SessionId, ConnectError> {
        match session {
            Ok(session) => {
                if let Place::Own(_, handle) = session.place {
                    // Taken a moment ago, under the same lock.
                    let _ = self
                        .core
                        .plane
                        .commit(handle, session.local_port, id.0, now);
                    self.by_address.insert(session.local, id);
                }
                self.sessions.insert(id, session);
                self.observe(now);
                Ok(id)
            }
            Err(handle) => {
                if let Some(handle) = handle {
                    let _ = self.core.plane.end(handle, now);
                }
                Err(ConnectError::Destination)
            }
        }
    }

    /// Whether the session is established (TCP), or may send (UDP).
    pub fn is_open(&mut self, id: SessionId) -> bool {
        let Some(session) = self.sessions.get_mut(&id) else {
            return false;
        };
        match session.tcp(&mut self.stock.stack) {
            Some(socket) => socket.may_send(),
            None => true,
        }
    }

    /// Whether the PCB is gone: refused, timed out, reset, or closed by both.
    pub fn is_over(&mut self, id: SessionId) -> bool {
        let host = &mut self.stock.stack;
        self.sessions
            .get_mut(&id)
            .is_none_or(|session| session.is_gone(host))
    }

    /// Whether the peer closed its side.
    pub fn is_half_closed(&mut self, id: SessionId) -> bool {
        let Some(session) = self.sessions.get_mut(&id) else {
            return true;
        };
        session
            .tcp(&mut self.stock.stack)
            .is_some_and(|socket| socket.state() == tcp::State::CloseWait)
    }

    /// Where its TCP stands.
    pub fn tcp_state(&mut self, id: SessionId) -> Option<tcp::State> {
        let session = self.sessions.get_mut(&id)?;
        Some(session.tcp(&mut self.stock.stack)?.state())
    }

    /// Its local address; `None`: it is over and forgotten.
    pub fn local(&self, id: SessionId) -> Option<Ipv6Addr> {
        self.sessions.get(&id).map(|session| session.local)
    }

    /// Whether its address is one of the plane.
    pub fn has_ephemeral(&self, id: SessionId) -> bool {
        self.sessions
            .get(&id)
            .is_some_and(|session| matches!(session.place, Place::Own(..)))
    }

    /// Sends; how much was taken.
    pub fn send(&mut self, id: SessionId, data: &[u8]) -> usize {
        let Some(session) = self.sessions.get_mut(&id) else {
            return 0;
        };
        let peer = IpEndpoint::new(IpAddress::Ipv6(session.peer), session.peer_port);
        if let Some(socket) = session.tcp(&mut self.stock.stack) {
            return socket.send_slice(data).unwrap_or(0);
        }
        let sent = session
            .udp(&mut self.stock.stack)
            .is_some_and(|socket| socket.send_slice(data, peer).is_ok());
        if sent { data.len() } else { 0 }
    }

    /// Receives what is there.
    pub fn receive_from(&mut self, id: SessionId) -> Vec<u8> {
        let mut data = vec![0; 4096];
        let Some(session) = self.sessions.get_mut(&id) else {
            return Vec::new();
        };
        let n = if let Some(socket) = session.tcp(&mut self.stock.stack) {
            socket.recv_slice(&mut data).unwrap_or(0)
        } else if let Some(socket) = session.udp(&mut self.stock.stack) {
            socket.recv_slice(&mut data).map_or(0, |(n, _)| n)
        } else {
            0
        };
        data.truncate(n);
        data
    }

    /// close(): TCP says goodbye, and may stay in TIME_WAIT; UDP is over.
    pub fn close(&mut self, id: SessionId, now: Micros) {
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
        };
        session.closed = true;
        if let Some(socket) = session.tcp(&mut self.stock.stack) {
            socket.close();
            if let Place::Own(_, handle) = session.place {
                let _ = self.core.plane.linger(handle, LINGER_MS, now);
            }
        } else {
            self.end(id, now);
        }
    }

    /// Closes with a reset, as a process does that is killed with data unread.
    pub fn abort(&mut self, id: SessionId) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.closed = true;
            if let Some(socket) = session.tcp(&mut self.stock.stack) {
                socket.abort();
            }
        }
    }

    /// What happens to all sessions with addresses of the plane when their interface
    /// goes away for good.
    pub fn abort_all(&mut self) {
        let own = |(id, session): (&SessionId, &Session)| match session.place {
            Place::Own(..) => Some(*id),
            Place::Host => None,
        };
        let all: Vec<_> = self.sessions.iter().filter_map(own).collect();
        for id in all {
            self.abort(id);
        }
    }

    /// PCBs that went since the last call: their sessions follow soon.
    pub(super) fn detach(&mut self, now: Micros) {
        let mut over = Vec::new();
        for (id, session) in &mut self.sessions {
            if !session.closed || session.detached || !session.is_gone(&mut self.stock.stack) {
                continue;
            }
            session.detached = true;
            match session.place {
                Place::Own(_, handle) => {
                    if session.app.is_some() {
                        // What comes in would meet the listener now.
                        let _ = self.core.plane.closing(handle);
                    }
                    let _ = self.core.plane.linger(handle, GRACE_MS, now);
                }
                Place::Host => over.push(*id),
            }
        }
        for id in over {
            self.end(id, now);
        }
    }

    /// The core asks whether this session's PCB is gone.
    pub(super) fn check(&mut self, handle: Handle, now: Micros) {
        let Ok(cookie) = self.core.plane.cookie(handle) else {
            return;
        };
        let id = SessionId(cookie);
        if self.is_over(id) {
            self.end(id, now);
        } else {
            let _ = self.core.plane.checked(handle, now);
        }
    }

    /// A session is over, and its address with it.
    fn end(&mut self, id: SessionId, now: Micros) {
        let Some(session) = self.sessions.remove(&id) else {
            return;
        };
        match session.place {
            Place::Own(_, handle) => {
                self.by_address.remove(&session.local);
                let _ = self.core.plane.end(handle, now);
            }
            Place::Host => {
                self.stock.stack.sockets.remove(session.socket);
            }
        }
        self.observe(now);
    }
}
