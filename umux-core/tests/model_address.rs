// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The life of addresses against a model that is written as plainly as can be: duplicate
//! address detection with its probes and nonces (RFC 4862, RFC 7527), the table of
//! contract section 4, sessions, tombstones, ages, links, a pool's levels and what is
//! told of them.

mod host;

use std::net::Ipv6Addr;

use host::{Host, IFINDEX, UDP, ip, pooled, udp};
use proptest::prelude::*;
use umux_core::action::{Action, EventInfo};
use umux_core::error::Error;
use umux_core::gate::Verdict;
use umux_core::plane::{Heard, MissPolicy, PoolSpec};
use umux_core::prefix::Prefix;
use umux_core::table::Handle;
use umux_core::table::slot::State;
use umux_core::wire::nd::{self, LinkAddr, NaFlags, NdPacket};
use umux_core::wire::{ALL_NODES, solicited_node};

const ADDRS: usize = 5;
const PEER: &str = "2001:db8:9::1";
/// As the host's interface and plane are configured, milliseconds.
const RETRANS: u64 = 1_000;
const TOMBSTONE: u64 = 5_000;
const DUPLICATED: u64 = 20_000;
const MAX_AGE: u64 = 30_000;
const NOTIFY: u64 = 500;

#[derive(Clone, Debug)]
enum Op {
    Add(usize),
    Delete(usize),
    Flush,
    Link(bool),
    DadCount(u8),
    Wait(u64),
    /// Somebody else's probe, with a nonce or without.
    Probe(usize, bool),
    /// The n-th last probe of ours comes back, of whichever run.
    ComesBack(usize, usize),
    Advertisement(usize),
    Solicitation(usize),
    /// The last probe could not be sent.
    Unsent(usize),
    Take,
    Send(usize),
    End(usize),
}

fn op() -> impl Strategy<Value = Op> {
    let addr = || 0..ADDRS;
    prop_oneof![
        6 => addr().prop_map(Op::Add),
        1 => addr().prop_map(Op::Delete),
        1 => Just(Op::Flush),
        2 => any::<bool>().prop_map(Op::Link),
        1 => (0..4u8).prop_map(Op::DadCount),
        8 => (1..40u64).prop_map(|n| Op::Wait(n * 100)),
        1 => (9..25u64).prop_map(|n| Op::Wait(n * 1_000)),
        2 => (addr(), any::<bool>()).prop_map(|(n, nonce)| Op::Probe(n, nonce)),
        2 => (addr(), 0..5usize).prop_map(|(n, back)| Op::ComesBack(n, back)),
        2 => addr().prop_map(Op::Advertisement),
        2 => addr().prop_map(Op::Solicitation),
        1 => addr().prop_map(Op::Unsent),
        6 => Just(Op::Take),
        4 => addr().prop_map(Op::Send),
        4 => addr().prop_map(Op::End),
    ]
}

/// Where an address stands, and until when.
#[derive(Clone, Copy, PartialEq, Debug)]
enum At {
    Free,
    Pending,
    Tentative {
        left: u8,
        looped: bool,
        due: u64,
    },
    Ready {
        since: u64,
    },
    /// `spent`: no session gets it after this one, for others have seen it, or may have
    /// taken it.
    Used {
        spent: bool,
    },
    Dead {
        until: u64,
    },
    Duplicated {
        until: u64,
    },
}

impl At {
    fn state(self) -> State {
        match self {
            At::Free => State::Free,
            At::Pending => State::Pending,
            At::Tentative { .. } => State::Tentative,
            At::Ready { .. } => State::Uncertain,
            At::Used { .. } => State::Valid,
            At::Dead { .. } => State::Tombstone,
            At::Duplicated { .. } => State::Duplicated,
        }
    }

    fn due(self) -> Option<u64> {
        match self {
            At::Tentative { due, .. } => Some(due),
            At::Ready { since } => Some(since + MAX_AGE),
            At::Dead { until } | At::Duplicated { until } => Some(until),
            At::Free | At::Pending | At::Used { .. } => None,
        }
    }
}

