// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Collisions by trying, with so few bits that it can be tried often.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::collision;
use crate::Measured;

/// What was tried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Bits of a number.
    pub bits: u32,
    /// Numbers in each trial.
    pub n: u32,
    /// Trials.
    pub trials: u32,
    /// What [`collision`] says of these bits and numbers.
    pub exact: f64,
    /// Trials with a collision.
    pub measured: Measured,
}

/// How many numbers of so few bits collide with a probability as near as can
/// be to `p`.
#[must_use]
pub fn equivalent(p: f64, bits: u32) -> u32 {
    let bits = bits.min(24);
    let mut low = 1u32;
    let mut high = 1u32 << bits;
    // The least number that is at least as likely to collide.
    while low < high {
        let middle = low + (high - low) / 2;
        if collision(f64::from(middle), bits) >= p {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    let above = collision(f64::from(low), bits) - p;
    let below = p - collision(f64::from(low - 1), bits);
    if low > 2 && below < above {
        low - 1
    } else {
        low
    }
}

/// Tries with numbers of at most 24 bits, as many as make the probability `p`.
#[must_use]
pub fn sample(p: f64, bits: u32, trials: u32, seed: u64) -> Sample {
    let bits = bits.clamp(4, 24);
    let n = equivalent(p, bits);
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ u64::from(bits) << 32);
    // When each number was last chosen: no clearing between trials.
    let mut chosen = vec![0u32; 1 << bits];
    let mut hits = 0u32;
    for trial in 1..=trials {
        for _ in 0..n {
            let number = rng.random_range(0..1usize << bits);
            if std::mem::replace(&mut chosen[number], trial) == trial {
                hits += 1;
                break;
            }
        }
    }
    let of = f64::from(trials.max(1));
    let exact = collision(f64::from(n), bits);
    Sample {
        bits,
        n,
        trials,
        exact,
        measured: Measured {
            fraction: f64::from(hits) / of,
            // Of the prediction, so that no hit at all is not "no error".
            error: (exact * (1.0 - exact) / of).sqrt(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trying_agrees_with_the_formula() {
        for p in [0.0267, 0.1027, 0.25, 0.5] {
            for bits in [10, 14, 18] {
                let sample = sample(p, bits, 4000, 1);
                assert!(sample.measured.agrees(sample.exact), "{sample:?}");
                // Two numbers more or less are 2/n of it.
                assert!((sample.exact - p).abs() < 2.0 * p / f64::from(sample.n));
            }
        }
    }

    #[test]
    fn a_wrong_formula_would_be_seen() {
        let sample = sample(0.25, 14, 4000, 1);
        assert!(!sample.measured.agrees(0.25 * 1.2));
        assert!(!sample.measured.agrees(0.25 / 1.2));
    }

    #[test]
    fn the_same_seed_tries_the_same() {
        assert_eq!(sample(0.1, 12, 500, 7), sample(0.1, 12, 500, 7));
        let other = sample(0.1, 12, 500, 8);
        assert_ne!(sample(0.1, 12, 500, 7).measured, other.measured);
    }

    #[test]
    fn equivalents_are_the_nearest() {
        // Of 256 days: 49.6 % with 19 people, 53.3 % with 20.
        assert_eq!(equivalent(0.5, 8), 19);
        assert_eq!(equivalent(0.53, 8), 20);
        assert_eq!(equivalent(1.0, 4), 16);
    }
}
