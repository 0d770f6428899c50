// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! All of it in turn: ten times a second, what is due. Now and then everything rests:
//! nothing begins, what is there ends, and what is left then is looked at.

use super::Plan;
use super::chance::{Chance, SECOND};
use super::clients::{self, Clients, Place};
use super::faults::{Faults, Figure};
use super::judge::{Check, Host, Judge, Tally};
use super::keeper::{Keeper, Wanted};
use super::servers::{self, PORTS, Servers};
use crate::control::NodeControl;
use crate::host::{App, Node, NodeConfig};
use crate::lab::{BEGIN, Lab};
use crate::link::ether::Mac;
use crate::link::net::Net;
use crate::link::weather::{Toll, Weather};
use crate::world::{number, stock};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use umux_abi::{Control, Counters, PoolId, Prefix};
use umux_core::plane::Micros;

/// How often sessions and faults are looked at.
const TICK: Duration = Duration::from_millis(100);

/// How often the core is inspected.
const INSPECT: Micros = SECOND;

/// Prefixes of the link.
const PREFIXES: [&str; 2] = ["2001:db8:1::/64", "2001:db8:2::/64"];

/// Slots of the plane; small enough to be filled once at the end.
const SLOTS: u32 = 4096;

/// Everything rests so often, or twice on the way if that is sooner.
const REST: Duration = Duration::from_secs(3600);

/// How long what is there may take to end when nothing new begins.
const REST_MAX: Micros = 400 * SECOND;

/// What is allocated may be more in the second half by so much, for a queue of the
/// simulation that doubles at its largest burst.  Over 8 hours that would show what
/// leaks 26 bytes a session.
const HEAP_SLACK: usize = 512 << 10;

/// The same of what is resident: an allocator does not give everything back.
const RESIDENT_SLACK: usize = 4 << 20;

/// Longer than the plane remembers anything: a duplicate, ten minutes.
const FORGOTTEN: Micros = 620 * SECOND;

/// Frames in one tick, hardly ever more.
pub(super) const FRAMES: usize = 16_384;

/// Everything that runs.
pub(super) struct Soak {
    pub lab: Lab,
    pub control: NodeControl,
    pub places: Vec<Place>,
    pub chance: Chance,
    pub keeper: Keeper,
    pub clients: Clients,
    pub servers: Servers,
    pub faults: Faults,
    pub judge: Judge,
    steady: Option<Micros>,
    inspected: Micros,
    heap: Option<fn() -> usize>,
    heaps: Vec<usize>,
    resident: Vec<usize>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Virtual time with sessions and faults.
    pub time: Duration,
    /// The time it took.
    pub wall: Duration,
    /// How each check went.
    pub checks: Vec<(Check, Tally)>,
    /// What each rested on, in words.
    pub proof: BTreeMap<Check, String>,
    /// Figures in words, one a line.
    pub figures: Vec<String>,
}

impl Outcome {
    /// Whether everything held, and was looked at.
    pub fn is_sound(&self) -> bool {
        self.checks.iter().all(|(_, tally)| tally.failed == 0)
    }
}

/// Runs it.
///
/// # Errors
/// The soak itself broke, in words.
pub fn run(plan: &Plan, say: impl Fn(&str)) -> Result<Outcome, String> {
    let begin = Instant::now();
    let mut soak = Soak::new(plan)?;
    let end = BEGIN + plan.time.as_micros() as Micros;
    let mut rests = 1;
    while soak.lab.now() < end {
        soak.tick()?;
        let due = BEGIN + (REST.min(plan.time / 3) * rests).as_micros() as Micros;
        if soak.lab.now() >= due {
            rests += 1;
            soak.rest()?;
            say(&soak.status());
        }
    }
    soak.close()?;
    Ok(soak.outcome(plan, begin.elapsed()))
}

