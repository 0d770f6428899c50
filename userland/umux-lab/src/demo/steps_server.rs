// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Servers: a listener that accepts nothing (LISTEN_0), and addresses that are good
//! for one connection of one client each (LISTEN_U).

use super::join;
use super::setup::Demo;
use crate::history::Step;
use crate::host::App;
use crate::lab::Lab;
use crate::peer::{Call, Outcome, Peer};
use crate::report::Report;
use std::io;
use std::net::Ipv6Addr;
use std::time::Duration;
use umux_abi::{Control, DasSpec};
use umux_core::plane::Micros;
use umux_core::table::slot::{Phase, State};

/// Where the node serves.
const PORT: u16 = 80;

/// What its clients ask.
const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: ssa\r\n\r\n";

/// Two SYNs at least.
const ATTEMPT: Duration = Duration::from_millis(2_500);

/// Somewhere in an attempt, microseconds: its mark hides no step of the address.
const MIDDLE: Micros = 1_000_000;

/// Time for a few round trips.
const SOON: Duration = Duration::from_secs(3);

/// How long the address waits that nobody comes for.
const LIFETIME_MS: u32 = 2_000;

/// In which order an address goes through them.
const PHASES: [Phase; 5] = [
    Phase::Armed,
    Phase::Locked,
    Phase::Acked,
    Phase::Established,
    Phase::Closing,
];

/// A connection attempt that has to meet silence.
struct Unheard {
    outcome: Outcome,
    /// TCP segments that the node sent to it.
    segments: usize,
}

impl Unheard {
    fn is_silence(&self) -> bool {
        !self.outcome.worked && self.outcome.proof.contains("no answer") && self.segments == 0
    }
}

impl Demo {
    /// LISTEN_0, LISTEN_U, and the end of both.
    pub(super) fn servers(&self) -> io::Result<()> {
        self.report
            .stage("Servers: a listener that accepts nothing, and addresses that work once");
        show_steps(&self.lab, self.report.clone());
        if !self.guard()? {
            return Ok(());
        }
        let armed = (
            self.arm(Some(self.server.address()), 60_000),
            self.arm(None, 60_000),
            self.arm(None, LIFETIME_MS),
        );
        let (Some(ssa), Some(slow), Some(unused)) = armed else {
            self.report
                .check("addresses of the pool are armed", false, "refused");
            return Ok(());
        };
        self.nobody_else_comes_in(ssa)?;
        let call = self.client(ssa)?;
        self.busy(slow)?;
        self.once(ssa, call.is_some())?;
        self.gone_with_it(ssa, call)?;
        self.lapsed(unused);
        Ok(())
    }

    /// The listener becomes a LISTEN_0; whether it serves at all.
    fn guard(&self) -> io::Result<bool> {
        let listens = self
            .lab
            .with(|net, now| net.node.listen(PORT, App::Http, now));
        let before = self.stranger.tcp(self.node, PORT, SOON)?;
        self.report.say(
            "node",
            format!("listens at [{}]:{PORT}, for everybody", self.node),
        );
        let rule = format!("guard port {PORT}").parse();
        let rule = rule.map_err(io::Error::other)?;
        self.control
            .clone()
            .set_listen_rules(&[rule], true)
            .map_err(io::Error::other)?;
        self.report
            .say("node", format!("rule: {rule}; the listener is a LISTEN_0"));
        let works = listens.is_ok() && before.worked;
        if !works {
            self.report
                .check("the node has a server", false, before.proof);
        }
        Ok(works)
    }

    fn arm(&self, client: Option<Ipv6Addr>, lifetime_ms: u32) -> Option<Ipv6Addr> {
        let spec = DasSpec {
            port: PORT,
            pid: None,
            fd: None,
            ssa: None,
            pool: Some(self.pool.clone()),
            client: client.map(Into::into).unwrap_or_default(),
            lifetime_ms,
        };
        let begun = self.lab.now();
        let ssa = self.control.clone().das(&spec).ok()?;
        let took = self.lab.now() - begun;
        let whom = match client {
            Some(client) => format!("for {client}"),
            None => "for whoever comes first".into(),
        };
        self.report.say(
            "das",
            format!("{ssa}, {whom}, {} s, after {took} us", lifetime_ms / 1000),
        );
        self.mark(ssa, begun, "armed (DAS)");
        Some(ssa)
    }

