// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! As much of TCP, UDP and ICMPv6 as tells one session from another.
//!
//! The slices start at the upper-layer header, where
//! [`Walk::Upper`](super::walk::Walk) says.

use core::net::Ipv6Addr;

use super::ip6::Ip6;
use super::proto;
use super::walk::{Walk, chain};

bitflags::bitflags! {
    /// TCP control bits (RFC 9293 section 3.1).
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct TcpFlags: u8 {
        /// No more data from the sender.
        const FIN = 0x01;
        /// Synchronise sequence numbers.
        const SYN = 0x02;
        /// Reset the connection.
        const RST = 0x04;
        /// Push.
        const PSH = 0x08;
        /// The acknowledgment field is significant.
        const ACK = 0x10;
        /// The urgent pointer is significant.
        const URG = 0x20;
        /// ECN echo (RFC 3168).
        const ECE = 0x40;
        /// Congestion window reduced (RFC 3168).
        const CWR = 0x80;
    }
}

/// The start of a TCP header. Ports are in host order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tcp {
    /// Source port.
    pub src_port: u16,
    /// Destination port.
    pub dst_port: u16,
    /// Control bits.
    pub flags: TcpFlags,
}

impl Tcp {
    /// Nothing if there are fewer than 20 bytes.
    #[inline]
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let header: &[u8; 20] = bytes.first_chunk()?;
        Some(Self {
            src_port: u16::from_be_bytes([header[0], header[1]]),
            dst_port: u16::from_be_bytes([header[2], header[3]]),
            flags: TcpFlags::from_bits_retain(header[13]),
        })
    }

    /// Does this segment ask for a new connection? SYN is set and ACK is not.
    /// (With RST set as well no host would grant it, but no peer of good will
    /// sends that, so it counts.)
    #[inline]
    #[must_use]
    pub const fn opens(&self) -> bool {
        let asked = TcpFlags::SYN.union(TcpFlags::ACK);
        self.flags.intersection(asked).bits() == TcpFlags::SYN.bits()
    }
}

/// The ports of a UDP header, in host order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Udp {
    /// Source port.
    pub src_port: u16,
    /// Destination port.
    pub dst_port: u16,
}

impl Udp {
    /// Nothing if there are fewer than 8 bytes.
    #[inline]
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let header: &[u8; 8] = bytes.first_chunk()?;
        Some(Self {
            src_port: u16::from_be_bytes([header[0], header[1]]),
            dst_port: u16::from_be_bytes([header[2], header[3]]),
        })
    }
}

/// Type and code of an ICMPv6 message (RFC 4443 section 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Icmp6 {
    /// Type.
    pub kind: u8,
    /// Code.
    pub code: u8,
}

impl Icmp6 {
    /// Destination Unreachable.
    pub const UNREACHABLE: u8 = 1;
    /// Packet Too Big.
    pub const TOO_BIG: u8 = 2;
    /// Time Exceeded.
    pub const TIME_EXCEEDED: u8 = 3;
    /// Parameter Problem.
    pub const PARAMETER_PROBLEM: u8 = 4;
    /// Echo Request.
    pub const ECHO_REQUEST: u8 = 128;
    /// Echo Reply.
    pub const ECHO_REPLY: u8 = 129;
    /// Router Solicitation (RFC 4861).
    pub const ROUTER_SOLICITATION: u8 = 133;
    /// Router Advertisement (RFC 4861).
    pub const ROUTER_ADVERTISEMENT: u8 = 134;
    /// Neighbor Solicitation (RFC 4861).
    pub const NEIGHBOR_SOLICITATION: u8 = 135;
    /// Neighbor Advertisement (RFC 4861).
    pub const NEIGHBOR_ADVERTISEMENT: u8 = 136;
    /// Redirect (RFC 4861).
    pub const REDIRECT: u8 = 137;

    /// Nothing if there are fewer than 8 bytes.
    #[inline]
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let header: &[u8; 8] = bytes.first_chunk()?;
        Some(Self {
            kind: header[0],
            code: header[1],
        })
    }

    /// Error messages have types below 128, known or not.
    #[inline]
    #[must_use]
    pub const fn is_error(&self) -> bool {
        self.kind < 128
    }

    /// Is it a Neighbor Solicitation or a Neighbor Advertisement?
    #[inline]
    #[must_use]
    pub const fn is_neighbor(&self) -> bool {
        matches!(
            self.kind,
            Self::NEIGHBOR_SOLICITATION | Self::NEIGHBOR_ADVERTISEMENT
        )
    }
}

/// The packet that an ICMPv6 error is about. It claims to be ours: `src` is
/// the address that it was sent from, here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Embedded {
    /// Source of the invoking packet.
    pub src: Ipv6Addr,
    /// Destination of the invoking packet.
    pub dst: Ipv6Addr,
    /// Its upper-layer protocol.
    pub proto: u8,
    /// Source and destination port in host order, for TCP and UDP. Nothing
    /// for other protocols, for a fragment other than the first, and if the
    /// error holds too little.
    pub ports: Option<(u16, u16)>,
}

/// What [`embedded`] finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invoking {
    /// The invoking packet.
    Packet(Embedded),
    /// It goes on after the bytes that were given. Never if those were said
    /// to be complete.
    NeedMore,
    /// The message is no error of types 1 to 4 (the ones that RFC 4443
    /// defines), or there is no packet in it that a session could have sent.
    Refuse,
}

/// Finds the invoking packet in an ICMPv6 error (RFC 4443 section 3).
///
/// `message` starts at the type field; `complete` is as for
/// [`walk`](super::walk::walk).
#[must_use]
pub fn embedded(message: &[u8], complete: bool) -> Invoking {
    let short = if complete {
        Invoking::Refuse
    } else {
        Invoking::NeedMore
    };
    let Some((&[kind, ..], packet)) = message.split_first_chunk::<8>() else {
        return short;
    };
    if !(Icmp6::UNREACHABLE..=Icmp6::PARAMETER_PROBLEM).contains(&kind) {
        return Invoking::Refuse;
    }
    let Some(ip) = Ip6::parse(packet) else {
        return match packet.first() {
            Some(first) if first >> 4 != 6 => Invoking::Refuse,
            _ => short,
        };
    };
    // The packet was cut off somewhere, which is no fault of it. While more
    // bytes can be had the ports are asked for.
    let needed = |proto| match proto {
        proto::TCP | proto::UDP if !complete => 4,
        _ => 0,
    };
    let (proto, ports) = match chain(packet, complete, needed) {
        Walk::Upper { proto, offset, .. } => (proto, ports(packet, proto, offset)),
        Walk::LaterFragment { proto, .. } => (proto, None),
        Walk::NeedMore => return Invoking::NeedMore,
        Walk::Refuse(_) => return Invoking::Refuse,
    };
    Invoking::Packet(Embedded {
        src: ip.src(),
        dst: ip.dst(),
        proto,
        ports,
    })
}

fn ports(packet: &[u8], proto: u8, offset: usize) -> Option<(u16, u16)> {
    if proto != proto::TCP && proto != proto::UDP {
        return None;
    }
    let &[s0, s1, d0, d1] = packet.get(offset..)?.first_chunk()?;
    Some((u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1])))
}
