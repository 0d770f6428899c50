// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What becomes of a query: at once, if it can be, else in a task of its own.

use crate::answer::{self, Extended};
use crate::cache::Cache;
use crate::clients::Clients;
use crate::config::{Config, Override};
use crate::fetches::{Fetches, TooMany};
use crate::given::Given;
use crate::limit::Limit;
use crate::metrics::Metrics;
use crate::overridden::Asked;
use crate::upstream::{Outcome, Probe, Upstreams};
use crate::wire::{Bad, Query, adapt, rrtype, word};
use hickory_proto::op::ResponseCode;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::Duration;
use tokio::sync::Semaphore;
use umux_dnso::link::Link;
use umux_dnso::links::Links;
use umux_dnso::name::NameTable;
use umux_dnso::seldom::{Refusals, Seldom};

/// Clients that wait for an address,
const WAITING: usize = 8192;
/// and queries that wait for an upstream.
const PASSED_ON: usize = 8192;
/// Lines about brokers that lie: so many, in a time.
const LIES: (u32, Duration) = (5, Duration::from_secs(10));
/// Before each time that a probe is sent.
const PAUSES: [Duration; 4] = [
    Duration::ZERO,
    Duration::from_secs(1),
    Duration::from_secs(4),
    Duration::from_secs(8),
];

/// A probe that has not come back by then will not.
const PROBE: Duration = Duration::from_secs(3);
/// Whether an upstream still leads back is looked at so often.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

/// How a query was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// With an SSA.
    Overridden,
    /// Otherwise, for an overridden name.
    OverriddenOther,
    /// From the cache.
    Cached,
    /// By an upstream.
    PassedOn,
    /// Not: no upstream did.
    Failed,
    /// Not: whoever asks may not.
    Refused,
    /// It was no query.
    Malformed,
}

impl How {
    /// How many there are.
    pub const COUNT: usize = 7;
    /// In their order.
    pub const ALL: [How; How::COUNT] = [
        How::Overridden,
        How::OverriddenOther,
        How::Cached,
        How::PassedOn,
        How::Failed,
        How::Refused,
        How::Malformed,
    ];

    /// Its name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            How::Overridden => "overridden",
            How::OverriddenOther => "overridden_other",
            How::Cached => "cached",
            How::PassedOn => "passed_on",
            How::Failed => "failed",
            How::Refused => "refused",
            How::Malformed => "malformed",
        }
    }
}

/// What a configuration makes.
pub struct Tables {
    /// The PLR table.
    pub overrides: NameTable<Arc<Override>>,
    /// Brokers by number.
    pub brokers: Vec<Arc<Link>>,
    /// The ordinary resolvers.
    pub upstreams: Upstreams,
    /// Who is who.
    pub clients: Clients,
    /// How much a client gets.
    pub limit: Limit,
    fetches: Fetches,
    cache: Option<Cache>,
}

/// What can be said of a query at once.
pub enum Quick {
    /// The answer is where it was to be put.
    Answered,
    /// There is none.
    Silence,
    /// It takes longer.
    Later(Box<Later>),
}

/// A query that takes longer.
pub struct Later {
    tables: Arc<Tables>,
    query: Query,
    over: Option<Arc<Override>>,
    bytes: Vec<u8>,
    from: SocketAddr,
    by_stream: bool,
}

/// Answers queries.
pub struct Resolver {
    tables: RwLock<Arc<Tables>>,
    /// What was given to whom.
    pub given: Given,
    /// Room for clients that wait.
    pub waiting: Semaphore,
    passed_on: Semaphore,
    probes: Mutex<Vec<Probe>>,
    /// What is logged of queries for which there is no address,
    pub refusals: Refusals,
    /// and of brokers that say what cannot be true.
    pub lies: Seldom,
    /// Counts.
    pub metrics: Metrics,
}

impl Resolver {
    /// For a configuration.
    pub fn new(config: &Config, links: &Links, metrics: Metrics) -> Arc<Resolver> {
        let tables = Arc::new(Resolver::make(config, links, &metrics, None));
        let resolver = Arc::new(Resolver {
            tables: RwLock::new(tables),
            given: Given::default(),
            waiting: Semaphore::new(WAITING),
            passed_on: Semaphore::new(PASSED_ON),
            probes: Mutex::default(),
            refusals: Refusals::default(),
            lies: Seldom::new(LIES.0, LIES.1),
            metrics,
        });
        resolver.probe();
        resolver
    }