    /// One attempt, and what the node answered to it on the link.
    fn attempt(&self, peer: &dyn Peer, to: Ipv6Addr) -> io::Result<Unheard> {
        let begin = self.lab.now();
        let outcome = peer.tcp(to, PORT, ATTEMPT)?;
        Ok(Unheard {
            segments: self.segments(to, peer.address(), begin),
            outcome,
        })
    }

    /// At the host's own address nobody, at an armed one nobody but its client.
    fn nobody_else_comes_in(&self, ssa: Ipv6Addr) -> io::Result<()> {
        let (before, begin) = (self.counters().guarded, self.lab.now());
        let (to_host, client_to_host, to_ssa) = std::thread::scope(|scope| {
            let to_host = scope.spawn(|| self.attempt(&*self.stranger, self.node));
            let client_to_host = scope.spawn(|| self.attempt(&*self.server, self.node));
            let to_ssa = scope.spawn(|| self.attempt(&*self.stranger, ssa));
            (join(to_host), join(client_to_host), join(to_ssa))
        });
        let (to_host, client_to_host, to_ssa) = (to_host?, client_to_host?, to_ssa?);
        let guarded = self.counters().guarded - before;
        self.mark(ssa, begin + MIDDLE, "called by the stranger: silence");
        self.report.check(
            "a guarded listener (LISTEN_0) accepts nothing at the host's own address",
            to_host.is_silence() && client_to_host.is_silence() && guarded >= 2,
            format!(
                "{}; {guarded} SYNs turned away, {} segments sent in answer; before the rule \
                 it was connected",
                to_host.outcome.proof,
                to_host.segments + client_to_host.segments
            ),
        );
        self.report.check(
            "an address that is armed for one client is silent to others, and waits on",
            to_ssa.is_silence() && self.phase(ssa) == Phase::Armed,
            format!(
                "stranger: {}; {} segments sent to it; ours is {}",
                to_ssa.outcome.proof,
                to_ssa.segments,
                word(self.phase(ssa))
            ),
        );
        Ok(())
    }

    /// Its client comes.
    fn client(&self, ssa: Ipv6Addr) -> io::Result<Option<Box<dyn Call>>> {
        let begun = self.lab.now();
        let (outcome, call) = self.server.call(ssa, PORT, SOON)?;
        let took = (self.lab.now() - begun) as f64 / 1e3;
        let Some(mut call) = call else {
            self.report
                .check("its client is served at once", false, outcome.proof);
            return Ok(None);
        };
        let here = format!("this is [{ssa}]:{PORT}");
        let answer = call.talk(GET, &here, SOON)?;
        let said = answer.lines().last().unwrap_or("nothing").to_owned();
        self.report.check(
            "its client is served at once, by the listener's own accept()",
            said.contains(&here) && self.phase(ssa) == Phase::Established,
            format!("connected after {took:.1} ms; the server's answer: {said:?}"),
        );
        Ok(Some(call))
    }

    /// The server does not look at a connection: it is found all the same.
    fn busy(&self, ssa: Ipv6Addr) -> io::Result<()> {
        self.lab.with(|net, _| net.node.set_busy(true));
        let called = self.stranger.call(ssa, PORT, SOON);
        let found = self.lab.wait(SOON, |net, _| {
            let life = net.node.history.life(ssa)?;
            (life.phase() == Phase::Established).then_some(())
        });
        self.lab.with(|net, _| net.node.set_busy(false));
        let acked = self.time_in(ssa, Phase::Acked);
        self.report.check(
            "a connection is known before the server accepts it",
            called?.0.worked && found.is_some(),
            format!(
                "acked for {} ms while the server was busy, then {}",
                acked / 1000,
                word(Phase::Established)
            ),
        );
        Ok(())
    }

    /// No second connection, of nobody.
    fn once(&self, ssa: Ipv6Addr, lives: bool) -> io::Result<()> {
        let begin = self.lab.now();
        let (again, other) = std::thread::scope(|scope| {
            let again = scope.spawn(|| self.attempt(&*self.server, ssa));
            let other = scope.spawn(|| self.attempt(&*self.stranger, ssa));
            (join(again), join(other))
        });
        let (again, other) = (again?, other?);
        self.mark(
            ssa,
            begin + MIDDLE,
            "called again, by its client too: silence",
        );
        self.report.check(
            "there is no second connection, not even for the same client",
            lives
                && again.outcome.proof.contains("no answer")
                && again.segments == 0
                && other.is_silence(),
            format!(
                "client: {}; stranger: {}; {} segments sent in answer",
                again.outcome.proof,
                other.outcome.proof,
                again.segments + other.segments
            ),
        );
        Ok(())
    }

