// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Where the log goes: standard error, or syslog.

use nix::syslog::{Facility, Priority, Severity, syslog};
use std::io::{self, Write};
use tracing::{Level, Metadata};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Sets up logging for the whole process.
pub fn init(to_syslog: bool, verbose: bool) {
    let level = if verbose {
        LevelFilter::DEBUG
    } else {
        LevelFilter::INFO
    };
    let builder = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_target(false)
        .with_ansi(false);
    if to_syslog {
        // No openlog(3): FreeBSD keeps the pointer it is given, and the name of the
        // program is what it uses without.
        builder
            .without_time()
            .with_level(false)
            .with_writer(Syslog)
            .init();
    } else {
        builder.with_writer(io::stderr).init();
    }
}

struct Syslog;

impl<'a> MakeWriter<'a> for Syslog {
    type Writer = Message;

    fn make_writer(&'a self) -> Message {
        Message::new(Severity::LOG_INFO)
    }

    fn make_writer_for(&'a self, meta: &Metadata<'_>) -> Message {
        Message::new(match *meta.level() {
            Level::ERROR => Severity::LOG_ERR,
            Level::WARN => Severity::LOG_WARNING,
            Level::INFO => Severity::LOG_NOTICE,
            _ => Severity::LOG_DEBUG,
        })
    }
}

/// One message; it is sent when it is complete.
struct Message {
    severity: Severity,
    text: Vec<u8>,
}

impl Message {
    fn new(severity: Severity) -> Message {
        Message {
            severity,
            text: Vec::new(),
        }
    }
}

impl Write for Message {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        let text = String::from_utf8_lossy(&self.text).replace('\0', " ");
        let priority = Priority::new(self.severity, Facility::LOG_DAEMON);
        // There is nobody to tell that the log is broken.
        let _ = syslog(priority, text.trim_end());
    }
}
