// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What is armed when nobody waits for it any more is given back.

use std::collections::HashMap;
use std::net::Ipv6Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use umux_dnso::key::Secret;
use umux_dnso::link::{Link, Target};
use umux_dnso::message::{Arm, Reason, Reply, Request};
use umux_dnso::metrics::ChannelMetrics;
use umux_dnso::server::{self, Peer, Peers, Server, Service};

const SSA: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 5);
const PATIENCE: Duration = Duration::from_secs(10);

/// An agent that takes its time.
struct Slow {
    takes: Duration,
    disarmed: Mutex<Vec<Ipv6Addr>>,
    unheard: Mutex<Vec<Reply>>,
}

impl Service for Slow {
    async fn answer(&self, _: Peer, request: Request) -> Reply {
        match request {
            Request::Disarm { ssa } => {
                self.disarmed.lock().expect("no panic").push(ssa);
                Reply::Disarmed
            }
            _ => {
                tokio::time::sleep(self.takes).await;
                Reply::Armed {
                    ssa: SSA,
                    lifetime_ms: 1000,
                }
            }
        }
    }

    fn unheard(&self, reply: Reply) {
        self.unheard.lock().expect("no panic").push(reply);
    }
}

async fn agent(takes: Duration) -> (Arc<Slow>, Arc<Link>) {
    let (own, its) = (Secret::generate(), Secret::generate());
    let (own, its) = (own.expect("random bits"), its.expect("random bits"));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let target = Target {
        name: "agent".into(),
        address: listener.local_addr().expect("bound"),
        key: its.public(),
    };
    let peer = Peer {
        name: "nosa".into(),
        names: Arc::default(),
    };
    let slow = Arc::new(Slow {
        takes,
        disarmed: Mutex::default(),
        unheard: Mutex::default(),
    });
    let server = Server {
        key: its,
        peers: Peers::new(HashMap::from([(own.public(), peer)])),
        service: Arc::clone(&slow),
        metrics: ChannelMetrics::default(),
    };
    server::spawn(server, vec![listener]);
    let link = Link::start(target, own, ChannelMetrics::default());
    tokio::time::timeout(PATIENCE, link.up())
        .await
        .expect("a channel");
    (slow, link)
}

fn arm() -> Request {
    Request::Arm(Arm {
        service: "http".into(),
        ssa: None,
        client: ipnet::Ipv6Net::default(),
        lifetime_ms: 1000,
        budget_ms: 1000,
    })
}

async fn until(mut is_so: impl FnMut() -> bool) -> bool {
    for _ in 0..500 {
        if is_so() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}

#[tokio::test]
async fn what_is_armed_too_late_is_given_back_and_what_is_not_is_kept() {
    let (slow, link) = agent(Duration::from_millis(200)).await;
    let reply = link.call(arm(), PATIENCE).await;
    assert!(matches!(reply, Reply::Armed { ssa: SSA, .. }), "{reply:?}");
    let reply = link.call(arm(), Duration::from_millis(20)).await;
    assert!(
        matches!(&reply, Reply::Refused(no) if no.reason == Reason::Late),
        "{reply:?}"
    );
    let disarmed = || slow.disarmed.lock().expect("no panic").clone();
    assert!(until(|| !disarmed().is_empty()).await, "given back");
    assert_eq!(disarmed(), [SSA], "and the first one was not");
}

#[tokio::test]
async fn an_agent_whose_channel_ended_learns_what_nobody_heard() {
    let (slow, link) = agent(Duration::from_millis(300)).await;
    let asking = Arc::clone(&link);
    let call = tokio::spawn(async move { asking.call(arm(), PATIENCE).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    // Whoever asked ends, as a program that is killed does.
    call.abort();
    let _ = call.await;
    drop(link);
    let unheard = || slow.unheard.lock().expect("no panic").len();
    assert!(until(|| unheard() == 1).await, "told");
}
