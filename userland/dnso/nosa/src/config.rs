// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What umux-nosa.conf says.

use serde::Deserialize;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use toml::Spanned;
use umux_abi::Prefix;
use umux_daemon::config::{Checked, DaemonEntry, Wrong, number, parse, wrong};
use umux_dnso::config::{Common, PeerEntry, Settings, TargetEntry, insert, known, rank, targets};
use umux_dnso::link::Target;
use umux_dnso::name::NameTable;

/// Seconds that an SSA waits for its client.
const LIFETIME: u32 = 30;
/// Milliseconds that an agent has for an address whose DAD is done,
const ATTEMPT_POOL: u32 = 500;
/// and for one that has to pass it.
const ATTEMPT_HASH: u32 = 2000;

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
    agent: Vec<AgentEntry>,
    #[serde(default)]
    service: Vec<Spanned<ServiceEntry>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AgentEntry {
    name: Spanned<String>,
    address: Spanned<String>,
    key: Spanned<String>,
    prefixes: Spanned<Vec<Spanned<String>>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceEntry {
    names: Vec<Spanned<String>>,
    address: Option<Spanned<String>>,
    admit: Option<Spanned<String>>,
    lifetime: Option<Spanned<i64>>,
    attempt_ms: Option<Spanned<i64>>,
    servers: Spanned<Vec<ServerEntry>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ServerEntry {
    agent: Spanned<String>,
    service: String,
    weight: Option<Spanned<i64>>,
    priority: Option<Spanned<i64>>,
}

/// Where SSAs come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The agent's pool: DAD was done ahead.
    Pool,
    /// A hash of the name and a random string; DAD is done then.
    Hash,
}

/// Whom an SSA lets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admit {
    /// Whoever comes first.
    Any,
    /// The client's address alone, or its prefix of so many bits.
    Client(u8),
}

/// A server of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerOf {
    /// Number of its agent.
    pub agent: usize,
    /// The agent's name for the listener.
    pub service: String,
    /// Its share.
    pub weight: u32,
    /// Lower ones first.
    pub priority: u32,
}

/// What belongs to a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Where SSAs come from.
    pub source: Source,
    /// Whom they let in.
    pub admit: Admit,
    /// How long they wait, milliseconds.
    pub lifetime_ms: u32,
    /// How long an agent has.
    pub attempt: Duration,
    /// The server selection table.
    pub servers: Vec<ServerOf>,
}

/// An agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Where it is.
    pub target: Target,
    /// Where its addresses are from; others are not believed.
    pub prefixes: Vec<Prefix>,
}

/// All that the file says.
#[derive(Debug, Clone)]
pub struct Config {
    /// What all parts have.
    pub common: Common,
    /// Agents.
    pub agents: Vec<Agent>,
    /// Services by name.
    pub services: NameTable<Arc<Service>>,
    /// The same for people.
    lines: Vec<String>,
}

/// Reads text.
fn check(text: &str) -> Checked<Config> {
    let file: File = parse(text)?;
    let entries: Vec<TargetEntry> = file.agent.iter().map(target).collect();
    let agents: Checked<Vec<Agent>> = targets("agent", &entries)?
        .into_iter()
        .zip(&file.agent)
        .map(|(target, entry)| {
            let prefixes = prefixes(&entry.prefixes)?;
            Ok(Agent { target, prefixes })
        })
        .collect();
    let agents = agents?;
    if file.service.is_empty() {
        return Err(Wrong {
            at: 0,
            what: "there is no [[service]]: write one with names and servers".into(),
        });
    }
    let targets: Vec<Target> = agents.iter().map(|agent| agent.target.clone()).collect();
    let mut services = NameTable::default();
    let mut lines = Vec::new();
    for entry in &file.service {
        if entry.get_ref().names.is_empty() {
            return wrong(entry, "names is empty: write the names of this service");
        }
        let service = Arc::new(service(entry.get_ref(), &targets)?);
        if service.source == Source::Hash {
            hashable(entry.get_ref(), &service, &agents)?;
        }
        for name in &entry.get_ref().names {
            insert(&mut services, name, Arc::clone(&service))?;
            lines.push(line(name.get_ref(), &service, &targets));
        }
    }
    Ok(Config {
        common: Common::pinned(file.key, &file.listen, &file.daemon, &file.peer)?,
        agents,
        services,
        lines,
    })
}

fn target(entry: &AgentEntry) -> TargetEntry {
    TargetEntry {
        name: entry.name.clone(),
        address: entry.address.clone(),
        key: entry.key.clone(),
    }
}

fn prefixes(entries: &Spanned<Vec<Spanned<String>>>) -> Checked<Vec<Prefix>> {
    if entries.get_ref().is_empty() {
        return wrong(
            entries,
            "prefixes is empty: write those that the server's addresses are from",
        );
    }
    let prefix = |text: &Spanned<String>| match text.get_ref().parse() {
        Ok(prefix) => Ok(prefix),
        Err(e) => wrong(text, format!("{e}")),
    };
    entries.get_ref().iter().map(prefix).collect()
}

