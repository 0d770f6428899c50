// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What umux-noca.conf says.

use crate::clients::{Clients, Known, Tell};
use crate::upstream::UpstreamConfig;
use crate::upstream::stream::Tls;
use ipnet::{IpNet, Ipv6Net};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use serde::Deserialize;
use std::fmt::Write;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use toml::Spanned;
use umux_daemon::config::{Checked, DaemonEntry, Wrong, number, parse, wrong};
use umux_dnso::config::{Common, Settings, TargetEntry, address, insert, known, targets};
use umux_dnso::link::Target;
use umux_dnso::name::NameTable;

/// Addresses that a client can have made, a second and at once.
const RATE: (u32, u32) = (20, 100);
/// Answers that are kept.
const ENTRIES: u32 = 10_000;
/// Seconds that one is kept at most: a day.
const TTL_MAX: u32 = 86_400;
/// Milliseconds that an upstream has.
const UPSTREAM: u32 = 1000;
/// Milliseconds that an address may take, and that one broker has.
const BUDGET: (u32, u32) = (3000, 1200);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    key: PathBuf,
    listen: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    daemon: DaemonEntry,
    #[serde(default)]
    cache: CacheEntry,
    #[serde(default)]
    clients: ClientsEntry,
    #[serde(default)]
    upstream: Vec<UpstreamEntry>,
    upstream_ms: Option<Spanned<i64>>,
    #[serde(default)]
    broker: Vec<TargetEntry>,
    #[serde(default)]
    client: Vec<ClientEntry>,
    #[serde(default, rename = "override")]
    overrides: Vec<Spanned<OverrideEntry>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct CacheEntry {
    entries: Option<Spanned<i64>>,
    ttl_max: Option<Spanned<i64>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientsEntry {
    allow: Option<Spanned<Vec<Spanned<String>>>>,
    tell: Option<Spanned<String>>,
    rate: Option<Spanned<i64>>,
    burst: Option<Spanned<i64>>,
    #[serde(default)]
    ecs_from: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UpstreamEntry {
    address: Spanned<String>,
    tls: Option<Spanned<String>>,
    ca: Option<Spanned<PathBuf>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientEntry {
    name: String,
    from: Spanned<Vec<Spanned<String>>>,
    address: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OverrideEntry {
    names: Vec<Spanned<String>>,
    brokers: Option<Spanned<Vec<Spanned<String>>>>,
    on_failure: Option<Spanned<String>>,
    budget_ms: Option<Spanned<i64>>,
    attempt_ms: Option<Spanned<i64>>,
    #[serde(default)]
    prefixes: Vec<Spanned<String>>,
}

/// What a client gets when there is no address for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// SERVFAIL.
    Servfail,
    /// What the ordinary resolver says.
    Plain,
}

/// What becomes of an overridden name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Brokers by number, in the order in which they are asked.
    pub brokers: Vec<usize>,
    /// When there is no address.
    pub on_failure: OnFailure,
    /// How long it may take.
    pub budget: Duration,
    /// How long one broker has.
    pub attempt: Duration,
    /// Addresses that are believed; empty: all that can be a server's.
    pub prefixes: Vec<Ipv6Net>,
}

/// All that the file says.
#[derive(Debug, Clone)]
pub struct Config {
    /// What all parts have.
    pub common: Common,
    /// Answers that are kept.
    pub cache_entries: u32,
    /// And for how long at most, seconds.
    pub cache_ttl_max: u32,
    /// Who is who.
    pub clients: Clients,
    /// Addresses that a client can have made, a second and at once.
    pub rate: (NonZeroU32, NonZeroU32),
    /// The ordinary resolvers.
    pub upstreams: Vec<UpstreamConfig>,
    /// How long one has.
    pub upstream_limit: Duration,
    /// Brokers.
    pub brokers: Vec<Target>,
    /// The PLR table: private leading resolving.
    pub overrides: NameTable<Arc<Override>>,
    lines: Vec<String>,
}

fn positive(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

/// Reads text.
fn check(text: &str) -> Checked<Config> {
    let file: File = parse(text)?;
    let common = Common::open(file.key, &file.listen, &file.daemon)?;
    if file.upstream.is_empty() {
        return Err(Wrong {
            at: 0,
            what: "there is no [[upstream]]: write one with the address of the ordinary resolver"
                .into(),
        });
    }
    let upstreams: Vec<UpstreamConfig> = file
        .upstream
        .iter()
        .map(|entry| upstream(entry, &common.listen))
        .collect::<Checked<_>>()?;
    let brokers = targets("broker", &file.broker)?;
    let mut overrides = NameTable::default();
    let mut lines = Vec::new();
    for entry in &file.overrides {
        let over = Arc::new(override_of(entry, &brokers)?);
        let shown: Vec<_> = over
            .brokers
            .iter()
            .map(|i| brokers[*i].name.as_str())
            .collect();
        for name in &entry.get_ref().names {
            insert(&mut overrides, name, Arc::clone(&over))?;
            lines.push(format!(
                "{}: {}; else {}",
                name.get_ref(),
                shown.join(", "),
                match over.on_failure {
                    OnFailure::Servfail => "SERVFAIL",
                    OnFailure::Plain => "what the upstream says",
                }
            ));
        }
    }
    let get = |name: &str, value: &Option<Spanned<i64>>, built_in, range| match value {
        None => Ok(built_in),
        Some(given) => number(name, given, range),
    };
    let rate = get("rate", &file.clients.rate, RATE.0, 1..=1_000_000)?;
    let burst = get(
        "burst",
        &file.clients.burst,
        RATE.1.max(rate),
        1..=1_000_000,
    )?;
    let limit = get("upstream_ms", &file.upstream_ms, UPSTREAM, 10..=30_000)?;
    Ok(Config {
        common,
        cache_entries: get("entries", &file.cache.entries, ENTRIES, 0..=10_000_000)?,
        cache_ttl_max: get("ttl_max", &file.cache.ttl_max, TTL_MAX, 0..=604_800)?,
        clients: clients(&file.clients, &file.client)?,
        rate: (positive(rate), positive(burst)),
        upstreams,
        upstream_limit: Duration::from_millis(limit.into()),
        brokers,
        overrides,
        lines,
    })
}

fn upstream(entry: &UpstreamEntry, listen: &[SocketAddr]) -> Checked<UpstreamConfig> {
    let at = address("address", &entry.address)?;
    if listen.contains(&at) {
        return wrong(
            &entry.address,
            format!("{at} is where umux-noca itself listens: name another resolver"),
        );
    }
    let tls = match (&entry.tls, &entry.ca) {
        (None, None) => None,
        (None, Some(ca)) => {
            return wrong(
                ca,
                "ca without tls: write the name of the certificate as tls",
            );
        }
        (Some(name), ca) => Some(tls(name, ca.as_ref())?),
    };
    Ok(UpstreamConfig { address: at, tls })
}

fn tls(name: &Spanned<String>, ca: Option<&Spanned<PathBuf>>) -> Checked<Tls> {
    let Ok(server) = ServerName::try_from(name.get_ref().clone()) else {
        return wrong(
            name,
            format!(
                "tls is {:?}: write the name of the resolver's certificate",
                name.get_ref()
            ),
        );
    };
    let mut roots = rustls::RootCertStore::empty();
    match ca {
        Some(ca) => {
            let file = ca.get_ref().display();
            let read = CertificateDer::pem_file_iter(ca.get_ref())
                .and_then(|all| all.collect::<Result<Vec<_>, _>>());
            let certificates = match read {
                Ok(certificates) => certificates,
                Err(e) => return wrong(ca, format!("cannot read the certificates in {file}: {e}")),
            };
            if roots.add_parsable_certificates(certificates).0 == 0 {
                return wrong(
                    ca,
                    format!("{file} holds no certificate of an authority (PEM)"),
                );
            }
        }
        None => {
            let found = rustls_native_certs::load_native_certs();
            if roots.add_parsable_certificates(found.certs).0 == 0 {
                return wrong(
                    name,
                    "the system has no certificates of authorities: install them (ca_root_nss), or name a file with ca",
                );
            }
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = Arc::new(roots);
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map(|builder| {
            let builder = builder.with_root_certificates(Arc::clone(&roots));
            builder.with_no_client_auth()
        });
    match config {
        Ok(config) => Ok(Tls {
            name: server,
            roots,
            config: Arc::new(config),
        }),
        Err(e) => wrong(name, format!("TLS cannot be used: {e}")),
    }
}

fn net(text: &Spanned<String>) -> Checked<IpNet> {
    let parsed = text.get_ref().parse::<IpNet>();
    let parsed = parsed.or_else(|e| {
        let address = text.get_ref().parse::<std::net::IpAddr>();
        address.map(IpNet::from).map_err(|_| e)
    });
    match parsed {
        Ok(net) => Ok(net.trunc()),
        Err(_) => wrong(
            text,
            format!(
                "{:?} is no address or prefix: write one like 2001:db8:9::/64",
                text.get_ref()
            ),
        ),
    }
}

fn net6(text: &Spanned<String>) -> Checked<Ipv6Net> {
    match net(text)? {
        IpNet::V6(net) => Ok(net),
        IpNet::V4(_) => wrong(
            text,
            format!("{:?} is IPv4: addresses of umux are IPv6", text.get_ref()),
        ),
    }
}

fn clients(entry: &ClientsEntry, known: &[ClientEntry]) -> Checked<Clients> {
    let tell = match &entry.tell {
        None => Tell::Prefix(128),
        Some(text) => match text.get_ref().as_str() {
            "address" => Tell::Prefix(128),
            "nothing" => Tell::Nothing,
            other => match other.strip_prefix('/').and_then(|len| len.parse().ok()) {
                Some(len @ 16..=128) => Tell::Prefix(len),
                _ => {
                    let what = format!(
                        "tell is {other:?}: write address, nothing, or the length of the client's prefix, as /64 (/16 to /128)"
                    );
                    return wrong(text, what);
                }
            },
        },
    };
    let known = known.iter().map(|entry| {
        if entry.from.get_ref().is_empty() {
            return wrong(
                &entry.from,
                "from is empty: write where the client asks from",
            );
        }
        Ok(Known {
            name: entry.name.clone(),
            from: entry
                .from
                .get_ref()
                .iter()
                .map(net)
                .collect::<Checked<_>>()?,
            address: net6(&entry.address)?,
        })
    });
    let allow = match &entry.allow {
        None => None,
        Some(list) if list.get_ref().is_empty() => {
            return wrong(
                list,
                "allow is empty, so that nobody could ask: write prefixes, or leave it out for everybody",
            );
        }
        Some(list) => Some(list.get_ref().iter().map(net).collect::<Checked<_>>()?),
    };
    Ok(Clients {
        allow,
        tell,
        ecs_from: entry.ecs_from.iter().map(net).collect::<Checked<_>>()?,
        known: known.collect::<Checked<_>>()?,
    })
}

fn override_of(entry: &Spanned<OverrideEntry>, brokers: &[Target]) -> Checked<Override> {
    let at = entry;
    let entry = entry.get_ref();
    if entry.names.is_empty() {
        return wrong(at, "names is empty: write the names that are overridden");
    }
    let chosen = match &entry.brokers {
        None => (0..brokers.len()).collect(),
        Some(names) => names
            .get_ref()
            .iter()
            .map(|name| known("broker", name, brokers))
            .collect::<Checked<Vec<_>>>()?,
    };
    if chosen.is_empty() {
        return wrong(
            at,
            "there is no broker for this: write a [[broker]] with name, address and key",
        );
    }
    let on_failure = match &entry.on_failure {
        None => OnFailure::Servfail,
        Some(text) => match text.get_ref().as_str() {
            "servfail" => OnFailure::Servfail,
            "plain" => OnFailure::Plain,
            other => {
                return wrong(
                    text,
                    format!("on_failure is {other:?}: write servfail or plain"),
                );
            }
        },
    };
    let budget = match &entry.budget_ms {
        None => BUDGET.0,
        Some(given) => number("budget_ms", given, 50..=30_000)?,
    };
    let attempt = match &entry.attempt_ms {
        None => BUDGET.1,
        Some(given) => number("attempt_ms", given, 10..=30_000)?,
    };
    Ok(Override {
        brokers: chosen,
        on_failure,
        budget: Duration::from_millis(budget.into()),
        attempt: Duration::from_millis(attempt.into()),
        prefixes: entry.prefixes.iter().map(net6).collect::<Checked<_>>()?,
    })
}

impl Config {
    /// Where strangers may ask as clients do, unless a packet filter keeps them off:
    /// resolvers should not (RFC 5358).
    pub fn is_open(&self) -> bool {
        let listen = &self.common.listen;
        self.clients.allow.is_none() && listen.iter().any(|at| !at.ip().is_loopback())
    }
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
        for upstream in &self.upstreams {
            let how = match &upstream.tls {
                Some(tls) => format!("TLS, {}", tls.name.to_str()),
                None => "UDP and TCP".into(),
            };
            let _ = writeln!(text, "ordinary names: {} ({how})", upstream.address);
        }
        for line in &self.lines {
            let _ = writeln!(text, "{line}");
        }
        let who = match &self.clients.allow {
            None => "everybody who reaches it".into(),
            Some(nets) => {
                let nets: Vec<_> = nets.iter().map(ToString::to_string).collect();
                nets.join(", ")
            }
        };
        let _ = writeln!(text, "who may ask: {who}");
        let (rate, burst) = self.rate;
        let _ = writeln!(
            text,
            "a client gets {rate} addresses a second, {burst} at once"
        );
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = include_str!("../../../etc/umux-noca.conf.sample");

    #[test]
    fn the_sample_is_sound() {
        let config = check(SAMPLE).expect("sound");
        assert!(config.plan().contains("www.example.com: broker-1"));
    }

    #[test]
    fn it_is_open_where_strangers_can_ask() {
        let open = |allow: &str, listen: &str| {
            let text = SAMPLE.replacen("#allow", allow, 1).replacen(
                "\"127.0.0.1:53\", \"[::1]:53\"",
                listen,
                1,
            );
            let config = check(&text).expect("sound");
            let everybody = config.plan().contains("who may ask: everybody");
            assert_eq!(everybody, allow == "#allow", "{}", config.plan());
            config.is_open()
        };
        assert!(!open("#allow", "\"127.0.0.1:53\", \"[::1]:53\""));
        assert!(open("#allow", "\"127.0.0.1:53\", \"[2001:db8:9::53]:53\""));
        assert!(open("#allow", "\"[::]:53\""));
        assert!(!open("allow", "\"[::]:53\""));
    }

    #[test]
    fn mistakes_are_named_with_the_remedy() {
        for (from, to, expected) in [
            ("\"192.0.2.53:53\"", "\"127.0.0.1:53\"", "itself listens"),
            ("\"192.0.2.53:53\"", "\"resolver\"", "with its port"),
            ("names = [\"www", "names = [\"w w", "no domain name"),
            ("[[broker]]", "[[brokers]]", "unknown key"),
            (
                "#on_failure = \"servfail\"",
                "on_failure = \"x\"",
                "servfail or plain",
            ),
            (
                "#brokers = [\"broker-1\"]",
                "brokers = [\"b\"]",
                "there are broker-1",
            ),
            ("#tell = \"address\"", "tell = \"/8\"", "/16 to /128"),
            (
                "#allow = [\"2001:db8:9::/48\", \"192.0.2.0/24\"]",
                "allow = []",
                "nobody could ask",
            ),
            (
                "#allow = [\"2001:db8:9::/48\", \"192.0.2.0/24\"]",
                "allow = [\"localnets\"]",
                "no address or prefix",
            ),
            (
                "#tls = \"dns.example.net\"",
                "ca = \"/x\"",
                "ca without tls",
            ),
        ] {
            assert!(SAMPLE.contains(from), "{from}");
            let what = check(&SAMPLE.replacen(from, to, 1)).expect_err(to).what;
            assert!(what.contains(expected), "{to}: {what}");
        }
    }
}
