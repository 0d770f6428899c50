// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A listener at all addresses of a stack, as programs have one.

use super::app::{App, Serving};
use super::echo::server_socket;
use super::stack::Stack;
use smoltcp::iface::SocketHandle;
use smoltcp::socket::tcp;
use smoltcp::wire::IpAddress;
use std::net::Ipv6Addr;

/// Connections that may come at once.
const BACKLOG: usize = 32;

/// Clients that are remembered; a server that runs for long has more.
const CLIENTS_MAX: usize = 4096;

/// A listener, and the connections that it accepted.
pub struct Listening {
    /// Its port.
    pub port: u16,
    /// What it does with connections.
    pub app: App,
    /// Connections are refused at accept(): the second line of a LISTEN_0.
    pub guarded: bool,
    connections: Vec<Connection>,
    clients: Vec<Ipv6Addr>,
}

struct Connection {
    socket: SocketHandle,
    accepted: bool,
    serving: Serving,
}

impl Listening {
    /// listen().
    pub fn start(stack: &mut Stack, port: u16, app: App) -> Listening {
        let mut listening = Listening {
            port,
            app,
            guarded: false,
            connections: Vec::new(),
            clients: Vec::with_capacity(CLIENTS_MAX),
        };
        listening.replenish(stack);
        listening
    }

    /// Source addresses of the connections that were accepted, of the last ones if they
    /// are many.
    pub fn clients(&self) -> &[Ipv6Addr] {
        &self.clients
    }

    /// The sockets that wait are one listener together.
    fn replenish(&mut self, stack: &mut Stack) {
        let waiting = self
            .connections
            .iter()
            .filter(|c| stack.sockets.get::<tcp::Socket>(c.socket).is_listening())
            .count();
        for _ in waiting..BACKLOG {
            let mut socket = server_socket();
            // A port that is not 0 on a fresh socket is never refused.
            let _ = socket.listen(self.port);
            self.connections.push(Connection {
                socket: stack.sockets.add(socket),
                accepted: false,
                serving: self.app.clone().into(),
            });
        }
    }

    /// Serves what came.
    pub fn serve(&mut self, stack: &mut Stack) {
        self.connections.retain_mut(|connection| {
            let socket = stack.sockets.get_mut::<tcp::Socket>(connection.socket);
            if socket.state() == tcp::State::Closed {
                stack.sockets.remove(connection.socket);
                return false;
            }
            if socket.state() == tcp::State::Established && !connection.accepted {
                connection.accepted = true;
                if self.guarded {
                    socket.abort();
                    return true;
                }
                if let Some(IpAddress::Ipv6(client)) = socket.remote_endpoint().map(|e| e.addr) {
                    if self.clients.len() == CLIENTS_MAX {
                        self.clients.drain(..CLIENTS_MAX / 2);
                    }
                    self.clients.push(client);
                }
            }
            connection.serving.serve(socket);
            true
        });
        self.replenish(stack);
    }

    /// close() of the listener; what it accepted goes on no more.
    pub fn stop(self, stack: &mut Stack) {
        for connection in self.connections {
            stack.sockets.remove(connection.socket);
        }
    }
}
