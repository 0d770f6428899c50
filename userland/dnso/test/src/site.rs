// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The parts, each a process of its own with a key and a configuration.

use crate::upstream::Upstream;
use std::collections::HashMap;
use std::fs::{File, Permissions};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use umux_abi::Control;
use umux_dnso::key::{Public, Secret};
use umux_testplane::{Served, TestPlane, pool};

/// The pool of all planes.
pub const POOL: &str = "em0 2001:db8:1::/64";
/// The port of their server.
pub const PORT: u16 = 80;
/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(30);

/// A port that is free for UDP and TCP, given out once: below those that systems
/// choose by themselves, where what another test opens could take it before its use.
pub fn free_port() -> u16 {
    const PORTS: std::ops::Range<u32> = 2000..10_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Programs of tests that run at the same time begin apart.
    let begin = std::process::id().wrapping_mul(1000);
    loop {
        let next = begin.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = (PORTS.start + next % (PORTS.end - PORTS.start)) as u16;
        let address = (Ipv4Addr::LOCALHOST, port);
        if TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok() {
            return port;
        }
    }
}

/// Waits until something is so.
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < PATIENCE, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A plane with a server and so many addresses.
pub fn plane(addresses: u16) -> (TestPlane, Served) {
    let mut plane = TestPlane::new();
    plane.listen(PORT);
    let id = pool(POOL);
    plane
        .pool_add(&umux_abi::PoolSpec::new(id))
        .expect("on-link");
    fill(&plane, 0x100, addresses);
    let served = plane.serve();
    (plane, served)
}

/// Adds addresses, from a number on.
pub fn fill(plane: &TestPlane, from: u16, count: u16) {
    let mut plane = plane.clone();
    let base: std::net::Ipv6Addr = "2001:db8:1::".parse().expect("an address");
    let addresses: Vec<_> = (0..count)
        .map(|n| std::net::Ipv6Addr::from_bits(base.to_bits() | u128::from(from + n)))
        .collect();
    plane
        .addr_add(&pool(POOL), &addresses)
        .expect("there is room");
}

struct Part {
    role: &'static str,
    port: u16,
    key: Public,
    config: PathBuf,
    arguments: Vec<String>,
    process: Option<Child>,
}

/// All parts of a test.
pub struct Site {
    program: PathBuf,
    directory: tempfile::TempDir,
    parts: HashMap<&'static str, Part>,
    /// The ordinary resolver.
    pub upstream: Upstream,
}

impl Drop for Site {
    fn drop(&mut self) {
        for part in self.parts.values_mut() {
            if let Some(process) = &mut part.process {
                let _ = process.kill();
                let _ = process.wait();
            }
        }
    }
}

impl Site {
    /// Nothing but an upstream; `program` is umux-testdnso.
    pub fn new(program: impl AsRef<Path>) -> Site {
        Site {
            program: program.as_ref().to_owned(),
            directory: tempfile::tempdir().expect("a directory"),
            parts: HashMap::new(),
            upstream: Upstream::start(),
        }
    }

    /// Names a part: it gets a key and a port.
    pub fn part(&mut self, name: &'static str, role: &'static str) -> &mut Site {
        let key = Secret::generate().expect("random bits");
        let at = self.directory.path();
        key.write(&at.join(format!("{name}.key")))
            .expect("a new file");
        let part = Part {
            role,
            port: free_port(),
            key: key.public(),
            config: at.join(format!("{name}.conf")),
            arguments: Vec::new(),
            process: None,
        };
        self.parts.insert(name, part);
        self
    }

    /// Further arguments of a part.
    pub fn arguments(&mut self, name: &'static str, arguments: &[&str]) {
        self.get_mut(name).arguments = arguments.iter().map(|a| a.to_string()).collect();
    }

    fn get_mut(&mut self, name: &str) -> &mut Part {
        self.parts
            .get_mut(name)
            .unwrap_or_else(|| panic!("no part {name}"))
    }

    fn get(&self, name: &str) -> &Part {
        self.parts
            .get(name)
            .unwrap_or_else(|| panic!("no part {name}"))
    }

