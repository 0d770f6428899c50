// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The daemon as a service: reload, prefixes that come and go, metrics, log,
//! privileges, and processes that are killed.

mod desk;

use desk::{Daemon, Desk, GOOD, WAIT, id};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};
use umux_testplane::pool;

const OTHER: &str = "em0 2001:db8:2::/64";

fn gone(pid: Pid) -> bool {
    let until = Instant::now() + WAIT;
    while kill(pid, None).is_ok() {
        // Whose parent was killed becomes init's, which a container may lack.
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        if stat.contains(") Z ") {
            return true;
        }
        if Instant::now() > until {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    true
}

/// A generator that tells its process number.
fn telling(desk: &Desk) -> String {
    let pid = desk.path("pid").display().to_string();
    format!("echo $$ > {pid:?}\n{GOOD}")
}

fn told(desk: &Desk) -> Pid {
    let text = std::fs::read_to_string(desk.path("pid")).expect("its number");
    Pid::from_raw(text.trim().parse().expect("a number"))
}

/// The helper of a daemon.
fn helper(daemon: &Daemon) -> Pid {
    let parent = daemon.child.id();
    let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"));
    let children = children.expect("it has children");
    let first = children.split(' ').next().expect("it has one");
    Pid::from_raw(first.parse().expect("a number"))
}

#[test]
fn a_reload_adds_changes_and_removes_pools_and_no_session_notices() {
    let desk = Desk::new();
    desk.plane.on_link("em0", "2001:db8:2::/64");
    desk.one_pool(20, GOOD);
    let mut daemon = desk.start();
    daemon.until("the pool is full", |_| desk.ready(&id()) == 20);
    assert_eq!(desk.plane.take(&id(), 3), 3);
    let generator = desk.generator("generator", GOOD);
    desk.configure(&format!(
        "[[pool]]\ninterface = \"em0\"\nprefix = \"2001:db8:2::/64\"\nlevel = 7\n{generator}"
    ));
    daemon.signal(Signal::SIGHUP);
    daemon.until("the new pool is full", |_| desk.ready(&pool(OTHER)) == 7);
    daemon.until("the unused addresses of the old one go", |_| {
        desk.ready(&id()) == 0
    });
    let valid = desk.plane.counts(&id()).map(|counts| counts.valid);
    assert_eq!(valid, Some(3), "sessions live on");
    desk.plane.end_sessions(&id());
    daemon.until("it goes with its last session", |_| {
        desk.plane.counts(&id()).is_none()
    });
    daemon.until_logged("is withdrawn");
}

#[test]
fn prefixes_are_followed_as_they_come_and_go() {
    let desk = Desk::new();
    desk.plane.on_link("em0", "2001:db8:2::/64");
    let addresses = desk.path("addresses");
    let now = |text: &str| std::fs::write(&addresses, text).expect("written");
    now("em0 fe80::1/64\nem0 2001:db8:1::5/64\n");
    let generator = desk.generator("generator", GOOD);
    desk.configure(&format!(
        "[[pool]]\ninterface = \"em0\"\nprefix = \"auto\"\nlevel = 10\n{generator}"
    ));
    let file = addresses.display().to_string();
    let mut daemon = desk.start_with(&["--addresses", &file]);
    daemon.until("the pool of the first prefix", |_| desk.ready(&id()) == 10);
    now("em0 2001:db8:1::5/64\nem0 2001:db8:2::5/64\n");
    daemon.until("the pool of the second", |_| desk.ready(&pool(OTHER)) == 10);
    desk.plane.take(&id(), 2);
    now("em0 2001:db8:2::5/64\n");
    daemon.until("the first is withdrawn but for its sessions", |_| {
        desk.plane
            .counts(&id())
            .is_some_and(|c| (c.uncertain, c.valid) == (0, 2))
    });
    now("em0 2001:db8:1::5/64\nem0 2001:db8:2::5/64\n");
    daemon.until("and filled when it is back", |_| desk.ready(&id()) == 10);
    assert_eq!(desk.ready(&pool(OTHER)), 10);
}

fn get(mut stream: impl Read + Write, path: &str) -> String {
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    .expect("sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("answered");
    text
}

#[test]
fn metrics_tell_levels_and_counts_over_tcp() {
    let free = TcpListener::bind("[::1]:0").expect("a free port");
    let address = free.local_addr().expect("its address");
    drop(free);
    let desk = Desk::new();
    let generator = desk.generator("generator", GOOD);
    desk.configure(&format!(
        "[daemon]\nmetrics = \"{address}\"\n[[pool]]\ninterface = \"em0\"\nprefix = \"2001:db8:1::/64\"\nlevel = 20\n{generator}"
    ));
    let mut daemon = desk.start();
    daemon.until("the pool is full", |_| desk.ready(&id()) == 20);
    desk.plane.take(&id(), 4);
    daemon.until("the pool is full again", |_| desk.ready(&id()) == 20);
    let text = get(TcpStream::connect(address).expect("it listens"), "/metrics");
    let labels = "interface=\"em0\",prefix=\"2001:db8:1::/64\"";
    for line in [
        "HTTP/1.1 200 OK".to_string(),
        "umux_up 1".to_string(),
        format!("umux_pool_addresses{{{labels},state=\"uncertain\"}} 20"),
        format!("umux_pool_addresses{{{labels},state=\"valid\"}} 4"),
        format!("umux_pool_taken_total{{{labels}}} 4"),
        format!("umuxd_pool_level{{{labels}}} 20"),
        "umux_plane_taken_total 4".to_string(),
        "# EOF".to_string(),
    ] {
        assert!(
            text.lines().any(|l| l.trim_end() == line),
            "{line} is not in {text}"
        );
    }
    assert!(
        !text.contains("2001:db8:1:0:"),
        "an address is told: {text}"
    );
    let nowhere = get(TcpStream::connect(address).expect("it listens"), "/");
    assert!(nowhere.starts_with("HTTP/1.1 404"), "{nowhere}");
}

#[test]
fn metrics_are_served_at_a_socket_and_a_port_in_use_is_told() {
    let desk = Desk::new();
    let socket = desk.path("metrics");
    let pool = |metrics: &str| {
        let generator = desk.generator("generator", GOOD);
        desk.configure(&format!(
            "[daemon]\nmetrics = {metrics:?}\n[[pool]]\ninterface = \"em0\"\nprefix = \"2001:db8:1::/64\"\nlevel = 5\n{generator}"
        ));
    };
    pool(&socket.display().to_string());
    let mut daemon = desk.start();
    daemon.until("the pool is full", |_| desk.ready(&id()) == 5);
    let text = get(
        UnixStream::connect(&socket).expect("it listens"),
        "/metrics",
    );
    assert!(text.contains("umux_up 1"), "{text}");
    let used = TcpListener::bind("[::1]:0").expect("a free port");
    pool(&used.local_addr().expect("its address").to_string());
    let output = desk.end(&[]);
    assert_eq!(output.status.code(), Some(69));
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(
        err.contains("cannot serve metrics at http://[::1]:"),
        "{err}"
    );
}

#[test]
fn the_log_can_be_one_object_a_line() {
    let desk = Desk::new();
    let generator = desk.generator("generator", GOOD);
    desk.configure(&format!(
        "[daemon]\nlog_format = \"json\"\n[[pool]]\ninterface = \"em0\"\nprefix = \"2001:db8:1::/64\"\nlevel = 5\n{generator}"
    ));
    let mut daemon = desk.start();
    daemon.until_logged("at its level");
    let log = daemon.log();
    for line in log.lines() {
        let object: serde_json::Value = serde_json::from_str(line).expect(line);
        for key in ["timestamp", "level", "message"] {
            assert!(object[key].is_string(), "{key}: {line}");
        }
    }
}

#[test]
fn a_check_says_what_would_be_done() {
    let desk = Desk::new();
    desk.configure(
        "[[pool]]\ninterface = \"em0\"\nprefix = \"2001:db8:1::/64\"\nlevel = 50\n\
         [[pool]]\ninterface = \"em1\"\nprefix = \"auto\"\nmethod = \"rfc3041-md5\"\nmax_age = 60\n",
    );
    let output = desk.end(&["--check-config"]);
    let text = String::from_utf8_lossy(&output.stdout);
    for words in [
        "sound, 1 pool and those of the prefixes of 1 interface",
        "pool em0 2001:db8:1::/64: level 50, low 45, rate 2000/s, miss legacy, max_age never, generator ",
        "--method shared-suffix --groups 16 --share 4",
        "pools of em1, one for each of its prefixes: level 256",
        "max_age 60 s",
        "--method rfc3041-md5",
    ] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
    desk.configure(
        "[daemon]\nuser = \"nobody-of-that-name\"\n[[pool]]\ninterface = \"em0\"\nprefix = \"2001:db8:1::/64\"\n",
    );
    let output = desk.end(&["--check-config"]);
    assert_eq!(output.status.code(), Some(78));
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(
        err.contains("there is no user nobody-of-that-name"),
        "{err}"
    );
}

#[test]
fn a_configuration_that_others_can_write_is_refused_and_the_old_one_stays() {
    let desk = Desk::new();
    desk.one_pool(10, GOOD);
    desk.configuration_mode(0o666);
    let output = desk.end(&["--check-config"]);
    assert_eq!(output.status.code(), Some(78));
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(err.contains("chmod go-w"), "{err}");
    desk.configuration_mode(0o644);
    let mut daemon = desk.start();
    daemon.until("the pool is full", |_| desk.ready(&id()) == 10);
    desk.one_pool(20, GOOD);
    desk.configuration_mode(0o666);
    daemon.signal(Signal::SIGHUP);
    daemon.until_logged("chmod go-w");
    assert_eq!(desk.ready(&id()), 10);
    desk.configuration_mode(0o644);
    daemon.signal(Signal::SIGHUP);
    daemon.until("it is taken", |_| desk.ready(&id()) == 20);
}

#[test]
fn privileges_are_given_up_for_good_by_daemon_and_generators_and_it_still_reloads() {
    if !geteuid().is_root() {
        eprintln!("skipped: only root has privileges to give up");
        return;
    }
    let desk = Desk::new();
    // Nobody must reach the lab and write the number, and may not read the configuration.
    let open = std::fs::Permissions::from_mode(0o777);
    for path in [
        desk.directory.path(),
        desk.lab.path().parent().expect("a directory"),
    ] {
        std::fs::set_permissions(path, open.clone()).expect("ours");
    }
    std::fs::set_permissions(desk.lab.path(), open).expect("ours");
    let configure = |level: u32| {
        let generator = desk.generator("generator", &telling(&desk));
        desk.configure(&format!(
            "[daemon]\nuser = \"nobody\"\n[[pool]]\ninterface = \"em0\"\nprefix = \"2001:db8:1::/64\"\nlevel = {level}\n{generator}"
        ));
        desk.configuration_mode(0o600);
    };
    configure(10);
    let mut daemon = desk.start();
    daemon.until("the pool is full", |_| desk.ready(&id()) == 10);
    let nobody = nix::unistd::User::from_name("nobody")
        .expect("there are users")
        .expect("there is nobody");
    for pid in [Pid::from_raw(daemon.child.id() as i32), told(&desk)] {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
        let ids = |key: &str| {
            let line = status
                .lines()
                .find_map(|line| line.strip_prefix(key))
                .expect(key);
            line.split_ascii_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(ids("Uid:"), vec![nobody.uid.to_string(); 4]);
        assert_eq!(ids("Gid:"), vec![nobody.gid.to_string(); 4]);
        assert!(
            ids("Groups:")
                .iter()
                .all(|gid| *gid == nobody.gid.to_string())
        );
    }
    configure(20);
    daemon.signal(Signal::SIGHUP);
    daemon.until("the new level is reached", |_| desk.ready(&id()) == 20);
}

#[test]
fn a_daemon_that_is_killed_takes_helper_and_generators_with_it() {
    let desk = Desk::new();
    desk.one_pool(10, &format!("{}\nsleep 1000", telling(&desk)));
    let mut daemon = desk.start();
    daemon.until("the pool is full", |_| desk.ready(&id()) == 10);
    let (generator, helper) = (told(&desk), helper(&daemon));
    daemon.signal(Signal::SIGKILL);
    daemon.child.wait().expect("it is killed");
    assert!(gone(helper), "the helper lives on");
    assert!(gone(generator), "the generator lives on");
    // And the next one takes over at once.
    let mut next = desk.start();
    desk.plane.take(&id(), 10);
    next.until("the pool is full again", |_| desk.ready(&id()) == 10);
}

#[test]
fn a_daemon_without_its_helper_ends_and_says_so() {
    let desk = Desk::new();
    desk.one_pool(10, GOOD);
    let mut daemon = desk.start();
    daemon.until("the pool is full", |_| desk.ready(&id()) == 10);
    kill(helper(&daemon), Signal::SIGTERM).expect("it runs");
    std::thread::sleep(Duration::from_millis(100));
    desk.plane.take(&id(), 10);
    daemon.until(
        "the pool is full again: a helper ends with its daemon only",
        |_| desk.ready(&id()) == 10,
    );
    kill(helper(&daemon), Signal::SIGKILL).expect("it runs");
    daemon.signal(Signal::SIGHUP);
    let status = daemon.child.wait().expect("it ends");
    assert_eq!(status.code(), Some(71), "{}", daemon.log());
    assert!(
        daemon.log().contains("the helper process has gone"),
        "{}",
        daemon.log()
    );
}

#[test]
fn a_generator_that_cannot_be_had_any_more_costs_nothing_while_the_reserve_lasts() {
    let desk = Desk::new();
    let once = desk.path("once").display().to_string();
    // Starts once and never again.
    desk.one_pool(50, &format!("mkdir {once:?} || exit 1\n{}", telling(&desk)));
    let mut daemon = desk.start();
    daemon.until("the pool is full", |_| desk.ready(&id()) == 50);
    // The reserve is full by now, or will be; then there is no generator.
    std::thread::sleep(Duration::from_millis(300));
    kill(told(&desk), Signal::SIGKILL).expect("it runs");
    desk.plane.take(&id(), 40);
    daemon.until("the pool is full again", |_| desk.ready(&id()) == 50);
    daemon.until_logged("it ended (exit status: 1); next attempt in");
}
