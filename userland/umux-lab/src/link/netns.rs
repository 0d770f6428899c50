// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Network namespaces without names: they are there as long as this process
//! holds them, and go with it however it ends.

use nix::sched::{CloneFlags, setns, unshare};
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::process::Command;

/// One network namespace.
pub struct Namespace(File);

impl Namespace {
    /// A new one, with nothing in it but a loopback interface that is down.
    ///
    /// # Errors
    /// What the system says; `EPERM` without `CAP_SYS_ADMIN`.
    pub fn new() -> io::Result<Namespace> {
        on_thread(|| {
            unshare(CloneFlags::CLONE_NEWNET)?;
            File::open("/proc/thread-self/ns/net").map(Namespace)
        })
    }

    /// Runs something inside: sockets, files of /proc/sys/net, and processes
    /// made there are the namespace's.
    ///
    /// # Errors
    /// The namespace cannot be entered, or what `f` returns.
    pub fn run<T: Send>(&self, f: impl FnOnce() -> io::Result<T> + Send) -> io::Result<T> {
        on_thread(|| {
            setns(&self.0, CloneFlags::CLONE_NEWNET)?;
            f()
        })
    }

    /// Runs ip(8) inside; returns what it wrote.
    ///
    /// # Errors
    /// It could not be started, or failed; its words are in the error.
    pub fn ip(&self, arguments: &str) -> io::Result<String> {
        self.run(|| {
            let output = Command::new("ip")
                .args(arguments.split_ascii_whitespace())
                .output()
                .map_err(|e| io::Error::new(e.kind(), format!("ip(8) cannot be run: {e}")))?;
            if output.status.success() {
                return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
            }
            Err(io::Error::other(format!(
                "ip {arguments}: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            )))
        })
    }

    /// Where others can enter it, as root, while this process lives.
    pub fn path(&self) -> PathBuf {
        PathBuf::from(format!(
            "/proc/{}/fd/{}",
            std::process::id(),
            self.0.as_raw_fd()
        ))
    }

    /// Sets a knob under net.ipv6.conf of one interface.
    ///
    /// # Errors
    /// There is no such knob, or it does not take the value.
    pub fn set_ipv6(&self, interface: &str, knob: &str, value: u32) -> io::Result<()> {
        let path = format!("/proc/sys/net/ipv6/conf/{interface}/{knob}");
        self.run(|| {
            std::fs::write(&path, value.to_string())
                .map_err(|e| io::Error::new(e.kind(), format!("{path}: {e}")))
        })
    }
}

/// A thread of its own, so that this one stays where it is.
fn on_thread<T: Send>(f: impl FnOnce() -> io::Result<T> + Send) -> io::Result<T> {
    std::thread::scope(|scope| match scope.spawn(f).join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    })
}
