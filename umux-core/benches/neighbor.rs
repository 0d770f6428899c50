// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Parsing of neighbour solicitations and advertisements, checksum included.
//!
//! No peer does all that RFC 4861, 7.1 asks for: smoltcp looks at the checksum
//! and the options, etherparse and pnet_packet at the layout, and their callers
//! have to do the rest.  Here each is asked for the target, the link-layer
//! address and a good checksum.

mod support;

use pnet_packet::Packet;
use pnet_packet::icmpv6::ndp::{NeighborAdvertPacket, NeighborSolicitPacket};
use pnet_packet::icmpv6::{Icmpv6Packet as PnetIcmpv6, checksum};
use pnet_packet::ipv6::Ipv6Packet as PnetIpv6;
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{Icmpv6Packet, Icmpv6Repr, Ipv6Packet, Ipv6Repr, NdiscRepr};
use std::net::Ipv6Addr;
use support::measure::{Contender, compare, head, row};
use umux_core::wire::nd::{self, LinkAddr, NaFlags, Nd};

type Read = (Ipv6Addr, bool);

fn ours(packet: &[u8]) -> Option<Read> {
    match nd::parse(packet).ok()? {
        Nd::Solicitation(ns) => Some((ns.target, ns.source_lladdr.is_some())),
        Nd::Advertisement(na) => Some((na.target, na.target_lladdr.is_some())),
    }
}

fn smoltcp(packet: &[u8]) -> Option<Read> {
    let ip = Ipv6Packet::new_checked(packet).ok()?;
    let header = Ipv6Repr::parse(&ip).ok()?;
    let icmp = Icmpv6Packet::new_checked(ip.payload()).ok()?;
    let checked = ChecksumCapabilities::default();
    match Icmpv6Repr::parse(&header.src_addr, &header.dst_addr, &icmp, &checked).ok()? {
        Icmpv6Repr::Ndisc(NdiscRepr::NeighborSolicit {
            target_addr,
            lladdr,
        }) => Some((target_addr, lladdr.is_some())),
        Icmpv6Repr::Ndisc(NdiscRepr::NeighborAdvert {
            target_addr,
            lladdr,
            ..
        }) => Some((target_addr, lladdr.is_some())),
        _ => None,
    }
}

fn etherparse(packet: &[u8]) -> Option<Read> {
    use etherparse::icmpv6::Icmpv6PayloadSlice;
    use etherparse::{SlicedPacket, TransportSlice};
    let sliced = SlicedPacket::from_ip(packet).ok()?;
    let Some(etherparse::NetSlice::Ipv6(ip)) = &sliced.net else {
        return None;
    };
    let Some(TransportSlice::Icmpv6(icmp)) = &sliced.transport else {
        return None;
    };
    let header = ip.header();
    if !icmp.is_checksum_valid(header.source(), header.destination()) {
        return None;
    }
    let (target, options) = match icmp.payload_slice().ok()? {
        Icmpv6PayloadSlice::NeighborSolicitation(ns) => (ns.target_address(), ns.options()),
        Icmpv6PayloadSlice::NeighborAdvertisement(na) => (na.target_address(), na.options()),
        _ => return None,
    };
    Some((target, lladdr_in(options)))
}

fn pnet(packet: &[u8]) -> Option<Read> {
    let ip = PnetIpv6::new(packet)?;
    let icmp = PnetIcmpv6::new(ip.payload())?;
    if checksum(&icmp, &ip.get_source(), &ip.get_destination()) != icmp.get_checksum() {
        return None;
    }
    if icmp.get_icmpv6_type().0 == 135 {
        let ns = NeighborSolicitPacket::new(ip.payload())?;
        Some((ns.get_target_addr(), lladdr_in(ns.get_options_raw())))
    } else {
        let na = NeighborAdvertPacket::new(ip.payload())?;
        Some((na.get_target_addr(), lladdr_in(na.get_options_raw())))
    }
}

/// For those that leave the options to their callers.
fn lladdr_in(mut options: &[u8]) -> bool {
    while let [kind, units, ..] = *options {
        if units == 0 {
            return false;
        }
        if kind == 1 || kind == 2 {
            return true;
        }
        options = options.get(usize::from(units) * 8..).unwrap_or(&[]);
    }
    false
}

fn main() {
    let local: Ipv6Addr = "2001:db8:1::1234:5678".parse().expect("an address");
    let peer: Ipv6Addr = "2001:db8:1::9".parse().expect("an address");
    let lladdr = LinkAddr::new(&[2, 0, 0, 0, 0, 9]);
    let ns = nd::emit_solicitation(&peer, &local, &local, lladdr.as_ref());
    let flags = NaFlags::SOLICITED | NaFlags::OVERRIDE;
    let na = nd::emit_advertisement(&peer, &local, &peer, flags, lladdr.as_ref());
    let mut broken = na.clone();
    broken[60] ^= 1;
    head(
        "Neighbour discovery, parse and validate, ns",
        &["umux", "smoltcp", "etherparse", "pnet_packet"],
    );
    for (label, packet, good) in [
        ("NS with link-layer address", &ns, true),
        ("NA with link-layer address", &na, true),
        ("NA with a bad checksum", &broken, false),
    ] {
        let read = ours(packet);
        assert_eq!(read.is_some(), good);
        for (name, of) in [
            ("smoltcp", smoltcp as fn(&[u8]) -> Option<Read>),
            ("etherparse", etherparse),
            ("pnet_packet", pnet),
        ] {
            assert_eq!(of(packet), read, "{name}, {label}");
        }
        let packets = [&packet[..]];
        row(
            label,
            &compare(vec![
                Contender::over("umux", &packets, |packet| ours(packet)),
                Contender::over("smoltcp", &packets, |packet| smoltcp(packet)),
                Contender::over("etherparse", &packets, |packet| etherparse(packet)),
                Contender::over("pnet_packet", &packets, |packet| pnet(packet)),
            ]),
        );
    }
}
