// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The loop: what comes in goes to the resolver, what the resolver wants is done.
//!
//! * [`administration`]: what the administrator asks for meanwhile

mod administration;

use crate::clients::{Clients, Did, told};
use crate::config::Config;
use crate::control::Connections;
use crate::input::Input;
use crate::receiver::{self, Packet};
use crate::sender::Sender;
use aarp::message::Answer;
use aarp::view::{Entry, Rule, Writer, now};
use aarp_core::{Action, Asked, Outcome, Policy, Resolver};
use mio::event::Event;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use nix::errno::Errno;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::mpsc::Receiver;
use std::time::Duration;
use tracing::{debug, info, warn};

const RAW: Token = Token(0);
const SENDER: Token = Token(1);
const PROGRAMS: Token = Token(2);
const CONTROL: Token = Token(3);
/// Other threads.
pub const WAKER: Token = Token(4);

/// Numbers of programs begin here, and those of aarpctl(8) beyond all of them.
const FIRST_CLIENT: u64 = 16;
const FIRST_CONTROL: u64 = 1 << 48;

/// What could not be accepted, as without a descriptor, is tried again so soon.
const RETRY: Duration = Duration::from_millis(100);

/// So many of a kind are taken before others have their turn.
const TURN: usize = 64;

pub use administration::Source;

/// All that was opened before the privileges went.
pub struct Opened {
    pub raw: OwnedFd,
    pub sender: Sender,
    pub programs: OwnedFd,
    pub control: OwnedFd,
    pub view: Writer,
    pub source: Source,
    pub poll: Poll,
    /// Programs that there are descriptors for.
    pub clients_max: usize,
}

/// The daemon.
pub struct Daemon {
    opened: Opened,
    config: Config,
    resolver: Resolver,
    clients: Clients,
    connections: Connections,
    /// There may be more of these, which nothing will tell.
    more_replies: bool,
    more_programs: bool,
    more_controls: bool,
    /// When those that could not be accepted are tried again.
    retry: Option<Duration>,
    /// One could not be, and none was since.
    short: bool,
    started: Duration,
}

fn random(bytes: &mut [u8]) {
    // There is no way to go on without, and none to be had by trying again.
    getrandom::fill(bytes).expect("the system gives random numbers");
}

impl Daemon {
    /// Ready to run.
    pub fn new(opened: Opened, config: Config) -> io::Result<Daemon> {
        let registry = opened.poll.registry();
        for (fd, token) in [
            (opened.raw.as_raw_fd(), RAW),
            (opened.sender.fd().as_raw_fd(), SENDER),
            (opened.programs.as_raw_fd(), PROGRAMS),
            (opened.control.as_raw_fd(), CONTROL),
        ] {
            registry.register(&mut SourceFd(&fd), token, Interest::READABLE)?;
        }
        let service = &config.service;
        let clients = administration::clients(service.clients, opened.clients_max);
        let daemon = Daemon {
            resolver: Resolver::new(config.rules.clone(), config.settings),
            clients: Clients::new(FIRST_CLIENT, clients, service.user_clients),
            connections: Connections::new(FIRST_CONTROL),
            more_replies: true,
            more_programs: true,
            more_controls: true,
            retry: None,
            short: false,
            started: now(),
            opened,
            config,
        };
        daemon.show_rules();
        Ok(daemon)
    }

