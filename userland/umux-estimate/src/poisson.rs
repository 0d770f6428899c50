// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Quantiles of the Poisson distribution: how many are there at once, if they
//! come at random and stay (M/G/infinity)?

/// The least number that is exceeded with a probability of at most `most`
/// (between 10^-15 and 1).
#[must_use]
pub fn quantile(mean: f64, most: f64) -> u64 {
    if mean <= 0.0 {
        return 0;
    }
    // From far above, where nothing is left, down: small terms are added
    // first, and each is made from the one above it.
    let top = (mean + 12.0 * mean.sqrt() + 60.0).ceil();
    let mut k = top;
    let mut term = (k * mean.ln() - mean - ln_factorial(k)).exp();
    let mut above = 0.0;
    while k > 0.0 && above + term <= most {
        above += term;
        term *= k / mean;
        k -= 1.0;
    }
    k as u64
}

/// Stirling's series, which is exact to 10^-15 from 16 on.
fn ln_factorial(n: f64) -> f64 {
    if n < 16.0 {
        return (1..=n as u64).map(|k| (k as f64).ln()).sum();
    }
    let square = n * n;
    let tail = (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / 1260.0 / square) / square) / n;
    n * n.ln() - n + 0.5 * (std::f64::consts::TAU * n).ln() + tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factorials_are_right_on_both_sides_of_the_limit() {
        for n in [1.0, 2.0, 15.0, 16.0, 17.0, 50.0] {
            let sum: f64 = (1..=n as u64).map(|k| (k as f64).ln()).sum();
            assert!((ln_factorial(n) - sum).abs() < 1e-12 * sum.max(1.0), "{n}");
        }
    }

    #[test]
    fn published_quantiles_are_met() {
        // Tables of the cumulative Poisson distribution:
        // mean 1: P(X <= 3) = 0.9810, P(X <= 4) = 0.9963;
        // mean 5: P(X <= 10) = 0.9863, P(X <= 11) = 0.9945;
        // mean 10: P(X <= 17) = 0.9857, P(X <= 18) = 0.9928.
        assert_eq!(quantile(1.0, 0.01), 4);
        assert_eq!(quantile(5.0, 0.01), 11);
        assert_eq!(quantile(10.0, 0.01), 18);
        assert_eq!(quantile(1.0, 0.0191), 3);
        assert_eq!(quantile(0.0, 0.5), 0);
        assert_eq!(quantile(0.1, 0.5), 0);
    }

    #[test]
    fn large_means_are_nearly_normal() {
        // 2.3263 standard deviations leave 1 %.
        let k = quantile(1e6, 0.01) as f64;
        assert!((k - 1e6 - 2326.3).abs() < 3.0, "{k}");
    }
}
