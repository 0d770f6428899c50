// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A smoltcp interface with its sockets, fed with frames and emptied of them.

use crate::link::ether::{Ether, FRAME_MAX, Frame, Mac};
use smoltcp::iface::{Config, Interface, SocketSet};
use smoltcp::phy::{self, Device, DeviceCapabilities, Medium};
use smoltcp::socket::Socket;
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpAddress, IpCidr, IpEndpoint, Ipv6Cidr};
use std::collections::VecDeque;
use std::net::Ipv6Addr;
use umux_core::plane::Micros;
use umux_core::wire::ip6::Ip6;
use umux_core::wire::proto;
use umux_core::wire::upper::Tcp;
use umux_core::wire::walk::{Walk, walk};

/// Length of the prefix that is on-link everywhere in the lab.
pub const ON_LINK: u8 = 64;

/// Sockets of a host.
const ROOM: usize = 1024;

/// An interface and its sockets.
pub struct Stack {
    interface: Interface,
    queues: Queues,
    /// SYNs that wait for [`Stack::poll`].
    asked: usize,
    /// Its sockets.
    pub sockets: SocketSet<'static>,
}

fn instant(now: Micros) -> Instant {
    Instant::from_micros(i64::try_from(now).unwrap_or(i64::MAX))
}

impl Stack {
    /// An interface without addresses.
    pub fn new(mac: Mac, seed: u64, now: Micros) -> Stack {
        let mut queues = Queues::default();
        let mut config = Config::new(HardwareAddress::Ethernet(EthernetAddress(mac.0)));
        config.random_seed = seed;
        Stack {
            interface: Interface::new(config, &mut queues, instant(now)),
            queues,
            asked: 0,
            sockets: SocketSet::new(Vec::new()),
        }
    }

    /// The same with room for many sockets, so that it need not grow.
    pub fn roomy(mac: Mac, seed: u64, now: Micros) -> Stack {
        Stack {
            sockets: SocketSet::new(Vec::with_capacity(ROOM)),
            ..Stack::new(mac, seed, now)
        }
    }

    /// Gives it an address.  `false`: it has no room for more.
    pub fn add(&mut self, addr: Ipv6Addr) -> bool {
        let cidr = IpCidr::Ipv6(Ipv6Cidr::new(addr, ON_LINK));
        let mut added = false;
        self.interface.update_ip_addrs(|addrs| {
            added = addrs.push(cidr).is_ok();
        });
        added
    }

    /// Takes an address away.
    pub fn remove(&mut self, addr: Ipv6Addr) {
        self.interface.update_ip_addrs(|addrs| {
            addrs.retain(|cidr| cidr.address() != IpAddress::Ipv6(addr));
        });
    }

    /// Whether it has this address.
    pub fn has(&self, addr: Ipv6Addr) -> bool {
        self.interface.has_ip_addr(addr)
    }

    /// What a socket's connect() needs besides the socket.
    pub fn context(&mut self) -> (&mut Interface, &mut SocketSet<'static>) {
        (&mut self.interface, &mut self.sockets)
    }

    /// A frame arrives; [`Stack::poll`] looks at it.
    pub fn receive(&mut self, frame: &[u8]) {
        if self.drops(frame) {
            return;
        }
        self.queues.received.push_back(frame.to_vec());
    }

    /// Whether this is a SYN that kernels drop.  Several sockets are one listener here:
    /// of a connection that there is already, the next of them would make another (the
    /// one that has it repeats its SYN-ACK by itself), and when all of them are taken,
    /// the answer would be a reset.
    fn drops(&mut self, frame: &[u8]) -> bool {
        let Some(packet) = Ether::parse(frame).map(|ether| ether.packet) else {
            return false;
        };
        let (
            Some(ip6),
            Walk::Upper {
                proto: proto::TCP,
                offset,
                ..
            },
        ) = (Ip6::parse(packet), walk(packet, true))
        else {
            return false;
        };
        let Some(asked) = Tcp::parse(&packet[offset..]).filter(Tcp::opens) else {
            return false;
        };
        let ends = [(ip6.src(), asked.src_port), (ip6.dst(), asked.dst_port)];
        let ends = ends.map(|(addr, port)| Some(IpEndpoint::new(IpAddress::Ipv6(addr), port)));
        let (mut listens, mut listened) = (0, false);
        for (_, socket) in self.sockets.iter() {
            let Socket::Tcp(tcp) = socket else { continue };
            if tcp.is_listening() {
                listens += usize::from(tcp.listen_endpoint().port == asked.dst_port);
            } else if tcp.is_open() {
                if [tcp.remote_endpoint(), tcp.local_endpoint()] == ends {
                    return true;
                }
                listened |= tcp.listen_endpoint().port == asked.dst_port;
            }
        }
        let drops = (listened || listens > 0) && listens <= self.asked;
        self.asked += usize::from(!drops);
        drops
    }

    /// Programs give up on whoever has this address.
    pub fn give_up(&mut self, addr: Ipv6Addr) {
        for (_, socket) in self.sockets.iter_mut() {
            if let Socket::Tcp(tcp) = socket
                && tcp.remote_endpoint().map(|end| end.addr) == Some(IpAddress::Ipv6(addr))
            {
                tcp.abort();
            }
        }
    }

    /// Does what is due; returns what is to be sent, and when to poll again.
    pub fn poll(&mut self, now: Micros) -> (Vec<Frame>, Option<Micros>) {
        let at = instant(now);
        self.asked = 0;
        self.interface.poll(at, &mut self.queues, &mut self.sockets);
        let next = self
            .interface
            .poll_at(at, &self.sockets)
            .map(|at| u64::try_from(at.total_micros()).unwrap_or(0));
        (self.queues.sent.drain(..).collect(), next)
    }
}

/// The device: two queues.
#[derive(Default)]
struct Queues {
    received: VecDeque<Frame>,
    sent: VecDeque<Frame>,
}

struct Receive(Frame);
struct Transmit<'a>(&'a mut VecDeque<Frame>);

impl phy::RxToken for Receive {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(&self.0)
    }
}

impl phy::TxToken for Transmit<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, write: F) -> R {
        let mut frame = vec![0; len];
        let result = write(&mut frame);
        self.0.push_back(frame);
        result
    }
}

impl Device for Queues {
    type RxToken<'a> = Receive;
    type TxToken<'a> = Transmit<'a>;

    fn receive(&mut self, _now: Instant) -> Option<(Receive, Transmit<'_>)> {
        let frame = self.received.pop_front()?;
        Some((Receive(frame), Transmit(&mut self.sent)))
    }

    fn transmit(&mut self, _now: Instant) -> Option<Transmit<'_>> {
        Some(Transmit(&mut self.sent))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = FRAME_MAX;
        capabilities
    }
}