impl Soak {
    fn new(plan: &Plan) -> Result<Soak, String> {
        let mut chance = Chance::new(plan.seed);
        let parsed = |text: &str| text.parse::<Prefix>().map_err(|e| e.to_string());
        let prefixes = [parsed(PREFIXES[0])?, parsed(PREFIXES[1])?];
        let mut config = NodeConfig::new(prefixes[0]);
        config.on_link.push(prefixes[1]);
        config.address = Some(number(prefixes[0], 1));
        config.plane.max_addrs = SLOTS;
        config.seed = chance.bits();
        let interface = config.interface.clone();
        let mut node = Node::new(config, Mac::lab(1), BEGIN).map_err(|e| format!("{e:?}"))?;
        node.claim_own(number(prefixes[1], 1), BEGIN);
        node.history.disable();
        let weather = Weather::new(chance.bits());
        let lab = Lab::still(|now| {
            let mut net = Net::new(node);
            net.weather = weather;
            net.seen = Some(Vec::with_capacity(FRAMES));
            for n in 2..5u8 {
                let mut host = stock(n, number(prefixes[0], n.into()), chance.bits(), now);
                if n < 4 {
                    host.set_probes(0);
                    host.claim(number(prefixes[1], n.into()), now);
                    host.set_probes(1);
                }
                net.hosts.push(host);
            }
            net
        });
        let place = |prefix| Place {
            pool: PoolId::new(interface.clone(), prefix),
            peers: [number(prefix, 2), number(prefix, 3)],
        };
        let places = prefixes.map(place).to_vec();
        let mut control = NodeControl::new(lab.clone());
        let rules = ["guard port 80".parse(), "guard port 443".parse()];
        let rules: Result<Vec<_>, _> = rules.into_iter().collect();
        let rules = rules.map_err(|e| format!("{e}"))?;
        control
            .set_listen_rules(&rules, true)
            .map_err(|e| e.to_string())?;
        for port in PORTS {
            lab.with(|net, now| net.node.listen(port, App::Echo, now))
                .map_err(|e| e.to_string())?;
        }
        let keeper = Keeper::new(&control, &mut chance);
        let mut soak = Soak {
            clients: Clients::new(&places),
            servers: Servers::new(&places),
            faults: Faults::new(),
            judge: Judge::new(BEGIN),
            lab,
            control,
            places,
            chance,
            keeper,
            steady: Some(BEGIN),
            inspected: 0,
            heap: plan.heap,
            heaps: Vec::new(),
            resident: Vec::new(),
        };
        soak.set_levels();
        soak.keeper.start()?;
        Ok(soak)
    }

    /// Another file for umuxd: both pools, at other levels.
    pub fn set_levels(&mut self) {
        for (n, place) in self.places.iter().enumerate() {
            let wanted = Wanted {
                level: self.chance.of(&[60, 90, 130, 200, 300]).unwrap_or(60),
                refuse: n == 1,
                max_age: if n == 0 { 900 } else { 0 },
            };
            self.keeper.file.insert(place.pool.clone(), wanted);
        }
    }

    fn tick(&mut self) -> Result<(), String> {
        self.lab.pause(TICK);
        let now = self.lab.now();
        self.run_faults(now)?;
        // Programs of a machine that stands still do nothing.
        let halted = self.lab.with(|net, _| net.halted);
        if !halted {
            self.keeper.run(&mut self.control, &mut self.chance, now);
        }
        let Soak {
            lab,
            clients,
            servers,
            judge,
            chance,
            ..
        } = self;
        lab.with(|net, now| {
            if !halted {
                clients.run(&mut net.node, judge, chance, now);
                servers.run(net, judge, chance, now);
            }
            // Or their hosts would ask for dead addresses for ever.
            for dead in judge.buried(now) {
                for host in &mut net.hosts {
                    host.stack.give_up(dead);
                }
            }
            judge.poke(net, Mac::lab(1), now);
        });
        lab.with(|net, _| judge.frames(net));
        self.inspect(now);
        Ok(())
    }

    fn inspect(&mut self, now: Micros) {
        self.steady = match self.steady {
            _ if !self.faults.is_steady() => None,
            None => Some(now),
            since => since,
        };
        if now < self.inspected + INSPECT {
            return;
        }
        self.inspected = now;
        let (servers, judge, steady) = (&self.servers, &mut self.judge, self.steady);
        self.lab.with(|net, now| {
            let host = Host {
                steady,
                is_down: !net.node.is_up(),
                sessions: net.node.session_addresses().collect(),
                waiting: servers.waiting(net),
            };
            judge.inspect(&mut net.node, &host, now);
        });
    }

    /// Nothing begins until all is over.
    fn rest(&mut self) -> Result<(), String> {
        self.set_resting(true);
        let since = self.lab.now();
        while self.lab.now() < since + REST_MAX + FORGOTTEN {
            self.tick()?;
            if self.faults.is_quiet() && self.open() == 0 {
                break;
            }
        }
        let (open, now) = (self.open(), self.lab.now());
        self.judge.look(Check::Closed, open == 0, now, || {
            format!(
                "{open} sessions are left after {} s of rest",
                (now - since) / SECOND
            )
        });
        self.heaps.extend(self.heap.map(|heap| heap()));
        self.resident.extend(resident());
        self.set_resting(false);
        Ok(())
    }

    fn set_resting(&mut self, resting: bool) {
        self.clients.resting = resting;
        self.servers.resting = resting;
        self.faults.resting = resting;
    }

