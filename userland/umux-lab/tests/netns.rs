// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The neighbours are the real Linux kernel.  Where namespaces are not permitted the
//! tests say that they were skipped; with UMUX_LAB_NETNS=required they fail then.

#![cfg(target_os = "linux")]

use nix::sched::{CloneFlags, setns};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use umux_abi::{Control, DasSpec, PlaneRef, PoolId, PoolSpec};
use umux_core::table::slot::State;
use umux_lab::control::NodeControl;
use umux_lab::experiment::{Setting, one};
use umux_lab::host::echo::PORT;
use umux_lab::host::{App, NodeConfig, Proto};
use umux_lab::link::choose::{Link, obstacle};
use umux_lab::peer::{Peer, RESOLUTION};
use umux_lab::world::{PeerSpec, World, number};

fn permitted(test: &str) -> bool {
    let Some(why) = obstacle() else { return true };
    assert!(
        std::env::var_os("UMUX_LAB_NETNS").is_none_or(|value| value != "required"),
        "{test}: namespaces are required, and cannot be had: {why}"
    );
    eprintln!("SKIPPED {test}: {why}");
    false
}

#[test]
fn linux_cannot_take_or_reach_an_uncertain_address_and_serves_a_session_from_it() {
    if !permitted("linux_cannot_take_or_reach_an_uncertain_address") {
        return;
    }
    let id: PoolId = "lab0 2001:db8:1::/64".parse().expect("a pool");
    let (server, addr) = (number(id.prefix, 2), number(id.prefix, 0xabcd));
    let spec = PeerSpec {
        name: "server",
        address: server,
        knobs: &[],
    };
    let world = World::build(Link::Netns, NodeConfig::new(id.prefix), &[spec]).expect("a network");
    let (lab, linux) = (&world.lab, Arc::clone(&world.peers[0]));
    let mut control = NodeControl::new(lab.clone());
    control
        .pool_add(&PoolSpec::new(id.clone()))
        .expect("a pool");
    control.addr_add(&id, &[addr]).expect("an address");
    let ready = lab.wait(Duration::from_secs(10), |net, _| {
        let life = net.node.history.life(addr)?;
        (life.state() == State::Uncertain).then_some(())
    });
    ready.expect("DAD ends");

    let claim = linux.claim(addr).expect("ip works");
    assert!(
        !claim.worked && claim.proof.contains("dadfailed"),
        "{claim:?}"
    );
    linux.release(addr).expect("ip works");
    let ping = linux.ping(addr, RESOLUTION).expect("a socket");
    assert!(!ping.worked && ping.proof.contains("FAILED"), "{ping:?}");

    let opened = lab.with(|net, now| net.node.connect(Proto::Tcp, server, PORT, now));
    let session = opened.expect("an address is ready");
    let open = lab.wait(Duration::from_secs(5), |net, _| {
        net.node.is_open(session).then_some(())
    });
    open.expect("established");
    assert_eq!(lab.with(|net, _| net.node.local(session)), Some(addr));
    // The server counts its clients in a thread of its own, after accept().
    let end = Instant::now() + Duration::from_secs(5);
    while linux.clients().is_empty() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(linux.clients(), [addr]);
    let back = linux
        .tcp(addr, PORT, Duration::from_secs(1))
        .expect("a socket");
    assert!(!back.worked, "{back:?}");
}

#[test]
fn linux_is_served_through_an_armed_address_once_and_by_the_host_itself_never() {
    if !permitted("linux_is_served_through_an_armed_address_once") {
        return;
    }
    let id: PoolId = "lab0 2001:db8:1::/64".parse().expect("a pool");
    let (node, ssa) = (number(id.prefix, 1), number(id.prefix, 0xabcd));
    let mut config = NodeConfig::new(id.prefix);
    config.address = Some(node);
    let specs = [("client", 2), ("stranger", 3)].map(|(name, n)| PeerSpec {
        name,
        address: number(id.prefix, n),
        knobs: &[],
    });
    let world = World::build(Link::Netns, config, &specs).expect("a network");
    let (lab, client, stranger) = (&world.lab, &world.peers[0], &world.peers[1]);
    let mut control = NodeControl::new(lab.clone());
    control
        .pool_add(&PoolSpec::new(id.clone()))
        .expect("a pool");
    control.addr_add(&id, &[ssa]).expect("an address");
    let rule = "guard port 80".parse().expect("a rule");
    control.set_listen_rules(&[rule], false).expect("a rule");
    lab.with(|net, now| net.node.listen(80, App::Http, now))
        .expect("the port is free");
    let until = |state: State| {
        let reached = lab.wait(Duration::from_secs(10), |net, _| {
            let life = net.node.history.life(ssa)?;
            (life.state() == state).then_some(())
        });
        assert!(reached.is_some(), "{ssa} does not become {state:?}");
    };
    until(State::Uncertain);
    let spec = DasSpec {
        port: 80,
        pid: None,
        fd: None,
        ssa: Some(ssa),
        pool: None,
        client: client.address().into(),
        lifetime_ms: 60_000,
    };
    assert_eq!(control.das(&spec).expect("armed"), ssa);

    let limit = Duration::from_millis(2_500);
    let silent = |peer: &Arc<dyn Peer>, to| {
        let outcome = peer.tcp(to, 80, limit).expect("a socket");
        let silence = !outcome.worked && outcome.proof.starts_with("no answer");
        assert!(silence, "{outcome:?}");
    };
    silent(client, node);
    silent(stranger, ssa);
    let (outcome, call) = client.call(ssa, 80, limit).expect("a socket");
    let mut call = call.unwrap_or_else(|| panic!("{outcome:?}"));
    let here = format!("this is [{ssa}]:80");
    let get = b"GET / HTTP/1.1\r\nHost: ssa\r\n\r\n";
    let answer = call.talk(get, &here, limit).expect("it is connected");
    assert!(answer.contains(&here), "{answer}");
    silent(client, ssa);
    drop(call);
    until(State::Tombstone);
    silent(client, ssa);
    let claim = stranger.claim(ssa).expect("ip works");
    assert!(claim.worked, "nobody defends it: {claim:?}");
}

