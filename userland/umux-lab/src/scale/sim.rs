// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The simulation: three kinds of things happen (a session begins, a session ends,
//! somebody's timer is due), the earliest is next.

use super::packets::{ACK, FIN_ACK, SYN, SYN_ACK, tcp};
use super::{Counts, Load, Times};
use crate::control::dump;
use crate::host::memory::Core;
use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::Ipv6Addr;
use std::path::Path;
use std::time::{Duration, Instant};
use umux_abi::{Batch, Event, EventKinds, PoolId, PoolSpec};
use umux_core::action::{Action, Actions};
use umux_core::gate::{Gate, Verdict};
use umux_core::plane::{Config, IfaceParams, Micros, MissPolicy, PoolSpec as CoreSpec, Wanted};
use umux_core::policy::Wish;
use umux_core::prefix::Prefix as CorePrefix;
use umux_core::table::Handle;
use umux_core::table::slot::State;
use umuxd::engine::{Added, Command, Engine};

const IFINDEX: u32 = 1;
const PORT: u16 = 443;
const POOL: &str = "lab0 2001:db8:1::/64";
/// Groups that the addresses share, as umux-addrgen does by default.
const GROUPS: usize = 16;

/// A session that lives: when it ends, and what it has.
type Ending = Reverse<(Micros, u64, u64, u128, u16)>;

pub struct Sim {
    load: Load,
    core: Core,
    engine: Engine,
    id: PoolId,
    pool: u32,
    rng: ChaCha8Rng,
    suffixes: [u32; GROUPS],
    peer: Ipv6Addr,
    now: Micros,
    live: BinaryHeap<Ending>,
    counts: Counts,
    times: Times,
    is_full: bool,
}

impl Sim {
    pub fn new(load: &Load) -> Result<Sim, String> {
        let mut rng = ChaCha8Rng::seed_from_u64(load.seed);
        let config = Config {
            max_addrs: load.max_addrs,
            max_pools: 1,
            max_ifaces: 1,
            tombstone: 60_000,
            duplicated: 600_000,
            audit: 60_000,
            dad_spread: 0,
        };
        let secret = [rng.next_u64(), rng.next_u64()];
        let mut core = Core::new(config, secret).map_err(|_| "limits out of range".to_owned())?;
        let params = IfaceParams {
            ifindex: IFINDEX,
            dad_count: 1,
            retrans: 1_000,
            up: true,
            lladdr: None,
        };
        core.plane
            .iface_set(&params, 0)
            .map_err(|e| format!("{e:?}"))?;
        let id: PoolId = POOL.parse().map_err(|e: umux_abi::Error| e.to_string())?;
        let text = format!(
            "[[pool]]\ninterface = \"{}\"\nprefix = \"{}\"\nlevel = {}\n",
            id.interface, id.prefix, load.level
        );
        let config = umuxd::config::Config::parse(&text, Path::new("scale"), Path::new("none"))
            .map_err(|e| e.to_string())?;
        let mut suffixes = [0; GROUPS];
        suffixes.fill_with(|| rng.next_u32() & 0x00ff_ffff);
        Ok(Sim {
            load: *load,
            core,
            engine: Engine::new(&config.pools),
            id,
            pool: 0,
            rng,
            suffixes,
            peer: Ipv6Addr::new(0x2001, 0xdb8, 2, 0, 0, 0, 0, 2),
            now: 1,
            live: BinaryHeap::new(),
            counts: Counts {
                lowest: u32::MAX,
                ..Counts::default()
            },
            times: Times::default(),
            is_full: false,
        })
    }

    /// Exponentially distributed, in microseconds.
    fn wait(&mut self, mean: f64) -> Micros {
        // (0, 1]: the logarithm is finite.
        let uniform = ((self.rng.next_u64() >> 11) + 1) as f64 / (1u64 << 53) as f64;
        (-uniform.ln() * mean * 1e6) as Micros
    }

