// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! From the IPv6 header along the extension headers to the upper layer.
//!
//! The walk is for a gate, not for a router: whatever a host would answer
//! with an ICMPv6 error, and whatever could hide the upper layer from the
//! gate while the host still finds it, is refused.

use super::ip6::{HEADER_LEN, Ip6};
use super::proto;

/// Most extension headers that are followed.
pub const MAX_HEADERS: usize = 8;

/// Where a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walk {
    /// The upper layer was reached.
    Upper {
        /// Upper-layer protocol. One that this module does not know is an
        /// upper layer too.
        proto: u8,
        /// Where its header starts, in bytes from the start of the IPv6
        /// header. For TCP, UDP and ICMPv6 the fixed header (20, 8, 8 bytes)
        /// is within the bytes that were given.
        offset: usize,
        /// Set for the first of several fragments. A packet that has a
        /// fragment header but is whole (an "atomic fragment", RFC 6946) is
        /// not a fragment.
        fragment: Option<Fragment>,
    },
    /// A fragment other than the first: there is no upper-layer header in it.
    LaterFragment {
        /// Next Header of the fragment header. Only the one of the first
        /// fragment counts (RFC 8200 section 4.5): this one can be a lie.
        proto: u8,
        /// Which one.
        fragment: Fragment,
    },
    /// The headers go on after the bytes that were given. Never if those were
    /// said to be complete.
    NeedMore,
    /// Not to be passed to the host.
    Refuse(Refusal),
}

/// What a fragment header says (RFC 8200 section 4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// Identification.
    pub id: u32,
    /// Offset of the data, in bytes.
    pub offset: u16,
    /// More fragments follow.
    pub more: bool,
}

impl Fragment {
    /// Is this the first fragment?
    #[must_use]
    pub const fn is_first(&self) -> bool {
        self.offset == 0
    }
}

/// Why a packet is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The version is not 6.
    NotIp6,
    /// A header is longer than the packet, or than all bytes there are.
    Truncated,
    /// More than [`MAX_HEADERS`] extension headers.
    TooManyHeaders,
    /// A hop-by-hop options header that does not follow the IPv6 header (RFC
    /// 8200 section 4.1).
    HopByHopNotFirst,
    /// An option runs over the end of its header, or a router alert is not
    /// two bytes long (RFC 2711 section 2.1).
    OptionLength,
    /// An unknown option that must not be skipped: its two high bits are not
    /// zero (RFC 8200 section 4.2).
    Option,
    /// A jumbogram (RFC 2675).
    Jumbo,
    /// A routing header, of any type: the destination would not be final.
    Routing,
    /// AH or ESP: the upper layer is out of sight, or is found by the host in
    /// a place where the gate is not.
    Ipsec,
    /// Mobility, HIP or Shim6.
    ExtensionHeader,
    /// No Next Header: there is nothing to deliver.
    NoNextHeader,
    /// A second fragment header.
    FragmentTwice,
    /// A fragment without data, one that ends after 65,535 bytes, or one that
    /// is not the last and no multiple of 8 bytes (RFC 8200 section 4.5).
    FragmentLength,
    /// A first fragment that does not hold the whole header chain (RFC 7112
    /// section 5).
    FirstFragmentShort,
}

/// Walks from the IPv6 header, at the start of `bytes`, to the upper layer.
///
/// `complete`: there are no more bytes to be had than these, so
/// [`Walk::NeedMore`] is no answer. The packet may nevertheless be longer
/// than `bytes`, as its headers say; that alone is no reason to refuse it.
/// Bytes after the end of the payload are link-layer padding, and are not
/// looked at.
#[inline]
#[must_use]
pub fn walk(bytes: &[u8], complete: bool) -> Walk {
    // Nearly all packets have no extension header.
    if let Some(proto) = Ip6::parse(bytes).and_then(|ip| proto_at_once(&ip)) {
        return Walk::Upper {
            proto,
            offset: HEADER_LEN,
            fragment: None,
        };
    }
    walk_chain(bytes, complete)
}

