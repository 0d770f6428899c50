// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The pool: filling, DAD, the uncertain state, refill.

use super::join;
use super::setup::{Demo, LEVEL, Options};
use crate::host::Proto;
use crate::host::echo::PORT;
use crate::peer::RESOLUTION;
use std::io;
use std::net::Ipv6Addr;
use std::time::Duration;
use umux_abi::{Control, PoolInfo};
use umux_core::table::slot::State;

/// umuxd makes the pool and fills it, DAD takes a second.
const FILL: Duration = Duration::from_secs(10);

impl Demo {
    /// umuxd fills the pool, DAD by DAD; one address is a duplicate.
    pub(super) fn filling(&self) -> io::Result<()> {
        self.report
            .stage("A pool fills: duplicate address detection (RFC 4862, RFC 7527)");
        let coming = self.level(FILL, |info| info.counts.tentative == LEVEL);
        self.report.check(
            "umuxd makes the pool and fills it",
            coming.is_some(),
            self.levels_in_words(),
        );
        self.miss();
        let full = self.level(FILL, |info| info.counts.uncertain == LEVEL);
        let (sent, addresses) = self.probes_seen();
        self.report.check(
            "each address was probed for before it was used",
            full.is_some() && addresses == LEVEL as usize,
            format!("on the link: {sent} probes for {addresses} addresses, each with a nonce"),
        );
        self.duplicate()
    }

    fn levels_in_words(&self) -> String {
        match self.levels() {
            Some(PoolInfo { id, counts, .. }) => format!(
                "{id}: {} tentative, {} uncertain, {} valid, {} duplicated",
                counts.tentative, counts.uncertain, counts.valid, counts.duplicated
            ),
            None => "there is no pool".into(),
        }
    }

    /// A session that comes too early: no address is ready.
    fn miss(&self) {
        let peer = self.server.address();
        let opened = self
            .lab
            .with(|net, now| net.node.connect(Proto::Tcp, peer, PORT, now));
        let Ok(id) = opened else {
            self.report.check(
                "a session that finds no address ready is legacy",
                false,
                "refused",
            );
            return;
        };
        let open = self
            .lab
            .wait(FILL, |net, _| net.node.is_open(id).then_some(()));
        let (local, ephemeral) = self
            .lab
            .with(|net, _| (net.node.local(id), net.node.has_ephemeral(id)));
        self.report.check(
            "a session that finds no address ready is legacy",
            open.is_some() && !ephemeral && local == Some(self.node),
            format!(
                "it is connected from {}, the host's own; missed={}",
                local.unwrap_or(Ipv6Addr::UNSPECIFIED),
                self.counters().missed
            ),
        );
        self.lab.with(|net, now| net.node.close(id, now));
    }

    /// The stranger has an address that the pool is given.
    fn duplicate(&self) -> io::Result<()> {
        let taken = Ipv6Addr::from_bits(self.pool.prefix.bits() | 0xdead_beef);
        let held = self.stranger.claim(taken)?;
        self.report
            .say("stranger", format!("has {taken} ({})", held.proof));
        let added = self.control.clone().addr_add(&self.pool, &[taken]);
        self.report
            .say("node", format!("adds {taken} to the pool, DAD begins"));
        let limit = Duration::from_secs(3);
        self.lab.wait(limit, |net, _| {
            let life = net.node.history.life(taken)?;
            (life.state() == State::Duplicated).then_some(())
        });
        let state = self.state(taken);
        self.report.check(
            "an address that another node has is not used",
            held.worked && added.is_ok() && state == State::Duplicated,
            format!("ours is {}; {}", name(state), self.levels_in_words()),
        );
        Ok(())
    }