#[test]
fn linux_finds_what_was_published() {
    if !permitted("linux_finds_what_was_published") {
        return;
    }
    let setting = Setting {
        accept_dad: 1,
        dad_transmits: 1,
        enhanced_dad: 1,
        optimistic_dad: 0,
    };
    let found = one(Link::Netns, Some(setting)).expect("a network");
    assert!(found.is_right(), "{found:?}");
}

#[test]
fn a_linux_that_does_not_ask_takes_the_address_which_shows_that_the_test_can_fail() {
    if !permitted("a_linux_that_does_not_ask_takes_the_address") {
        return;
    }
    let setting = Setting {
        accept_dad: 0,
        dad_transmits: 1,
        enhanced_dad: 1,
        optimistic_dad: 0,
    };
    let found = one(Link::Netns, Some(setting)).expect("a network");
    assert!(found.claim.worked && found.is_right(), "{found:?}");
}

/// Something to be done in the network namespace that a lab told of.
fn inside<T: Send>(namespace: &str, f: impl FnOnce() -> T + Send) -> T {
    let namespace = File::open(namespace).expect("the lab lives");
    let done = std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            setns(namespace, CloneFlags::CLONE_NEWNET).expect("root");
            f()
        });
        thread.join()
    });
    done.expect("no panic")
}

/// A lab that is not left behind, whatever becomes of the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn programs_on_the_hosts_of_a_lab_that_serves_reach_what_was_armed_for_them() {
    if !permitted("programs_on_the_hosts_of_a_lab_that_serves") {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory");
    let socket = directory.path().join("lab");
    let mut child = Command::new(env!("CARGO_BIN_EXE_umux-lab"))
        .args([
            "--link", "netns", "serve", "--rate", "0", "--listen", "8080",
        ])
        .arg(&socket)
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut running = Running(child);
    let mut namespaces = Vec::new();
    let mut line = String::new();
    while !line.contains("interrupt it") {
        line.clear();
        assert_ne!(output.read_line(&mut line).expect("it speaks"), 0);
        let path = line.split_once("nsenter --net=");
        let path = path.and_then(|(_, rest)| rest.split_ascii_whitespace().next());
        namespaces.extend(path.map(str::to_owned));
    }
    assert_eq!(namespaces.len(), 2, "a server and a stranger");

    let mut control = PlaneRef::Lab(socket).control().expect("it is there");
    let id: PoolId = "lab0 2001:db8:1::/64".parse().expect("a pool");
    let ssa = "2001:db8:1::abcd".parse().expect("an address");
    control
        .pool_add(&PoolSpec::new(id.clone()))
        .expect("a pool");
    control.addr_add(&id, &[ssa]).expect("an address");
    let rule = "guard port 8080".parse().expect("a rule");
    control.set_listen_rules(&[rule], true).expect("a rule");
    let spec = DasSpec {
        port: 8080,
        pid: None,
        fd: None,
        ssa: Some(ssa),
        pool: None,
        client: "2001:db8:1::3/128".parse().expect("a prefix"),
        lifetime_ms: 60_000,
    };
    let begin = Instant::now();
    while control.das(&spec).is_err() {
        assert!(begin.elapsed() < Duration::from_secs(10), "DAD ends");
        std::thread::sleep(Duration::from_millis(50));
    }
    let to = SocketAddr::from((ssa, 8080));
    let connect = || TcpStream::connect_timeout(&to, Duration::from_secs(2));
    let refused = inside(&namespaces[0], connect);
    let silence = refused.expect_err("it is for the other").kind();
    assert_eq!(silence, ErrorKind::TimedOut);
    let mut stream = inside(&namespaces[1], connect).expect("it is for this one");
    stream
        .write_all(b"GET / HTTP/1.0\r\n\r\n")
        .expect("connected");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(
        answer.ends_with(&format!("this is [{ssa}]:8080\n")),
        "{answer}"
    );
    let again = inside(&namespaces[1], connect);
    again.expect_err("once only");
    let pid = Pid::from_raw(i32::try_from(running.0.id()).expect("a process"));
    kill(pid, Signal::SIGTERM).expect("it is there");
    running.0.wait().expect("it ends");
}
