// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What must hold, and what was seen instead.

use super::chance::{Chance, SECOND};
use super::run::FRAMES;
use crate::host::Node;
use crate::link::ether::{Ether, Mac, wrap};
use crate::link::net::Net;
use crate::scale::packets::{ACK, SYN, tcp};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::net::Ipv6Addr;
use umux_core::plane::{AddrInfo, Micros};
use umux_core::table::slot::{STATES, State};
use umux_core::wire::ip6::Ip6;
use umux_core::wire::nd::{self, LinkAddr, Nd};
use umux_core::wire::solicited_node;

/// What must hold.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Check {
    /// Sessions that no fault cut carried what was said.
    Data,
    /// Sessions get what rules and pools say.
    Policy,
    /// An address has one session.
    Own,
    /// An address is silent after its session.
    Silence,
    /// Who was not meant gets no answer from a server's address.
    Intruder,
    /// No address, handshake or session stays where it should not.
    Stuck,
    /// The core counts what there is.
    Counts,
    /// Pools come back to their levels after faults.
    Level,
    /// Nothing is left when all is closed.
    Closed,
    /// Every slot can be had again.
    Slots,
    /// What the process has allocated does not grow.
    Memory,
}

impl Check {
    pub const ALL: [Check; 11] = [
        Check::Data,
        Check::Policy,
        Check::Own,
        Check::Silence,
        Check::Intruder,
        Check::Stuck,
        Check::Counts,
        Check::Level,
        Check::Closed,
        Check::Slots,
        Check::Memory,
    ];
}

/// How a check went.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// How often it was looked at.
    pub looked: u64,
    /// How often it did not hold.
    pub failed: u64,
    /// The first few times.
    pub first: Vec<String>,
}

/// Failures that are told.
const TOLD: usize = 3;

/// Dead addresses that are listened for, newest last.
const DEAD_MAX: usize = 4096;

/// Latest that a frame may arrive, and a little.
const LATE: Micros = 5 * SECOND;

/// Slack for what a timer of the plane should have done, milliseconds.
const SLACK_MS: u32 = 2_000;

/// Something sent to a dead address, to see whether it answers.
struct Poke {
    at: Micros,
    dead: Ipv6Addr,
    port: u16,
    peer: (Ipv6Addr, u16),
}

/// The judge.
#[derive(Default)]
pub struct Judge {
    tallies: BTreeMap<Check, Tally>,
    /// Since when nothing is wrong; `None`: something is.
    pub calm: Option<Micros>,
    /// Addresses with a session.
    live: HashSet<Ipv6Addr>,
    dead: HashMap<Ipv6Addr, Micros>,
    dead_order: VecDeque<Ipv6Addr>,
    buried: Vec<(Micros, Ipv6Addr)>,
    pokes: Vec<Poke>,
    /// Things sent to dead addresses.
    pub poked: u64,
    /// Frames of the node that were looked at.
    pub frames: u64,
}

/// A fake station that asks.
fn prober() -> Mac {
    Mac::lab(98)
}

impl Judge {
    pub fn new(now: Micros) -> Judge {
        Judge {
            calm: Some(now),
            dead: HashMap::with_capacity(DEAD_MAX + 1),
            dead_order: VecDeque::with_capacity(DEAD_MAX + 1),
            ..Judge::default()
        }
    }

    /// It was looked at, and holds or does not.
    pub fn look(&mut self, check: Check, holds: bool, now: Micros, what: impl FnOnce() -> String) {
        let tally = self.tallies.entry(check).or_default();
        tally.looked += 1;
        if !holds {
            tally.failed += 1;
            if tally.first.len() < TOLD {
                let at = now as f64 / 1e6;
                tally.first.push(format!("at {at:.1} s: {}", what()));
            }
        }
    }

    pub fn tally(&self, check: Check) -> Tally {
        self.tallies.get(&check).cloned().unwrap_or_default()
    }

    pub fn failures(&self) -> u64 {
        self.tallies.values().map(|tally| tally.failed).sum()
    }

    /// Whether something that began then should be over after so long without
    /// anything going wrong.
    pub fn is_overdue(&self, since: Micros, patience: Micros, now: Micros) -> bool {
        self.calm
            .is_some_and(|calm| now > calm.max(since) + patience)
    }

