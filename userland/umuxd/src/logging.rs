// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Where the log goes, and how it looks: standard error or syslog, text or JSON.

use crate::config::LogFormat;
use crate::outside::Outside;
use std::io::{self, Write};
use tracing::{Level, Metadata};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Sets up logging for the whole process. To syslog it goes by way of the helper: in
/// capability mode a syslogd that was started anew could not be found again.
pub fn init(syslog: Option<Outside>, format: LogFormat, verbose: bool) {
    let level = if verbose {
        LevelFilter::DEBUG
    } else {
        LevelFilter::INFO
    };
    let builder = tracing_subscriber::fmt()
        .with_max_level(level)
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
        (Some(outside), LogFormat::Text) => builder
            .without_time()
            .with_level(false)
            .with_writer(Syslog(outside))
            .init(),
        (Some(outside), LogFormat::Json) => builder
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .with_writer(Syslog(outside))
            .init(),
    }
}

struct Syslog(Outside);

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
    outside: &'a Outside,
    severity: u8,
    text: Vec<u8>,
}

impl<'a> Message<'a> {
    fn new(outside: &'a Outside, level: Level) -> Message<'a> {
        Message {
            outside,
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
        self.outside.log(self.severity, text.trim_end());
    }
}
