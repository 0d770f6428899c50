// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Erlang's loss formula: calls that find all of c servers busy are lost.
//!
//! A. K. Erlang, 1917.  It holds for Poisson arrivals and any distribution of
//! the service time, of which only the mean counts (M/G/c/c).

/// Probability that a call is lost.  `load` is offered traffic in erlangs:
/// arrivals per time, times the mean service time.
///
/// By the recursion B(0) = 1, B(c) = a B(c-1) / (c + a B(c-1)), which is stable.
#[must_use]
pub fn loss(servers: u64, load: f64) -> f64 {
    (1..=servers).fold(1.0, |blocked, servers| step(servers, load, blocked))
}

fn step(servers: u64, load: f64, blocked: f64) -> f64 {
    let offered = load * blocked;
    offered / (servers as f64 + offered)
}

/// The least number of servers that lose at most `most` of the calls, and what
/// they lose.  `most` lies between 0 and 1; with 0 there is no such number, and
/// the search ends where the loss cannot be told from 0.
#[must_use]
pub fn servers_for(load: f64, most: f64) -> (u64, f64) {
    let mut servers = 0;
    let mut blocked = 1.0;
    while blocked > most {
        servers += 1;
        blocked = step(servers, load, blocked);
    }
    (servers, blocked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Published tables: load in erlangs for servers and blocking.
    const TABLE: [(u64, f64, f64); 12] = [
        (1, 0.01, 0.0101),
        (2, 0.01, 0.153),
        (5, 0.01, 1.36),
        (10, 0.01, 4.46),
        (20, 0.01, 12.0),
        (50, 0.01, 37.9),
        (100, 0.01, 84.1),
        (10, 0.001, 3.09),
        (20, 0.001, 9.41),
        (100, 0.001, 75.2),
        (10, 0.05, 6.22),
        (100, 0.05, 95.2),
    ];

    #[test]
    fn the_published_tables_are_met() {
        for (servers, blocked, load) in TABLE {
            // The tables give three digits: half a unit of the last.
            let digits = 10f64.powi(2 - load.log10().floor() as i32);
            let half = 0.5 / digits;
            assert!(loss(servers, load - half) < blocked, "{servers} {load}");
            assert!(loss(servers, load + half) > blocked, "{servers} {load}");
        }
    }

    #[test]
    fn small_cases_are_counted_by_hand() {
        assert_eq!(loss(0, 3.0), 1.0);
        assert_eq!(loss(1, 1.0), 0.5);
        // (a^2/2) / (1 + a + a^2/2)
        assert!((loss(2, 2.0) - 2.0 / 5.0).abs() < 1e-15);
        assert_eq!(loss(4, 0.0), 0.0);
    }

    #[test]
    fn large_systems_do_not_overflow() {
        let (servers, blocked) = servers_for(100_000.0, 1e-6);
        assert!((101_000..103_000).contains(&servers), "{servers}");
        assert!(blocked <= 1e-6 && loss(servers - 1, 100_000.0) > 1e-6);
    }

    proptest! {
        #[test]
        fn the_number_of_servers_is_the_least(load in 0.0f64..2000.0, exponent in 0.1f64..9.0) {
            let most = 10f64.powf(-exponent);
            let (servers, blocked) = servers_for(load, most);
            prop_assert!(blocked <= most);
            prop_assert_eq!(blocked, loss(servers, load));
            prop_assert!(servers == 0 || loss(servers - 1, load) > most);
        }
    }
}
