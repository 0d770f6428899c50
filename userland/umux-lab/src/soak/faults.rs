// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What goes wrong: one to three faults at a time, then time to recover, which is
//! measured, then some quiet.

use super::chance::SECOND;
use super::clients::USERS;
use super::judge::Check;
use super::run::Soak;
use super::servers::PORTS;
use crate::host::App;
use crate::link::ether::{Mac, wrap};
use crate::link::weather::Odds;
use std::collections::BTreeMap;
use std::net::Ipv6Addr;
use umux_abi::{AddrState, Control};
use umux_core::plane::Micros;
use umux_core::wire::ALL_NODES;
use umux_core::wire::nd::{self, LinkAddr, NaFlags};

/// How soon pools have to be at their levels again.
const RECOVERY: Micros = 90 * SECOND;

/// The same when others answered for addresses of ours: umuxd pauses for up to five
/// minutes then, and goes on slowly.
const AFTER_DUPLICATES: Micros = 480 * SECOND;

/// Most addresses that one simulated host can have, besides its own.
const CLAIMS: u64 = 5;

/// The host that makes trouble.
const STRANGER: usize = 2;

/// A kind of fault.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    LinkDown,
    BadLink,
    Claims,
    Holds,
    ForgedNa,
    GeneratorDies,
    UmuxdRestarts,
    Reload,
    PoolLeaves,
    PrefixLeaves,
    NoMemory,
    Rules,
    ListenerCloses,
    BusyServers,
    MachineStops,
    InterfaceLeaves,
    Flush,
    UserKilled,
    EventsLost,
    DadCount,
}

impl Kind {
    /// The rarest are last.
    const ALL: [Kind; 20] = [
        Kind::LinkDown,
        Kind::BadLink,
        Kind::Claims,
        Kind::Holds,
        Kind::ForgedNa,
        Kind::GeneratorDies,
        Kind::UmuxdRestarts,
        Kind::Reload,
        Kind::PoolLeaves,
        Kind::PrefixLeaves,
        Kind::NoMemory,
        Kind::Rules,
        Kind::ListenerCloses,
        Kind::BusyServers,
        Kind::MachineStops,
        Kind::InterfaceLeaves,
        Kind::Flush,
        Kind::UserKilled,
        Kind::EventsLost,
        Kind::DadCount,
    ];

    /// How long it lasts, seconds.
    fn span(self) -> (u64, u64) {
        match self {
            Kind::LinkDown | Kind::PrefixLeaves => (1, 40),
            Kind::BadLink | Kind::NoMemory | Kind::DadCount => (5, 40),
            Kind::Claims | Kind::Holds | Kind::Rules => (5, 30),
            Kind::GeneratorDies => (5, 60),
            Kind::UmuxdRestarts | Kind::EventsLost => (1, 60),
            Kind::PoolLeaves => (5, 60),
            Kind::ListenerCloses => (1, 10),
            Kind::BusyServers => (1, 8),
            Kind::MachineStops => (1, 90),
            Kind::InterfaceLeaves => (1, 20),
            Kind::Flush | Kind::UserKilled | Kind::ForgedNa | Kind::Reload => (0, 1),
        }
    }

    /// Whether others answer for addresses of ours.
    fn duplicates(self) -> bool {
        matches!(self, Kind::Claims | Kind::Holds | Kind::ForgedNa)
    }
}

/// How often a fault was, and how long pools took to recover from the worst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figure {
    pub count: u64,
    pub slowest: Micros,
}

enum Stage {
    Quiet(Micros),
    /// What is to begin, and what is.
    Wrong(Vec<(Kind, Micros)>, Vec<(Kind, Micros)>),
    Recovering(Micros),
}

/// What goes wrong.
pub struct Faults {
    stage: Stage,
    kinds: Vec<Kind>,
    recovered: BTreeMap<Ipv6Addr, bool>,
    /// When others last answered for an address of ours.
    duplicates: Option<Micros>,
    claimed: Vec<Ipv6Addr>,
    port: u16,
    left: usize,
    /// No new ones.
    pub resting: bool,
    pub figures: BTreeMap<Kind, Figure>,
    pub forged: u64,
}

