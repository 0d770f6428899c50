// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Ports that LISTEN_0s listen on, as packets see them.
//!
//! A SYN asks three questions at most: is anything guarded, is this port, and
//! (only of listeners on one specific address) is it at this address.  The
//! first is one load of a word that changes when the first listener comes or
//! the last one goes; the second one load of a bit map.

use crate::sync::{AtomicU32, AtomicU64, Ordering};

/// Most LISTEN_0s of a plane.
pub const LISTENERS_MAX: usize = 256;

const PORT_WORDS: usize = 65536 / 64;

/// Words of memory that a [`Guard`] takes.
pub const GUARD_WORDS: usize = 3 * PORT_WORDS + LISTENERS_MAX;

/// A word of that memory.
#[derive(Default)]
pub struct GuardWord(AtomicU64);

/// The maps of ports.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Map {
    /// Guarded at every IPv6 address of the host.
    Six = 0,
    /// Guarded at some, which `exact` tells.
    SixExact = 1,
    /// Guarded at every IPv4 address.
    Four = 2,
}

const MAPS: [Map; 3] = [Map::Six, Map::SixExact, Map::Four];

/// What packets read.
pub(crate) struct Guard<'a> {
    words: &'a [GuardWord],
    /// Which maps have any bit set, one bit a map.
    used: AtomicU32,
}

impl<'a> Guard<'a> {
    /// Over [`GUARD_WORDS`] words that are zero.
    pub fn new(words: &'a [GuardWord]) -> Self {
        Self {
            words,
            used: AtomicU32::new(0),
        }
    }

    /// Whether anything is guarded in IPv6.
    pub fn any_six(&self) -> bool {
        self.used.load(Ordering::Acquire) & (1 << Map::Six as u32 | 1 << Map::SixExact as u32) != 0
    }

    /// Whether anything is guarded in IPv4.
    pub fn any_four(&self) -> bool {
        self.used.load(Ordering::Acquire) & 1 << Map::Four as u32 != 0
    }

    fn word(&self, map: Map, port: u16) -> Option<&AtomicU64> {
        let at = map as usize * PORT_WORDS + usize::from(port) / 64;
        self.words.get(at).map(|GuardWord(word)| word)
    }

    /// Whether a port is in a map.
    pub fn has(&self, map: Map, port: u16) -> bool {
        self.word(map, port)
            .is_some_and(|word| word.load(Ordering::Acquire) >> (port % 64) & 1 != 0)
    }

    /// Whether a hash of address and port is that of a guarded pair.
    pub fn has_exact(&self, hash: u64) -> bool {
        self.words
            .get(3 * PORT_WORDS..)
            .unwrap_or(&[])
            .iter()
            .any(|GuardWord(word)| word.load(Ordering::Acquire) == hash)
    }

    /// Puts a port into a map, or takes it out.  Writer only.
    pub fn set(&self, map: Map, port: u16, guarded: bool) {
        if let Some(word) = self.word(map, port) {
            let bit = 1 << (port % 64);
            if guarded {
                word.fetch_or(bit, Ordering::Release);
            } else {
                word.fetch_and(!bit, Ordering::Release);
            }
        }
    }

    /// Sets the hash of listener `number`, 0: none.  Writer only.
    pub fn set_exact(&self, number: usize, hash: u64) {
        if let Some(GuardWord(word)) = self.words.get(3 * PORT_WORDS + number) {
            word.store(hash, Ordering::Release);
        }
    }

    /// Says which maps have anything in them.  Writer only.
    pub fn set_used(&self, used: impl Fn(Map) -> bool) {
        let bits = MAPS
            .into_iter()
            .filter(|&map| used(map))
            .fold(0, |bits, map| bits | 1 << map as u32);
        if self.used.load(Ordering::Relaxed) != bits {
            self.used.store(bits, Ordering::Release);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_port_has_its_own_bit_in_each_map() {
        let words: Vec<GuardWord> = (0..GUARD_WORDS).map(|_| GuardWord::default()).collect();
        let guard = Guard::new(&words);
        for port in [0, 22, 63, 64, u16::MAX] {
            for map in MAPS {
                guard.set(map, port, true);
                for other in MAPS {
                    assert_eq!(guard.has(other, port), other == map, "{port} {map:?}");
                    assert!(!guard.has(other, port ^ 1));
                }
                guard.set(map, port, false);
                assert!(!guard.has(map, port));
            }
        }
        guard.set_exact(LISTENERS_MAX - 1, 7);
        assert!(guard.has_exact(7) && !guard.has_exact(8));
        assert!(!guard.any_six() && !guard.any_four());
        guard.set_used(|map| map == Map::SixExact);
        assert!(guard.any_six() && !guard.any_four());
    }
}