    pub fn run(mut self) -> (Counts, Times, usize) {
        let begin = Instant::now();
        let mut left = self.load.sessions;
        // The pool is there before the first session.
        let mut arrival = Some(3_000_000);
        while arrival.is_some() || !self.live.is_empty() {
            let timer = self.core.plane.next_run().unwrap_or(Micros::MAX);
            let engine = self.engine.wake(Duration::from_micros(self.now));
            let engine = u64::try_from(engine.as_micros()).unwrap_or(Micros::MAX);
            let ending = self.live.peek().map_or(Micros::MAX, |Reverse(e)| e.0);
            let next = timer
                .min(engine)
                .min(ending)
                .min(arrival.unwrap_or(Micros::MAX));
            self.now = self.now.max(next);
            if timer <= next {
                self.timers();
            } else if engine <= next {
                self.refill();
            } else if ending <= next {
                self.end();
            } else {
                self.begin();
                left -= 1;
                let wait = self.wait(1.0 / self.load.rate);
                arrival = (left > 0).then(|| self.now + wait);
            }
        }
        self.counts.time = self.now;
        self.counts.used = self.core.plane.used();
        self.counts.probes = self.core.plane.counters().probes;
        self.times.wall = begin.elapsed();
        (self.counts, self.times, self.core.bytes)
    }

    fn timers(&mut self) {
        let begin = Instant::now();
        let mut actions = Actions::new();
        self.core.plane.run(self.now, &mut actions);
        for action in &actions {
            match action {
                Action::Leave => while self.core.plane.next_group().is_some() {},
                // All PCBs are there until their sessions end here.
                Action::CheckPcb { handle } => {
                    let _ = self.core.plane.checked(*handle, self.now);
                }
                _ => {}
            }
        }
        self.times.timers += begin.elapsed();
        for action in actions {
            if let Action::Event { info, .. } = action {
                self.is_full |= info.uncertain == self.load.level;
                let event = Event {
                    pool: self.id.clone(),
                    kinds: EventKinds::from_bits_retain(info.events.bits()),
                    seq: info.seq,
                    uncertain: info.uncertain,
                    tentative: info.tentative,
                    valid: info.valid,
                    duplicated: info.duplicated,
                    missed: info.missed,
                };
                self.engine.event(Duration::from_micros(self.now), &event);
                self.refill();
            }
        }
    }

    /// What umuxd does when it wakes.
    fn refill(&mut self) {
        let time = Duration::from_micros(self.now);
        self.engine.notices();
        while let Some(command) = self.engine.next(time) {
            match command {
                Command::Ask => {
                    let levels = dump::pools(&self.core.plane, &self.id.interface);
                    self.engine.levels(time, &levels);
                }
                Command::Create(spec) => {
                    let made = self.create(&spec);
                    self.engine.created(time, &spec.id, made.map_err(|()| None));
                }
                Command::Generate { pool, count } => {
                    let batch = self.add(count);
                    self.engine.added(time, &pool, Added::Batch(batch));
                }
            }
        }
    }

    fn create(&mut self, spec: &PoolSpec) -> Result<(), ()> {
        let prefix = CorePrefix::new(spec.id.prefix.addr(), spec.id.prefix.len()).ok_or(())?;
        let wanted = CoreSpec {
            prefix,
            miss: MissPolicy::Legacy,
            max_age: spec.max_age,
            notify: spec.notify_ms,
        };
        let made = self.core.plane.pool_add(IFINDEX, wanted, self.now);
        self.pool = made.map_err(|_| ())?;
        Ok(())
    }

    fn add(&mut self, count: u32) -> Batch {
        let mut batch = Batch::default();
        for _ in 0..count {
            let group = self.rng.next_u32() as usize % GROUPS;
            let random = self.rng.next_u64() & !0x00ff_ffff;
            let host = random | u64::from(self.suffixes[group]);
            let addr = Ipv6Addr::from_bits(self.id.prefix.bits() | u128::from(host));
            let rnd = self.rng.next_u64();
            let begin = Instant::now();
            let added = self.core.plane.addr_add(self.pool, addr, self.now);
            let started = added
                .and_then(|handle| self.core.plane.addr_start(handle, group + 1, self.now, rnd));
            self.times.add += begin.elapsed();
            match started {
                Ok(()) => batch.done += 1,
                Err(error) => batch.refused.push((addr, crate::control::errno(error))),
            }
        }
        self.counts.added += batch.done as u64;
        batch
    }