impl Faults {
    pub fn new() -> Faults {
        Faults {
            stage: Stage::Quiet(30 * SECOND),
            kinds: Vec::new(),
            recovered: BTreeMap::new(),
            duplicates: None,
            claimed: Vec::new(),
            port: 0,
            left: 0,
            resting: false,
            figures: BTreeMap::new(),
            forged: 0,
        }
    }

    /// Nothing is wrong, and all has recovered.
    pub fn is_quiet(&self) -> bool {
        matches!(self.stage, Stage::Quiet(_))
    }

    fn running(&self, kind: Kind) -> bool {
        match &self.stage {
            Stage::Wrong(_, running) => running.iter().any(|(other, _)| *other == kind),
            _ => false,
        }
    }

    /// Addresses probe, and are ready when they should be.
    pub fn is_steady(&self) -> bool {
        let unsteady = [
            Kind::LinkDown,
            Kind::InterfaceLeaves,
            Kind::MachineStops,
            Kind::NoMemory,
        ];
        !unsteady.into_iter().any(|kind| self.running(kind))
    }
}

impl Soak {
    /// What is due.
    pub fn run_faults(&mut self, now: Micros) -> Result<(), String> {
        let stage = std::mem::replace(&mut self.faults.stage, Stage::Quiet(now));
        self.faults.stage = match stage {
            Stage::Quiet(until) if now >= until && !self.faults.resting => self.draw(now),
            Stage::Quiet(until) => Stage::Quiet(until),
            Stage::Wrong(mut coming, mut running) => {
                // `running` is looked at while one begins or ends.
                for (kind, _) in coming.extract_if(.., |(_, at)| *at <= now) {
                    let (least, most) = kind.span();
                    let until = now + self.chance.seconds(least, most);
                    self.faults.figures.entry(kind).or_default().count += 1;
                    self.begin_fault(kind, now)?;
                    running.push((kind, until));
                }
                for (kind, _) in running.extract_if(.., |(_, until)| *until <= now) {
                    self.end_fault(kind, now)?;
                }
                if coming.is_empty() && running.is_empty() {
                    self.judge.calm = Some(now);
                    self.faults.recovered.clear();
                    Stage::Recovering(now)
                } else {
                    Stage::Wrong(coming, running)
                }
            }
            Stage::Recovering(since) => self.recover(since, now),
        };
        Ok(())
    }

    fn draw(&mut self, now: Micros) -> Stage {
        self.judge.calm = None;
        self.faults.kinds.clear();
        let count = self.chance.of(&[1, 1, 2, 3]).unwrap_or(1);
        let mut coming = Vec::new();
        while coming.len() < count {
            let Some(kind) = self.chance.of(&Kind::ALL) else {
                break;
            };
            // Sessions end by it, so that little would be soaked if it were often.
            let rare = kind == Kind::InterfaceLeaves && !self.chance.one_in(4);
            if rare || self.faults.kinds.contains(&kind) {
                continue;
            }
            self.faults.kinds.push(kind);
            coming.push((kind, now + self.chance.seconds(0, 20)));
        }
        Stage::Wrong(coming, Vec::new())
    }

    /// Whether all pools have come back to their levels.
    fn recover(&mut self, since: Micros, now: Micros) -> Stage {
        let pools = self.control.pools().unwrap_or_default();
        for (id, wanted) in &self.keeper.file {
            let full = pools.iter().any(|pool| {
                pool.id == *id
                    && pool.counts.stock() >= wanted.level
                    && pool.counts.uncertain >= wanted.level / 2
            });
            *self.faults.recovered.entry(id.prefix.addr()).or_default() |= full;
        }
        let faults = &mut self.faults;
        let done = faults.recovered.values().all(|full| *full);
        let slow = faults.kinds.iter().any(|kind| kind.duplicates())
            || faults
                .duplicates
                .is_some_and(|last| now < last + AFTER_DUPLICATES);
        let limit = if slow { AFTER_DUPLICATES } else { RECOVERY };
        let took = now - since;
        if !done && took <= limit {
            return Stage::Recovering(since);
        }
        for kind in &faults.kinds {
            let figure = faults.figures.entry(*kind).or_default();
            figure.slowest = figure.slowest.max(took);
        }
        let kinds = &faults.kinds;
        self.judge.look(Check::Level, done, now, || {
            let levels: Vec<_> = pools
                .iter()
                .map(|pool| format!("{} {:?}", pool.id, pool.counts))
                .collect();
            format!(
                "pools are not at their levels {} s after {kinds:?}: {}",
                took / SECOND,
                levels.join(", ")
            )
        });
        Stage::Quiet(now + self.chance.seconds(5, 30))
    }

