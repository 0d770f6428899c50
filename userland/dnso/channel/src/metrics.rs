// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What all parts count.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Which other part.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct PeerLabel {
    /// Its name in the configuration.
    pub peer: String,
}

/// How something went.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OutcomeLabel {
    /// `ok`, or why not.
    pub outcome: &'static str,
}

/// Which other part, and how it went.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct CallLabel {
    /// Its name in the configuration.
    pub peer: String,
    /// `ok`, or why not.
    pub outcome: &'static str,
}

/// Counts of the channels.
#[derive(Debug, Clone, Default)]
pub struct ChannelMetrics {
    /// 1: the channel is there.
    pub up: Family<PeerLabel, Gauge>,
    /// Channels made.
    pub connects: Family<PeerLabel, Counter>,
    /// Requests to others.
    pub calls: Family<CallLabel, Counter>,
    /// Requests from others.
    pub served: Family<CallLabel, Counter>,
    /// Connections that did not become channels.
    pub strangers: Counter,
}

impl ChannelMetrics {
    /// For the registry of a program.
    pub fn register(registry: &mut Registry) -> ChannelMetrics {
        let metrics = ChannelMetrics::default();
        registry.register(
            "umux_dnso_channel_up",
            "1 if the channel to another part is there",
            metrics.up.clone(),
        );
        registry.register(
            "umux_dnso_channel_connects",
            "Channels that were made to another part",
            metrics.connects.clone(),
        );
        registry.register(
            "umux_dnso_calls",
            "Requests to other parts",
            metrics.calls.clone(),
        );
        registry.register(
            "umux_dnso_served",
            "Requests from other parts",
            metrics.served.clone(),
        );
        registry.register(
            "umux_dnso_strangers",
            "Connections that were no channel, or whose key is not pinned",
            metrics.strangers.clone(),
        );
        metrics
    }
}

/// Buckets from 50 microseconds to 5 seconds.
pub fn latency() -> Histogram {
    Histogram::new([
        0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5,
        1.0, 2.0, 5.0,
    ])
}
