// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! umux-noca: the DNSO agent on the clients' network. Clients ask it as they ask any
//! resolver; names in its table (PLR, private leading resolving) are answered with an
//! address that is made for the client, all others by the ordinary resolver.
//!
//! * [`config`]: names, brokers, upstreams, clients
//! * [`wire`], [`answer`]: messages
//! * [`udp`], [`tcp`]: where queries come in
//! * [`resolver`]: what becomes of them
//! * [`overridden`]: those for overridden names
//! * [`upstream`], [`fetches`], [`cache`]: the others
//! * [`clients`], [`limit`], [`given`]: who asks, how often, and what it got

pub mod answer;
pub mod cache;
pub mod clients;
pub mod config;
pub mod fetches;
pub mod given;
pub mod limit;
pub mod metrics;
pub mod overridden;
pub mod resolver;
pub mod tcp;
pub mod udp;
pub mod upstream;
pub mod wire;

use config::Config;
use metrics::Metrics;
use prometheus_client::registry::Registry;
use resolver::Resolver;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::time::Duration;
use umux_daemon::exit::{EX_OSERR, EX_UNAVAILABLE, Failure, failure};
use umux_dnso::links::Links;
use umux_dnso::program::{self, Arguments, Part, Start};

/// What is old is forgotten so often.
const FORGET: Duration = Duration::from_secs(1);

fn warn_if_open(config: &Config) {
    if config.is_open() {
        tracing::warn!(
            "everybody who reaches it may ask, and have others sent answers (RFC 5358): write prefixes of your clients as allow in [clients]"
        );
    }
}

/// The NOCA.
pub struct Noca {
    resolver: Arc<Resolver>,
    links: Links,
    listen: Vec<SocketAddr>,
}

/// Opened while there are privileges.
pub struct Opened {
    datagrams: Vec<UdpSocket>,
    listeners: Vec<TcpListener>,
}

impl Part for Noca {
    const NAME: &'static str = "umux-noca";
    const THREADS: Option<usize> = None;
    const ABOUT: &'static str =
        "Answers DNS queries for overridden names with addresses that are made for the client";
    const CONFIG: &'static str = "/usr/local/etc/umux-noca.conf";
    const SAMPLE: &'static str = "umux-noca.conf.sample";
    type Config = Config;
    type Opened = Opened;

    fn open(config: &Config, _: &Arguments) -> Result<Opened, Failure> {
        let datagrams = config.common.listen.iter().map(|address| {
            let why = |e| failure(EX_UNAVAILABLE, format!("cannot listen at {address}: {e}"));
            udp::bind(*address).map_err(why)
        });
        Ok(Opened {
            datagrams: datagrams.collect::<Result<_, _>>()?,
            listeners: program::listen(&config.common.listen)?,
        })
    }

    async fn start(
        config: Config,
        start: Start<Opened>,
        registry: &mut Registry,
    ) -> Result<Noca, Failure> {
        warn_if_open(&config);
        let links = Links::new(start.key, start.metrics);
        let resolver = Resolver::new(&config, &links, Metrics::register(registry));
        for socket in start.opened.datagrams {
            udp::spawn(socket, &resolver)
                .map_err(|e| failure(EX_OSERR, format!("cannot watch a socket: {e}")))?;
        }
        for listener in program::adopt(start.opened.listeners)? {
            tcp::spawn(listener, &resolver);
        }
        tokio::spawn({
            let resolver = Arc::clone(&resolver);
            async move {
                loop {
                    tokio::time::sleep(FORGET).await;
                    resolver.forget();
                }
            }
        });
        Ok(Noca {
            resolver,
            links,
            listen: config.common.listen,
        })
    }

    async fn reload(&self, config: Config) {
        program::unchanged("listen", config.common.listen == self.listen);
        warn_if_open(&config);
        self.resolver.reload(&config, &self.links);
    }
}
