// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Parsers of packets.

use crate::packet::dress;
use std::net::Ipv6Addr;
use umux_core::wire::ip6::Ip6;
use umux_core::wire::nd::{self, Nd, NdError};
use umux_core::wire::syn::{self, Syn};
use umux_core::wire::upper::{Icmp6, Invoking, Tcp, Udp, embedded};
use umux_core::wire::walk::{Walk, walk};

/// Parses a packet in every way there is.
pub fn run(data: &[u8]) {
    let addrs = [
        Ipv6Addr::UNSPECIFIED,
        Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1),
        Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00, 1),
        Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1),
    ];
    let Some(packet) = dress(data, &addrs) else {
        return;
    };
    walks(&packet);
    asks(&packet);
    neighbors(&packet);
    let message = packet.get(40..).unwrap_or(&[]);
    let _ = (
        Tcp::parse(message),
        Udp::parse(message),
        Icmp6::parse(message),
    );
    let whole = embedded(message, true);
    assert_ne!(whole, Invoking::NeedMore, "there is no more");
    for end in 0..message.len() {
        let part = embedded(&message[..end], false);
        assert!(part == Invoking::NeedMore || part == whole);
    }
}

/// What was decided from a part of the packet stays so with all of it.
fn walks(packet: &[u8]) {
    let whole = walk(packet, true);
    assert_ne!(whole, Walk::NeedMore, "there is no more");
    if let Walk::Upper { offset, .. } = whole {
        assert!(offset >= 40);
    }
    for end in 0..packet.len() {
        let part = walk(&packet[..end], false);
        assert!(
            part == Walk::NeedMore || part == whole,
            "{end} bytes: {part:?}, all: {whole:?}"
        );
    }
}

fn asks(packet: &[u8]) {
    type Asks = fn(&[u8], bool) -> Syn;
    for of in [syn::six as Asks, syn::four as Asks] {
        let whole = of(packet, true);
        assert_ne!(whole, Syn::NeedMore, "there is no more");
        // A parser says "no" of what is too short to be a packet.
        for end in 40..packet.len() {
            let part = of(&packet[..end], false);
            assert!(
                part == Syn::NeedMore || part == whole,
                "{end} bytes: {part:?}, all: {whole:?}"
            );
        }
    }
}

/// What the parser lets through is what RFC 4861, 7.1 and RFC 6980 say.
fn neighbors(packet: &[u8]) {
    let message = match nd::parse(packet) {
        Ok(message) => message,
        Err(NdError::NotIp6) => return assert!(Ip6::parse(packet).is_none()),
        Err(_) => return,
    };
    let ip6 = Ip6::parse(packet).expect("it was parsed");
    let icmp6 = ip6.payload().expect("it was parsed");
    assert_eq!((ip6.hop_limit(), ip6.next_header(), icmp6[1]), (255, 58, 0));
    assert!(icmp6.len() >= 24);
    match message {
        Nd::Solicitation(ns) => {
            assert!(!ns.target.is_multicast() && !ns.src.is_multicast());
            if ns.is_dad() {
                assert!(ns.source_lladdr.is_none());
                assert_eq!(ns.dst.segments()[..6], [0xff02, 0, 0, 0, 0, 1]);
            }
            let again = nd::emit_solicitation(&ns.src, &ns.dst, &ns.target, None);
            if !ns.is_dad() {
                assert!(matches!(nd::parse(&again), Ok(Nd::Solicitation(_))));
            }
        }
        Nd::Advertisement(na) => {
            assert!(!na.target.is_multicast());
            assert!(!(na.dst.is_multicast() && na.flags.contains(nd::NaFlags::SOLICITED)));
            let lladdr = na.target_lladdr.as_ref();
            let again = nd::emit_advertisement(&na.src, &na.dst, &na.target, na.flags, lladdr);
            assert_eq!(nd::parse(&again), Ok(Nd::Advertisement(na)));
        }
    }
}
