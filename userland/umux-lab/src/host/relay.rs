// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A connection of the node handed on to a server program of the machine, which is as
//! it is everywhere.
//!
//! The node's TCP is not the machine's, so that no program can listen on it. What a
//! client sends is therefore said again to the program, by a connection of the
//! machine's own, and back: the program is not changed, but takes the lab for its
//! client.

use super::app::BUFFER;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use smoltcp::socket::tcp;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr};

/// Where connections are handed on to, and who waits for what comes back.
#[derive(Debug)]
pub struct Way {
    to: SocketAddr,
    registry: Registry,
}

impl Way {
    /// All that comes back wakes whoever polls `registry`, with this token.
    pub const TOKEN: Token = Token(usize::MAX);

    /// To a program that listens there.
    pub fn new(to: SocketAddr, registry: Registry) -> Way {
        Way { to, registry }
    }

    /// A further connection.
    pub fn open(&self) -> io::Result<Relay> {
        let mut program = TcpStream::connect(self.to)?;
        let both = Interest::READABLE | Interest::WRITABLE;
        self.registry.register(&mut program, Way::TOKEN, both)?;
        Ok(Relay {
            program,
            said: false,
        })
    }
}

/// One connection to the program.
#[derive(Debug)]
pub struct Relay {
    program: TcpStream,
    /// The client has said all it has to say, and the program knows.
    said: bool,
}

/// It goes on when something comes.
fn later(error: &io::Error) -> bool {
    // A connection that is not there yet is not connected, if it is asked.
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::NotConnected | ErrorKind::Interrupted
    )
}

impl Relay {
    /// Carries what there is in both directions.
    pub fn carry(&mut self, socket: &mut tcp::Socket<'_>) {
        match self.try_carry(socket) {
            Ok(true) => {}
            // The program closed.
            Ok(false) => socket.close(),
            // It is not there, or was killed: the client learns it.
            Err(_) => socket.abort(),
        }
    }

    /// False: the program has nothing more to say.
    fn try_carry(&mut self, socket: &mut tcp::Socket<'_>) -> io::Result<bool> {
        if let Some(error) = self.program.take_error()? {
            return Err(error);
        }
        while socket.can_recv() {
            let carried = socket.recv(|data| match self.program.write(data) {
                Ok(n) => (n, Ok(n)),
                Err(e) if later(&e) => (0, Ok(0)),
                Err(e) => (0, Err(e)),
            });
            match carried {
                Ok(Ok(n)) if n > 0 => {}
                Ok(Err(e)) => return Err(e),
                _ => break,
            }
        }
        if !socket.may_recv() && !self.said {
            match self.program.shutdown(Shutdown::Write) {
                Ok(()) => self.said = true,
                Err(e) if later(&e) => {}
                Err(e) => return Err(e),
            }
        }
        let mut data = [0; BUFFER];
        loop {
            let room = (socket.send_capacity() - socket.send_queue()).min(data.len());
            if room == 0 || !socket.can_send() {
                return Ok(true);
            }
            match self.program.read(&mut data[..room]) {
                Ok(0) => return Ok(false),
                Ok(n) => {
                    // There is room for all of it.
                    let _ = socket.send_slice(&data[..n]);
                }
                Err(e) if later(&e) => return Ok(true),
                Err(e) => return Err(e),
            }
        }
    }
}
