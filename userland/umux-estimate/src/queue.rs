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

/// When other addresses are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Orders {
    /// One for each that is taken, each with the whole notification interval
    /// before it: what the model says.
    Each,
    /// As plane and umuxd do it: the first use is told at once, further ones
    /// together when the interval is over; then, if fewer than `low` are ready
    /// or on their way, as many as are missing to `level`.
    Umuxd {
        /// `low` of umuxd.conf(5).
        low: u64,
        /// `level` of umuxd.conf(5).
        level: u64,
    },
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
    orders: Orders,
    seed: u64,
) -> Measured {
    let mut pool = Pool {
        rng: ChaCha8Rng::seed_from_u64(seed),
        refill: *refill,
        orders,
        ready: addresses,
        coming: BinaryHeap::new(),
        message: None,
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
    orders: Orders,
    ready: u64,
    /// When those on order will be ready.
    coming: BinaryHeap<Reverse<u64>>,
    /// When umuxd will be told.
    message: Option<u64>,
    /// It is not told again before this.
    quiet_until: u64,
}

impl Pool {
    /// A session comes.  `false`: a miss.
    fn take(&mut self, now: u64) -> bool {
        if self.message.is_some_and(|at| at <= now) {
            self.told();
        }
        while self.coming.peek().is_some_and(|&Reverse(at)| at <= now) {
            self.coming.pop();
            self.ready += 1;
        }
        if self.ready == 0 {
            return false;
        }
        self.ready -= 1;
        match self.orders {
            Orders::Each => self.order(now + nanos(self.refill.notify)),
            Orders::Umuxd { .. } => {
                let at = *self.message.get_or_insert(now.max(self.quiet_until));
                if at <= now {
                    self.told();
                }
            }
        }
        true
    }

    /// An address is ordered, and will come.
    fn order(&mut self, told: u64) {
        let spread = self.refill.spread * self.rng.random::<f64>();
        let rest = self.refill.generator + spread + self.refill.dad;
        self.coming.push(Reverse(told + nanos(rest)));
    }

    /// The message is out: umuxd sees what is missing.
    fn told(&mut self) {
        let (Some(at), Orders::Umuxd { low, level }) = (self.message.take(), self.orders) else {
            return;
        };
        self.quiet_until = at + nanos(self.refill.notify);
        // Those that have come meanwhile are among them, whether counted as
        // ready yet or not.
        let stock = self.ready + self.coming.len() as u64;
        if stock < low {
            for _ in stock..level {
                self.order(at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::erlang::loss;
    use crate::pool::{load, umuxd_levels};

    const REFILL: Refill = Refill {
        notify: 0.1,
        generator: 0.05,
        spread: 0.25,
        dad: 1.0,
    };

    fn measured(rate: f64, refill: &Refill, addresses: u64, orders: Orders) -> Measured {
        misses(rate, refill, addresses, 200_000, orders, 42)
    }

    #[test]
    fn simulation_and_loss_formula_agree() {
        for (rate, addresses) in [(0.8, 1), (4.0, 8), (20.0, 30), (100.0, 140)] {
            let predicted = loss(addresses, load(rate, &REFILL));
            let measured = measured(rate, &REFILL, addresses, Orders::Each);
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
            assert!(measured(20.0, &refill, 30, Orders::Each).agrees(predicted));
        }
    }

    #[test]
    fn a_wrong_size_would_be_seen() {
        let measured = measured(20.0, &REFILL, 30, Orders::Each);
        for wrong in [29, 31] {
            assert!(!measured.agrees(loss(wrong, load(20.0, &REFILL))));
        }
    }

    #[test]
    fn with_the_levels_that_are_told_umuxd_misses_no_more_than_the_formula_says() {
        for (rate, addresses) in [(0.8, 1), (4.0, 8), (20.0, 30), (100.0, 140)] {
            let predicted = loss(addresses, load(rate, &REFILL));
            let (low, level) = umuxd_levels(addresses);
            let measured = measured(rate, &REFILL, level, Orders::Umuxd { low, level });
            assert!(measured.fraction < predicted, "{measured:?} {predicted}");
            assert!(measured.fraction > 0.0, "{measured:?} proves nothing");
        }
    }

    #[test]
    fn with_lower_levels_umuxd_misses_more() {
        let predicted = loss(30, load(20.0, &REFILL));
        let (low, level) = umuxd_levels(22);
        let measured = measured(20.0, &REFILL, level, Orders::Umuxd { low, level });
        assert!(measured.fraction > predicted, "{measured:?} {predicted}");
    }

    #[test]
    fn the_same_seed_gives_the_same() {
        let orders = Orders::Umuxd { low: 6, level: 6 };
        let run = |seed| misses(5.0, &REFILL, 6, 10_000, orders, seed);
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
    }

    #[test]
    fn a_pool_without_addresses_misses_all() {
        assert_eq!(measured(5.0, &REFILL, 0, Orders::Each).fraction, 1.0);
    }
}
