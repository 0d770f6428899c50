// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The prefix of a pool.

use crate::{Error, Result};
use ipnet::Ipv6Net;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::Ipv6Addr;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// Lengths that a pool's prefix can have.
pub const PREFIX_LEN: RangeInclusive<u8> = 16..=112;

/// A global or unique-local unicast prefix with no host bits set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Prefix(Ipv6Net);

impl Prefix {
    /// Checks length, kind and host bits.
    pub fn new(addr: Ipv6Addr, len: u8) -> Result<Prefix> {
        let bad = |why: &str| {
            Err(Error::Value(format!(
                "{addr}/{len} is no prefix for a pool: {why}"
            )))
        };
        if !PREFIX_LEN.contains(&len) {
            return bad(&format!(
                "its length must be {} to {} bits; networks of hosts have 64",
                PREFIX_LEN.start(),
                PREFIX_LEN.end()
            ));
        }
        let Ok(net) = Ipv6Net::new(addr, len) else {
            return bad("its length is out of range");
        };
        if net.trunc() != net {
            return bad(&format!(
                "it has bits beyond its length; did you mean {}?",
                net.trunc()
            ));
        }
        if addr.is_multicast()
            || addr.is_unicast_link_local()
            || net.contains(&Ipv6Addr::UNSPECIFIED)
        {
            return bad("a pool takes a global or unique-local unicast prefix");
        }
        Ok(Prefix(net))
    }

    /// The network address.
    pub fn addr(&self) -> Ipv6Addr {
        self.0.addr()
    }

    /// Its length in bits.
    #[allow(clippy::len_without_is_empty)] // a prefix is never empty
    pub fn len(&self) -> u8 {
        self.0.prefix_len()
    }

    /// Is this address in it?
    pub fn contains(&self, addr: &Ipv6Addr) -> bool {
        self.0.contains(addr)
    }

    /// The network address as a number.
    pub fn bits(&self) -> u128 {
        self.addr().to_bits()
    }

    /// Bits that an address may choose.
    pub fn host_bits(&self) -> u8 {
        128 - self.len()
    }
}

impl FromStr for Prefix {
    type Err = Error;

    fn from_str(text: &str) -> Result<Prefix> {
        match text.parse::<Ipv6Net>() {
            Ok(net) => Prefix::new(net.addr(), net.prefix_len()),
            Err(_) => Err(Error::Value(format!(
                "{text:?} is no IPv6 prefix: write it as ADDRESS/LENGTH, for example 2001:db8:1::/64"
            ))),
        }
    }
}

impl TryFrom<String> for Prefix {
    type Error = Error;

    fn try_from(text: String) -> Result<Prefix> {
        text.parse()
    }
}

impl From<Prefix> for String {
    fn from(prefix: Prefix) -> String {
        prefix.to_string()
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        text.parse::<Prefix>().expect_err(text).to_string()
    }

    #[test]
    fn host_bits_are_refused_and_the_right_prefix_is_offered() {
        assert!(refusal("2001:db8::1/64").contains("did you mean 2001:db8::/64?"));
    }

    #[test]
    fn prefixes_that_are_not_unicast_of_sensible_length_are_refused() {
        assert!(refusal("2001:db8::/15").contains("16 to 112"));
        assert!(refusal("2001:db8::/113").contains("16 to 112"));
        for text in ["ff02::/64", "fe80::/64", "::/64"] {
            assert!(refusal(text).contains("unicast"), "{text}");
        }
        for text in ["2001:db8::", "10.0.0.0/8", "x/64", ""] {
            assert!(refusal(text).contains("ADDRESS/LENGTH"), "{text}");
        }
    }

    #[test]
    fn global_and_unique_local_prefixes_are_taken() {
        for text in [
            "2001:db8:1::/64",
            "fd00:1:2:3::/64",
            "2000::/16",
            "2001:db8::/112",
        ] {
            assert_eq!(text.parse::<Prefix>().expect(text).to_string(), text);
        }
    }
}
