// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Prefixes as the routing tables of the Internet have them.
//!
//! Lengths have the shares that they have in the IPv6 table of the default-free
//! zone, roughly (half of it /48, then /32, /44, /40, ...), with some /56 and
//! /64 of inner networks.  Longer ones lie within /32s, as providers give them
//! out, so that they are nested.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeSet;
use std::net::Ipv6Addr;
use umux_core::prefix::Prefix;

/// Lengths and their shares, hundredths.
const SHARES: [(u8, u32); 9] = [
    (48, 45),
    (32, 18),
    (44, 10),
    (40, 8),
    (36, 5),
    (46, 4),
    (64, 5),
    (56, 3),
    (42, 2),
];

/// The same ones at each call.
pub fn rng() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(4291)
}

fn length(rng: &mut ChaCha8Rng) -> u8 {
    let mut at = rng.random_range(0..100);
    for (len, share) in SHARES {
        if at < share {
            return len;
        }
        at -= share;
    }
    48
}

/// So many different prefixes.
pub fn prefixes(n: usize) -> Vec<Prefix> {
    let mut rng = rng();
    // 2000::/3 has them, most in a few hundred /20s of the registries.
    let providers: Vec<u128> = (0..n / 4 + 1)
        .map(|_| {
            ((0x2000 + rng.random_range(0..0x0c00u128)) << 112)
                | ((u128::from(rng.random::<u16>()) >> 4) << 100)
        })
        .collect();
    let mut chosen = BTreeSet::new();
    while chosen.len() < n {
        let provider = providers[rng.random_range(0..providers.len())];
        let bits = provider | (rng.random::<u128>() >> 32);
        chosen.extend(Prefix::new(Ipv6Addr::from_bits(bits), length(&mut rng)));
    }
    let mut all: Vec<_> = chosen.into_iter().collect();
    shuffle(&mut all, &mut rng);
    all
}

/// Any order.
pub fn shuffle<T>(items: &mut [T], rng: &mut ChaCha8Rng) {
    for i in (1..items.len()).rev() {
        items.swap(i, rng.random_range(0..=i));
    }
}

/// Destinations: nine of ten in one of the prefixes, the others anywhere.
pub fn destinations(prefixes: &[Prefix], n: usize) -> Vec<Ipv6Addr> {
    let mut rng = rng();
    (0..n)
        .map(|_| {
            let noise: u128 = rng.random();
            if rng.random_range(0..10) == 0 {
                return Ipv6Addr::from_bits((noise >> 3) | (1 << 125));
            }
            let prefix = prefixes[rng.random_range(0..prefixes.len())];
            let host = noise.checked_shr(u32::from(prefix.len())).unwrap_or(0);
            Ipv6Addr::from_bits(prefix.addr().to_bits() | host)
        })
        .collect()
}
