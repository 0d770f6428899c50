// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The network of the demonstration.

use crate::control::NodeControl;
use crate::daemon::Daemon;
use crate::host::NodeConfig;
use crate::interrupt::Interrupt;
use crate::lab::Lab;
use crate::link::choose::{Link, describe};
use crate::link::ether::Ether;
use crate::peer::Peer;
use crate::report::Report;
use crate::world::{PeerSpec, World, number};
use std::io;
use std::net::Ipv6Addr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use umux_abi::lab::Server;
use umux_abi::{Control, Counters, Event, PoolId, PoolInfo, Prefix};
use umux_core::plane::Micros;
use umux_core::table::slot::State;
use umux_core::wire::ip6::Ip6;
use umux_core::wire::nd::{self, Nd};
use umux_core::wire::proto;

/// Addresses that umuxd keeps ready.
pub const LEVEL: u32 = 16;

/// What can be asked for.
pub struct Options {
    /// Which link.
    pub link: Link,
    /// Why it is not namespaces, if nobody asked for that.
    pub obstacle: Option<String>,
    /// Where to draw the picture.
    pub svg: Option<PathBuf>,
    /// Everything random in the node and the simulated hosts comes from this.
    pub seed: Option<u64>,
    /// What is to be taken down if somebody interrupts it.
    pub interrupt: Interrupt,
}

/// The parts, in the order in which they are taken down.
pub struct Demo {
    pub(super) daemon: Arc<Daemon>,
    pub(super) log: Arc<Mutex<Vec<String>>>,
    pub(super) control: NodeControl,
    pub(super) server: Arc<dyn Peer>,
    pub(super) stranger: Arc<dyn Peer>,
    pub(super) lab: Lab,
    pub(super) pool: PoolId,
    pub(super) node: Ipv6Addr,
    pub(super) report: Report,
    _offer: Server,
    _directory: tempfile::TempDir,
}

impl Demo {
    pub(super) fn start(options: &Options, report: Report) -> io::Result<Demo> {
        let prefix: Prefix = "2001:db8:1::/64".parse().map_err(io::Error::other)?;
        let node = number(prefix, 1);
        let (at_server, at_stranger) = (number(prefix, 2), number(prefix, 3));

        report.plain(&describe(options.link, options.obstacle.as_deref()));
        report.stage("A small network");
        let mut config = NodeConfig::new(prefix);
        config.address = Some(node);
        config.seed = options.seed.unwrap_or(config.seed);
        let spec = |name, address| PeerSpec {
            name,
            address,
            knobs: &[],
        };
        let specs = [spec("server", at_server), spec("stranger", at_stranger)];
        let world = World::build(options.link, config, &specs)?;
        let (server, stranger) = (Arc::clone(&world.peers[0]), Arc::clone(&world.peers[1]));
        world.lab.with(|net, _| net.seen = Some(Vec::new()));
        report.say("node", format!("{node}, the host that runs umux"));
        report.say(
            "server",
            format!("{at_server}, stock, an echo server on port 7"),
        );
        report.say("stranger", format!("{at_stranger}, stock, no friend"));

        let directory = tempfile::Builder::new().prefix("umux-lab.").tempdir()?;
        let socket = directory.path().join("lab");
        let control = NodeControl::new(world.lab.clone());
        let offer = Server::start(&socket, Arc::new(control.clone())).map_err(io::Error::other)?;
        watch_events(&world.lab, report.clone());

        let pool = PoolId::new("lab0".parse().map_err(io::Error::other)?, prefix);
        let log: Arc<Mutex<Vec<String>>> = Arc::default();
        let path = directory.path().to_owned();
        options.interrupt.add(move || {
            // The system's own cleaning takes what cannot be removed now.
            let _ = std::fs::remove_dir_all(&path);
        });
        let daemon = Arc::new(Daemon::start(
            &std::env::current_exe()?,
            directory.path(),
            &socket,
            &pool,
            LEVEL,
            log_line(Arc::clone(&log), report.clone()),
        )?);
        options.interrupt.add({
            let daemon = Arc::clone(&daemon);
            move || {
                daemon.end();
            }
        });
        Ok(Demo {
            daemon,
            log,
            control,
            server,
            stranger,
            lab: world.lab,
            pool,
            node,
            report,
            _offer: offer,
            _directory: directory,
        })
    }

