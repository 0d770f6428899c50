// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Metrics outlive a time in which no connection can be accepted. One test only: it uses
//! up the descriptors of its process.

use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage, setrlimit};
use nix::sys::time::TimeValLike;
use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;
use umux_daemon::config::MetricsAddress;
use umux_daemon::metrics;

const PATIENCE: Duration = Duration::from_secs(20);

/// A port that was free a moment ago.
fn port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("bound").port()
}

fn busy() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("ours");
    let time = usage.user_time() + usage.system_time();
    Duration::from_micros(time.num_microseconds() as u64)
}

#[test]
fn metrics_are_back_when_descriptors_are() {
    let address = format!("127.0.0.1:{}", port());
    let at: MetricsAddress = address.parse().expect("an address");
    metrics::serve(metrics::listen(&at).expect("free"), || Ok("all\n".into()));
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("ours");
    setrlimit(Resource::RLIMIT_NOFILE, 64, hard).expect("fewer");
    let mut taken = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        taken.push(file);
    }
    // The last descriptor is this one's, and the server has none for the other end.
    drop(taken.pop());
    let mut stream = TcpStream::connect(&address).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("ours");
    let request = b"GET /metrics HTTP/1.1\r\nHost: here\r\n\r\n";
    stream.write_all(request).expect("sent");
    let before = busy();
    std::thread::sleep(Duration::from_secs(1));
    let spent = busy() - before;
    assert!(spent < Duration::from_millis(50), "it spins: {spent:?}");
    assert!(File::open("/dev/null").is_err(), "there are none meanwhile");
    drop(taken);
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.ends_with("\r\n\r\nall\n"), "{answer}");
}
