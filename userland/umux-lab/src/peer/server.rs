// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The echo server in a namespace: as `host::echo`, on the kernel's sockets.

use crate::host::echo::{BYE, PORT};
use crate::link::netns::Namespace;
use socket2::SockRef;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How soon the UDP half sees that it is to end.
const LOOK: Duration = Duration::from_millis(200);

/// The server; it ends when this is dropped.
pub struct Server {
    listener: TcpListener,
    stop: Arc<AtomicBool>,
    clients: Arc<Mutex<Vec<Ipv6Addr>>>,
}

impl Server {
    /// Listens on all addresses of the namespace.
    pub fn start(namespace: &Namespace) -> io::Result<Server> {
        let any = SocketAddr::from((Ipv6Addr::UNSPECIFIED, PORT));
        let (listener, datagrams) =
            namespace.run(|| Ok((TcpListener::bind(any)?, UdpSocket::bind(any)?)))?;
        let server = Server {
            listener: listener.try_clone()?,
            stop: Arc::default(),
            clients: Arc::default(),
        };
        let (stop, clients) = (Arc::clone(&server.stop), Arc::clone(&server.clients));
        std::thread::spawn(move || accept(&listener, &stop, &clients));
        datagrams.set_read_timeout(Some(LOOK))?;
        let stop = Arc::clone(&server.stop);
        std::thread::spawn(move || echo_datagrams(&datagrams, &stop));
        Ok(server)
    }

    /// Who connected.
    pub fn clients(&self) -> Vec<Ipv6Addr> {
        let clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes accept().
        let _ = SockRef::from(&self.listener).shutdown(Shutdown::Both);
    }
}

fn accept(listener: &TcpListener, stop: &AtomicBool, clients: &Mutex<Vec<Ipv6Addr>>) {
    loop {
        let accepted = listener.accept();
        if stop.load(Ordering::SeqCst) {
            return;
        }
        let Ok((stream, from)) = accepted else {
            // Out of descriptors, perhaps: not for ever.
            std::thread::sleep(LOOK);
            continue;
        };
        if let IpAddr::V6(from) = from.ip() {
            let mut clients = clients.lock().unwrap_or_else(PoisonError::into_inner);
            clients.push(from);
        }
        std::thread::spawn(move || {
            // A client that goes away is no concern of the server's.
            let _ = echo(stream);
        });
    }
}

fn echo(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut data = [0; 4096];
    loop {
        let n = stream.read(&mut data)?;
        if n == 0 {
            return Ok(());
        }
        stream.write_all(&data[..n])?;
        if data[..n].ends_with(BYE) {
            return stream.shutdown(Shutdown::Write);
        }
    }
}

fn echo_datagrams(socket: &UdpSocket, stop: &AtomicBool) {
    let mut data = [0; 4096];
    while !stop.load(Ordering::SeqCst) {
        if let Ok((n, from)) = socket.recv_from(&mut data) {
            let _ = socket.send_to(&data[..n], from);
        }
    }
}