    /// The pool, when it is there.
    pub(super) fn levels(&self) -> Option<PoolInfo> {
        self.control.clone().pools().ok()?.pop()
    }

    pub(super) fn counters(&self) -> Counters {
        self.control.clone().stats().unwrap_or_default()
    }

    /// Waits until the pool's levels are as wanted.
    pub(super) fn level(
        &self,
        limit: Duration,
        wanted: impl Fn(&PoolInfo) -> bool,
    ) -> Option<PoolInfo> {
        self.lab.wait(limit, |net, _| {
            let info = crate::control::pools_of(&mut net.node).pop()?;
            wanted(&info).then_some(info)
        })
    }

    /// Addresses of the node in this state.
    pub(super) fn addresses(&self, state: State) -> Vec<Ipv6Addr> {
        self.lab.with(|net, _| {
            let lives = net.node.history.lives();
            let here = lives.filter(|(_, life)| life.state() == state);
            here.map(|(addr, _)| *addr).collect()
        })
    }

    /// The state of one of them.
    pub(super) fn state(&self, addr: Ipv6Addr) -> State {
        self.lab.with(|net, _| {
            let life = net.node.history.life(addr);
            life.map_or(State::Free, |life| life.state())
        })
    }

    /// For the picture.
    pub(super) fn mark(&self, addr: Ipv6Addr, at: Micros, what: &str) {
        self.lab
            .with(|net, _| net.node.history.mark(addr, at, what));
    }

    /// Frames of the node that came from this address, as the link saw them.
    pub(super) fn sent_from(&self, addr: Ipv6Addr) -> usize {
        self.lab.with(|net, _| {
            let frames = net.seen.iter().flatten();
            let of_node = frames.filter(|(_, port, _)| *port == 0);
            of_node
                .filter_map(|(_, _, frame)| Ip6::parse(Ether::parse(frame)?.packet))
                .filter(|ip6| ip6.src() == addr)
                .count()
        })
    }

    /// TCP segments that the node sent from one address to another since then, as the
    /// link saw them.
    pub(super) fn segments(&self, from: Ipv6Addr, to: Ipv6Addr, since: Micros) -> usize {
        self.lab.with(|net, _| {
            let frames = net.seen.iter().flatten();
            let of_node = frames.filter(|(at, port, _)| *port == 0 && *at >= since);
            of_node
                .filter_map(|(_, _, frame)| Ip6::parse(Ether::parse(frame)?.packet))
                .filter(|ip6| ip6.next_header() == proto::TCP)
                .filter(|ip6| (ip6.src(), ip6.dst()) == (from, to))
                .count()
        })
    }

    /// DAD probes that the node sent for pool addresses, as the link saw them: how
    /// many, and for how many addresses.
    pub(super) fn probes_seen(&self) -> (usize, usize) {
        self.lab.with(|net, _| {
            let mut targets: Vec<Ipv6Addr> = Vec::new();
            for (_, port, frame) in net.seen.iter().flatten() {
                let packet = Ether::parse(frame).map(|ether| ether.packet);
                if let (0, Some(Ok(Nd::Solicitation(ns)))) = (*port, packet.map(nd::parse))
                    && ns.is_dad()
                    && ns.nonce.is_some()
                    && ns.target != self.node
                {
                    targets.push(ns.target);
                }
            }
            let sent = targets.len();
            targets.sort();
            targets.dedup();
            (sent, targets.len())
        })
    }
}

/// umuxd's log: kept, and shown but for what only repeats the events.
fn log_line(log: Arc<Mutex<Vec<String>>>, report: Report) -> impl Fn(&str) + Send {
    move |line| {
        let text = line.split_once(' ').map_or(line, |(_, text)| text.trim());
        if !text.starts_with("event ") {
            report.say("umuxd", text);
        }
        if let Ok(mut log) = log.lock() {
            log.push(line.to_owned());
        }
    }
}

/// Shows events as a monitor would see them.
fn watch_events(lab: &Lab, report: Report) {
    let events = lab.with(|net, _| net.node.subscribe());
    std::thread::spawn(move || {
        while let Ok(event) = events.recv() {
            report.say("event", words(&event));
        }
    });
}

fn words(event: &Event) -> String {
    format!(
        "{}: {} ready, {} on the way, {} in sessions",
        event.kinds.words().join(", "),
        event.uncertain,
        event.tentative,
        event.valid
    )
}
