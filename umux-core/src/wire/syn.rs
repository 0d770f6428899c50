// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Does a packet ask for a TCP connection, and at which port?
//!
//! Asked of packets to the host's ordinary addresses.  Unlike
//! [`walk`](super::walk), which refuses what a session never gets, this one
//! follows all that the host follows: legacy traffic may be anything.

use super::ip6::{HEADER_LEN, Ip6};
use super::proto;
use super::upper::TcpFlags;

/// What a packet asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Syn {
    /// A connection to this port (host order): SYN without ACK.
    Opens(u16),
    /// Something else.
    No,
    /// It may, and takes care not to show it: a fragment that holds too little
    /// of the TCP header (RFC 7112 section 5; RFC 3128 for IPv4), or headers
    /// that go on after all that was looked at.
    Hidden,
    /// More bytes are needed.  Never if those were said to be all.
    NeedMore,
}

/// A host follows 15 (FreeBSD: net.inet6.ip6.hdrnestlimit).
const MAX_HEADERS: usize = 16;

/// Ports and flags are in the first 14 bytes of the TCP header (RFC 9293
/// section 3.1).
const TCP_NEEDED: usize = 14;

/// Of a packet, as much of it as was given.
struct Packet<'a> {
    bytes: &'a [u8],
    complete: bool,
    /// Where its own length says that it ends.
    end: usize,
    is_fragment: bool,
}

impl Packet<'_> {
    fn array<const N: usize>(&self, offset: usize) -> Result<[u8; N], Syn> {
        let beyond = offset + N > self.end;
        match self.bytes.get(offset..).and_then(|rest| rest.first_chunk()) {
            _ if beyond && self.is_fragment => Err(Syn::Hidden),
            // The host finds it too short as well.
            _ if beyond => Err(Syn::No),
            Some(array) => Ok(*array),
            None if self.complete => Err(Syn::Hidden),
            None => Err(Syn::NeedMore),
        }
    }

    fn tcp(&self, offset: usize) -> Result<Syn, Syn> {
        let header: [u8; TCP_NEEDED] = self.array(offset)?;
        let [_, _, d0, d1, .., flags] = header;
        let flags = TcpFlags::from_bits_retain(flags);
        let asked = flags.intersection(TcpFlags::SYN.union(TcpFlags::ACK));
        Ok(if asked == TcpFlags::SYN {
            Syn::Opens(u16::from_be_bytes([d0, d1]))
        } else {
            Syn::No
        })
    }
}

/// Of an IPv6 packet; `complete`: there is no more, or more will not be given.
#[must_use]
pub fn six(bytes: &[u8], complete: bool) -> Syn {
    match try_six(bytes, complete) {
        Ok(syn) | Err(syn) => syn,
    }
}

fn try_six(bytes: &[u8], complete: bool) -> Result<Syn, Syn> {
    let Some(ip6) = Ip6::parse(bytes) else {
        return Ok(Syn::No);
    };
    let mut packet = Packet {
        bytes,
        complete,
        end: HEADER_LEN + usize::from(ip6.payload_len()),
        is_fragment: false,
    };
    let mut proto = ip6.next_header();
    let mut offset = HEADER_LEN;
    for _ in 0..MAX_HEADERS {
        match proto {
            proto::TCP => return packet.tcp(offset),
            proto::HOP_BY_HOP
            | proto::DESTINATION_OPTIONS
            | proto::ROUTING
            | proto::MOBILITY
            | proto::HIP
            | proto::SHIM6 => {
                let [next, units] = packet.array(offset)?;
                proto = next;
                offset += (usize::from(units) + 1) * 8;
            }
            proto::AH => {
                let [next, units] = packet.array(offset)?;
                proto = next;
                offset += (usize::from(units) + 2) * 4;
            }
            proto::FRAGMENT => {
                let [next, _, o0, o1] = packet.array(offset)?;
                let word = u16::from_be_bytes([o0, o1]);
                if word & !7 != 0 {
                    // It counts with its first fragment only.
                    return Ok(Syn::No);
                }
                packet.is_fragment |= word & 1 != 0;
                proto = next;
                offset += 8;
            }
            _ => return Ok(Syn::No),
        }
    }
    Ok(Syn::Hidden)
}

/// Of an IPv4 packet (RFC 791), for listeners that take both.
#[must_use]
pub fn four(bytes: &[u8], complete: bool) -> Syn {
    match try_four(bytes, complete) {
        Ok(syn) | Err(syn) => syn,
    }
}

