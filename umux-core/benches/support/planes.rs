// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Planes full of addresses and sessions, and their packets.

#[path = "../../tests/host/memory.rs"]
mod memory;

use super::prefixes::{rng, shuffle};
use rand::RngExt;
use std::net::Ipv6Addr;
use umux_core::action::{Action, Actions};
use umux_core::plane::{
    Config, IfaceParams, ListenerSpec, MissPolicy, Plane, PoolSpec, Taken, Wanted,
};
use umux_core::policy::Wish;
use umux_core::prefix::Prefix;
use umux_core::table::Table;
use umux_core::wire::nd::LinkAddr;

/// Interface of the pool.
pub const IFINDEX: u32 = 3;
/// The guarded port.
pub const GUARDED: u16 = 22;
/// Ports of a session: here and there.
pub const PORTS: (u16, u16) = (40_000, 443);
pub const TCP: u8 = 6;
pub const SYN: u8 = 0x02;
pub const ACK: u8 = 0x10;

/// An address that has nothing to do with the plane.
pub const STRANGER: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0xffff, 0, 0, 0, 0, 9);
/// Address n of those that lie in the pool's prefix and are not the plane's, as a
/// host's own do.  Many, since some are told from those of the plane by one load
/// and few by more.
pub const fn near(n: usize) -> Ipv6Addr {
    Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0xff, 0xfe00, 1 + n as u16)
}

/// A plane with one interface and one pool, 2001:db8:1::/64.
pub struct Bed {
    pub table: &'static Table<'static>,
    pub plane: Plane<'static>,
    pub pool: u32,
    /// Microseconds.
    pub now: u64,
}

pub fn config(max_addrs: usize) -> Config {
    Config {
        max_addrs: max_addrs.max(16) as u32,
        max_pools: 16,
        max_ifaces: 4,
        tombstone: 5_000,
        duplicated: 20_000,
        audit: 60_000,
        dad_spread: 0,
    }
}

