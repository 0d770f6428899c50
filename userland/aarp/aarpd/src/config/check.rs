// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! From what the file says to what is meant: defaults, ranges, contradictions.

use super::file::{AccessEntry, AnycastEntry, File, LimitsEntry, ResolverEntry};
use super::{Access, Config, Interfaces, Service};
use aarp::view::RULES_MAX;
use aarp_core::bucket::Limit;
use aarp_core::{Policy, Rule, Rules, Settings};
use ipnet::Ipv6Net;
use nix::net::if_::if_nametoindex;
use std::collections::HashSet;
use std::net::Ipv6Addr;
use std::ops::RangeInclusive;
use std::time::Duration;
use toml::Spanned;
use umux_daemon::config::{Checked, Wrong, daemon, number, wrong};

/// A word for `::/0`.
const ALL: &str = "all";

const DAY: i64 = 86_400;

pub fn check(file: &File) -> Checked<Config> {
    let mut settings = settings(&file.resolver, &file.limits)?;
    let service = service(&file.resolver, &file.limits, &settings)?;
    // Whoever is served can wait.
    settings.max_waiting = settings.max_waiting.max(service.clients);
    let (rules, interfaces) = rules(file)?;
    Ok(Config {
        daemon: daemon(&file.daemon)?,
        service,
        access: access(&file.access)?,
        rules,
        interfaces,
        settings,
    })
}

fn or(
    name: &str,
    given: &Option<Spanned<i64>>,
    built_in: u64,
    range: RangeInclusive<i64>,
) -> Checked<u64> {
    match given {
        None => Ok(built_in),
        Some(given) => number(name, given, range).map(u64::from),
    }
}

fn settings(resolver: &ResolverEntry, limits: &LimitsEntry) -> Checked<Settings> {
    let built_in = Settings::default();
    let ms = |name, given, built_in: Duration, range| {
        or(name, given, built_in.as_millis() as u64, range).map(Duration::from_millis)
    };
    let seconds = |name, given, built_in: Duration, range| {
        or(name, given, built_in.as_secs(), range).map(Duration::from_secs)
    };
    let count = |name, given, built_in: usize, range| {
        or(name, given, built_in as u64, range).map(|count| count as usize)
    };
    let limit = |rate: (&str, _), burst: (&str, _), built_in: Limit| {
        let (name, given) = rate;
        let rate = or(name, given, built_in.rate.into(), 1..=1_000_000)? as u32;
        // Unless it is said, what two seconds bring.
        let usual = u64::from(rate) * 2;
        let (name, given) = burst;
        let burst = or(name, given, usual, 1..=2_000_000)? as u32;
        Ok(Limit { rate, burst })
    };
    Ok(Settings {
        timeout: ms(
            "timeout_ms",
            &resolver.timeout_ms,
            built_in.timeout,
            10..=60_000,
        )?,
        retries: or(
            "retries",
            &resolver.retries,
            built_in.retries.into(),
            0..=10,
        )? as u32,
        lifetime: seconds("lifetime", &resolver.lifetime, built_in.lifetime, 0..=DAY)?,
        negative_lifetime: seconds(
            "negative_lifetime",
            &resolver.negative_lifetime,
            built_in.negative_lifetime,
            0..=DAY,
        )?,
        unicast_lifetime: seconds(
            "unicast_lifetime",
            &resolver.unicast_lifetime,
            built_in.unicast_lifetime,
            0..=DAY,
        )?,
        max_entries: count(
            "entries",
            &limits.entries,
            built_in.max_entries,
            1..=10_000_000,
        )?,
        max_probes: count("probes", &limits.probes, built_in.max_probes, 1..=65_536)?,
        max_waiting: built_in.max_waiting,
        all: limit(
            ("rate", &limits.rate),
            ("burst", &limits.burst),
            built_in.all,
        )?,
        each: limit(
            ("user_rate", &limits.user_rate),
            ("user_burst", &limits.user_burst),
            built_in.each,
        )?,
    })
}

fn service(
    resolver: &ResolverEntry,
    limits: &LimitsEntry,
    settings: &Settings,
) -> Checked<Service> {
    // Until the last request has been waited for, and a little for the way.
    let whole = settings.timeout * (settings.retries + 1);
    let usual = whole.as_millis() as u64 + 100;
    let wait = or("wait_ms", &resolver.wait_ms, usual, 1..=600_000)?;
    let nonblocking = or(
        "nonblocking_wait_ms",
        &resolver.nonblocking_wait_ms,
        wait.min(250),
        0..=600_000,
    )?;
    Ok(Service {
        wait: Duration::from_millis(wait),
        nonblocking_wait: Duration::from_millis(nonblocking),
        clients: or("clients", &limits.clients, 1024, 1..=100_000)? as usize,
        user_clients: or("user_clients", &limits.user_clients, 512, 1..=100_000)? as usize,
    })
}

