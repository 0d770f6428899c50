// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What strangers and bad parts do harms no channel.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use umux_dnso::key::Secret;
use umux_dnso::link::{Link, Target};
use umux_dnso::message::{Arm, Reason, Refused, Reply, Request, ServiceState};
use umux_dnso::metrics::ChannelMetrics;
use umux_dnso::server::{self, Peer, Peers, Server, Service};

/// How long a dialler waits before it tries again.
const CONNECT: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(20);

/// A reason that looks like more than one, and is more than words to a terminal.
const LINES: &str = "no\r\nINFO \u{1b}[2Jall is well\u{85}\u{2028}\u{202e}\u{9b}2J\0, é";

/// An agent that talks too much.
struct Wordy;

impl Service for Wordy {
    async fn answer(&self, _: Peer, request: Request) -> Reply {
        match request {
            // Just what fits into a frame.
            Request::Disarm { .. } => {
                Reply::Refused(Refused::new(Reason::Failed, "é".repeat(32_000)))
            }
            Request::Arm(_) => Reply::Refused(Refused::new(Reason::Failed, LINES)),
            _ => Reply::State {
                services: vec![ServiceState {
                    name: "x".repeat(70_000),
                    listening: true,
                    ready: 1,
                }],
            },
        }
    }
}

struct Agent {
    address: SocketAddr,
    target: Target,
    dialler: Secret,
}

async fn agent() -> Agent {
    let (own, its) = (Secret::generate(), Secret::generate());
    let (own, its) = (own.expect("random bits"), its.expect("random bits"));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let target = Target {
        name: "agent".into(),
        address,
        key: its.public(),
    };
    let peer = Peer {
        name: "nosa".into(),
        names: Arc::default(),
    };
    let server = Server {
        key: its,
        peers: Peers::new(HashMap::from([(own.public(), peer)])),
        service: Arc::new(Wordy),
        metrics: ChannelMetrics::default(),
    };
    server::spawn(server, vec![listener]);
    Agent {
        address,
        target,
        dialler: own,
    }
}

impl Agent {
    fn link(&self) -> Arc<Link> {
        let (target, key) = (self.target.clone(), self.dialler.clone());
        Link::start(target, key, ChannelMetrics::default())
    }
}

#[tokio::test]
async fn connections_that_say_nothing_keep_no_channel_from_being_made() {
    let agent = agent().await;
    let mut idle = Vec::new();
    for _ in 0..200 {
        let dialled = timeout(CONNECT, TcpStream::connect(agent.address)).await;
        idle.push(dialled.expect("accepted soon").expect("it listens"));
    }
    let link = agent.link();
    let up = timeout(CONNECT, link.up()).await;
    assert!(up.is_ok(), "the first attempt already makes it");
    drop(idle);
}

#[tokio::test]
async fn what_is_too_long_ends_no_channel_and_is_told_on_cut() {
    let agent = agent().await;
    let link = agent.link();
    timeout(PATIENCE, link.up()).await.expect("a channel");
    for (request, longest) in [
        (Request::State, 100),
        (
            Request::Disarm {
                ssa: "2001:db8::1".parse().expect("an address"),
            },
            303,
        ),
    ] {
        let reply = link.call(request.clone(), PATIENCE).await;
        let Reply::Refused(no) = reply else {
            panic!("{request:?} is answered");
        };
        assert_eq!(no.reason, Reason::Failed, "{}", no.why);
        assert!(no.why.chars().count() <= longest, "{}", no.why);
        assert!(link.is_up());
    }
}

#[tokio::test]
async fn a_reason_has_one_line_in_logs_and_no_power_over_terminals() {
    let agent = agent().await;
    let link = agent.link();
    timeout(PATIENCE, link.up()).await.expect("a channel");
    let arm = Request::Arm(Arm {
        service: "http".into(),
        ssa: None,
        client: ipnet::Ipv6Net::default(),
        lifetime_ms: 1,
        budget_ms: 1,
    });
    let Reply::Refused(no) = link.call(arm, PATIENCE).await else {
        panic!("it is armed");
    };
    let odd = LINES
        .chars()
        .filter(|c| !c.is_ascii_graphic() && !" é".contains(*c));
    assert_eq!(odd.count(), 8, "{LINES:?}");
    let expected = "no??INFO ?[2Jall is well????2J?, é".replace('?', "\u{fffd}");
    assert_eq!(no.why, expected);
}
