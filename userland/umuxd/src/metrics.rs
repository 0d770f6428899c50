// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Metrics for Prometheus, over HTTP: levels and counts, never an address.

use crate::input::Input;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::registry::Registry;
use std::fmt;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;
use umux_abi::{Counters, PoolId, PoolInfo};
use umux_daemon::metrics::{Labels, Scraped, counters, gauges, text};

/// The daemon answers at once, unless the plane does not.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// What the daemon knows of its own about a pool.
#[derive(Debug, Clone)]
pub struct Own {
    /// Which.
    pub pool: PoolId,
    /// Its level.
    pub level: u32,
    /// Addresses that were generated ahead.
    pub reserve: u32,
    /// How often its generator failed.
    pub failures: u64,
}

/// All that is told, as it is at one moment.
#[derive(Debug)]
pub struct Snapshot {
    /// As the plane says; none if it cannot be reached.
    pub pools: Option<Vec<PoolInfo>>,
    /// As the plane says.
    pub counters: Option<Counters>,
    /// As the daemon says.
    pub own: Vec<Own>,
}

impl Collector for Snapshot {
    fn encode(&self, mut to: DescriptorEncoder) -> fmt::Result {
        let up = u64::from(self.pools.is_some());
        gauges(
            &mut to,
            "umux_up",
            "1 if the plane can be reached",
            [(vec![], up)],
        )?;
        let pools = self.pools.as_deref().unwrap_or_default();
        let states = pools.iter().flat_map(|pool| {
            let counts = &pool.counts;
            [
                ("pending", counts.pending),
                ("tentative", counts.tentative),
                ("uncertain", counts.uncertain),
                ("valid", counts.valid),
                ("duplicated", counts.duplicated),
                ("tombstone", counts.tombstone),
            ]
            .map(|(state, count)| {
                let mut labels = labels(&pool.id);
                labels.push(("state", state.into()));
                (labels, count.into())
            })
        });
        gauges(
            &mut to,
            "umux_pool_addresses",
            "Addresses of a pool by state",
            states,
        )?;
        let links = pools.iter().map(|p| (labels(&p.id), p.link_up.into()));
        gauges(&mut to, "umux_pool_link_up", "1 if the link is up", links)?;
        type Count = fn(&PoolInfo) -> u64;
        let counts: [(&str, &str, Count); 7] = [
            ("added", "Addresses added to a pool", |p| p.added),
            ("taken", "Addresses given to sessions", |p| p.taken),
            (
                "returned",
                "Addresses taken, never on the wire, back in the pool",
                |p| p.returned,
            ),
            ("ended", "Sessions that ended", |p| p.ended),
            ("missed", "Sessions that found the pool empty", |p| p.missed),
            ("duplicated", "Addresses that another node held", |p| {
                p.duplicated
            }),
            (
                "expired",
                "Addresses that reached their greatest age",
                |p| p.expired,
            ),
        ];
        for (name, help, count) in counts {
            let values = pools.iter().map(|pool| (labels(&pool.id), count(pool)));
            counters(&mut to, &format!("umux_pool_{name}"), help, values)?;
        }
        let rows = self.counters.as_ref().map(Counters::rows);
        for (name, value, help) in rows.unwrap_or_default() {
            counters(
                &mut to,
                &format!("umux_plane_{name}"),
                help,
                [(vec![], value)],
            )?;
        }
        let own =
            |value: fn(&Own) -> u64| self.own.iter().map(move |o| (labels(&o.pool), value(o)));
        gauges(
            &mut to,
            "umuxd_pool_level",
            "Addresses that a full pool has",
            own(|o| o.level.into()),
        )?;
        gauges(
            &mut to,
            "umuxd_reserve_addresses",
            "Addresses generated ahead",
            own(|o| o.reserve.into()),
        )?;
        counters(
            &mut to,
            "umuxd_generator_failures",
            "Failures of a pool's generator",
            own(|o| o.failures),
        )
    }
}

fn labels(id: &PoolId) -> Labels {
    vec![
        ("interface", id.interface.to_string()),
        ("prefix", id.prefix.to_string()),
    ]
}

/// Asks the daemon, and writes its answer.
pub fn scrape(to: &Sender<Input>) -> Scraped {
    let busy = (503, "umuxd does not answer\n");
    let (answer, from) = channel();
    to.send(Input::Scrape(answer)).map_err(|_| busy)?;
    let snapshot = from.recv_timeout(ANSWER_LIMIT).map_err(|_| busy)?;
    written(snapshot)
}

fn written(snapshot: Snapshot) -> Scraped {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(snapshot));
    text(&registry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_that_cannot_be_reached_is_told_and_what_the_daemon_knows_too() {
        let text = written(Snapshot {
            pools: None,
            counters: None,
            own: vec![Own {
                pool: "em0 2001:db8:1::/64".parse().expect("a pool"),
                level: 10,
                reserve: 7,
                failures: 2,
            }],
        })
        .expect("text");
        for line in [
            "umux_up 0",
            "umuxd_reserve_addresses{interface=\"em0\",prefix=\"2001:db8:1::/64\"} 7",
            "umuxd_generator_failures_total{interface=\"em0\",prefix=\"2001:db8:1::/64\"} 2",
            "# EOF",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} is not in {text}");
        }
    }
}
