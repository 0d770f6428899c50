// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A plane, a directory and a daemon.

#![allow(dead_code)] // not every test binary uses all of it

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use umux_abi::PoolId;
use umux_testplane::{Served, TestPlane, pool};

pub const WAIT: Duration = Duration::from_secs(20);

/// Gives each address once, also over restarts, since its process number is in it.
pub const GOOD: &str = r#"
while read gen count prefix; do
    k=0
    while [ $k -lt $count ]; do
        k=$((k + 1)); i=$((i + 1))
        printf '%s%x:%x\n' "${prefix%/*}" $(($$ % 65536)) $i
    done
    echo .
done"#;

pub fn id() -> PoolId {
    pool("em0 2001:db8:1::/64")
}

pub struct Desk {
    pub plane: TestPlane,
    pub lab: Served,
    pub directory: tempfile::TempDir,
}

impl Desk {
    pub fn new() -> Desk {
        let plane = TestPlane::new();
        // As umuxd, which is confined, sees the module's.
        plane.hide_names();
        Desk {
            lab: plane.serve(),
            plane,
            directory: tempfile::tempdir().expect("a directory"),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn configure(&self, text: &str) {
        std::fs::write(self.path("umuxd.conf"), text).expect("written");
        self.configuration_mode(0o644);
    }

    /// Who may use the configuration, whatever the umask is.
    pub fn configuration_mode(&self, mode: u32) {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(self.path("umuxd.conf"), permissions).expect("ours");
    }

    /// A script as generator, for the configuration.
    pub fn generator(&self, name: &str, script: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, script).expect("written");
        format!(
            "generator = [\"/bin/sh\", {:?}]\n",
            path.display().to_string()
        )
    }

    /// One pool with one generator.
    pub fn one_pool(&self, level: u32, script: &str) {
        let generator = self.generator("generator", script);
        self.configure(&format!(
            "[[pool]]\ninterface = \"em0\"\nprefix = \"2001:db8:1::/64\"\nlevel = {level}\n{generator}"
        ));
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_umuxd"));
        command.arg("--config").arg(self.path("umuxd.conf"));
        command.arg("--lab").arg(self.lab.path());
        command
    }

    pub fn start(&self) -> Daemon {
        self.start_with(&["--generator-limit", "3000"])
    }

    pub fn start_with(&self, arguments: &[&str]) -> Daemon {
        let log = self.path("log");
        let file = std::fs::File::create(&log).expect("a file");
        let child = self
            .command()
            .arg("--verbose")
            .args(arguments)
            .stdin(Stdio::null())
            .stderr(file)
            .spawn()
            .expect("umuxd starts");
        Daemon { child, log }
    }

    pub fn end(&self, arguments: &[&str]) -> Output {
        self.command()
            .args(arguments)
            .output()
            .expect("umuxd starts")
    }

    pub fn ready(&self, id: &PoolId) -> u32 {
        self.plane.counts(id).map_or(0, |counts| counts.uncertain)
    }
}

pub struct Daemon {
    pub child: Child,
    log: PathBuf,
}

impl Daemon {
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("a log")
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id() as i32), signal).expect("it runs");
    }

    pub fn until(&mut self, what: &str, mut is: impl FnMut(&Daemon) -> bool) {
        let until = Instant::now() + WAIT;
        while !is(self) {
            let ended = self.child.try_wait().expect("a child");
            assert!(ended.is_none(), "umuxd ended before {what}: {}", self.log());
            assert!(
                Instant::now() < until,
                "not within {WAIT:?}: {what}: {}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn until_logged(&mut self, words: &str) {
        self.until(words, |daemon| daemon.log().contains(words));
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It ends its generators, if it is let.
        let until = Instant::now() + Duration::from_secs(5);
        while let Ok(None) = self.child.try_wait() {
            if Instant::now() > until {
                let _ = self.child.kill();
            } else {
                self.signal(Signal::SIGTERM);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.wait();
    }
}
