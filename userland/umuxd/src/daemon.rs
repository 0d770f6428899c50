// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Carries out what the engine decides.

use crate::config::{Config, PoolConfig};
use crate::engine::{Added, Command, Engine, Time, Withdrawn};
use crate::generator::{Generated, Generators};
use crate::input::Input;
use crate::metrics::{Own, Snapshot};
use crate::outside::Outside;
use crate::pools::{Prefixes, followed};
use crate::tell::tell;
use std::collections::HashMap;
use std::net::Ipv6Addr;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};
use tracing::{debug, error, info, warn};
use umux_abi::{AddrState, Control, Errno, Error, PlaneRef, PoolId, PoolSpec, plane};

/// Longest sleep; the engine asks for less.
const SLEEP_MAX: Duration = Duration::from_secs(60);

/// Prefixes that are followed are looked at so often, whatever the routing socket says.
const PREFIX_LOOK: Duration = Duration::from_secs(10);

/// Where the configuration is read from.
pub struct ConfigSource {
    /// The file.
    pub path: PathBuf,
    /// The generator that comes with umux.
    pub addrgen: PathBuf,
}

impl ConfigSource {
    /// Reads it.
    pub fn read(&self) -> Result<Config, crate::config::ConfigError> {
        Config::read(&self.path, &self.addrgen)
    }
}

/// How the plane is found again when it was lost.
pub enum Plane {
    /// The module's device may be opened outside only.
    Kernel(Outside),
    /// A lab.
    Lab(PlaneRef),
}

impl Plane {
    fn control(&self) -> Result<Box<dyn Control>, Error> {
        match self {
            Plane::Kernel(outside) => plane::control_on(outside.plane()),
            Plane::Lab(lab) => lab.control(),
        }
    }
}

/// The daemon.
pub struct Daemon {
    source: ConfigSource,
    config: Config,
    prefixes: Prefixes,
    looked: Option<Instant>,
    /// What configuration and prefixes make together.
    pools: Vec<PoolConfig>,
    engine: Engine,
    plane: Plane,
    control: Option<Box<dyn Control>>,
    outside: Outside,
    generators: Generators,
    /// The rules for listeners are not set yet, or not any more.
    servers_due: bool,
    /// How often generators failed.
    failures: HashMap<PoolId, u64>,
    begin: Instant,
}

impl Daemon {
    /// Everything is opened; nothing has been asked yet.
    pub fn new(
        source: ConfigSource,
        config: Config,
        plane: Plane,
        control: Box<dyn Control>,
        outside: Outside,
        generator_limit: Duration,
        to: Sender<Input>,
    ) -> Daemon {
        let generators = Generators::new(outside.clone(), generator_limit, move || {
            let to = to.clone();
            Box::new(move |generated| {
                // Nobody waits for it once the daemon has ended.
                let _ = to.send(Input::Generated(generated));
            })
        });
        Daemon {
            engine: Engine::new(&config.pools),
            pools: config.pools.clone(),
            source,
            config,
            prefixes: Prefixes::default(),
            looked: None,
            plane,
            control: Some(control),
            outside,
            generators,
            servers_due: true,
            failures: HashMap::new(),
            begin: Instant::now(),
        }
    }