    /// Sessions and handshakes, by whoever's account.
    fn open(&mut self) -> usize {
        let (sessions, handshakes) = self.lab.with(|net, _| net.node.open_count());
        let core = self.control.sessions().map_or(0, |all| all.len());
        let armed = self.control.das_list().map_or(0, |all| all.len());
        let known = self.clients.count() + self.servers.count();
        known.max(sessions + handshakes).max(core).max(armed)
    }

    /// The end: everything is closed, every pool withdrawn, and the plane has nothing.
    fn close(&mut self) -> Result<(), String> {
        self.rest()?;
        self.set_resting(true);
        self.keeper.file.clear();
        let now = self.lab.now();
        self.keeper.reload(now)?;
        let until = now + FORGOTTEN;
        while self.lab.now() < until {
            self.tick()?;
        }
        self.look_empty("after the last pool was withdrawn");
        let filled = self.fill_slots();
        let now = self.lab.now();
        self.judge.look(Check::Slots, filled.is_ok(), now, || {
            filled.err().unwrap_or_default()
        });
        self.look_empty("after every slot was used once more");
        Ok(())
    }

    fn look_empty(&mut self, when: &str) {
        let open = self.open();
        let (groups, timer, used, pools, waiting) = self.lab.with(|net, _| {
            let groups = net.node.groups();
            let plane = &net.node.core().plane;
            let (used, pools) = (plane.used(), plane.pools_used());
            (groups, plane.next_run(), used, pools, plane.waiting())
        });
        let now = self.lab.now();
        let empty = (open, groups, timer, used, pools, waiting) == (0, 0, None, 0, 0, 0);
        self.judge.look(Check::Closed, empty, now, || {
            format!(
                "{when}: {open} sessions, {groups} groups, timer {timer:?}, {used} slots, {pools} pools, {waiting} armed"
            )
        });
    }

    /// A slot that leaked would be missing: all are taken once, and given back.
    fn fill_slots(&mut self) -> Result<(), String> {
        let id = self.places[0].pool.clone();
        let base = id.prefix.bits() | 0xabcd << 40;
        let all: Vec<_> = (1..=SLOTS + 1)
            .map(|n| std::net::Ipv6Addr::from_bits(base | u128::from(n)))
            .collect();
        let spec = umux_abi::PoolSpec::new(id.clone());
        let fault = |e: umux_abi::Error| e.to_string();
        self.control.pool_add(&spec).map_err(fault)?;
        let batch = self.control.addr_add(&id, &all).map_err(fault)?;
        let now = self.lab.now();
        let done = batch.done;
        self.judge
            .look(Check::Slots, done == SLOTS as usize, now, || {
                format!("{done} of {SLOTS} slots could be had")
            });
        self.lab.pause(Duration::from_secs(5));
        let pools = self.control.pools().map_err(fault)?;
        let ready = pools.first().map_or(0, |pool| pool.counts.uncertain);
        self.judge.look(Check::Slots, ready == SLOTS, now, || {
            format!("{ready} of {SLOTS} addresses became ready")
        });
        self.control.pool_del(&id, false).map_err(fault)?;
        self.lab.pause(Duration::from_secs(5));
        Ok(())
    }

    fn status(&self) -> String {
        let now = Duration::from_micros(self.lab.now() - BEGIN);
        let clients = &self.clients.figures;
        let faults: u64 = self.faults.figures.values().map(|f| f.count).sum();
        format!(
            "{:6.2} h: {} sessions begun, {} addresses armed, {faults} faults, {} failures{}",
            now.as_secs_f64() / 3600.0,
            clients.begun,
            self.servers.figures.armed,
            self.judge.failures(),
            self.heaps
                .last()
                .map_or(String::new(), |heap| format!(", {heap} bytes allocated"))
        )
    }

    fn outcome(mut self, plan: &Plan, wall: Duration) -> Outcome {
        let now = self.lab.now();
        for (all, slack) in [(&self.heaps, HEAP_SLACK), (&self.resident, RESIDENT_SLACK)] {
            let (early, late) = all.split_at(all.len().div_ceil(2));
            let (Some(early), Some(late)) = (early.iter().max(), late.iter().max()) else {
                continue;
            };
            self.judge
                .look(Check::Memory, *late <= early + slack, now, || {
                    format!("{late} bytes at a rest, at most {early} in the first half")
                });
        }
        let counters = self.control.stats().unwrap_or_default();
        let toll = self.lab.with(|net, _| net.weather.toll);
        let proof = self.proof(&counters);
        Outcome {
            time: plan.time,
            wall,
            checks: Check::ALL
                .into_iter()
                .map(|check| (check, self.judge.tally(check)))
                .collect(),
            proof,
            figures: self.figures(&counters, toll),
        }
    }

