// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The daemon's side.

#[cfg(test)]
use super::helper::Helper;
use super::message::{self, LOG_MAX, Reply, Request};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use umux_abi::{IfName, PoolId};

/// A generator that was started.
#[derive(Debug)]
pub struct Spawned {
    /// Its number with the helper.
    pub id: u64,
    /// Its process number, which is also its group's.
    pub pid: u32,
    /// Writes to it.
    pub input: File,
    /// Reads from it.
    pub output: File,
}

#[derive(Debug)]
struct Line {
    socket: OwnedFd,
    /// One request at a time; its reply belongs to whoever holds this.
    turn: Mutex<()>,
    broken: AtomicBool,
}

/// The helper. Clones are the same helper, which ends when the last one goes.
#[derive(Debug, Clone)]
pub struct Outside(Arc<Line>);

impl Outside {
    /// Starts it as a process: this program with these arguments.
    pub fn start(arguments: &[String]) -> io::Result<Outside> {
        let (ours, theirs) = message::pair()?;
        Command::new(std::env::current_exe()?)
            .args(arguments)
            .stdin(Stdio::from(theirs))
            .stdout(Stdio::null())
            // A terminal's signals are for the daemon; the helper ends with it.
            .process_group(0)
            .spawn()?;
        Ok(Outside::on(ours))
    }

    /// Starts it as a thread.
    #[cfg(test)]
    pub fn local(helper: Helper) -> Outside {
        let (ours, theirs) = message::pair().expect("a pair of sockets");
        std::thread::spawn(move || helper.serve(&theirs));
        Outside::on(ours)
    }

    fn on(socket: OwnedFd) -> Outside {
        Outside(Arc::new(Line {
            socket,
            turn: Mutex::new(()),
            broken: AtomicBool::new(false),
        }))
    }

    /// Has it gone, so that nothing can be had any more?
    pub fn is_broken(&self) -> bool {
        self.0.broken.load(Ordering::SeqCst)
    }

    fn call(&self, request: &Request) -> io::Result<(Reply, Vec<OwnedFd>)> {
        let line = &self.0;
        let turn = line.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = message::send(line.socket.as_fd(), request, &[])
            .and_then(|()| message::receive(line.socket.as_fd()));
        drop(turn);
        match answer {
            Ok((Reply::Failed { errno }, _)) => Err(io::Error::from_raw_os_error(errno)),
            Ok(answer) => Ok(answer),
            Err(e) => {
                // A request that is too long never was on its way.
                if e.kind() != io::ErrorKind::InvalidData {
                    line.broken.store(true, Ordering::SeqCst);
                }
                Err(e)
            }
        }
    }

    fn opened(&self, request: &Request) -> io::Result<File> {
        match self.call(request)? {
            (Reply::Opened, mut fds) if fds.len() == 1 => Ok(File::from(fds.remove(0))),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    /// The module's device.
    pub fn plane(&self) -> io::Result<File> {
        self.opened(&Request::Plane)
    }

    /// The configuration.
    pub fn config(&self) -> io::Result<File> {
        self.opened(&Request::Config)
    }

    /// The prefixes of these interfaces.
    pub fn prefixes(&self, interfaces: &[IfName]) -> io::Result<Vec<PoolId>> {
        match self.call(&Request::Prefixes(interfaces.to_vec()))? {
            (Reply::Prefixes(pools), _) => Ok(pools),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    /// Starts a generator.
    pub fn spawn(&self, command: &[String]) -> io::Result<Spawned> {
        match self.call(&Request::Spawn(command.to_vec()))? {
            (Reply::Spawned { id, pid }, fds) => match <[OwnedFd; 2]>::try_from(fds) {
                Ok([input, output]) => Ok(Spawned {
                    id,
                    pid,
                    input: input.into(),
                    output: output.into(),
                }),
                Err(_) => Err(io::ErrorKind::InvalidData.into()),
            },
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    /// How a generator ended, if it did.
    pub fn status(&self, id: u64) -> Option<String> {
        match self.call(&Request::Status(id)) {
            Ok((Reply::Status(status), _)) => status,
            _ => None,
        }
    }

    /// Ends a generator and all that it started; returns when it has ended.
    pub fn end(&self, id: u64, patient: bool) {
        // If the helper has gone, the generators have gone with it.
        let _ = self.call(&Request::End { id, patient });
    }

    /// Sends a message to syslog.
    pub fn log(&self, severity: u8, text: &str) {
        let text = text.chars().take(LOG_MAX).collect();
        // Nobody can be told that the log is broken.
        let _ = message::send(self.0.socket.as_fd(), &Request::Log { severity, text }, &[]);
    }
}
