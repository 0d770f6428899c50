// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Which pools there shall be: those that the configuration names, and one for each
//! prefix of the interfaces whose prefixes are followed.

use crate::config::{Config, PoolConfig};
use std::collections::{BTreeSet, HashSet};
use umux_abi::{IfName, PoolId};

/// The prefixes that interfaces have, as far as they are known.
#[derive(Debug, Default)]
pub struct Prefixes {
    known: BTreeSet<PoolId>,
    /// Problems that were told.
    told: HashSet<String>,
}

impl Prefixes {
    /// They are these now; did they change?
    pub fn set(&mut self, found: Vec<PoolId>) -> bool {
        let found = found.into_iter().collect();
        std::mem::replace(&mut self.known, found) != self.known
    }

    /// All pools that there shall be, and problems that were not told before.
    pub fn pools(&mut self, config: &Config) -> (Vec<PoolConfig>, Vec<String>) {
        let mut pools = config.pools.clone();
        let named: HashSet<PoolId> = pools.iter().map(|pool| pool.spec.id.clone()).collect();
        let mut problems = Vec::new();
        for template in &config.auto {
            let of = |id: &&PoolId| id.interface == template.interface && !named.contains(*id);
            for id in self.known.iter().filter(of) {
                match template.pool(id.prefix) {
                    Ok(pool) => pools.push(pool),
                    Err(why) => {
                        let problem = format!("no pool for {id}: {why}");
                        if self.told.insert(problem.clone()) {
                            problems.push(problem);
                        }
                    }
                }
            }
        }
        (pools, problems)
    }
}

/// Interfaces whose prefixes are followed.
pub fn followed(config: &Config) -> Vec<IfName> {
    let names = config
        .auto
        .iter()
        .map(|template| template.interface.clone());
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn config(text: &str) -> Config {
        Config::parse(text, Path::new("umuxd.conf"), Path::new("addrgen")).expect("sound")
    }

    fn id(text: &str) -> PoolId {
        text.parse().expect("a pool")
    }

    fn names(pools: &[PoolConfig]) -> Vec<String> {
        pools.iter().map(|pool| pool.spec.id.to_string()).collect()
    }

    #[test]
    fn a_prefix_that_comes_makes_a_pool_and_one_that_goes_takes_it_away() {
        let config = config("[[pool]]\ninterface = \"em0\"\nprefix = \"auto\"\nlevel = 5\n");
        let mut prefixes = Prefixes::default();
        assert_eq!(prefixes.pools(&config).0, []);
        assert!(prefixes.set(vec![id("em0 2001:db8:1::/64"), id("em1 2001:db8:2::/64")]));
        let (pools, problems) = prefixes.pools(&config);
        assert_eq!(names(&pools), ["em0 2001:db8:1::/64"]);
        assert_eq!((pools[0].level, problems.len()), (5, 0));
        assert!(!prefixes.set(vec![id("em1 2001:db8:2::/64"), id("em0 2001:db8:1::/64")]));
        assert!(prefixes.set(vec![]));
        assert_eq!(prefixes.pools(&config).0, []);
    }

    #[test]
    fn a_pool_that_is_named_comes_before_one_that_is_followed() {
        let config = config(
            "[[pool]]\ninterface = \"em0\"\nprefix = \"auto\"\nlevel = 5\n\
             [[pool]]\ninterface = \"em0\"\nprefix = \"2001:db8:1::/64\"\nlevel = 7\n",
        );
        let mut prefixes = Prefixes::default();
        prefixes.set(vec![id("em0 2001:db8:1::/64"), id("em0 2001:db8:2::/64")]);
        let levels = |pool: &PoolConfig| (pool.spec.id.to_string(), pool.level);
        assert_eq!(
            prefixes
                .pools(&config)
                .0
                .iter()
                .map(levels)
                .collect::<Vec<_>>(),
            [
                ("em0 2001:db8:1::/64".into(), 7),
                ("em0 2001:db8:2::/64".into(), 5)
            ]
        );
    }

    #[test]
    fn a_prefix_that_the_method_cannot_use_is_told_once() {
        let config =
            config("[[pool]]\ninterface = \"em0\"\nprefix = \"auto\"\nmethod = \"fqdn-hash\"\n");
        let mut prefixes = Prefixes::default();
        prefixes.set(vec![id("em0 2001:db8::/56")]);
        let (pools, problems) = prefixes.pools(&config);
        assert_eq!((pools.len(), problems.len()), (0, 1));
        assert!(problems[0].contains("use a /64"), "{problems:?}");
        assert_eq!(prefixes.pools(&config).1, [] as [String; 0]);
    }
}
