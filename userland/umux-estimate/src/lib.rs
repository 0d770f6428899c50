// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! How likely collisions of addresses are, and how large a pool must be.
//!
//! Only mathematics: no I/O, no clock, and what is random comes from a seed.
//!
//! | file | concern |
//! |---|---|
//! | `birthday.rs` | was any address chosen twice? |
//! | `birthday/sample.rs` | the same by trying |
//! | `erlang.rs` | blocking of a loss system |
//! | `poisson.rs` | quantiles |
//! | `pool.rs` | size of a pool, by the two above |
//! | `queue.rs` | the same by simulating each event |

pub mod birthday;
pub mod erlang;
pub mod poisson;
pub mod pool;
pub mod queue;

/// A fraction that was counted, and how far it can be trusted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// The fraction.
    pub fraction: f64,
    /// Standard error of it.
    pub error: f64,
}

impl Measured {
    /// Whether a prediction is within four standard errors: a true one is
    /// refused once in 16,000 times.
    #[must_use]
    pub fn agrees(&self, predicted: f64) -> bool {
        (self.fraction - predicted).abs() <= 4.0 * self.error
    }
}
