// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A host with one address in the state to be tested.

use std::net::Ipv6Addr;

use umux_core::action::{Action, Events};
use umux_core::gate::Verdict;
use umux_core::plane::{Config, Heard, MissPolicy, Taken};
use umux_core::table::slot::State;
use umux_core::wire::nd::{self, Nd, NdPacket, NeighborAdvertisement};

use crate::host::{self, ACK, Host, IFINDEX, PREFIX, SEC, SYN, TCP, ip, pooled, tcp};
use crate::message::Message;

/// Far away: the peer of sessions.
pub const PEER: &str = "2001:db8:9::1";

pub struct Subject {
    pub host: Host,
    /// The address under test.
    pub addr: Ipv6Addr,
    /// If it is, or was, in one.
    pub session: Option<Taken>,
    /// The state it is tested in.
    pub state: State,
}

/// What became of a received packet.
pub struct Reaction {
    /// Who has it now: nobody, or the host's own stack.
    pub to_stack: bool,
    /// What was sent at once.
    pub sent: Vec<Action>,
}

impl Subject {
    /// A host whose interface sends so many probes, with a pool and nothing in it.
    pub fn empty(probes: u8, config: Config) -> Host {
        let mut host = Host::bare(config);
        host.link(IFINDEX, true, probes).unwrap();
        host.pool = host.add_pool(PREFIX, 64, MissPolicy::Legacy, 0).unwrap();
        host.run(0);
        host.seen.clear();
        host
    }

    fn of(host: Host, session: Option<Taken>) -> Self {
        let mut subject = Self {
            host,
            addr: pooled(0),
            session,
            state: State::Free,
        };
        subject.state = subject.now();
        subject
    }

    /// Added; its group is not joined yet.
    pub fn pending() -> Self {
        let mut host = Self::empty(1, host::config());
        host.plane
            .addr_add(host.pool, pooled(0), host.now)
            .expect("room for an address");
        Self::of(host, None)
    }

    /// DAD is running: the first of `probes` probes is sent.
    pub fn probing(probes: u8) -> Self {
        let mut host = Self::empty(probes, host::config());
        host.add(pooled(0)).expect("room for an address");
        Self::of(host, None)
    }

    /// DAD is running: its only probe is sent.
    pub fn tentative() -> Self {
        Self::probing(1)
    }

    /// DAD is over.
    pub fn uncertain() -> Self {
        let mut subject = Self::tentative();
        subject.host.run(SEC);
        subject.host.seen.clear();
        Self::of(subject.host, None)
    }

    /// In a TCP session with [`PEER`] that has sent its SYN.
    pub fn valid() -> Self {
        let mut host = Self::uncertain().host;
        let session = host.session(PEER, TCP, 80);
        host.run(0);
        let syn = tcp(session.local, ip(PEER), 40_000, 80, SYN);
        assert_eq!(host.output(&syn), Verdict::Send);
        host.seen.clear();
        Self::of(host, Some(session))
    }

    /// Its session is over.
    pub fn tombstone() -> Self {
        let mut subject = Self::valid();
        let session = subject.session.expect("valid has one");
        subject
            .host
            .plane
            .end(session.handle, subject.host.now)
            .unwrap();
        subject.host.run(0);
        subject.host.seen.clear();
        Self::of(subject.host, Some(session))
    }

    /// Another node turned out to hold it.
    pub fn duplicated() -> Self {
        let mut subject = Self::tentative();
        subject.hears(&Message::probe(pooled(0)));
        subject.host.run(0);
        subject.host.seen.clear();
        Self::of(subject.host, None)
    }

    /// Another host with an address in the same state.
    pub fn again(&self) -> Self {
        match self.state {
            State::Pending => Self::pending(),
            State::Tentative => Self::tentative(),
            State::Uncertain => Self::uncertain(),
            State::Valid => Self::valid(),
            State::Duplicated => Self::duplicated(),
            State::Tombstone => Self::tombstone(),
            State::Free => panic!("no state to be tested in"),
        }
    }

    /// Its state now.
    pub fn now(&mut self) -> State {
        self.host.state(self.addr)
    }

    /// Lets a packet arrive, as the input hook does.
    pub fn receives(&mut self, ifindex: u32, packet: &[u8]) -> Reaction {
        let (to_stack, sent) = match self.host.input(packet) {
            Verdict::Legacy | Verdict::Local => (true, vec![]),
            Verdict::Drop => (false, vec![]),
            Verdict::Neighbor => {
                let (heard, sent) = self.host.hear(ifindex, packet);
                (heard != Heard::Consumed, sent)
            }
            other => panic!("a whole packet is {other:?}"),
        };
        Reaction { to_stack, sent }
    }

