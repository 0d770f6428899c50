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
#[must_use]
pub fn walk(bytes: &[u8], complete: bool) -> Walk {
    let needed = |proto| match proto {
        proto::TCP => 20,
        proto::UDP | proto::ICMP6 => 8,
        _ => 0,
    };
    chain(bytes, complete, needed)
}

/// The same; `needed` says how many bytes of an upper layer must be there.
pub(super) fn chain(bytes: &[u8], complete: bool, needed: impl Fn(u8) -> usize) -> Walk {
    match try_chain(bytes, complete, needed) {
        Ok(walk) | Err(walk) => walk,
    }
}

fn try_chain(bytes: &[u8], complete: bool, needed: impl Fn(u8) -> usize) -> Result<Walk, Walk> {
    if let Some(first) = bytes.first() {
        if first >> 4 != 6 {
            return Err(Walk::Refuse(Refusal::NotIp6));
        }
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
                    if data == 0 || last > 0xffff || (this.more && data % 8 != 0) {
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
