// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! umuxd's part: its engine and its configuration, and a loop around them that does
//! what its daemon does, but on virtual time, with a generator that is no process.

use super::chance::Chance;
use crate::control::NodeControl;
use std::collections::BTreeMap;
use std::net::Ipv6Addr;
use std::path::Path;
use std::sync::mpsc::Receiver;
use std::time::Duration;
use umux_abi::lab::Host;
use umux_abi::{AddrState, Control, Errno, Event, PoolId};
use umux_core::plane::Micros;
use umuxd::config::{Config, PoolConfig};
use umuxd::engine::{Added, Command, Engine, Withdrawn};

/// Groups that addresses share, as by umux-addrgen.
const GROUPS: usize = 16;

/// One pool of the configuration.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub level: u32,
    pub refuse: bool,
    pub max_age: u32,
}

/// The daemon.
pub struct Keeper {
    /// What its file says.
    pub file: BTreeMap<PoolId, Wanted>,
    engine: Option<Engine>,
    events: Receiver<Event>,
    /// Its generator dies whenever it is asked.
    pub generator_dies: bool,
    /// Events are lost, and nobody says so.
    pub deaf: bool,
    /// Addresses that the generator comes to by bad luck: others have them.
    pub unlucky: Vec<Ipv6Addr>,
    suffixes: [u32; GROUPS],
    /// How often it began, was reloaded, and saw its generator die.
    pub starts: u64,
    pub reloads: u64,
    pub deaths: u64,
}

impl Keeper {
    pub fn new(control: &NodeControl, chance: &mut Chance) -> Keeper {
        let mut suffixes = [0; GROUPS];
        suffixes.fill_with(|| chance.bits() as u32 & 0x00ff_ffff);
        Keeper {
            file: BTreeMap::new(),
            engine: None,
            events: control.subscribe(),
            generator_dies: false,
            deaf: false,
            unlucky: Vec::new(),
            suffixes,
            starts: 0,
            reloads: 0,
            deaths: 0,
        }
    }

    fn pools(&self) -> Result<Vec<PoolConfig>, String> {
        if self.file.is_empty() {
            // A file without pools is refused; who withdraws them all ends umuxd, and
            // they one by one.
            return Ok(Vec::new());
        }
        let mut text = String::new();
        for (id, pool) in &self.file {
            let miss = if pool.refuse { "refuse" } else { "legacy" };
            text += &format!(
                "[[pool]]\ninterface = \"{}\"\nprefix = \"{}\"\nlevel = {}\nmax_age = {}\nmiss = \"{miss}\"\n",
                id.interface, id.prefix, pool.level, pool.max_age
            );
        }
        let config = Config::parse(&text, Path::new("soak"), Path::new("none"));
        Ok(config.map_err(|e| e.to_string())?.pools)
    }

    pub fn kill(&mut self) {
        self.engine = None;
    }

    pub fn start(&mut self) -> Result<(), String> {
        self.starts += 1;
        self.engine = Some(Engine::new(&self.pools()?));
        Ok(())
    }

    /// Reads its file again; if it does not run, it will when it starts.
    pub fn reload(&mut self, now: Micros) -> Result<(), String> {
        let pools = self.pools()?;
        if let Some(engine) = &mut self.engine {
            self.reloads += 1;
            engine.configure(Duration::from_micros(now), &pools);
        }
        Ok(())
    }

    /// Somebody tells it that events were lost.
    pub fn lost(&mut self, now: Micros) {
        if let Some(engine) = &mut self.engine {
            engine.lost(Duration::from_micros(now));
        }
    }

    /// Does what is to be done now.
    pub fn run(&mut self, control: &mut NodeControl, chance: &mut Chance, now: Micros) {
        let time = Duration::from_micros(now);
        let events: Vec<_> = self.events.try_iter().collect();
        let Some(mut engine) = self.engine.take() else {
            return;
        };
        if !self.deaf {
            for event in events {
                engine.event(time, &event);
            }
        }
        while let Some(command) = engine.next(time) {
            self.carry_out(&mut engine, command, control, chance, time);
        }
        // They are told to a log, which there is none of here.
        engine.notices();
        self.engine = Some(engine);
    }

    fn carry_out(
        &mut self,
        engine: &mut Engine,
        command: Command,
        control: &mut NodeControl,
        chance: &mut Chance,
        time: Duration,
    ) {
        match command {
            Command::Ask => match control.pools() {
                Ok(levels) => engine.levels(time, &levels),
                Err(_) => engine.levels_failed(time),
            },
            Command::Create(spec) => {
                let made = control.pool_add(&spec).map_err(|e| e.errno());
                engine.created(time, &spec.id, made);
            }
            Command::Generate { pool, .. } if self.generator_dies => {
                self.deaths += 1;
                engine.not_generated(time, &pool, "it was killed".into());
            }
            Command::Generate { pool, count } => {
                let addrs = self.generate(&pool, count, chance);
                engine.generated(&pool, addrs);
            }
            Command::Add { pool, addrs } => {
                let added = match control.addr_add(&pool, &addrs) {
                    Ok(batch) => Added::Batch(batch),
                    Err(e) => e.errno().map_or(Added::Unreachable, Added::Refused),
                };
                engine.added(time, &pool, added);
            }
            Command::Withdraw(pool) => {
                engine.withdrawn(time, &pool, withdraw(control, &pool));
            }
        }
    }

    fn generate(&mut self, pool: &PoolId, count: u32, chance: &mut Chance) -> Vec<Ipv6Addr> {
        let base = pool.prefix.bits();
        let mut all: Vec<_> = (0..count)
            .map(|_| {
                let group = chance.between(0, GROUPS as u64 - 1) as usize;
                let random = chance.bits() & !0x00ff_ffff;
                let host = random | u64::from(self.suffixes[group]);
                Ipv6Addr::from_bits(base | u128::from(host))
            })
            .collect();
        let (here, elsewhere): (Vec<_>, Vec<_>) = std::mem::take(&mut self.unlucky)
            .into_iter()
            .partition(|addr| pool.prefix.contains(addr));
        self.unlucky = elsewhere;
        for (place, addr) in all.iter_mut().zip(here) {
            *place = addr;
        }
        all
    }
}

/// As umuxd does it: the pool if no session has of it, else what no session has.
fn withdraw(control: &mut NodeControl, pool: &PoolId) -> Withdrawn {
    match control.pool_del(pool, false) {
        Ok(()) => Withdrawn::Gone,
        Err(e) if matches!(e.errno(), Some(Errno::Enoent | Errno::Enxio)) => Withdrawn::Gone,
        Err(e) => {
            if e.errno() == Some(Errno::Ebusy)
                && let Ok(addrs) = control.addrs()
            {
                let unused = addrs.iter().filter(|addr| {
                    addr.prefix == Some(pool.prefix)
                        && !matches!(addr.state, AddrState::Valid | AddrState::Tombstone)
                });
                let unused: Vec<_> = unused.map(|addr| addr.address).collect();
                // It is tried again anyway.
                let _ = control.addr_del(pool, &unused);
            }
            Withdrawn::NotYet
        }
    }
}