    /// Lets neighbour discovery arrive.
    pub fn hears(&mut self, message: &Message) -> Reaction {
        self.receives(message.ifindex, &message.bytes())
    }

    /// Nothing is sent and nothing changes, now or later.
    pub fn ignores(&mut self, message: &Message) {
        let figures = *self.host.plane.counters();
        let before = self.now();
        let reaction = self.hears(message);
        assert_eq!(reaction.sent, [], "{message:?} is answered");
        assert_eq!(self.now(), before, "{message:?} changes the state");
        self.host.run(0);
        let after = self.host.plane.counters();
        assert_eq!(after.duplicated, figures.duplicated, "{message:?}");
        assert_eq!(after.conflict, figures.conflict, "{message:?}");
        assert_eq!(self.events(), Events::empty(), "{message:?}");
    }

    /// It is ignored, although the same message in order would not be.
    pub fn discards(&mut self, good: &Message, break_it: impl Fn(&mut Message)) {
        let broken = good.clone().but(break_it);
        assert_ne!(broken.bytes(), good.bytes(), "nothing is broken");
        self.ignores(&broken);
        self.refuses(&broken);
        self.notices(good);
    }

    /// The plane for itself, without the gate before it, finds it broken.
    pub fn refuses(&mut self, broken: &Message) {
        let before = (self.now(), self.host.plane.counters().nd_invalid);
        let (_, sent) = self.host.hear(broken.ifindex, &broken.bytes());
        assert_eq!(sent, [], "{broken:?} is answered");
        let after = (self.now(), self.host.plane.counters().nd_invalid);
        assert_eq!(after, (before.0, before.1 + 1), "{broken:?}");
    }

    /// It has the effect that a well-formed message has in this state; so it
    /// was understood.
    pub fn notices(&mut self, message: &Message) {
        let figures = *self.host.plane.counters();
        let sent = self.hears(message).sent.len();
        let after = *self.host.plane.counters();
        let probe = message.kind == 135 && message.src.is_unspecified();
        let noticed = match self.state {
            State::Pending | State::Tentative if probe || message.kind == 136 => {
                self.now() == State::Duplicated
            }
            State::Uncertain if message.kind == 136 => self.now() == State::Duplicated,
            State::Valid if message.kind == 136 => after.conflict == figures.conflict + 1,
            State::Uncertain if !probe => after.ns_silent == figures.ns_silent + 1,
            State::Uncertain | State::Valid => sent == 1,
            // No effect can be seen, by design.
            _ => sent == 0 && self.now() == self.state,
        };
        assert!(
            noticed,
            "{message:?} was not understood in {:?}",
            self.state
        );
    }

    /// Events since the last look.
    pub fn events(&mut self) -> Events {
        let all = self
            .host
            .events()
            .iter()
            .fold(Events::empty(), |all, event| all | event.events);
        self.host.seen.clear();
        all
    }

    /// Whatever was sent since the last look.
    pub fn packets(&mut self) -> Vec<Vec<u8>> {
        let seen = std::mem::take(&mut self.host.seen);
        seen.iter()
            .filter_map(|action| packet_of(action).map(|packet| packet.to_vec()))
            .collect()
    }

    /// DAD over? Its result is the address ready for a session.
    pub fn can_be_taken(&mut self) -> bool {
        self.host
            .take(PEER, TCP, 80)
            .is_ok_and(|taken| taken.local == self.addr)
    }

    /// A segment of the session arrives.
    pub fn session_goes_on(&self) -> bool {
        let segment = tcp(ip(PEER), self.addr, 80, 40_000, ACK);
        self.host.input(&segment) == Verdict::Local
    }
}

fn packet_of(action: &Action) -> Option<&NdPacket> {
    match action {
        Action::Send { packet, .. }
        | Action::SendTo { packet, .. }
        | Action::Answer { packet, .. } => Some(packet),
        _ => None,
    }
}

impl Reaction {
    /// The one packet that was sent.
    pub fn packet(&self) -> Vec<u8> {
        match &self.sent[..] {
            [action] => packet_of(action).expect("a packet").to_vec(),
            other => panic!("one packet, not {other:?}"),
        }
    }

    /// The one advertisement that was sent.
    pub fn advertisement(&self) -> NeighborAdvertisement {
        match nd::parse(&self.packet()) {
            Ok(Nd::Advertisement(na)) => na,
            other => panic!("an advertisement, not {other:?}"),
        }
    }

    /// To whom, at which link-layer address, the packet goes.
    pub fn answered_at(&self) -> Option<(Ipv6Addr, Vec<u8>)> {
        match &self.sent[..] {
            [Action::Answer { peer, lladdr, .. }] => {
                lladdr.map(|lladdr| (*peer, lladdr.as_bytes().to_vec()))
            }
            _ => None,
        }
    }
}
