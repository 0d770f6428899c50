// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Sessions that the node begins, by several users, short and long.

use super::chance::{Chance, SECOND};
use super::judge::{Check, Judge};
use super::words::Words;
use crate::host::echo::{BYE, PORT};
use crate::host::{ConnectError, Node, Proto, SessionId};
use smoltcp::socket::tcp::State as TcpState;
use std::net::Ipv6Addr;
use umux_abi::PoolId;
use umux_core::plane::{Micros, MissPolicy};
use umux_core::table::slot::State;

/// Users that have sessions.
pub const USERS: [u32; 4] = [1001, 1002, 1003, 1004];

/// How long an answer may take when nothing is wrong: a few of TCP's longest
/// time-outs.
const PATIENCE: Micros = 60 * SECOND;

/// How long a datagram's answer is waited for until it is sent again.
const AGAIN: Micros = 2 * SECOND;

/// Longest piece of words; the echo server has room for two.
const PIECE: u64 = 1_200;

/// How often the rate of new sessions changes, and what it may be, sessions a second.
const CHANGE: (u64, u64) = (60, 600);
const RATES: [f64; 7] = [0.1, 0.5, 1.0, 1.0, 2.0, 4.0, 8.0];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// connect() is under way, since.
    Opening(Micros),
    /// Something is said then.
    Idle(Micros),
    /// An answer is waited for: since when, and when a datagram was last sent.
    Waiting(Micros, Micros),
    /// Goodbye was said, since.
    Closing(Micros),
}

/// How it goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Manner {
    /// The client closes first.
    Close,
    /// The server does.
    Bye,
    /// The client is killed with data unread: a reset.
    Killed,
    /// A datagram socket that never sends.
    Mute,
}

struct Client {
    id: SessionId,
    uid: u32,
    proto: Proto,
    local: Ipv6Addr,
    peer: Ipv6Addr,
    is_own: bool,
    words: Words,
    stage: Stage,
    manner: Manner,
    /// Pieces left, and the time between two.
    left: u32,
    gap: Micros,
    /// What was said, of the piece that is under way how much, and how much came back.
    said: usize,
    piece: usize,
    back: usize,
    /// close() was called after the server's.
    closed: bool,
    /// Its goodbye was not answered in time.
    given_up: bool,
    /// A fault ended it.
    cut: bool,
}

/// What became of sessions.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Figures {
    pub begun: u64,
    pub tcp: u64,
    pub udp: u64,
    pub own: u64,
    pub legacy: u64,
    pub refused: u64,
    pub returned: u64,
    pub cut: u64,
    pub over: u64,
    pub unanswered: u64,
    pub bytes: u64,
    pub peak: usize,
    pub longest: Micros,
}

/// Where sessions go.
#[derive(Clone)]
pub struct Place {
    pub pool: PoolId,
    pub peers: [Ipv6Addr; 2],
}

/// All of them.
pub struct Clients {
    all: Vec<Client>,
    places: Vec<Place>,
    next: Micros,
    rate: f64,
    change: Micros,
    /// No new ones, and those that are there say goodbye.
    pub resting: bool,
    /// Users whose sessions rules leave alone.
    pub legacy: Vec<u32>,
    pub figures: Figures,
}

impl Clients {
    pub fn new(places: &[Place]) -> Clients {
        Clients {
            all: Vec::new(),
            places: places.to_vec(),
            next: 0,
            rate: 1.0,
            change: 0,
            resting: false,
            legacy: Vec::new(),
            figures: Figures::default(),
        }
    }

    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// What is due, of all of them.
    pub fn run(&mut self, node: &mut Node, judge: &mut Judge, chance: &mut Chance, now: Micros) {
        if now >= self.change {
            self.change = now + chance.seconds(CHANGE.0, CHANGE.1);
            self.rate = chance.of(&RATES).unwrap_or(1.0);
        }
        let figures = &mut self.figures;
        figures.peak = figures.peak.max(self.all.len());
        let resting = self.resting;
        // First, or an address that was given back is one of two sessions.
        self.all
            .retain_mut(|client| !client.run(node, judge, chance, figures, resting, now));
        while !resting && self.next <= now {
            self.begin(node, judge, chance, now);
            let mean = (SECOND as f64 / self.rate) as Micros;
            self.next = self.next.max(now) + chance.wait(mean);
        }
    }