/// Bytes of an upper layer that must be there.
#[inline]
const fn needed(proto: u8) -> usize {
    match proto {
        proto::TCP => 20,
        proto::UDP | proto::ICMP6 => 8,
        _ => 0,
    }
}

/// The upper layer, if it follows the IPv6 header and is one that matters.
#[inline]
fn proto_at_once(ip: &Ip6<'_>) -> Option<u8> {
    let proto = ip.next_header();
    let needed = needed(proto);
    let is_there = usize::from(ip.payload_len()) >= needed && ip.rest().len() >= needed;
    (needed != 0 && is_there).then_some(proto)
}

/// The same for every packet.
#[inline(never)]
fn walk_chain(bytes: &[u8], complete: bool) -> Walk {
    chain(bytes, complete, needed)
}

/// The same; `needed` says how many bytes of an upper layer must be there.
pub(super) fn chain(bytes: &[u8], complete: bool, needed: impl Fn(u8) -> usize) -> Walk {
    match try_chain(bytes, complete, needed) {
        Ok(walk) | Err(walk) => walk,
    }
}

fn try_chain(bytes: &[u8], complete: bool, needed: impl Fn(u8) -> usize) -> Result<Walk, Walk> {
    if let Some(first) = bytes.first()
        && first >> 4 != 6
    {
        return Err(Walk::Refuse(Refusal::NotIp6));
    }
    let mut packet = Packet {
        bytes,
        complete,
        end: HEADER_LEN,
        beyond: Refusal::Truncated,
    };
    let Some(ip) = Ip6::parse(bytes) else {
        return Err(packet.short());
    };
    packet.end += usize::from(ip.payload_len());

    let mut proto = ip.next_header();
    let mut offset = HEADER_LEN;
    let mut fragment = None;
    let mut fragment_seen = false;
    for _ in 0..=MAX_HEADERS {
        match proto {
            proto::HOP_BY_HOP if offset != HEADER_LEN => {
                return Err(Walk::Refuse(Refusal::HopByHopNotFirst));
            }
            proto::HOP_BY_HOP | proto::DESTINATION_OPTIONS => {
                let [next, units] = packet.array(offset)?;
                let len = (usize::from(units) + 1) * 8;
                let options = packet.slice(offset + 2, len - 2)?;
                check_options(options, proto == proto::HOP_BY_HOP).map_err(Walk::Refuse)?;
                proto = next;
                offset += len;
            }
            proto::FRAGMENT if fragment_seen => {
                return Err(Walk::Refuse(Refusal::FragmentTwice));
            }
            proto::FRAGMENT => {
                let [next, _, o0, o1, i0, i1, i2, i3] = packet.array(offset)?;
                let word = u16::from_be_bytes([o0, o1]);
                let this = Fragment {
                    id: u32::from_be_bytes([i0, i1, i2, i3]),
                    offset: word & !7,
                    more: word & 1 != 0,
                };
                proto = next;
                offset += 8;
                fragment_seen = true;
                if this.more || !this.is_first() {
                    // array() saw to it that the header ends before "end".
                    let data = packet.end.saturating_sub(offset);
                    let last = usize::from(this.offset) + data;
                    if data == 0 || last > 0xffff || (this.more && !data.is_multiple_of(8)) {
                        return Err(Walk::Refuse(Refusal::FragmentLength));
                    }
                    if !this.is_first() {
                        return Ok(Walk::LaterFragment {
                            proto,
                            fragment: this,
                        });
                    }
                    packet.beyond = Refusal::FirstFragmentShort;
                    fragment = Some(this);
                }
            }
            proto::ROUTING => return Err(Walk::Refuse(Refusal::Routing)),
            proto::AH | proto::ESP => return Err(Walk::Refuse(Refusal::Ipsec)),
            proto::NO_NEXT_HEADER => return Err(Walk::Refuse(Refusal::NoNextHeader)),
            proto::MOBILITY | proto::HIP | proto::SHIM6 => {
                return Err(Walk::Refuse(Refusal::ExtensionHeader));
            }
            _ => {
                packet.slice(offset, needed(proto))?;
                return Ok(Walk::Upper {
                    proto,
                    offset,
                    fragment,
                });
            }
        }
    }
    Err(Walk::Refuse(Refusal::TooManyHeaders))
}

