// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What the configurations of all parts have in common.

use crate::key::Public;
use crate::link::Target;
use crate::name::{NameTable, Pattern};
use crate::server::Peer;
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use toml::Spanned;
use umux_daemon::config::{Checked, DaemonConfig, DaemonEntry, Wrong, daemon, number, wrong};

/// What a part's file says.
pub trait Settings: Sized + Send + Sync {
    /// Reads text.
    fn check(text: &str) -> Checked<Self>;
    /// What the files of all parts say.
    fn common(&self) -> &Common;
    /// What it means, for people.
    fn plan(&self) -> String;
}

/// What the files of all parts say.
#[derive(Debug, Clone)]
pub struct Common {
    /// `[daemon]`
    pub daemon: DaemonConfig,
    /// The file that holds the key, which is read once.
    pub key: PathBuf,
    /// Where the part listens.
    pub listen: Vec<SocketAddr>,
    /// Who may ask, by channels; a NOCA has none.
    pub peers: HashMap<Public, Peer>,
}

impl Common {
    /// Of a part that is asked by whoever likes.
    pub fn open(
        key: PathBuf,
        entries: &Spanned<Vec<Spanned<String>>>,
        entry: &DaemonEntry,
    ) -> Checked<Common> {
        Ok(Common {
            daemon: daemon(entry)?,
            key,
            listen: listen(entries)?,
            peers: HashMap::new(),
        })
    }

    /// Of a part that is asked by those alone whose keys it knows.
    pub fn pinned(
        key: PathBuf,
        entries: &Spanned<Vec<Spanned<String>>>,
        entry: &DaemonEntry,
        known: &[PeerEntry],
    ) -> Checked<Common> {
        Ok(Common {
            peers: peers(known)?,
            ..Common::open(key, entries, entry)?
        })
    }

    /// Who may ask, a line each.
    pub fn who_may_ask(&self) -> String {
        let lines = self
            .peers
            .values()
            .map(|peer| format!("{} may ask\n", peer.name));
        lines.collect()
    }
}

/// `[[peer]]`: who may ask this part.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerEntry {
    /// Its name in logs and metrics.
    pub name: Spanned<String>,
    /// Its public key.
    pub key: Spanned<String>,
    /// What it may ask for; by default everything.
    #[serde(default)]
    pub names: Vec<Spanned<String>>,
}

/// `[[broker]]`, `[[nosa]]`, `[[agent]]`: whom this part asks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetEntry {
    /// Its name in logs, metrics and tables.
    pub name: Spanned<String>,
    /// Where it listens.
    pub address: Spanned<String>,
    /// Its public key.
    pub key: Spanned<String>,
}

fn public(text: &Spanned<String>) -> Checked<Public> {
    match text.get_ref().parse() {
        Ok(key) => Ok(key),
        Err(e) => wrong(text, format!("key is {:?}: {e}", text.get_ref())),
    }
}

/// An address with its port.
pub fn address(what: &str, text: &Spanned<String>) -> Checked<SocketAddr> {
    match text.get_ref().parse::<SocketAddr>() {
        Ok(address) if address.port() != 0 => Ok(address),
        Ok(_) => wrong(text, format!("{what} has port 0: write the port's number")),
        Err(_) => wrong(
            text,
            format!(
                "{what} is {:?}: write an address with its port, for example \"[2001:db8::5]:7353\" \
                 (names are not looked up here)",
                text.get_ref()
            ),
        ),
    }
}

/// Where a part listens.
fn listen(entries: &Spanned<Vec<Spanned<String>>>) -> Checked<Vec<SocketAddr>> {
    if entries.get_ref().is_empty() {
        return wrong(
            entries,
            "listen is empty: write at least one address with its port",
        );
    }
    let mut all = Vec::new();
    for entry in entries.get_ref() {
        let address = address("listen", entry)?;
        if all.contains(&address) {
            return wrong(
                entry,
                format!("{address} stands twice in listen: remove one"),
            );
        }
        all.push(address);
    }
    Ok(all)
}

/// A name or a pattern.
pub fn pattern(text: &Spanned<String>) -> Checked<Pattern> {
    match text.get_ref().parse() {
        Ok(pattern) => Ok(pattern),
        Err(e) => wrong(text, format!("{e}, or *.example.com for all below one")),
    }
}

fn unique(what: &str, name: &Spanned<String>, seen: &mut HashSet<String>) -> Checked<()> {
    if name.get_ref().is_empty() {
        return wrong(
            name,
            format!("the name of a [[{what}]] is empty: give it one"),
        );
    }
    if !seen.insert(name.get_ref().clone()) {
        let name_text = name.get_ref();
        return wrong(
            name,
            format!("a second [[{what}]] with the name {name_text:?}: rename or remove one"),
        );
    }
    Ok(())
}

/// Who may ask.
fn peers(entries: &[PeerEntry]) -> Checked<HashMap<Public, Peer>> {
    if entries.is_empty() {
        return Err(Wrong {
            at: 0,
            what: "there is no [[peer]], so nobody could ask: write one with name and key".into(),
        });
    }
    let mut seen = HashSet::new();
    let mut all = HashMap::new();
    for entry in entries {
        unique("peer", &entry.name, &mut seen)?;
        let mut names = NameTable::default();
        for name in &entry.names {
            names.insert(&pattern(name)?, ());
        }
        let peer = Peer {
            name: entry.name.get_ref().clone(),
            names: Arc::new(names),
        };
        if let Some(other) = all.insert(public(&entry.key)?, peer) {
            return wrong(
                &entry.key,
                format!(
                    "this is the key of {:?}, too: each part has a key of its own",
                    other.name
                ),
            );
        }
    }
    Ok(all)
}

/// Whom to ask.
pub fn targets(what: &str, entries: &[TargetEntry]) -> Checked<Vec<Target>> {
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    for entry in entries {
        unique(what, &entry.name, &mut seen)?;
        all.push(Target {
            name: entry.name.get_ref().clone(),
            address: address("address", &entry.address)?,
            key: public(&entry.key)?,
        });
    }
    Ok(all)
}

/// A table of names in which each stands once.
pub fn insert<V>(table: &mut NameTable<V>, name: &Spanned<String>, value: V) -> Checked<()> {
    let pattern = pattern(name)?;
    match table.insert(&pattern, value) {
        None => Ok(()),
        Some(_) => wrong(
            name,
            format!("{pattern} stands twice: only one entry can say what becomes of it"),
        ),
    }
}

/// Share and order of one of several that can do the same: by default 1 and 0.
pub fn rank(weight: Option<&Spanned<i64>>, priority: Option<&Spanned<i64>>) -> Checked<(u32, u32)> {
    let weight = weight.map_or(Ok(1), |given| number("weight", given, 0..=1_000_000))?;
    let priority = priority.map_or(Ok(0), |given| number("priority", given, 0..=65_535))?;
    Ok((weight, priority))
}

/// One of the names that others are known by here.
pub fn known(what: &str, name: &Spanned<String>, all: &[Target]) -> Checked<usize> {
    match all.iter().position(|target| target.name == *name.get_ref()) {
        Some(i) => Ok(i),
        None => {
            let names: Vec<_> = all.iter().map(|target| target.name.as_str()).collect();
            wrong(
                name,
                format!(
                    "no [[{what}]] has the name {:?}: there {}",
                    name.get_ref(),
                    match names.len() {
                        0 => "is none at all".to_string(),
                        _ => format!("are {}", names.join(", ")),
                    }
                ),
            )
        }
    }
}