    /// A session, or a server's address, has this one from now on.
    pub fn began(&mut self, addr: Ipv6Addr, now: Micros) {
        let fresh = self.live.insert(addr) && !self.dead.contains_key(&addr);
        self.look(Check::Own, fresh, now, || {
            format!("{addr} has a session, or had one")
        });
    }

    /// It never was on the wire, and is its pool's again.
    pub fn returned(&mut self, addr: Ipv6Addr) {
        self.live.remove(&addr);
    }

    /// Nobody has it any more.
    pub fn ended(
        &mut self,
        addr: Ipv6Addr,
        port: u16,
        peer: (Ipv6Addr, u16),
        chance: &mut Chance,
        now: Micros,
    ) {
        self.live.remove(&addr);
        // At once, and when what was late has come.
        self.buried.extend([(now, addr), (now + LATE, addr)]);
        self.dead.insert(addr, now);
        self.dead_order.push_back(addr);
        if self.dead_order.len() > DEAD_MAX
            && let Some(oldest) = self.dead_order.pop_front()
        {
            self.dead.remove(&oldest);
        }
        if chance.one_in(4) {
            self.pokes.push(Poke {
                at: now + chance.between(1, 90 * SECOND),
                dead: addr,
                port,
                peer,
            });
        }
    }

    /// Dead addresses that others should give up on now.
    pub fn buried(&mut self, now: Micros) -> Vec<Ipv6Addr> {
        let due = self.buried.extract_if(.., |(at, _)| *at <= now);
        due.map(|(_, addr)| addr).collect()
    }

    /// Everybody asks for dead addresses: who resolves, who connects, who goes on.
    pub fn poke(&mut self, net: &mut Net, node: Mac, now: Micros) {
        let due = self.pokes.extract_if(.., |poke| poke.at <= now);
        for poke in due.collect::<Vec<_>>() {
            let (dead, peer) = (poke.dead, poke.peer.0);
            let group = solicited_node(&dead);
            let lladdr = LinkAddr::new(&prober().0);
            let ns = nd::emit_solicitation(&peer, &group, &dead, lladdr.as_ref());
            net.inject(wrap(Mac::of_group(group), prober(), &ns));
            let probe = nd::emit_dad_probe(&dead, [7; 6]);
            net.inject(wrap(Mac::of_group(group), prober(), &probe));
            for flags in [SYN, ACK] {
                let packet = tcp(poke.peer, (dead, poke.port), flags);
                net.inject(wrap(node, prober(), &packet));
            }
            self.poked += 4;
        }
    }

    /// What the node sent.
    pub fn frames(&mut self, net: &mut Net) {
        let Some(seen) = &mut net.seen else { return };
        let seen = std::mem::take(seen);
        for (at, port, frame) in &seen {
            let Some(packet) = Ether::parse(frame).map(|ether| ether.packet) else {
                continue;
            };
            let (0, Some(ip6)) = (*port, Ip6::parse(packet)) else {
                continue;
            };
            self.frames += 1;
            let target = match nd::parse(packet) {
                Ok(Nd::Advertisement(na)) => na.target,
                _ => ip6.src(),
            };
            let spoke = [ip6.src(), target]
                .into_iter()
                .find(|addr| self.dead.get(addr).is_some_and(|end| end < at));
            self.look(Check::Silence, spoke.is_none(), *at, || {
                format!(
                    "{} of a session that is over speaks",
                    spoke.unwrap_or(ip6.src())
                )
            });
        }
        // Its room is used again.
        let mut seen = seen;
        seen.clear();
        seen.shrink_to(FRAMES);
        net.seen = Some(seen);
    }