    fn begin_fault(&mut self, kind: Kind, now: Micros) -> Result<(), String> {
        if kind.duplicates() {
            self.faults.duplicates = Some(now);
        }
        match kind {
            Kind::LinkDown => self.lab.with(|net, now| net.node.set_link(false, now)),
            Kind::BadLink => {
                let mut share = |most| self.chance.between(0, most) as f64 / 100.0;
                let odds = Odds {
                    lost: share(25),
                    doubled: share(25),
                    late: share(30),
                    delay: 2 * SECOND,
                };
                self.lab.with(|net, _| net.weather.odds = odds);
            }
            Kind::Claims => self.claim(),
            Kind::Holds => {
                let count = self.chance.between(1, CLAIMS);
                for _ in 0..count {
                    let Some(addr) = self.fresh() else { break };
                    self.keeper.unlucky.push(addr);
                    self.hold(addr, 0);
                }
            }
            Kind::ForgedNa => self.forge(now),
            Kind::GeneratorDies => self.keeper.generator_dies = true,
            Kind::UmuxdRestarts => self.keeper.kill(),
            Kind::Reload => {
                self.set_levels();
                self.keeper.reload(now)?;
            }
            Kind::PoolLeaves => {
                self.faults.left = self.chance.between(0, 1) as usize;
                let id = self.places[self.faults.left].pool.clone();
                self.keeper.file.remove(&id);
                self.keeper.reload(now)?;
            }
            Kind::PrefixLeaves => {
                let prefix = self.places[1].pool.prefix;
                self.lab.with(|net, _| net.node.withdraw_prefix(&prefix));
            }
            Kind::NoMemory => self.lab.with(|net, _| net.node.set_starved(true)),
            Kind::Rules => {
                let user = self.chance.of(&USERS).unwrap_or(1001);
                let rule = format!("legacy uid {user}");
                let rule = rule.parse().map_err(|e| format!("{e}"))?;
                self.control
                    .set_rules(Some(&[rule]))
                    .map_err(|e| e.to_string())?;
                self.clients.legacy.push(user);
            }
            Kind::ListenerCloses => {
                let port = self.chance.of(&PORTS).unwrap_or(80);
                self.faults.port = port;
                let (servers, judge) = (&mut self.servers, &mut self.judge);
                self.lab.with(|net, now| {
                    net.node.stop_listening(port, now);
                    servers.closed(port, net, judge, now);
                });
            }
            Kind::BusyServers => self.lab.with(|net, _| net.node.set_busy(true)),
            Kind::MachineStops => self.lab.with(|net, _| net.halted = true),
            Kind::InterfaceLeaves => {
                let (clients, servers) = (&mut self.clients, &mut self.servers);
                self.lab.with(|net, now| {
                    net.node.remove_interface(now);
                    clients.cut_own(&mut net.node, now);
                    net.node.abort_all();
                    servers.cut();
                });
            }
            Kind::Flush => {
                self.control.flush(None).map_err(|e| e.to_string())?;
            }
            Kind::UserKilled => {
                let user = self.chance.of(&USERS).unwrap_or(1001);
                let clients = &mut self.clients;
                self.lab.with(|net, now| {
                    clients.kill(user, &mut net.node, now);
                });
            }
            Kind::EventsLost => self.keeper.deaf = true,
            Kind::DadCount => {
                let count = self.chance.of(&[0, 2, 3]).unwrap_or(0);
                self.lab.with(|net, now| net.node.set_dad_count(count, now));
            }
        }
        Ok(())
    }