/// Is there the group that may use the socket?
pub fn group(file: &File) -> Checked<()> {
    let Some(given) = &file.access.group else {
        return Ok(());
    };
    let name = given.get_ref();
    match nix::unistd::Group::from_name(name) {
        Ok(Some(_)) => Ok(()),
        _ => wrong(
            given,
            format!("there is no group {name}: make it, or name another"),
        ),
    }
}

fn access(entry: &AccessEntry) -> Checked<Access> {
    let mode = match &entry.mode {
        None => 0o666,
        Some(given) => match u32::from_str_radix(given.get_ref(), 8) {
            Ok(mode) if mode <= 0o777 && mode & 0o111 == 0 => mode,
            _ => {
                return wrong(
                    given,
                    format!(
                        "mode is {:?}: write permissions in octal, for example \"0666\" for everybody \
                         or \"0660\" for a group",
                        given.get_ref()
                    ),
                );
            }
        },
    };
    Ok(Access {
        mode,
        group: entry.group.as_ref().map(|group| group.get_ref().clone()),
        share: entry.share.unwrap_or(true),
    })
}

fn rules(file: &File) -> Checked<(Rules, Interfaces)> {
    let mut interfaces = Interfaces::new();
    let mut rules = Vec::new();
    let mut seen = HashSet::new();
    let mut add = |at: &dyn Fn() -> usize, rule: Rule| {
        let prefix = rule.prefix;
        let at = at();
        let err = |what| Err(Wrong { at, what });
        if !seen.insert(prefix) {
            return err(format!("{prefix} is there twice: remove one"));
        }
        rules.push(rule);
        if rules.len() > RULES_MAX {
            return err(format!(
                "there are more than {RULES_MAX} prefixes: write shorter ones that hold several of these"
            ));
        }
        Ok(())
    };
    for entry in &file.anycast {
        let rule = anycast(entry)?;
        if let (Some(index), Some(name)) = (rule.interface, &entry.get_ref().interface) {
            interfaces.insert(index, name.get_ref().clone());
        }
        add(&|| entry.span().start, rule)?;
    }
    for entry in &file.unicast {
        let prefix = prefix("unicast", entry, &entry.get_ref().prefix)?;
        let rule = Rule {
            policy: Policy::Unicast,
            ..Rule::anycast(prefix)
        };
        add(&|| entry.span().start, rule)?;
    }
    Ok((Rules::new(rules), interfaces))
}

fn anycast(entry: &Spanned<AnycastEntry>) -> Checked<Rule> {
    let said = entry.get_ref();
    let interface = match &said.interface {
        None => None,
        Some(given) => match if_nametoindex(given.get_ref().as_str()) {
            Ok(index) => Some(index),
            Err(_) => {
                let name = given.get_ref();
                return wrong(
                    given,
                    format!("there is no interface {name}: correct the name, or leave it out"),
                );
            }
        },
    };
    Ok(Rule {
        prefix: prefix("anycast", entry, &said.prefix)?,
        policy: Policy::Anycast,
        interface,
        members: said.members.iter().map(net).collect::<Checked<_>>()?,
    })
}

fn prefix<T>(table: &str, at: &Spanned<T>, given: &Option<Spanned<String>>) -> Checked<Ipv6Net> {
    match given {
        Some(given) if given.get_ref() == ALL => Ok(Ipv6Net::default()),
        Some(given) => net(given),
        None => wrong(
            at,
            format!(
                "a [[{table}]] needs a prefix, for example prefix = \"2001:db8:a::/48\", or \"{ALL}\""
            ),
        ),
    }
}

/// A prefix, or an address for its /128.
fn net(given: &Spanned<String>) -> Checked<Ipv6Net> {
    let text = given.get_ref();
    let net = match text.parse::<Ipv6Addr>() {
        Ok(address) => Ok(Ipv6Net::from(address)),
        Err(_) => text.parse::<Ipv6Net>().map_err(drop),
    };
    let Ok(net) = net else {
        return wrong(
            given,
            format!("{text:?} is no IPv6 prefix: write one such as 2001:db8:a::/48, or an address"),
        );
    };
    if net.addr() != net.network() {
        return wrong(
            given,
            format!(
                "{text} has bits set beyond its length: write {}",
                net.trunc()
            ),
        );
    }
    Ok(net)
}
