// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Neighbor solicitations and advertisements (RFC 4861 sections 4.3 and 4.4),
//! with the nonce of enhanced duplicate address detection (RFC 7527).
//!
//! What [`parse`] returns went through all of RFC 4861 sections 7.1.1 and
//! 7.1.2; there is a reason in [`NdError`] for each rule.
//!
//! Neighbour discovery behind any extension header is not accepted. RFC 6980
//! forbids the fragment header; the others have no use with it, no stack sends
//! them, and each would be a way to show a gate and a host two different
//! messages.

use arrayvec::ArrayVec;
use core::net::Ipv6Addr;

use super::ip6::{HEADER_LEN, Ip6};
use super::upper::Icmp6;
use super::{checksum, is_solicited_node, proto, solicited_node};

/// Room for the longest message that is emitted here, in bytes.
pub const PACKET_MAX: usize = 96;

/// A whole IPv6 packet, checksum included.
pub type NdPacket = ArrayVec<u8, PACKET_MAX>;

/// Length of the nonces that are emitted, in bytes: with the option's header
/// it fills 8 (RFC 7527 section 4.1 takes the format of RFC 3971 section
/// 5.3.2, which asks for at least 6).
pub const NONCE_LEN: usize = 6;

/// All messages end their fixed part after type, code, checksum, 4 bytes of
/// flags and the target.
const FIXED_LEN: usize = 24;
const HOP_LIMIT: u8 = 255;

const OPTION_SOURCE_LLADDR: u8 = 1;
const OPTION_TARGET_LLADDR: u8 = 2;
const OPTION_NONCE: u8 = 14;

const _: () = assert!(HEADER_LEN + FIXED_LEN + 16 + 8 <= PACKET_MAX);

/// A link-layer address of up to 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkAddr {
    bytes: [u8; 8],
    len: u8,
}

impl LinkAddr {
    /// Nothing if it is empty or longer than 8 bytes.
    #[must_use]
    pub fn new(address: &[u8]) -> Option<Self> {
        let mut bytes = [0; 8];
        if address.is_empty() {
            return None;
        }
        bytes.get_mut(..address.len())?.copy_from_slice(address);
        Some(Self {
            bytes,
            len: address.len() as u8,
        })
    }

    /// The address.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&[])
    }

    /// From the data of an option. The length of an option has units of 8
    /// bytes, and that of the address is the interface's affair (RFC 4861
    /// section 4.6.1): one unit is taken for a 48-bit address, two for a
    /// 64-bit one. Others are not supported, and nothing.
    fn from_option(data: &[u8]) -> Option<Self> {
        match data.len() {
            6 => Self::new(data),
            14 => Self::new(data.get(..8)?),
            _ => None,
        }
    }
}

bitflags::bitflags! {
    /// Flags of an advertisement (RFC 4861 section 4.4).
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct NaFlags: u8 {
        /// The sender is a router.
        const ROUTER = 0x80;
        /// Answer to a solicitation.
        const SOLICITED = 0x40;
        /// Replaces a cached link-layer address.
        const OVERRIDE = 0x20;
    }
}

/// A valid Neighbor Solicitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NeighborSolicitation<'a> {
    /// Source; unspecified in duplicate address detection.
    pub src: Ipv6Addr,
    /// Destination.
    pub dst: Ipv6Addr,
    /// The address that is asked for.
    pub target: Ipv6Addr,
    /// Source link-layer address, the first if there are several.
    pub source_lladdr: Option<LinkAddr>,
    /// Nonce, the first if there are several, of whatever length: 6, 14, 22,
    /// ... bytes.
    pub nonce: Option<&'a [u8]>,
}

impl NeighborSolicitation<'_> {
    /// Is this a probe of duplicate address detection (RFC 4862 section
    /// 5.4.2)?
    #[must_use]
    pub const fn is_dad(&self) -> bool {
        self.src.is_unspecified()
    }
}