    fn begin(&mut self, node: &mut Node, judge: &mut Judge, chance: &mut Chance, now: Micros) {
        let (Some(uid), Some(place)) = (chance.of(&USERS), pick(&self.places, chance)) else {
            return;
        };
        let Some(peer) = chance.of(&place.peers) else {
            return;
        };
        let proto = if chance.one_in(3) {
            Proto::Udp
        } else {
            Proto::Tcp
        };
        let Some(expected) = self.expected(node, place, uid) else {
            return;
        };
        let result = node.connect_as(uid, proto, peer, PORT, now);
        let got = match result {
            Ok(id) if node.has_ephemeral(id) => Expected::Own,
            Ok(_) => Expected::Legacy,
            Err(ConnectError::NoAddress) => Expected::Refused,
            Err(_) => Expected::Failed,
        };
        judge.look(Check::Policy, got == expected, now, || {
            format!("user {uid} to {peer}: {got:?} instead of {expected:?}")
        });
        let (Ok(id), figures) = (result, &mut self.figures) else {
            self.figures.refused += 1;
            return;
        };
        let Some(local) = node.local(id) else { return };
        let is_own = got == Expected::Own;
        if is_own {
            judge.began(local, now);
            let theirs = place.pool.prefix.contains(&local);
            judge.look(Check::Policy, theirs, now, || {
                format!("{local} is not of {}", place.pool)
            });
        }
        figures.begun += 1;
        *match proto {
            Proto::Tcp => &mut figures.tcp,
            Proto::Udp => &mut figures.udp,
        } += 1;
        *if is_own {
            &mut figures.own
        } else {
            &mut figures.legacy
        } += 1;
        let (left, gap) = match chance.between(1, 10) {
            1..=6 => (chance.between(1, 2), SECOND / 10),
            7..=9 => (chance.between(3, 10), SECOND),
            _ => (chance.between(10, 60), chance.seconds(2, 20)),
        };
        let manner = match (proto, chance.between(1, 20)) {
            (Proto::Udp, 1..=4) => Manner::Mute,
            (Proto::Tcp, 1) => Manner::Killed,
            (Proto::Tcp, 2..=8) => Manner::Bye,
            _ => Manner::Close,
        };
        self.all.push(Client {
            id,
            uid,
            proto,
            local,
            peer,
            is_own,
            words: Words::new(chance.bits() as u32),
            stage: Stage::Opening(now),
            manner,
            left: left as u32,
            gap,
            said: 0,
            piece: 0,
            back: 0,
            closed: false,
            given_up: false,
            cut: false,
        });
    }

    /// What a session has to get; `None`: it would go by another prefix, which is not
    /// its peer's.
    fn expected(&self, node: &mut Node, place: &Place, uid: u32) -> Option<Expected> {
        if self.legacy.contains(&uid) {
            return Some(Expected::Legacy);
        }
        let plane = &node.core().plane;
        let mut cursor = 0;
        let mut any = false;
        while let Some(info) = plane.pool_from(cursor) {
            cursor = info.pool + 1;
            any = true;
            if info.spec.prefix.addr() != place.pool.prefix.addr() {
                continue;
            }
            let ready = info.count[State::Uncertain as usize] > 0;
            return Some(match (ready, info.spec.miss) {
                (true, _) => Expected::Own,
                (false, MissPolicy::Legacy) => Expected::Legacy,
                (false, MissPolicy::Refuse) => Expected::Refused,
            });
        }
        (!any).then_some(Expected::Legacy)
    }

    /// A user's programs are killed.
    pub fn kill(&mut self, uid: u32, node: &mut Node, now: Micros) -> u64 {
        let mut killed = 0;
        for client in self.all.iter_mut().filter(|client| client.uid == uid) {
            killed += u64::from(client.cut(node, now));
        }
        killed
    }

    /// Nothing can come of sessions with addresses of the plane any more.
    pub fn cut_own(&mut self, node: &mut Node, now: Micros) {
        for client in self.all.iter_mut().filter(|client| client.is_own) {
            client.cut(node, now);
        }
    }
}

fn pick<'p>(places: &'p [Place], chance: &mut Chance) -> Option<&'p Place> {
    let last = places.len().checked_sub(1)?;
    places.get(chance.between(0, last as u64) as usize)
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Expected {
    Own,
    Legacy,
    Refused,
    Failed,
}

impl Client {
    /// What is due; `true`: it is over and forgotten.
    fn run(
        &mut self,
        node: &mut Node,
        judge: &mut Judge,
        chance: &mut Chance,
        figures: &mut Figures,
        resting: bool,
        now: Micros,
    ) -> bool {
        if let Stage::Closing(since) = self.stage {
            return self.closing(since, node, judge, chance, figures, now);
        }
        let broken = node.is_over(self.id);
        let since = match self.stage {
            Stage::Opening(since) | Stage::Waiting(since, _) => since,
            Stage::Idle(_) | Stage::Closing(_) => now,
        };
        if broken || judge.is_overdue(since, PATIENCE, now) {
            judge.look(Check::Data, false, now, || {
                let why = if broken {
                    "ended by itself"
                } else {
                    "got no answer"
                };
                let Client {
                    local,
                    peer,
                    proto,
                    stage,
                    said,
                    back,
                    ..
                } = self;
                format!(
                    "{proto} {local} to {peer} {why}, {stage:?}; {back} bytes of {said} came back"
                )
            });
            self.cut(node, now);
            return false;
        }
        match self.stage {
            Stage::Opening(_) if node.is_open(self.id) => {
                let silent = match self.manner {
                    Manner::Mute => chance.wait(5 * SECOND),
                    _ => 0,
                };
                self.stage = Stage::Idle(now + silent);
            }
            Stage::Idle(until) if now >= until || resting => {
                if self.left == 0 || resting || self.manner == Manner::Mute {
                    self.goodbye(node, judge, now);
                    if self.proto == Proto::Udp {
                        // Its address may be another's in a moment.
                        return self.closing(now, node, judge, chance, figures, now);
                    }
                } else {
                    self.piece = chance.between(1, PIECE) as usize;
                    self.say(node, now);
                    self.stage = Stage::Waiting(now, now);
                }
            }
            Stage::Waiting(since, last) => {
                let came = node.receive_from(self.id);
                let sound = self.hear(&came);
                judge.look(Check::Data, sound, now, || {
                    format!("{} heard what it did not say", self.local)
                });
                if self.back >= self.said + self.piece {
                    figures.bytes += self.piece as u64;
                    figures.longest = figures.longest.max(now - since);
                    self.said += self.piece;
                    self.left -= 1;
                    self.stage = Stage::Idle(now + chance.wait(self.gap));
                } else if self.proto == Proto::Udp && now >= last + AGAIN {
                    self.say(node, now);
                    self.stage = Stage::Waiting(since, now);
                }
            }
            _ => {}
        }
        false
    }

