// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The server of the lab's peers: sends back what it gets, over TCP and UDP, on
//! the echo port (RFC 862).  A line [`BYE`] makes it close the connection first.

use super::stack::Stack;
use smoltcp::iface::SocketHandle;
use smoltcp::socket::{tcp, udp};

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
    let buffer =
        || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; 8], vec![0; BUFFER]);
    udp::Socket::new(buffer(), buffer())
}

/// The server on a simulated host.
pub struct Echo {
    tcp: Vec<SocketHandle>,
    udp: SocketHandle,
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
        };
        echo.listen(stack);
        echo
    }

    fn listen(&mut self, stack: &mut Stack) {
        let waiting = self
            .tcp
            .iter()
            .filter(|handle| stack.sockets.get::<tcp::Socket>(**handle).is_listening())
            .count();
        for _ in waiting..BACKLOG {
            let mut socket = tcp_socket();
            let _ = socket.listen(PORT);
            self.tcp.push(stack.sockets.add(socket));
        }
    }

    /// Serves what came.
    pub fn serve(&mut self, stack: &mut Stack) {
        self.tcp.retain(|handle| {
            let socket = stack.sockets.get_mut::<tcp::Socket>(*handle);
            if socket.state() == tcp::State::Closed {
                stack.sockets.remove(*handle);
                return false;
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