/// A valid Neighbor Advertisement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NeighborAdvertisement {
    /// Source.
    pub src: Ipv6Addr,
    /// Destination.
    pub dst: Ipv6Addr,
    /// The address that this is about.
    pub target: Ipv6Addr,
    /// Router, solicited, override.
    pub flags: NaFlags,
    /// Target link-layer address, the first if there are several.
    pub target_lladdr: Option<LinkAddr>,
}

/// A valid message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nd<'a> {
    /// Neighbor Solicitation.
    Solicitation(NeighborSolicitation<'a>),
    /// Neighbor Advertisement.
    Advertisement(NeighborAdvertisement),
}

/// Why a packet is no valid message. "4861" is RFC 4861, section 7.1.1 for
/// solicitations and 7.1.2 for advertisements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum NdError {
    /// Shorter than an IPv6 header, or not version 6.
    NotIp6,
    /// The payload is longer than the packet.
    Truncated,
    /// There is a fragment header (RFC 6980 section 5).
    Fragment,
    /// There is another extension header, see the [module](self).
    ExtensionHeader,
    /// Neither a Neighbor Solicitation nor a Neighbor Advertisement.
    NotNeighbor,
    /// Hop limit other than 255: a router forwarded it (4861).
    HopLimit,
    /// Checksum (4861).
    Checksum,
    /// Code other than 0 (4861).
    Code,
    /// Less than 24 bytes of ICMP (4861).
    Length,
    /// Target is a multicast address (4861).
    TargetMulticast,
    /// An option of length 0, or over the end (4861).
    OptionLength,
    /// Source is a multicast address (RFC 4291 section 2.7).
    SourceMulticast,
    /// Solicitation: source unspecified, destination no solicited-node group
    /// (4861).
    ProbeDestination,
    /// Solicitation: source unspecified, and a source link-layer address
    /// (4861).
    ProbeLladdr,
    /// Advertisement: solicited, to a multicast destination (4861).
    SolicitedMulticast,
}

/// Parses a packet from its IPv6 header on. Bytes after the payload are
/// padding of the link layer and not looked at.
///
/// # Errors
///
/// The rule that the packet violates; the first one, if several.
pub fn parse(packet: &[u8]) -> Result<Nd<'_>, NdError> {
    let ip = Ip6::parse(packet).ok_or(NdError::NotIp6)?;
    match ip.next_header() {
        proto::ICMP6 => {}
        proto::FRAGMENT => return Err(NdError::Fragment),
        proto::HOP_BY_HOP
        | proto::DESTINATION_OPTIONS
        | proto::ROUTING
        | proto::AH
        | proto::ESP
        | proto::MOBILITY
        | proto::HIP
        | proto::SHIM6 => return Err(NdError::ExtensionHeader),
        _ => return Err(NdError::NotNeighbor),
    }
    let message = ip.payload().ok_or(NdError::Truncated)?;
    let solicitation = match message.first() {
        Some(&Icmp6::NEIGHBOR_SOLICITATION) => true,
        Some(&Icmp6::NEIGHBOR_ADVERTISEMENT) => false,
        _ => return Err(NdError::NotNeighbor),
    };
    if ip.hop_limit() != HOP_LIMIT {
        return Err(NdError::HopLimit);
    }
    let (src, dst) = (ip.src(), ip.dst());
    let (&[_, code, _, _, flags, ..], body) =
        message.split_first_chunk::<8>().ok_or(NdError::Length)?;
    let (&target, options) = body.split_first_chunk::<16>().ok_or(NdError::Length)?;
    if checksum::upper_layer(&src, &dst, proto::ICMP6, message) != 0 {
        return Err(NdError::Checksum);
    }
    if code != 0 {
        return Err(NdError::Code);
    }
    if src.is_multicast() {
        return Err(NdError::SourceMulticast);
    }
    let target = Ipv6Addr::from(target);
    if target.is_multicast() {
        return Err(NdError::TargetMulticast);
    }
    let options = Options::parse(options)?;

    if solicitation {
        if src.is_unspecified() {
            if !is_solicited_node(&dst) {
                return Err(NdError::ProbeDestination);
            }
            if options.source_lladdr.is_some() {
                return Err(NdError::ProbeLladdr);
            }
        }
        Ok(Nd::Solicitation(NeighborSolicitation {
            src,
            dst,
            target,
            source_lladdr: options.source_lladdr.and_then(LinkAddr::from_option),
            nonce: options.nonce,
        }))
    } else {
        let flags = NaFlags::from_bits_truncate(flags);
        if dst.is_multicast() && flags.contains(NaFlags::SOLICITED) {
            return Err(NdError::SolicitedMulticast);
        }
        Ok(Nd::Advertisement(NeighborAdvertisement {
            src,
            dst,
            target,
            flags,
            target_lladdr: options.target_lladdr.and_then(LinkAddr::from_option),
        }))
    }
}

