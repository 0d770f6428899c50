// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A Linux kernel's stack in a network namespace of its own.

use super::server::Server;
use super::{Call, Called, Outcome, Peer};
use crate::link::netns::Namespace;
use crate::link::tap::Tap;
use socket2::{Domain, Protocol, Socket, Type};
use std::io::{self, Read, Write};
use std::net::{Ipv6Addr, SocketAddr, SocketAddrV6, TcpStream};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Name of its interface.
pub const INTERFACE: &str = "eth0";

/// Addresses as the kernel shows them to programs.  Not /proc/net, which is that
/// of the process's first thread.
const IF_INET6: &str = "/proc/thread-self/net/if_inet6";

// linux/if_addr.h
const IFA_F_DADFAILED: u32 = 0x08;
const IFA_F_TENTATIVE: u32 = 0x40;

/// Longest time that DAD takes: a delay of up to a second, and some probes.
const DAD_LIMIT: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(20);

const ECHO_REQUEST: u8 = 128;
const ECHO_REPLY: u8 = 129;

/// The host.
pub struct LinuxHost {
    namespace: Namespace,
    name: String,
    address: Ipv6Addr,
    server: Server,
}

impl LinuxHost {
    /// Makes it, with knobs of net.ipv6.conf set (for all interfaces and for
    /// its own) and then its address assigned, and gives the other end of its
    /// cable.
    ///
    /// # Errors
    /// What the system says.
    pub fn new(
        name: &str,
        address: Ipv6Addr,
        knobs: &[(&str, u32)],
    ) -> io::Result<(LinuxHost, Tap)> {
        let namespace = Namespace::new()?;
        let tap = namespace.run(|| Tap::open(INTERFACE))?;
        // Some machines have IPv6 off by default; no router is there to ask.
        for (knob, value) in [
            ("disable_ipv6", 0),
            ("router_solicitations", 0),
            ("accept_ra", 0),
        ]
        .iter()
        .chain(knobs)
        {
            for interface in ["all", INTERFACE] {
                // Not every knob has a value for all.
                match namespace.set_ipv6(interface, knob, *value) {
                    Err(e) if interface == INTERFACE => return Err(e),
                    _ => {}
                }
            }
        }
        namespace.ip("link set lo up")?;
        namespace.ip(&format!("link set {INTERFACE} up"))?;
        namespace.ip(&format!("-6 addr add {address}/64 dev {INTERFACE} nodad"))?;
        let server = Server::start(&namespace)?;
        let host = LinuxHost {
            namespace,
            name: name.to_owned(),
            address,
            server,
        };
        Ok((host, tap))
    }

    /// The flags of one of its addresses; `None`: it has no such address.
    fn flags(&self, addr: Ipv6Addr) -> io::Result<Option<u32>> {
        let table = self.namespace.run(|| std::fs::read_to_string(IF_INET6))?;
        let wanted = format!("{:032x}", addr.to_bits());
        let line = table.lines().find(|line| line.starts_with(&wanted));
        let field = line.and_then(|line| line.split_ascii_whitespace().nth(4));
        Ok(field.and_then(|flags| u32::from_str_radix(flags, 16).ok()))
    }

    /// What its neighbour cache says of an address.
    ///
    /// # Errors
    /// ip(8) fails.
    pub fn neighbor(&self, addr: Ipv6Addr) -> io::Result<String> {
        let shown = self
            .namespace
            .ip(&format!("-6 neigh show {addr} dev {INTERFACE}"))?;
        let entry = shown.trim();
        Ok(match entry.strip_prefix(&format!("{addr} ")) {
            Some(state) => format!("ip neigh: {}", state.trim()),
            None => "ip neigh: no entry".into(),
        })
    }

    fn outcome(&self, addr: Ipv6Addr, worked: bool, what: &str) -> io::Result<Outcome> {
        let neighbor = self.neighbor(addr)?;
        Ok(Outcome {
            worked,
            proof: format!("{what}; {neighbor}"),
        })
    }
}

impl Peer for LinuxHost {
    fn name(&self) -> &str {
        &self.name
    }

    fn address(&self) -> Ipv6Addr {
        self.address
    }