    fn proof(&self, counters: &Counters) -> BTreeMap<Check, String> {
        let clients::Figures {
            begun,
            bytes,
            longest,
            cut,
            own,
            ..
        } = self.clients.figures;
        let servers = &self.servers.figures;
        let looked = |check| self.judge.tally(check).looked;
        let faults: u64 = self.faults.figures.values().map(|f| f.count).sum();
        let slowest = self.faults.figures.values().map(|f| f.slowest).max();
        let heaps: Vec<_> = self.heaps.iter().map(|heap| heap / 1024).collect();
        let resident: Vec<_> = self.resident.iter().map(|bytes| bytes / 1024).collect();
        BTreeMap::from([
            (
                Check::Data,
                format!(
                    "{begun} sessions of the node and {} of its servers; {bytes} and {} bytes came back as they went, an answer after {:.1} s at the latest; {} were cut by faults",
                    servers.talked,
                    servers.bytes,
                    longest as f64 / 1e6,
                    cut + servers.cut
                ),
            ),
            (
                Check::Policy,
                format!(
                    "{} times, whether an address of its own was given",
                    looked(Check::Policy)
                ),
            ),
            (
                Check::Own,
                format!("{} addresses given, none twice", own + servers.armed),
            ),
            (
                Check::Silence,
                format!(
                    "{} packets and solicitations to dead addresses; {} frames of the node looked at",
                    self.judge.poked, self.judge.frames
                ),
            ),
            (
                Check::Intruder,
                format!("{} that were not meant saw silence", servers.intruders),
            ),
            (
                Check::Stuck,
                format!(
                    "state, age and timer of addresses, {} looks",
                    looked(Check::Stuck)
                ),
            ),
            (
                Check::Counts,
                format!(
                    "{} comparisons, once a second; {} taken, {} returned, {} ended, {} armed, {} lapsed",
                    looked(Check::Counts),
                    counters.taken,
                    counters.returned,
                    counters.ended,
                    counters.armed,
                    counters.lapsed
                ),
            ),
            (
                Check::Level,
                format!(
                    "{} times after {faults} faults, {:.1} s at the latest",
                    looked(Check::Level),
                    slowest.unwrap_or(0) as f64 / 1e6
                ),
            ),
            (
                Check::Closed,
                "no session at a rest; at the end no slot, pool, group, timer".into(),
            ),
            (
                Check::Slots,
                format!("all {SLOTS} taken, ready, and given back"),
            ),
            (
                Check::Memory,
                format!("KiB at rests: allocated {heaps:?}, resident {resident:?}"),
            ),
        ])
    }

    fn figures(&self, counters: &Counters, toll: Toll) -> Vec<String> {
        let clients = &self.clients.figures;
        let servers::Figures {
            armed,
            talked,
            lapsed,
            refused,
            cut,
            intruders,
            ..
        } = self.servers.figures;
        let mut lines = vec![
            format!(
                "clients:   {} sessions, {} TCP and {} UDP, {} with addresses of their own, {} legacy, at most {} at once",
                clients.begun, clients.tcp, clients.udp, clients.own, clients.legacy, clients.peak
            ),
            format!(
                "           {} refused by an empty pool, {} never sent, {} cut by faults, {} whose goodbye was not answered, {} over",
                clients.refused, clients.returned, clients.cut, clients.unanswered, clients.over
            ),
            format!(
                "servers:   {armed} addresses armed, {talked} served, {lapsed} lapsed, {cut} cut, {refused} could not be armed, {intruders} intruders"
            ),
            format!(
                "link:      {} frames lost, {} doubled, {} late; {} probes, {} defended, {} duplicates, {} conflicts, {} advertisements forged",
                toll.lost,
                toll.doubled,
                toll.late,
                counters.probes,
                counters.defended,
                counters.duplicated,
                counters.conflict,
                self.faults.forged
            ),
            format!(
                "umuxd:     {} starts, {} reloads, generator dead {} times",
                self.keeper.starts, self.keeper.reloads, self.keeper.deaths
            ),
        ];
        let faults = self.faults.figures.iter();
        lines.extend(faults.map(|(kind, Figure { count, slowest })| {
            format!(
                "fault:     {:<16} {count:>4} times, levels back after {:.1} s at the latest",
                format!("{kind:?}"),
                *slowest as f64 / 1e6
            )
        }));
        lines
    }
}

/// Bytes of the process that are resident, where the system says.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: usize = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}