    /// The core's own view: what is where it should not be, and whether it counts
    /// right.
    pub fn inspect(&mut self, node: &mut Node, host: &Host, now: Micros) {
        let plane = &mut node.core().plane;
        let mut slots = Vec::new();
        let mut cursor = 0;
        while let Some((number, slot)) = plane.addr_from(cursor, now) {
            cursor = number + 1;
            slots.push(slot);
        }
        let steady_ms = host.steady.map_or(0, |since| {
            u32::try_from((now - since) / 1000).unwrap_or(u32::MAX)
        });
        for slot in &slots {
            self.inspect_slot(slot, host, steady_ms, now);
        }
        let mut cursor = 0;
        while let Some(pool) = plane.pool_from(cursor) {
            cursor = pool.pool + 1;
            let mut count = [0; STATES];
            let prefix = pool.spec.prefix;
            let its = |slot: &&AddrInfo| slot.plen > 0 && prefix.contains(slot.addr);
            for slot in slots.iter().filter(its) {
                count[slot.meta.state() as usize] += 1;
            }
            self.look(Check::Counts, count == pool.count, now, || {
                format!("{prefix:?} counts {:?}, and has {count:?}", pool.count)
            });
        }
        let used = plane.used();
        self.look(Check::Counts, used as usize == slots.len(), now, || {
            format!("{used} slots in use, {} addresses", slots.len())
        });
        let valid = slots
            .iter()
            .filter(|slot| slot.meta.state() == State::Valid);
        let valid: HashSet<_> = valid.map(|slot| slot.addr).collect();
        let all = || host.sessions.iter().chain(&host.waiting).copied();
        let there: HashSet<_> = all().collect();
        self.look(Check::Counts, there == valid, now, || {
            let odd: Vec<_> = there.symmetric_difference(&valid).collect();
            format!("sessions of the host's and of the core's differ: {odd:?}")
        });
        self.look(Check::Own, all().count() == there.len(), now, || {
            "two sessions have one address".into()
        });
    }

    fn inspect_slot(&mut self, slot: &AddrInfo, host: &Host, steady_ms: u32, now: Micros) {
        let state = slot.meta.state();
        // So long it may be what it is, if nothing keeps it.
        let most = match state {
            // Three probes, and then again.
            State::Tentative => Some(10_000),
            State::Pending => Some(0),
            State::Tombstone => Some(60_000),
            State::Duplicated => Some(600_000),
            State::Uncertain | State::Valid | State::Free => None,
        };
        let late = most.is_some_and(|most| slot.age.min(steady_ms) > most + SLACK_MS);
        let runs = !matches!(state, State::Uncertain | State::Pending);
        let lost = runs && slot.timer.is_none();
        // Nobody could have answered its probes.
        let unasked = host.is_down && state == State::Uncertain;
        self.look(Check::Stuck, !late && !lost && !unasked, now, || {
            format!(
                "{} is {state:?} for {} ms, timer {:?}, link {}",
                slot.addr,
                slot.age,
                slot.timer,
                if host.is_down { "down" } else { "up" }
            )
        });
    }
}

/// What the host has, to be compared with what the core has.
pub struct Host {
    /// Since when the link is up, with memory, and the node runs; `None`: it is not.
    pub steady: Option<Micros>,
    /// The link is down.
    pub is_down: bool,
    /// Addresses of the host's sessions.
    pub sessions: Vec<Ipv6Addr>,
    /// Addresses that wait for their client.
    pub waiting: Vec<Ipv6Addr>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_two_sessions_is_noticed_and_so_is_one_that_comes_again() {
        let mut chance = Chance::new(1);
        let mut judge = Judge::default();
        let addr: Ipv6Addr = "2001:db8::5".parse().expect("an address");
        judge.began(addr, 1);
        assert_eq!(judge.tally(Check::Own).failed, 0);
        judge.began(addr, 2);
        assert_eq!(judge.tally(Check::Own).failed, 1);
        judge.ended(addr, 1, (addr, 2), &mut chance, 3);
        judge.began(addr, 4);
        assert_eq!(judge.tally(Check::Own).failed, 2);
        judge.returned(addr);
        assert_eq!(judge.failures(), 2);
    }

    #[test]
    fn patience_begins_when_it_is_calm() {
        let mut judge = Judge::default();
        assert!(!judge.is_overdue(0, 10, 1_000));
        judge.calm = Some(500);
        assert!(!judge.is_overdue(0, 10, 510) && judge.is_overdue(0, 10, 511));
        assert!(!judge.is_overdue(600, 10, 610) && judge.is_overdue(600, 10, 611));
    }
}
