// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Metrics for Prometheus, over HTTP: levels and counts, never an address.

use crate::config::MetricsAddress;
use crate::input::Input;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use std::fmt;
use std::io;
use std::net::TcpListener;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;
use tiny_http::{Header, Method, Response, Server};
use umux_abi::{Counters, PoolId, PoolInfo};

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The daemon answers at once, unless the plane does not.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// What the daemon knows of its own about a pool.
#[derive(Debug, Clone)]
pub struct Own {
    /// Which.
    pub pool: PoolId,
    /// Its level.
    pub level: u32,
    /// Addresses that were generated ahead.
    pub reserve: u32,
    /// How often its generator failed.
    pub failures: u64,
}

/// All that is told, as it is at one moment.
#[derive(Debug)]
pub struct Snapshot {
    /// As the plane says; none if it cannot be reached.
    pub pools: Option<Vec<PoolInfo>>,
    /// As the plane says.
    pub counters: Option<Counters>,
    /// As the daemon says.
    pub own: Vec<Own>,
}

type Labels = Vec<(&'static str, String)>;

impl Collector for Snapshot {
    fn encode(&self, mut to: DescriptorEncoder) -> fmt::Result {
        let up = u64::from(self.pools.is_some());
        gauges(
            &mut to,
            "umux_up",
            "1 if the plane can be reached",
            [(vec![], up)],
        )?;
        let pools = self.pools.as_deref().unwrap_or_default();
        let states = pools.iter().flat_map(|pool| {
            let counts = &pool.counts;
            [
                ("pending", counts.pending),
                ("tentative", counts.tentative),
                ("uncertain", counts.uncertain),
                ("valid", counts.valid),
                ("duplicated", counts.duplicated),
                ("tombstone", counts.tombstone),
            ]
            .map(|(state, count)| {
                let mut labels = labels(&pool.id);
                labels.push(("state", state.into()));
                (labels, count.into())
            })
        });
        gauges(
            &mut to,
            "umux_pool_addresses",
            "Addresses of a pool by state",
            states,
        )?;
        let links = pools.iter().map(|p| (labels(&p.id), p.link_up.into()));
        gauges(&mut to, "umux_pool_link_up", "1 if the link is up", links)?;
        type Count = fn(&PoolInfo) -> u64;
        let counts: [(&str, &str, Count); 7] = [
            ("added", "Addresses added to a pool", |p| p.added),
            ("taken", "Addresses given to sessions", |p| p.taken),
            (
                "returned",
                "Addresses taken, never on the wire, back in the pool",
                |p| p.returned,
            ),
            ("ended", "Sessions that ended", |p| p.ended),
            ("missed", "Sessions that found the pool empty", |p| p.missed),
            ("duplicated", "Addresses that another node held", |p| {
                p.duplicated
            }),
            (
                "expired",
                "Addresses that reached their greatest age",
                |p| p.expired,
            ),
        ];
        for (name, help, count) in counts {
            let values = pools.iter().map(|pool| (labels(&pool.id), count(pool)));
            counters(&mut to, &format!("umux_pool_{name}"), help, values)?;
        }
        let rows = self.counters.as_ref().map(Counters::rows);
        for (name, value, help) in rows.unwrap_or_default() {
            counters(
                &mut to,
                &format!("umux_plane_{name}"),
                help,
                [(vec![], value)],
            )?;
        }
        let own =
            |value: fn(&Own) -> u64| self.own.iter().map(move |o| (labels(&o.pool), value(o)));
        gauges(
            &mut to,
            "umuxd_pool_level",
            "Addresses that a full pool has",
            own(|o| o.level.into()),
        )?;
        gauges(
            &mut to,
            "umuxd_reserve_addresses",
            "Addresses generated ahead",
            own(|o| o.reserve.into()),
        )?;
        counters(
            &mut to,
            "umuxd_generator_failures",
            "Failures of a pool's generator",
            own(|o| o.failures),
        )
    }
}

fn labels(id: &PoolId) -> Labels {
    vec![
        ("interface", id.interface.to_string()),
        ("prefix", id.prefix.to_string()),
    ]
}

fn gauges(
    to: &mut DescriptorEncoder,
    name: &str,
    help: &str,
    values: impl IntoIterator<Item = (Labels, u64)>,
) -> fmt::Result {
    let mut family = to.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (labels, value) in values {
        let value = i64::try_from(value).unwrap_or(i64::MAX);
        ConstGauge::new(value).encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}

fn counters(
    to: &mut DescriptorEncoder,
    name: &str,
    help: &str,
    values: impl IntoIterator<Item = (Labels, u64)>,
) -> fmt::Result {
    let mut family = to.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (labels, value) in values {
        ConstCounter::new(value).encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}

/// The text of a scrape.
pub fn text(snapshot: Snapshot) -> Result<String, fmt::Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(snapshot));
    let mut text = String::new();
    encode(&mut text, &registry).map(|()| text)
}

/// Begins to listen; nothing is answered before [`serve`].
pub fn listen(address: &MetricsAddress) -> Result<Server, String> {
    let failed = |e: &dyn fmt::Display| format!("cannot serve metrics at {address}: {e}");
    let server = match address {
        MetricsAddress::Tcp(address) => {
            let listener = TcpListener::bind(address).map_err(|e| failed(&e))?;
            Server::from_listener(listener, None)
        }
        MetricsAddress::Unix(path) => {
            let listener = listen_unix(path).map_err(|e| failed(&e))?;
            Server::from_listener(listener, None)
        }
    };
    server.map_err(|e| failed(&e))
}

/// A socket that nobody listens at any more is left from before.
fn listen_unix(path: &Path) -> io::Result<UnixListener> {
    let left = std::fs::symlink_metadata(path).is_ok_and(|meta| meta.file_type().is_socket());
    if left && UnixStream::connect(path).is_err() {
        std::fs::remove_file(path)?;
    }
    UnixListener::bind(path)
}

/// Answers scrapes for ever.
pub fn serve(server: Server, to: Sender<Input>) {
    std::thread::spawn(move || {
        for request in server.incoming_requests() {
            let path = request.url().split('?').next().unwrap_or_default();
            let answer = match (request.method(), path) {
                (Method::Get, "/metrics") => scrape(&to),
                (_, "/metrics") => Err((405, "only GET is answered here\n")),
                _ => Err((404, "metrics are at /metrics\n")),
            };
            // Whoever asked may have gone.
            let _ = match answer {
                Ok(text) => {
                    let header = Header::from_bytes("Content-Type", CONTENT_TYPE);
                    let mut response = Response::from_string(text);
                    if let Ok(header) = header {
                        response.add_header(header);
                    }
                    request.respond(response)
                }
                Err((code, why)) => {
                    request.respond(Response::from_string(why).with_status_code(code))
                }
            };
        }
    });
}

fn scrape(to: &Sender<Input>) -> Result<String, (u16, &'static str)> {
    let busy = (503, "umuxd does not answer\n");
    let (answer, from) = channel();
    to.send(Input::Scrape(answer)).map_err(|_| busy)?;
    let snapshot = from.recv_timeout(ANSWER_LIMIT).map_err(|_| busy)?;
    text(snapshot).map_err(|_| (500, "the metrics cannot be written\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_that_cannot_be_reached_is_told_and_what_the_daemon_knows_too() {
        let text = text(Snapshot {
            pools: None,
            counters: None,
            own: vec![Own {
                pool: "em0 2001:db8:1::/64".parse().expect("a pool"),
                level: 10,
                reserve: 7,
                failures: 2,
            }],
        })
        .expect("text");
        for line in [
            "umux_up 0",
            "umuxd_reserve_addresses{interface=\"em0\",prefix=\"2001:db8:1::/64\"} 7",
            "umuxd_generator_failures_total{interface=\"em0\",prefix=\"2001:db8:1::/64\"} 2",
            "# EOF",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} is not in {text}");
        }
    }

    #[test]
    fn a_socket_that_is_left_from_before_is_taken_over_and_one_in_use_is_not() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("metrics");
        drop(listen_unix(&path).expect("free"));
        let used = listen_unix(&path).expect("left from before");
        assert!(listen_unix(&path).is_err(), "somebody listens there");
        drop(used);
        std::fs::remove_file(&path).expect("there");
        std::fs::write(&path, "no socket").expect("written");
        assert!(listen_unix(&path).is_err(), "a file is not removed");
    }
}
