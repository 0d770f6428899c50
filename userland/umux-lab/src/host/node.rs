// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The host that runs umux: a stock host with a plane beside it.

use super::das::Handshake;
use super::groups::Groups;
use super::listen::Served;
use super::memory::Core;
use super::session::{Place, Session, SessionId};
use super::stock::Stock;
use crate::history::History;
use crate::link::ether::{Frame, Mac};
use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};
use std::collections::{BTreeMap, HashMap};
use std::net::Ipv6Addr;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use umux_abi::{Event, EventKinds, IfName, PoolId, Prefix};
use umux_core::action::EventInfo;
use umux_core::error::Error;
use umux_core::plane::{Config, IfaceParams, Micros};
use umux_core::table::Handle;
use umux_core::wire::nd::LinkAddr;

/// How a node is made.
pub struct NodeConfig {
    /// Name of its interface.
    pub interface: IfName,
    /// Prefixes that are on-link there.
    pub on_link: Vec<Prefix>,
    /// The host's own address.
    pub address: Option<Ipv6Addr>,
    /// Limits and times of the plane.
    pub plane: Config,
    /// DAD probes an address.
    pub dad_count: u8,
    /// Everything random comes from this.
    pub seed: u64,
}

impl NodeConfig {
    /// Interface `lab0`, times as the module has them by default.
    ///
    /// # Panics
    /// Never: the name is one.
    pub fn new(on_link: Prefix) -> NodeConfig {
        NodeConfig {
            interface: "lab0".parse().expect("a name"),
            on_link: vec![on_link],
            address: None,
            plane: Config {
                max_addrs: 1024,
                max_pools: 16,
                max_ifaces: 1,
                tombstone: 60_000,
                duplicated: 600_000,
                audit: 60_000,
                dad_spread: 0,
            },
            dad_count: 1,
            // A system without randomness still has a lab, if a predictable one.
            seed: getrandom::u64().unwrap_or_default(),
        }
    }
}

/// Index of the one interface.
const IFINDEX: u32 = 1;

/// RetransTimer of RFC 4861, milliseconds.
const RETRANS_MS: u32 = 1_000;

/// Events that wait for a subscriber before it loses some.
const EVENTS_MAX: usize = 1_024;

/// The host.
pub struct Node {
    pub(super) mac: Mac,
    pub(super) up: bool,
    pub(super) core: Core,
    pub(super) stock: Stock,
    pub(super) address: Option<Ipv6Addr>,
    pub(super) sessions: BTreeMap<SessionId, Session>,
    pub(super) by_address: HashMap<Ipv6Addr, SessionId>,
    pub(super) served: Vec<Served>,
    pub(super) handshakes: BTreeMap<Ipv6Addr, Handshake>,
    pub(super) busy: bool,
    pub(super) starved: bool,
    pub(super) groups: Groups,
    pub(super) outgoing: Vec<Frame>,
    /// What became of addresses and sessions.
    pub history: History,
    interface: IfName,
    on_link: Vec<Prefix>,
    dad_count: u8,
    subscribers: Vec<SyncSender<Event>>,
    rng: ChaCha8Rng,
    last_id: usize,
}

impl Node {
    /// A node whose link is up.
    ///
    /// # Errors
    /// [`Error::Invalid`]: limits out of range.
    pub fn new(config: NodeConfig, mac: Mac, now: Micros) -> Result<Node, Error> {
        let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
        let core = Core::new(config.plane, [rng.next_u64(), rng.next_u64()])?;
        let mut stock = Stock::new(mac, rng.next_u64(), now);
        if let Some(addr) = config.address {
            stock.claim(addr, now);
        }
        let mut node = Node {
            mac,
            up: true,
            core,
            stock,
            address: config.address,
            sessions: BTreeMap::new(),
            by_address: HashMap::new(),
            served: Vec::new(),
            handshakes: BTreeMap::new(),
            busy: false,
            starved: false,
            groups: Groups::default(),
            outgoing: Vec::new(),
            history: History::default(),
            interface: config.interface,
            on_link: config.on_link,
            dad_count: config.dad_count,
            subscribers: Vec::new(),
            rng,
            last_id: 0,
        };
        node.tell_link(now)?;
        Ok(node)
    }

    /// Index of its interface.
    pub fn ifindex(&self) -> u32 {
        IFINDEX
    }

    /// Name of its interface.
    pub fn interface(&self) -> &IfName {
        &self.interface
    }

    /// The plane.
    pub fn core(&mut self) -> &mut Core {
        &mut self.core
    }

    /// Solicited-node groups joined for the plane.
    pub fn groups(&self) -> usize {
        self.groups.len()
    }

    /// Whether a pool's prefix is one that is on-link, or part of it.
    pub fn is_on_link(&self, prefix: &Prefix) -> bool {
        self.on_link
            .iter()
            .any(|on| on.len() <= prefix.len() && on.contains(&prefix.addr()))
    }

    /// Whether the cable is in.
    pub fn is_up(&self) -> bool {
        self.up
    }

