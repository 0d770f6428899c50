// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What the lab's servers do with a connection.

use super::relay::{Relay, Way};
use smoltcp::socket::tcp;
use std::net::SocketAddr;
use std::sync::Arc;

/// What makes an echo server close first.
pub const BYE: &[u8] = b"bye\n";

/// Bytes that a socket holds in each direction; no request is longer.
pub const BUFFER: usize = 4096;

/// Most lines in the head of a request.
const HEADERS: usize = 32;

/// A server's program.
#[derive(Clone, Debug)]
pub enum App {
    /// Sends back what it gets (RFC 862); a line [`BYE`] makes it close first.
    Echo,
    /// Answers every GET with who asks, and which address was asked (RFC 9112).
    Http,
    /// Hands connections on to a program of the machine.
    Relay(Arc<Way>),
}

/// A server's program at work on one connection.
#[derive(Debug)]
pub struct Serving {
    app: App,
    relay: Option<Relay>,
}

impl From<App> for Serving {
    fn from(app: App) -> Serving {
        Serving { app, relay: None }
    }
}

impl Serving {
    /// Does what is to be done for it now.
    pub fn serve(&mut self, socket: &mut tcp::Socket<'_>) {
        match &self.app {
            App::Echo => echo(socket),
            App::Http => http(socket),
            App::Relay(way) => {
                if self.relay.is_none() && socket.state() == tcp::State::Established {
                    match way.open() {
                        Ok(relay) => self.relay = Some(relay),
                        Err(_) => socket.abort(),
                    }
                }
                // It closes when the program has said all.
                if let Some(relay) = &mut self.relay {
                    relay.carry(socket);
                }
                return;
            }
        }
        // The client closed first.
        if socket.state() == tcp::State::CloseWait && !socket.can_recv() {
            socket.close();
        }
    }
}

fn echo(socket: &mut tcp::Socket<'_>) {
    if socket.can_recv() && socket.can_send() {
        let mut data = [0; BUFFER];
        let n = socket.recv_slice(&mut data).unwrap_or(0);
        let _ = socket.send_slice(&data[..n]);
        if data[..n].ends_with(BYE) {
            socket.close();
        }
    }
}

/// A request that is there as a whole.
struct Request {
    len: usize,
    status: &'static str,
    has_body: bool,
    is_last: bool,
}

fn http(socket: &mut tcp::Socket<'_>) {
    let full = socket.recv_queue() == socket.recv_capacity();
    // Looked at, and left where it is until all of it is there.
    let asked = socket.recv(|data| (0, parse(data, full))).ok().flatten();
    let (Some(request), Some(local), Some(remote)) =
        (asked, socket.local_endpoint(), socket.remote_endpoint())
    else {
        return;
    };
    let [local, remote] = [local, remote].map(|end| SocketAddr::new(end.addr.into(), end.port));
    let _ = socket.recv(|_| (request.len, ()));
    let body = match request.status {
        "200 OK" => format!("you are {remote}, and this is {local}\n"),
        status => format!("{status}\n"),
    };
    let head = format!(
        "HTTP/1.1 {}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n{}\r\n",
        request.status,
        body.len(),
        if request.is_last {
            "Connection: close\r\n"
        } else {
            ""
        }
    );
    // A client that does not read loses its answer, which is short.
    let _ = socket.send_slice(head.as_bytes());
    if request.has_body {
        let _ = socket.send_slice(body.as_bytes());
    }
    if request.is_last {
        socket.close();
    }
}

/// `None`: its end has not come.  `full`: there is no room for more.
fn parse(data: &[u8], full: bool) -> Option<Request> {
    let bad = |status| Request {
        len: data.len(),
        status,
        has_body: true,
        is_last: true,
    };
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    let len = match head.parse(data) {
        Ok(httparse::Status::Complete(len)) => len,
        Ok(httparse::Status::Partial) if full => {
            return Some(bad("431 Request Header Fields Too Large"));
        }
        Ok(httparse::Status::Partial) => return None,
        Err(httparse::Error::TooManyHeaders) => {
            return Some(bad("431 Request Header Fields Too Large"));
        }
        Err(_) => return Some(bad("400 Bad Request")),
    };
    let closes = head.headers.iter().any(|header| {
        header.name.eq_ignore_ascii_case("connection")
            && header.value.eq_ignore_ascii_case(b"close")
    });
    match head.method {
        Some(method @ ("GET" | "HEAD")) => Some(Request {
            len,
            status: "200 OK",
            has_body: method == "GET",
            is_last: closes || head.version == Some(0),
        }),
        // What follows may be a body, which nobody reads here.
        _ => Some(bad("405 Method Not Allowed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(request: &str, full: bool) -> Option<(&'static str, bool, bool)> {
        let parsed = parse(request.as_bytes(), full)?;
        Some((parsed.status, parsed.has_body, parsed.is_last))
    }

    #[test]
    fn requests_get_the_answer_that_http_says() {
        let ok = "200 OK";
        let get = "GET / HTTP/1.1\r\nHost: ssa\r\n\r\n";
        assert_eq!(answer(get, false), Some((ok, true, false)));
        let head = "HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n";
        assert_eq!(answer(head, false), Some((ok, false, true)));
        let old = "GET / HTTP/1.0\r\n\r\n";
        assert_eq!(answer(old, false), Some((ok, true, true)));
        let post = "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi";
        assert_eq!(
            answer(post, false),
            Some(("405 Method Not Allowed", true, true))
        );
        assert_eq!(
            answer("hello\r\n\r\n", false),
            Some(("400 Bad Request", true, true))
        );
    }

    #[test]
    fn a_request_that_has_not_come_yet_is_waited_for_unless_it_never_can() {
        let begin = "GET / HTTP/1.1\r\nHost: s";
        assert_eq!(answer(begin, false), None);
        let (status, ..) = answer(begin, true).expect("an answer");
        assert!(status.starts_with("431"), "{status}");
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(HEADERS + 1));
        let (status, ..) = answer(&many, false).expect("an answer");
        assert!(status.starts_with("431"), "{status}");
    }

    #[test]
    fn what_follows_a_request_is_the_next_one() {
        let get = "GET / HTTP/1.1\r\n\r\n";
        let two = get.repeat(2);
        assert_eq!(parse(two.as_bytes(), false).map(|r| r.len), Some(get.len()));
    }
}
