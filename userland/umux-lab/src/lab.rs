// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A link that runs: on the machine's clock, by a thread, or on a clock that tests
//! move.

use crate::host::{App, Way};
use crate::link::net::Net;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Registry, Token};
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use umux_core::plane::Micros;

/// Virtual clocks begin here: a moment in the past is then never negative.
pub const BEGIN: Micros = 1_000_000;

/// Longest sleep of the thread.
const SLEEP_MAX: Duration = Duration::from_secs(1);
/// What wakes it is one event: everything is looked at then.
const WOKEN: Token = Token(0);

enum Clock {
    Real(Instant),
    Virtual(AtomicU64),
}

struct Shared {
    net: Mutex<Net>,
    changed: Condvar,
    clock: Clock,
    stop: AtomicBool,
    /// When the thread looks at the link next by itself; changes with the link locked.
    sleeps_until: AtomicU64,
}

impl Shared {
    fn now(&self) -> Micros {
        match &self.clock {
            Clock::Real(begin) => BEGIN + begin.elapsed().as_micros() as Micros,
            Clock::Virtual(now) => now.load(Ordering::SeqCst),
        }
    }

    /// Whether the thread has to be woken, if something is due then.
    fn oversleeps(&self, next: Option<Micros>) -> bool {
        next.is_some_and(|next| next < self.sleeps_until.load(Ordering::SeqCst))
    }

    fn net(&self) -> MutexGuard<'_, Net> {
        self.net.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The running link; clones are the same one.
#[derive(Clone)]
pub struct Lab {
    shared: Arc<Shared>,
    driver: Option<Arc<Driver>>,
}

/// The thread; it ends when this is dropped.
struct Driver {
    shared: Arc<Shared>,
    bell: UnixStream,
    registry: Registry,
    thread: Option<JoinHandle<()>>,
}

impl Lab {
    /// Runs on the machine's clock.  `make` gets the time, and makes the link.
    ///
    /// # Errors
    /// What `make` returns; or the system has no thread or descriptor left.
    pub fn start(make: impl FnOnce(Micros) -> io::Result<Net>) -> io::Result<Lab> {
        let clock = Clock::Real(Instant::now());
        let net = make(BEGIN)?;
        #[cfg(target_os = "linux")]
        let ports: Vec<OwnedFd> = net
            .taps
            .iter()
            .map(|t| t.handle())
            .collect::<Result<_, _>>()?;
        #[cfg(not(target_os = "linux"))]
        let ports: Vec<OwnedFd> = Vec::new();
        let (bell, woken) = UnixStream::pair()?;
        bell.set_nonblocking(true)?;
        woken.set_nonblocking(true)?;
        let poll = Poll::new()?;
        let registry = poll.registry().try_clone()?;
        for fd in ports
            .iter()
            .map(AsRawFd::as_raw_fd)
            .chain([woken.as_raw_fd()])
        {
            registry.register(&mut SourceFd(&fd), WOKEN, Interest::READABLE)?;
        }
        let shared = Lab::shared(net, clock);
        let thread = std::thread::Builder::new().name("link".into()).spawn({
            let shared = Arc::clone(&shared);
            // The ports stay open as long as they are waited for.
            move || drive(&shared, poll, woken, ports)
        })?;
        let driver = Arc::new(Driver {
            shared: Arc::clone(&shared),
            bell,
            registry,
            thread: Some(thread),
        });
        Ok(Lab {
            shared,
            driver: Some(driver),
        })
    }

    /// Runs on a clock that only [`Lab::wait`] and [`Lab::pause`] move.
    pub fn still(make: impl FnOnce(Micros) -> Net) -> Lab {
        let clock = Clock::Virtual(AtomicU64::new(BEGIN));
        Lab {
            shared: Lab::shared(make(BEGIN), clock),
            driver: None,
        }
    }

    fn shared(net: Net, clock: Clock) -> Arc<Shared> {
        Arc::new(Shared {
            net: Mutex::new(net),
            changed: Condvar::new(),
            clock,
            stop: AtomicBool::new(false),
            sleeps_until: AtomicU64::new(0),
        })
    }

    /// A server of the node that hands its connections on to a program of the machine.
    ///
    /// # Errors
    /// The clock is not the machine's, or no descriptor is left.
    pub fn relay(&self, to: SocketAddr) -> io::Result<App> {
        let Some(driver) = &self.driver else {
            return Err(ErrorKind::Unsupported.into());
        };
        let registry = driver.registry.try_clone()?;
        Ok(App::Relay(Arc::new(Way::new(to, registry))))
    }

    /// The time.
    pub fn now(&self) -> Micros {
        self.shared.now()
    }

    /// Does something to the link.
    pub fn with<T>(&self, f: impl FnOnce(&mut Net, Micros) -> T) -> T {
        let mut net = self.shared.net();
        let now = self.now();
        let result = f(&mut net, now);
        let next = net.turn(now);
        let ring = self.shared.oversleeps(next);
        drop(net);
        if let Some(driver) = self.driver.as_ref().filter(|_| ring) {
            driver.ring();
        }
        self.shared.changed.notify_all();
        result
    }

    /// Waits until `f` gives something, at most `limit`.
    pub fn wait<T>(
        &self,
        limit: Duration,
        mut f: impl FnMut(&mut Net, Micros) -> Option<T>,
    ) -> Option<T> {
        let until = self.now() + limit.as_micros() as Micros;
        let mut net = self.shared.net();
        loop {
            let now = self.now();
            let next = net.turn(now);
            if let Some(result) = f(&mut net, now) {
                // What f did may have effects.
                let next = net.turn(now);
                let ring = self.shared.oversleeps(next);
                drop(net);
                if let Some(driver) = self.driver.as_ref().filter(|_| ring) {
                    driver.ring();
                }
                return Some(result);
            }
            if now >= until {
                return None;
            }
            match &self.shared.clock {
                Clock::Virtual(clock) => {
                    clock.store(next.unwrap_or(until).min(until), Ordering::SeqCst);
                }
                Clock::Real(_) => {
                    let left = Duration::from_micros(until - now).min(SLEEP_MAX);
                    let waited = self.shared.changed.wait_timeout(net, left);
                    net = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
    }

    /// Lets time pass.
    pub fn pause(&self, time: Duration) {
        self.wait(time, |_, _| None::<()>);
    }
}

impl Driver {
    fn ring(&self) {
        // A full pipe rings as well.
        let _ = (&self.bell).write(&[0]);
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.ring();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn drive(shared: &Shared, mut poll: Poll, mut woken: UnixStream, ports: Vec<OwnedFd>) {
    let mut events = Events::with_capacity(64);
    while !shared.stop.load(Ordering::SeqCst) {
        // Reads all that has come: descriptors tell of what comes after that.
        let mut net = shared.net();
        let next = net.turn(shared.now());
        let now = shared.now();
        let latest = now + SLEEP_MAX.as_micros() as Micros;
        let until = next.map_or(latest, |next| next.clamp(now, latest));
        shared.sleeps_until.store(until, Ordering::SeqCst);
        drop(net);
        shared.changed.notify_all();
        let sleep = Duration::from_micros(until - now);
        // It rounds up, or the last part of a millisecond would be a busy loop.
        let _ = poll.poll(&mut events, Some(sleep));
        let mut rung = [0; 64];
        while woken.read(&mut rung).is_ok_and(|n| n > 0) {}
    }
    drop(ports);
}
