// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! All channels that a part keeps, as its configuration changes.

use crate::key::Secret;
use crate::link::{Link, Target};
use crate::metrics::{ChannelMetrics, PeerLabel};
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
        // Old ones live on as long as requests are under way, but say nothing any more:
        // not of another part that has their name now either.
        for old in all.iter().filter(|old| !targets.contains(old.target())) {
            let peer = old.name().to_owned();
            self.metrics.up.remove(&PeerLabel { peer });
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_metric_of_a_link_is_there_as_long_as_its_name_is() {
        let metrics = ChannelMetrics::default();
        let links = Links::new(Secret::generate().expect("random bits"), metrics.clone());
        let target = |name: &str, port: u16| Target {
            name: name.into(),
            address: ([127, 0, 0, 1], port).into(),
            key: Secret::generate().expect("random bits").public(),
        };
        let up = |name: &str| {
            let peer = name.to_owned();
            metrics.up.get(&PeerLabel { peer }).map(|up| up.get())
        };
        let stays = target("stays", 1);
        let old = links.set(&[stays.clone(), target("moves", 1), target("goes", 1)]);
        for link in &old {
            let peer = link.name().to_owned();
            metrics.up.get_or_create(&PeerLabel { peer }).set(1);
        }
        let new = links.set(&[stays, target("moves", 2)]);
        let check = |when: &str| {
            assert_eq!(up("stays"), Some(1), "{when}");
            assert_eq!(up("moves"), Some(0), "{when}: nobody is there");
            assert_eq!(up("goes"), None, "{when}");
        };
        check("requests are under way on the old ones");
        drop(old);
        check("none are");
        drop(new);
    }
}