    fn make(config: &Config, links: &Links, metrics: &Metrics, old: Option<&Tables>) -> Tables {
        let (rate, burst) = config.rate;
        Tables {
            overrides: config.overrides.clone(),
            brokers: links.set(&config.brokers),
            upstreams: Upstreams::new(
                &config.upstreams,
                config.upstream_limit,
                &metrics.forged,
                old.map(|old| &old.upstreams),
            ),
            clients: config.clients.clone(),
            limit: Limit::new(rate, burst),
            fetches: Fetches::default(),
            cache: Cache::new(config.cache_entries as usize, config.cache_ttl_max),
        }
    }

    /// Takes another one; what was kept is forgotten.
    pub fn reload(self: &Arc<Self>, config: &Config, links: &Links) {
        let old = self.tables();
        let tables = Resolver::make(config, links, &self.metrics, Some(&old));
        *self.tables.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(tables);
        self.probe();
    }

    fn tables(&self) -> Arc<Tables> {
        Arc::clone(&self.tables.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Forgets what is old, and tells how much is kept.
    pub fn forget(&self) {
        self.given.forget();
        let tables = self.tables();
        tables.limit.forget();
        let cached = tables.cache.as_ref().map_or(0, Cache::len);
        self.metrics.cached.set(cached as i64);
        self.metrics.outstanding.set(self.given.count() as i64);
    }

    /// Looks whether upstreams lead back to here.
    fn probe(self: &Arc<Self>) {
        let tables = self.tables();
        for probe in tables.upstreams.probes() {
            let look = Arc::clone(self).look(Arc::downgrade(&tables), probe);
            tokio::spawn(look);
        }
    }

    /// Looks whether one does, and again as long as it does, or until the
    /// configuration is another one. Whoever sees a probe could send it here.
    async fn look(self: Arc<Self>, tables: Weak<Tables>, mut probe: Probe) {
        loop {
            self.lock_probes().push(probe.clone());
            // One alone may be lost, or meet an upstream that is about to be started.
            let mut answered = false;
            for pause in PAUSES {
                tokio::time::sleep(pause).await;
                answered = probe.send(PROBE).await;
                if answered {
                    break;
                }
            }
            tokio::time::sleep(PROBE).await;
            self.lock_probes().retain(|other| other.name != probe.name);
            if probe.is_the_last(answered) {
                return;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
            if tables.strong_count() == 0 {
                return;
            }
            probe = probe.another();
        }
    }

    fn lock_probes(&self) -> std::sync::MutexGuard<'_, Vec<Probe>> {
        self.probes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_probe(&self, query: &Query) -> bool {
        // HINFO is rare enough for the lock.
        if query.qtype != 13 {
            return false;
        }
        let probes = self.lock_probes();
        let found = probes.iter().find(|probe| probe.name == query.name());
        if let Some(probe) = found {
            probe.came_back();
        }
        found.is_some()
    }

    /// Answers into `to` what can be answered at once.
    pub fn quick(
        &self,
        bytes: &[u8],
        from: SocketAddr,
        by_stream: bool,
        to: &mut Vec<u8>,
    ) -> Quick {
        let put = |answer: Option<Vec<u8>>, to: &mut Vec<u8>| match answer {
            Some(answer) => {
                *to = answer;
                Quick::Answered
            }
            None => Quick::Silence,
        };
        let query = match Query::parse(bytes) {
            Ok(query) => query,
            Err(bad) => {
                self.metrics.count(How::Malformed);
                return match bad {
                    Bad::Silence => Quick::Silence,
                    Bad::Malformed => put(answer::unread(bytes, 1), to),
                    Bad::Unknown => put(answer::unread(bytes, 4), to),
                };
            }
        };
        if query.edns.as_ref().is_some_and(|edns| edns.version != 0) {
            self.metrics.count(How::Malformed);
            return put(answer::bad_version(&query, bytes), to);
        }
        let tables = self.tables();
        if !tables.clients.may_ask(from.ip()) {
            // An upstream that leads back here need not be a client.
            self.is_probe(&query);
            self.metrics.count(How::Refused);
            let why = Extended::prohibited("this resolver has other clients");
            let refused = answer::error(&query, bytes, ResponseCode::Refused, Some(&why));
            return put(refused, to);
        }
        let over = tables.overrides.get(query.name()).cloned();
        if over.is_none() {
            if self.is_probe(&query) {
                let refused = answer::error(&query, bytes, ResponseCode::Refused, None);
                return put(refused, to);
            }
            if matches!(query.qtype, rrtype::AXFR | rrtype::IXFR) {
                let refused = answer::error(&query, bytes, ResponseCode::Refused, None);
                return put(refused, to);
            }
            if let Some(cache) = tables.cache.as_ref().filter(|_| query.is_plain()) {
                let size = if by_stream {
                    usize::from(u16::MAX)
                } else {
                    query.udp_size()
                };
                if cache.get(&query, bytes, size, to) {
                    self.metrics.count(How::Cached);
                    return Quick::Answered;
                }
            }
        }
        Quick::Later(Box::new(Later {
            tables,
            query,
            over,
            bytes: bytes.to_vec(),
            from,
            by_stream,
        }))
    }

    /// Answers the others.
    pub async fn later(&self, later: Box<Later>) -> Option<Vec<u8>> {
        let Later {
            tables,
            query,
            over,
            bytes,
            from,
            by_stream,
        } = &*later;
        match over {
            Some(over) => {
                let asked = Asked {
                    query,
                    bytes,
                    from: *from,
                    client: tables.clients.who(from.ip(), query, bytes),
                    by_stream: *by_stream,
                };
                let answer = self.overridden(tables, over, &asked).await;
                if query.qtype != rrtype::AAAA {
                    self.metrics.count(How::OverriddenOther);
                }
                answer
            }
            None => {
                let cache = tables.cache.as_ref();
                self.plain(tables, query, bytes, *by_stream, cache).await
            }
        }
    }

    /// What an upstream says, word for word, or why none does. It is put into the cache that is given.
    pub async fn pass_on(
        &self,
        tables: &Tables,
        query: &Query,
        bytes: &[u8],
        by_stream: bool,
        cache: Option<&Cache>,
    ) -> Result<Vec<u8>, Extended> {
        let Ok(_room) = self.passed_on.try_acquire() else {
            return Err(Extended::other("too many queries wait for the upstreams"));
        };
        let ask = async {
            let outcome = tables.upstreams.ask(query, bytes, by_stream).await;
            if let (Outcome::Answer(answer), Some(cache)) = (&outcome, cache)
                && query.is_plain()
            {
                cache.put(query, answer);
            }
            outcome
        };
        match tables.fetches.join(query, bytes, by_stream, ask).await {
            Ok(Outcome::Answer(answer)) => Ok(answer),
            Ok(Outcome::None(why)) => {
                tracing::debug!(name = %umux_dnso::name::Name::from_lower_wire(query.name()), "no upstream answers: {why}");
                Err(Extended::unreachable(why))
            }
            Err(TooMany) => Err(Extended::other("too many queries wait for this answer")),
        }
    }

    /// What an upstream says, as the client can take it.
    pub async fn plain(
        &self,
        tables: &Tables,
        query: &Query,
        bytes: &[u8],
        by_stream: bool,
        cache: Option<&Cache>,
    ) -> Option<Vec<u8>> {
        let mut answer = match self.pass_on(tables, query, bytes, by_stream, cache).await {
            Ok(answer) => answer,
            Err(extended) => {
                self.metrics.count(How::Failed);
                return answer::error(query, bytes, ResponseCode::ServFail, Some(&extended));
            }
        };
        self.metrics.count(How::PassedOn);
        if !by_stream && answer.len() > query.udp_size() {
            let flags = word(&answer, 2).unwrap_or_default();
            return Some(query.truncated(bytes, flags));
        }
        adapt(&mut answer, query, bytes).then_some(answer)
    }
}

#[cfg(test)]
mod tests;
