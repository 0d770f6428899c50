// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Sessions: each with an address of its own, which nobody else can use, and which
//! is gone with it.

use super::join;
use super::setup::Demo;
use super::steps_pool::name;
use crate::host::echo::{BYE, PORT};
use crate::host::{Proto, SessionId};
use crate::peer::RESOLUTION;
use std::io;
use std::net::Ipv6Addr;
use std::time::Duration;
use umux_core::table::slot::State;

/// TCP sessions; one more is UDP.
const TCP: usize = 6;

/// Time for what takes a round trip or two.
const SOON: Duration = Duration::from_secs(3);

/// The stack's TIME_WAIT, and the second that a session outlives its PCB.
const TIME_WAIT: Duration = Duration::from_secs(13);

/// A session that lives.
pub struct Live {
    id: SessionId,
    proto: Proto,
    local: Ipv6Addr,
}

impl Demo {
    /// Sessions, each with an address of its own.
    pub(super) fn sessions(&self) -> io::Result<Vec<Live>> {
        self.report
            .stage("Sessions: each connect() takes an address, valid at once");
        let peer = self.server.address();
        let protos = [Proto::Tcp; TCP].into_iter().chain([Proto::Udp]);
        let mut live = Vec::new();
        for proto in protos {
            let begun = self.lab.now();
            let opened = self
                .lab
                .with(|net, now| net.node.connect(proto, peer, PORT, now));
            let Ok(id) = opened else { continue };
            let open = self
                .lab
                .wait(SOON, |net, _| net.node.is_open(id).then_some(()));
            let took = self.lab.now() - begun;
            let local = self.lab.with(|net, _| net.node.local(id));
            if let (Some(()), Some(local)) = (open, local) {
                self.report.say(
                    "node",
                    format!("{proto} {local} -> [{peer}]:{PORT} after {took} us"),
                );
                live.push(Live { id, proto, local });
            }
        }
        let talked = live
            .iter()
            .filter(|session| self.talk(session.id, format!("hello {}\n", session.local)))
            .count();
        self.distinct(&live, talked);
        self.unused();
        Ok(live)
    }

    fn distinct(&self, live: &[Live], talked: usize) {
        let mut locals: Vec<_> = live.iter().map(|session| session.local).collect();
        locals.sort();
        locals.dedup();
        let ours = locals
            .iter()
            .filter(|local| self.pool.prefix.contains(local));
        self.report.check(
            "each session has an address of its own, and works",
            ours.count() == TCP + 1 && talked == TCP + 1,
            format!(
                "{} sessions from {} addresses, {talked} echoed",
                live.len(),
                locals.len()
            ),
        );
        let seen = self.server.clients();
        let tcp: Vec<_> = live
            .iter()
            .filter(|session| session.proto == Proto::Tcp)
            .map(|session| session.local)
            .collect();
        let after_first = seen.iter().filter(|client| tcp.contains(client)).count();
        let own = seen.iter().filter(|client| **client == self.node).count();
        self.report.check(
            "the server sees a stranger in each of them",
            after_first == TCP && own == 1,
            format!(
                "it accepted {after_first} connections from these addresses, \
                 and {own} from the host's own (the legacy one above)"
            ),
        );
    }

    /// An address that never was on the wire goes back to the pool.
    fn unused(&self) {
        let peer = self.server.address();
        let before = self.counters().returned;
        let state = self.lab.with(|net, now| {
            let id = net.node.connect(Proto::Udp, peer, PORT, now).ok()?;
            let local = net.node.local(id)?;
            net.node.close(id, now);
            Some(local)
        });
        let state = state.map(|local| self.state(local));
        self.report.check(
            "an address that was taken and never used goes back to the pool",
            state == Some(State::Uncertain) && self.counters().returned == before + 1,
            format!("returned={}", self.counters().returned),
        );
    }

    /// Sends a line, and waits until it comes back.
    fn talk(&self, id: SessionId, line: String) -> bool {
        self.lab.with(|net, _| net.node.send(id, line.as_bytes()));
        let mut got = Vec::new();
        let answer = self.lab.wait(SOON, |net, _| {
            got.extend(net.node.receive_from(id));
            (got == line.as_bytes()).then_some(())
        });
        answer.is_some()
    }

