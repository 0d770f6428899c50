// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Sessions that others begin: addresses are armed for the node's guarded servers, and
//! their clients come, or do not, or others come.

use super::chance::{Chance, SECOND};
use super::clients::Place;
use super::judge::{Check, Judge};
use super::words::Words;
use crate::control::servers;
use crate::host::Stock;
use crate::link::net::Net;
use smoltcp::iface::SocketHandle;
use smoltcp::socket::tcp;
use std::net::Ipv6Addr;
use umux_abi::{DasSpec, Errno};
use umux_core::plane::Micros;
use umux_core::table::slot::{Phase, State};

/// Ports of the node's servers.
pub const PORTS: [u16; 2] = [80, 443];

/// Mean time between two that are armed.
const MEAN: Micros = 3 * SECOND;

const PATIENCE: Micros = 60 * SECOND;

/// How long somebody who is not meant tries.
const TRIES: Micros = 5 * SECOND;

/// What its client does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Plan {
    /// Never comes.
    Absent,
    /// Says so much.
    Talk(u32),
    /// Sends a SYN, and is gone.
    Syn,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// The client comes then.
    Armed(Micros),
    /// It is connecting, since.
    Opening(SocketHandle, Micros),
    /// It waits for an answer, since.
    Talking(SocketHandle, Micros),
    /// Goodbye was said, since.
    Gone(Micros),
}

struct Call {
    ssa: Ipv6Addr,
    port: u16,
    /// Number of the host that comes.
    host: usize,
    plan: Plan,
    stage: Stage,
    lapses: Micros,
    words: Words,
    said: usize,
    piece: usize,
    back: usize,
    /// Somebody else tries, since.
    intruder: Option<(SocketHandle, Micros)>,
    intrudes: bool,
    /// Its listener was closed, or all was cut.
    cut: bool,
}

/// What became of them.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Figures {
    pub armed: u64,
    pub talked: u64,
    pub lapsed: u64,
    pub refused: u64,
    pub cut: u64,
    pub bytes: u64,
    pub intruders: u64,
}

/// All of them.
pub struct Servers {
    all: Vec<Call>,
    places: Vec<Place>,
    next: Micros,
    pub resting: bool,
    pub figures: Figures,
}

impl Servers {
    pub fn new(places: &[Place]) -> Servers {
        Servers {
            all: Vec::new(),
            places: places.to_vec(),
            next: 0,
            resting: false,
            figures: Figures::default(),
        }
    }

    pub fn count(&self) -> usize {
        self.all.len()
    }

    pub fn run(&mut self, net: &mut Net, judge: &mut Judge, chance: &mut Chance, now: Micros) {
        while !self.resting && self.next <= now {
            self.arm(net, judge, chance, now);
            self.next = self.next.max(now) + chance.wait(MEAN);
        }
        let figures = &mut self.figures;
        let resting = self.resting;
        self.all
            .retain_mut(|call| !call.run(net, judge, chance, figures, resting, now));
    }

    fn arm(&mut self, net: &mut Net, judge: &mut Judge, chance: &mut Chance, now: Micros) {
        let which = chance.between(0, self.places.len() as u64 - 1) as usize;
        let Some(place) = self.places.get(which) else {
            return;
        };
        let host = chance.between(0, 1) as usize;
        let port = chance.of(&PORTS).unwrap_or(80);
        let lifetime = chance.between(2, 60) as u32;
        let client = if chance.one_in(2) {
            format!("{}/128", place.peers[host])
        } else {
            "::/0".into()
        };
        let spec = DasSpec {
            port,
            pid: None,
            fd: None,
            ssa: None,
            pool: Some(place.pool.clone()),
            client: client.parse().unwrap_or_default(),
            lifetime_ms: lifetime * 1000,
        };
        let ssa = match servers::arm(&mut net.node, &spec, now) {
            Ok(ssa) => ssa,
            Err(errno) => {
                let known = matches!(
                    errno,
                    // No pool, no listener, none ready.
                    Errno::Enoent | Errno::Esrch | Errno::Eaddrnotavail
                );
                judge.look(Check::Policy, known, now, || {
                    format!("an address cannot be armed: {errno}")
                });
                self.figures.refused += 1;
                return;
            }
        };
        judge.began(ssa, now);
        self.figures.armed += 1;
        let plan = match chance.between(1, 10) {
            1 => Plan::Absent,
            2 => Plan::Syn,
            _ => Plan::Talk(chance.between(1, 12) as u32),
        };
        self.all.push(Call {
            ssa,
            port,
            host,
            plan,
            stage: Stage::Armed(now + chance.between(1, 1_500_000)),
            lapses: now + u64::from(lifetime) * SECOND,
            words: Words::new(chance.bits() as u32),
            said: 0,
            piece: 0,
            back: 0,
            intruder: None,
            intrudes: chance.one_in(3),
            cut: false,
        });
    }