    /// The heart of it: defended, and not there.
    pub(super) fn uncertain(&self) -> io::Result<()> {
        self.report
            .stage("Uncertain: nobody can take the address, and nobody can reach it");
        let ready = self.addresses(State::Uncertain);
        let (Some(wanted), Some(sought)) = (ready.last(), ready.get(ready.len() / 2)) else {
            self.report
                .check("addresses are uncertain", false, "none is");
            return Ok(());
        };
        let (wanted, sought) = (*wanted, *sought);
        let (before, begin) = (self.counters(), self.lab.now());
        self.report.say(
            "stranger",
            format!("configures {wanted}, which is uncertain"),
        );
        self.report
            .say("stranger", format!("pings {sought}, which is uncertain"));
        self.report.say(
            "server",
            format!("opens a TCP connection to [{sought}]:{PORT}"),
        );
        let (claim, ping, tcp) = std::thread::scope(|scope| {
            let claim = scope.spawn(|| self.stranger.claim(wanted));
            let ping = scope.spawn(|| self.stranger.ping(sought, RESOLUTION));
            let tcp = scope.spawn(|| self.server.tcp(sought, PORT, RESOLUTION));
            (join(claim), join(ping), join(tcp))
        });
        let (claim, ping, tcp) = (claim?, ping?, tcp?);
        self.mark(wanted, begin, "claimed by the stranger: defended");
        self.mark(sought, begin, "pinged, and called by TCP: silence");
        self.stranger.release(wanted)?;
        let after = self.counters();
        let sent = self.sent_from(sought);
        self.report.check(
            "an uncertain address cannot be taken: DAD of a stock host finds it duplicated",
            !claim.worked
                && after.defended > before.defended
                && self.state(wanted) == State::Uncertain,
            format!(
                "{}; ours is still {}",
                claim.proof,
                name(self.state(wanted))
            ),
        );
        self.report.check(
            "an uncertain address cannot be pinged",
            !ping.worked && after.ns_silent > before.ns_silent && sent == 0,
            format!(
                "{}; {} solicitations left unanswered, {sent} packets sent from it",
                ping.proof,
                after.ns_silent - before.ns_silent
            ),
        );
        self.report.check(
            "an uncertain address cannot be connected to",
            !tcp.worked && !tcp.proof.contains("refused"),
            tcp.proof,
        );
        Ok(())
    }

    /// umuxd has made good what was used.
    pub(super) fn refill(&self) -> io::Result<()> {
        self.report.stage("Refill");
        let full = self.level(FILL, |info| info.counts.uncertain == LEVEL);
        let told = self.log.lock().is_ok_and(|log| {
            log.iter()
                .filter(|line| line.contains("addresses added"))
                .count()
                > 1
        });
        let proof = match &full {
            Some(info) => format!(
                "{} uncertain again; {} added in all, {} taken by sessions",
                info.counts.uncertain, info.added, info.taken
            ),
            None => self.levels_in_words(),
        };
        self.report.check(
            "umuxd makes good what sessions used",
            full.is_some() && told,
            proof,
        );
        Ok(())
    }

    /// The end: umuxd is told to end, the table is shown.
    pub(super) fn finish(self, options: &Options) -> io::Result<bool> {
        let ended = self.daemon.end();
        self.report.check(
            "umuxd ends when it is told to",
            ended.is_some_and(|status| status.success()),
            ended.map_or("it had to be killed".into(), |status| status.to_string()),
        );
        if let Some(path) = &options.svg {
            let picture = self
                .lab
                .with(|net, now| crate::svg::draw(&net.node.history, now));
            std::fs::write(path, picture).map_err(|e| {
                io::Error::new(e.kind(), format!("cannot write {}: {e}", path.display()))
            })?;
            self.report
                .say("lab", format!("the picture is in {}", path.display()));
        }
        self.report.plain("");
        Ok(self.report.summary())
    }
}

/// The word for a state.
pub(super) fn name(state: State) -> &'static str {
    match state {
        State::Free => "gone",
        State::Pending => "pending",
        State::Tentative => "tentative",
        State::Uncertain => "uncertain",
        State::Valid => "valid",
        State::Duplicated => "duplicated",
        State::Tombstone => "silent after its session (tombstone)",
    }
}
