// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What is counted.

use crate::resolver::How;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use umux_dnso::message::Reason;
use umux_dnso::metrics::{OutcomeLabel, latency};

/// Counts.
pub struct Metrics {
    hows: [Counter; How::COUNT],
    failures: Family<OutcomeLabel, Counter>,
    /// Queries that were over the limit.
    pub limited: Counter,
    /// Answers that nobody waited for.
    pub forged: Counter,
    /// How long an address took.
    pub latency: Histogram,
    /// SSAs that are remembered.
    pub outstanding: Gauge,
    /// Answers that are kept.
    pub cached: Gauge,
}

impl Metrics {
    /// For the registry of the program.
    pub fn register(registry: &mut Registry) -> Metrics {
        let hows = Family::<OutcomeLabel, Counter>::default();
        let counter = |how: How| {
            let outcome = how.as_str();
            hows.get_or_create_owned(&OutcomeLabel { outcome })
        };
        let metrics = Metrics {
            hows: How::ALL.map(counter),
            failures: Family::default(),
            limited: Counter::default(),
            forged: Counter::default(),
            latency: latency(),
            outstanding: Gauge::default(),
            cached: Gauge::default(),
        };
        registry.register(
            "umux_noca_queries",
            "Queries, and how they were answered",
            hows,
        );
        registry.register(
            "umux_noca_failures",
            "Queries for which there was no address, and why",
            metrics.failures.clone(),
        );
        registry.register(
            "umux_noca_limited",
            "Queries of clients that want too many addresses",
            metrics.limited.clone(),
        );
        registry.register(
            "umux_noca_unexpected_answers",
            "Answers that nobody waited for, late or forged",
            metrics.forged.clone(),
        );
        registry.register(
            "umux_noca_address_seconds",
            "How long an address took",
            metrics.latency.clone(),
        );
        registry.register(
            "umux_noca_outstanding",
            "SSAs that are remembered",
            metrics.outstanding.clone(),
        );
        registry.register(
            "umux_noca_cache_entries",
            "Answers that are kept",
            metrics.cached.clone(),
        );
        metrics
    }

    /// A query was answered.
    pub fn count(&self, how: How) {
        self.hows[how as usize].inc();
    }

    /// There was no address.
    pub fn failed(&self, reason: Reason) {
        let outcome = reason.as_str();
        self.failures.get_or_create(&OutcomeLabel { outcome }).inc();
    }
}
