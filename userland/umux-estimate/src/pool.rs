// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! How large must a pool be?
//!
//! A session takes one of the pool's c addresses, and the order for another
//! goes out; after a while T it is ready.  So each of the c places is either
//! ready or on order, and an order lasts T, whatever the session does.  With
//! sessions that come at random (Poisson, R a second) and misses that take
//! nothing, this is a loss system with c servers, M/G/c/c: a miss is a call
//! that finds all places on order, and its probability is Erlang's formula of
//! the load R E\[T\].  The distribution of T does not matter, its mean does.
//!
//! T is the time until the daemon is told (at most the notification interval),
//! the generator's, the random delay of the first probe (half of the spread,
//! on average) and duplicate address detection.

use crate::erlang;
use crate::poisson;

/// What happens between a session's taking an address and the next one being
/// ready; all in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Refill {
    /// Least time between two notifications.
    pub notify: f64,
    /// From a notification to the added addresses.
    pub generator: f64,
    /// First probes are spread over this time.
    pub spread: f64,
    /// Duplicate address detection: probes times RetransTimer.
    pub dad: f64,
}

impl Refill {
    /// Mean time, with the longest wait for a notification.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.notify + self.generator + self.spread / 2.0 + self.dad
    }
}

/// A pool that is large enough.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    /// Addresses that are ready when none is on order.
    pub addresses: u64,
    /// Probability that a session finds none.
    pub miss: f64,
    /// Addresses ready on average.
    pub ready: f64,
}

/// Places that are on order, if there is room for all: the load, in addresses.
#[must_use]
pub fn load(rate: f64, refill: &Refill) -> f64 {
    rate * refill.mean()
}

/// The smallest pool that misses at most `most` of the sessions.
#[must_use]
pub fn size(load: f64, most: f64) -> Size {
    let (addresses, miss) = erlang::servers_for(load, most);
    Size {
        addresses,
        miss,
        ready: addresses as f64 - load * (1.0 - miss),
    }
}

/// Addresses in sessions and behind them: each stays for `hold` seconds on
/// average and is silent for `tombstone` seconds more.  More are there with a
/// probability of at most `most`.
#[must_use]
pub fn beyond_pool(rate: f64, hold: f64, tombstone: f64, most: f64) -> u64 {
    poisson::quantile(rate * (hold + tombstone), most)
}

/// The `low` and `level` of umuxd.conf(5) that make good for a pool of so many
/// addresses: umuxd orders at once when there are fewer than `low`, so that
/// many less one must do until the order has come; by default `low` is nine
/// tenths of `level`, rounded up.
#[must_use]
pub fn umuxd_levels(addresses: u64) -> (u64, u64) {
    let low = addresses + 1;
    let mut level = (low * 10 / 9).saturating_sub(2).max(low);
    while (level * 9).div_ceil(10) < low {
        level += 1;
    }
    (low, level)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const REFILL: Refill = Refill {
        notify: 0.1,
        generator: 0.05,
        spread: 0.25,
        dad: 1.0,
    };

    #[test]
    fn the_load_is_rate_times_mean_refill_time() {
        assert!((REFILL.mean() - 1.275).abs() < 1e-12);
        assert!((load(100.0, &REFILL) - 127.5).abs() < 1e-9);
    }

    #[test]
    fn a_pool_is_as_large_as_the_loss_formula_says() {
        // Erlang tables: 100 servers carry 84.1 erlangs at 1 %.
        let size = size(84.06, 0.01);
        assert_eq!(size.addresses, 100);
        assert!((size.ready - (100.0 - 84.06 * 0.99)).abs() < 0.05);
    }

    #[test]
    fn sessions_need_room_beyond_the_pool() {
        // Poisson with mean 10: 18 are exceeded with less than 1 %.
        assert_eq!(beyond_pool(2.0, 3.0, 2.0, 0.01), 18);
    }

    proptest! {
        #[test]
        fn umuxd_keeps_as_many_as_are_needed(addresses in 0u64..1_000_000) {
            let (low, level) = umuxd_levels(addresses);
            // The default of umuxd: nine tenths, rounded up.
            prop_assert!((level * 9).div_ceil(10) >= low);
            prop_assert!(level == low || ((level - 1) * 9).div_ceil(10) < low);
            prop_assert!(low > addresses && level >= low);
        }
    }
}
