// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The real umuxd, started on a lab's socket.
//!
//! The lab's own binary carries it, and umux-addrgen: `umux-lab umuxd ...` is
//! `umuxd ...`.  So one command works in a fresh checkout, where nothing else is
//! built.

use std::ffi::OsString;
use std::fs::Permissions;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use umux_abi::PoolId;

const UMUXD: &str = "umuxd";
const ADDRGEN: &str = "umux-addrgen";

/// So much time the daemon has to end by itself.
const FAREWELL: Duration = Duration::from_secs(2);

/// If the arguments are those of a program that the lab carries, runs it.
pub fn carried(arguments: &[OsString]) -> Option<ExitCode> {
    let rest = || arguments.iter().skip(1).cloned();
    match arguments.get(1)?.to_str()? {
        UMUXD => {
            // Its standard input is a pipe that ends when the lab does, however
            // that happens; its helper's is the daemon.
            if !rest().any(|argument| argument == umuxd::HELPER) {
                std::thread::spawn(|| {
                    let _ = io::copy(&mut io::stdin(), &mut io::sink());
                    let _ = signal_hook::low_level::raise(signal_hook::consts::SIGTERM);
                });
            }
            Some(umuxd::run_carried(&[UMUXD], rest()))
        }
        ADDRGEN => Some(umux_addrgen::program::run(rest())),
        _ => None,
    }
}

/// A daemon that runs.
pub struct Daemon(Mutex<Option<Child>>);

impl Daemon {
    /// Starts it with one pool of this level.  Its files are put into
    /// `directory`; `log` gets each line that it logs.
    ///
    /// # Errors
    /// What the system says.
    pub fn start(
        program: &Path,
        directory: &Path,
        socket: &Path,
        pool: &PoolId,
        level: u32,
        log: impl Fn(&str) + Send + 'static,
    ) -> io::Result<Daemon> {
        let file = directory.join("umuxd.conf");
        let text = format!(
            "[[pool]]\ninterface = \"{}\"\nprefix = \"{}\"\nlevel = {level}\n\
             generator = [{:?}, \"{ADDRGEN}\", \"--groups\", \"16\"]\n",
            pool.interface,
            pool.prefix,
            program.display().to_string(),
        );
        std::fs::write(&file, text)?;
        // Whatever the umask is: umuxd refuses what others can write.
        std::fs::set_permissions(&file, Permissions::from_mode(0o644))?;
        let mut child = Command::new(program)
            .arg0(UMUXD)
            .arg(UMUXD)
            .arg("--verbose")
            .arg("--config")
            .arg(&file)
            .arg("--lab")
            .arg(socket)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| {
                let program = program.display();
                io::Error::new(e.kind(), format!("cannot start {program} as umuxd: {e}"))
            })?;
        if let Some(stderr) = child.stderr.take() {
            std::thread::spawn(move || read_log(stderr, log));
        }
        Ok(Daemon(Mutex::new(Some(child))))
    }

    /// Ends it; returns how it ended, if it did so by itself.
    pub fn end(&self) -> Option<std::process::ExitStatus> {
        let mut child = match self.0.lock() {
            Ok(mut child) => child.take()?,
            Err(_) => return None,
        };
        drop(child.stdin.take());
        let begin = Instant::now();
        while begin.elapsed() < FAREWELL {
            if let Ok(Some(status)) = child.try_wait() {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = child.kill();
        let _ = child.wait();
        None
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.end();
    }
}

/// Passes the lines on, without the time that each begins with.
fn read_log(log: impl Read, to: impl Fn(&str)) {
    for line in BufReader::new(log).lines().map_while(Result::ok) {
        let words = line.trim_start().split_once(char::is_whitespace);
        let told = words.map_or("", |(_, rest)| rest.trim());
        to(told);
    }
}
