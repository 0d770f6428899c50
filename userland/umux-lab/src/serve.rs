// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A network that stays, for programs that are to be tried out on it.

use crate::control::NodeControl;
use crate::host::echo::{BYE, PORT};
use crate::host::{App, NodeConfig, Proto, SessionId};
use crate::interrupt::Interrupt;
use crate::lab::Lab;
use crate::link::choose::{Link, describe};
use crate::peer::Peer;
use crate::world::{PeerSpec, World, number};
use std::io;
use std::net::{Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use umux_abi::Prefix;
use umux_abi::lab::Server;

/// How long a session lasts before it says goodbye.
const LIFETIME: Duration = Duration::from_secs(5);

/// How often sessions are looked at.
const LOOK: Duration = Duration::from_millis(100);

/// How long a server has to say goodbye too.
const GOODBYE: Duration = Duration::from_secs(10);

/// What can be asked for.
pub struct Options {
    /// Which link.
    pub link: Link,
    /// Why it is not namespaces, if nobody asked for that.
    pub obstacle: Option<String>,
    /// Everything random in the node and the simulated hosts comes from this.
    pub seed: Option<u64>,
    /// Where the control socket is to be.
    pub socket: PathBuf,
    /// Sessions that the node begins, a second.
    pub rate: f64,
    /// Ports of the node's HTTP servers.
    pub listen: Vec<u16>,
    /// Ports of servers that are programs of this machine, and where these listen.
    pub relay: Vec<(u16, SocketAddr)>,
    /// Addresses that the node has room for.
    pub max_addrs: u32,
    /// What is to be taken down if somebody interrupts it.
    pub interrupt: Interrupt,
}

/// Serves until the process ends.
///
/// # Errors
/// The network cannot be built, or the socket not be made.
pub fn run(options: &Options) -> io::Result<()> {
    let rate = options.rate;
    if !(0.0..=1000.0).contains(&rate) {
        return Err(io::Error::other(format!(
            "--rate {rate}: write 0 to 1000 sessions a second"
        )));
    }
    let prefix: Prefix = "2001:db8:1::/64".parse().map_err(io::Error::other)?;
    let (node, server) = (number(prefix, 1), number(prefix, 2));
    let mut config = NodeConfig::new(prefix);
    config.address = Some(node);
    config.plane.max_addrs = options.max_addrs;
    config.seed = options.seed.unwrap_or(config.seed);
    let spec = |name, address| PeerSpec {
        name,
        address,
        knobs: &[],
    };
    let specs = [spec("server", server), spec("stranger", number(prefix, 3))];
    let world = World::build(options.link, config, &specs)?;
    // Nobody draws these.
    world.lab.with(|net, _| net.node.history.disable());
    listen(&world.lab, options)?;
    let control = NodeControl::new(world.lab.clone());
    let offer = Server::start(&options.socket, Arc::new(control));
    let _offer = offer.map_err(io::Error::other)?;
    let path = options.socket.clone();
    options.interrupt.add(move || {
        let _ = std::fs::remove_file(&path);
    });
    let at = options.socket.display();
    println!("{}", describe(options.link, options.obstacle.as_deref()));
    println!("interface lab0, prefix {prefix}, a server at [{server}]:{PORT}; try");
    println!("    umuxctl --lab {at} pool add lab0 {prefix} --fill 100 --wait");
    println!("    umuxctl --lab {at} session list");
    if let [port, ..] = options.listen[..] {
        println!(
            "the node, {node}, listens on the ports {PORT} (echo) and {ports} (HTTP); try",
            ports = words(&options.listen)
        );
        println!("    umuxctl --lab {at} listen add --apply guard port {port}");
        println!("    umuxctl --lab {at} das add {port}");
    }
    enter(&world.peers);
    println!("interrupt it to end it");
    sessions(&world.lab, server, rate)
}

/// The node's own servers.
fn listen(lab: &Lab, options: &Options) -> io::Result<()> {
    let mut all = vec![("the echo server's", PORT, App::Echo)];
    for (port, to) in &options.relay {
        all.push(("--relay", *port, lab.relay(*to)?));
    }
    // A program takes the place of the HTTP server that is there by default.
    let relayed = |port: &u16| options.relay.iter().any(|(relayed, _)| relayed == port);
    let http = options.listen.iter().filter(|port| !relayed(port));
    all.extend(http.map(|port| ("--listen", *port, App::Http)));
    for (asked, port, app) in all {
        lab.with(|net, now| net.node.listen(port, app, now))
            .map_err(|e| io::Error::other(format!("{asked} {port}: {e}")))?;
    }
    Ok(())
}

fn words(ports: &[u16]) -> String {
    let words: Vec<_> = ports.iter().map(u16::to_string).collect();
    words.join(", ")
}

/// Says how to run programs on the other hosts, if these are Linux.
fn enter(peers: &[Arc<dyn Peer>]) {
    for peer in peers {
        if let Some(namespace) = peer.namespace() {
            println!("a shell of the {}, {}:", peer.name(), peer.address());
            println!("    nsenter --net={} sh", namespace.display());
        }
    }
}

/// Begins and ends sessions, for ever.
fn sessions(lab: &Lab, server: Ipv6Addr, rate: f64) -> io::Result<()> {
    let gap = if rate > 0.0 {
        1e6 / rate
    } else {
        f64::INFINITY
    };
    let mut next = lab.now() as f64;
    let mut live: Vec<(u64, SessionId, bool)> = Vec::new();
    loop {
        let now = lab.now();
        while gap.is_finite() && next <= now as f64 {
            next += gap;
            if let Ok(id) = lab.with(|net, now| net.node.connect(Proto::Tcp, server, PORT, now)) {
                live.push((now, id, false));
            }
        }
        lab.with(|net, now| {
            live.retain_mut(|(begin, id, said)| {
                let age = Duration::from_micros(now.saturating_sub(*begin));
                if age >= LIFETIME && !*said {
                    net.node.send(*id, BYE);
                    *said = true;
                }
                let over = net.node.is_half_closed(*id) || net.node.is_over(*id);
                let stuck = age >= LIFETIME + GOODBYE;
                if over || stuck {
                    net.node.close(*id, now);
                }
                !(over || stuck)
            });
        });
        lab.pause(LOOK);
    }
}
