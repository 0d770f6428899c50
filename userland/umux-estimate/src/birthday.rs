// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Was any address chosen twice?  The birthday problem.
//!
//! Of n numbers chosen at random among N, all differ with probability
//! (1 - 0/N)(1 - 1/N)...(1 - (n-1)/N).  Both the product and its distance to
//! 1 are beyond the reach of floating point when N is 2^64; its logarithm is
//! not, and `ln_1p` and `expm1` lead there and back without loss.

mod sample;

pub use sample::{Sample, equivalent, sample};

/// Seconds of a year of 365.25 days.
pub const YEAR: f64 = 31_557_600.0;

/// The table that was published with the architecture (README, prior art), for
/// 64 bits: years, and the probability.
pub const PUBLISHED: [(f64, f64); 4] = [(10.0, 0.028), (20.0, 0.103), (32.6, 0.25), (50.6, 0.5)];

/// The rates that the table is said to be for, addresses a second: 100 million
/// a year, and 3.219 a second.  They are not the same.
pub const PUBLISHED_RATES: [f64; 2] = [100e6 / YEAR, 3.219];

/// Up to so many, the logarithms are simply added.
const FEW: f64 = 1000.0;

/// Probability that among `n` numbers of `bits` bits, chosen at random with
/// equal chances, two or more are the same.
///
/// Exact but for the rounding of floating point: relative error below 10^-9
/// up to 2^53 numbers (what a `f64` counts without gaps).  `n` is a whole
/// number; what is not is rounded down.
#[must_use]
pub fn collision(n: f64, bits: u32) -> f64 {
    let n = n.floor();
    let of = 2f64.powi(bits.min(1000) as i32);
    if n < 2.0 {
        return 0.0;
    }
    if n > of {
        return 1.0;
    }
    let log_all_differ = if n <= FEW {
        sum(n, of)
    } else if n / of < 0.5 {
        euler_maclaurin(n, of)
    } else {
        // Below -n/4.
        f64::NEG_INFINITY
    };
    -log_all_differ.exp_m1()
}

/// ln(1 - i/of) for all i below n, added up.
fn sum(n: f64, of: f64) -> f64 {
    (1..n as u64).map(|i| (-(i as f64) / of).ln_1p()).sum()
}

/// The same sum as an integral and its corrections at the ends; what is left
/// out is of the order of n/of^4.
fn euler_maclaurin(n: f64, of: f64) -> f64 {
    let x = n / of;
    let at_end = (-x).ln_1p();
    let slope_differs = (-1.0 / (of - n) + 1.0 / of) / 12.0;
    integral(n, x) - at_end / 2.0 + slope_differs
}

/// of * ((x - 1) ln(1 - x) - x), the integral of ln(1 - t/of) up to n = x of.
fn integral(n: f64, x: f64) -> f64 {
    if x > 0.1 {
        return n / x * ((x - 1.0) * (-x).ln_1p() - x);
    }
    // The difference above would cancel: -n (x/2 + x^2/6 + x^3/12 + ...).
    let mut power = x;
    let mut total = 0.0;
    for k in 2..60 {
        let term = power / f64::from(k * (k - 1));
        total += term;
        if term < total * f64::EPSILON {
            break;
        }
        power *= x;
    }
    -n * total
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(a: f64, b: f64, relative: f64) {
        assert!((a - b).abs() <= relative * b.abs(), "{a} is not {b}");
    }

    #[test]
    fn small_cases_are_counted_by_hand() {
        assert_eq!(collision(0.0, 8), 0.0);
        assert_eq!(collision(1.0, 8), 0.0);
        close(collision(2.0, 1), 0.5, 1e-15);
        close(collision(2.0, 3), 1.0 / 8.0, 1e-15);
        close(collision(3.0, 2), 1.0 - 3.0 / 4.0 * 2.0 / 4.0, 1e-15);
        assert_eq!(collision(5.0, 2), 1.0);
    }

    #[test]
    fn the_closed_form_is_the_sum() {
        for n in [50.0, 1000.0, 4000.0, 100_000.0] {
            for bits in [18, 20, 24, 32, 64, 100] {
                let of = 2f64.powi(bits);
                if n / of < 0.5 {
                    close(euler_maclaurin(n, of), sum(n, of), 1e-11);
                }
            }
        }
    }

    #[test]
    fn tiny_probabilities_are_not_lost() {
        // n(n-1)/2N, to first order.
        close(
            collision(1e6, 128),
            1e6 * (1e6 - 1.0) / 2f64.powi(129),
            1e-9,
        );
        close(collision(2.0, 64), 2f64.powi(-64), 1e-15);
    }

    #[test]
    fn the_published_table_is_that_of_two_rates() {
        let percent = |rate: f64, years: f64| 100.0 * collision(rate * YEAR * years, 64);
        let [million, second] = PUBLISHED_RATES;
        // The first row is that of 3.219 a second, the others of 100 million
        // a year.
        assert_eq!(format!("{:.2}", percent(million, 10.0)), "2.67");
        assert_eq!(format!("{:.1}", percent(second, 10.0)), "2.8");
        for (years, published) in &PUBLISHED[1..] {
            assert!((percent(million, *years) - 100.0 * published).abs() < 0.05);
            assert!((percent(second, *years) - 100.0 * published).abs() > 0.2);
        }
    }

    proptest! {
        #[test]
        fn more_numbers_and_fewer_bits_collide_more(n in 2f64..1e12, bits in 8u32..100) {
            let p = collision(n, bits);
            prop_assert!((0.0..=1.0).contains(&p));
            prop_assert!(collision(n * 2.0, bits) >= p);
            prop_assert!(collision(n, bits + 1) <= p);
        }
    }
}
