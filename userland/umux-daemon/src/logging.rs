// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Where the log goes, and how it looks: standard error or syslog, text or JSON.

use crate::config::LogFormat;
use nix::syslog::{Facility, Priority, Severity, syslog};
use std::io::{self, Write};
use std::sync::Arc;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Takes a severity of RFC 5424 and a line.
pub type Sink = Arc<dyn Fn(u8, &str) + Send + Sync>;

/// Longest line that is written to syslog.
const SYSLOG_MAX: usize = 4096;

/// The system's log.
pub fn syslog_sink() -> Sink {
    Arc::new(write_syslog)
}

/// Writes one line to it.
pub fn write_syslog(severity: u8, text: &str) {
    let severity = match severity {
        0..=3 => Severity::LOG_ERR,
        4 => Severity::LOG_WARNING,
        5 | 6 => Severity::LOG_NOTICE,
        _ => Severity::LOG_DEBUG,
    };
    let text: String = text.chars().take(SYSLOG_MAX).collect();
    // Nobody can be told that the log is broken.
    let _ = syslog(
        Priority::new(severity, Facility::LOG_DAEMON),
        text.replace('\0', " ").as_str(),
    );
}

/// Sets up logging for the whole process: to `syslog`, or to standard error.
pub fn init(syslog: Option<Sink>, format: LogFormat, verbose: bool) {
    let level = if verbose {
        LevelFilter::DEBUG
    } else {
        LevelFilter::INFO
    };
    let builder = tracing_subscriber::fmt()
        .with_max_level(level)
        // Whoever reads the log may have gone, as daemon(8) does when it is told to end. A
        // daemon must not end over that: it has other things to do before.
        .log_internal_errors(false)
        .with_target(false)
        .with_ansi(false);
    match (syslog, format) {
        (None, LogFormat::Text) => builder.with_writer(io::stderr).init(),
        (None, LogFormat::Json) => builder
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .with_writer(io::stderr)
            .init(),
        // syslog itself says when, and how grave it is.
        (Some(sink), LogFormat::Text) => builder
            .without_time()
            .with_level(false)
            .with_writer(Syslog(sink))
            .init(),
        (Some(sink), LogFormat::Json) => builder
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .with_writer(Syslog(sink))
            .init(),
    }
}

struct Syslog(Sink);

impl<'a> MakeWriter<'a> for Syslog {
    type Writer = Message<'a>;

    fn make_writer(&'a self) -> Message<'a> {
        Message::new(&self.0, Level::INFO)
    }

    fn make_writer_for(&'a self, meta: &Metadata<'_>) -> Message<'a> {
        Message::new(&self.0, *meta.level())
    }
}

/// One message; it is sent when it is complete.
struct Message<'a> {
    sink: &'a Sink,
    severity: u8,
    text: Vec<u8>,
}

impl<'a> Message<'a> {
    fn new(sink: &'a Sink, level: Level) -> Message<'a> {
        Message {
            sink,
            // RFC 5424: error, warning, notice, debug.
            severity: match level {
                Level::ERROR => 3,
                Level::WARN => 4,
                Level::INFO => 5,
                _ => 7,
            },
            text: Vec::new(),
        }
    }
}

impl Write for Message<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Message<'_> {
    fn drop(&mut self) {
        let text = String::from_utf8_lossy(&self.text);
        (self.sink)(self.severity, text.trim_end());
    }
}
