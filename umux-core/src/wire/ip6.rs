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