    /// The connection ends, and the address with it.
    fn gone_with_it(&self, ssa: Ipv6Addr, call: Option<Box<dyn Call>>) -> io::Result<()> {
        self.report.say("server", "hangs up");
        self.mark(ssa, self.lab.now(), "its client hangs up");
        drop(call);
        self.lab.wait(SOON, |net, _| {
            let life = net.node.history.life(ssa)?;
            (life.state() == State::Tombstone).then_some(())
        });
        let phases = self.phases(ssa);
        let words: Vec<_> = phases.iter().map(|phase| word(*phase)).collect();
        self.report.check(
            "an armed address goes through its states in order",
            phases == PHASES && self.state(ssa) == State::Tombstone,
            format!("{}, {}", words.join(", "), word(Phase::Client)),
        );
        let begin = self.lab.now();
        let defended = self.counters().defended;
        let (again, claim) = std::thread::scope(|scope| {
            let again = scope.spawn(|| self.attempt(&*self.server, ssa));
            let claim = scope.spawn(|| self.stranger.claim(ssa));
            (join(again), join(claim))
        });
        let (again, claim) = (again?, claim?);
        self.stranger.release(ssa)?;
        let defended = self.counters().defended - defended;
        self.mark(ssa, begin, "called once more, and claimed: silence");
        self.report.check(
            "after its connection the address is gone, and is not defended any more",
            !again.outcome.worked && again.segments == 0 && claim.worked && defended == 0,
            format!(
                "its client: {}; the stranger's DAD finds nobody ({})",
                again.outcome.proof, claim.proof
            ),
        );
        Ok(())
    }

    /// Nobody came.
    fn lapsed(&self, ssa: Ipv6Addr) {
        let lapsed = self.counters().lapsed;
        self.report.check(
            "an address that nobody comes for lapses",
            self.phases(ssa) == [Phase::Armed] && self.state(ssa) == State::Tombstone,
            format!(
                "armed for {} ms of {LIFETIME_MS}, then gone; lapsed={lapsed}",
                self.time_in(ssa, Phase::Armed) / 1000
            ),
        );
    }

    fn phase(&self, ssa: Ipv6Addr) -> Phase {
        self.lab.with(|net, _| {
            let life = net.node.history.life(ssa);
            life.map_or(Phase::Client, |life| life.phase())
        })
    }

    fn phases(&self, ssa: Ipv6Addr) -> Vec<Phase> {
        self.lab.with(|net, _| {
            let life = net.node.history.life(ssa);
            life.map_or(Vec::new(), |life| life.phases())
        })
    }

    /// Time that an address was in a phase, microseconds.
    fn time_in(&self, ssa: Ipv6Addr, phase: Phase) -> Micros {
        self.lab.with(|net, now| {
            let spans = net.node.history.life(ssa).map(|life| &life.spans[..]);
            let spans = spans.unwrap_or_default().iter();
            let there = spans.filter(|span| span.phase == phase);
            there
                .map(|span| span.to.unwrap_or(now).saturating_sub(span.from))
                .sum()
        })
    }
}

/// Shows every step of servers' addresses.
fn show_steps(lab: &Lab, report: Report) {
    let steps = lab.with(|net, _| net.node.history.watch());
    std::thread::spawn(move || {
        while let Ok(Step { ssa, phase, client }) = steps.recv() {
            let by = match (phase, client) {
                (Phase::Locked, Some((client, port))) => format!(" by [{client}]:{port}"),
                _ => String::new(),
            };
            report.say("ssa", format!("{ssa} {}{by}", word(phase)));
        }
    });
}

/// As the documentation has it.
fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Client => "GONE",
        Phase::Armed => "ARMED",
        Phase::Locked => "LOCKED",
        Phase::Acked => "ACKED",
        Phase::Established => "ESTABLISHED",
        Phase::Closing => "CLOSING",
    }
}
