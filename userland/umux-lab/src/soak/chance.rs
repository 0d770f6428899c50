// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What is drawn, from one seed.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, RngExt, SeedableRng};
use umux_core::plane::Micros;

/// A second, as the plane counts.
pub const SECOND: Micros = 1_000_000;

/// A source of random decisions.
pub struct Chance(ChaCha8Rng);

impl Chance {
    pub fn new(seed: u64) -> Chance {
        Chance(ChaCha8Rng::seed_from_u64(seed))
    }

    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// First to last, both of them too.
    pub fn between(&mut self, first: u64, last: u64) -> u64 {
        self.0.random_range(first..=last)
    }

    /// So many seconds.
    pub fn seconds(&mut self, least: u64, most: u64) -> Micros {
        self.between(least * SECOND, most * SECOND)
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.between(1, n) == 1
    }

    pub fn of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        let last = all.len().checked_sub(1)?;
        all.get(self.between(0, last as u64) as usize).copied()
    }

    /// Exponentially distributed, as times between events that know nothing of each
    /// other.
    pub fn wait(&mut self, mean: Micros) -> Micros {
        // (0, 1]: the logarithm is finite.
        let uniform = ((self.bits() >> 11) + 1) as f64 / (1u64 << 53) as f64;
        (-uniform.ln() * mean as f64) as Micros
    }
}
