// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A host for tests: a plane with memory of its own, a clock that is moved by
//! hand, and the effects that came out.

#![allow(dead_code)] // each test uses a part

mod memory;

use std::net::Ipv6Addr;

use umux_core::action::{Action, Actions, EventInfo};
use umux_core::error::Result;
use umux_core::gate::{Gate, Verdict};
use umux_core::plane::{Config, Heard, IfaceParams, MissPolicy, Plane, PoolSpec, Taken, Wanted};
use umux_core::policy::Wish;
use umux_core::prefix::Prefix;
use umux_core::table::slot::State;
use umux_core::table::{Handle, Table};
use umux_core::wire::nd::{self, LinkAddr, Nd};
use umux_core::wire::solicited_node;

pub const IFINDEX: u32 = 3;
pub const SEC: u64 = 1_000_000;
pub const PREFIX: &str = "2001:db8:1::";
pub const TCP: u8 = 6;
pub const UDP: u8 = 17;

pub fn ip(text: &str) -> Ipv6Addr {
    text.parse().expect(text)
}

/// Address n of the pool's prefix.
pub fn pooled(n: u16) -> Ipv6Addr {
    Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0x1234, 0, 0, n + 1)
}

pub fn config() -> Config {
    Config {
        max_addrs: 64,
        max_pools: 4,
        max_ifaces: 2,
        tombstone: 5_000,
        duplicated: 20_000,
        audit: 60_000,
        dad_spread: 0,
    }
}

pub struct Host {
    pub table: &'static Table<'static>,
    pub plane: Plane<'static>,
    pub now: u64,
    pub pool: u32,
    /// Effects, oldest first.
    pub seen: Vec<Action>,
}

impl Host {
    /// A plane with one interface that is up (one probe, 1 s) and no pool.
    pub fn bare(config: Config) -> Self {
        let (table, storage) = memory::of(&config, [0x0123_4567, 0x89ab_cdef]);
        let table: &'static Table<'static> = Box::leak(Box::new(table));
        let plane = Plane::new(config, table, storage).expect("a sane configuration");
        let mut host = Self {
            table,
            plane,
            now: SEC,
            pool: 0,
            seen: Vec::new(),
        };
        host.link(IFINDEX, true, 1).expect("room for an interface");
        host
    }

    /// The same with a pool for [`PREFIX`]/64.
    pub fn new() -> Self {
        Self::with(config())
    }

    /// The same with another configuration.
    pub fn with(config: Config) -> Self {
        let mut host = Self::bare(config);
        host.pool = host
            .add_pool(PREFIX, 64, MissPolicy::Legacy, 0)
            .expect("room for a pool");
        host.run(0);
        host.seen.clear();
        host
    }

    pub fn link(&mut self, ifindex: u32, up: bool, dad_count: u8) -> Result<()> {
        let params = IfaceParams {
            ifindex,
            dad_count,
            retrans: 1000,
            up,
            lladdr: LinkAddr::new(&[2, 0, 0, 0, 0, 1]),
        };
        self.plane.iface_set(&params, self.now)
    }

    pub fn add_pool(
        &mut self,
        prefix: &str,
        len: u8,
        miss: MissPolicy,
        max_age: u32,
    ) -> Result<u32> {
        let spec = PoolSpec {
            prefix: Prefix::new(ip(prefix), len).expect("a prefix"),
            miss,
            max_age,
            notify: 0,
        };
        self.plane.pool_add(IFINDEX, spec, self.now)
    }

    /// Adds an address and begins DAD, as the kernel does.
    pub fn add(&mut self, addr: Ipv6Addr) -> Result<Handle> {
        let handle = self.plane.addr_add(self.pool, addr, self.now)?;
        self.plane.addr_start(handle, 0x1000, self.now, 0)?;
        self.run(0);
        Ok(handle)
    }

    /// Adds addresses and waits until all are uncertain.
    pub fn fill(&mut self, n: u16) {
        for i in 0..n {
            self.add(pooled(i)).expect("room for an address");
        }
        self.run(2 * SEC);
        self.seen.clear();
    }

    /// Lets time pass; timers run when they are due.
    pub fn run(&mut self, micros: u64) {
        let until = self.now + micros;
        while let Some(at) = self.plane.next_run().filter(|&at| at <= until) {
            self.now = self.now.max(at);
            let mut out = Actions::new();
            self.plane.run(self.now, &mut out);
            for action in out {
                if action == Action::Leave {
                    while self.plane.next_group().is_some() {}
                }
                self.seen.push(action);
            }
        }
        self.now = until;
    }

    pub fn state(&mut self, addr: Ipv6Addr) -> State {
        let mut cursor = 0;
        while let Some((number, info)) = self.plane.addr_from(cursor, self.now) {
            if info.addr == addr {
                return info.meta.state();
            }
            cursor = number + 1;
        }
        State::Free
    }

    pub fn level(&self, state: State) -> u32 {
        let info = self.plane.pool_from(self.pool).expect("the pool");
        info.count[state as usize]
    }

