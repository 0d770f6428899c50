// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! aarpctl(8): a line of JSON each way. Only who started aarpd can connect.

use aarp::control::Request;
use nix::errno::Errno;
use nix::sys::socket::{SockFlag, accept4};
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;

/// Longest request.
const REQUEST_MAX: usize = 4096;

/// Most that are connected at once.
const MAX: usize = 16;

/// One connection.
struct Connection {
    stream: UnixStream,
    request: Vec<u8>,
    reply: Vec<u8>,
    sent: usize,
}

/// All of them.
pub struct Connections {
    all: BTreeMap<u64, Connection>,
    next: u64,
}

/// How far a connection is.
pub enum Progress {
    /// It has asked for this.
    Request(Result<Request, String>),
    /// More is to come.
    Wait,
    /// It is over.
    End,
}

impl Connections {
    /// None; numbers begin with `first`.
    pub fn new(first: u64) -> Connections {
        Connections {
            all: BTreeMap::new(),
            next: first,
        }
    }

    /// Accepts one. `Ok(None)`: there is none (that can be served).
    pub fn accept(&mut self, listener: &OwnedFd) -> nix::Result<Option<u64>> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        loop {
            let stream = match accept4(listener.as_raw_fd(), flags) {
                // SAFETY: the kernel has just made it, and nobody else knows it.
                Ok(fd) => UnixStream::from(unsafe { OwnedFd::from_raw_fd(fd) }),
                Err(Errno::EINTR | Errno::ECONNABORTED) => continue,
                Err(Errno::EAGAIN) => return Ok(None),
                Err(e) => return Err(e),
            };
            if self.all.len() >= MAX {
                continue;
            }
            let number = self.next;
            self.next += 1;
            let connection = Connection {
                stream,
                request: Vec::new(),
                reply: Vec::new(),
                sent: 0,
            };
            self.all.insert(number, connection);
            return Ok(Some(number));
        }
    }

    pub fn fd(&self, number: u64) -> Option<i32> {
        self.all
            .get(&number)
            .map(|connection| connection.stream.as_raw_fd())
    }

    pub fn remove(&mut self, number: u64) {
        self.all.remove(&number);
    }

    /// Something can be read or written.
    pub fn ready(&mut self, number: u64) -> Progress {
        match self.all.get_mut(&number) {
            Some(connection) if connection.reply.is_empty() => connection.read(),
            Some(connection) => connection.write(),
            None => Progress::End,
        }
    }

    /// Begins to reply.
    pub fn reply(&mut self, number: u64, reply: &serde_json::Value) -> Progress {
        let Some(connection) = self.all.get_mut(&number) else {
            return Progress::End;
        };
        connection.reply = format!("{reply}\n").into_bytes();
        connection.write()
    }
}

impl Connection {
    fn read(&mut self) -> Progress {
        let mut bytes = [0; 1024];
        loop {
            match self.stream.read(&mut bytes) {
                Ok(0) => return Progress::End,
                Ok(n) => self
                    .request
                    .extend_from_slice(bytes.get(..n).unwrap_or_default()),
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Progress::Wait,
                Err(_) => return Progress::End,
            }
            if let Some(end) = self.request.iter().position(|byte| *byte == b'\n') {
                let line = self.request.get(..end).unwrap_or_default();
                let request = serde_json::from_slice(line).map_err(|e| {
                    format!("aarpd does not understand that ({e}): install aarpd and aarpctl from one release")
                });
                return Progress::Request(request);
            }
            if self.request.len() > REQUEST_MAX {
                return Progress::End;
            }
        }
    }

    fn write(&mut self) -> Progress {
        while let Some(rest) = self.reply.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match self.stream.write(rest) {
                Ok(0) => return Progress::End,
                Ok(n) => self.sent += n,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Progress::Wait,
                Err(_) => return Progress::End,
            }
        }
        Progress::End
    }
}