struct Model {
    now: u64,
    at: [At; ADDRS],
    /// Probes of this run of DAD.
    run: [usize; ADDRS],
    up: bool,
    count: u8,
    /// Addresses that were probed for since this was last looked at.
    probed: Vec<usize>,
    /// When something happened that is told.
    told: u64,
    misses: u32,
    duplicates: u32,
}

impl Model {
    fn duplicated(&mut self, n: usize) {
        let until = self.now + DUPLICATED;
        self.at[n] = At::Duplicated { until };
        self.duplicates += 1;
        self.told = self.now;
    }

    fn start(&mut self, n: usize) {
        self.run[n] = 0;
        if !self.up {
            self.at[n] = At::Pending;
        } else if self.count == 0 {
            self.ready(n);
        } else {
            self.at[n] = At::Tentative {
                left: self.count,
                looped: false,
                due: self.now,
            };
        }
    }

    fn ready(&mut self, n: usize) {
        self.told = self.now;
        self.at[n] = if self.up {
            At::Ready { since: self.now }
        } else {
            At::Pending
        };
    }

    /// What is due of one address.
    fn fire(&mut self, n: usize) {
        match self.at[n] {
            At::Tentative {
                left: 0,
                looped: false,
                ..
            } => self.ready(n),
            At::Tentative { left, looped, .. } => {
                // After a run of which one came back, three more.
                let (left, looped) = if left == 0 {
                    (3, false)
                } else {
                    (left, looped)
                };
                let due = self.now + RETRANS;
                self.at[n] = At::Tentative {
                    left: left - 1,
                    looped,
                    due,
                };
                self.run[n] += 1;
                self.probed.push(n);
            }
            At::Ready { .. } => {
                self.at[n] = At::Free;
                self.told = self.now;
            }
            At::Dead { .. } | At::Duplicated { .. } => self.at[n] = At::Free,
            At::Free | At::Pending | At::Used { .. } => {}
        }
    }

    fn wait(&mut self, ms: u64) {
        let until = self.now + ms;
        loop {
            let next = (0..ADDRS)
                .filter_map(|n| Some((self.at[n].due()?, n)))
                .filter(|(due, _)| *due <= until)
                .min();
            let Some((due, n)) = next else { break };
            self.now = self.now.max(due);
            self.fire(n);
        }
        self.now = until;
    }

    fn link(&mut self, up: bool) {
        if up == self.up {
            return;
        }
        self.up = up;
        self.told = self.now;
        for n in 0..ADDRS {
            match &mut self.at[n] {
                At::Tentative { .. } | At::Ready { .. } if !up => self.at[n] = At::Pending,
                At::Pending if up => self.start(n),
                At::Used { spent } if up => *spent = true,
                _ => {}
            }
        }
    }

    fn level(&self, state: State) -> u32 {
        self.at.iter().filter(|at| at.state() == state).count() as u32
    }
}

/// The plane, and what tests have to keep of it.
struct Real {
    host: Host,
    sessions: [Option<Handle>; ADDRS],
    /// Probes that were sent, oldest first.
    probes: Vec<(Ipv6Addr, Handle, NdPacket)>,
    last: Option<EventInfo>,
    misses: u32,
    duplicates: u32,
}

fn stranger() -> LinkAddr {
    LinkAddr::new(&[2, 0, 0, 0, 0, 9]).expect("six bytes")
}

fn real() -> Real {
    let mut host = Host::bare(host::config());
    let spec = PoolSpec {
        prefix: Prefix::new(ip(host::PREFIX), 64).expect("a prefix"),
        miss: MissPolicy::Legacy,
        max_age: (MAX_AGE / 1000) as u32,
        notify: NOTIFY as u32,
    };
    host.pool = host.plane.pool_add(IFINDEX, spec, host.now).expect("room");
    host.run(0);
    Real {
        host,
        sessions: [None; ADDRS],
        probes: Vec::new(),
        last: None,
        misses: 0,
        duplicates: 0,
    }
}

