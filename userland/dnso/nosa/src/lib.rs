// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! umux-nosa: the DNSO agent on the servers' network. It chooses a server and an
//! address for each client of a name, has the server's agent arm it, and tries the
//! next server or another address when that fails.
//!
//! * [`config`]: names, servers, agents
//! * [`agents`]: how the agents do
//! * [`resolve`]: an SSA for a client
//! * [`given`]: no SSA twice

pub mod agents;
pub mod config;
pub mod given;
pub mod resolve;

use agents::Watched;
use config::{Agent, Config, Service};
use given::Given;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::net::TcpListener;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::time::Instant;
use umux_daemon::exit::Failure;
use umux_dnso::link::Link;
use umux_dnso::links::Links;
use umux_dnso::log_seldom;
use umux_dnso::message::{Reason, Refused, Reply, Request, Resolve, Resolved};
use umux_dnso::metrics::{OutcomeLabel, PeerLabel, latency};
use umux_dnso::name::NameTable;
use umux_dnso::program::{self, Arguments, Doors, Part, Start};
use umux_dnso::seldom::Refusals;
use umux_dnso::server::{self, Peer};

/// What is old is forgotten so often.
const FORGET: Duration = Duration::from_secs(1);

/// The NOSA.
pub struct Nosa {
    shared: Arc<Shared>,
    links: Links,
    fit: Family<PeerLabel, Gauge>,
    doors: Doors,
}

/// What requests need of it.
struct Shared {
    tables: RwLock<Arc<Tables>>,
    given: Given,
    outcomes: Family<OutcomeLabel, Counter>,
    latency: Histogram,
    refusals: Refusals,
}

struct Tables {
    services: NameTable<Arc<Service>>,
    agents: Vec<Arc<Watched>>,
}

impl Nosa {
    fn tables(
        config: &mut Config,
        links: &Links,
        fit: &Family<PeerLabel, Gauge>,
        old: &[Arc<Watched>],
    ) -> Tables {
        let targets: Vec<_> = config.agents.iter().map(|a| a.target.clone()).collect();
        let links = links.set(&targets);
        let agents: Vec<_> = config.agents.iter().zip(links).collect();
        let known = |agent: &Agent, link: &Arc<Link>| {
            let same =
                |w: &&Arc<Watched>| Arc::ptr_eq(&w.link, link) && w.prefixes == agent.prefixes;
            old.iter().find(same)
        };
        // What is not looked after any more says nothing, not of another agent that has its
        // name now either.
        let kept: Vec<_> = agents.iter().filter_map(|(a, l)| known(a, l)).collect();
        for old in old
            .iter()
            .filter(|old| !kept.iter().any(|kept| Arc::ptr_eq(kept, old)))
        {
            let peer = old.link.name().to_owned();
            fit.remove(&PeerLabel { peer });
        }
        let agents = agents.iter().map(|(agent, link)| match known(agent, link) {
            Some(watched) => Arc::clone(watched),
            None => Watched::start(agent, Arc::clone(link), fit),
        });
        Tables {
            agents: agents.collect(),
            services: std::mem::take(&mut config.services),
        }
    }
}

impl Part for Nosa {
    const NAME: &'static str = "umux-nosa";
    const ABOUT: &'static str =
        "Makes an address for each client of a name, and has a server arm it";
    const CONFIG: &'static str = "/usr/local/etc/umux-nosa.conf";
    const SAMPLE: &'static str = "umux-nosa.conf.sample";
    type Config = Config;
    type Opened = Vec<TcpListener>;

    fn open(config: &Config, _: &Arguments) -> Result<Vec<TcpListener>, Failure> {
        program::listen(&config.common.listen)
    }