    /// Asks the gate, and compares.
    fn gate(&mut self, out: bool, packet: &[u8], wanted: Verdict) {
        let gate = Gate::new(self.core.table);
        let begin = Instant::now();
        let verdict = if out {
            gate.output(packet, true)
        } else {
            gate.input(packet, true)
        };
        self.times.gate += begin.elapsed();
        match verdict {
            Verdict::Drop => self.counts.dropped += 1,
            _ => self.counts.passed += 1,
        }
        if verdict != wanted {
            self.counts.wrong += 1;
        }
    }

    fn begin(&mut self) {
        let lport = 49_152 + (self.rng.next_u32() as u16 & 0x3fff);
        let wanted = Wanted {
            ifindex: IFINDEX,
            peer: self.peer,
            proto: 6,
            fport: PORT,
            lport: 0,
            uid: 0,
            jail: 0,
            wish: Wish::None,
        };
        let begin = Instant::now();
        let taken = self.core.plane.take(&wanted, self.now);
        let committed = taken.map(|taken| {
            let cookie = taken.handle.to_bits() as usize;
            let done = self
                .core
                .plane
                .commit(taken.handle, lport, cookie, self.now);
            (taken, done)
        });
        self.times.begin += begin.elapsed();
        let Ok((taken, done)) = committed else {
            self.counts.missed += 1;
            return;
        };
        self.counts.wrong += u64::from(done.is_err());
        self.counts.taken += 1;
        let (ours, theirs) = ((taken.local, lport), (self.peer, PORT));
        let bits = taken.local.to_bits();
        self.counts.digest =
            (self.counts.digest.rotate_left(5) ^ bits as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.gate(true, &tcp(ours, theirs, SYN), Verdict::Send);
        self.gate(false, &tcp(theirs, ours, SYN_ACK), Verdict::Local);
        self.gate(true, &tcp(ours, theirs, ACK), Verdict::Send);
        // Nobody connects back.
        self.gate(false, &tcp(theirs, ours, SYN), Verdict::Drop);
        let life = self.wait(self.load.lifetime);
        let handle = taken.handle.to_bits();
        self.live.push(Reverse((
            self.now + life,
            self.counts.taken,
            handle,
            bits,
            lport,
        )));
        self.note_levels();
    }

    fn note_levels(&mut self) {
        self.counts.peak = self.counts.peak.max(self.live.len() as u32);
        if let Some(info) = self
            .core
            .plane
            .pool_from(self.pool)
            .filter(|_| self.is_full)
        {
            let ready = info.count[State::Uncertain as usize];
            self.counts.lowest = self.counts.lowest.min(ready);
        }
    }

    fn end(&mut self) {
        let Some(Reverse((_, _, handle, bits, lport))) = self.live.pop() else {
            return;
        };
        let (ours, theirs) = ((Ipv6Addr::from_bits(bits), lport), (self.peer, PORT));
        self.gate(true, &tcp(ours, theirs, FIN_ACK), Verdict::Send);
        self.gate(false, &tcp(theirs, ours, FIN_ACK), Verdict::Local);
        let begin = Instant::now();
        let ended = Handle::from_bits(handle).map(|handle| self.core.plane.end(handle, self.now));
        self.times.end += begin.elapsed();
        match ended {
            Some(Ok(cookie)) if cookie == handle as usize => self.counts.ended += 1,
            _ => self.counts.wrong += 1,
        }
        // What comes late is dropped.
        self.gate(false, &tcp(theirs, ours, ACK), Verdict::Drop);
    }
}