impl Real {
    fn hear(&mut self, packet: &[u8]) -> (Heard, Vec<Action>) {
        self.host.hear(IFINDEX, packet)
    }

    fn number(&self, addr: Ipv6Addr) -> usize {
        (0..ADDRS)
            .find(|n| pooled(*n as u16) == addr)
            .expect("one of ours")
    }

    /// Takes what came out: numbers of the addresses that were probed for.
    fn effects(&mut self) -> Result<Vec<usize>, TestCaseError> {
        self.host.run(0);
        let mut probed = Vec::new();
        for action in std::mem::take(&mut self.host.seen) {
            match action {
                Action::Send {
                    packet,
                    probe: Some(handle),
                    ..
                } => {
                    let Ok(nd::Nd::Solicitation(ns)) = nd::parse(&packet) else {
                        return Err(TestCaseError::fail("a probe that is none"));
                    };
                    let target = ns.target;
                    probed.push(self.number(target));
                    self.probes.push((target, handle, packet.clone()));
                }
                Action::Event { info, .. } => {
                    let next = self.last.map_or(0, |last| last.seq + 1);
                    prop_assert_eq!(info.seq, next, "no message is lost");
                    self.misses += info.missed;
                    self.duplicates += info.duplicated;
                    self.last = Some(info);
                }
                _ => {}
            }
        }
        Ok(probed)
    }
}

