// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Carries out what the engine decides.

use crate::config::Config;
use crate::engine::{Added, Command, Engine, Time};
use crate::generator::{Generated, Generators};
use crate::input::Input;
use crate::tell::tell;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};
use tracing::{debug, error, info, warn};
use umux_abi::{Control, Errno, Error, PlaneRef, PoolId, PoolSpec};

/// Longest sleep; the engine asks for less.
const SLEEP_MAX: Duration = Duration::from_secs(60);

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

/// The daemon.
pub struct Daemon {
    source: ConfigSource,
    config: Config,
    engine: Engine,
    plane: PlaneRef,
    control: Option<Box<dyn Control>>,
    generators: Generators,
    begin: Instant,
}

impl Daemon {
    /// Everything is opened; nothing has been asked yet.
    pub fn new(
        source: ConfigSource,
        config: Config,
        plane: PlaneRef,
        control: Box<dyn Control>,
        generator_limit: Duration,
        to: Sender<Input>,
    ) -> Daemon {
        let generators = Generators::new(generator_limit, move || {
            let to = to.clone();
            Box::new(move |generated| {
                // Nobody waits for it once the daemon has ended.
                let _ = to.send(Input::Generated(generated));
            })
        });
        Daemon {
            engine: Engine::new(&config.pools),
            source,
            config,
            plane,
            control: Some(control),
            generators,
            begin: Instant::now(),
        }
    }

    /// Until it is told to end. Pools stay as they are.
    pub fn run(&mut self, inputs: &Receiver<Input>) {
        loop {
            self.work();
            let now = self.now();
            let sleep = self.engine.wake(now).saturating_sub(now).min(SLEEP_MAX);
            match inputs.recv_timeout(sleep) {
                Ok(Input::Terminate) => {
                    info!("told to end; the pools stay as they are");
                    return;
                }
                Ok(input) => self.take(input),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
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
            Input::Lost => self.engine.lost(now),
            Input::Generated(generated) => self.generated(generated),
            Input::Reload => self.reload(),
            Input::Terminate => {}
        }
    }

    fn reload(&mut self) {
        match self.source.read() {
            Ok(config) => {
                info!("configuration read again");
                let now = self.now();
                self.engine.configure(now, &config.pools);
                let commands: Vec<_> = config.pools.iter().map(|p| p.generator.clone()).collect();
                self.generators.retain(&commands);
                self.config = config;
            }
            Err(e) => error!("{e}; the old configuration stays in force"),
        }
    }

    /// The plane, opened again if it was lost.
    fn control(&mut self) -> Result<&mut dyn Control, Error> {
        if self.control.is_none() {
            self.control = Some(self.plane.control()?);
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

    fn generate(&mut self, pool: PoolId, count: u32) {
        match self.config.pools.iter().find(|p| p.spec.id == pool) {
            Some(config) => self.generators.ask(&config.generator, pool, count),
            None => {
                let now = self.now();
                self.engine
                    .not_generated(now, &pool, "it is no longer configured".into());
            }
        }
    }

    fn generated(&mut self, Generated { pool, outcome }: Generated) {
        // The configuration may have lost the pool meanwhile.
        if !self.config.pools.iter().any(|p| p.spec.id == pool) {
            return;
        }
        match outcome {
            Ok(addrs) => {
                let added = self
                    .control()
                    .and_then(|control| control.addr_add(&pool, &addrs));
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
                self.engine.added(now, &pool, outcome);
            }
            Err(fault) => {
                let now = self.now();
                self.engine.not_generated(now, &pool, fault.to_string());
            }
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
