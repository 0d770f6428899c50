// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What other nodes send, well-formed or broken.  Bytes and checksum are
//! made here, not by the code under test.

use std::net::Ipv6Addr;

use crate::host::{IFINDEX, ip};

/// Another node on the link.
pub const NEIGHBOR: &str = "2001:db8:1::77";
pub const NEIGHBOR_MAC: [u8; 6] = [2, 0, 0, 0, 0, 9];
/// The host's own link-layer address.
pub const OWN_MAC: [u8; 6] = [2, 0, 0, 0, 0, 1];
pub const ALL_NODES: &str = "ff02::1";
pub const ALL_ROUTERS: &str = "ff02::2";

pub const SOLICITATION: u8 = 135;
pub const ADVERTISEMENT: u8 = 136;
pub const ROUTER: u8 = 0x80;
pub const SOLICITED: u8 = 0x40;
pub const OVERRIDE: u8 = 0x20;

pub const SOURCE_LLADDR: u8 = 1;
pub const TARGET_LLADDR: u8 = 2;
pub const NONCE: u8 = 14;

/// A neighbour discovery message that is yet to be sent.
#[derive(Clone, Debug)]
pub struct Message {
    pub src: Ipv6Addr,
    pub dst: Ipv6Addr,
    pub hop_limit: u8,
    pub kind: u8,
    pub code: u8,
    /// Flags and reserved bits.
    pub word: [u8; 4],
    pub target: Ipv6Addr,
    pub options: Vec<u8>,
    /// Extension headers, and the number of the first.
    pub headers: Option<(u8, Vec<u8>)>,
    /// Bytes of ICMPv6 that are sent, if not all.
    pub cut: Option<usize>,
    /// Added to the right checksum.
    pub checksum_off_by: u16,
    pub ifindex: u32,
}

/// ff02::1:ff00:0/104 and the low 24 bits (RFC 4291, 2.7.1).
pub fn group(addr: Ipv6Addr) -> Ipv6Addr {
    Ipv6Addr::from_bits(ip("ff02::1:ff00:0").to_bits() | addr.to_bits() & 0xff_ffff)
}

/// An option, padded to units of 8 bytes.
pub fn option(kind: u8, data: &[u8]) -> Vec<u8> {
    let units = (2 + data.len()).div_ceil(8);
    let mut bytes = vec![kind, units as u8];
    bytes.extend(data);
    bytes.resize(units * 8, 0);
    bytes
}

impl Message {
    fn new(src: Ipv6Addr, dst: Ipv6Addr, kind: u8, target: Ipv6Addr) -> Self {
        Self {
            src,
            dst,
            hop_limit: 255,
            kind,
            code: 0,
            word: [0; 4],
            target,
            options: Vec::new(),
            headers: None,
            cut: None,
            checksum_off_by: 0,
            ifindex: IFINDEX,
        }
    }

    /// Another node's probe of duplicate address detection, without a nonce.
    pub fn probe(target: Ipv6Addr) -> Self {
        Self::new(Ipv6Addr::UNSPECIFIED, group(target), SOLICITATION, target)
    }

    /// "Where is this address?", from [`NEIGHBOR`].
    pub fn resolution(target: Ipv6Addr) -> Self {
        Self::new(ip(NEIGHBOR), group(target), SOLICITATION, target)
            .with(option(SOURCE_LLADDR, &NEIGHBOR_MAC))
    }

    /// "Is it still there?": a solicitation to the address itself.
    pub fn reachability(target: Ipv6Addr) -> Self {
        Self::new(ip(NEIGHBOR), target, SOLICITATION, target)
            .with(option(SOURCE_LLADDR, &NEIGHBOR_MAC))
    }

    /// Another node says, to all, that it holds the address.
    pub fn advertisement(target: Ipv6Addr) -> Self {
        let mut message = Self::new(target, ip(ALL_NODES), ADVERTISEMENT, target)
            .with(option(TARGET_LLADDR, &NEIGHBOR_MAC));
        message.word[0] = OVERRIDE;
        message
    }

    /// More options.
    pub fn with(mut self, options: Vec<u8>) -> Self {
        self.options.extend(options);
        self
    }

    /// Something else about it.
    pub fn but(mut self, edit: impl FnOnce(&mut Self)) -> Self {
        edit(&mut self);
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut icmp = vec![self.kind, self.code, 0, 0];
        icmp.extend(self.word);
        icmp.extend(self.target.octets());
        icmp.extend(&self.options);
        icmp.truncate(self.cut.unwrap_or(usize::MAX));
        if icmp.len() >= 4 {
            let sum = checksum(self.src, self.dst, &icmp).wrapping_add(self.checksum_off_by);
            icmp[2..4].copy_from_slice(&sum.to_be_bytes());
        }
        let (next, mut payload) = self.headers.clone().unwrap_or((58, Vec::new()));
        payload.extend(icmp);
        crate::host::packet(self.src, self.dst, next, self.hop_limit, &payload)
    }
}

/// RFC 4443, 2.3.
fn checksum(src: Ipv6Addr, dst: Ipv6Addr, icmp: &[u8]) -> u16 {
    let mut pseudo = [src.octets(), dst.octets()].concat();
    pseudo.extend((icmp.len() as u32).to_be_bytes());
    pseudo.extend([0, 0, 0, 58]);
    pseudo.extend(icmp);
    let mut sum: u32 = pseudo
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0)))
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}
