// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A stock IPv6 host, simulated: addresses of an interface with DAD, answers to
//! everybody, echo, a server.  smoltcp is its stack; what smoltcp lacks (DAD, and
//! defence against the probes of others) is added here.

use super::app::BUFFER;
use super::dad::{Claim, ClaimState, defend};
use super::echo::{Echo, tcp_socket};
use super::listening::Listening;
use super::stack::Stack;
use crate::link::Station;
use crate::link::ether::{Ether, Frame, Mac, wrap};
use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};
use smoltcp::iface::SocketHandle;
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::socket::{icmp, tcp};
use smoltcp::wire::{Icmpv6Packet, Icmpv6Repr, IpAddress, IpEndpoint};
use std::net::Ipv6Addr;
use umux_core::plane::Micros;
use umux_core::wire::ip6::Ip6;
use umux_core::wire::nd::{self, LinkAddr, Nd, NdPacket};

/// A host.
pub struct Stock {
    mac: Mac,
    lladdr: Option<LinkAddr>,
    /// Its stack, with the addresses that are assigned.
    pub stack: Stack,
    claims: Vec<Claim>,
    probes: u8,
    echo: Option<Echo>,
    /// Its other servers.
    pub listening: Vec<Listening>,
    hung_up: Vec<SocketHandle>,
    rng: ChaCha8Rng,
    outgoing: Vec<Frame>,
}

impl Stock {
    /// A host that has no addresses yet.
    pub fn new(mac: Mac, seed: u64, now: Micros) -> Stock {
        Stock {
            mac,
            lladdr: LinkAddr::new(&mac.0),
            stack: Stack::roomy(mac, seed, now),
            claims: Vec::new(),
            probes: 1,
            echo: None,
            listening: Vec::new(),
            hung_up: Vec::new(),
            rng: ChaCha8Rng::seed_from_u64(seed),
            outgoing: Vec::new(),
        }
    }

    /// Starts the echo server.
    pub fn serve(&mut self) {
        self.echo = Some(Echo::start(&mut self.stack));
    }

    /// Source addresses of the connections that the server accepted.
    pub fn clients(&self) -> Vec<Ipv6Addr> {
        let echo = self.echo.as_ref();
        echo.map_or(Vec::new(), |echo| echo.clients().to_vec())
    }

    /// DupAddrDetectTransmits from now on; 0: addresses are assigned at once.
    pub fn set_probes(&mut self, probes: u8) {
        self.probes = probes;
    }

    /// Configures an address: DAD begins.
    pub fn claim(&mut self, addr: Ipv6Addr, now: Micros) {
        self.release(addr);
        self.claims.push(Claim::new(addr, self.probes, now));
    }

    /// Removes an address.
    pub fn release(&mut self, addr: Ipv6Addr) {
        self.claims.retain(|claim| claim.addr != addr);
        self.stack.remove(addr);
    }

    /// How far an address has come, and why it is duplicated if it is.
    pub fn claimed(&self, addr: Ipv6Addr) -> Option<(ClaimState, Option<&'static str>)> {
        let claim = self.claims.iter().find(|claim| claim.addr == addr)?;
        Some((claim.state, claim.why))
    }

    /// Sends an echo request; [`Stock::pinged`] tells of the answer.
    pub fn ping(&mut self, dst: Ipv6Addr) -> SocketHandle {
        let buffer =
            || icmp::PacketBuffer::new(vec![icmp::PacketMetadata::EMPTY; 4], vec![0; 1024]);
        let mut socket = icmp::Socket::new(buffer(), buffer());
        let ident = self.rng.next_u32() as u16;
        let _ = socket.bind(icmp::Endpoint::Ident(ident));
        let request = Icmpv6Repr::EchoRequest {
            ident,
            seq_no: 1,
            data: b"umux-lab",
        };
        let src = self.own();
        if let Ok(bytes) = socket.send(request.buffer_len(), IpAddress::Ipv6(dst)) {
            request.emit(
                &src,
                &dst,
                &mut Icmpv6Packet::new_unchecked(bytes),
                &ChecksumCapabilities::default(),
            );
        }
        self.stack.sockets.add(socket)
    }

    /// The first address that is assigned to it.
    pub fn own(&self) -> Ipv6Addr {
        let assigned = |claim: &&Claim| claim.state == ClaimState::Assigned;
        let claim = self.claims.iter().find(assigned);
        claim.map_or(Ipv6Addr::UNSPECIFIED, |claim| claim.addr)
    }

    /// Whether an answer to that request came.
    pub fn pinged(&mut self, ping: SocketHandle) -> bool {
        self.stack
            .sockets
            .get_mut::<icmp::Socket>(ping)
            .recv()
            .is_ok()
    }

