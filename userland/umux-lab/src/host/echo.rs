// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The server of the lab's peers: sends back what it gets, over TCP and UDP, on
//! the echo port (RFC 862).  A line [`BYE`] makes it close the connection first.

use super::stack::Stack;
use smoltcp::iface::SocketHandle;
use smoltcp::socket::{tcp, udp};
use smoltcp::wire::IpAddress;
use std::net::Ipv6Addr;

/// The echo port.
pub const PORT: u16 = 7;

/// What makes the server close first.
pub const BYE: &[u8] = b"bye\n";

const BUFFER: usize = 4096;

/// Connections that may come at once.
const BACKLOG: usize = 16;

/// Buffers of a TCP socket.
pub fn tcp_socket() -> tcp::Socket<'static> {
    let buffer = || tcp::SocketBuffer::new(vec![0; BUFFER]);
    let mut socket = tcp::Socket::new(buffer(), buffer());
    socket.set_nagle_enabled(false);
    socket.set_ack_delay(None);
    socket
}

/// Buffers of a UDP socket.
pub fn udp_socket() -> udp::Socket<'static> {
    let buffer = || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; 8], vec![0; BUFFER]);
    udp::Socket::new(buffer(), buffer())
}

/// The server on a simulated host.
pub struct Echo {
    tcp: Vec<Connection>,
    udp: SocketHandle,
    clients: Vec<Ipv6Addr>,
}

struct Connection {
    socket: SocketHandle,
    /// Its client is on the list.
    noted: bool,
}

impl Echo {
    /// Listens on all addresses of a stack.
    pub fn start(stack: &mut Stack) -> Echo {
        let mut socket = udp_socket();
        // A port that is not 0 on a fresh socket is never refused.
        let _ = socket.bind(PORT);
        let mut echo = Echo {
            tcp: Vec::new(),
            udp: stack.sockets.add(socket),
            clients: Vec::new(),
        };
        echo.listen(stack);
        echo
    }

    /// Source addresses of the connections that were accepted.
    pub fn clients(&self) -> &[Ipv6Addr] {
        &self.clients
    }

    fn listen(&mut self, stack: &mut Stack) {
        let waiting = self
            .tcp
            .iter()
            .filter(|c| stack.sockets.get::<tcp::Socket>(c.socket).is_listening())
            .count();
        for _ in waiting..BACKLOG {
            let mut socket = tcp_socket();
            let _ = socket.listen(PORT);
            self.tcp.push(Connection {
                socket: stack.sockets.add(socket),
                noted: false,
            });
        }
    }

    /// Serves what came.
    pub fn serve(&mut self, stack: &mut Stack) {
        self.tcp.retain_mut(|connection| {
            let socket = stack.sockets.get_mut::<tcp::Socket>(connection.socket);
            if socket.state() == tcp::State::Closed {
                stack.sockets.remove(connection.socket);
                return false;
            }
            if socket.state() == tcp::State::Established && !connection.noted {
                connection.noted = true;
                if let Some(IpAddress::Ipv6(client)) = socket.remote_endpoint().map(|e| e.addr) {
                    self.clients.push(client);
                }
            }
            serve(socket);
            true
        });
        self.listen(stack);
        let socket = stack.sockets.get_mut::<udp::Socket>(self.udp);
        while let Ok((data, from)) = socket.recv() {
            let data = data.to_vec();
            let _ = socket.send_slice(&data, from);
        }
    }
}

fn serve(socket: &mut tcp::Socket<'_>) {
    if socket.can_recv() && socket.can_send() {
        let mut data = [0; BUFFER];
        let n = socket.recv_slice(&mut data).unwrap_or(0);
        let _ = socket.send_slice(&data[..n]);
        if data[..n].ends_with(BYE) {
            socket.close();
        }
    }
    // The client closed first.
    if socket.state() == tcp::State::CloseWait && !socket.can_recv() {
        socket.close();
    }
}
