// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! As much of TCP, UDP and ICMPv6 as tells one session from another.
//!
//! The slices start at the upper-layer header, where
//! [`Walk::Upper`](super::walk::Walk) says.

use core::net::Ipv6Addr;

use super::ip6::{HEADER_LEN, Ip6};
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
    // The packet was cut off somewhere, which is no fault of it: nothing is
    // required of the upper layer here.
    let (proto, ports) = match chain(packet, complete, |_| 0) {
        Walk::Upper {
            proto: proto @ (proto::TCP | proto::UDP),
            offset,
            ..
        } => {
            if offset + 4 > HEADER_LEN + usize::from(ip.payload_len()) {
                return Invoking::Refuse;
            }
            match ports(packet, offset) {
                None if !complete => return Invoking::NeedMore,
                ports => (proto, ports),
            }
        }
        Walk::Upper { proto, .. } | Walk::LaterFragment { proto, .. } => (proto, None),
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

fn ports(packet: &[u8], offset: usize) -> Option<(u16, u16)> {
    let &[s0, s1, d0, d1] = packet.get(offset..)?.first_chunk()?;
    Some((u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tcp_ports_and_flags_are_where_rfc_9293_puts_them() {
        let mut header = [0; 20];
        header[..4].copy_from_slice(&[0x12, 0x34, 0x00, 0x50]);
        header[12..14].copy_from_slice(&[0x50, 0x12]);
        let tcp = Tcp::parse(&header).unwrap();
        assert_eq!((tcp.src_port, tcp.dst_port), (0x1234, 80));
        assert_eq!(tcp.flags, TcpFlags::SYN | TcpFlags::ACK);
        assert_eq!(Tcp::parse(&header[..19]), None);
    }

    #[test]
    fn a_segment_opens_a_connection_by_syn_without_ack() {
        for bits in 0..=255 {
            let mut header = [0; 20];
            header[13] = bits;
            let tcp = Tcp::parse(&header).unwrap();
            assert_eq!(tcp.opens(), bits & 0x12 == 0x02, "{bits:#x}");
        }
    }

    #[test]
    fn udp_ports_are_where_rfc_768_puts_them() {
        let udp = Udp::parse(&[0x12, 0x34, 0, 53, 0, 8, 0, 0]).unwrap();
        assert_eq!((udp.src_port, udp.dst_port), (0x1234, 53));
        assert_eq!(Udp::parse(&[0; 7]), None);
    }

    #[test]
    fn icmpv6_types_below_128_are_errors() {
        let kind = |kind| Icmp6::parse(&[kind, 3, 0, 0, 0, 0, 0, 0]).unwrap();
        assert!(kind(0).is_error());
        assert!(kind(127).is_error());
        assert!(!kind(128).is_error());
        assert_eq!(kind(1).code, 3);
        assert!(kind(135).is_neighbor() && kind(136).is_neighbor());
        assert!(!kind(134).is_neighbor() && !kind(137).is_neighbor());
        assert_eq!(Icmp6::parse(&[1; 7]), None);
    }

    fn src() -> Ipv6Addr {
        "2001:db8::a".parse().unwrap()
    }

    fn dst() -> Ipv6Addr {
        "2001:db8:1::b".parse().unwrap()
    }

    /// An error of this type about a packet of ours that claims a payload of
    /// 1000 bytes.
    fn error(kind: u8, next: u8, payload: &[u8]) -> Vec<u8> {
        [
            &[kind, 0, 0, 0, 0, 0, 0, 0][..],
            &[0x60, 0, 0, 0, 3, 232, next, 64],
            &src().octets(),
            &dst().octets(),
            payload,
        ]
        .concat()
    }

    fn packet(proto: u8, ports: Option<(u16, u16)>) -> Invoking {
        Invoking::Packet(Embedded {
            src: src(),
            dst: dst(),
            proto,
            ports,
        })
    }

    const PORTS: [u8; 4] = [0xc0, 0x00, 0x01, 0xbb];

    #[test]
    fn the_invoking_packet_shows_its_addresses_and_ports() {
        for kind in 1..=4 {
            for proto in [6, 17] {
                let message = error(kind, proto, &PORTS);
                let expected = packet(proto, Some((0xc000, 443)));
                assert_eq!(embedded(&message, true), expected);
                assert_eq!(embedded(&message, false), expected);
            }
        }
    }

    #[test]
    fn ports_behind_extension_headers_are_found() {
        let chain = [&[6, 0, 1, 4, 0, 0, 0, 0][..], &PORTS].concat();
        let message = error(1, 60, &chain);
        assert_eq!(embedded(&message, true), packet(6, Some((0xc000, 443))));
        // Of a first fragment too, which is cut without any fault of its own.
        let chain = [&[17, 0, 0, 1, 0, 0, 0, 1][..], &PORTS].concat();
        let message = error(2, 44, &chain);
        assert_eq!(embedded(&message, true), packet(17, Some((0xc000, 443))));
    }

    #[test]
    fn what_has_no_ports_shows_none() {
        assert_eq!(embedded(&error(1, 58, &PORTS), true), packet(58, None));
        // Too short an error.
        assert_eq!(embedded(&error(1, 6, &PORTS[..3]), true), packet(6, None));
        // Not the first fragment.
        let later = [&[17, 0, 0, 8, 0, 0, 0, 1][..], &PORTS].concat();
        assert_eq!(embedded(&error(1, 44, &later), true), packet(17, None));
    }

    #[test]
    fn missing_bytes_of_the_invoking_packet_are_asked_for() {
        let message = error(1, 6, &PORTS);
        for len in 0..message.len() {
            let got = embedded(&message[..len], false);
            assert_eq!(got, Invoking::NeedMore, "{len}");
            let expected = if len < 48 {
                Invoking::Refuse
            } else {
                packet(6, None)
            };
            assert_eq!(embedded(&message[..len], true), expected, "{len}");
        }
    }

    #[test]
    fn other_messages_have_no_invoking_packet() {
        for kind in [0, 5, 100, 127, 128, 135, 137, 255] {
            let message = error(kind, 6, &PORTS);
            assert_eq!(embedded(&message, true), Invoking::Refuse, "{kind}");
            assert_eq!(embedded(&message, false), Invoking::Refuse, "{kind}");
        }
    }

    #[test]
    fn an_invoking_packet_that_no_session_sends_is_refused() {
        let mut message = error(1, 6, &PORTS);
        message[8] = 0x45;
        assert_eq!(embedded(&message, false), Invoking::Refuse);
        assert_eq!(embedded(&error(1, 43, &PORTS), true), Invoking::Refuse);
        assert_eq!(embedded(&error(1, 50, &PORTS), true), Invoking::Refuse);
        // It claims to be too short for ports, whatever follows.
        let mut message = error(1, 6, &PORTS);
        message[12..14].copy_from_slice(&[0, 3]);
        assert_eq!(embedded(&message, true), Invoking::Refuse);
        assert_eq!(embedded(&message, false), Invoking::Refuse);
    }
}