    /// Opens a TCP connection; [`Stock::opened`] tells how far it came.
    pub fn open(&mut self, dst: Ipv6Addr, port: u16) -> SocketHandle {
        let handle = self.stack.sockets.add(tcp_socket());
        let local = 49_152 + (self.rng.next_u32() as u16 & 0x3fff);
        let (interface, sockets) = self.stack.context();
        let remote = IpEndpoint::new(IpAddress::Ipv6(dst), port);
        let _ = sockets
            .get_mut::<tcp::Socket>(handle)
            .connect(interface.context(), remote, local);
        handle
    }

    /// How far that connection came.
    pub fn opened(&self, connection: SocketHandle) -> tcp::State {
        self.stack.sockets.get::<tcp::Socket>(connection).state()
    }

    /// Sends on a connection.
    pub fn say(&mut self, connection: SocketHandle, words: &[u8]) {
        let socket = self.stack.sockets.get_mut::<tcp::Socket>(connection);
        let _ = socket.send_slice(words);
    }

    /// What came on a connection.
    pub fn hear(&mut self, connection: SocketHandle) -> Vec<u8> {
        let socket = self.stack.sockets.get_mut::<tcp::Socket>(connection);
        let mut data = vec![0; BUFFER];
        let n = socket.recv_slice(&mut data).unwrap_or(0);
        data.truncate(n);
        data
    }

    /// Closes a connection; it is forgotten when it is over.
    pub fn hang_up(&mut self, connection: SocketHandle) {
        self.stack
            .sockets
            .get_mut::<tcp::Socket>(connection)
            .close();
        self.hung_up.push(connection);
    }

    /// Ends a connection at once, with a reset if the other side knows of it.
    pub fn break_off(&mut self, connection: SocketHandle) {
        let socket = self.stack.sockets.get_mut::<tcp::Socket>(connection);
        socket.abort();
        self.hung_up.push(connection);
    }

    fn forget_hung_up(&mut self) {
        let sockets = &mut self.stack.sockets;
        self.hung_up.retain(|connection| {
            let open = sockets.get::<tcp::Socket>(*connection).is_open();
            if !open {
                sockets.remove(*connection);
            }
            open
        });
    }

    /// Forgets a ping.
    pub fn forget(&mut self, handle: SocketHandle) {
        self.stack.sockets.remove(handle);
    }

    fn emit(&mut self, packet: &NdPacket, dst: Ipv6Addr) {
        let frame = wrap(Mac::of_group(dst), self.mac, packet);
        self.outgoing.push(frame);
    }

    /// Neighbour discovery that smoltcp cannot do; `true`: done with.
    fn discover(&mut self, packet: &[u8]) -> bool {
        let Ok(message) = nd::parse(packet) else {
            return false;
        };
        for claim in &mut self.claims {
            claim.hear(&message);
        }
        match message {
            Nd::Solicitation(ns) if ns.is_dad() => {
                if let Some(lladdr) = self.lladdr.filter(|_| self.stack.has(ns.target)) {
                    let answer = defend(&ns, &lladdr);
                    self.emit(&answer, umux_core::wire::ALL_NODES);
                }
                true
            }
            _ => false,
        }
    }
}

impl Station for Stock {
    fn receive(&mut self, _now: Micros, frame: &[u8]) {
        let Some(ether) = Ether::parse(frame) else {
            return;
        };
        // smoltcp takes any address for one of its groups whose last bits are
        // those of an address that it has.
        let ours = Ip6::parse(ether.packet)
            .is_some_and(|ip6| ip6.dst().is_multicast() || self.stack.has(ip6.dst()));
        if !self.discover(ether.packet) && ours {
            self.stack.receive(frame);
        }
    }

    fn poll(&mut self, now: Micros, out: &mut Vec<Frame>) -> Option<Micros> {
        for i in 0..self.claims.len() {
            let mut nonce = [0; 6];
            self.rng.fill_bytes(&mut nonce);
            let claim = &mut self.claims[i];
            let addr = claim.addr;
            let probe = claim.run(now, nonce);
            if claim.state == ClaimState::Assigned && !self.stack.has(addr) {
                self.stack.add(addr);
            }
            if let Some(probe) = probe {
                self.emit(&probe, super::dad::group(addr));
            }
        }
        let (frames, mut next) = self.stack.poll(now);
        self.outgoing.extend(frames);
        if let Some(echo) = &mut self.echo {
            echo.serve(&mut self.stack, now);
        }
        for listening in &mut self.listening {
            listening.serve(&mut self.stack);
        }
        if self.echo.is_some() || !self.listening.is_empty() {
            // What the server wrote goes out at once.
            let (frames, again) = self.stack.poll(now);
            self.outgoing.extend(frames);
            next = again;
        }
        self.forget_hung_up();
        out.append(&mut self.outgoing);
        let claims = self.claims.iter().filter_map(Claim::due);
        claims.chain(next).min()
    }
}
