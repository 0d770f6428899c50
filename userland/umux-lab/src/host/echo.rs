// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The server of the lab's peers: sends back what it gets, over TCP and UDP, on
//! the echo port (RFC 862).

use super::app::{App, BUFFER};
use super::listening::Listening;
use super::stack::Stack;
use smoltcp::iface::SocketHandle;
use smoltcp::socket::{tcp, udp};
use smoltcp::time::Duration;
use std::net::Ipv6Addr;
use umux_core::plane::Micros;

pub use super::app::BYE;

/// The echo port.
pub const PORT: u16 = 7;

/// How often a server asks a silent client, and when it gives up.
const ASK: Duration = Duration::from_secs(60);
const GIVE_UP: Duration = Duration::from_secs(300);

/// How long a resolution may take: three solicitations, a second apart.
const RESOLVED: Micros = 3_000_000;

/// Buffers of a TCP socket.
pub fn tcp_socket() -> tcp::Socket<'static> {
    let buffer = || tcp::SocketBuffer::new(vec![0; BUFFER]);
    let mut socket = tcp::Socket::new(buffer(), buffer());
    socket.set_nagle_enabled(false);
    socket.set_ack_delay(None);
    socket
}

/// A server's: as they do, it asks a client that says nothing whether it is there, and
/// gives up.  One whose reset was lost would have its connection for ever.
pub fn server_socket() -> tcp::Socket<'static> {
    let mut socket = tcp_socket();
    socket.set_keep_alive(Some(ASK));
    socket.set_timeout(Some(GIVE_UP));
    socket
}

/// Buffers of a UDP socket.
pub fn udp_socket() -> udp::Socket<'static> {
    let buffer = || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; 8], vec![0; BUFFER]);
    udp::Socket::new(buffer(), buffer())
}

/// The server on a simulated host.
pub struct Echo {
    tcp: Listening,
    udp: SocketHandle,
    /// Since when a datagram waits for its receiver's link-layer address.
    waits: Option<Micros>,
}

impl Echo {
    /// Listens on all addresses of a stack.
    pub fn start(stack: &mut Stack) -> Echo {
        let mut socket = udp_socket();
        // A port that is not 0 on a fresh socket is never refused.
        let _ = socket.bind(PORT);
        Echo {
            tcp: Listening::start(stack, PORT, App::Echo),
            udp: stack.sockets.add(socket),
            waits: None,
        }
    }

    /// Source addresses of the connections that were accepted.
    pub fn clients(&self) -> &[Ipv6Addr] {
        self.tcp.clients()
    }

    /// Serves what came.
    pub fn serve(&mut self, stack: &mut Stack, now: Micros) {
        self.tcp.serve(stack);
        let socket = stack.sockets.get_mut::<udp::Socket>(self.udp);
        self.waits = (socket.send_queue() > 0).then_some(self.waits.unwrap_or(now));
        if self.waits.is_some_and(|since| now > since + RESOLVED) {
            // smoltcp would ask for ever, and for nobody else (RFC 4861, 7.2.2).
            socket.close();
            let _ = socket.bind(PORT);
            self.waits = None;
        }
        while let Ok((data, from)) = socket.recv() {
            let data = data.to_vec();
            let _ = socket.send_slice(&data, from);
        }
    }
}
