// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What reaches the loop from other threads.

use crate::metrics::Snapshot;
use mio::Waker;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;
use umux_daemon::metrics::{Scraped, text};

/// What the loop is woken for.
pub enum Input {
    /// End.
    Terminate,
    /// Read the configuration again.
    Reload,
    /// Somebody wants metrics.
    Scrape(Sender<Snapshot>),
}

/// Sends inputs, and wakes the loop.
#[derive(Clone)]
pub struct Doorbell {
    to: Sender<Input>,
    waker: Arc<Waker>,
}

/// The loop answers at once.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

impl Doorbell {
    pub fn new(to: Sender<Input>, waker: Waker) -> Doorbell {
        Doorbell {
            to,
            waker: Arc::new(waker),
        }
    }

    /// Is anybody there?
    fn ring(&self, input: Input) -> bool {
        self.to.send(input).is_ok() && self.waker.wake().is_ok()
    }

    /// Passes signals on.
    pub fn watch_signals(self) -> std::io::Result<()> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        let mut signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM])?;
        std::thread::spawn(move || {
            for signal in signals.forever() {
                let input = if signal == SIGHUP {
                    Input::Reload
                } else {
                    Input::Terminate
                };
                if !self.ring(input) {
                    return;
                }
            }
        });
        Ok(())
    }

    /// The text of a scrape.
    pub fn scrape(&self) -> Scraped {
        let busy = (503, "aarpd does not answer\n");
        let (answer, from) = channel();
        if !self.ring(Input::Scrape(answer)) {
            return Err(busy);
        }
        let snapshot = from.recv_timeout(ANSWER_LIMIT).map_err(|_| busy)?;
        text(&snapshot.registry())
    }
}