fn apply(op: &Op, real: &mut Real, model: &mut Model) -> Result<(), TestCaseError> {
    let addr = |n: usize| pooled(n as u16);
    let now = real.host.now;
    match *op {
        Op::Add(n) => {
            let added = real.host.add(addr(n));
            prop_assert_eq!(added.is_ok(), model.at[n] == At::Free);
            if added.is_ok() {
                model.start(n);
            }
        }
        Op::Delete(n) => {
            let pool = real.host.pool;
            let result = real.host.plane.addr_del(pool, addr(n), now);
            let expected = match model.at[n] {
                At::Free | At::Dead { .. } => Err(Error::NotFound),
                At::Used { .. } => Err(Error::Busy),
                At::Duplicated { .. } => Ok(()),
                _ => {
                    model.told = model.now;
                    Ok(())
                }
            };
            prop_assert_eq!(result, expected);
            if expected.is_ok() {
                model.at[n] = At::Free;
            }
        }
        Op::Flush => {
            let flushed = real.host.plane.flush(0, now);
            let mut expected = 0;
            for at in &mut model.at {
                if matches!(at, At::Pending | At::Tentative { .. } | At::Ready { .. }) {
                    *at = At::Free;
                    expected += 1;
                    model.told = model.now;
                }
            }
            prop_assert_eq!(flushed, expected);
        }
        Op::Link(up) => {
            real.host.link(IFINDEX, up, model.count).expect("known");
            model.link(up);
        }
        Op::DadCount(count) => {
            real.host.link(IFINDEX, model.up, count).expect("known");
            model.count = count;
        }
        Op::Wait(ms) => {
            real.host.run(ms * 1000);
            model.wait(ms);
        }
        Op::Probe(n, nonce) => {
            let packet = if nonce {
                nd::emit_dad_probe(&addr(n), [9; 6]).to_vec()
            } else {
                probe_without_nonce(addr(n))
            };
            probed(n, &packet, false, real, model)?;
        }
        Op::ComesBack(n, back) => {
            let own: Vec<_> = real
                .probes
                .iter()
                .filter(|(target, ..)| *target == addr(n))
                .collect();
            let Some((_, _, packet)) = own.iter().rev().nth(back) else {
                return Ok(());
            };
            let packet = packet.clone();
            // Those of an earlier run are as good as another node's.
            probed(n, &packet, back < model.run[n], real, model)?;
        }
        Op::Advertisement(n) => {
            let na = nd::emit_advertisement(
                &addr(n),
                &ALL_NODES,
                &addr(n),
                NaFlags::OVERRIDE,
                Some(&stranger()),
            );
            let (heard, out) = real.hear(&na);
            let ours = !matches!(model.at[n], At::Free | At::Duplicated { .. });
            prop_assert_eq!(heard == Heard::Consumed, ours);
            prop_assert!(out.is_empty());
            match &mut model.at[n] {
                At::Pending | At::Tentative { .. } | At::Ready { .. } => model.duplicated(n),
                At::Used { spent } => {
                    *spent = true;
                    model.told = model.now;
                }
                _ => {}
            }
        }
        Op::Solicitation(n) => {
            let ns = nd::emit_solicitation(
                &ip(PEER),
                &solicited_node(&addr(n)),
                &addr(n),
                Some(&stranger()),
            );
            let (heard, out) = real.hear(&ns);
            let ours = !matches!(model.at[n], At::Free | At::Duplicated { .. });
            prop_assert_eq!(heard == Heard::Consumed, ours);
            let answers = matches!(model.at[n], At::Used { .. });
            prop_assert_eq!(out.len(), usize::from(answers));
        }
        Op::Unsent(n) => {
            let last = real
                .probes
                .iter()
                .rev()
                .find(|(target, ..)| *target == addr(n));
            let Some(handle) = last.map(|(_, handle, _)| *handle) else {
                return Ok(());
            };
            let result = real.host.plane.unsent(handle, now);
            // A probe of an earlier life of the address names nothing any more.
            if let (At::Tentative { left, .. }, Ok(())) = (&mut model.at[n], result) {
                *left += 1;
            } else {
                let same_life = model.run[n] > 0 && matches!(model.at[n], At::Tentative { .. });
                prop_assert!(result == Err(Error::Stale) && !same_life);
            }
        }
        Op::Take => take(real, model)?,
        Op::Send(n) => {
            if let At::Used { spent } = &mut model.at[n] {
                let packet = udp(addr(n), ip(PEER), 40_000, 80);
                prop_assert_eq!(real.host.output(&packet), Verdict::Send);
                *spent = true;
            }
        }
        Op::End(n) => {
            let Some(handle) = real.sessions[n].take() else {
                return Ok(());
            };
            prop_assert_eq!(real.host.plane.end(handle, now), Ok(0xc0de));
            prop_assert_eq!(real.host.plane.end(handle, now), Err(Error::Stale));
            if model.at[n] == (At::Used { spent: true }) {
                let until = model.now + TOMBSTONE;
                model.at[n] = At::Dead { until };
                model.told = model.now;
            } else {
                model.ready(n);
            }
        }
    }
    Ok(())
}

fn probe_without_nonce(target: Ipv6Addr) -> Vec<u8> {
    // Type 135, the target, and no options: the checksum is put in below.
    let mut body = vec![135, 0, 0, 0, 0, 0, 0, 0];
    body.extend(target.octets());
    let dst = solicited_node(&target);
    let sum = checksum(Ipv6Addr::UNSPECIFIED, dst, &body);
    body[2..4].copy_from_slice(&sum.to_be_bytes());
    host::packet(Ipv6Addr::UNSPECIFIED, dst, 58, 255, &body)
}

/// RFC 4443, 2.3, by hand.
fn checksum(src: Ipv6Addr, dst: Ipv6Addr, body: &[u8]) -> u16 {
    let mut bytes = src.octets().to_vec();
    bytes.extend(dst.octets());
    bytes.extend((body.len() as u32).to_be_bytes());
    bytes.extend(58u32.to_be_bytes());
    bytes.extend(body);
    let mut sum: u32 = bytes
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | pair.get(1).copied().map_or(0, u32::from))
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

