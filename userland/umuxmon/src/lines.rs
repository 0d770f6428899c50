// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Line after line, until somebody ends it.

use crate::Failure;
use crate::cli::Arguments;
use crate::filter::Filter;
use crate::{line, source};
use jiff::ZonedDateTime;
use std::io::{ErrorKind, Write};
use std::time::Duration;

/// How long one wait takes at most.
const WAIT: Duration = Duration::from_secs(60);

/// Shows messages for ever, or as many as are asked for.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let filter = Filter::of(arguments);
    let mut source = source::open(arguments.lab.as_deref())?;
    let mut left = arguments.count;
    while left != Some(0) {
        let Some(happening) = source.next(WAIT)? else {
            continue;
        };
        let time = ZonedDateTime::now();
        if !filter.admits(&happening) {
            continue;
        }
        let text = if arguments.json {
            let json = line::json(&time, &happening);
            json.map_err(|e| Failure::Stream("write JSON", e.into()))?
        } else {
            line::text(&time, &happening)
        };
        let mut out = std::io::stdout().lock();
        match writeln!(out, "{text}").and_then(|()| out.flush()) {
            // `umuxmon | head` is no failure.
            Err(e) if e.kind() == ErrorKind::BrokenPipe => return Ok(()),
            Err(e) => return Err(Failure::Stream("write", e)),
            Ok(()) => {}
        }
        left = left.map(|left| left - 1);
    }
    Ok(())
}
