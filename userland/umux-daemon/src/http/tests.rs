// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

use super::*;
use std::net::SocketAddr;

const PATIENCE: Duration = Duration::from_secs(20);
const GET: &[u8] = b"GET /big HTTP/1.1\r\nHost: here\r\n\r\n";

/// A body that no socket's buffers hold.
const BIG: usize = 16 << 20;

fn respond(method: &str, target: &str) -> Answer {
    match target {
        "/big" => Answer::plain(200, "x".repeat(BIG)),
        _ => Answer::plain(200, format!("{method} {target}")),
    }
}

fn server(limits: Limits) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    let listener = Listener::Tcp(listener);
    listener.set_nonblocking().expect("ours");
    std::thread::spawn(move || run(&listener, limits, respond));
    address
}

fn dial(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("ours");
    stream.set_write_timeout(Some(PATIENCE)).expect("ours");
    stream
}

fn said(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer");
    text
}

fn ask(address: SocketAddr, request: &str) -> String {
    let mut stream = dial(address);
    stream.write_all(request.as_bytes()).expect("it reads");
    said(stream)
}

fn works(address: SocketAddr) {
    let answer = ask(address, "GET /here?a=b HTTP/1.1\r\nHost: here\r\n\r\n");
    assert!(answer.ends_with("\r\n\r\nGET /here?a=b"), "{answer}");
}

/// It was hung up on: nothing came, or a reset.
fn is_dropped(mut stream: TcpStream) -> bool {
    match stream.read(&mut [0; 16]) {
        Ok(count) => count == 0,
        Err(e) => e.kind() == io::ErrorKind::ConnectionReset,
    }
}

#[test]
fn an_answer_is_as_http_says() {
    let address = server(LIMITS);
    let answer = ask(address, "GET /a HTTP/1.0\r\n\r\n");
    let expected = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n\
                    Content-Length: 6\r\nConnection: close\r\n\r\nGET /a";
    assert_eq!(answer, expected);
    let answer = ask(address, "HEAD /a HTTP/1.1\r\nHost: here\r\n\r\n");
    assert!(answer.contains("Content-Length: 7\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n"), "no body: {answer}");
    let answer = ask(address, "hello\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    let not = Answer::plain(405, "").encode(true);
    assert!(String::from_utf8_lossy(&not).contains("\r\nAllow: GET\r\n"));
}

#[test]
fn a_request_that_comes_in_pieces_is_put_together() {
    let mut stream = dial(server(LIMITS));
    for piece in ["GET /he", "re HTTP/1.1\r\nHo", "st: here\r\n", "\r\n"] {
        stream.write_all(piece.as_bytes()).expect("it reads");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(said(stream).ends_with("GET /here"));
}

#[test]
fn a_request_without_end_is_not_gathered() {
    let address = server(LIMITS);
    let many = format!("GET / HTTP/1.1\r\n{}", "A: b\r\n".repeat(HEADERS + 1));
    for (endless, what) in [
        (format!("GET /{}", "a".repeat(REQUEST_MAX)), "a line"),
        (many, "headers"),
    ] {
        let answer = ask(address, &endless);
        assert!(answer.starts_with("HTTP/1.1 431 "), "{what}: {answer}");
    }
    works(address);
}

#[test]
fn idle_connections_keep_nobody_out_and_the_oldest_go() {
    let address = server(LIMITS);
    let mut idle: Vec<TcpStream> = (0..3 * CONNECTIONS).map(|_| dial(address)).collect();
    works(address);
    let rest = idle.split_off(2 * CONNECTIONS);
    for stream in idle {
        assert!(is_dropped(stream), "there is no room for it any more");
    }
    // One of these went for the scrape; the others are there yet.
    for mut stream in rest.into_iter().skip(1) {
        stream
            .write_all(b"GET /late HTTP/1.0\r\n\r\n")
            .expect("it reads");
        assert!(said(stream).ends_with("GET /late"));
    }
}

#[test]
fn whoever_asks_and_does_not_read_delays_nobody() {
    let address = server(LIMITS);
    let deaf: Vec<TcpStream> = (0..CONNECTIONS - 1)
        .map(|_| {
            let mut stream = dial(address);
            // The others may come to nothing, as one is answered.
            stream.write_all(&GET.repeat(20)).expect("it reads");
            stream
        })
        .collect();
    works(address);
    works(address);
    drop(deaf);
}

#[test]
fn no_connection_lasts_longer_than_its_time() {
    let limits = Limits {
        whole: Duration::from_millis(300),
        end: Duration::from_millis(100),
    };
    let address = server(limits);
    let begin = Instant::now();
    let mut slow = dial(address);
    // Each byte renews nothing.
    while slow.write_all(b"a").is_ok() {
        assert!(begin.elapsed() < PATIENCE, "it goes on for ever");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(begin.elapsed() >= limits.whole);
    let mut stays = dial(address);
    stays
        .write_all(b"GET / HTTP/1.0\r\n\r\n")
        .expect("it reads");
    let mut text = String::new();
    stays.read_to_string(&mut text).expect("told, and its end");
    let told = Instant::now();
    while stays.write_all(b"a").is_ok() {
        assert!(told.elapsed() < PATIENCE, "it is never closed");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_long_answer_arrives_whole() {
    let mut stream = dial(server(LIMITS));
    stream.write_all(GET).expect("it reads");
    let answer = said(stream);
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    assert!(head.contains(&format!("Content-Length: {BIG}")), "{head}");
    assert_eq!(body.len(), BIG);
}
