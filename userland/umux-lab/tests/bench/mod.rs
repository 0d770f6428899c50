// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A node on a link in this process, on virtual time: what tests of the lab begin
//! with.

#![allow(dead_code)] // each test uses a part

use std::net::Ipv6Addr;
use std::time::Duration;
use umux_abi::{Control, lab::Host};
use umux_abi::{Counters, Event, PoolId, PoolInfo, PoolSpec, SessionInfo};
use umux_core::table::slot::State;
use umux_lab::control::NodeControl;
use umux_lab::host::echo::PORT;
use umux_lab::host::{Node, NodeConfig, Proto, SessionId};
use umux_lab::lab::Lab;
use umux_lab::link::ether::{Ether, Mac, wrap};
use umux_lab::link::net::Net;
use umux_lab::peer::SimulatedHost;
use umux_lab::world::{number, stock};

pub const PREFIX: &str = "2001:db8:1::/64";
pub const SECOND: Duration = Duration::from_secs(1);

pub fn ip(text: &str) -> Ipv6Addr {
    text.parse().expect(text)
}

/// Address n of the pool.
pub fn pooled(n: u16) -> Ipv6Addr {
    Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0x1234, 0, 0, n + 1)
}

pub fn server() -> Ipv6Addr {
    ip("2001:db8:1::2")
}

pub fn stranger() -> Ipv6Addr {
    ip("2001:db8:1::3")
}

pub fn node_mac() -> Mac {
    Mac::lab(1)
}

/// The station that sends what tests inject.
pub fn tester_mac() -> Mac {
    Mac::lab(99)
}

pub struct Bench {
    pub lab: Lab,
    pub control: NodeControl,
    pub id: PoolId,
    events: std::sync::mpsc::Receiver<Event>,
}

impl Bench {
    /// A node with an empty pool, a server and a stranger.
    pub fn new() -> Bench {
        Bench::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut NodeConfig)) -> Bench {
        let prefix = PREFIX.parse().expect("a prefix");
        let mut config = NodeConfig::new(prefix);
        config.address = Some(number(prefix, 1));
        config.plane.tombstone = 5_000;
        config.seed = 7;
        change(&mut config);
        let lab = Lab::still(|now| {
            let node = Node::new(config, node_mac(), now).expect("sound limits");
            let mut net = Net::new(node);
            net.hosts.push(stock(2, server(), 2, now));
            net.hosts.push(stock(3, stranger(), 3, now));
            net
        });
        let mut control = NodeControl::new(lab.clone());
        let events = control.subscribe();
        let id = PoolId::new("lab0".parse().expect("a name"), prefix);
        let mut spec = PoolSpec::new(id.clone());
        spec.notify_ms = 0;
        control.pool_add(&spec).expect("a pool");
        // The host's own address, and what its DAD sends.
        lab.pause(2 * SECOND);
        lab.with(|net, _| net.seen = Some(Vec::new()));
        let bench = Bench {
            lab,
            control,
            id,
            events,
        };
        bench.events();
        bench
    }

    pub fn server(&self) -> SimulatedHost {
        SimulatedHost::new(&self.lab, 0, "server", server())
    }

    pub fn stranger(&self) -> SimulatedHost {
        SimulatedHost::new(&self.lab, 1, "stranger", stranger())
    }

    /// Adds an address: tentative.
    pub fn add(&self, addr: Ipv6Addr) {
        let batch = self.control.clone().addr_add(&self.id, &[addr]);
        assert_eq!(batch.expect("a pool").refused, []);
    }

    /// Adds n addresses and waits until they are uncertain.
    pub fn fill(&self, n: u16) {
        for i in 0..n {
            self.add(pooled(i));
        }
        self.lab.pause(2 * SECOND);
        self.forget();
    }

    pub fn state(&self, addr: Ipv6Addr) -> State {
        self.lab.with(|net, _| {
            let life = net.node.history.life(addr);
            life.map_or(State::Free, |life| life.state())
        })
    }

    /// A session, established if it is TCP.
    pub fn session(&self, proto: Proto) -> (SessionId, Ipv6Addr) {
        let opened = self
            .lab
            .with(|net, now| net.node.connect(proto, server(), PORT, now));
        let id = opened.expect("a session");
        let open = self
            .lab
            .wait(5 * SECOND, |net, _| net.node.is_open(id).then_some(()));
        open.expect("established");
        let local = self.lab.with(|net, _| net.node.local(id));
        self.forget();
        (id, local.expect("an address"))
    }

    /// Whether the session still carries data.
    pub fn works(&self, id: SessionId) -> bool {
        const WORDS: &[u8] = b"hello\n";
        self.lab.with(|net, _| net.node.send(id, WORDS));
        let mut got = Vec::new();
        let answer = self.lab.wait(5 * SECOND, |net, _| {
            got.extend(net.node.receive_from(id));
            (got == WORDS).then_some(())
        });
        answer.is_some()
    }

    /// Brings the session to its end without TIME_WAIT, and its address with it.
    pub fn finish(&self, id: SessionId) {
        self.lab.with(|net, _| net.node.abort(id));
        self.lab.pause(2 * SECOND);
        self.forget();
    }

    /// No longer remembers what was on the link, nor events.
    pub fn forget(&self) {
        self.lab.with(|net, _| net.seen = Some(Vec::new()));
        self.events();
    }

    pub fn events(&self) -> Vec<Event> {
        self.events.try_iter().collect()
    }

    pub fn counters(&self) -> Counters {
        self.control.clone().stats().expect("counters")
    }

    pub fn pool(&self) -> PoolInfo {
        let mut pools = self.control.clone().pools().expect("pools");
        pools.pop().expect("one pool")
    }

    pub fn sessions(&self) -> Vec<SessionInfo> {
        self.control.clone().sessions().expect("sessions")
    }

    /// Puts a packet on the link, to the right Ethernet address.
    pub fn inject(&self, packet: &[u8]) {
        let dst: [u8; 16] = packet[24..40].try_into().expect("sixteen bytes");
        let dst = Ipv6Addr::from(dst);
        let mac = if dst.is_multicast() {
            Mac::of_group(dst)
        } else {
            node_mac()
        };
        self.inject_to(mac, packet);
    }

    /// The same, to an Ethernet address of the test's choice.
    pub fn inject_to(&self, mac: Mac, packet: &[u8]) {
        let frame = wrap(mac, tester_mac(), packet);
        self.lab.with(|net, _| net.inject(frame));
    }

    /// Packets that the node sent since the last [`Bench::forget`], with their
    /// Ethernet destination.
    pub fn sent(&self) -> Vec<(Mac, Vec<u8>)> {
        self.lab.with(|net, _| {
            let frames = net.seen.iter().flatten();
            let of_node = frames.filter(|(_, port, _)| *port == 0);
            let parsed = of_node.filter_map(|(_, _, frame)| Ether::parse(frame));
            parsed
                .map(|ether| (ether.dst, ether.packet.to_vec()))
                .collect()
        })
    }
}
