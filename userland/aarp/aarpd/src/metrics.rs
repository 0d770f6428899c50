// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Metrics for Prometheus: levels and counts, never an address.

use aarp_core::resolver::Counters;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::registry::Registry;
use std::fmt;
use umux_daemon::metrics::{counters, gauges};

/// All that is told, as it is at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// What was counted.
    pub counters: Counters,
    /// Levels with their names and what they are.
    pub levels: [(&'static str, u64, &'static str); 3],
    /// Connections that were turned away.
    pub refused: u64,
}

impl Snapshot {
    /// With nothing else in it.
    pub fn registry(self) -> Registry {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(self));
        registry
    }
}

impl Collector for Snapshot {
    fn encode(&self, mut to: DescriptorEncoder) -> fmt::Result {
        for (name, value, help) in self.levels {
            gauges(&mut to, &format!("aarpd_{name}"), help, [(vec![], value)])?;
        }
        let refused = ("refused", self.refused, "Connections that were turned away");
        for (name, value, help) in self.counters.rows().into_iter().chain([refused]) {
            counters(&mut to, &format!("aarpd_{name}"), help, [(vec![], value)])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_and_levels_are_told() {
        let snapshot = Snapshot {
            counters: Counters {
                forged: 3,
                ..Counters::default()
            },
            levels: [
                ("entries", 7, "a"),
                ("probing", 1, "b"),
                ("clients", 0, "c"),
            ],
            refused: 2,
        };
        let text = umux_daemon::metrics::text(&snapshot.registry()).expect("text");
        for line in [
            "aarpd_entries 7",
            "aarpd_forged_total 3",
            "aarpd_refused_total 2",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} is not in {text}");
        }
    }
}
