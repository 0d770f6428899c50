// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The ordinary resolvers: one after the other, by UDP, TCP or TLS.
//!
//! * [`udp`]: sockets with ports of chance, and what is waited for on each
//! * [`stream`]: a connection that is kept, in the clear or in TLS

pub mod stream;
pub mod udp;

use crate::wire::{HEADER, Query, answers, flag, word};
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use stream::Stream;
use tokio::time::{Instant, timeout};
use tracing::{error, info};
use udp::Udp;
use umux_dnso::log_seldom;
use umux_dnso::seldom::Seldom;

/// How the ordinary resolver is reached.
#[derive(Debug, Clone, PartialEq)]
pub struct UpstreamConfig {
    /// Where it is.
    pub address: SocketAddr,
    /// DNS over TLS (RFC 7858): the name in its certificate.
    pub tls: Option<stream::Tls>,
}

/// After so many failures in a row it is asked only if the others fail, too,
const FAILURES: u32 = 3;
/// for so long.
const REST: Duration = Duration::from_secs(10);
/// Lines about that, and lines that it answers again: so many, in a time.
const NEWS: (u32, Duration) = (5, Duration::from_secs(60));

/// One of them.
pub struct Upstream {
    config: UpstreamConfig,
    udp: Option<Udp>,
    stream: Stream,
    failures: AtomicU32,
    rests: Mutex<Option<Instant>>,
    loops: AtomicBool,
    /// What is logged of it: clients that ask for names of silent servers may cause any
    /// number of failures.
    bad_news: Seldom,
    good_news: Seldom,
}

/// What came of asking all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// An answer, number 0 or any other.
    Answer(Vec<u8>),
    /// None: why.
    None(String),
}

impl Upstream {
    fn start(
        config: UpstreamConfig,
        forged: prometheus_client::metrics::counter::Counter,
    ) -> Upstream {
        Upstream {
            udp: config
                .tls
                .is_none()
                .then(|| Udp::new(config.address, forged)),
            stream: Stream::start(config.address, config.tls.clone()),
            config,
            failures: AtomicU32::new(0),
            rests: Mutex::new(None),
            loops: AtomicBool::new(false),
            bad_news: Seldom::new(NEWS.0, NEWS.1),
            good_news: Seldom::new(NEWS.0, NEWS.1),
        }
    }

    fn rests(&self) -> bool {
        let mut rests = self.rests.lock().unwrap_or_else(PoisonError::into_inner);
        match *rests {
            Some(since) if since.elapsed() < REST => true,
            Some(_) => {
                // One query finds out whether it is back.
                *rests = None;
                false
            }
            None => false,
        }
    }

    fn failed(&self, why: &str) {
        let failures = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
        if failures >= FAILURES {
            let mut rests = self.rests.lock().unwrap_or_else(PoisonError::into_inner);
            if failures == FAILURES {
                log_seldom!(self.bad_news, WARN, upstream = %self.config.address, "it does not answer, and is asked last for a while: {why}");
            }
            *rests = Some(Instant::now());
            if let Some(udp) = &self.udp {
                udp.renew();
            }
        }
    }

    fn succeeded(&self) {
        if self.failures.swap(0, Ordering::Relaxed) >= FAILURES {
            log_seldom!(self.good_news, INFO, upstream = %self.config.address, "it answers again");
        }
        *self.rests.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    async fn ask(&self, query: &[u8], by_stream: bool, limit: Duration) -> io::Result<Vec<u8>> {
        if let Some(udp) = self.udp.as_ref().filter(|_| !by_stream) {
            return udp.ask(query, limit).await;
        }
        let late = |_| {
            let why = format!("it did not answer within {limit:?}");
            io::Error::new(io::ErrorKind::TimedOut, why)
        };
        timeout(limit, self.stream.ask(query)).await.map_err(late)?
    }
}

/// All of them, in the order in which they are asked.
pub struct Upstreams {
    all: Vec<Arc<Upstream>>,
    attempt: Duration,
}

impl Upstreams {
    /// Those of a configuration; old ones that did not change are kept.
    pub fn new(
        configs: &[UpstreamConfig],
        attempt: Duration,
        forged: &prometheus_client::metrics::counter::Counter,
        old: Option<&Upstreams>,
    ) -> Upstreams {
        let all = configs.iter().map(|config| {
            let known = old.and_then(|old| old.all.iter().find(|u| u.config == *config));
            match known {
                Some(known) => {
                    known.loops.store(false, Ordering::Relaxed);
                    Arc::clone(known)
                }
                None => Arc::new(Upstream::start(config.clone(), forged.clone())),
            }
        });
        Upstreams {
            all: all.collect(),
            attempt,
        }
    }

