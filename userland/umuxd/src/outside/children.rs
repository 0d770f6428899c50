// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The generators that the helper started.

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::collections::HashMap;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use umux_daemon::privileges::User;

/// So much time a process has to end by itself when its input ends.
const FAREWELL: Duration = Duration::from_millis(200);

/// How often it is looked whether it did.
const LOOK: Duration = Duration::from_millis(5);

/// All that a generator finds in its environment.
const ENVIRONMENT: [(&str, &str); 2] = [
    (
        "PATH",
        "/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin",
    ),
    ("LC_ALL", "C"),
];

/// The generators.
#[derive(Debug)]
pub struct Children {
    user: Option<User>,
    next: u64,
    running: HashMap<u64, Child>,
}

impl Children {
    /// None yet.
    pub fn new(user: Option<User>) -> Children {
        Children {
            user,
            next: 0,
            running: HashMap::new(),
        }
    }

    /// Starts one: its number, its process, and the ends of its input and output.
    pub fn spawn(&mut self, words: &[String]) -> io::Result<(u64, u32, [OwnedFd; 2])> {
        let (program, arguments) = words
            .split_first()
            .ok_or_else(|| io::Error::from_raw_os_error(nix::libc::EINVAL))?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .envs(ENVIRONMENT)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A group of its own, so that what it starts ends with it.
            .process_group(0);
        if let Some(user) = self.user {
            // This also leaves all other groups.
            command.gid(user.gid.as_raw()).uid(user.uid.as_raw());
        }
        let mut child = command.spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let id = self.next;
        self.next += 1;
        let pid = child.id();
        self.running.insert(id, child);
        Ok((id, pid, [input.into(), output.into()]))
    }

    /// How it ended, if it did.
    pub fn status(&mut self, id: u64) -> Option<String> {
        let status = self.running.get_mut(&id)?.try_wait().ok()?;
        status.map(|status| status.to_string())
    }

    /// Ends it and all that it started.
    pub fn end(&mut self, id: u64, patient: bool) {
        if let Some(mut child) = self.running.remove(&id) {
            if patient {
                wait(&mut child, Instant::now() + FAREWELL);
            }
            kill(child);
        }
    }

    /// Ends all of them.
    pub fn end_all(&mut self) {
        let until = Instant::now() + FAREWELL;
        for (_, mut child) in self.running.drain() {
            wait(&mut child, until);
            kill(child);
        }
    }
}

/// A sound generator ends when its input does.
fn wait(child: &mut Child, until: Instant) {
    while matches!(child.try_wait(), Ok(None)) && Instant::now() < until {
        std::thread::sleep(LOOK);
    }
}

/// The signal is for the others, and for whatever they started.
fn kill(mut child: Child) {
    if let Ok(group) = i32::try_from(child.id()) {
        let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
    }
    let _ = child.wait();
}
