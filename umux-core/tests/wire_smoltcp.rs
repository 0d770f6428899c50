// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Neighbour discovery against an independent implementation, both ways.

use core::net::Ipv6Addr;
use proptest::prelude::*;
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    EthernetAddress, Icmpv6Packet, Icmpv6Repr, IpProtocol, Ipv6Packet, Ipv6Repr,
    NdiscNeighborFlags, NdiscRepr, RawHardwareAddress,
};
use umux_core::wire::nd::{
    LinkAddr, NaFlags, Nd, NdPacket, emit_advertisement, emit_dad_probe, emit_solicitation, parse,
};
use umux_core::wire::solicited_node;

fn unicast() -> impl Strategy<Value = Ipv6Addr> {
    any::<u128>().prop_map(|bits| Ipv6Addr::from(bits >> 1 | 1))
}

/// What smoltcp reads in a packet, its checksum verified.
fn read_by_smoltcp(packet: &NdPacket) -> (Ipv6Repr, NdiscRepr<'_>) {
    let ip = Ipv6Packet::new_checked(&packet[..]).unwrap();
    let header = Ipv6Repr::parse(&ip).unwrap();
    let icmp = Icmpv6Packet::new_checked(&packet[40..]).unwrap();
    let (src, dst) = (header.src_addr, header.dst_addr);
    match Icmpv6Repr::parse(&src, &dst, &icmp, &ChecksumCapabilities::default()).unwrap() {
        Icmpv6Repr::Ndisc(message) => (header, message),
        other => panic!("smoltcp reads {other:?}"),
    }
}

/// A packet written by smoltcp.
fn written_by_smoltcp(src: Ipv6Addr, dst: Ipv6Addr, message: NdiscRepr<'_>) -> Vec<u8> {
    let message = Icmpv6Repr::Ndisc(message);
    let header = Ipv6Repr {
        src_addr: src,
        dst_addr: dst,
        next_header: IpProtocol::Icmpv6,
        payload_len: message.buffer_len(),
        hop_limit: 255,
    };
    let mut packet = vec![0; header.buffer_len() + message.buffer_len()];
    header.emit(&mut Ipv6Packet::new_unchecked(&mut packet[..]));
    message.emit(
        &src,
        &dst,
        &mut Icmpv6Packet::new_unchecked(&mut packet[40..]),
        &ChecksumCapabilities::default(),
    );
    packet
}

fn ethernet(bytes: [u8; 6]) -> RawHardwareAddress {
    RawHardwareAddress::from(EthernetAddress(bytes))
}

fn smoltcp_flags(flags: NaFlags) -> NdiscNeighborFlags {
    NdiscNeighborFlags::from_bits_truncate(flags.bits())
}

proptest! {
    #[test]
    fn smoltcp_reads_our_probe(target in unicast(), nonce in any::<[u8; 6]>()) {
        let packet = emit_dad_probe(&target, nonce);
        let (ip, message) = read_by_smoltcp(&packet);
        prop_assert_eq!(ip.src_addr, Ipv6Addr::UNSPECIFIED);
        prop_assert_eq!(ip.dst_addr, solicited_node(&target));
        prop_assert_eq!(ip.hop_limit, 255);
        prop_assert_eq!(ip.next_header, IpProtocol::Icmpv6);
        prop_assert_eq!(message, NdiscRepr::NeighborSolicit { target_addr: target, lladdr: None });
    }

    #[test]
    fn smoltcp_reads_our_solicitation(
        src in unicast(), target in unicast(), lladdr in any::<[u8; 6]>(),
    ) {
        let packet = emit_solicitation(&src, &target, &target, LinkAddr::new(&lladdr).as_ref());
        let (ip, message) = read_by_smoltcp(&packet);
        prop_assert_eq!((ip.src_addr, ip.dst_addr, ip.hop_limit), (src, target, 255));
        let lladdr = Some(ethernet(lladdr));
        prop_assert_eq!(message, NdiscRepr::NeighborSolicit { target_addr: target, lladdr });
    }

    #[test]
    fn smoltcp_reads_our_advertisement(
        src in unicast(), dst in unicast(), bits in any::<u8>(), lladdr in any::<[u8; 6]>(),
    ) {
        let flags = NaFlags::from_bits_truncate(bits);
        let packet = emit_advertisement(&src, &dst, &src, flags, LinkAddr::new(&lladdr).as_ref());
        let (ip, message) = read_by_smoltcp(&packet);
        prop_assert_eq!((ip.src_addr, ip.dst_addr, ip.hop_limit), (src, dst, 255));
        let expected = NdiscRepr::NeighborAdvert {
            flags: smoltcp_flags(flags),
            target_addr: src,
            lladdr: Some(ethernet(lladdr)),
        };
        prop_assert_eq!(message, expected);
    }

    #[test]
    fn we_read_the_solicitation_of_smoltcp(
        src in unicast(), target in unicast(), lladdr in any::<Option<[u8; 6]>>(),
    ) {
        let message = NdiscRepr::NeighborSolicit { target_addr: target, lladdr: lladdr.map(ethernet) };
        let packet = written_by_smoltcp(src, solicited_node(&target), message);
        let Ok(Nd::Solicitation(read)) = parse(&packet) else {
            return Err(TestCaseError::fail("not a solicitation"));
        };
        prop_assert_eq!((read.src, read.dst, read.target), (src, solicited_node(&target), target));
        prop_assert_eq!(read.source_lladdr, lladdr.and_then(|bytes| LinkAddr::new(&bytes)));
    }

    #[test]
    fn we_read_the_advertisement_of_smoltcp(
        src in unicast(), dst in unicast(), bits in any::<u8>(), lladdr in any::<Option<[u8; 6]>>(),
    ) {
        let flags = NaFlags::from_bits_truncate(bits);
        let message = NdiscRepr::NeighborAdvert {
            flags: smoltcp_flags(flags),
            target_addr: src,
            lladdr: lladdr.map(ethernet),
        };
        let packet = written_by_smoltcp(src, dst, message);
        let Ok(Nd::Advertisement(read)) = parse(&packet) else {
            return Err(TestCaseError::fail("not an advertisement"));
        };
        prop_assert_eq!((read.src, read.dst, read.target), (src, dst, src));
        prop_assert_eq!(read.flags, flags);
        prop_assert_eq!(read.target_lladdr, lladdr.and_then(|bytes| LinkAddr::new(&bytes)));
    }
}
