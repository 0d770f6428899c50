// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Serving metrics to Prometheus, over HTTP.

use crate::config::MetricsAddress;
use crate::http::{self, Answer, Listener};
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

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Names and values of labels.
pub type Labels = Vec<(&'static str, String)>;

/// The text of a scrape, or an HTTP status and why there is none.
pub type Scraped = Result<String, (u16, &'static str)>;

/// A family of gauges.
pub fn gauges(
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

/// A family of counters.
pub fn counters(
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

/// All of a registry as text.
pub fn text(registry: &Registry) -> Scraped {
    let mut text = String::new();
    encode(&mut text, registry)
        .map(|()| text)
        .map_err(|_| (500, "the metrics cannot be written\n"))
}

/// Begins to listen; nothing is answered before [`serve`].
pub fn listen(address: &MetricsAddress) -> Result<Listener, String> {
    let listener = match address {
        MetricsAddress::Tcp(address) => TcpListener::bind(address).map(Listener::Tcp),
        MetricsAddress::Unix(path) => listen_unix(path).map(Listener::Unix),
    };
    let ready = listener.and_then(|listener| listener.set_nonblocking().map(|()| listener));
    ready.map_err(|e| format!("cannot serve metrics at {address}: {e}"))
}

/// A socket that nobody listens at any more is left from before.
fn listen_unix(path: &Path) -> io::Result<UnixListener> {
    let left = std::fs::symlink_metadata(path).is_ok_and(|meta| meta.file_type().is_socket());
    if left && UnixStream::connect(path).is_err() {
        std::fs::remove_file(path)?;
    }
    UnixListener::bind(path)
}

/// Answers scrapes for ever, from a thread of its own.
pub fn serve(listener: Listener, scrape: impl Fn() -> Scraped + Send + 'static) {
    std::thread::spawn(move || {
        http::serve(&listener, |method, target| {
            let path = target.split('?').next().unwrap_or_default();
            let scraped = match (method, path) {
                ("GET", "/metrics") => scrape(),
                (_, "/metrics") => Err((405, "only GET is answered here\n")),
                _ => Err((404, "metrics are at /metrics\n")),
            };
            match scraped {
                Ok(body) => Answer {
                    status: 200,
                    content_type: CONTENT_TYPE,
                    body,
                },
                Err((status, why)) => Answer::plain(status, why),
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

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