    fn claim(&self, addr: Ipv6Addr) -> io::Result<Outcome> {
        self.namespace
            .ip(&format!("-6 addr add {addr}/64 dev {INTERFACE}"))?;
        let begin = Instant::now();
        let worked = loop {
            match self.flags(addr)? {
                Some(flags) if flags & IFA_F_DADFAILED != 0 => break false,
                Some(flags) if flags & IFA_F_TENTATIVE == 0 => break true,
                _ if begin.elapsed() > DAD_LIMIT => {
                    return Err(io::Error::other(format!("DAD of {addr} does not end")));
                }
                _ => std::thread::sleep(LOOK),
            }
        };
        let shown = self
            .namespace
            .ip(&format!("-6 -o addr show dev {INTERFACE} to {addr}"))?;
        let flags = shown.split_once("scope").map_or("", |(_, rest)| rest);
        let flags = flags.split('\\').next().unwrap_or("").trim();
        Ok(Outcome {
            worked,
            proof: format!("ip addr: scope {flags}"),
        })
    }

    fn release(&self, addr: Ipv6Addr) -> io::Result<()> {
        self.namespace
            .ip(&format!("-6 addr del {addr}/64 dev {INTERFACE}"))
            .map(|_| ())
    }

    fn ping(&self, addr: Ipv6Addr, limit: Duration) -> io::Result<Outcome> {
        let answered = self.namespace.run(|| ping(addr, limit))?;
        let what = if answered {
            "echo reply".to_owned()
        } else {
            format!("no echo reply within {limit:.1?}")
        };
        self.outcome(addr, answered, &what)
    }

    fn call(&self, addr: Ipv6Addr, port: u16, limit: Duration) -> io::Result<Called> {
        let to = SocketAddr::from((addr, port));
        let opened = self
            .namespace
            .run(|| Ok(TcpStream::connect_timeout(&to, limit)))?;
        let what = match &opened {
            Ok(_) => "connected".into(),
            Err(e) if e.kind() == io::ErrorKind::TimedOut => {
                format!("no answer to the SYN within {limit:.1?}")
            }
            Err(e) => e.to_string(),
        };
        let outcome = self.outcome(addr, opened.is_ok(), &what)?;
        let call = opened.ok().map(|stream| Box::new(stream) as Box<dyn Call>);
        Ok((outcome, call))
    }

    fn namespace(&self) -> Option<PathBuf> {
        Some(self.namespace.path())
    }

    fn clients(&self) -> Vec<Ipv6Addr> {
        self.server.clients()
    }
}

impl Call for TcpStream {
    fn talk(&mut self, words: &[u8], awaited: &str, limit: Duration) -> io::Result<String> {
        self.write_all(words)?;
        let begin = Instant::now();
        let mut came = Vec::new();
        loop {
            let text = String::from_utf8_lossy(&came).into_owned();
            let left = limit.saturating_sub(begin.elapsed());
            if text.contains(awaited) || left.is_zero() {
                return Ok(text);
            }
            self.set_read_timeout(Some(left))?;
            let mut part = [0; 4096];
            match self.read(&mut part) {
                Ok(0) => return Ok(text),
                Ok(n) => came.extend(&part[..n]),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(text),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }
}

/// One echo request; whether it was answered.  The kernel fills in the checksum.
fn ping(addr: Ipv6Addr, limit: Duration) -> io::Result<bool> {
    let socket = Socket::new(Domain::IPV6, Type::RAW, Some(Protocol::ICMPV6))?;
    socket.connect(&SocketAddrV6::new(addr, 0, 0, 0).into())?;
    let ident = (std::process::id() as u16).to_be_bytes();
    socket.send(&[ECHO_REQUEST, 0, 0, 0, ident[0], ident[1], 0, 1])?;
    let begin = Instant::now();
    loop {
        let left = limit.saturating_sub(begin.elapsed());
        if left.is_zero() {
            return Ok(false);
        }
        socket.set_read_timeout(Some(left))?;
        let mut message = [0; 256];
        match (&socket).read(&mut message) {
            Ok(n) if n >= 8 && message[0] == ECHO_REPLY && message[4..6] == ident => {
                return Ok(true);
            }
            Ok(_) => {}
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            // Address unreachable: resolution failed.
            Err(_) => return Ok(false),
        }
    }
}