    pub fn wanted(peer: &str, proto: u8, fport: u16) -> Wanted {
        Wanted {
            ifindex: IFINDEX,
            peer: ip(peer),
            proto,
            fport,
            lport: 0,
            uid: 1001,
            jail: 0,
            wish: Wish::None,
        }
    }

    pub fn take(&mut self, peer: &str, proto: u8, fport: u16) -> Result<Taken> {
        self.plane.take(&Self::wanted(peer, proto, fport), self.now)
    }

    /// A session with local port 40000, committed.
    pub fn session(&mut self, peer: &str, proto: u8, fport: u16) -> Taken {
        let taken = self.take(peer, proto, fport).expect("an address is ready");
        self.plane
            .commit(taken.handle, 40_000, 0xc0de, self.now)
            .expect("just taken");
        taken
    }

    /// Neighbour discovery that arrives; what it was, and what was sent.
    pub fn hear(&mut self, ifindex: u32, packet: &[u8]) -> (Heard, Vec<Action>) {
        let mut out = Actions::new();
        let heard = self.plane.heard(ifindex, packet, self.now, &mut out);
        (heard, out.into_iter().collect())
    }

    /// In whose name the kernel's solicitation for a neighbour goes out; `None`:
    /// its own.
    pub fn asks_as(&mut self, neighbor: Ipv6Addr) -> Option<Ipv6Addr> {
        let group = solicited_node(&neighbor);
        let asks = nd::emit_solicitation(&ip("2001:db8:1::1"), &group, &neighbor, None);
        if self.output(&asks) != Verdict::Neighbor {
            return None;
        }
        let mut out = Actions::new();
        match self.plane.soliciting(IFINDEX, &asks, self.now, &mut out) {
            Heard::Consumed => {}
            heard => {
                assert_eq!((heard, out.len()), (Heard::Legacy, 0));
                return None;
            }
        }
        let [Action::Send { packet, .. }] = &out[..] else {
            panic!("one solicitation, not {out:?}");
        };
        match nd::parse(packet) {
            Ok(Nd::Solicitation(ns)) if ns.target == neighbor => Some(ns.src),
            other => panic!("a solicitation for {neighbor}, not {other:?}"),
        }
    }

    pub fn input(&self, packet: &[u8]) -> Verdict {
        Gate::new(self.table).input(packet, true)
    }

    pub fn output(&self, packet: &[u8]) -> Verdict {
        Gate::new(self.table).output(packet, true)
    }

    /// DAD probes among the effects: when it matters who was probed for.
    pub fn probes(&self) -> Vec<Ipv6Addr> {
        self.seen
            .iter()
            .filter_map(|action| match action {
                Action::Send { packet, .. } => match nd::parse(packet).expect("we send valid ND") {
                    Nd::Solicitation(ns) => Some(ns.target),
                    Nd::Advertisement(_) => None,
                },
                _ => None,
            })
            .collect()
    }

    pub fn events(&self) -> Vec<EventInfo> {
        self.seen
            .iter()
            .filter_map(|action| match action {
                Action::Event { info, .. } => Some(*info),
                _ => None,
            })
            .collect()
    }
}

/// An IPv6 packet around an upper layer.
pub fn packet(src: Ipv6Addr, dst: Ipv6Addr, proto: u8, hop_limit: u8, upper: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x60, 0, 0, 0];
    bytes.extend((upper.len() as u16).to_be_bytes());
    bytes.extend([proto, hop_limit]);
    bytes.extend(src.octets());
    bytes.extend(dst.octets());
    bytes.extend(upper);
    bytes
}

pub fn tcp(src: Ipv6Addr, dst: Ipv6Addr, sport: u16, dport: u16, flags: u8) -> Vec<u8> {
    let mut upper = vec![0; 20];
    upper[..2].copy_from_slice(&sport.to_be_bytes());
    upper[2..4].copy_from_slice(&dport.to_be_bytes());
    upper[12] = 0x50;
    upper[13] = flags;
    packet(src, dst, TCP, 64, &upper)
}

pub fn udp(src: Ipv6Addr, dst: Ipv6Addr, sport: u16, dport: u16) -> Vec<u8> {
    let mut upper = vec![0; 8];
    upper[..2].copy_from_slice(&sport.to_be_bytes());
    upper[2..4].copy_from_slice(&dport.to_be_bytes());
    upper[5] = 8;
    packet(src, dst, UDP, 64, &upper)
}

/// An ICMPv6 message without a checksum: the gate does not look at it.
pub fn icmp6(src: Ipv6Addr, dst: Ipv6Addr, kind: u8, body: &[u8]) -> Vec<u8> {
    let mut upper = vec![kind, 0, 0, 0, 0, 0, 0, 0];
    upper.extend(body);
    packet(src, dst, 58, 64, &upper)
}

pub const SYN: u8 = 0x02;
pub const RST: u8 = 0x04;
pub const ACK: u8 = 0x10;
