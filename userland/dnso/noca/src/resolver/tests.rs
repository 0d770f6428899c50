// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

use super::*;
use crate::wire::{HEADER, flag};
use prometheus_client::registry::Registry;
use tokio::net::UdpSocket;
use tokio::task::JoinSet;
use tokio::time::timeout;
use umux_dnso::config::Settings;
use umux_dnso::key::Secret;
use umux_dnso::metrics::ChannelMetrics;

const SAMPLE: &str = include_str!("../../../../etc/umux-noca.conf.sample");

/// With an upstream, and a broker at a port where nobody is.
fn resolver(upstream: SocketAddr) -> Arc<Resolver> {
    let text = SAMPLE
        .replace("192.0.2.53:53", &upstream.to_string())
        .replace("[2001:db8:b::1]:7353", "127.0.0.1:1");
    let config = Config::check(&text).expect("sound");
    let mut registry = Registry::default();
    let metrics = ChannelMetrics::register(&mut registry);
    let key = Secret::generate().expect("random bits");
    let links = Links::new(key, metrics);
    Resolver::new(&config, &links, Metrics::register(&mut registry))
}

/// A query with EDNS for a name as it is on the wire.
fn query(id: u16, name: &[u8], rrtype: u8) -> Vec<u8> {
    let mut query = id.to_be_bytes().to_vec();
    query.extend_from_slice(&[1, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
    query.extend_from_slice(name);
    query.extend_from_slice(&[0, rrtype, 0, 1]);
    query.extend_from_slice(&[0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]);
    query
}

/// The answer to a query of some client that takes longer.
async fn ask(resolver: &Resolver, query: &[u8]) -> Vec<u8> {
    let from = ([127, 0, 0, 1], 1).into();
    let Quick::Later(later) = resolver.quick(query, from, false, &mut Vec::new()) else {
        panic!("it takes longer");
    };
    resolver.later(later).await.expect("an answer")
}

#[tokio::test]
async fn other_types_of_overridden_names_wait_in_the_same_room_as_ordinary_ones() {
    // Nobody is at this port.
    let resolver = resolver(([127, 0, 0, 1], 1).into());
    resolver.passed_on.close();
    for name in [&b"\x03www\x07example\x03com\0"[..], b"\x04host\x04test\0"] {
        let answer = ask(&resolver, &query(1, name, 16)).await;
        let said = String::from_utf8_lossy(&answer);
        assert!(said.contains("too many queries"), "{said}");
    }
}

/// An upstream's.
const WHILE: Duration = Duration::from_millis(100);

/// An upstream that answers an A query for `host.test`, in whatever spelling, after a
/// while, and says how many came until then.
async fn slow(socket: UdpSocket, name_len: usize) -> usize {
    let mut room = [0; 512];
    let mut asked = Vec::new();
    loop {
        // A while after the first.
        let limit = match asked.is_empty() {
            true => Duration::MAX,
            false => WHILE,
        };
        let Ok(heard) = timeout(limit, socket.recv_from(&mut room)).await else {
            break;
        };
        let (len, from) = heard.expect("a query");
        let query = (room[..len].to_vec(), from);
        // Not the question of chance that looks for circles, nor what is only sent again.
        if query.0[HEADER + name_len..].starts_with(&[0, 1]) && !asked.contains(&query) {
            asked.push(query);
        }
    }
    for (query, from) in &asked {
        let end = HEADER + name_len + 4;
        let mut answer = query[..end].to_vec();
        answer[2] |= 0x80;
        // One answer, no additional record: A, IN, 60 s, 192.0.2.80.
        answer[7] = 1;
        answer[11] = 0;
        answer.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 80]);
        socket.send_to(&answer, from).await.expect("sent");
    }
    asked.len()
}

/// Each query that is out for the same question makes a forged answer to it likelier.
#[tokio::test]
async fn what_many_ask_is_asked_once_and_each_has_its_answer() {
    const MANY: u16 = 50;
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    let resolver = resolver(socket.local_addr().expect("bound"));
    let spellings = [&b"\x04host\x04test\0"[..], b"\x04HoSt\x04tEsT\0"];
    let upstream = tokio::spawn(slow(socket, spellings[0].len()));
    let mut clients = JoinSet::new();
    for id in 1..=MANY {
        let name = spellings[usize::from(id) % 2];
        let resolver = Arc::clone(&resolver);
        clients.spawn(async move {
            let query = query(id, name, 1);
            let answer = ask(&resolver, &query).await;
            let question = HEADER..HEADER + name.len() + 4;
            assert_eq!(word(&answer, 0), Some(id));
            assert_eq!(answer[question.clone()], query[question], "its spelling");
            assert!(word(&answer, 2).is_some_and(|flags| flags & flag::QR != 0));
            assert!(answer.ends_with(&[192, 0, 2, 80]));
            id
        });
    }
    let mut answered = clients.join_all().await;
    answered.sort_unstable();
    assert!(answered.into_iter().eq(1..=MANY));
    assert_eq!(upstream.await.expect("no panic"), 1);
    // The cache has it now.
    let from = ([127, 0, 0, 1], 1).into();
    let again = resolver.quick(&query(1, spellings[0], 1), from, false, &mut Vec::new());
    assert!(matches!(again, Quick::Answered));
}
