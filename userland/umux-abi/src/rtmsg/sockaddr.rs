// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Sockaddrs of routing messages, for people.

use super::{AF_INET6, AF_LINK, SDL_DATA, SDL_NLEN, SIN6_ADDR};
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

const AF_INET: u8 = 2;
const SIN_ADDR: usize = 4;
const SDL_ALEN: usize = 6;

/// One sockaddr, as far as its family is known. Bytes that are missing count as zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sockaddr {
    /// IPv4.
    V4(Ipv4Addr),
    /// IPv6; the scope is 0 where there is none.
    V6(Ipv6Addr, u32),
    /// An interface and its link-layer address, either of which may be empty.
    Link {
        /// Name of the interface.
        name: String,
        /// Its number.
        index: u16,
        /// Link-layer address.
        address: Vec<u8>,
    },
    /// Any other.
    Other(u8),
}

fn padded<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    let given = bytes.get(at..).unwrap_or_default();
    for (to, from) in out.iter_mut().zip(given) {
        *to = *from;
    }
    out
}

impl Sockaddr {
    /// Reads one.
    pub fn parse(bytes: &[u8]) -> Sockaddr {
        match bytes.get(1).copied().unwrap_or(0) {
            AF_INET => Sockaddr::V4(padded::<4>(bytes, SIN_ADDR).into()),
            AF_INET6 => {
                let scope = u32::from_ne_bytes(padded(bytes, SIN6_ADDR + 16));
                Sockaddr::V6(padded::<16>(bytes, SIN6_ADDR).into(), scope)
            }
            AF_LINK => {
                let len = |at: usize| usize::from(bytes.get(at).copied().unwrap_or(0));
                let data = bytes.get(SDL_DATA..).unwrap_or_default();
                let (name, rest) = data.split_at(len(SDL_NLEN).min(data.len()));
                Sockaddr::Link {
                    name: name.escape_ascii().to_string(),
                    index: u16::from_ne_bytes(padded(bytes, 2)),
                    address: rest[..len(SDL_ALEN).min(rest.len())].to_vec(),
                }
            }
            other => Sockaddr::Other(other),
        }
    }
}

impl fmt::Display for Sockaddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Sockaddr::V4(addr) => write!(f, "{addr}"),
            Sockaddr::V6(addr, 0) => write!(f, "{addr}"),
            Sockaddr::V6(addr, scope) => write!(f, "{addr}%{scope}"),
            Sockaddr::Link {
                name,
                index,
                address,
            } => {
                if name.is_empty() {
                    write!(f, "link#{index}")?;
                } else {
                    write!(f, "{name}")?;
                }
                for (n, byte) in address.iter().enumerate() {
                    write!(f, "{}{byte:02x}", if n == 0 { '/' } else { ':' })?;
                }
                Ok(())
            }
            Sockaddr::Other(family) => write!(f, "family-{family}"),
        }
    }
}

/// A mask as a length if it is one. The radix tree trims masks and forgets their
/// families, so that what is left does not tell IPv4 from IPv6 but for its length.
pub fn mask(bytes: &[u8]) -> String {
    let family = bytes.get(1).copied().unwrap_or(0);
    let short = bytes.len() <= SIN_ADDR + 4;
    let bits: Vec<u8> = match family {
        AF_INET => padded::<4>(bytes, SIN_ADDR).to_vec(),
        AF_INET6 => padded::<16>(bytes, SIN6_ADDR).to_vec(),
        _ if short => padded::<4>(bytes, SIN_ADDR).to_vec(),
        _ => padded::<16>(bytes, SIN6_ADDR).to_vec(),
    };
    let ones: u32 = bits.iter().map(|byte| byte.count_ones()).sum();
    let all = bits
        .iter()
        .fold(0u128, |all, byte| all << 8 | u128::from(*byte));
    let leading = (all << (128 - 8 * bits.len())).leading_ones();
    if leading == ones {
        format!("/{ones}")
    } else {
        Sockaddr::parse(bytes).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_look_as_people_write_them() {
        let mut v6 = vec![28, 28, 0, 0, 0, 0, 0, 0, 0xfe, 0x80];
        v6.resize(23, 0);
        v6.push(1);
        v6.extend(3u32.to_ne_bytes());
        assert_eq!(Sockaddr::parse(&v6).to_string(), "fe80::1%3");
        let v4 = [16, 2, 0, 0, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(Sockaddr::parse(&v4).to_string(), "192.0.2.1");
        let mut link = vec![54, 18];
        link.extend(2u16.to_ne_bytes());
        link.extend([6, 3, 6, 0]);
        link.extend(b"em0");
        link.extend([2, 0, 0, 0, 0, 1]);
        assert_eq!(Sockaddr::parse(&link).to_string(), "em0/02:00:00:00:00:01");
        let mut nameless = vec![54, 18];
        nameless.extend(9u16.to_ne_bytes());
        assert_eq!(Sockaddr::parse(&nameless).to_string(), "link#9");
        assert_eq!(Sockaddr::parse(&[2, 1]).to_string(), "family-1");
        assert_eq!(Sockaddr::parse(&[]).to_string(), "family-0");
    }

    #[test]
    fn masks_are_lengths_however_they_were_trimmed() {
        assert_eq!(mask(&[16, 2, 0, 0, 255, 255, 255, 0]), "/24");
        assert_eq!(mask(&[6, 0, 0, 0, 255, 255]), "/16");
        assert_eq!(mask(&[0]), "/0");
        let mut v6 = vec![16, 0, 0, 0, 0, 0, 0, 0];
        v6.extend([0xff; 8]);
        assert_eq!(mask(&v6), "/64");
        v6[1] = AF_INET6;
        v6[8] = 0x7f;
        assert_eq!(mask(&v6), "7fff:ffff:ffff:ffff::", "not contiguous");
    }
}
