// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The fixed IPv6 header (RFC 8200 section 3).

use core::net::Ipv6Addr;

/// Length of the fixed header, in bytes.
pub const HEADER_LEN: usize = 40;

/// A fixed IPv6 header and the bytes after it.
#[derive(Clone, Copy, Debug)]
pub struct Ip6<'a> {
    fixed: &'a [u8; 8],
    src: &'a [u8; 16],
    dst: &'a [u8; 16],
    rest: &'a [u8],
}

impl<'a> Ip6<'a> {
    /// Nothing if there are fewer than 40 bytes, or the version is not 6.
    #[inline]
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        // Known at once to be long enough, the pieces need no look of their own.
        if bytes.len() < HEADER_LEN {
            return None;
        }
        let (fixed, rest) = bytes.split_first_chunk()?;
        let (src, rest) = rest.split_first_chunk()?;
        let (dst, rest) = rest.split_first_chunk()?;
        let header = Self {
            fixed,
            src,
            dst,
            rest,
        };
        (fixed[0] >> 4 == 6).then_some(header)
    }

    /// Source address.
    #[inline]
    #[must_use]
    pub fn src(&self) -> Ipv6Addr {
        Ipv6Addr::from(*self.src)
    }

    /// Destination address.
    #[inline]
    #[must_use]
    pub fn dst(&self) -> Ipv6Addr {
        Ipv6Addr::from(*self.dst)
    }

    /// What follows the fixed header, see [`proto`](super::proto).
    #[inline]
    #[must_use]
    pub fn next_header(&self) -> u8 {
        self.fixed[6]
    }

    /// Hop limit.
    #[inline]
    #[must_use]
    pub fn hop_limit(&self) -> u8 {
        self.fixed[7]
    }

    /// What was given after the fixed header: less than the payload, or more.
    #[inline]
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Bytes after the fixed header, as the header claims.
    #[inline]
    #[must_use]
    pub fn payload_len(&self) -> u16 {
        u16::from_be_bytes([self.fixed[4], self.fixed[5]])
    }

    /// The payload: exactly [`payload_len`](Self::payload_len) bytes, without
    /// what a link layer padded behind them. Nothing if not all are there.
    #[inline]
    #[must_use]
    pub fn payload(&self) -> Option<&'a [u8]> {
        self.rest.get(..usize::from(self.payload_len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet() -> [u8; 44] {
        let mut packet = [0; 44];
        packet[..8].copy_from_slice(&[0x61, 0x23, 0x45, 0x67, 0, 3, 17, 64]);
        packet[8..12].copy_from_slice(&[0x20, 0x01, 0x0d, 0xb8]);
        packet[23] = 1;
        packet[24..28].copy_from_slice(&[0xfe, 0x80, 0, 0]);
        packet[39] = 2;
        packet[40..].copy_from_slice(&[7, 8, 9, 99]);
        packet
    }

    #[test]
    fn the_fields_are_where_rfc_8200_puts_them() {
        let packet = packet();
        let ip = Ip6::parse(&packet).unwrap();
        assert_eq!(ip.src(), "2001:db8::1".parse::<Ipv6Addr>().unwrap());
        assert_eq!(ip.dst(), "fe80::2".parse::<Ipv6Addr>().unwrap());
        assert_eq!(ip.next_header(), 17);
        assert_eq!(ip.hop_limit(), 64);
        assert_eq!(ip.payload_len(), 3);
        assert_eq!(ip.payload(), Some(&[7, 8, 9][..]));
    }

    #[test]
    fn a_payload_that_is_not_all_there_is_none() {
        let packet = packet();
        let ip = Ip6::parse(&packet[..42]).unwrap();
        assert_eq!(ip.payload(), None);
    }

    #[test]
    fn a_short_header_and_another_version_are_refused() {
        let mut packet = packet();
        assert!(Ip6::parse(&packet[..39]).is_none());
        assert!(Ip6::parse(&[]).is_none());
        packet[0] = 0x45;
        assert!(Ip6::parse(&packet).is_none());
    }
}