    async fn start(
        mut config: Config,
        start: Start<Vec<TcpListener>>,
        registry: &mut Registry,
    ) -> Result<Nosa, Failure> {
        let outcomes = Family::<OutcomeLabel, Counter>::default();
        let fit = Family::<PeerLabel, Gauge>::default();
        let outstanding = Gauge::<i64>::default();
        let latency = latency();
        registry.register(
            "umux_nosa_resolved",
            "Requests for SSAs, and how they ended",
            outcomes.clone(),
        );
        registry.register(
            "umux_nosa_agent_fit",
            "1 if an agent says that it does well",
            fit.clone(),
        );
        registry.register(
            "umux_nosa_outstanding",
            "SSAs that are remembered",
            outstanding.clone(),
        );
        registry.register(
            "umux_nosa_resolve_seconds",
            "How long an SSA took",
            latency.clone(),
        );
        let links = Links::new(start.key.clone(), start.metrics.clone());
        let tables = Nosa::tables(&mut config, &links, &fit, &[]);
        let shared = Arc::new(Shared {
            tables: RwLock::new(Arc::new(tables)),
            given: Given::default(),
            outcomes,
            latency,
            refusals: Refusals::default(),
        });
        let (key, metrics) = (start.key, start.metrics);
        let doors = Doors::open(config.common, key, start.opened, metrics, &shared)?;
        tokio::spawn({
            let shared = Arc::clone(&shared);
            async move {
                loop {
                    tokio::time::sleep(FORGET).await;
                    shared.given.forget();
                    outstanding.set(shared.given.count() as i64);
                }
            }
        });
        Ok(Nosa {
            shared,
            links,
            fit,
            doors,
        })
    }

    async fn reload(&self, mut config: Config) {
        let old = self.shared.tables();
        let tables = Nosa::tables(&mut config, &self.links, &self.fit, &old.agents);
        self.doors.reload(config.common);
        *self
            .shared
            .tables
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(tables);
    }
}

impl Shared {
    fn tables(&self) -> Arc<Tables> {
        Arc::clone(&self.tables.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn resolve(&self, peer: &Peer, ask: &Resolve) -> Result<Resolved, Refused> {
        peer.admits(ask)?;
        let tables = self.tables();
        let Some(service) = tables.services.get(ask.name.wire()) else {
            let why = format!("no [[service]] of the NOSA has the name {}", ask.name);
            return Err(Refused::new(Reason::UnknownName, why));
        };
        let make = resolve::resolve(service, &tables.agents, &self.given, ask);
        self.given.once(ask.token, &ask.name, make).await
    }
}

impl server::Service for Shared {
    async fn answer(&self, peer: Peer, request: Request) -> Reply {
        let ask = match request {
            Request::Resolve(ask) => ask,
            other => return Refused::not_mine("umux-nosa", &other),
        };
        let begin = Instant::now();
        let result = self.resolve(&peer, &ask).await;
        let outcome = match &result {
            Ok(_) => "ok",
            Err(refused) => refused.reason.as_str(),
        };
        self.outcomes.get_or_create(&OutcomeLabel { outcome }).inc();
        match result {
            Ok(resolved) => {
                self.latency.observe(begin.elapsed().as_secs_f64());
                Reply::Resolved(resolved)
            }
            Err(refused) => {
                log_seldom!(
                    self.refusals.about(refused.reason),
                    WARN,
                    peer = peer.name,
                    name = %ask.name,
                    reason = outcome,
                    "no SSA: {refused}"
                );
                Reply::Refused(refused)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use umux_dnso::config::Settings;
    use umux_dnso::key::Secret;
    use umux_dnso::metrics::ChannelMetrics;

    const SAMPLE: &str = include_str!("../../../etc/umux-nosa.conf.sample");

    #[tokio::test]
    async fn the_metric_of_an_agent_is_there_as_long_as_its_name_is() {
        let key = Secret::generate().expect("random bits");
        let links = Links::new(key, ChannelMetrics::default());
        let fit = Family::<PeerLabel, Gauge>::default();
        let config = || Config::check(SAMPLE).expect("sound");
        let names: Vec<_> = config()
            .agents
            .iter()
            .map(|a| a.target.name.clone())
            .collect();
        let label = |peer: &String| PeerLabel { peer: peer.clone() };
        let is = |peer: &String| fit.get(&label(peer)).map(|fit| fit.get());
        let old = Nosa::tables(&mut config(), &links, &fit, &[]);
        for peer in &names {
            assert_eq!(is(peer), Some(0), "{peer}");
            fit.get_or_create(&label(peer)).set(1);
        }

        // The first has another prefix, all others are gone.
        let mut other = config();
        other.agents.truncate(1);
        other.agents[0].prefixes = vec!["2001:db8:99::/64".parse().expect("a prefix")];
        let new = Nosa::tables(&mut other, &links, &fit, &old.agents);
        assert_eq!(is(&names[0]), Some(0), "it was not asked yet");
        for gone in &names[1..] {
            assert_eq!(is(gone), None, "{gone}");
        }
        // The same again changes nothing.
        fit.get_or_create(&label(&names[0])).set(1);
        Nosa::tables(&mut other, &links, &fit, &new.agents);
        assert_eq!(is(&names[0]), Some(1));
    }
}
