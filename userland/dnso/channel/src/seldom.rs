// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Lines in the log that strangers, or clients of the DNS, can cause: they may not fill it.

use crate::message::Reason;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Lines about one reason why there is no address: so many, in a time.
const REFUSALS: (u32, Duration) = (5, Duration::from_secs(10));

/// Lines of one kind: a few in a time, then only how many more.
pub struct Seldom {
    most: u32,
    time: Duration,
    written: Mutex<Written>,
}

struct Written {
    since: Option<Instant>,
    lines: u32,
    left_out: u64,
}

impl Seldom {
    /// At most so many in a time.
    pub const fn new(most: u32, time: Duration) -> Seldom {
        Seldom {
            most,
            time,
            written: Mutex::new(Written {
                since: None,
                lines: 0,
                left_out: 0,
            }),
        }
    }

    /// May a line be written now? If so: how many were left out before it.
    pub fn line(&self, now: Instant) -> Option<u64> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |since: Instant| now.saturating_duration_since(since) >= self.time;
        if written.since.is_none_or(is_over) {
            written.since = Some(now);
            written.lines = 0;
        }
        if written.lines == self.most {
            written.left_out += 1;
            return None;
        }
        written.lines += 1;
        Some(std::mem::take(&mut written.left_out))
    }
}

/// Lines that say why there is no address: a few of each reason, so that one does not
/// hide another.
pub struct Refusals([Seldom; Reason::COUNT]);

impl Default for Refusals {
    fn default() -> Refusals {
        Refusals([const { Seldom::new(REFUSALS.0, REFUSALS.1) }; Reason::COUNT])
    }
}

impl Refusals {
    /// Those about one reason.
    pub fn about(&self, reason: Reason) -> &Seldom {
        &self.0[reason as usize]
    }
}

/// Logs a line at a level, with how many were left out before it, as long as a [`Seldom`]
/// says that there are few; else only for whoever looks for all of them.
#[macro_export]
macro_rules! log_seldom {
    ($seldom:expr, $level:ident, $($line:tt)+) => {
        match $seldom.line(::std::time::Instant::now()) {
            Some(left_out) => {
                let left_out = (left_out > 0).then_some(left_out);
                ::tracing::event!(::tracing::Level::$level, left_out, $($line)+)
            }
            None => ::tracing::debug!($($line)+),
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_few_and_those_left_out_are_counted() {
        let seldom = Seldom::new(2, Duration::from_secs(10));
        let begin = Instant::now();
        let mut after = |ms| seldom.line(begin + Duration::from_millis(ms));
        let lines: Vec<_> = [0, 1, 2, 9_999, 10_000, 10_001, 10_002]
            .map(&mut after)
            .into();
        assert_eq!(
            lines,
            [Some(0), Some(0), None, None, Some(2), Some(0), None]
        );
    }

    #[test]
    fn reasons_do_not_hide_each_other() {
        let refusals = Refusals::default();
        let now = Instant::now();
        while refusals.about(Reason::Unreachable).line(now).is_some() {}
        assert_eq!(refusals.about(Reason::Failed).line(now), Some(0));
        assert_eq!(refusals.about(Reason::UnknownName).line(now), Some(0));
    }
}