/// Address n of a pool whose interface identifiers are random.
pub fn pooled(n: usize) -> Ipv6Addr {
    let id = (n as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | (1 << 40);
    Ipv6Addr::from_bits((0x2001_0db8_0001_0000 << 64) | u128::from(id))
}

/// A peer for each session.
pub fn peer(n: usize) -> Ipv6Addr {
    Ipv6Addr::from_bits((0x2001_0db8_0009 << 80) | (n as u128 + 1))
}

impl Bed {
    /// With room for so many addresses.
    pub fn new(max_addrs: usize) -> Self {
        let config = config(max_addrs);
        let secret = [0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210];
        let (table, storage) = memory::of(&config, secret);
        let table: &'static Table<'static> = Box::leak(Box::new(table));
        let mut plane = Plane::new(config, table, storage).expect("a sane configuration");
        let now = 1_000_000;
        let iface = IfaceParams {
            ifindex: IFINDEX,
            dad_count: 1,
            retrans: 1000,
            up: true,
            lladdr: LinkAddr::new(&[2, 0, 0, 0, 0, 1]),
        };
        plane.iface_set(&iface, now).expect("room for it");
        let spec = PoolSpec {
            prefix: Prefix::new(pooled(0), 64).expect("a length"),
            miss: MissPolicy::Refuse,
            max_age: 0,
            notify: 1000,
        };
        let pool = plane.pool_add(IFINDEX, spec, now).expect("room for it");
        Self {
            table,
            plane,
            pool,
            now,
        }
    }

    /// Adds address n and begins its DAD.
    pub fn add(&mut self, n: usize) {
        let handle = self
            .plane
            .addr_add(self.pool, pooled(n), self.now)
            .expect("room for it");
        self.plane
            .addr_start(handle, 1, self.now, 0)
            .expect("it was just added");
    }

    /// Runs what is due within so many microseconds; probes that were sent.
    pub fn run(&mut self, micros: u64) -> usize {
        let until = self.now + micros;
        let mut probes = 0;
        while let Some(at) = self.plane.next_run().filter(|&at| at <= until) {
            self.now = self.now.max(at);
            let mut out = Actions::new();
            self.plane.run(self.now, &mut out);
            for action in out {
                match action {
                    Action::Send { .. } => probes += 1,
                    Action::Leave => while self.plane.next_group().is_some() {},
                    _ => {}
                }
            }
        }
        self.now = until;
        probes
    }

    /// Runs what is due, as far as one call does.
    pub fn call(&mut self) -> Actions {
        let mut out = Actions::new();
        self.plane.run(self.now, &mut out);
        out
    }

    /// Fills the pool with so many uncertain addresses.
    pub fn fill(&mut self, n: usize) {
        (0..n).for_each(|n| self.add(n));
        self.run(2_000_000);
    }

    /// Session n, committed.
    pub fn session(&mut self, n: usize) -> Taken {
        let taken = self.plane.take(&wanted(n), self.now).expect("one is ready");
        self.plane
            .commit(taken.handle, PORTS.0, n + 1, self.now)
            .expect("it was just taken");
        taken
    }

    /// A LISTEN_0 at all addresses.
    pub fn guard(&mut self) {
        let spec = ListenerSpec {
            cookie: 7,
            addr: None,
            port: GUARDED,
            dual: false,
            uid: 0,
            jail: 0,
            pid: 1,
        };
        self.plane.listener_add(&spec, self.now).expect("the first");
    }
}

/// What session n wants.
pub fn wanted(n: usize) -> Wanted {
    Wanted {
        ifindex: IFINDEX,
        peer: peer(n),
        proto: TCP,
        fport: PORTS.1,
        lport: 0,
        uid: 1001,
        jail: 0,
        wish: Wish::None,
    }
}

/// A TCP segment, in a cache line of its own.
#[repr(align(64))]
#[derive(Clone, Copy)]
pub struct Segment([u8; 60]);

impl Segment {
    pub fn new(src: Ipv6Addr, dst: Ipv6Addr, ports: (u16, u16), flags: u8) -> Self {
        let mut bytes = [0; 60];
        bytes[0] = 0x60;
        bytes[5] = 20;
        bytes[6] = TCP;
        bytes[7] = 64;
        bytes[8..24].copy_from_slice(&src.octets());
        bytes[24..40].copy_from_slice(&dst.octets());
        bytes[40..42].copy_from_slice(&ports.0.to_be_bytes());
        bytes[42..44].copy_from_slice(&ports.1.to_be_bytes());
        bytes[52] = 0x50;
        bytes[53] = flags;
        Self(bytes)
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn addr(&self, at: usize) -> Ipv6Addr {
        let octets: [u8; 16] = self.0[at..at + 16].try_into().expect("sixteen bytes");
        octets.into()
    }

    pub fn dst(&self) -> Ipv6Addr {
        self.addr(24)
    }

    /// What a session sends back.
    pub fn answer(&self) -> Self {
        Self::new(self.dst(), self.addr(8), PORTS, ACK)
    }
}

/// A bed with so many sessions, and a packet for each: `passes`, or one that the
/// gate drops, of all sessions in any order.
pub fn with_sessions(n: usize) -> (Bed, Vec<Segment>, Vec<Segment>) {
    let mut bed = Bed::new(n + 64);
    bed.fill(n + 32);
    let mut locals: Vec<(Ipv6Addr, Ipv6Addr)> =
        (0..n).map(|n| (bed.session(n).local, peer(n))).collect();
    let mut rng = rng();
    shuffle(&mut locals, &mut rng);
    let segment = |&(local, peer): &(Ipv6Addr, Ipv6Addr), flags| {
        Segment::new(peer, local, (PORTS.1, PORTS.0), flags)
    };
    let passes = locals.iter().map(|pair| segment(pair, ACK)).collect();
    // Half ask for a connection, half are a stranger's.
    let dropped = locals
        .iter()
        .map(|pair| match rng.random::<bool>() {
            true => segment(pair, SYN),
            false => segment(&(pair.0, STRANGER), ACK),
        })
        .collect();
    (bed, passes, dropped)
}