    /// Addresses that wait for their client, as far as is known here.
    pub fn waiting(&self, net: &mut Net) -> Vec<Ipv6Addr> {
        let table = net.node.core().table;
        let waits = |ssa: &Ipv6Addr| {
            table.find((*ssa).into()).is_some_and(|(_, view)| {
                view.meta.state() == State::Valid && view.meta.phase().is_waiting()
            })
        };
        self.all.iter().map(|call| call.ssa).filter(waits).collect()
    }

    /// A listener was closed: what waits for it has to be silent at once.
    pub fn closed(&mut self, port: u16, net: &mut Net, judge: &mut Judge, now: Micros) {
        let waiting = self.waiting(net);
        for call in self.all.iter_mut().filter(|call| call.port == port) {
            judge.look(Check::Stuck, !waiting.contains(&call.ssa), now, || {
                format!("{} waits for a listener that is closed", call.ssa)
            });
            let has_session = net.node.session_addresses().any(|addr| addr == call.ssa);
            if !has_session && !matches!(call.stage, Stage::Gone(_)) {
                call.cut = true;
            }
        }
    }

    /// Nothing can come of any of them any more.
    pub fn cut(&mut self) {
        for call in &mut self.all {
            call.cut = true;
        }
    }
}

fn state(host: &Stock, call: SocketHandle) -> tcp::State {
    host.opened(call)
}

impl Call {
    fn phase(&self, net: &mut Net) -> Option<Phase> {
        let table = net.node.core().table;
        let (_, view) = table.find(self.ssa.into())?;
        (view.meta.state() == State::Valid).then(|| view.meta.phase())
    }

    /// What is due; `true`: it is over.
    fn run(
        &mut self,
        net: &mut Net,
        judge: &mut Judge,
        chance: &mut Chance,
        figures: &mut Figures,
        resting: bool,
        now: Micros,
    ) -> bool {
        self.intrude(net, judge, figures, now);
        if self.cut {
            self.hang_up(net, true, now);
        }
        let lapsed = self.phase(net).is_none();
        match self.stage {
            Stage::Armed(comes) if now >= comes => {
                if lapsed || self.plan == Plan::Absent {
                    self.stage = Stage::Gone(self.lapses);
                    return false;
                }
                let call = net.hosts[self.host].open(self.ssa, self.port);
                self.stage = Stage::Opening(call, now);
            }
            Stage::Opening(call, since) => match state(&net.hosts[self.host], call) {
                tcp::State::SynSent if self.plan == Plan::Syn => {
                    if now > since {
                        self.hang_up(net, true, now);
                    }
                }
                tcp::State::Established => {
                    if self.plan == Plan::Syn {
                        self.hang_up(net, true, now);
                    } else {
                        self.say(net, chance, call, resting, now);
                    }
                }
                // Its time may run out while frames are lost.
                tcp::State::SynSent if lapsed => {
                    // A host here asks for one link-layer address a second.
                    let early = self.lapses > since + PATIENCE / 4;
                    let calm = judge.calm.is_some_and(|calm| calm + PATIENCE / 3 < since);
                    judge.look(Check::Data, !(early && calm), now, || {
                        format!("{} lapsed, although its client came", self.ssa)
                    });
                    figures.lapsed += 1;
                    self.hang_up(net, true, now);
                }
                tcp::State::SynSent => {
                    if judge.is_overdue(since, PATIENCE, now) {
                        self.lost(net, judge, now, "is not answered");
                    }
                }
                _ => self.lost(net, judge, now, "was refused"),
            },
            Stage::Talking(call, since) => {
                let host = &mut net.hosts[self.host];
                let came = host.hear(call);
                let sound = self.words.are(self.back, &came);
                judge.look(Check::Data, sound, now, || {
                    format!("the client of {} heard what it did not say", self.ssa)
                });
                self.back += came.len();
                let open = state(host, call) == tcp::State::Established;
                if self.back >= self.said + self.piece {
                    figures.bytes += self.piece as u64;
                    self.said += self.piece;
                    self.say(net, chance, call, resting, now);
                    if matches!(self.stage, Stage::Gone(_)) {
                        figures.talked += 1;
                    }
                } else if !open {
                    self.lost(net, judge, now, "ended by itself");
                } else if judge.is_overdue(since, PATIENCE, now) {
                    self.lost(net, judge, now, "got no answer");
                }
            }
            Stage::Gone(since) if lapsed && self.intruder.is_none() => {
                let peer = self.places_peer(net);
                judge.ended(self.ssa, self.port, peer, chance, now);
                figures.cut += u64::from(self.cut);
                figures.lapsed += u64::from(self.plan == Plan::Absent && since <= now);
                return true;
            }
            Stage::Gone(since) => {
                // The server gives up after five minutes, if the goodbye was lost.
                if judge.is_overdue(since, 7 * PATIENCE, now) {
                    judge.look(Check::Stuck, false, now, || {
                        format!("{} of a server does not end", self.ssa)
                    });
                    self.stage = Stage::Gone(now);
                }
            }
            Stage::Armed(_) => {}
        }
        false
    }

