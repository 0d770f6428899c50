// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What became of addresses and sessions, as it was seen from outside the core.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::Ipv6Addr;
use std::sync::mpsc::{Receiver, Sender, channel};
use umux_core::plane::{Micros, Plane};
use umux_core::table::slot::{Phase, State};

/// A time in one state and phase; `to` is missing as long as it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The state.
    pub state: State,
    /// Where a server's address stands, if it is valid.
    pub phase: Phase,
    /// Its begin.
    pub from: Micros,
    /// Its end.
    pub to: Option<Micros>,
}

/// A session of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// When the address was taken.
    pub from: Micros,
    /// Protocol number.
    pub proto: u8,
    /// The peer.
    pub peer: Ipv6Addr,
    /// Its port.
    pub port: u16,
}

/// Something that others did to an address, for the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: Micros,
    /// A few words.
    pub what: String,
}

/// The life of one address.
#[derive(Clone, Debug, Default)]
pub struct Life {
    /// States, in order.
    pub spans: Vec<Span>,
    /// Sessions, in order.
    pub uses: Vec<Use>,
    /// What others did.
    pub marks: Vec<Mark>,
}

impl Life {
    /// The state now; `Free`: it has gone.
    pub fn state(&self) -> State {
        match self.spans.last() {
            Some(Span {
                state, to: None, ..
            }) => *state,
            _ => State::Free,
        }
    }

    /// Where it stands now, if it is a server's.
    pub fn phase(&self) -> Phase {
        match self.spans.last() {
            Some(span) if span.to.is_none() => span.phase,
            _ => Phase::Client,
        }
    }

    /// Where it stood while it was valid, in order.
    pub fn phases(&self) -> Vec<Phase> {
        let valid = self.spans.iter().filter(|span| span.state == State::Valid);
        valid.map(|span| span.phase).collect()
    }
}

/// A server's address stands elsewhere now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The address.
    pub ssa: Ipv6Addr,
    /// Where it stands; `Client`: it is gone.
    pub phase: Phase,
    /// Its client, address and port, if that is known.
    pub client: Option<(Ipv6Addr, u16)>,
}

/// The lives of all addresses, in the order in which they came.
#[derive(Default)]
pub struct History {
    lives: BTreeMap<usize, (Ipv6Addr, Life)>,
    number: HashMap<Ipv6Addr, usize>,
    watchers: Vec<Sender<Step>>,
    off: bool,
}

impl History {
    /// No longer takes note of anything, for planes that are too large for it.
    pub fn disable(&mut self) {
        self.off = true;
    }

    /// What becomes of servers' addresses from now on.
    pub fn watch(&mut self) -> Receiver<Step> {
        let (to, from) = channel();
        self.watchers.push(to);
        from
    }

    fn tell(&mut self, step: &Step) {
        self.watchers.retain(|to| to.send(step.clone()).is_ok());
    }

    /// All lives.
    pub fn lives(&self) -> impl Iterator<Item = &(Ipv6Addr, Life)> {
        self.lives.values()
    }

    /// The life of an address.
    pub fn life(&self, addr: Ipv6Addr) -> Option<&Life> {
        let number = self.number.get(&addr)?;
        self.lives.get(number).map(|(_, life)| life)
    }

    fn life_mut(&mut self, addr: Ipv6Addr) -> &mut Life {
        let next = self.number.len();
        let number = *self.number.entry(addr).or_insert(next);
        &mut self
            .lives
            .entry(number)
            .or_insert((addr, Life::default()))
            .1
    }

    /// Notes what somebody did to an address.
    pub fn mark(&mut self, addr: Ipv6Addr, at: Micros, what: impl Into<String>) {
        self.life_mut(addr).marks.push(Mark {
            at,
            what: what.into(),
        });
    }

    /// Looks at the plane, and notes what changed since the last time.
    pub fn observe(&mut self, plane: &mut Plane<'_>, now: Micros) {
        if self.off {
            return;
        }
        let mut there = Vec::new();
        let mut cursor = 0;
        while let Some((number, info)) = plane.addr_from(cursor, now) {
            let state = info.meta.state();
            let phase = match state {
                State::Valid => info.meta.phase(),
                _ => Phase::Client,
            };
            there.push((info.addr, state, phase));
            cursor = number + 1;
        }
        let addrs: HashSet<_> = there.iter().map(|(addr, ..)| *addr).collect();
        for (addr, life) in self.lives.values_mut() {
            if !addrs.contains(addr) {
                end(life, now);
            }
        }
        for (addr, state, phase) in there {
            let life = self.life_mut(addr);
            let before = (life.state(), life.phase());
            if before == (state, phase) {
                continue;
            }
            end(life, now);
            life.spans.push(Span {
                state,
                phase,
                from: now,
                to: None,
            });
            if state == State::Valid && matches!(phase, Phase::Client | Phase::Established) {
                self.session(plane, addr, now);
            }
            if before.1 != phase {
                self.step(plane, addr, phase, now);
            }
        }
    }

    fn step(&mut self, plane: &mut Plane<'_>, ssa: Ipv6Addr, phase: Phase, now: Micros) {
        let mut client = None;
        let mut cursor = 0;
        while let Some((number, info)) = plane.das_from(cursor, now) {
            cursor = number + 1;
            if info.ssa == ssa && phase != Phase::Armed {
                client = Some((info.client.addr(), info.meta.fport()));
            }
        }
        self.tell(&Step { ssa, phase, client });
    }

    fn session(&mut self, plane: &mut Plane<'_>, addr: Ipv6Addr, now: Micros) {
        let mut cursor = 0;
        while let Some((number, info)) = plane.session_from(cursor, now) {
            if info.local == addr {
                self.life_mut(addr).uses.push(Use {
                    from: now,
                    proto: info.meta.proto(),
                    peer: info.peer,
                    port: info.meta.fport(),
                });
            }
            cursor = number + 1;
        }
    }
}

fn end(life: &mut Life, now: Micros) {
    if let Some(span) = life.spans.last_mut() {
        span.to.get_or_insert(now);
    }
}
