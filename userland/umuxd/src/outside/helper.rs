// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The helper's side: one request after the other, until the daemon has gone.

use super::children::Children;
use super::message::{self, Reply, Request, failed};
use super::prefixes;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use umux_abi::plane::open_device;
use umux_daemon::logging::write_syslog;
use umux_daemon::privileges::User;

/// All that the helper knows.
#[derive(Debug, Default)]
pub struct Helper {
    /// The configuration.
    pub config: PathBuf,
    /// Whom generators run as; none: whoever this is.
    pub user: Option<User>,
    /// For tests: a file with interfaces and their addresses.
    pub addresses: Option<PathBuf>,
}

/// Runs it as a process whose standard input is the daemon.
pub fn run(helper: &Helper) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    // Whoever signals all processes of this name means the daemon; generators end in
    // order if the helper outlives it. Handlers, unlike ignored signals, do not pass
    // on to generators.
    for signal in [SIGHUP, SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)))?;
    }
    let socket = io::stdin().as_fd().try_clone_to_owned()?;
    helper.serve(&socket);
    Ok(())
}

impl Helper {
    /// Until the other end has gone.
    pub fn serve(&self, socket: &OwnedFd) {
        let mut children = Children::new(self.user);
        // The end, or a daemon that has lost its mind: either way it is over.
        while let Ok((request, _)) = message::receive(socket.as_fd()) {
            let Some((reply, fds)) = self.answer(&mut children, request) else {
                continue;
            };
            if message::send(socket.as_fd(), &reply, &message::borrow(&fds)).is_err() {
                break;
            }
        }
        children.end_all();
    }

    fn answer(&self, children: &mut Children, request: Request) -> Option<(Reply, Vec<OwnedFd>)> {
        let opened = |opened: io::Result<File>| match opened {
            Ok(file) => (Reply::Opened, vec![OwnedFd::from(file)]),
            Err(e) => (failed(&e), vec![]),
        };
        Some(match request {
            Request::Plane => opened(open_device()),
            Request::Config => opened(File::open(&self.config)),
            Request::Prefixes(interfaces) => {
                match prefixes::of(&interfaces, self.addresses.as_deref()) {
                    Ok(pools) => (Reply::Prefixes(pools), vec![]),
                    Err(e) => (failed(&e), vec![]),
                }
            }
            Request::Spawn(command) => match children.spawn(&command) {
                Ok((id, pid, pipes)) => (Reply::Spawned { id, pid }, pipes.into()),
                Err(e) => (failed(&e), vec![]),
            },
            Request::Status(id) => (Reply::Status(children.status(id)), vec![]),
            Request::End { id, patient } => {
                children.end(id, patient);
                (Reply::Ended, vec![])
            }
            Request::Log { severity, text } => {
                write_syslog(severity, &text);
                return None;
            }
        })
    }
}