    /// Where its client might speak from again.
    fn places_peer(&self, net: &Net) -> (Ipv6Addr, u16) {
        (net.hosts[self.host].own(), 50_000)
    }

    fn say(
        &mut self,
        net: &mut Net,
        chance: &mut Chance,
        call: SocketHandle,
        resting: bool,
        now: Micros,
    ) {
        match self.plan {
            Plan::Talk(left) if left > 0 && !resting => {
                self.plan = Plan::Talk(left - 1);
                self.piece = chance.between(1, 1_000) as usize;
                let words = self.words.say(self.said, self.piece);
                net.hosts[self.host].say(call, &words);
                self.stage = Stage::Talking(call, now);
            }
            _ => self.hang_up(net, false, now),
        }
    }

    fn lost(&mut self, net: &mut Net, judge: &mut Judge, now: Micros, why: &str) {
        judge.look(Check::Data, false, now, || {
            let phase = self.phase(net);
            format!(
                "the connection to {} {why}; it is {phase:?}, {:?}",
                self.ssa, self.stage
            )
        });
        self.hang_up(net, true, now);
    }

    fn hang_up(&mut self, net: &mut Net, hard: bool, now: Micros) {
        match self.stage {
            Stage::Opening(call, _) | Stage::Talking(call, _) => {
                let host = &mut net.hosts[self.host];
                if hard {
                    host.break_off(call);
                } else {
                    host.hang_up(call);
                }
                self.stage = Stage::Gone(now);
            }
            Stage::Armed(_) => self.stage = Stage::Gone(now),
            Stage::Gone(_) => {}
        }
    }

    /// Another host, or another connection of the same one, gets nothing at all.
    fn intrude(&mut self, net: &mut Net, judge: &mut Judge, figures: &mut Figures, now: Micros) {
        let host = 1 - self.host;
        match self.intruder {
            None if self.intrudes && matches!(self.stage, Stage::Talking(..)) => {
                self.intrudes = false;
                figures.intruders += 1;
                self.intruder = Some((net.hosts[host].open(self.ssa, self.port), now));
            }
            Some((call, since)) => {
                let state = state(&net.hosts[host], call);
                let done = now >= since + TRIES;
                if done || state != tcp::State::SynSent {
                    judge.look(Check::Intruder, state == tcp::State::SynSent, now, || {
                        format!("one who was not meant for {} sees {state}", self.ssa)
                    });
                    net.hosts[host].break_off(call);
                    self.intruder = None;
                }
            }
            None => {}
        }
    }
}