    fn say(&mut self, node: &mut Node, _now: Micros) {
        let words = match self.proto {
            Proto::Tcp => self.words.say(self.said, self.piece),
            Proto::Udp => self.words.datagram(self.left, self.piece),
        };
        node.send(self.id, &words);
    }

    /// Whether what came back is what was said.
    fn hear(&mut self, came: &[u8]) -> bool {
        match self.proto {
            _ if came.is_empty() => true,
            Proto::Tcp => {
                let sound = self.words.are(self.back, came);
                self.back += came.len();
                sound && self.back <= self.said + self.piece
            }
            Proto::Udp => match self.words.number(came) {
                Some(number) => {
                    if number == self.left {
                        self.back = self.said + self.piece;
                    }
                    // Those before may come twice, none comes early.
                    number >= self.left
                }
                None => false,
            },
        }
    }

    fn goodbye(&mut self, node: &mut Node, judge: &mut Judge, now: Micros) {
        judge.look(Check::Data, true, now, String::new);
        match self.manner {
            Manner::Killed => node.abort(self.id),
            Manner::Bye if self.proto == Proto::Tcp => {
                // The server closes; `closing` follows.
                node.send(self.id, BYE);
            }
            _ => node.close(self.id, now),
        }
        self.stage = Stage::Closing(now);
    }

    fn cut(&mut self, node: &mut Node, now: Micros) -> bool {
        if self.cut {
            return false;
        }
        self.cut = true;
        if !matches!(self.stage, Stage::Closing(_)) {
            self.stage = Stage::Closing(now);
        }
        match self.proto {
            Proto::Tcp => node.abort(self.id),
            Proto::Udp => node.close(self.id, now),
        }
        true
    }

    fn closing(
        &mut self,
        since: Micros,
        node: &mut Node,
        judge: &mut Judge,
        chance: &mut Chance,
        figures: &mut Figures,
        now: Micros,
    ) -> bool {
        if self.manner == Manner::Bye
            && !self.cut
            && !self.closed
            && (node.is_half_closed(self.id) || node.is_over(self.id))
        {
            self.closed = true;
            node.close(self.id, now);
        }
        if node.local(self.id).is_some() {
            // The other side may be gone, with its goodbye: kernels have a time-out for
            // each of these.
            let waits = matches!(
                node.tcp_state(self.id),
                Some(
                    TcpState::FinWait1 | TcpState::FinWait2 | TcpState::Closing | TcpState::LastAck
                )
            );
            if waits && !self.given_up && judge.is_overdue(since, PATIENCE, now) {
                self.given_up = true;
                figures.unanswered += 1;
                node.abort(self.id);
            }
            let stuck = judge.is_overdue(since, 2 * PATIENCE, now);
            if stuck {
                judge.look(Check::Stuck, false, now, || {
                    let state = node.tcp_state(self.id);
                    let Client {
                        local, manner, cut, ..
                    } = self;
                    format!("the session of {local} does not end: {manner:?}, {state:?}, cut {cut}")
                });
                self.cut(node, now);
                self.stage = Stage::Closing(now);
            }
            return false;
        }
        if !self.is_own {
        } else if self.manner == Manner::Mute || self.is_pooled(node) {
            figures.returned += 1;
            judge.returned(self.local);
        } else {
            judge.ended(self.local, 0, (self.peer, PORT), chance, now);
        }
        figures.over += 1;
        figures.cut += u64::from(self.cut);
        true
    }

    /// Whether its address is ready again: nothing was ever sent from it.
    fn is_pooled(&self, node: &mut Node) -> bool {
        let found = node.core().table.find(self.local.into());
        found.is_some_and(|(_, view)| view.meta.state() == State::Uncertain)
    }
}
