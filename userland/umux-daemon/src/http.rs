// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! As much of an HTTP server as scrapes need, for clients that need not be friendly: one
//! thread, few connections, each for one short request and for a short time. Nothing
//! waits for a client, and when there is no room for another, the oldest one goes.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::{Duration, Instant};

/// Connections at a time.
const CONNECTIONS: usize = 8;
/// Longest request, in bytes.
const REQUEST_MAX: usize = 4096;
/// Most headers of one.
const HEADERS: usize = 64;
/// How long a connection may take, and how long the client then has to hang up.
const LIMITS: Limits = Limits {
    whole: Duration::from_secs(10),
    end: Duration::from_secs(1),
};
/// After a failure that the next attempt would only repeat, as when descriptors are used
/// up.
const PAUSE: Duration = Duration::from_millis(100);

#[derive(Debug, Clone, Copy)]
struct Limits {
    whole: Duration,
    end: Duration,
}

/// Where clients come.
#[derive(Debug)]
pub enum Listener {
    /// TCP.
    Tcp(TcpListener),
    /// A Unix-domain socket.
    Unix(UnixListener),
}

/// What a client is told.
#[derive(Debug)]
pub struct Answer {
    /// HTTP's number for it.
    pub status: u16,
    /// What the body is.
    pub content_type: &'static str,
    /// The text.
    pub body: String,
}

impl Answer {
    /// A sentence for people.
    pub fn plain(status: u16, body: impl Into<String>) -> Answer {
        Answer {
            status,
            content_type: "text/plain; charset=utf-8",
            body: body.into(),
        }
    }

    fn encode(&self, with_body: bool) -> Vec<u8> {
        let reason = match self.status {
            200 => "OK",
            400 => "Bad Request",
            404 => "Not Found",
            405 => "Method Not Allowed",
            431 => "Request Header Fields Too Large",
            500 => "Internal Server Error",
            503 => "Service Unavailable",
            _ => "",
        };
        let allow = if self.status == 405 {
            "Allow: GET\r\n"
        } else {
            ""
        };
        let body = if with_body { self.body.as_str() } else { "" };
        let text = format!(
            "HTTP/1.1 {} {reason}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{allow}Connection: close\r\n\r\n{body}",
            self.status,
            self.content_type,
            self.body.len(),
        );
        text.into_bytes()
    }
}

/// A connection, of either kind.
trait Stream: Read + Write + AsFd {
    /// Says that nothing more will come.
    fn end(&self) -> io::Result<()>;
}

impl Stream for TcpStream {
    fn end(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}

impl Stream for UnixStream {
    fn end(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}

impl Listener {
    /// Nothing waits at it.
    pub(crate) fn set_nonblocking(&self) -> io::Result<()> {
        match self {
            Listener::Tcp(listener) => listener.set_nonblocking(true),
            Listener::Unix(listener) => listener.set_nonblocking(true),
        }
    }

    fn accept(&self) -> io::Result<Box<dyn Stream>> {
        Ok(match self {
            Listener::Tcp(listener) => {
                let (stream, _) = listener.accept()?;
                stream.set_nonblocking(true)?;
                Box::new(stream)
            }
            Listener::Unix(listener) => {
                let (stream, _) = listener.accept()?;
                stream.set_nonblocking(true)?;
                Box::new(stream)
            }
        })
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Listener::Tcp(listener) => listener.as_fd(),
            Listener::Unix(listener) => listener.as_fd(),
        }
    }
}

/// How far a connection has come.
enum Stage {
    /// So much of the request is there.
    Asks(Vec<u8>),
    /// So much of the answer has gone out.
    IsTold { answer: Vec<u8>, sent: usize },
    /// Told all. What comes still is read and forgotten: to close meanwhile would reset
    /// the connection, and the answer could be lost.
    Ends,
}

struct Connection {
    stream: Box<dyn Stream>,
    stage: Stage,
    until: Instant,
}

impl Connection {
    fn waits_for(&self) -> PollFlags {
        match self.stage {
            Stage::IsTold { .. } => PollFlags::POLLOUT,
            Stage::Asks(_) | Stage::Ends => PollFlags::POLLIN,
        }
    }

    /// One step further; is there more to come?
    fn step(&mut self, end: Duration, respond: &impl Fn(&str, &str) -> Answer) -> bool {
        match self.try_step(end, respond) {
            Ok(more) => more,
            Err(e) => matches!(
                e.kind(),
                io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
            ),
        }
    }