    /// A prefix is on-link again, or newly.
    pub fn announce_prefix(&mut self, prefix: Prefix) {
        self.withdraw_prefix(&prefix);
        self.on_link.push(prefix);
    }

    /// Another address of the host's own, which legacy sessions do not use but for
    /// what it makes on-link.
    pub fn claim_own(&mut self, addr: Ipv6Addr, now: Micros) {
        self.stock.claim(addr, now);
    }

    /// DAD probes an address from now on.
    pub fn set_dad_count(&mut self, count: u8, now: Micros) {
        self.dad_count = count;
        // As in `set_link`.
        let _ = self.tell_link(now);
    }

    /// Takes the interface out of the machine, with its pools; sessions end with
    /// their PCBs.  [`Node::set_link`] puts it back.
    pub fn remove_interface(&mut self, now: Micros) {
        self.up = false;
        self.core.plane.iface_gone(IFINDEX, now);
        self.observe(now);
    }

    /// The host has no memory to send probes with, or has it again.
    pub fn set_starved(&mut self, starved: bool) {
        self.starved = starved;
    }

    /// Addresses of sessions that are the plane's.
    pub fn session_addresses(&self) -> impl Iterator<Item = Ipv6Addr> {
        let own = |(_, session): (_, &Session)| match session.place {
            Place::Own(..) => Some(session.local),
            Place::Host => None,
        };
        self.sessions.iter().filter_map(own)
    }

    /// Sessions, legacy ones too, and handshakes that are none yet.
    pub fn open_count(&self) -> (usize, usize) {
        (self.sessions.len(), self.handshakes.len())
    }

    fn tell_link(&mut self, now: Micros) -> Result<(), Error> {
        let params = IfaceParams {
            ifindex: IFINDEX,
            dad_count: self.dad_count,
            retrans: RETRANS_MS,
            up: self.up,
            lladdr: LinkAddr::new(&self.mac.0),
        };
        self.core.plane.iface_set(&params, now)
    }

    /// Plugs the cable in or out.
    pub fn set_link(&mut self, up: bool, now: Micros) {
        self.up = up;
        // The interface is known, so there is nothing to refuse.
        let _ = self.tell_link(now);
        self.observe(now);
    }

    /// The router withdraws a prefix; its pools follow when they are checked.
    pub fn withdraw_prefix(&mut self, prefix: &Prefix) {
        self.on_link.retain(|on| on != prefix);
    }

    /// Adds an address to a pool, joins its group, begins DAD.
    ///
    /// # Errors
    /// As [`umux_core::plane::Plane::addr_add`].
    pub fn add(&mut self, pool: u32, addr: Ipv6Addr, now: Micros) -> Result<Handle, Error> {
        let handle = self.core.plane.addr_add(pool, addr, now)?;
        let group = self.groups.join(addr);
        let rnd = self.rng.next_u64();
        self.core.plane.addr_start(handle, group, now, rnd)?;
        self.observe(now);
        Ok(handle)
    }

    /// Events from now on.
    pub fn subscribe(&mut self) -> Receiver<Event> {
        let (to, from) = sync_channel(EVENTS_MAX);
        self.subscribers.push(to);
        from
    }

    /// Tells subscribers; one whose queue is full misses it, and sees so by
    /// the number, as on a routing socket.
    pub(super) fn publish(&mut self, info: &EventInfo) {
        use std::sync::mpsc::TrySendError::Disconnected;
        let Ok(prefix) = Prefix::new(info.prefix, info.plen) else {
            return;
        };
        let event = Event {
            pool: PoolId::new(self.interface.clone(), prefix),
            kinds: EventKinds::from_bits_retain(info.events.bits()),
            seq: info.seq,
            uncertain: info.uncertain,
            tentative: info.tentative,
            valid: info.valid,
            duplicated: info.duplicated,
            missed: info.missed,
        };
        self.subscribers
            .retain(|to| !matches!(to.try_send(event.clone()), Err(Disconnected(_))));
    }

    /// Deletes a pool whose prefix is no longer on-link.
    pub(super) fn check_pool(&mut self, pool: u32, now: Micros) {
        let info = self.core.plane.pool_from(pool);
        let gone = info.filter(|info| info.pool == pool).is_some_and(|info| {
            let prefix = info.spec.prefix;
            Prefix::new(prefix.addr(), prefix.len()).is_ok_and(|p| !self.is_on_link(&p))
        });
        if gone {
            // Forced: sessions live on without it.
            let _ = self.core.plane.pool_del(pool, true, now);
        }
    }

    /// Takes note of what changed.
    pub(crate) fn observe(&mut self, now: Micros) {
        self.history.observe(&mut self.core.plane, now);
    }

    pub(super) fn new_id(&mut self) -> SessionId {
        self.last_id += 1;
        SessionId(self.last_id)
    }

    /// A local port (RFC 6335, dynamic ports), chosen at random.
    pub(super) fn new_port(&mut self) -> u16 {
        49_152 + (self.rng.next_u32() as u16 & 0x3fff)
    }

    pub(super) fn seed(&mut self) -> u64 {
        self.rng.next_u64()
    }
}