    /// Asks them; `by_stream`: the answer may be long. An answer that is a failure is
    /// taken only if nobody says anything else.
    pub async fn ask(&self, query: &Query, bytes: &[u8], by_stream: bool) -> Outcome {
        let passed_on = query.passed_on(bytes);
        let question = &bytes[HEADER..query.end];
        self.ask_bytes(&passed_on, question, by_stream).await
    }

    async fn ask_bytes(&self, query: &[u8], question: &[u8], by_stream: bool) -> Outcome {
        let mut failure = None;
        let mut why = "there is no upstream".to_string();
        // Those that rest come last.
        let (last, first): (Vec<_>, Vec<_>) = self
            .all
            .iter()
            .filter(|upstream| !upstream.loops.load(Ordering::Relaxed))
            .partition(|upstream| upstream.rests());
        let mut left = first.len() + last.len();
        for upstream in first.into_iter().chain(last) {
            let address = upstream.config.address;
            left -= 1;
            // After the last one nobody can be asked.
            let limit = self.attempt * if left > 0 { 1 } else { 2 };
            let mut asked = upstream.ask(query, by_stream, limit).await;
            if let Ok(answer) = &asked {
                let truncated = word(answer, 2).is_some_and(|flags| flags & flag::TC != 0);
                if truncated && by_stream {
                    asked = upstream.ask(query, true, limit).await;
                }
            }
            match asked {
                Ok(answer) if answers(&answer, question) => {
                    upstream.succeeded();
                    // SERVFAIL, NOTIMP, REFUSED: another may know more.
                    if matches!(answer[3] & 0xf, 2 | 4 | 5) {
                        failure.get_or_insert(answer);
                        continue;
                    }
                    return Outcome::Answer(answer);
                }
                Ok(_) => {
                    why = format!("{address} answered something else");
                    upstream.failed(&why);
                }
                Err(e) => {
                    why = format!("{address}: {e}");
                    upstream.failed(&why);
                }
            }
        }
        match failure {
            Some(answer) => Outcome::Answer(answer),
            None => Outcome::None(why),
        }
    }

    /// For each a question of chance; whoever sees it come back knows that it leads in
    /// a circle.
    pub fn probes(&self) -> Vec<Probe> {
        self.all.iter().cloned().map(Probe::new).collect()
    }
}

/// A question of chance for one upstream.
#[derive(Clone)]
pub struct Probe {
    /// Its name, as on the wire.
    pub name: Vec<u8>,
    question: Vec<u8>,
    upstream: Arc<Upstream>,
    came_back: Arc<AtomicBool>,
}

impl Probe {
    fn new(upstream: Arc<Upstream>) -> Probe {
        let mut name = Vec::new();
        for half in [rand::random::<u64>(), rand::random::<u64>()] {
            name.push(16);
            name.extend_from_slice(format!("{half:016x}").as_bytes());
        }
        name.push(0);
        let mut question = name.clone();
        // HINFO, IN: nobody asks for that.
        question.extend_from_slice(&[0, 13, 0, 1]);
        Probe {
            name,
            question,
            upstream,
            came_back: Arc::default(),
        }
    }

    /// Another one for the same upstream.
    pub fn another(&self) -> Probe {
        Probe::new(Arc::clone(&self.upstream))
    }