/// The bytes that are there of a packet that ends at `end`.
struct Packet<'a> {
    bytes: &'a [u8],
    complete: bool,
    end: usize,
    /// Why a header that goes on after `end` is refused.
    beyond: Refusal,
}

impl<'a> Packet<'a> {
    /// The answer when a header is within the packet, but not within `bytes`.
    fn short(&self) -> Walk {
        if self.complete {
            Walk::Refuse(Refusal::Truncated)
        } else {
            Walk::NeedMore
        }
    }

    fn slice(&self, offset: usize, len: usize) -> Result<&'a [u8], Walk> {
        let end = offset + len;
        if end > self.end {
            return Err(Walk::Refuse(self.beyond));
        }
        self.bytes.get(offset..end).ok_or_else(|| self.short())
    }

    fn array<const N: usize>(&self, offset: usize) -> Result<[u8; N], Walk> {
        match self.slice(offset, N)?.first_chunk() {
            Some(array) => Ok(*array),
            None => Err(self.short()),
        }
    }
}

/// Would a host skip all of these options? (RFC 8200 section 4.2)
fn check_options(mut rest: &[u8], hop_by_hop: bool) -> Result<(), Refusal> {
    const PAD1: u8 = 0;
    const PADN: u8 = 1;
    const ROUTER_ALERT: u8 = 5;
    const JUMBO: u8 = 0xc2;

    while let Some((&kind, after)) = rest.split_first() {
        if kind == PAD1 {
            rest = after;
            continue;
        }
        let (&len, after) = after.split_first().ok_or(Refusal::OptionLength)?;
        rest = after.get(usize::from(len)..).ok_or(Refusal::OptionLength)?;
        match kind {
            PADN => {}
            ROUTER_ALERT if hop_by_hop && len != 2 => return Err(Refusal::OptionLength),
            JUMBO => return Err(Refusal::Jumbo),
            unknown if unknown >> 6 != 0 => return Err(Refusal::Option),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TCP: [u8; 20] = [7; 20];
    /// Ten bytes of padding would be too long for 8: Pad1, Pad1, PadN(2).
    const PADDING: [u8; 6] = [0, 0, 1, 2, 0, 0];

    /// A packet whose payload is these parts.
    fn packet(next: u8, parts: &[&[u8]]) -> Vec<u8> {
        let payload = parts.concat();
        let mut packet = [0; 40].to_vec();
        packet[0] = 0x60;
        packet[4..6].copy_from_slice(&(payload.len() as u16).to_be_bytes());
        packet[6] = next;
        packet.extend(payload);
        packet
    }

    /// An options header of 8 bytes.
    fn options(next: u8, options: [u8; 6]) -> Vec<u8> {
        [&[next, 0], &options[..]].concat()
    }

    /// A fragment header; `offset` in bytes.
    fn fragment(next: u8, offset: u16, more: bool) -> [u8; 8] {
        let [high, low] = (offset | u16::from(more)).to_be_bytes();
        [next, 0, high, low, 0xa, 0xb, 0xc, 0xd]
    }

    fn upper(proto: u8, offset: usize) -> Walk {
        Walk::Upper {
            proto,
            offset,
            fragment: None,
        }
    }

    fn refused(packet: &[u8]) -> Refusal {
        match walk(packet, true) {
            Walk::Refuse(reason) => reason,
            other => panic!("not refused: {other:?}"),
        }
    }

    #[test]
    fn a_plain_packet_has_its_upper_layer_after_the_fixed_header() {
        assert_eq!(walk(&packet(6, &[&TCP]), true), upper(6, 40));
        assert_eq!(walk(&packet(17, &[&[0; 8]]), true), upper(17, 40));
        assert_eq!(walk(&packet(58, &[&[0; 8]]), true), upper(58, 40));
    }

    #[test]
    fn an_unknown_protocol_is_an_upper_layer() {
        assert_eq!(walk(&packet(132, &[]), true), upper(132, 40));
        assert_eq!(walk(&packet(41, &[&[0; 40]]), true), upper(41, 40));
        assert_eq!(walk(&packet(253, &[&[0; 4]]), true), upper(253, 40));
    }

    #[test]
    fn bytes_after_the_payload_are_padding() {
        let mut bytes = packet(6, &[&TCP]);
        bytes.extend([0; 18]);
        assert_eq!(walk(&bytes, true), upper(6, 40));
        // And never part of a header.
        let mut bytes = packet(6, &[&TCP[..19]]);
        bytes.extend([0; 18]);
        assert_eq!(refused(&bytes), Refusal::Truncated);
    }

    #[test]
    fn options_that_a_host_skips_are_skipped() {
        let hop = options(60, [5, 2, 0, 0, 1, 0]);
        let unknown = options(6, [0x1e, 4, 1, 2, 3, 4]);
        let bytes = packet(0, &[&hop, &unknown, &TCP]);
        assert_eq!(walk(&bytes, true), upper(6, 56));
    }

    #[test]
    fn an_options_header_may_be_longer_than_8_bytes() {
        let long = [&[6, 1, 1, 12], &[0; 12][..]].concat();
        assert_eq!(walk(&packet(60, &[&long, &TCP]), true), upper(6, 56));
    }

    #[test]
    fn options_that_a_host_answers_or_drops_are_refused() {
        for action in [0x40, 0x80, 0xc0] {
            for header in [0, 60] {
                let odd = options(6, [action | 0x1e, 4, 0, 0, 0, 0]);
                assert_eq!(refused(&packet(header, &[&odd, &TCP])), Refusal::Option);
            }
        }
    }

    #[test]
    fn a_jumbogram_is_refused() {
        let jumbo = options(6, [0xc2, 4, 0, 1, 0, 0]);
        assert_eq!(refused(&packet(0, &[&jumbo, &TCP])), Refusal::Jumbo);
        // As it really comes, with a payload length of 0.
        let mut bytes = packet(0, &[&jumbo, &TCP]);
        bytes[5] = 0;
        assert_eq!(refused(&bytes), Refusal::Truncated);
    }

    #[test]
    fn an_option_must_end_within_its_header() {
        for bad in [
            [1, 5, 0, 0, 0, 0],
            [0x1e, 255, 0, 0, 0, 0],
            [0, 0, 0, 0, 0, 1],
            [0, 0, 0, 0, 0, 0xc2],
        ] {
            let bytes = packet(60, &[&options(6, bad), &TCP]);
            assert_eq!(refused(&bytes), Refusal::OptionLength, "{bad:?}");
        }
    }

    #[test]
    fn a_router_alert_must_have_two_bytes_where_it_counts() {
        let odd = options(6, [5, 4, 0, 0, 0, 0]);
        assert_eq!(refused(&packet(0, &[&odd, &TCP])), Refusal::OptionLength);
        assert_eq!(walk(&packet(60, &[&odd, &TCP]), true), upper(6, 48));
    }

    #[test]
    fn hop_by_hop_options_come_first_or_not_at_all() {
        let to_hop = options(0, PADDING);
        let to_tcp = options(6, PADDING);
        for first in [0, 60] {
            let bytes = packet(first, &[&to_hop, &to_tcp, &TCP]);
            assert_eq!(refused(&bytes), Refusal::HopByHopNotFirst);
        }
        let bytes = packet(44, &[&fragment(0, 0, false), &to_tcp, &TCP]);
        assert_eq!(refused(&bytes), Refusal::HopByHopNotFirst);
    }

    #[test]
    fn headers_that_hide_the_upper_layer_are_refused() {
        for (next, reason) in [
            (43, Refusal::Routing),
            (50, Refusal::Ipsec),
            (51, Refusal::Ipsec),
            (59, Refusal::NoNextHeader),
            (135, Refusal::ExtensionHeader),
            (139, Refusal::ExtensionHeader),
            (140, Refusal::ExtensionHeader),
        ] {
            assert_eq!(refused(&packet(next, &[&TCP])), reason);
            let after = options(next, PADDING);
            assert_eq!(refused(&packet(0, &[&after, &TCP])), reason);
        }
    }

    #[test]
    fn eight_extension_headers_are_followed_and_nine_are_not() {
        let again = options(60, PADDING);
        let last = options(6, PADDING);
        let eight = [&[&again[..]; 7][..], &[&last, &TCP]].concat();
        assert_eq!(walk(&packet(60, &eight), true), upper(6, 104));
        let nine = [&[&again[..]; 8][..], &[&last, &TCP]].concat();
        assert_eq!(refused(&packet(60, &nine)), Refusal::TooManyHeaders);
    }

    #[test]
    fn an_atomic_fragment_is_a_whole_packet() {
        let bytes = packet(44, &[&fragment(6, 0, false), &TCP]);
        assert_eq!(walk(&bytes, true), upper(6, 48));
        // Nobody fixes what it holds, so no length is asked of it.
        let bytes = packet(44, &[&fragment(6, 0, false), &TCP, &[1]]);
        assert_eq!(walk(&bytes, true), upper(6, 48));
    }

    #[test]
    fn a_first_fragment_says_so() {
        let bytes = packet(44, &[&fragment(6, 0, true), &TCP, &[0; 4]]);
        let fragment = Some(Fragment {
            id: 0x0a0b_0c0d,
            offset: 0,
            more: true,
        });
        let expected = Walk::Upper {
            proto: 6,
            offset: 48,
            fragment,
        };
        assert_eq!(walk(&bytes, true), expected);
    }

    #[test]
    fn a_later_fragment_has_no_upper_layer() {
        for more in [false, true] {
            let bytes = packet(44, &[&fragment(6, 1232, more), &TCP, &[0; 4]]);
            let fragment = Fragment {
                id: 0x0a0b_0c0d,
                offset: 1232,
                more,
            };
            let expected = Walk::LaterFragment { proto: 6, fragment };
            assert_eq!(walk(&bytes, true), expected);
            assert!(!fragment.is_first());
        }
    }

    #[test]
    fn the_reserved_bits_of_a_fragment_header_are_ignored() {
        let mut header = fragment(6, 0, false);
        header[1] = 0xff;
        header[3] = 0x06;
        assert_eq!(walk(&packet(44, &[&header, &TCP]), true), upper(6, 48));
    }

    #[test]
    fn a_first_fragment_must_hold_the_whole_fixed_upper_layer_header() {
        for (proto, len) in [(6, 16), (17, 0), (58, 0), (60, 0)] {
            let data = &[0; 16][..len];
            let bytes = packet(
                60,
                &[&options(44, PADDING), &fragment(proto, 0, true), data],
            );
            let expected = if len == 0 {
                Refusal::FragmentLength
            } else {
                Refusal::FirstFragmentShort
            };
            assert_eq!(refused(&bytes), expected, "{proto}");
        }
        // The chain itself is cut.
        let cut = [6, 1, 1, 12, 0, 0, 0, 0];
        let bytes = packet(44, &[&fragment(60, 0, true), &cut]);
        assert_eq!(refused(&bytes), Refusal::FirstFragmentShort);
        // The chain is there, the upper layer is not.
        let bytes = packet(44, &[&fragment(60, 0, true), &options(6, PADDING)]);
        assert_eq!(refused(&bytes), Refusal::FirstFragmentShort);
    }

    #[test]
    fn a_fragment_of_an_impossible_length_is_refused() {
        // Not a multiple of 8, though more follow.
        let bytes = packet(44, &[&fragment(6, 8, true), &[0; 12]]);
        assert_eq!(refused(&bytes), Refusal::FragmentLength);
        // Nothing in it.
        let bytes = packet(44, &[&fragment(6, 8, false)]);
        assert_eq!(refused(&bytes), Refusal::FragmentLength);
        // Over the end: 65,528 + 8 is one too many.
        let bytes = packet(44, &[&fragment(6, 65528, false), &[0; 8]]);
        assert_eq!(refused(&bytes), Refusal::FragmentLength);
        let bytes = packet(44, &[&fragment(6, 65528, false), &[0; 7]]);
        assert!(matches!(walk(&bytes, true), Walk::LaterFragment { .. }));
    }

    #[test]
    fn a_second_fragment_header_is_refused() {
        for more in [false, true] {
            let bytes = packet(
                44,
                &[
                    &fragment(44, 0, more),
                    &fragment(6, 0, false),
                    &TCP,
                    &[0; 4],
                ],
            );
            assert_eq!(refused(&bytes), Refusal::FragmentTwice);
        }
    }

    #[test]
    fn a_header_longer_than_the_packet_is_refused_at_once() {
        let long = [6, 200, 0, 0, 0, 0, 0, 0];
        let bytes = packet(60, &[&long, &TCP]);
        assert_eq!(walk(&bytes, false), Walk::Refuse(Refusal::Truncated));
        assert_eq!(refused(&packet(6, &[&TCP[..19]])), Refusal::Truncated);
        assert_eq!(refused(&packet(17, &[&[0; 7]])), Refusal::Truncated);
        assert_eq!(refused(&packet(58, &[&[0; 7]])), Refusal::Truncated);
        assert_eq!(refused(&packet(60, &[])), Refusal::Truncated);
    }

    #[test]
    fn missing_bytes_are_asked_for_while_there_are_more() {
        let bytes = packet(0, &[&options(6, PADDING), &TCP, &[0; 100]]);
        let enough = 40 + 8 + 20;
        for len in 0..bytes.len() {
            let expected = if len < enough {
                Walk::NeedMore
            } else {
                upper(6, 48)
            };
            assert_eq!(walk(&bytes[..len], false), expected, "{len}");
            // A packet that is cut behind its headers is not refused.
            let expected = if len < enough {
                Walk::Refuse(Refusal::Truncated)
            } else {
                upper(6, 48)
            };
            assert_eq!(walk(&bytes[..len], true), expected, "{len}");
        }
    }

    #[test]
    fn another_version_is_refused_by_its_first_byte() {
        assert_eq!(walk(&[0x45], false), Walk::Refuse(Refusal::NotIp6));
        assert_eq!(walk(&[0x60], false), Walk::NeedMore);
        assert_eq!(walk(&[], false), Walk::NeedMore);
        assert_eq!(walk(&[], true), Walk::Refuse(Refusal::Truncated));
    }

    proptest::proptest! {
        /// The short way says what the long one says.
        #[test]
        fn a_packet_without_extension_headers_is_no_special_case(
            next in proptest::sample::select(&[proto::TCP, proto::UDP, proto::ICMP6, 59, 0, 44][..]),
            claimed in 0..30u16,
            given in 0..70usize,
            complete: bool,
        ) {
            let mut packet = packet(next, &[&[7; 30]]);
            packet[4..6].copy_from_slice(&claimed.to_be_bytes());
            let given = packet.get(..given).unwrap_or(&packet);
            proptest::prop_assert_eq!(walk(given, complete), walk_chain(given, complete));
        }
    }
}
