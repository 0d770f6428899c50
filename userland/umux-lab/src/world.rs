// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The lab's small network: one link, the node, a server, and a stranger.

use crate::host::{Node, NodeConfig, Stock};
use crate::lab::Lab;
use crate::link::choose::Link;
use crate::link::ether::Mac;
use crate::link::net::Net;
#[cfg(target_os = "linux")]
use crate::peer::LinuxHost;
use crate::peer::{Peer, SimulatedHost};
use std::io;
use std::net::Ipv6Addr;
use std::sync::Arc;
use umux_abi::Prefix;
use umux_core::plane::Micros;

/// A network that runs.
pub struct World {
    /// The link, with the node on it.
    pub lab: Lab,
    /// The peers, in the order in which they were asked for.
    pub peers: Vec<Arc<dyn Peer>>,
}

/// A peer that is asked for.
pub struct PeerSpec<'s> {
    /// Its role.
    pub name: &'s str,
    /// Its address.
    pub address: Ipv6Addr,
    /// net.ipv6.conf, where the peer is Linux.
    pub knobs: &'s [(&'s str, u32)],
}

/// Address n of a prefix.
pub fn number(prefix: Prefix, n: u16) -> Ipv6Addr {
    Ipv6Addr::from_bits(prefix.bits() | u128::from(n))
}

fn node(config: NodeConfig, now: Micros) -> io::Result<Net> {
    let node = Node::new(config, Mac::lab(1), now)
        .map_err(|_| io::Error::other("limits of the plane are out of range"))?;
    Ok(Net::new(node))
}

/// A simulated host with its server, and its address assigned.
pub fn stock(n: u8, address: Ipv6Addr, seed: u64, now: Micros) -> Stock {
    let mut host = Stock::new(Mac::lab(n), seed, now);
    host.set_probes(0);
    host.claim(address, now);
    host.set_probes(1);
    host.serve();
    host
}

impl World {
    /// Builds it, on the machine's clock.
    ///
    /// # Errors
    /// What the system says.
    pub fn build(link: Link, config: NodeConfig, specs: &[PeerSpec<'_>]) -> io::Result<World> {
        match link {
            Link::Memory => World::simulated(config, specs),
            #[cfg(target_os = "linux")]
            Link::Netns => World::namespaces(config, specs),
            #[cfg(not(target_os = "linux"))]
            Link::Netns => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    fn simulated(config: NodeConfig, specs: &[PeerSpec<'_>]) -> io::Result<World> {
        let seed = config.seed;
        let lab = Lab::start(|now| {
            let mut net = node(config, now)?;
            for (n, spec) in (2..).zip(specs) {
                let host = stock(n, spec.address, seed + u64::from(n), now);
                net.hosts.push(host);
            }
            Ok(net)
        })?;
        let peers = specs.iter().enumerate();
        let peers = peers.map(|(i, spec)| {
            Arc::new(SimulatedHost::new(&lab, i, spec.name, spec.address)) as Arc<dyn Peer>
        });
        Ok(World {
            peers: peers.collect(),
            lab,
        })
    }

    #[cfg(target_os = "linux")]
    fn namespaces(config: NodeConfig, specs: &[PeerSpec<'_>]) -> io::Result<World> {
        let mut peers: Vec<Arc<dyn Peer>> = Vec::new();
        let mut taps = Vec::new();
        for spec in specs {
            let (host, tap) = LinuxHost::new(spec.name, spec.address, spec.knobs)?;
            peers.push(Arc::new(host));
            taps.push(tap);
        }
        let lab = Lab::start(|now| {
            let mut net = node(config, now)?;
            net.taps = taps;
            Ok(net)
        })?;
        Ok(World { lab, peers })
    }
}