/// Data of the options that matter, the first of each.
#[derive(Default)]
struct Options<'a> {
    source_lladdr: Option<&'a [u8]>,
    target_lladdr: Option<&'a [u8]>,
    nonce: Option<&'a [u8]>,
}

impl<'a> Options<'a> {
    fn parse(mut rest: &'a [u8]) -> Result<Self, NdError> {
        let mut options = Self::default();
        while !rest.is_empty() {
            let &[kind, units, ..] = rest else {
                return Err(NdError::OptionLength);
            };
            let (option, after) = rest
                .split_at_checked(usize::from(units) * 8)
                .ok_or(NdError::OptionLength)?;
            // Without data: its length is 0.
            let data = option.get(2..).ok_or(NdError::OptionLength)?;
            rest = after;
            let place = match kind {
                OPTION_SOURCE_LLADDR => &mut options.source_lladdr,
                OPTION_TARGET_LLADDR => &mut options.target_lladdr,
                OPTION_NONCE => &mut options.nonce,
                _ => continue,
            };
            place.get_or_insert(data);
        }
        Ok(options)
    }
}

/// A probe of duplicate address detection for `target`: from the unspecified
/// address to the target's solicited-node group, with a nonce (RFC 4862
/// section 5.4.2, RFC 7527 section 4.1).
#[must_use]
pub fn emit_dad_probe(target: &Ipv6Addr, nonce: [u8; NONCE_LEN]) -> NdPacket {
    let mut options = EmitOptions::new();
    options.put(OPTION_NONCE, &nonce);
    emit(
        &Ipv6Addr::UNSPECIFIED,
        &solicited_node(target),
        Icmp6::NEIGHBOR_SOLICITATION,
        NaFlags::empty(),
        target,
        &options,
    )
}

/// A solicitation for `target`, to one address (is it still there?) or to its
/// solicited-node group (where is it?). From the unspecified address the
/// link-layer address is left out, since it must be.
#[must_use]
pub fn emit_solicitation(
    src: &Ipv6Addr,
    dst: &Ipv6Addr,
    target: &Ipv6Addr,
    source_lladdr: Option<&LinkAddr>,
) -> NdPacket {
    let mut options = EmitOptions::new();
    if let Some(lladdr) = source_lladdr.filter(|_| !src.is_unspecified()) {
        options.put(OPTION_SOURCE_LLADDR, lladdr.as_bytes());
    }
    emit(
        src,
        dst,
        Icmp6::NEIGHBOR_SOLICITATION,
        NaFlags::empty(),
        target,
        &options,
    )
}

/// An advertisement of `target`. To a multicast destination the solicited
/// flag is left out, since it must be.
#[must_use]
pub fn emit_advertisement(
    src: &Ipv6Addr,
    dst: &Ipv6Addr,
    target: &Ipv6Addr,
    mut flags: NaFlags,
    target_lladdr: Option<&LinkAddr>,
) -> NdPacket {
    if dst.is_multicast() {
        flags.remove(NaFlags::SOLICITED);
    }
    let mut options = EmitOptions::new();
    if let Some(lladdr) = target_lladdr {
        options.put(OPTION_TARGET_LLADDR, lladdr.as_bytes());
    }
    emit(
        src,
        dst,
        Icmp6::NEIGHBOR_ADVERTISEMENT,
        flags,
        target,
        &options,
    )
}

