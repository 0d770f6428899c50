// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The agents: the way to each, and how it does.

use crate::config::{Agent, ServerOf, Source};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use std::net::Ipv6Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tracing::{error, info, warn};
use umux_abi::Prefix;
use umux_dnso::link::Link;
use umux_dnso::message::{Reason, Refused, Reply, Request, ServiceState};
use umux_dnso::metrics::PeerLabel;

/// An agent is asked how it does so often,
const ASK: Duration = Duration::from_secs(1);
/// and has so long for the answer.
const LIMIT: Duration = Duration::from_secs(2);
/// A lie keeps an agent out for so long.
const LIE: Duration = Duration::from_secs(30);

/// How it does.
#[derive(Debug, Clone)]
enum Health {
    /// Not asked yet, or not since the channel was made: taken for good.
    Unknown,
    /// As it says.
    Known(Vec<ServiceState>),
    /// It does not say.
    Silent(String),
}

#[derive(Debug)]
struct Shared {
    health: Health,
    lied: Option<Instant>,
}

/// An agent that is looked after, as long as this lives.
#[derive(Debug)]
pub struct Watched {
    /// The way to it.
    pub link: Arc<Link>,
    /// Where its addresses are from.
    pub prefixes: Vec<Prefix>,
    shared: Arc<Mutex<Shared>>,
    watcher: tokio::task::JoinHandle<()>,
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.watcher.abort();
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Watched {
    /// Begins to look after it.
    pub fn start(agent: &Agent, link: Arc<Link>, fit: &Family<PeerLabel, Gauge>) -> Arc<Watched> {
        let shared = Arc::new(Mutex::new(Shared {
            health: Health::Unknown,
            lied: None,
        }));
        let label = PeerLabel {
            peer: link.name().to_owned(),
        };
        let gauge = fit.get_or_create_owned(&label);
        let watcher = watch(Arc::clone(&link), Arc::clone(&shared), gauge);
        Arc::new(Watched {
            link,
            prefixes: agent.prefixes.clone(),
            shared,
            watcher: tokio::spawn(watcher),
        })
    }

    /// Can it serve? If not, why not?
    pub fn fit(&self, server: &ServerOf, source: Source) -> Result<(), Refused> {
        let no = |why: String| Err(Refused::new(Reason::NoServer, why));
        let name = self.link.name();
        let shared = lock(&self.shared);
        if shared.lied.is_some_and(|lied| lied.elapsed() < LIE) {
            return no(format!("{name} said what cannot be true"));
        }
        match &shared.health {
            Health::Unknown => Ok(()),
            Health::Silent(why) => no(format!("{name} does not say how it does: {why}")),
            Health::Known(services) => {
                let service = &server.service;
                match services.iter().find(|state| state.name == *service) {
                    None => no(format!(
                        "{name} has no service {service:?}: correct the table here, or write it there"
                    )),
                    Some(state) if !state.listening => no(format!(
                        "nobody listens for {service:?} on {name}, or is not guarded"
                    )),
                    Some(state) if state.ready == 0 && source == Source::Pool => Err(Refused::new(
                        Reason::Exhausted,
                        format!("{name} has no address ready for {service:?}"),
                    )),
                    Some(_) => Ok(()),
                }
            }
        }
    }

    /// Is it an address that it can have?
    pub fn may_have(&self, ssa: &Ipv6Addr) -> bool {
        self.prefixes.iter().any(|prefix| prefix.contains(ssa))
    }

    /// It said what cannot be true, and is not asked for a while.
    pub fn lied(&self, what: &str) {
        error!(
            agent = self.link.name(),
            "it said what cannot be true ({what}) and is left alone for {LIE:?}: look at that host"
        );
        lock(&self.shared).lied = Some(Instant::now());
    }

    /// It did not answer: only its next word brings it back.
    pub fn late(&self) {
        let mut shared = lock(&self.shared);
        if !matches!(shared.health, Health::Silent(_)) {
            warn!(
                agent = self.link.name(),
                "it did not answer in time, and is asked again when it says how it does"
            );
        }
        shared.health = Health::Silent("it did not answer in time".into());
    }

    /// It has no address left; it is asked again when it says that it has.
    pub fn exhausted(&self, server: &ServerOf) {
        if let Health::Known(services) = &mut lock(&self.shared).health {
            for state in services {
                if state.name == server.service {
                    state.ready = 0;
                }
            }
        }
    }
}

async fn watch(link: Arc<Link>, shared: Arc<Mutex<Shared>>, fit: Gauge) {
    let mut was = true;
    loop {
        link.up().await;
        let health = match link.call(Request::State, LIMIT).await {
            Reply::State { services } => Health::Known(services),
            Reply::Refused(refused) => Health::Silent(refused.why),
            _ => Health::Silent("it answered something else".into()),
        };
        let is = match &health {
            Health::Silent(why) => Err(why.clone()),
            _ => Ok(()),
        };
        match &is {
            Ok(()) if !was => info!(agent = link.name(), "it does well again"),
            Err(why) if was => warn!(agent = link.name(), "it is not asked for addresses: {why}"),
            _ => {}
        }
        was = is.is_ok();
        fit.set(i64::from(was));
        lock(&shared).health = health;
        sleep(ASK).await;
        if !link.is_up() {
            // Whoever comes back is judged anew, and says nothing until then.
            lock(&shared).health = Health::Unknown;
            fit.set(0);
        }
    }
}
