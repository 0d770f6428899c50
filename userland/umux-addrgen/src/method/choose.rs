// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What all methods owe: different addresses of the prefix, none of them reserved.

use super::MethodError;
use crate::reserved::is_reserved;
use std::collections::HashSet;
use std::net::Ipv6Addr;
use umux_abi::Prefix;

/// An address repeats, or is reserved, so seldom that this many tries an address
/// mean that the prefix is too small.
const TRIES: u32 = 8;

/// Bits of an interface identifier, RFC 4291.
const IDENTIFIER_BITS: u8 = 64;

/// Takes host parts from `next` until `count` of them are good.
pub fn collect(
    prefix: &Prefix,
    count: u32,
    mut next: impl FnMut() -> Result<u128, MethodError>,
) -> Result<Vec<Ipv6Addr>, MethodError> {
    let mask = u128::MAX >> prefix.len();
    let mut seen = HashSet::new();
    let mut chosen = Vec::with_capacity(count as usize);
    for _ in 0..count.saturating_mul(TRIES) {
        let addr = Ipv6Addr::from_bits(prefix.bits() | next()? & mask);
        if !is_reserved(prefix, &addr) && seen.insert(addr) {
            chosen.push(addr);
            if chosen.len() == count as usize {
                return Ok(chosen);
            }
        }
    }
    Err(MethodError::Prefix(format!(
        "{prefix} has no {count} addresses to choose from: ask for fewer, or use a shorter prefix"
    )))
}

/// Random bits of the system.
pub fn random_bits() -> Result<u128, MethodError> {
    Ok(u128::from(getrandom::u64()?) << 64 | u128::from(getrandom::u64()?))
}

/// Methods that make whole interface identifiers need all of their bits.
pub fn whole_identifier(method: &str, prefix: &Prefix) -> Result<(), MethodError> {
    if prefix.host_bits() == IDENTIFIER_BITS {
        return Ok(());
    }
    Err(MethodError::Prefix(format!(
        "{prefix} is not for {method}, which makes interface identifiers of {IDENTIFIER_BITS} bits: use a /{}, \
         or the method random",
        128 - IDENTIFIER_BITS
    )))
}
