// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What reaches the daemon, from threads that each wait for one kind of it.

use crate::generator::Generated;
use crate::metrics::Snapshot;
use std::sync::mpsc::Sender;
use std::time::Duration;
use tracing::{debug, warn};
use umux_abi::{Event, Events, Occurrence, PlaneRef};

/// What the daemon waits for.
pub enum Input {
    /// A pool changed.
    Event(Event),
    /// Events were lost, or begin now.
    Lost,
    /// A generator answered, or failed to.
    Generated(Generated),
    /// End.
    Terminate,
    /// Read the configuration again.
    Reload,
    /// Addresses of interfaces changed, or may have.
    #[cfg_attr(not(target_os = "freebsd"), allow(dead_code))]
    Addresses,
    /// Somebody wants metrics.
    Scrape(Sender<Snapshot>),
}

/// How long one wait for events takes at most.
const EVENT_WAIT: Duration = Duration::from_secs(60);

/// How long to wait before events are subscribed to again.
const EVENT_RETRY: Duration = Duration::from_secs(2);

/// Passes events on, for ever; a source that breaks is opened again. The first is
/// opened by the caller, before it asks for levels, so that no change goes unseen
/// between the two.
pub fn watch_events(mut events: Box<dyn Events>, plane: PlaneRef, to: Sender<Input>) {
    std::thread::spawn(move || {
        loop {
            match events.next(EVENT_WAIT) {
                Ok(None) => {}
                Ok(Some(Occurrence::Event(event))) => {
                    if to.send(Input::Event(event)).is_err() {
                        return;
                    }
                }
                Ok(Some(Occurrence::Lost)) => {
                    debug!("events were lost; asking for the levels");
                    if to.send(Input::Lost).is_err() {
                        return;
                    }
                }
                Err(error) => {
                    warn!("no events: {error}; the levels are asked for regularly meanwhile");
                    events = reopen(&plane);
                    if to.send(Input::Lost).is_err() {
                        return;
                    }
                }
            }
        }
    });
}

fn reopen(plane: &PlaneRef) -> Box<dyn Events> {
    loop {
        std::thread::sleep(EVENT_RETRY);
        match plane.events() {
            Ok(events) => return events,
            Err(error) => debug!("still no events: {error}"),
        }
    }
}

/// Passes signals on.
pub fn watch_signals(to: Sender<Input>) -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    std::thread::spawn(move || {
        for signal in signals.forever() {
            let input = if signal == SIGHUP {
                Input::Reload
            } else {
                Input::Terminate
            };
            if to.send(input).is_err() {
                return;
            }
        }
    });
    Ok(())
}

/// Tells when addresses of interfaces change. Opened before the first look at them, so
/// that no change goes unseen between the two.
#[cfg(target_os = "freebsd")]
pub fn watch_addresses(to: Sender<Input>) -> umux_abi::Result<()> {
    use umux_abi::kernel::{Raw, RouteSocket};
    use umux_abi::rtmsg::is_address_change;
    let mut socket = RouteSocket::open()?;
    std::thread::spawn(move || {
        loop {
            match socket.next(EVENT_WAIT) {
                Ok(None) => continue,
                Ok(Some(Raw::Message(bytes))) if !is_address_change(&bytes) => continue,
                Ok(Some(_)) => {}
                Err(error) => {
                    // The regular look remains.
                    warn!("changes of addresses are not told any more: {error}");
                    return;
                }
            }
            if to.send(Input::Addresses).is_err() {
                return;
            }
        }
    });
    Ok(())
}

/// Elsewhere there is the regular look only.
#[cfg(not(target_os = "freebsd"))]
pub fn watch_addresses(_to: Sender<Input>) -> umux_abi::Result<()> {
    Ok(())
}