    fn end_fault(&mut self, kind: Kind, now: Micros) -> Result<(), String> {
        if kind.duplicates() {
            self.faults.duplicates = Some(now);
        }
        match kind {
            Kind::LinkDown | Kind::InterfaceLeaves => {
                self.lab.with(|net, now| net.node.set_link(true, now));
            }
            Kind::BadLink => self.lab.with(|net, _| net.weather.odds = Odds::default()),
            Kind::Claims | Kind::Holds => {
                let claimed = std::mem::take(&mut self.faults.claimed);
                self.keeper.unlucky.clear();
                self.lab.with(|net, _| {
                    for addr in claimed {
                        net.hosts[STRANGER].release(addr);
                    }
                });
            }
            Kind::GeneratorDies => self.keeper.generator_dies = false,
            Kind::UmuxdRestarts => self.keeper.start()?,
            Kind::PoolLeaves => {
                self.set_levels();
                self.keeper.reload(now)?;
            }
            Kind::PrefixLeaves => {
                let prefix = self.places[1].pool.prefix;
                self.lab.with(|net, _| net.node.announce_prefix(prefix));
            }
            Kind::NoMemory => self.lab.with(|net, _| net.node.set_starved(false)),
            Kind::Rules => {
                self.control.set_rules(None).map_err(|e| e.to_string())?;
                self.clients.legacy.clear();
            }
            Kind::ListenerCloses => {
                let port = self.faults.port;
                self.lab
                    .with(|net, now| net.node.listen(port, App::Echo, now))
                    .map_err(|e| e.to_string())?;
            }
            Kind::BusyServers => self.lab.with(|net, _| net.node.set_busy(false)),
            Kind::MachineStops => self.lab.with(|net, _| net.halted = false),
            Kind::EventsLost => {
                self.keeper.deaf = false;
                if self.chance.one_in(2) {
                    self.keeper.lost(now);
                }
            }
            Kind::DadCount => self.lab.with(|net, now| net.node.set_dad_count(1, now)),
            Kind::ForgedNa | Kind::Reload | Kind::Flush | Kind::UserKilled => {}
        }
        Ok(())
    }

    /// An address that the generator will come to.
    fn fresh(&mut self) -> Option<Ipv6Addr> {
        let which = self.chance.between(0, self.places.len() as u64 - 1) as usize;
        let prefix = self.places.get(which)?.pool.prefix;
        let host = self.chance.bits() | 1 << 40;
        Some(Ipv6Addr::from_bits(prefix.bits() | u128::from(host)))
    }

    /// The stranger configures an address; without DAD it has it at once.
    fn hold(&mut self, addr: Ipv6Addr, probes: u8) {
        if self.faults.claimed.len() as u64 >= CLAIMS {
            return;
        }
        self.faults.claimed.push(addr);
        self.lab.with(|net, now| {
            let stranger = &mut net.hosts[STRANGER];
            stranger.set_probes(probes);
            stranger.claim(addr, now);
            stranger.set_probes(1);
        });
    }

    /// The stranger wants addresses that are ours, in whatever state.
    fn claim(&mut self) {
        let count = self.chance.between(1, CLAIMS);
        for _ in 0..count {
            if let Some(addr) = self.some_address(|_| true) {
                self.hold(addr, 1);
            }
        }
    }

    fn some_address(&mut self, which: impl Fn(AddrState) -> bool) -> Option<Ipv6Addr> {
        let addrs = self.control.addrs().unwrap_or_default();
        let known = addrs.iter().filter(|addr| which(addr.state));
        let all: Vec<_> = known.map(|addr| addr.address).collect();
        self.chance.of(&all)
    }

    /// Somebody says that addresses of ours are its own, once.
    fn forge(&mut self, _now: Micros) {
        let count = self.chance.between(1, 10);
        let liar = Mac::lab(97);
        for _ in 0..count {
            let live = |state| {
                matches!(
                    state,
                    AddrState::Uncertain | AddrState::Valid | AddrState::Tentative
                )
            };
            let Some(addr) = self.some_address(live) else {
                return;
            };
            self.faults.forged += 1;
            // Without the flag that would take the peers of a session away, too.
            let na = nd::emit_advertisement(
                &addr,
                &ALL_NODES,
                &addr,
                NaFlags::empty(),
                LinkAddr::new(&liar.0).as_ref(),
            );
            let frame = wrap(Mac::of_group(ALL_NODES), liar, &na);
            self.lab.with(|net, _| net.inject(frame));
        }
    }
}