fn try_four(bytes: &[u8], complete: bool) -> Result<Syn, Syn> {
    let Some(header) = bytes.first_chunk::<20>() else {
        return Ok(if complete { Syn::No } else { Syn::NeedMore });
    };
    let [first, _, l0, l1, _, _, f0, f1, _, proto, ..] = *header;
    let mut offset = usize::from(first & 15) * 4;
    if first >> 4 != 4 || offset < 20 {
        return Ok(Syn::No);
    }
    let word = u16::from_be_bytes([f0, f1]);
    let place = usize::from(word & 0x1fff) * 8;
    let packet = Packet {
        bytes,
        complete,
        end: usize::from(u16::from_be_bytes([l0, l1])),
        is_fragment: word & 0x2000 != 0,
    };
    let mut proto = proto;
    if proto == proto::AH && place == 0 {
        let [next, units] = packet.array(offset)?;
        proto = next;
        offset += (usize::from(units) + 2) * 4;
    }
    match (proto, place) {
        (proto::TCP, 0) => packet.tcp(offset),
        // It could overwrite the flags of the first (RFC 3128).
        (proto::TCP, 8 | 16) => Ok(Syn::Hidden),
        _ => Ok(Syn::No),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 20 bytes of TCP to port 22.
    fn tcp(flags: u8) -> Vec<u8> {
        let mut header = vec![0x9c, 0x40, 0, 22, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, flags];
        header.extend([0; 6]);
        header
    }

    fn ip6(next: u8, parts: &[&[u8]]) -> Vec<u8> {
        let payload = parts.concat();
        let mut packet = vec![0x60, 0, 0, 0];
        packet.extend((payload.len() as u16).to_be_bytes());
        packet.extend([next, 64]);
        packet.extend([0x20; 32]);
        packet.extend(payload);
        packet
    }

    fn ip4(proto: u8, fragment: u16, options: usize, payload: &[u8]) -> Vec<u8> {
        let header = 20 + 4 * options;
        let mut packet = vec![0x40 | (header / 4) as u8, 0];
        packet.extend(((header + payload.len()) as u16).to_be_bytes());
        packet.extend([0, 1]);
        packet.extend(fragment.to_be_bytes());
        packet.extend([64, proto, 0, 0]);
        packet.extend([10; 8]);
        packet.resize(header, 0);
        packet.extend(payload);
        packet
    }

    const SYN: u8 = 2;
    const SYN_ACK: u8 = 0x12;

    #[test]
    fn a_syn_without_ack_opens_whatever_else_is_set() {
        for bits in 0..=255 {
            let opens = bits & 0x12 == 2;
            let expected = if opens { Syn::Opens(22) } else { Syn::No };
            assert_eq!(six(&ip6(6, &[&tcp(bits)]), true), expected, "{bits:#x}");
            assert_eq!(four(&ip4(6, 0, 0, &tcp(bits)), true), expected);
        }
    }

    #[test]
    fn a_syn_is_found_behind_all_headers_that_a_host_follows() {
        let options = [60, 0, 1, 4, 0, 0, 0, 0];
        let routing = [51, 0, 4, 0, 0, 0, 0, 0];
        let ah = [44, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1];
        let atomic = [6, 0, 0, 0, 0, 0, 0, 9];
        let last_options = [43, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let packet = ip6(
            0,
            &[&options, &last_options, &routing, &ah, &atomic, &tcp(SYN)],
        );
        assert_eq!(six(&packet, true), Syn::Opens(22));
        assert_eq!(six(&packet[..80], false), Syn::NeedMore);
        // As much as the gate ever sees, and still no end.
        assert_eq!(six(&packet[..80], true), Syn::Hidden);
        assert_eq!(four(&ip4(6, 0, 3, &tcp(SYN)), true), Syn::Opens(22));
        let behind_ah = [&[6, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1][..], &tcp(SYN)].concat();
        assert_eq!(four(&ip4(51, 0, 0, &behind_ah), true), Syn::Opens(22));
    }

    #[test]
    fn a_first_fragment_shows_the_flags_or_is_hiding_them() {
        let fragment = [6, 0, 0, 1, 0, 0, 0, 9];
        let syn = tcp(SYN);
        assert_eq!(six(&ip6(44, &[&fragment, &syn]), true), Syn::Opens(22));
        let cut = ip6(44, &[&fragment, &syn[..8]]);
        assert_eq!(six(&cut, true), Syn::Hidden);
        assert_eq!(six(&cut, false), Syn::Hidden);
        let later = [6, 0, 0, 9, 0, 0, 0, 9];
        assert_eq!(six(&ip6(44, &[&later, &syn]), true), Syn::No);
        const MORE: u16 = 0x2000;
        assert_eq!(four(&ip4(6, MORE, 0, &syn), true), Syn::Opens(22));
        assert_eq!(four(&ip4(6, MORE, 0, &syn[..8]), true), Syn::Hidden);
        assert_eq!(four(&ip4(6, MORE | 1, 0, &syn), true), Syn::Hidden);
        assert_eq!(four(&ip4(6, 3, 0, &syn), true), Syn::No);
    }

    #[test]
    fn what_is_no_tcp_asks_for_nothing() {
        for proto in [17, 58, 50, 59, 132] {
            assert_eq!(six(&ip6(proto, &[&tcp(SYN)]), true), Syn::No, "{proto}");
            assert_eq!(four(&ip4(proto, 0, 0, &tcp(SYN)), true), Syn::No);
        }
        assert_eq!(six(&ip6(6, &[&tcp(SYN_ACK)]), true), Syn::No);
        assert_eq!(six(&[], true), Syn::No);
        assert_eq!(four(&[0x45], true), Syn::No);
        // Too short for the host as well.
        assert_eq!(six(&ip6(6, &[&tcp(SYN)[..10]]), true), Syn::No);
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let mut seed = 1u32;
        for _ in 0..20_000 {
            let mut bytes = [0u8; 72];
            for byte in &mut bytes {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *byte = (seed >> 24) as u8;
            }
            bytes[0] = if seed & 1 == 0 { 0x60 } else { 0x45 };
            let len = (seed >> 8) as usize % bytes.len();
            let _ = (six(&bytes[..len], true), four(&bytes[..len], false));
        }
    }
}
