// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! All channels that a part keeps, as its configuration changes.

use crate::key::Secret;
use crate::link::{Link, Target};
use crate::metrics::ChannelMetrics;
use std::sync::{Arc, Mutex, PoisonError};

/// Makes channels, and keeps those whose target did not change.
#[derive(Debug)]
pub struct Links {
    key: Secret,
    metrics: ChannelMetrics,
    all: Mutex<Vec<Arc<Link>>>,
}

impl Links {
    /// None yet.
    pub fn new(key: Secret, metrics: ChannelMetrics) -> Links {
        Links {
            key,
            metrics,
            all: Mutex::default(),
        }
    }

    /// One for each target, in their order.
    pub fn set(&self, targets: &[Target]) -> Vec<Arc<Link>> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let links = targets.iter().map(|target| {
            let known = all.iter().find(|link| link.target() == target);
            known.cloned().unwrap_or_else(|| {
                Link::start(target.clone(), self.key.clone(), self.metrics.clone())
            })
        });
        let links: Vec<_> = links.collect();
        all.clone_from(&links);
        links
    }
}