    fn try_step(
        &mut self,
        end: Duration,
        respond: &impl Fn(&str, &str) -> Answer,
    ) -> io::Result<bool> {
        let mut room = [0; REQUEST_MAX];
        match &mut self.stage {
            Stage::Asks(request) => {
                let count = self.stream.read(&mut room[..REQUEST_MAX - request.len()])?;
                request.extend_from_slice(&room[..count]);
                if let Some(answer) = parse(request, respond) {
                    self.stage = Stage::IsTold { answer, sent: 0 };
                }
                Ok(count > 0)
            }
            Stage::IsTold { answer, sent } => {
                let count = self.stream.write(&answer[*sent..])?;
                *sent += count;
                if *sent == answer.len() {
                    self.stream.end()?;
                    self.stage = Stage::Ends;
                    self.until = self.until.min(Instant::now() + end);
                }
                Ok(count > 0)
            }
            Stage::Ends => Ok(self.stream.read(&mut room)? > 0),
        }
    }
}

/// The answer to a request; none: its end has not come.
fn parse(request: &[u8], respond: &impl Fn(&str, &str) -> Answer) -> Option<Vec<u8>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    let too_long = || Answer::plain(431, "the request is too long\n").encode(true);
    match head.parse(request) {
        Ok(httparse::Status::Complete(_)) => {
            let method = head.method.unwrap_or_default();
            let answer = respond(method, head.path.unwrap_or_default());
            Some(answer.encode(method != "HEAD"))
        }
        Ok(httparse::Status::Partial) if request.len() < REQUEST_MAX => None,
        Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => Some(too_long()),
        Err(_) => Some(Answer::plain(400, "this is no request of HTTP/1\n").encode(true)),
    }
}

/// Answers for ever: `respond` is given a request's method and target.
pub fn serve(listener: &Listener, respond: impl Fn(&str, &str) -> Answer) {
    run(listener, LIMITS, respond)
}

fn run(listener: &Listener, limits: Limits, respond: impl Fn(&str, &str) -> Answer) {
    // The oldest comes first.
    let mut open: VecDeque<Connection> = VecDeque::new();
    let mut paused: Option<Instant> = None;
    loop {
        let now = Instant::now();
        open.retain(|connection| connection.until > now);
        paused = paused.filter(|until| *until > now);
        let ready = match wait(listener, &open, paused, now) {
            Ok(ready) => ready,
            Err(Errno::EINTR) => continue,
            Err(_) => {
                // Not sleep(): a confined process may have no system call for that.
                std::thread::park_timeout(PAUSE);
                continue;
            }
        };
        let mut each = ready.iter().copied();
        open.retain_mut(|connection| {
            !each.next().unwrap_or(false) || connection.step(limits.end, &respond)
        });
        if !each.next().unwrap_or(false) {
            continue;
        }
        match listener.accept() {
            Ok(stream) => {
                if open.len() >= CONNECTIONS {
                    open.pop_front();
                }
                open.push_back(Connection {
                    stream,
                    stage: Stage::Asks(Vec::new()),
                    until: Instant::now() + limits.whole,
                });
            }
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => paused = Some(Instant::now() + PAUSE),
        }
    }
}

/// Waits until something can be done: for each connection whether it can, and last for the
/// listener, unless that has a pause.
fn wait(
    listener: &Listener,
    open: &VecDeque<Connection>,
    paused: Option<Instant>,
    now: Instant,
) -> nix::Result<Vec<bool>> {
    let connections = open
        .iter()
        .map(|connection| PollFd::new(connection.stream.as_fd(), connection.waits_for()));
    let mut all: Vec<PollFd> = connections.collect();
    if paused.is_none() {
        all.push(PollFd::new(listener.as_fd(), PollFlags::POLLIN));
    }
    let ends = open.iter().map(|connection| connection.until);
    let limit = match ends.chain(paused).min() {
        None => PollTimeout::NONE,
        Some(next) => {
            // A millisecond more, not less: that is how exact the system's wait is.
            let left = next.saturating_duration_since(now) + Duration::from_millis(1);
            PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)
        }
    };
    poll(&mut all, limit)?;
    // Flags that nix does not know say something, too.
    let ready = all
        .iter()
        .map(|fd| fd.revents().is_none_or(|flags| !flags.is_empty()));
    Ok(ready.collect())
}

#[cfg(test)]
mod tests;