    /// Asks, and says whether it was answered: what failed on its way may yet lead
    /// back at another time.
    pub async fn send(&self, limit: Duration) -> bool {
        const SERVFAIL: u8 = 2;
        let mut query = vec![0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        query.extend_from_slice(&self.question);
        match self.upstream.ask(&query, false, limit).await {
            Ok(answer) => answer.get(3).is_some_and(|bits| bits & 0x0f != SERVFAIL),
            Err(_) => false,
        }
    }

    /// It came back: that upstream is not asked any more.
    pub fn came_back(&self) {
        self.came_back.store(true, Ordering::Relaxed);
        if !self.upstream.loops.swap(true, Ordering::Relaxed) {
            error!(
                upstream = %self.upstream.config.address,
                "it asks us what we ask it, and is left alone: let it resolve by itself, or name another"
            );
        }
    }

    /// Its time is over: is all said? An upstream that leads back is looked at again,
    /// and asked again once it answers by itself.
    pub fn is_the_last(&self, answered: bool) -> bool {
        let loops = &self.upstream.loops;
        if self.came_back.load(Ordering::Relaxed) {
            return false;
        }
        if answered && loops.swap(false, Ordering::Relaxed) {
            info!(upstream = %self.upstream.config.address, "it asks us no more");
        }
        !loops.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus_client::metrics::counter::Counter;
    use rustls::pki_types::{Der, TrustAnchor};
    use tokio::net::UdpSocket;

    const QUERY: &[u8] = b"\0\x01\x01\0\0\x01\0\0\0\0\0\0\x01a\0\0\x01\0\x01";

    async fn upstreams(attempt: Duration) -> (UdpSocket, Upstreams) {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
        let config = UpstreamConfig {
            address: socket.local_addr().expect("bound"),
            tls: None,
        };
        let upstreams = Upstreams::new(&[config], attempt, &Counter::default(), None);
        (socket, upstreams)
    }

    #[tokio::test]
    async fn the_last_one_has_more_time() {
        let attempt = Duration::from_millis(500);
        let (socket, upstreams) = upstreams(attempt).await;
        let query = Query::parse(QUERY).expect("sound");
        let answer = async {
            let mut room = [0; 100];
            let (len, from) = socket.recv_from(&mut room).await.expect("a query");
            tokio::time::sleep(attempt + attempt / 4).await;
            room[2] |= 0x80;
            socket.send_to(&room[..len], from).await.expect("sent");
        };
        let (outcome, ()) = tokio::join!(upstreams.ask(&query, QUERY, false), answer);
        assert!(matches!(outcome, Outcome::Answer(_)), "{outcome:?}");
    }

    #[tokio::test]
    async fn one_that_fails_gets_other_sockets() {
        let (_socket, upstreams) = upstreams(Duration::from_millis(10)).await;
        let query = Query::parse(QUERY).expect("sound");
        let udp = upstreams.all[0].udp.as_ref().expect("by UDP");
        for failures in 1..=FAILURES {
            assert!(failures == 1 || udp.open() > 0);
            let outcome = upstreams.ask(&query, QUERY, false).await;
            assert!(matches!(outcome, Outcome::None(_)), "{outcome:?}");
        }
        assert_eq!(udp.open(), 0);
    }

    /// TLS with an authority of that name.
    fn tls(authority: &'static [u8]) -> UpstreamConfig {
        let anchor = TrustAnchor {
            subject: Der::from_slice(authority),
            subject_public_key_info: Der::from_slice(b"key"),
            name_constraints: None,
        };
        let mut roots = rustls::RootCertStore::empty();
        roots.roots.push(anchor);
        let roots = Arc::new(roots);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("there are some")
            .with_root_certificates(Arc::clone(&roots))
            .with_no_client_auth();
        let tls = stream::Tls {
            name: "dns.example.net".try_into().expect("a name"),
            roots,
            config: Arc::new(config),
        };
        UpstreamConfig {
            address: ([127, 0, 0, 1], 853).into(),
            tls: Some(tls),
        }
    }

    #[tokio::test]
    async fn other_authorities_are_another_upstream() {
        let make = |authority, old: Option<&Upstreams>| {
            let limit = Duration::from_secs(1);
            Upstreams::new(&[tls(authority)], limit, &Counter::default(), old)
        };
        let old = make(b"a", None);
        for (authority, is_kept) in [(b"a", true), (b"b", false)] {
            let new = make(authority, Some(&old));
            assert_eq!(Arc::ptr_eq(&old.all[0], &new.all[0]), is_kept);
        }
    }
}
