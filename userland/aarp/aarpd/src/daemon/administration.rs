// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! aarpctl(8), scrapes, and a configuration that is read again.

use super::Daemon;
use crate::config::Config;
use crate::control::Progress;
use crate::metrics::Snapshot;
use crate::{explain, plan};
use aarp::control::Request;
use aarp::view::now;
use aarp_core::Target;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::Mode;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use tracing::{error, info, warn};
use umux_daemon::config::ConfigError;

/// Where the configuration is read again.
pub struct Source {
    /// Its directory.
    pub directory: OwnedFd,
    /// Its name there.
    pub name: PathBuf,
    /// Both, for messages.
    pub path: PathBuf,
}

impl Source {
    fn open(&self) -> io::Result<File> {
        let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC;
        let fd = openat(&self.directory, &self.name, flags, Mode::empty())?;
        Ok(File::from(fd))
    }

    fn read(&self) -> Result<Config, ConfigError> {
        Config::read_again(self.open(), &self.path)
    }
}

/// As many programs as are wanted, unless there are descriptors for fewer.
pub(super) fn clients(wanted: usize, most: usize) -> usize {
    if wanted > most {
        warn!(
            "clients in [limits] is {wanted}, and there are descriptors for {most}: \
             raise the limit of open files (limits(1)) and start aarpd anew"
        );
    }
    wanted.min(most)
}

impl Daemon {
    /// A connection of aarpctl(8) has come this far.
    pub(super) fn control(&mut self, number: u64, progress: Progress) {
        let progress = match progress {
            Progress::Request(request) => {
                let reply = match request {
                    Ok(request) => self.reply(request),
                    Err(why) => serde_json::json!({ "error": why }),
                };
                self.connections.reply(number, &reply)
            }
            progress => progress,
        };
        if matches!(progress, Progress::End) {
            self.connections.remove(number);
        }
    }

    fn reply(&mut self, request: Request) -> serde_json::Value {
        let time = now();
        match request {
            Request::Stats {} => {
                let uptime = time.saturating_sub(self.started);
                explain::stats(&self.snapshot(), uptime)
            }
            Request::Cache {} => explain::cache(&self.resolver, time),
            Request::Flush { target } => {
                let flushed = match target {
                    Some(target) => usize::from(self.resolver.forget(&target.into())),
                    None => self.resolver.forget_all(),
                };
                info!("{flushed} entries flushed");
                serde_json::json!({ "flushed": flushed })
            }
            Request::Explain { target } => {
                let target: Target = target.into();
                explain::target(&self.resolver, &self.config.interfaces, &target, time)
            }
        }
    }

    /// For aarpctl(8) and for scrapes.
    pub(super) fn snapshot(&self) -> Snapshot {
        let levels = [
            ("entries", self.resolver.len(), "Addresses that are kept"),
            (
                "probing",
                self.resolver.probing(),
                "Addresses that are probed now",
            ),
            ("clients", self.clients.len(), "Programs that wait now"),
        ];
        Snapshot {
            counters: *self.resolver.counters(),
            levels: levels.map(|(name, level, help)| (name, level as u64, help)),
            refused: self.clients.refused,
        }
    }

    /// Reads the configuration again.
    pub(super) fn reload(&mut self) {
        match self.opened.source.read() {
            Ok(config) => {
                if config.daemon != self.config.daemon || config.access != self.config.access {
                    warn!(
                        "[daemon] or [access] changed, which are read only when aarpd starts: start it anew"
                    );
                }
                self.config = Config {
                    daemon: self.config.daemon.clone(),
                    access: self.config.access.clone(),
                    ..config
                };
                let service = &self.config.service;
                let clients = clients(service.clients, self.opened.clients_max);
                self.clients.limit(clients, service.user_clients);
                let rules = self.config.rules.clone();
                self.resolver.configure(rules, self.config.settings);
                self.show_rules();
                info!("configuration read again: {}", plan::count(&self.config));
            }
            Err(ConfigError::Read { path, source, .. }) => error!(
                "cannot read {} again: {source}; the old configuration stays in force. \
                 The user that aarpd became has to be able to read it",
                path.display()
            ),
            Err(e) => error!("{e}; the old configuration stays in force"),
        }
    }
}
