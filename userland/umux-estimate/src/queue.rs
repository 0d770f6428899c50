// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A pool by simulating each event: sessions come, addresses come back.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Exp};

use crate::Measured;
use crate::pool::Refill;

/// How the daemon hears of used addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notify {
    /// Each waits the whole interval, independently: what the model says.
    Each,
    /// As the plane does it: the first use is told at once, further ones
    /// together when the interval is over.
    Gathered,
}

/// The misses of so many sessions are looked at apart, for the error.
const BATCHES: u32 = 20;

/// Simulates a pool of `addresses` and so many sessions; `rate` of them a
/// second.
///
/// The error is that of the means of batches, since misses come in clusters.
/// A batch should last much longer than a refill.
#[must_use]
pub fn misses(
    rate: f64,
    refill: &Refill,
    addresses: u64,
    sessions: u64,
    notify: Notify,
    seed: u64,
) -> Measured {
    let mut pool = Pool {
        rng: ChaCha8Rng::seed_from_u64(seed),
        refill: *refill,
        notify,
        ready: addresses,
        coming: BinaryHeap::new(),
        quiet_until: 0,
    };
    let Ok(gap) = Exp::new(rate) else {
        return Measured {
            fraction: 0.0,
            error: 0.0,
        };
    };
    let each = (sessions / u64::from(BATCHES)).max(1);
    let mut clock = 0.0;
    // The first batch fills the pipe and does not count.
    let fractions: Vec<f64> = (0..=BATCHES)
        .map(|_| {
            let mut missed = 0u64;
            for _ in 0..each {
                clock += gap.sample(&mut pool.rng);
                missed += u64::from(!pool.take(nanos(clock)));
            }
            missed as f64 / each as f64
        })
        .skip(1)
        .collect();
    of_batches(&fractions)
}

fn of_batches(fractions: &[f64]) -> Measured {
    let n = fractions.len() as f64;
    let mean = fractions.iter().sum::<f64>() / n;
    let squares: f64 = fractions.iter().map(|f| (f - mean).powi(2)).sum();
    Measured {
        fraction: mean,
        error: (squares / (n - 1.0) / n).sqrt(),
    }
}

/// Whole numbers: a heap needs an order.
fn nanos(seconds: f64) -> u64 {
    (seconds * 1e9) as u64
}

struct Pool {
    rng: ChaCha8Rng,
    refill: Refill,
    notify: Notify,
    ready: u64,
    /// When those on order will be ready.
    coming: BinaryHeap<Reverse<u64>>,
    /// No notification before this.
    quiet_until: u64,
}

impl Pool {
    /// A session comes.  `false`: a miss.
    fn take(&mut self, now: u64) -> bool {
        while self.coming.peek().is_some_and(|&Reverse(at)| at <= now) {
            self.coming.pop();
            self.ready += 1;
        }
        if self.ready == 0 {
            return false;
        }
        self.ready -= 1;
        let interval = nanos(self.refill.notify);
        let told = match self.notify {
            Notify::Each => now + interval,
            Notify::Gathered => {
                if now >= self.quiet_until + interval {
                    self.quiet_until = now;
                } else if now > self.quiet_until {
                    self.quiet_until += interval;
                }
                self.quiet_until
            }
        };
        let spread = self.refill.spread * self.rng.random::<f64>();
        let rest = self.refill.generator + spread + self.refill.dad;
        self.coming.push(Reverse(told + nanos(rest)));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::erlang::loss;
    use crate::pool::load;

    const REFILL: Refill = Refill {
        notify: 0.1,
        generator: 0.05,
        spread: 0.25,
        dad: 1.0,
    };

    fn measured(rate: f64, refill: &Refill, addresses: u64, notify: Notify) -> Measured {
        misses(rate, refill, addresses, 200_000, notify, 42)
    }

    #[test]
    fn simulation_and_loss_formula_agree() {
        for (rate, addresses) in [(0.8, 1), (4.0, 8), (20.0, 30), (100.0, 140)] {
            let predicted = loss(addresses, load(rate, &REFILL));
            let measured = measured(rate, &REFILL, addresses, Notify::Each);
            assert!(measured.agrees(predicted), "{measured:?} {predicted}");
            assert!(
                measured.error < predicted / 5.0,
                "{measured:?} proves nothing"
            );
        }
    }

    #[test]
    fn only_the_mean_of_the_refill_time_matters() {
        let constant = Refill {
            spread: 0.0,
            dad: 1.125,
            ..REFILL
        };
        let wide = Refill {
            spread: 2.0,
            dad: 0.125,
            ..REFILL
        };
        for refill in [constant, wide] {
            let predicted = loss(30, load(20.0, &REFILL));
            assert!((refill.mean() - REFILL.mean()).abs() < 1e-12);
            assert!(measured(20.0, &refill, 30, Notify::Each).agrees(predicted));
        }
    }

    #[test]
    fn a_wrong_size_would_be_seen() {
        let measured = measured(20.0, &REFILL, 30, Notify::Each);
        for wrong in [29, 31] {
            assert!(!measured.agrees(loss(wrong, load(20.0, &REFILL))));
        }
    }

    #[test]
    fn gathered_notifications_miss_no_more_than_the_model_says() {
        for (rate, addresses) in [(4.0, 8), (20.0, 30), (100.0, 140)] {
            let predicted = loss(addresses, load(rate, &REFILL));
            let measured = measured(rate, &REFILL, addresses, Notify::Gathered);
            assert!(measured.fraction < predicted + 4.0 * measured.error);
            assert!(measured.fraction > 0.0);
        }
    }

    #[test]
    fn the_same_seed_gives_the_same() {
        let run = |seed| misses(5.0, &REFILL, 6, 10_000, Notify::Gathered, seed);
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
    }

    #[test]
    fn a_pool_without_addresses_misses_all() {
        assert_eq!(measured(5.0, &REFILL, 0, Notify::Each).fraction, 1.0);
    }
}
