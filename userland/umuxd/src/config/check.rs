// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! From what the file says to what is meant: defaults, ranges, contradictions.

use super::file::{Entry, File, ServersEntry};
use super::generator;
use super::layers::Layers;
use super::{AUTO, Config, PoolTemplate, ServersConfig};
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use toml::Spanned;
use umux_abi::{IfName, Miss, PoolId, PoolSpec, Prefix};
use umux_daemon::config::{Checked, Wrong, daemon, wrong};

const LEVEL: i64 = 256;
const LEVEL_MAX: i64 = 1_000_000;
const RATE: i64 = 2000;
const RATE_MAX: i64 = 1_000_000;
const AGE_MAX: i64 = u32::MAX as i64;
const NOTIFY_MAX: i64 = 60_000;

pub fn check(file: File, addrgen: &Path) -> Checked<Config> {
    no_names(&file.defaults, "[defaults] holds what pools share")?;
    let mut interfaces: BTreeMap<IfName, &Entry> = BTreeMap::new();
    for (name, entry) in &file.interface {
        no_names(
            entry.get_ref(),
            "[interface.NAME] holds what pools of it share",
        )?;
        match name.parse::<IfName>() {
            Ok(name) => interfaces.insert(name, entry.get_ref()),
            Err(e) => return wrong(entry, e.to_string()),
        };
    }
    if file.pool.is_empty() {
        return Err(Wrong {
            at: 0,
            what: "there is no [[pool]]: write one with interface and prefix".into(),
        });
    }
    let mut config = Config {
        daemon: daemon(&file.daemon)?,
        servers: file.servers.as_ref().map(servers).transpose()?,
        pools: Vec::new(),
        auto: Vec::new(),
    };
    let mut seen = HashSet::new();
    for entry in &file.pool {
        let (interface, prefix) = names(entry)?;
        let shared = interfaces.get(&interface).copied();
        let layers = Layers::new(
            [Some(entry.get_ref()), shared, Some(&file.defaults)]
                .into_iter()
                .flatten(),
        );
        let template = template(interface, &layers, addrgen)?;
        let name = match prefix {
            Some(prefix) => format!("{} {prefix}", template.interface),
            None => format!("{} {AUTO}", template.interface),
        };
        if !seen.insert(name.clone()) {
            return wrong(entry, format!("a second [[pool]] for {name}: remove one"));
        }
        match prefix {
            None => config.auto.push(template),
            Some(prefix) => match template.pool(prefix) {
                Ok(pool) => config.pools.push(pool),
                Err(why) => {
                    // The method is at fault, wherever it was said.
                    let at = layers
                        .get(|e| &e.method)
                        .map(Spanned::span)
                        .or_else(|| layers.get(|e| &e.groups).map(Spanned::span));
                    return Err(Wrong {
                        at: at.unwrap_or(entry.span()).start,
                        what: why,
                    });
                }
            },
        }
    }
    unused(&file, &config)?;
    Ok(config)
}

fn no_names(entry: &Entry, what: &str) -> Checked<()> {
    match entry.interface.as_ref().or(entry.prefix.as_ref()) {
        Some(key) => wrong(
            key,
            format!("interface and prefix belong into a [[pool]]: {what}"),
        ),
        None => Ok(()),
    }
}

/// A table for an interface without a pool is a slip of the pen.
fn unused(file: &File, config: &Config) -> Checked<()> {
    let used = |name: &str| {
        let pools = config.pools.iter().map(|pool| &pool.spec.id.interface);
        pools
            .chain(config.auto.iter().map(|template| &template.interface))
            .any(|interface| interface.as_str() == name)
    };
    match file.interface.iter().find(|(name, _)| !used(name)) {
        Some((name, entry)) => wrong(
            entry,
            format!("no [[pool]] is on {name}: correct the name, or remove [interface.{name}]"),
        ),
        None => Ok(()),
    }
}

fn servers(entry: &ServersEntry) -> Checked<ServersConfig> {
    let rule = |text: &Spanned<String>| match text.get_ref().parse() {
        Ok(rule) => Ok(rule),
        Err(e) => wrong(text, format!("{e}")),
    };
    Ok(ServersConfig {
        rules: entry.rules.iter().map(rule).collect::<Checked<_>>()?,
        apply: entry.apply.unwrap_or(true),
    })
}

/// Interface and prefix of a pool; no prefix: whichever the interface has.
fn names(at: &Spanned<Entry>) -> Checked<(IfName, Option<Prefix>)> {
    let (Some(interface), Some(prefix)) = (&at.get_ref().interface, &at.get_ref().prefix) else {
        return wrong(
            at,
            "a [[pool]] needs both keys, for example interface = \"em0\" and prefix = \"2001:db8:1::/64\", or prefix = \"auto\"",
        );
    };
    let name: IfName = match interface.get_ref().parse() {
        Ok(name) => name,
        Err(e) => return wrong(interface, e.to_string()),
    };
    if prefix.get_ref() == AUTO {
        return Ok((name, None));
    }
    match prefix.get_ref().parse() {
        Ok(prefix) => Ok((name, Some(prefix))),
        Err(e) => wrong(
            prefix,
            format!("{e}, or \"{AUTO}\" for those of router advertisements"),
        ),
    }
}

fn template(interface: IfName, layers: &Layers, addrgen: &Path) -> Checked<PoolTemplate> {
    let level = layers.number("level", |e| &e.level, LEVEL, 1..=LEVEL_MAX)?;
    Ok(PoolTemplate {
        interface,
        level,
        low: low(layers, level)?,
        rate: layers.number("rate", |e| &e.rate, RATE, 1..=RATE_MAX)?,
        miss: miss(layers.get(|e| &e.miss))?,
        max_age: layers.number("max_age", |e| &e.max_age, 0, 0..=AGE_MAX)?,
        notify_ms: layers.number(
            "notify_ms",
            |e| &e.notify_ms,
            PoolSpec::NOTIFY_MS.into(),
            0..=NOTIFY_MAX,
        )?,
        generator: generator::choice(layers, level, addrgen)?,
    })
}

impl PoolTemplate {
    /// The pool of a prefix; an error says why its addresses cannot be chosen.
    pub fn pool(&self, prefix: Prefix) -> Result<super::PoolConfig, String> {
        Ok(super::PoolConfig {
            generator: self.generator.command(&prefix)?,
            spec: PoolSpec {
                id: PoolId::new(self.interface.clone(), prefix),
                miss: self.miss,
                max_age: self.max_age,
                notify_ms: self.notify_ms,
            },
            level: self.level,
            low: self.low,
            rate: self.rate,
        })
    }
}

/// Nine tenths of the level, unless it is said.
fn low(layers: &Layers, level: u32) -> Checked<u32> {
    let built_in = (i64::from(level) * 9 + 9) / 10;
    let low = layers.number("low", |e| &e.low, built_in, 1..=LEVEL_MAX)?;
    match layers.get(|e| &e.low) {
        Some(given) if low > level => wrong(
            given,
            format!("low is {low} and level only {level}: lower the one or raise the other"),
        ),
        _ => Ok(low),
    }
}

fn miss(given: Option<&Spanned<String>>) -> Checked<Miss> {
    match given {
        None => Ok(Miss::default()),
        Some(given) => match given.get_ref().parse() {
            Ok(miss) => Ok(miss),
            Err(e) => wrong(given, format!("miss is {e}")),
        },
    }
}
