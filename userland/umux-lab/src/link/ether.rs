// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Ethernet frames that carry IPv6 (RFC 2464).

use std::net::Ipv6Addr;

/// A whole frame, without its check sequence.
pub type Frame = Vec<u8>;

/// A 48-bit address.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// The n-th address of the lab, locally administered.
    pub fn lab(n: u8) -> Mac {
        Mac([0x02, 0x75, 0x6d, 0x75, 0x78, n])
    }

    /// Where a multicast packet goes: 33:33 and the low 32 bits of the group.
    pub fn of_group(group: Ipv6Addr) -> Mac {
        let [.., a, b, c, d] = group.octets();
        Mac([0x33, 0x33, a, b, c, d])
    }

    /// To more than one station.
    pub fn is_multicast(self) -> bool {
        self.0[0] & 1 != 0
    }
}

const HEADER: usize = 14;
const IPV6: [u8; 2] = [0x86, 0xdd];

/// Largest IPv6 packet in a frame.
pub const MTU: usize = 1500;
/// Largest frame.
pub const FRAME_MAX: usize = HEADER + MTU;

/// A frame around an IPv6 packet.
pub fn wrap(dst: Mac, src: Mac, packet: &[u8]) -> Frame {
    let mut frame = Vec::with_capacity(HEADER + packet.len());
    frame.extend(dst.0);
    frame.extend(src.0);
    frame.extend(IPV6);
    frame.extend(packet);
    frame
}

/// A frame taken apart.
#[derive(Clone, Copy, Debug)]
pub struct Ether<'a> {
    /// To whom.
    pub dst: Mac,
    /// From whom.
    pub src: Mac,
    /// The IPv6 packet.
    pub packet: &'a [u8],
}

impl<'a> Ether<'a> {
    /// Nothing if the frame is short, or carries something else than IPv6.
    pub fn parse(frame: &'a [u8]) -> Option<Self> {
        let (dst, rest) = frame.split_first_chunk()?;
        let (src, rest) = rest.split_first_chunk()?;
        let (kind, packet) = rest.split_first_chunk()?;
        (*kind == IPV6).then_some(Self {
            dst: Mac(*dst),
            src: Mac(*src),
            packet,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_comes_apart_as_it_was_made() {
        let frame = wrap(Mac::lab(1), Mac::lab(2), b"packet");
        let ether = Ether::parse(&frame).expect("IPv6");
        assert_eq!((ether.dst, ether.src), (Mac::lab(1), Mac::lab(2)));
        assert_eq!(ether.packet, b"packet");
        assert!(Ether::parse(&frame[..13]).is_none());
        let mut arp = frame;
        arp[13] = 0x06;
        assert!(Ether::parse(&arp).is_none());
    }

    #[test]
    fn groups_map_as_rfc_2464_says() {
        let group = "ff02::1:ff28:9c5a".parse().expect("an address");
        assert_eq!(Mac::of_group(group).0, [0x33, 0x33, 0xff, 0x28, 0x9c, 0x5a]);
        assert!(Mac::of_group(group).is_multicast() && !Mac::lab(1).is_multicast());
    }
}
