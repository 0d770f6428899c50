// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Keyed hashes: one fast for the tables, one strong for DAD nonces.

use core::hash::Hasher;

use siphasher::sip::SipHasher24;

use crate::key::Key;

/// The secret of a plane: 128 random bits.
#[derive(Clone, Copy)]
pub struct Secret(pub [u64; 2]);

/// Odd, with about as many ones as zeros (from wyhash).
const MIX: u64 = 0xa076_1d64_78bd_642f;

/// One 64x64 to 128 bit multiplication, folded.
const fn fold(a: u64, b: u64) -> u64 {
    let wide = a as u128 * b as u128;
    wide as u64 ^ (wide >> 64) as u64
}

impl Secret {
    /// Table hash of an address.  Keyed, so that whoever can choose addresses
    /// cannot choose collisions; strangers can only look up, never insert.
    ///
    /// Every packet pays for it: two multiplications.  The first mixes all bits
    /// of the address, but not evenly; the second makes the upper bits good,
    /// which is where [`Index`](crate::table::index::Index) looks.
    #[inline]
    pub fn table(self, key: Key) -> u64 {
        let Secret([k0, k1]) = self;
        fold(key.hi ^ k0, key.lo ^ k1).wrapping_mul(MIX)
    }

    /// Hash of a peer, by which its sessions are found.
    pub fn peer(self, key: Key) -> u64 {
        fold(self.table(key) ^ self.0[1], self.0[0] | 1)
    }

    /// Hash of a socket's name, by which its sessions are found.
    pub fn socket(self, cookie: usize) -> u64 {
        fold(
            fold(cookie as u64 ^ self.0[1], 0xe703_7ed1_a0b4_28db),
            self.0[0] | 1,
        )
    }

    /// Hash of a guarded address and port, never 0.
    pub fn guard(self, key: Key, port: u16) -> u64 {
        fold(
            self.table(key) ^ u64::from(port) << 40,
            self.0[1] ^ 0x8ebc_6af0_9c88_c6e3,
        )
        .max(1)
    }

    /// Class of the prefix filter, below 64, for the upper half of an address.
    #[inline]
    pub fn filter(self, hi: u64) -> u8 {
        ((hi ^ self.0[0]).wrapping_mul(MIX) >> 58) as u8
    }

    /// The RFC 7527 nonce of one DAD probe, by the probe's number.
    ///
    /// It is a function of a secret instead of stored randomness: all nonces
    /// that were ever sent for an address are remembered, at no memory.
    pub fn nonce(self, key: Key, number: u32) -> [u8; 6] {
        let mut sip = SipHasher24::new_with_keys(self.0[0], self.0[1]);
        sip.write_u64(key.hi);
        sip.write_u64(key.lo);
        sip.write_u32(number);
        let [a, b, c, d, e, f, ..] = sip.finish().to_le_bytes();
        [a, b, c, d, e, f]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: Secret = Secret([1, 2]);

    #[test]
    fn nonces_differ_by_address_and_number() {
        let a = Key { hi: 1, lo: 2 };
        let b = Key { hi: 1, lo: 3 };
        let base = SECRET.nonce(a, 0);
        assert_ne!(base, SECRET.nonce(b, 0));
        assert_ne!(base, SECRET.nonce(a, 1));
        assert_ne!(base, SECRET.nonce(a, 256));
        assert_ne!(base, Secret([3, 4]).nonce(a, 0));
        assert_eq!(base, SECRET.nonce(a, 0));
    }

    /// What addresses of one prefix have in common must not show in the bits
    /// that choose a bucket (the uppermost) and a tag (24 to 31).
    #[test]
    fn the_table_hash_spreads_addresses_that_are_alike() {
        use std::collections::HashSet;
        const N: u64 = 4096;
        // Whatever they are, as long as they are the same in each run.
        let random = |n: u64| SECRET.socket(n as usize);
        for secret in (0..32).map(|n| Secret([random(2 * n), random(2 * n + 1)])) {
            for step in [1, 1 << 8, 1 << 16, 1 << 24, 1 << 40, 1 << 52] {
                let hashes = (0..N).map(|n| {
                    secret.table(Key {
                        hi: 0x2001_0db8_0001_0000,
                        lo: 0x0211_22ff_fe33_4455_u64.wrapping_add(n * step),
                    })
                });
                let hashes: Vec<u64> = hashes.collect();
                let buckets: HashSet<u64> = hashes.iter().map(|h| h >> 52).collect();
                let tags: HashSet<u64> = hashes.iter().map(|h| h >> 24 & 0xff).collect();
                // By chance 63 % of 4096 buckets would be met.
                assert!(
                    buckets.len() > 2000,
                    "step {step:x}: {} buckets",
                    buckets.len()
                );
                assert!(tags.len() > 200, "step {step:x}: {} tags", tags.len());
            }
        }
    }
}