    /// Others try to reach or to take the address of a session.
    pub(super) fn nobody_else(&self, live: &[Live]) -> io::Result<()> {
        self.report
            .stage("Valid: the session's peer and nobody else");
        let [first, second, third, ..] = live else {
            self.report.check("there are sessions", false, "too few");
            return Ok(());
        };
        let (before, begin) = (self.counters(), self.lab.now());
        let (claim, ping, tcp, back) = std::thread::scope(|scope| {
            let claim = scope.spawn(|| self.stranger.claim(first.local));
            let ping = scope.spawn(|| self.stranger.ping(second.local, RESOLUTION));
            let tcp = scope.spawn(|| self.stranger.tcp(third.local, PORT, RESOLUTION));
            let back = scope.spawn(|| self.server.tcp(second.local, PORT, RESOLUTION));
            (join(claim), join(ping), join(tcp), join(back))
        });
        let (claim, ping, tcp, back) = (claim?, ping?, tcp?, back?);
        self.stranger.release(first.local)?;
        self.mark(first.local, begin, "claimed by the stranger: defended");
        self.mark(second.local, begin, "pinged: silence");
        self.mark(third.local, begin, "called by TCP: silence");
        let after = self.counters();
        let works = self.talk(first.id, "still here\n".into());
        self.report.check(
            "an address in use cannot be taken",
            !claim.worked && works,
            format!("{}; the session goes on", claim.proof),
        );
        self.report.check(
            "an address in use answers no strangers: no echo reply",
            !ping.worked && after.in_dropped > before.in_dropped,
            ping.proof,
        );
        self.report.check(
            "an address in use answers no strangers: no connection, not even a reset",
            !tcp.worked && tcp.proof.contains("no answer"),
            tcp.proof,
        );
        self.report.check(
            "nobody connects back, not even the session's peer",
            !back.worked && back.proof.contains("no answer"),
            back.proof,
        );
        Ok(())
    }

    /// Sessions end in every way there is.
    pub(super) fn ending(&self, live: Vec<Live>) -> io::Result<Vec<Live>> {
        self.report
            .stage("The end of a session is the end of its address");
        let mut over = Vec::new();
        for (n, session) in live.into_iter().enumerate() {
            let how = match (session.proto, n) {
                (Proto::Udp, _) => "closed",
                (_, 0) => "reset by the node",
                (_, 1) => "closed by the node first: TIME_WAIT",
                _ => "closed by the server first",
            };
            self.report.say("node", format!("{} {how}", session.local));
            self.mark(session.local, self.lab.now(), how);
            self.end(&session, n);
            over.push(session);
        }
        self.silence(&over)?;
        let lingering = self.lingering(&over);
        self.report.check(
            "an address whose session is in TIME_WAIT is kept",
            lingering == 1,
            format!("{lingering} of {} is {}", over.len(), name(State::Valid)),
        );
        Ok(over)
    }

    fn lingering(&self, over: &[Live]) -> usize {
        over.iter()
            .filter(|session| self.state(session.local) == State::Valid)
            .count()
    }

    /// All of them are over, TIME_WAIT too.
    pub(super) fn ended(&self, over: &[Live]) {
        self.report.stage("TIME_WAIT is over");
        let gone = self.lab.wait(TIME_WAIT, |net, _| {
            let history = &net.node.history;
            let dead = |s: &Live| {
                history
                    .life(s.local)
                    .is_some_and(|life| matches!(life.state(), State::Tombstone | State::Free))
            };
            over.iter().all(dead).then_some(())
        });
        self.report.check(
            "every address is gone with its session, however it ended",
            gone.is_some(),
            format!(
                "{} of {} are {}",
                over.iter()
                    .filter(|s| self.state(s.local) == State::Tombstone)
                    .count(),
                over.len(),
                name(State::Tombstone)
            ),
        );
    }

    fn end(&self, session: &Live, n: usize) {
        let id = session.id;
        match (session.proto, n) {
            (Proto::Tcp, 0) => self.lab.with(|net, _| net.node.abort(id)),
            (Proto::Udp, _) | (_, 1) => self.lab.with(|net, now| net.node.close(id, now)),
            _ => {
                self.lab.with(|net, _| net.node.send(id, BYE));
                self.lab
                    .wait(SOON, |net, _| net.node.is_half_closed(id).then_some(()));
                self.lab.with(|net, now| net.node.close(id, now));
            }
        }
    }

    /// What was a session's address is nobody's.
    fn silence(&self, over: &[Live]) -> io::Result<()> {
        let Some(dead) = over.get(3).map(|session| session.local) else {
            return Ok(());
        };
        self.lab.wait(SOON, |net, _| {
            let life = net.node.history.life(dead)?;
            (life.state() == State::Tombstone).then_some(())
        });
        let (before, begin) = (self.sent_from(dead), self.lab.now());
        let (ping, tcp) = std::thread::scope(|scope| {
            let ping = scope.spawn(|| self.stranger.ping(dead, RESOLUTION));
            let tcp = scope.spawn(|| self.server.tcp(dead, PORT, RESOLUTION));
            (join(ping), join(tcp))
        });
        let (ping, tcp) = (ping?, tcp?);
        let sent = self.sent_from(dead) - before;
        self.mark(dead, begin, "pinged, and called by its last peer: silence");
        self.report.check(
            "after its session an address is silent, also to its last peer",
            !ping.worked && !tcp.worked && sent == 0,
            format!(
                "stranger: {}; server: {}; {sent} packets sent from it",
                ping.proof, tcp.proof
            ),
        );
        Ok(())
    }
}
