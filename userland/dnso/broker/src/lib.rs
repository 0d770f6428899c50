// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! umux-broker: knows which NOSA makes the addresses of which name, and passes
//! requests on; the next NOSA is asked when one cannot be reached or says no.
//!
//! * [`config`]: the NOSA selection table

pub mod config;

use config::{Config, Selection};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use std::net::TcpListener;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::time::Instant;
use umux_daemon::exit::Failure;
use umux_dnso::group::{self, Judged, Member};
use umux_dnso::link::Link;
use umux_dnso::links::Links;
use umux_dnso::log_seldom;
use umux_dnso::message::{Reason, Refused, Reply, Request, Resolve, Resolved};
use umux_dnso::metrics::OutcomeLabel;
use umux_dnso::name::NameTable;
use umux_dnso::program::{self, Arguments, Doors, Part, Start};
use umux_dnso::seldom::Refusals;
use umux_dnso::server::{self, Peer};

/// The part of the asker's time that is used; the rest is the way back.
const SHARE: f64 = 0.95;

/// The broker.
pub struct Broker {
    shared: Arc<Shared>,
    links: Links,
    doors: Doors,
}

/// What requests need of it.
struct Shared {
    tables: RwLock<Arc<Tables>>,
    outcomes: Family<OutcomeLabel, Counter>,
    refusals: Refusals,
}

struct Tables {
    selections: NameTable<Arc<Selection>>,
    nosas: Vec<Arc<Link>>,
}

impl Part for Broker {
    const NAME: &'static str = "umux-broker";
    const ABOUT: &'static str = "Passes requests for addresses on to the NOSA of a name";
    const CONFIG: &'static str = "/usr/local/etc/umux-broker.conf";
    const SAMPLE: &'static str = "umux-broker.conf.sample";
    type Config = Config;
    type Opened = Vec<TcpListener>;

    fn open(config: &Config, _: &Arguments) -> Result<Vec<TcpListener>, Failure> {
        program::listen(&config.common.listen)
    }

    async fn start(
        config: Config,
        start: Start<Vec<TcpListener>>,
        registry: &mut Registry,
    ) -> Result<Broker, Failure> {
        let outcomes = Family::<OutcomeLabel, Counter>::default();
        registry.register(
            "umux_broker_resolved",
            "Requests for SSAs, and how they ended",
            outcomes.clone(),
        );
        let links = Links::new(start.key.clone(), start.metrics.clone());
        let shared = Arc::new(Shared {
            tables: RwLock::new(Arc::new(Tables {
                nosas: links.set(&config.nosas),
                selections: config.selections,
            })),
            outcomes,
            refusals: Refusals::default(),
        });
        let (key, metrics) = (start.key, start.metrics);
        let doors = Doors::open(config.common, key, start.opened, metrics, &shared)?;
        Ok(Broker {
            shared,
            links,
            doors,
        })
    }

    async fn reload(&self, config: Config) {
        self.doors.reload(config.common);
        let tables = Tables {
            nosas: self.links.set(&config.nosas),
            selections: config.selections,
        };
        *self
            .shared
            .tables
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(tables);
    }
}

impl Shared {
    async fn resolve(&self, peer: &Peer, mut ask: Resolve) -> Result<Resolved, Refused> {
        // This broker is one more on the way.
        ask.hops = ask.hops.saturating_add(1);
        peer.admits(&ask)?;
        let tables = Arc::clone(&self.tables.read().unwrap_or_else(PoisonError::into_inner));
        let Some(selection) = tables.selections.get(ask.name.wire()) else {
            let why = format!("no [[select]] of the broker has the name {}", ask.name);
            return Err(Refused::new(Reason::UnknownName, why));
        };
        let members: Vec<Member> = selection
            .choices
            .iter()
            .map(|choice| Member {
                link: Arc::clone(&tables.nosas[choice.nosa]),
                priority: choice.priority,
                weight: choice.weight,
            })
            .collect();
        let budget = Duration::from_millis(ask.budget_ms.into()).mul_f64(SHARE);
        let deadline = Instant::now() + budget;
        let request = |_, limit: Duration| {
            Some(Request::Resolve(Resolve {
                budget_ms: limit.as_millis() as u32,
                ..ask.clone()
            }))
        };
        let judge = |i: usize, _: &Request, reply: Reply| match reply {
            Reply::Resolved(resolved) => Judged::Done(resolved),
            Reply::Refused(refused) if refused.reason.is_final() => Judged::Final(refused),
            Reply::Refused(refused) => Judged::Next(refused),
            _ => Judged::Next(Refused::new(
                Reason::Lie,
                format!(
                    "{} answered something else than it was asked",
                    members[i].link.name()
                ),
            )),
        };
        group::ask(&members, deadline, selection.attempt, request, judge).await
    }
}

impl server::Service for Shared {
    async fn answer(&self, peer: Peer, request: Request) -> Reply {
        let ask = match request {
            Request::Resolve(ask) => ask,
            other => return Refused::not_mine("umux-broker", &other),
        };
        let name = ask.name.clone();
        match self.resolve(&peer, ask).await {
            Ok(resolved) => {
                self.outcomes
                    .get_or_create(&OutcomeLabel { outcome: "ok" })
                    .inc();
                Reply::Resolved(resolved)
            }
            Err(refused) => {
                let outcome = refused.reason.as_str();
                self.outcomes.get_or_create(&OutcomeLabel { outcome }).inc();
                let seldom = self.refusals.about(refused.reason);
                log_seldom!(seldom, WARN, peer = peer.name, %name, reason = outcome, "no SSA: {refused}");
                Reply::Refused(refused)
            }
        }
    }
}