    /// Until it is told to end, or the sender has gone.
    pub fn run(&mut self, inputs: &Receiver<Input>) -> io::Result<()> {
        let mut events = Events::with_capacity(256);
        loop {
            let wait = self.wait();
            match self.opened.poll.poll(&mut events, wait) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                polled => polled?,
            }
            for event in &events {
                self.event(event)?;
            }
            while let Ok(input) = inputs.try_recv() {
                match input {
                    Input::Terminate => {
                        info!("told to end");
                        return Ok(());
                    }
                    Input::Reload => self.reload(),
                    Input::Scrape(to) => {
                        // Whoever asked may have lost patience.
                        let _ = to.send(self.snapshot());
                    }
                }
            }
            if self.more_replies {
                self.replies();
            }
            if self.retry.is_some_and(|at| at <= now()) {
                self.retry = None;
                self.more_programs = true;
                self.more_controls = true;
            }
            if self.more_programs {
                self.programs()?;
            }
            if self.more_controls {
                self.controls()?;
            }
            self.resolver.elapsed(now(), &mut random);
            self.act();
        }
    }

    /// How long nothing has to be done.
    fn wait(&mut self) -> Option<Duration> {
        if self.more_replies || self.more_programs || self.more_controls {
            return Some(Duration::ZERO);
        }
        let time = now();
        let next = [
            self.resolver.next(),
            self.clients.impatient(time),
            self.retry,
        ];
        let next = next.into_iter().flatten().min()?;
        // A millisecond more, not less: that is how exact the system's wait is.
        Some(next.saturating_sub(time) + Duration::from_millis(1))
    }

    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event.token() {
            RAW => self.more_replies = true,
            PROGRAMS => self.more_programs = true,
            SENDER => self.complaints()?,
            CONTROL => self.more_controls = true,
            WAKER => {}
            Token(number) => {
                let number = number as u64;
                if number >= FIRST_CONTROL {
                    let progress = self.connections.ready(number);
                    self.control(number, progress);
                } else {
                    self.client(number);
                }
            }
        }
        Ok(())
    }

    /// Administrators that connect: those there are, of which few are kept.
    fn controls(&mut self) -> io::Result<()> {
        self.more_controls = false;
        loop {
            let number = match self.connections.accept(&self.opened.control) {
                Ok(Some(number)) => {
                    self.short = false;
                    number
                }
                Ok(None) => return Ok(()),
                Err(e) => {
                    self.not_accepted(e);
                    return Ok(());
                }
            };
            let Some(fd) = self.connections.fd(number) else {
                continue;
            };
            let interest = Interest::READABLE | Interest::WRITABLE;
            let registry = self.opened.poll.registry();
            registry.register(&mut SourceFd(&fd), Token(number as usize), interest)?;
        }
    }

    /// Nothing will tell that it would do now. Once is enough for the log.
    fn not_accepted(&mut self, why: Errno) {
        if !self.short {
            warn!("a program could not be served: {why}");
            self.short = true;
        }
        self.retry = Some(now() + RETRY);
    }

    /// Replies, up to a turn of them.
    fn replies(&mut self) {
        let time = now();
        for _ in 0..TURN {
            match receiver::receive(&self.opened.raw) {
                Ok(Some(Packet::Reply(reply))) => {
                    self.resolver.received(time, &reply);
                    // Who waits is told before the next one is looked for.
                    self.act();
                }
                Ok(Some(Packet::Other)) => {}
                Ok(None) => {
                    self.more_replies = false;
                    return;
                }
                Err(e) => {
                    debug!("a reply could not be received: {e}");
                    self.more_replies = false;
                    return;
                }
            }
        }
    }

    /// Programs that connect, up to a turn of them.
    fn programs(&mut self) -> io::Result<()> {
        for _ in 0..TURN {
            let number = match self.clients.accept(&self.opened.programs, now()) {
                Ok(Some(number)) => {
                    self.short = false;
                    number
                }
                Ok(None) => {
                    self.more_programs = false;
                    return Ok(());
                }
                Err(e) => {
                    self.more_programs = false;
                    self.not_accepted(e);
                    return Ok(());
                }
            };
            // Mostly it has asked already. Its request is on its way while the rest is
            // done.
            self.client(number);
            self.act();
            if let Some(fd) = self.clients.fd(number) {
                let token = Token(number as usize);
                let fd = fd.as_raw_fd();
                let registry = self.opened.poll.registry();
                registry.register(&mut SourceFd(&fd), token, Interest::READABLE)?;
            }
        }
        Ok(())
    }

    fn client(&mut self, number: u64) {
        match self.clients.read(number) {
            Did::Nothing => {}
            Did::Asked(user, target) => {
                let asked = self.resolver.ask(now(), target, user, number, &mut random);
                if let Asked::Now(outcome) = asked {
                    self.clients.answer(number, told(outcome));
                }
            }
            Did::Failed(target, member) => {
                self.resolver.failed(now(), &target, &member);
                self.clients.remove(number);
            }
            Did::Nonsense => self.clients.answer(number, Answer::Version),
            Did::Gone(waited) => {
                if let Some(target) = waited {
                    self.resolver.gone(&target, number);
                }
                self.clients.remove(number);
            }
        }
    }

    /// What could not be sent.
    fn complaints(&mut self) -> io::Result<()> {
        loop {
            let complaint = self.opened.sender.complaint().map_err(|e| {
                io::Error::new(
                    e.kind(),
                    "the sender of Echo Requests has ended, and aarpd ends with it",
                )
            })?;
            let Some(complaint) = complaint else {
                return Ok(());
            };
            debug!("an Echo Request could not be sent: {}", complaint.errno);
            // A full queue is as good as a request that was lost.
            if !matches!(
                complaint.errno,
                Errno::EAGAIN | Errno::ENOBUFS | Errno::ENOMEM | Errno::EINTR
            ) {
                self.resolver.unsendable(now(), complaint.id, complaint.seq);
            }
        }
    }

    /// Does what the resolver wants.
    fn act(&mut self) {
        while let Some(action) = self.resolver.action() {
            match action {
                Action::Send {
                    to,
                    interface,
                    mark,
                } => {
                    // What does not fit into the queue is as good as lost.
                    if let Err(e) = self.opened.sender.order(&to, interface, &mark) {
                        debug!("an Echo Request could not be passed on: {e}");
                    }
                }
                Action::Answer { waiting, outcome } => {
                    self.clients.answer(waiting, told(outcome));
                }
                Action::Publish(target, known) => {
                    debug!("{target}: {:?}", known.outcome);
                    let entry = match known.outcome {
                        Outcome::Member(member) => Entry::Member(member),
                        Outcome::Unicast => Entry::Itself,
                        _ => Entry::Silent,
                    };
                    if self.config.access.share {
                        self.opened.view.publish(&target, &entry, known.until);
                    }
                }
                Action::Withdraw(target) => self.opened.view.withdraw(&target),
            }
        }
    }

    /// Programs see the rules, and how long to wait.
    fn show_rules(&self) {
        let rules: Vec<Rule> = self
            .resolver
            .rules()
            .iter()
            .map(|rule| Rule {
                address: rule.prefix.addr(),
                len: rule.prefix.prefix_len(),
                anycast: rule.policy == Policy::Anycast,
            })
            .collect();
        self.opened.view.rules(&rules);
        let service = &self.config.service;
        self.opened
            .view
            .waits(service.wait, service.nonblocking_wait);
    }
}