    /// Until it is told to end. Pools stay as they are.
    pub fn run(&mut self, inputs: &Receiver<Input>) -> Result<(), String> {
        loop {
            let look = self.look();
            self.guard();
            self.work();
            if self.outside.is_broken() {
                return Err(
                    "the helper process has gone, and without it nothing can be started: \
                     start umuxd anew"
                        .into(),
                );
            }
            let now = self.now();
            let sleep = self.engine.wake(now).saturating_sub(now);
            match inputs.recv_timeout(sleep.min(look)) {
                Ok(Input::Terminate) => {
                    info!("told to end; the pools stay as they are");
                    return Ok(());
                }
                Ok(input) => self.take(input),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }

    /// Looks at the prefixes that are followed if it is time to; when it will be again.
    fn look(&mut self) -> Duration {
        let interfaces = followed(&self.config);
        if interfaces.is_empty() {
            return SLEEP_MAX;
        }
        if let Some(looked) = self.looked {
            let left = PREFIX_LOOK.saturating_sub(looked.elapsed());
            if !left.is_zero() {
                return left;
            }
        }
        self.looked = Some(Instant::now());
        match self.outside.prefixes(&interfaces) {
            Ok(found) => {
                if self.prefixes.set(found) {
                    self.configure();
                }
            }
            Err(e) => warn!("cannot see the addresses of interfaces: {e}; looking again later"),
        }
        PREFIX_LOOK
    }

    /// Configuration or prefixes are others than before.
    fn configure(&mut self) {
        let (pools, problems) = self.prefixes.pools(&self.config);
        for problem in problems {
            error!("{problem}");
        }
        let now = self.now();
        self.engine.configure(now, &pools);
        let commands: Vec<_> = pools.iter().map(|pool| pool.generator.clone()).collect();
        self.generators.retain(&commands);
        self.pools = pools;
    }

    /// Sets the rules for listeners, if the configuration has any.
    fn guard(&mut self) {
        let servers = match &self.config.servers {
            Some(servers) if self.servers_due => servers.clone(),
            _ => return,
        };
        let set = self
            .control()
            .and_then(|control| control.set_listen_rules(&servers.rules, servers.apply));
        match set {
            Ok(()) => {
                info!("{} rules for listeners are set", servers.rules.len());
                self.servers_due = false;
            }
            Err(error) => {
                if self.errno(&error).is_some() {
                    error!("{error}");
                    self.servers_due = false;
                }
            }
        }
    }

    fn now(&self) -> Time {
        self.begin.elapsed()
    }

    /// Does all that is to be done now.
    fn work(&mut self) {
        loop {
            self.engine.notices().iter().for_each(tell);
            match self.engine.next(self.now()) {
                Some(Command::Ask) => self.ask(),
                Some(Command::Create(spec)) => self.create(&spec),
                Some(Command::Generate { pool, count }) => self.generate(pool, count),
                Some(Command::Add { pool, addrs }) => self.add(&pool, &addrs),
                Some(Command::Withdraw(pool)) => self.withdraw(&pool),
                None => return,
            }
        }
    }

    fn take(&mut self, input: Input) {
        let now = self.now();
        match input {
            Input::Event(event) => {
                debug!(
                    "event {} of {}: {:?}, {} ready, {} coming",
                    event.seq, event.pool, event.kinds, event.uncertain, event.tentative
                );
                self.engine.event(now, &event);
            }
            Input::Lost => {
                info!("events were lost: resynchronising, all levels are asked for");
                self.engine.lost(now);
            }
            Input::Generated(generated) => self.generated(generated),
            Input::Reload => self.reload(),
            Input::Addresses => self.looked = None,
            Input::Scrape(to) => {
                // Whoever asked may have lost patience.
                let _ = to.send(self.snapshot());
            }
            Input::Terminate => {}
        }
    }

    fn reload(&mut self) {
        let ConfigSource { path, addrgen } = &self.source;
        let read = Config::read_opened(self.outside.config(), path, addrgen);
        match read {
            Ok(config) => {
                info!("configuration read again");
                if config.daemon != self.config.daemon {
                    warn!("[daemon] changed, which is read only when umuxd starts: start it anew");
                }
                self.config = Config {
                    daemon: self.config.daemon.clone(),
                    ..config
                };
                self.looked = None;
                self.servers_due = true;
                self.configure();
            }
            Err(e) => error!("{e}; the old configuration stays in force"),
        }
    }

    /// The plane, opened again if it was lost.
    fn control(&mut self) -> Result<&mut dyn Control, Error> {
        if self.control.is_none() {
            self.control = Some(self.plane.control()?);
            self.servers_due = true;
            info!("the plane is there again");
        }
        match &mut self.control {
            Some(control) => Ok(control.as_mut()),
            None => Err(Error::NotLoaded),
        }
    }

    /// After this error the plane is opened anew, which costs nothing if it was sound.
    fn lose(&mut self, error: &Error) {
        if self.control.take().is_some() {
            warn!("{error}; trying again until it is back");
        } else {
            debug!("{error}");
        }
    }

    fn ask(&mut self) {
        let levels = self.control().and_then(|control| control.pools());
        let now = self.now();
        match levels {
            Ok(infos) => self.engine.levels(now, &infos),
            Err(error) => {
                // Whatever it was: a module that was unloaded leaves a dead descriptor,
                // and its errno says little.
                self.lose(&error);
                self.engine.levels_failed(now);
            }
        }
    }

    fn create(&mut self, spec: &PoolSpec) {
        let created = self.control().and_then(|control| control.pool_add(spec));
        let outcome = created.map_err(|error| self.errno(&error));
        let now = self.now();
        self.engine.created(now, &spec.id, outcome);
    }

    fn command(&self, pool: &PoolId) -> Option<&[String]> {
        let config = self.pools.iter().find(|config| config.spec.id == *pool)?;
        Some(&config.generator)
    }

    fn generate(&mut self, pool: PoolId, count: u32) {
        // The engine knows of no others.
        if let Some(command) = self.command(&pool).map(<[String]>::to_vec) {
            self.generators.ask(&command, pool, count);
        }
    }

    fn generated(&mut self, generated: Generated) {
        let Generated {
            pool,
            command,
            outcome,
        } = generated;
        // The configuration may have lost the pool meanwhile, or given it another generator.
        if self.command(&pool) != Some(command.as_slice()) {
            return;
        }
        match outcome {
            Ok(addrs) => self.engine.generated(&pool, addrs),
            Err(fault) => {
                *self.failures.entry(pool.clone()).or_default() += 1;
                let now = self.now();
                self.engine.not_generated(now, &pool, fault.to_string());
            }
        }
    }

    fn add(&mut self, pool: &PoolId, addrs: &[Ipv6Addr]) {
        let added = self
            .control()
            .and_then(|control| control.addr_add(pool, addrs));
        let outcome = match added {
            Ok(batch) => {
                debug!("{} addresses added to {pool}", batch.done);
                Added::Batch(batch)
            }
            Err(error) => self
                .errno(&error)
                .map_or(Added::Unreachable, Added::Refused),
        };
        let now = self.now();
        self.engine.added(now, pool, outcome);
    }

    /// Removes a pool if that costs no session, else what no session has of it.
    fn withdraw(&mut self, pool: &PoolId) {
        let removed = self
            .control()
            .and_then(|control| match control.pool_del(pool, false) {
                Ok(()) => Ok(true),
                Err(e) => match e.errno() {
                    Some(Errno::Enoent | Errno::Enxio) => Ok(true),
                    Some(Errno::Ebusy) => unused(control, pool).map(|()| false),
                    _ => Err(e),
                },
            });
        let outcome = match removed {
            Ok(true) => Withdrawn::Gone,
            Ok(false) => Withdrawn::NotYet,
            Err(error) => {
                if let Some(errno) = self.errno(&error) {
                    warn!("pool {pool} cannot be withdrawn ({errno}): {error}; trying again");
                }
                Withdrawn::NotYet
            }
        };
        let now = self.now();
        self.engine.withdrawn(now, pool, outcome);
    }

    fn snapshot(&mut self) -> Snapshot {
        let pools = self.control().and_then(|control| control.pools());
        let counters = self.control().and_then(|control| control.stats());
        for error in [pools.as_ref().err(), counters.as_ref().err()]
            .into_iter()
            .flatten()
        {
            self.lose(error);
        }
        let own = |config: &PoolConfig| Own {
            level: config.level,
            reserve: self.engine.reserve(&config.spec.id),
            failures: self.failures.get(&config.spec.id).copied().unwrap_or(0),
            pool: config.spec.id.clone(),
        };
        Snapshot {
            own: self.pools.iter().map(own).collect(),
            pools: pools.ok(),
            counters: counters.ok(),
        }
    }

    /// The errno of a refusal; any other error means that the plane was lost.
    fn errno(&mut self, error: &Error) -> Option<Errno> {
        let errno = error.errno();
        if errno.is_none() {
            self.lose(error);
        }
        errno
    }
}

/// Withdraws what no session has of a pool. Its interface goes by the number, for a
/// process in capability mode does not learn the names of those of addresses.
fn unused(control: &mut dyn Control, pool: &PoolId) -> Result<(), Error> {
    let pools = control.pools()?;
    let Some(ifindex) = pools.iter().find(|i| i.id == *pool).map(|i| i.ifindex) else {
        return Ok(());
    };
    let addrs = control.addrs()?;
    let unused: Vec<_> = addrs
        .iter()
        .filter(|addr| addr.ifindex == ifindex && addr.prefix == Some(pool.prefix))
        .filter(|addr| !matches!(addr.state, AddrState::Valid | AddrState::Tombstone))
        .map(|addr| addr.address)
        .collect();
    if unused.is_empty() {
        return Ok(());
    }
    control.addr_del(pool, &unused).map(drop)
}