/// The identifier is 64 bits, so the prefix has to be.
fn hashable(entry: &ServiceEntry, service: &Service, agents: &[Agent]) -> Checked<()> {
    for server in &service.servers {
        let agent = &agents[server.agent];
        if agent.prefixes[0].len() != 64 {
            let what = format!(
                "address = \"hash\" makes 64 bits, and the first prefix of {} has {}: write a /64, or address = \"pool\"",
                agent.target.name,
                agent.prefixes[0].len()
            );
            return match &entry.address {
                Some(at) => wrong(at, what),
                None => wrong(&entry.servers, what),
            };
        }
    }
    Ok(())
}

fn service(entry: &ServiceEntry, agents: &[Target]) -> Checked<Service> {
    let source = match &entry.address {
        None => Source::Pool,
        Some(text) => match text.get_ref().as_str() {
            "pool" => Source::Pool,
            "hash" => Source::Hash,
            other => return wrong(text, format!("address is {other:?}: write pool or hash")),
        },
    };
    let admit = match &entry.admit {
        None => Admit::Any,
        Some(text) => match text.get_ref().as_str() {
            "any" => Admit::Any,
            "client" => Admit::Client(128),
            other => match other.strip_prefix('/').and_then(|len| len.parse().ok()) {
                Some(len @ 16..=128) => Admit::Client(len),
                _ => {
                    let what = format!(
                        "admit is {other:?}: write any, client, or the length of the client's prefix, as /64 (/16 to /128)"
                    );
                    return wrong(text, what);
                }
            },
        },
    };
    let lifetime = match &entry.lifetime {
        None => LIFETIME,
        Some(given) => number("lifetime", given, 1..=86_400)?,
    };
    let attempt = match (&entry.attempt_ms, source) {
        (Some(given), _) => number("attempt_ms", given, 10..=30_000)?,
        (None, Source::Pool) => ATTEMPT_POOL,
        (None, Source::Hash) => ATTEMPT_HASH,
    };
    if entry.servers.get_ref().is_empty() {
        return wrong(
            &entry.servers,
            "servers is empty: write at least one agent and its service",
        );
    }
    let servers = entry.servers.get_ref().iter().map(|server| {
        let (weight, priority) = rank(server.weight.as_ref(), server.priority.as_ref())?;
        Ok(ServerOf {
            agent: known("agent", &server.agent, agents)?,
            service: server.service.clone(),
            weight,
            priority,
        })
    });
    Ok(Service {
        source,
        admit,
        lifetime_ms: lifetime * 1000,
        attempt: Duration::from_millis(attempt.into()),
        servers: servers.collect::<Checked<_>>()?,
    })
}

fn line(name: &str, service: &Service, agents: &[Target]) -> String {
    let servers: Vec<String> = service
        .servers
        .iter()
        .map(|s| format!("{} of {} ({})", s.service, agents[s.agent].name, s.weight))
        .collect();
    let source = match service.source {
        Source::Pool => "from the pool",
        Source::Hash => "made from the name",
    };
    let admit = match service.admit {
        Admit::Any => "whoever comes first".to_string(),
        Admit::Client(128) => "the client alone".to_string(),
        Admit::Client(len) => format!("the client's /{len}"),
    };
    format!(
        "{name}: {}; addresses {source}, for {admit}, {} s",
        servers.join(", "),
        service.lifetime_ms / 1000
    )
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
        for line in &self.lines {
            let _ = writeln!(text, "{line}");
        }
        text + &self.common.who_may_ask()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = include_str!("../../../etc/umux-nosa.conf.sample");

    #[test]
    fn the_sample_is_sound() {
        let config = check(SAMPLE).expect("sound");
        let name: umux_dnso::name::Name = "www.example.com".parse().expect("a name");
        let service = config.services.get(name.wire()).expect("in the table");
        assert_eq!(service.servers.len(), 2);
        assert!(config.plan().contains("www.example.com"));
    }

    #[test]
    fn mistakes_are_named_with_the_remedy() {
        for (from, to, expected) in [
            (
                "agent = \"web-2\"",
                "agent = \"web-3\"",
                "there are web-1, web-2",
            ),
            ("[\"www.example.com\"]", "[\"www..com\"]", "no domain name"),
            (
                "[\"www.example.com\"]",
                "[\"a.b\", \"A.b.\"]",
                "stands twice",
            ),
            ("/64\"]", "/60\"]\n#", "address = \"hash\" makes 64 bits"),
            ("weight = 2", "weight = -2", "weight is -2"),
        ] {
            assert!(SAMPLE.contains(from), "{from}");
            let text = SAMPLE
                .replacen(from, to, 1)
                .replace("#address = \"pool\"", "address = \"hash\"");
            let what = check(&text).expect_err(to).what;
            assert!(what.contains(expected), "{to}: {what}");
        }
    }
}