    /// Where a part listens.
    pub fn address(&self, name: &str) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.get(name).port).into()
    }

    /// Its public key.
    pub fn key(&self, name: &str) -> Public {
        self.get(name).key
    }

    /// Writes a configuration: key and listen are put in, and `NAME.address`,
    /// `NAME.key` and `upstream.address` in braces stand for those of a part.
    pub fn config(&mut self, name: &'static str, text: &str) {
        let mut text = text.replace("{upstream.address}", &self.upstream.address().to_string());
        for (other, part) in &self.parts {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, part.port));
            text = text
                .replace(&format!("{{{other}.address}}"), &address.to_string())
                .replace(&format!("{{{other}.key}}"), &part.key.to_string());
        }
        let key = self.directory.path().join(format!("{name}.key"));
        let listen = self.address(name);
        let whole = format!("key = {key:?}\nlisten = [\"{listen}\"]\n{text}");
        let config = &self.get(name).config;
        std::fs::write(config, whole).expect("written");
        // Whatever the umask is.
        std::fs::set_permissions(config, Permissions::from_mode(0o644)).expect("ours");
    }

    /// The file that says what it does.
    pub fn config_path(&self, name: &str) -> &Path {
        &self.get(name).config
    }

    /// Starts a part, and waits until it listens.
    pub fn start(&mut self, name: &'static str) {
        let log = self.directory.path().join(format!("{name}.log"));
        let log = File::options()
            .create(true)
            .append(true)
            .open(log)
            .expect("a log");
        let program = self.program.clone();
        let part = self.get_mut(name);
        assert!(part.process.is_none(), "{name} runs already");
        let process = Command::new(program)
            .arg(part.role)
            .arg("--verbose")
            .arg("--config")
            .arg(&part.config)
            .args(&part.arguments)
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("it starts");
        part.process = Some(process);
        let port = part.port;
        wait_until(&format!("{name} listens"), || {
            std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
        });
    }

    /// Kills a part, as kill -9 does.
    pub fn kill(&mut self, name: &'static str) {
        let mut process = self.get_mut(name).process.take().expect("it runs");
        process.kill().expect("ours");
        process.wait().expect("ours");
    }

    /// Sends a part a signal.
    pub fn signal(&self, name: &str, signal: nix::sys::signal::Signal) {
        let process = self.get(name).process.as_ref().expect("it runs");
        let pid = nix::unistd::Pid::from_raw(process.id() as i32);
        nix::sys::signal::kill(pid, signal).expect("ours");
    }

    /// Does it run?
    pub fn is_running(&mut self, name: &str) -> bool {
        let process = &mut self.get_mut(name).process;
        let ended = process.as_mut().and_then(|process| process.try_wait().ok());
        matches!(ended, Some(None))
    }

    /// What it logged.
    pub fn log(&self, name: &str) -> String {
        let log = self.directory.path().join(format!("{name}.log"));
        std::fs::read_to_string(log).unwrap_or_default()
    }

    /// Waits until it has logged something.
    pub fn wait_for(&self, name: &str, words: &str) {
        wait_until(
            &format!("{name} logs {words:?}; it logged\n{}", self.log(name)),
            || self.log(name).contains(words),
        );
    }

    /// One of each, with a server named `http` behind a plane, for `www.example.com`
    /// and all below `apps.example.com`; `over` is added to the override, `service` to
    /// the NOSA's service.
    pub fn simple(&mut self, plane: &Served, over: &str, service: &str) {
        self.part("noca", "noca")
            .part("broker", "broker")
            .part("nosa", "nosa")
            .part("dasd", "dasd");
        let lab = plane.path().display().to_string();
        self.arguments("dasd", &["--lab", &lab]);
        self.config("dasd", DASD);
        self.config("nosa", &NOSA.replace("SERVICE", service));
        self.config("broker", BROKER);
        self.config("noca", &NOCA.replace("OVERRIDE", over));
        for name in ["dasd", "nosa", "broker", "noca"] {
            self.start(name);
        }
        self.wait_for("noca", "channel is there");
        self.wait_for("broker", "channel is there peer=\"nosa\"");
        self.wait_for("nosa", "channel is there peer=\"dasd\"");
    }
}

/// An agent.
pub const DASD: &str = r#"
[[peer]]
name = "nosa"
key = "{nosa.key}"
[[service]]
name = "http"
port = 80
"#;

/// A NOSA.
pub const NOSA: &str = r#"
[[peer]]
name = "broker"
key = "{broker.key}"
[[agent]]
name = "dasd"
address = "{dasd.address}"
key = "{dasd.key}"
prefixes = ["2001:db8:1::/64"]
[[service]]
names = ["www.example.com", "*.apps.example.com"]
SERVICE
servers = [{ agent = "dasd", service = "http" }]
"#;

/// A broker.
pub const BROKER: &str = r#"
[[peer]]
name = "noca"
key = "{noca.key}"
[[nosa]]
name = "nosa"
address = "{nosa.address}"
key = "{nosa.key}"
[[select]]
names = ["*.example.com"]
nosas = [{ nosa = "nosa" }]
"#;

/// A NOCA.
pub const NOCA: &str = r#"
[[upstream]]
address = "{upstream.address}"
[[broker]]
name = "broker"
address = "{broker.address}"
key = "{broker.key}"
[[override]]
names = ["www.example.com", "*.apps.example.com", "unknown.example.com"]
OVERRIDE
"#;
