// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Connections through addresses that were armed.  Around the core it goes as in
//! kmod/umux_das.c.
//!
//! A kernel's listener gets the packets of a handshake by its port, and its SYN cache
//! answers them.  Here each address has a stack of its own with one listening socket
//! from the first SYN on; while that has no connection it stands for an entry of the
//! SYN cache, and for a PCB from then on.

use super::app::App;
use super::connect::{LINGER_MS, Proto};
use super::echo::server_socket;
use super::node::Node;
use super::session::{Place, Session};
use super::stack::Stack;
use crate::link::ether::Ether;
use smoltcp::iface::SocketHandle;
use smoltcp::socket::tcp;
use smoltcp::wire::{IpAddress, IpListenEndpoint};
use std::net::Ipv6Addr;
use umux_core::plane::Micros;
use umux_core::table::Handle;
use umux_core::table::slot::Phase;
use umux_core::wire::ip6::Ip6;

/// A connection that has not come to be, or that nobody has seen yet.
pub(super) struct Handshake {
    pub stack: Box<Stack>,
    socket: SocketHandle,
    app: App,
}

impl Handshake {
    fn new(mut stack: Stack, ssa: Ipv6Addr, port: u16, app: App) -> Handshake {
        stack.add(ssa);
        let mut socket = server_socket();
        // A port that is not 0 on a fresh socket is never refused.
        let _ = socket.listen(IpListenEndpoint {
            addr: Some(IpAddress::Ipv6(ssa)),
            port,
        });
        Handshake {
            socket: stack.sockets.add(socket),
            stack: Box::new(stack),
            app,
        }
    }

    fn state(&self) -> tcp::State {
        let socket = self.stack.sockets.get::<tcp::Socket>(self.socket);
        socket.state()
    }

    /// Whether a kernel would have a PCB for it.
    fn has_pcb(&self) -> bool {
        !matches!(self.state(), tcp::State::Listen | tcp::State::SynReceived)
    }
}

impl Node {
    /// A packet to an address that waits for its client: comes in, or does not.
    pub(super) fn admit(&mut self, frame: &[u8], now: Micros) {
        let Some(packet) = Ether::parse(frame).map(|ether| ether.packet) else {
            return;
        };
        let Some(ssa) = Ip6::parse(packet).map(|ip6| ip6.dst()) else {
            return;
        };
        if !self.core.plane.admit(packet, true, now) {
            return;
        }
        if !self.handshakes.contains_key(&ssa) {
            let Some(handshake) = self.handshake(ssa, now) else {
                return;
            };
            self.handshakes.insert(ssa, handshake);
        }
        if let Some(handshake) = self.handshakes.get_mut(&ssa) {
            handshake.stack.receive(frame);
        }
    }

    fn handshake(&mut self, ssa: Ipv6Addr, now: Micros) -> Option<Handshake> {
        let (_, view) = self.core.table.find(ssa.into())?;
        let port = view.meta.lport();
        let app = self
            .served
            .iter()
            .find(|served| served.port == port)?
            .app
            .clone();
        let stack = Stack::new(self.mac, self.seed(), now);
        Some(Handshake::new(stack, ssa, port, app))
    }

    /// The connection through an address has its PCB, and something shows it: it is a
    /// session from now on.
    pub(super) fn seen(&mut self, ssa: Ipv6Addr, now: Micros) {
        if !self.handshakes.get(&ssa).is_some_and(Handshake::has_pcb) {
            return;
        }
        let (Some(handshake), Some((_, view))) = (
            self.handshakes.remove(&ssa),
            self.core.table.find(ssa.into()),
        ) else {
            return;
        };
        let id = self.new_id();
        let (peer, port) = (Ipv6Addr::from(view.peer), view.meta.fport());
        let Ok(handle) = self.core.plane.das_bind(ssa, peer, port, id.0, now) else {
            return;
        };
        let session = Session {
            place: Place::Own(handshake.stack, handle),
            socket: handshake.socket,
            proto: Proto::Tcp,
            local: ssa,
            local_port: view.meta.lport(),
            peer,
            peer_port: port,
            app: Some(handshake.app.into()),
            closed: false,
            detached: false,
        };
        self.by_address.insert(ssa, id);
        self.sessions.insert(id, session);
        self.observe(now);
    }

    /// The core asks whether a connection has come to be.
    pub(super) fn find_pcb(&mut self, handle: Handle, now: Micros) {
        let Ok((_, ssa, ..)) = self.core.plane.das_tuple(handle) else {
            return;
        };
        self.seen(ssa, now);
        // Of one that was seen it is stale.
        let _ = self.core.plane.das_absent(handle, now);
    }

    /// The node's servers are too busy to accept and to serve, or no longer.
    pub fn set_busy(&mut self, busy: bool) {
        self.busy = busy;
    }

    /// accept(), and what the servers do with what they accepted; whether they have
    /// any connections.
    pub(super) fn run_servers(&mut self, now: Micros) -> bool {
        if self.busy {
            return false;
        }
        let mut any = false;
        let come = self.handshakes.iter().filter(|(_, h)| h.has_pcb());
        let come: Vec<_> = come.map(|(ssa, _)| *ssa).collect();
        for ssa in come {
            self.seen(ssa, now);
        }
        let host = &mut self.stock.stack;
        for session in self.sessions.values_mut() {
            let Place::Own(_, handle) = &session.place else {
                continue;
            };
            let handle = *handle;
            if session.closed {
                continue;
            }
            let Some(mut app) = session.app.take() else {
                continue;
            };
            any = true;
            let mut closed = false;
            if let Some(socket) = session.tcp(host) {
                app.serve(socket);
                closed = !matches!(
                    socket.state(),
                    tcp::State::Established | tcp::State::CloseWait
                );
            }
            session.app = Some(app);
            if closed {
                session.closed = true;
                let _ = self.core.plane.linger(handle, LINGER_MS, now);
            }
        }
        any
    }

    /// Those whose address fell silent.
    pub(super) fn forget_handshakes(&mut self) {
        let table = self.core.table;
        self.handshakes
            .retain(|ssa, _| matches!(table.phase((*ssa).into()), Phase::Locked | Phase::Acked));
    }
}
