// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Identifiers from a name and a random string, as the literature on DNS Name Space
//! Override makes one-time service addresses: the upper 64 bits of
//! SHA-256(FQDN || random string).
//!
//! The name is in lower case and without the dot at its end; the random string is
//! 128 bits as 32 hexadecimal digits, a new one for each address. Who knows the name
//! and is later told the string can verify that an address was made for that name.

use super::choose::{collect, random_bits, whole_identifier};
use super::{Method, MethodError, MethodName};
use sha2::{Digest, Sha256};
use std::net::Ipv6Addr;
use umux_abi::Prefix;

/// Longest name, RFC 1035, section 2.3.4, as text without the dot at its end.
const NAME_MAX: usize = 253;
/// Longest label of a name.
const LABEL_MAX: usize = 63;

/// The method `fqdn-hash`.
#[derive(Debug)]
pub struct FqdnHash {
    fqdn: String,
}

impl FqdnHash {
    /// For this name, or for the host's.
    pub fn new(fqdn: Option<&str>) -> Result<FqdnHash, MethodError> {
        let name = match fqdn {
            Some(name) => name.to_owned(),
            None => nix::unistd::gethostname()
                .ok()
                .and_then(|name| name.into_string().ok())
                .unwrap_or_default(),
        };
        normalise(&name).map(|fqdn| FqdnHash { fqdn })
    }
}

/// The one spelling of a name, if it is one.
pub fn normalise(name: &str) -> Result<String, MethodError> {
    let fqdn = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let label = |label: &str| {
        (1..=LABEL_MAX).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    if fqdn.len() <= NAME_MAX && fqdn.split('.').all(label) {
        Ok(fqdn)
    } else {
        Err(MethodError::Option(format!(
            "{name:?} is no domain name: say one like host.example.org with fqdn"
        )))
    }
}

/// The identifier for a name and a random string.
pub fn identifier(fqdn: &str, random: &str) -> u64 {
    let mut sha = Sha256::new();
    sha.update(fqdn);
    sha.update(random);
    let digest: [u8; 32] = sha.finalize().into();
    digest[..8]
        .iter()
        .fold(0, |bits, byte| bits << 8 | u64::from(*byte))
}

impl Method for FqdnHash {
    fn choose(&mut self, prefix: &Prefix, count: u32) -> Result<Vec<Ipv6Addr>, MethodError> {
        whole_identifier(MethodName::FqdnHash.as_str(), prefix)?;
        collect(prefix, count, || {
            let random = format!("{:032x}", random_bits()?);
            Ok(identifier(&self.fqdn, &random).into())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with Python's hashlib.
    #[test]
    fn identifiers_are_those_of_an_independent_computation() {
        for (fqdn, random, expected) in [
            (
                "www.example.com",
                "00112233445566778899aabbccddeeff",
                0x425c429287e6e1fa,
            ),
            (
                "host.example.org",
                "ffffffffffffffffffffffffffffffff",
                0xd0e7aa43f85a7a15,
            ),
        ] {
            assert_eq!(identifier(fqdn, random), expected);
        }
    }

    #[test]
    fn a_name_has_one_spelling() {
        for name in ["WWW.Example.com.", "www.example.com"] {
            let method = FqdnHash::new(Some(name)).expect(name);
            assert_eq!(method.fqdn, "www.example.com");
        }
    }

    #[test]
    fn names_that_are_none_are_refused_by_name() {
        let long = "a.".repeat(127) + "a";
        let label = "a".repeat(64);
        for name in ["", ".", "a..b", "-a.b", "a b", "a/b", &label, &long] {
            let error = FqdnHash::new(Some(name)).expect_err(name);
            assert!(error.to_string().contains("no domain name"), "{error}");
        }
    }

    #[test]
    fn each_address_has_a_random_string_of_its_own() {
        let prefix = "2001:db8:1::/64".parse().expect("a prefix");
        let mut method = FqdnHash::new(Some("www.example.com")).expect("a name");
        let one = method.choose(&prefix, 100).expect("a /64");
        let two = method.choose(&prefix, 100).expect("a /64");
        assert!(one.iter().all(|addr| !two.contains(addr)));
    }
}