/// A probe for one of ours; `own`: of the present run.
fn probed(
    n: usize,
    packet: &[u8],
    own: bool,
    real: &mut Real,
    model: &mut Model,
) -> Result<(), TestCaseError> {
    let (heard, out) = real.hear(packet);
    let ours = !matches!(model.at[n], At::Free | At::Duplicated { .. });
    prop_assert_eq!(heard == Heard::Consumed, ours);
    let mut defends = 0;
    match &mut model.at[n] {
        At::Tentative { looped, .. } if own => *looped = true,
        At::Pending if own => {}
        At::Pending | At::Tentative { .. } => model.duplicated(n),
        At::Ready { .. } | At::Used { .. } => defends = 1,
        At::Free | At::Dead { .. } | At::Duplicated { .. } => {}
    }
    prop_assert_eq!(out.len(), defends, "{:?}", out);
    Ok(())
}

fn take(real: &mut Real, model: &mut Model) -> Result<(), TestCaseError> {
    let oldest = model.at.iter().filter_map(|at| match at {
        At::Ready { since } => Some(*since),
        _ => None,
    });
    let oldest = oldest.min();
    model.told = model.now;
    match real.host.take(PEER, UDP, 80) {
        Ok(taken) => {
            let n = real.number(taken.local);
            let At::Ready { since } = model.at[n] else {
                return Err(TestCaseError::fail(format!("{n} was {:?}", model.at[n])));
            };
            prop_assert_eq!(Some(since), oldest, "whoever waits longest");
            let now = real.host.now;
            let committed = real.host.plane.commit(taken.handle, 40_000, 0xc0de, now);
            prop_assert_eq!(committed, Ok(()));
            real.sessions[n] = Some(taken.handle);
            model.at[n] = At::Used { spent: false };
        }
        Err(error) => {
            prop_assert_eq!((error, oldest), (Error::MissLegacy, None));
            model.misses += 1;
        }
    }
    Ok(())
}

fn compare(real: &mut Real, model: &mut Model) -> Result<(), TestCaseError> {
    let mut probed = real.effects()?;
    // What is due at once.
    model.wait(0);
    probed.sort_unstable();
    let mut expected = std::mem::take(&mut model.probed);
    expected.sort_unstable();
    prop_assert_eq!(probed, expected, "probes");
    for n in 0..ADDRS {
        let state = real.host.state(pooled(n as u16));
        prop_assert_eq!(state, model.at[n].state(), "address {}", n);
    }
    for state in [
        State::Pending,
        State::Tentative,
        State::Uncertain,
        State::Valid,
        State::Duplicated,
        State::Tombstone,
    ] {
        prop_assert_eq!(real.host.level(state), model.level(state), "{:?}", state);
    }
    let used = model.at.iter().filter(|at| **at != At::Free).count();
    prop_assert_eq!(real.host.plane.used() as usize, used);
    // Everything is told within the interval between two messages.
    if model.now > model.told + NOTIFY {
        let told = real.last.expect("the pool is new: that was told");
        let levels = (model.level(State::Uncertain), model.level(State::Valid));
        prop_assert_eq!((told.uncertain, told.valid), levels);
        prop_assert_eq!(real.misses, model.misses);
        prop_assert_eq!(real.duplicates, model.duplicates);
    }
    Ok(())
}

proptest! {
    #[test]
    fn addresses_live_as_in_the_model(ops in prop::collection::vec(op(), 1..250)) {
        let mut real = real();
        let mut model = Model {
            now: real.host.now / 1000,
            at: [At::Free; ADDRS],
            run: [0; ADDRS],
            up: true,
            count: 1,
            probed: Vec::new(),
            told: real.host.now / 1000,
            misses: 0,
            duplicates: 0,
        };
        for op in &ops {
            apply(op, &mut real, &mut model)?;
            compare(&mut real, &mut model)?;
        }
        // In the end all of it is forgotten.
        for n in 0..ADDRS {
            apply(&Op::End(n), &mut real, &mut model)?;
        }
        apply(&Op::Flush, &mut real, &mut model)?;
        apply(&Op::Wait(DUPLICATED + 1), &mut real, &mut model)?;
        compare(&mut real, &mut model)?;
        prop_assert_eq!(real.host.plane.used(), 0);
    }
}