/// The options of one message, as they go on the wire.
struct EmitOptions(ArrayVec<u8, { PACKET_MAX - HEADER_LEN - FIXED_LEN }>);

impl EmitOptions {
    const fn new() -> Self {
        Self(ArrayVec::new_const())
    }

    /// One option, padded to a multiple of 8 bytes (RFC 4861 section 4.6).
    /// The data has at most 8 bytes; nothing here puts more than two options.
    fn put(&mut self, kind: u8, data: &[u8]) {
        let units = (2 + data.len()).div_ceil(8);
        let header = [kind, units as u8];
        let bytes = header.iter().chain(data).chain(core::iter::repeat(&0));
        for byte in bytes.take(units * 8) {
            let fits = self.0.try_push(*byte);
            debug_assert!(fits.is_ok());
        }
    }
}

fn emit(
    src: &Ipv6Addr,
    dst: &Ipv6Addr,
    kind: u8,
    flags: NaFlags,
    target: &Ipv6Addr,
    options: &EmitOptions,
) -> NdPacket {
    let len = (FIXED_LEN + options.0.len()) as u16;
    let [len_high, len_low] = len.to_be_bytes();
    let fixed = [0x60, 0, 0, 0, len_high, len_low, proto::ICMP6, HOP_LIMIT];
    let icmp6 = [kind, 0, 0, 0, flags.bits(), 0, 0, 0];

    let mut packet = NdPacket::new();
    for part in [
        &fixed[..],
        &src.octets(),
        &dst.octets(),
        &icmp6,
        &target.octets(),
        &options.0,
    ] {
        // All parts have fixed lengths but the options, and those are the
        // rest of the capacity.
        let fits = packet.try_extend_from_slice(part);
        debug_assert!(fits.is_ok());
    }
    if let Some((_, message)) = packet.split_first_chunk_mut::<HEADER_LEN>() {
        let sum = checksum::upper_layer(src, dst, proto::ICMP6, message);
        if let Some([_, _, field @ ..]) = message.first_chunk_mut::<4>() {
            *field = sum.to_be_bytes();
        }
    }
    packet
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addr(text: &str) -> Ipv6Addr {
        text.parse().unwrap()
    }

    /// Changes a packet, then puts its length and checksum right again, so
    /// that only the rule in question is broken.
    fn changed(packet: &[u8], change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut packet = packet.to_vec();
        change(&mut packet);
        let len = packet.len() - 40;
        packet[4..6].copy_from_slice(&(len as u16).to_be_bytes());
        if len >= 4 {
            packet[42..44].fill(0);
            let ip = Ip6::parse(&packet).unwrap();
            let sum = checksum::upper_layer(&ip.src(), &ip.dst(), 58, &packet[40..]);
            packet[42..44].copy_from_slice(&sum.to_be_bytes());
        }
        packet
    }

    fn set_src(packet: &mut [u8], src: &str) {
        packet[8..24].copy_from_slice(&addr(src).octets());
    }

    fn set_dst(packet: &mut [u8], dst: &str) {
        packet[24..40].copy_from_slice(&addr(dst).octets());
    }

    fn probe() -> NdPacket {
        emit_dad_probe(&addr("2001:db8::1:2:3"), [1, 2, 3, 4, 5, 6])
    }

    fn lladdr() -> LinkAddr {
        LinkAddr::new(&[2, 0, 0, 0, 0, 0x11]).unwrap()
    }

    fn solicitation() -> NdPacket {
        emit_solicitation(
            &addr("fe80::1"),
            &addr("ff02::1:ff02:3"),
            &addr("2001:db8::1:2:3"),
            Some(&lladdr()),
        )
    }

    fn advertisement() -> NdPacket {
        emit_advertisement(
            &addr("2001:db8::1:2:3"),
            &addr("2001:db8::9"),
            &addr("2001:db8::1:2:3"),
            NaFlags::SOLICITED | NaFlags::OVERRIDE,
            Some(&lladdr()),
        )
    }

    fn error(packet: &[u8]) -> NdError {
        parse(packet).expect_err("the packet is valid")
    }

    #[test]
    fn a_probe_is_these_bytes() {
        #[rustfmt::skip]
        let expected = [
            // Version 6; 32 bytes of ICMPv6; hop limit 255.
            0x60, 0, 0, 0, 0, 32, 58, 255,
            // From :: to ff02::1:ff02:3.
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0x02, 0, 0x03,
            // Solicitation; checksum: ff02 0001 ff02 0003, 0020, 003a,
            // 8700, 2001 0db8 0001 0002 0003, 0e01 0102 0304 0506 add up to
            // 2ca2e, with the carry ca30, complement 35cf.
            135, 0, 0x35, 0xcf, 0, 0, 0, 0,
            0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 3,
            // Nonce, one unit.
            14, 1, 1, 2, 3, 4, 5, 6,
        ];
        assert_eq!(probe().as_slice(), expected);
    }

    #[test]
    fn a_probe_is_read_as_it_was_meant() {
        let packet = probe();
        let expected = NeighborSolicitation {
            src: Ipv6Addr::UNSPECIFIED,
            dst: addr("ff02::1:ff02:3"),
            target: addr("2001:db8::1:2:3"),
            source_lladdr: None,
            nonce: Some(&[1, 2, 3, 4, 5, 6]),
        };
        assert!(expected.is_dad());
        assert_eq!(parse(&packet), Ok(Nd::Solicitation(expected)));
    }

    #[test]
    fn a_solicitation_is_read_as_it_was_meant() {
        let packet = solicitation();
        let expected = NeighborSolicitation {
            src: addr("fe80::1"),
            dst: addr("ff02::1:ff02:3"),
            target: addr("2001:db8::1:2:3"),
            source_lladdr: Some(lladdr()),
            nonce: None,
        };
        assert!(!expected.is_dad());
        assert_eq!(parse(&packet), Ok(Nd::Solicitation(expected)));
    }

    #[test]
    fn an_advertisement_is_these_bytes_and_is_read_as_it_was_meant() {
        let packet = advertisement();
        assert_eq!(packet[40..42], [136, 0]);
        assert_eq!(packet[44..48], [0x60, 0, 0, 0]);
        assert_eq!(packet[64..], [2, 1, 2, 0, 0, 0, 0, 0x11]);
        let expected = NeighborAdvertisement {
            src: addr("2001:db8::1:2:3"),
            dst: addr("2001:db8::9"),
            target: addr("2001:db8::1:2:3"),
            flags: NaFlags::SOLICITED | NaFlags::OVERRIDE,
            target_lladdr: Some(lladdr()),
        };
        assert_eq!(parse(&packet), Ok(Nd::Advertisement(expected)));
    }

    #[test]
    fn an_advertisement_to_a_group_never_says_solicited() {
        let target = addr("2001:db8::1");
        let packet = emit_advertisement(
            &target,
            &crate::wire::ALL_NODES,
            &target,
            NaFlags::all(),
            None,
        );
        let Ok(Nd::Advertisement(read)) = parse(&packet) else {
            panic!("not an advertisement");
        };
        assert_eq!(read.flags, NaFlags::ROUTER | NaFlags::OVERRIDE);
        assert_eq!(read.target_lladdr, None);
    }

    #[test]
    fn a_solicitation_from_nowhere_has_no_link_layer_address() {
        let target = addr("2001:db8::1");
        let packet = emit_solicitation(
            &Ipv6Addr::UNSPECIFIED,
            &solicited_node(&target),
            &target,
            Some(&lladdr()),
        );
        assert_eq!(packet.len(), 64);
        assert!(parse(&packet).is_ok());
    }

    #[test]
    fn link_layer_addresses_have_1_to_8_bytes() {
        assert_eq!(LinkAddr::new(&[]), None);
        assert_eq!(LinkAddr::new(&[0; 9]), None);
        for len in 1..=8 {
            let bytes = &[1, 2, 3, 4, 5, 6, 7, 8][..len];
            assert_eq!(LinkAddr::new(bytes).unwrap().as_bytes(), bytes);
        }
    }

    #[test]
    fn a_64_bit_link_layer_address_takes_two_units() {
        let long = LinkAddr::new(&[1, 2, 3, 4, 5, 6, 7, 8]).unwrap();
        let target = addr("2001:db8::1");
        let packet = emit_solicitation(&target, &target, &target, Some(&long));
        assert_eq!(
            packet[64..],
            [1, 2, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0]
        );
        let Ok(Nd::Solicitation(read)) = parse(&packet) else {
            panic!("not a solicitation");
        };
        assert_eq!(read.source_lladdr, Some(long));
    }

    #[test]
    fn padding_of_the_link_layer_is_not_looked_at() {
        let mut packet = probe().to_vec();
        packet.extend([0, 0, 0, 0]);
        assert!(parse(&packet).is_ok());
    }

    #[test]
    fn only_ipv6_is_parsed() {
        assert_eq!(error(&[]), NdError::NotIp6);
        assert_eq!(error(&probe()[..39]), NdError::NotIp6);
        let mut packet = probe();
        packet[0] = 0x40;
        assert_eq!(error(&packet), NdError::NotIp6);
    }

    #[test]
    fn a_payload_longer_than_the_packet_is_refused() {
        assert_eq!(error(&probe()[..71]), NdError::Truncated);
    }

    #[test]
    fn extension_headers_are_refused() {
        let mut packet = probe();
        packet[6] = 44;
        assert_eq!(error(&packet), NdError::Fragment);
        for next in [0, 43, 50, 51, 60, 135, 139, 140] {
            packet[6] = next;
            assert_eq!(error(&packet), NdError::ExtensionHeader);
        }
    }

    #[test]
    fn other_messages_are_refused() {
        let mut packet = probe();
        packet[6] = 17;
        assert_eq!(error(&packet), NdError::NotNeighbor);
        for kind in [1, 128, 133, 134, 137] {
            let packet = changed(&probe(), |packet| packet[40] = kind);
            assert_eq!(error(&packet), NdError::NotNeighbor);
        }
        let packet = changed(&probe(), |packet| packet.truncate(40));
        assert_eq!(error(&packet), NdError::NotNeighbor);
    }

    #[test]
    fn a_hop_limit_other_than_255_is_refused() {
        for packet in [probe(), solicitation(), advertisement()] {
            for hop_limit in [0, 1, 64, 254] {
                let packet = changed(&packet, |packet| packet[7] = hop_limit);
                assert_eq!(error(&packet), NdError::HopLimit);
            }
        }
    }

    #[test]
    fn a_wrong_checksum_is_refused() {
        for mut packet in [probe(), solicitation(), advertisement()] {
            packet[43] ^= 1;
            assert_eq!(error(&packet), NdError::Checksum);
        }
    }

    #[test]
    fn a_code_other_than_0_is_refused() {
        for packet in [probe(), solicitation(), advertisement()] {
            let packet = changed(&packet, |packet| packet[41] = 1);
            assert_eq!(error(&packet), NdError::Code);
        }
    }

    #[test]
    fn less_than_24_bytes_are_refused() {
        for packet in [probe(), solicitation(), advertisement()] {
            for len in 1..24 {
                let packet = changed(&packet, |packet| packet.truncate(40 + len));
                assert_eq!(error(&packet), NdError::Length, "{len}");
            }
            let packet = changed(&packet, |packet| packet.truncate(64));
            assert!(parse(&packet).is_ok());
        }
    }

    #[test]
    fn a_multicast_target_is_refused() {
        for packet in [probe(), solicitation(), advertisement()] {
            let packet = changed(&packet, |packet| packet[48] = 0xff);
            assert_eq!(error(&packet), NdError::TargetMulticast);
        }
    }

    #[test]
    fn an_option_of_length_0_is_refused() {
        for packet in [probe(), solicitation(), advertisement()] {
            let first = changed(&packet, |packet| packet[65] = 0);
            assert_eq!(error(&first), NdError::OptionLength);
            let last = changed(&packet, |packet| packet.extend([200, 0, 0, 0, 0, 0, 0, 0]));
            assert_eq!(error(&last), NdError::OptionLength);
        }
    }

    #[test]
    fn an_option_over_the_end_is_refused() {
        for packet in [probe(), solicitation(), advertisement()] {
            for units in [2, 255] {
                let packet = changed(&packet, |packet| packet[65] = units);
                assert_eq!(error(&packet), NdError::OptionLength);
            }
            for len in [65, 66, 71] {
                let packet = changed(&packet, |packet| packet.truncate(len));
                assert_eq!(error(&packet), NdError::OptionLength);
            }
        }
    }

    #[test]
    fn a_multicast_source_is_refused() {
        for packet in [solicitation(), advertisement()] {
            let packet = changed(&packet, |packet| set_src(packet, "ff02::1"));
            assert_eq!(error(&packet), NdError::SourceMulticast);
        }
    }

    #[test]
    fn a_probe_to_anything_but_a_solicited_node_group_is_refused() {
        for dst in ["ff02::1", "2001:db8::1:2:3", "ff02::2", "ff05::1:ff02:3"] {
            let packet = changed(&probe(), |packet| set_dst(packet, dst));
            assert_eq!(error(&packet), NdError::ProbeDestination, "{dst}");
        }
    }

    #[test]
    fn a_probe_with_a_link_layer_address_is_refused() {
        let packet = changed(&solicitation(), |packet| set_src(packet, "::"));
        assert_eq!(error(&packet), NdError::ProbeLladdr);
        // Of whatever length, and wherever it stands.
        let packet = changed(&probe(), |packet| {
            packet.extend([1, 3]);
            packet.extend([0; 22]);
        });
        assert_eq!(error(&packet), NdError::ProbeLladdr);
    }

    #[test]
    fn a_solicited_advertisement_to_a_group_is_refused() {
        let packet = changed(&advertisement(), |packet| set_dst(packet, "ff02::1"));
        assert_eq!(error(&packet), NdError::SolicitedMulticast);
        let packet = changed(&packet, |packet| packet[44] = 0x20);
        assert!(parse(&packet).is_ok());
    }

    #[test]
    fn reserved_fields_and_unknown_options_are_ignored() {
        let packet = changed(&probe(), |packet| {
            packet[44..48].fill(0xff);
            packet.extend([253, 1, 9, 9, 9, 9, 9, 9]);
        });
        assert!(parse(&packet).is_ok());
        let packet = changed(&advertisement(), |packet| {
            packet[44] |= 0x1f;
            packet[45..48].fill(0xff);
        });
        let Ok(Nd::Advertisement(read)) = parse(&packet) else {
            panic!("not an advertisement");
        };
        assert_eq!(read.flags, NaFlags::SOLICITED | NaFlags::OVERRIDE);
    }

    #[test]
    fn the_first_of_several_options_counts() {
        let packet = changed(&probe(), |packet| packet.extend([14, 1, 9, 9, 9, 9, 9, 9]));
        let Ok(Nd::Solicitation(read)) = parse(&packet) else {
            panic!("not a solicitation");
        };
        assert_eq!(read.nonce, Some(&[1, 2, 3, 4, 5, 6][..]));
    }

    #[test]
    fn a_longer_nonce_is_not_ours_but_is_no_error() {
        let packet = changed(&probe(), |packet| {
            packet[65] = 2;
            packet.extend([0; 8]);
        });
        let Ok(Nd::Solicitation(read)) = parse(&packet) else {
            panic!("not a solicitation");
        };
        assert_eq!(read.nonce.map(<[u8]>::len), Some(14));
        assert_ne!(read.nonce, Some(&[1, 2, 3, 4, 5, 6][..]));
    }
}
