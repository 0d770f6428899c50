// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What umux-dasd.conf says.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;
use toml::Spanned;
use umux_abi::PoolId;
use umux_daemon::config::{Checked, DaemonEntry, Wrong, number, parse, wrong};
use umux_dnso::config::{Common, PeerEntry, Settings};

/// Seconds that an address waits at most, if a service does not say.
const LIFETIME_MAX: u32 = 60;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    key: PathBuf,
    listen: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    daemon: DaemonEntry,
    #[serde(default)]
    peer: Vec<PeerEntry>,
    #[serde(default)]
    service: Vec<Spanned<ServiceEntry>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceEntry {
    name: Spanned<String>,
    port: Spanned<i64>,
    pid: Option<Spanned<i64>>,
    pool: Option<Spanned<[String; 2]>>,
    lifetime_max: Option<Spanned<i64>>,
}

/// A listener that addresses may be armed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its port.
    pub port: u16,
    /// The process that listens; none: whichever does.
    pub pid: Option<u32>,
    /// Where its addresses are from; none: any pool.
    pub pool: Option<PoolId>,
    /// How long an address waits at most, milliseconds.
    pub lifetime_max_ms: u32,
}

/// All that the file says.
#[derive(Debug, Clone)]
pub struct Config {
    /// What all parts have.
    pub common: Common,
    /// By name.
    pub services: BTreeMap<String, Service>,
}

/// Reads text.
fn check(text: &str) -> Checked<Config> {
    let file: File = parse(text)?;
    if file.service.is_empty() {
        return Err(Wrong {
            at: 0,
            what: "there is no [[service]]: write one with name and port".into(),
        });
    }
    let mut services = BTreeMap::new();
    for entry in &file.service {
        let entry = entry.get_ref();
        let name = entry.name.get_ref().clone();
        if services.insert(name.clone(), service(entry)?).is_some() {
            return wrong(
                &entry.name,
                format!("a second [[service]] with the name {name:?}: rename or remove one"),
            );
        }
    }
    if let Some(name) = file.peer.iter().flat_map(|peer| &peer.names).next() {
        return wrong(
            name,
            "names says nothing here, as an agent is asked for services: remove it, and write it \
             into a [[peer]] of the NOSA or of the broker",
        );
    }
    Ok(Config {
        common: Common::pinned(file.key, &file.listen, &file.daemon, &file.peer)?,
        services,
    })
}

fn service(entry: &ServiceEntry) -> Checked<Service> {
    let pool = match &entry.pool {
        None => None,
        Some(pool) => {
            let [interface, prefix] = pool.get_ref();
            match (interface.parse(), prefix.parse()) {
                (Ok(interface), Ok(prefix)) => Some(PoolId::new(interface, prefix)),
                (Err(e), _) => return wrong(pool, e.to_string()),
                (_, Err(e)) => return wrong(pool, e.to_string()),
            }
        }
    };
    let pid = entry.pid.as_ref();
    let lifetime_max = match &entry.lifetime_max {
        None => LIFETIME_MAX,
        Some(given) => number("lifetime_max", given, 1..=86_400)?,
    };
    Ok(Service {
        port: number("port", &entry.port, 1..=65_535)? as u16,
        pid: pid
            .map(|pid| number("pid", pid, 1..=i64::from(i32::MAX)))
            .transpose()?,
        pool,
        lifetime_max_ms: lifetime_max * 1000,
    })
}

impl Settings for Config {
    fn check(text: &str) -> Checked<Config> {
        check(text)
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn plan(&self) -> String {
        let mut text = String::new();
        for (name, service) in &self.services {
            let _ = write!(text, "arms addresses for {name}: TCP port {}", service.port);
            if let Some(pool) = &service.pool {
                let _ = write!(text, ", from {pool}");
            }
            let _ = writeln!(text, ", for {} s at most", service.lifetime_max_ms / 1000);
        }
        text + &self.common.who_may_ask()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = include_str!("../../../etc/umux-dasd.conf.sample");

    fn error(from: &str, to: &str) -> String {
        assert!(SAMPLE.contains(from), "{from}");
        check(&SAMPLE.replacen(from, to, 1)).expect_err(to).what
    }

    #[test]
    fn the_sample_is_sound() {
        let config = check(SAMPLE).expect("sound");
        assert_eq!(config.services["http"].port, 80);
        assert!(config.plan().contains("TCP port 80"));
    }

    #[test]
    fn mistakes_are_named_with_the_remedy() {
        for (from, to, expected) in [
            ("port = 80", "port = 0", "port is 0: write 1 to 65535"),
            ("port = 80", "prot = 80", "unknown key `prot`"),
            ("\"[::]:7355\"", "\"host:7355\"", "names are not looked up"),
            ("[[service]]", "[[services]]", "unknown key"),
            (
                "name = \"nosa-1\"",
                "name = \"nosa-1\"\nnames = [\"www.example.com\"]",
                "names says nothing here",
            ),
        ] {
            let what = error(from, to);
            assert!(what.contains(expected), "{to}: {what}");
        }
    }
}
