// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A network that stays, for programs that are to be tried out on it.

use crate::control::NodeControl;
use crate::host::echo::{BYE, PORT};
use crate::host::{NodeConfig, Proto, SessionId};
use crate::interrupt::Interrupt;
use crate::lab::Lab;
use crate::link::choose::Link;
use crate::world::{PeerSpec, World, number};
use std::io;
use std::net::Ipv6Addr;
use std::path::Path;
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

/// Serves until the process ends.
///
/// # Errors
/// The network cannot be built, or the socket not be made.
pub fn run(
    link: Link,
    seed: Option<u64>,
    socket: &Path,
    rate: f64,
    interrupt: &Interrupt,
) -> io::Result<()> {
    if !(0.0..=1000.0).contains(&rate) {
        return Err(io::Error::other(format!(
            "--rate {rate}: write 0 to 1000 sessions a second"
        )));
    }
    let prefix: Prefix = "2001:db8:1::/64".parse().map_err(io::Error::other)?;
    let server = number(prefix, 2);
    let mut config = NodeConfig::new(prefix);
    config.address = Some(number(prefix, 1));
    config.seed = seed.unwrap_or(config.seed);
    // Nobody draws these.
    let specs = [PeerSpec {
        name: "server",
        address: server,
        knobs: &[],
    }];
    let world = World::build(link, config, &specs)?;
    world.lab.with(|net, _| net.node.history.disable());
    let control = NodeControl::new(world.lab.clone());
    let _offer = Server::start(socket, Arc::new(control)).map_err(io::Error::other)?;
    let path = socket.to_owned();
    interrupt.add(move || {
        let _ = std::fs::remove_file(&path);
    });
    let at = socket.display();
    println!("interface lab0, prefix {prefix}, a server at [{server}]:{PORT}; try");
    println!("    umuxctl --lab {at} pool add lab0 {prefix} --fill 100 --wait");
    println!("    umuxctl --lab {at} session list");
    println!("interrupt it to end it");
    sessions(&world.lab, server, rate)
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
