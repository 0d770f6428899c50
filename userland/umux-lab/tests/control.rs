// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The node's plane as umux's programs see it: over the socket, and with the real
//! umuxd.

mod bench;

use bench::{Bench, SECOND, pooled};
use ipnet::Ipv6Net;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;
use umux_abi::lab::Server;
use umux_abi::{
    AddrState, Control, DasPhase, DasSpec, Errno, Events, ListenRule, Occurrence, PlaneRef, PoolId,
    PoolSpec,
};
use umux_lab::control::NodeControl;
use umux_lab::daemon::Daemon;
use umux_lab::host::{App, ListenError, NodeConfig, Proto};
use umux_lab::link::choose::Link;
use umux_lab::link::net::Net;
use umux_lab::world::World;

fn at(directory: &Path) -> PlaneRef {
    PlaneRef::Lab(directory.join("lab"))
}

#[test]
fn everything_that_can_be_asked_is_answered_over_the_socket() {
    let bench = Bench::new();
    let directory = tempfile::tempdir().expect("a directory");
    let plane = at(directory.path());
    let host = Arc::new(bench.control.clone());
    let _server = Server::start(&directory.path().join("lab"), host).expect("a socket");
    let mut control = plane.control().expect("it is there");

    let info = control.info().expect("info");
    assert_eq!((info.pools, info.addrs, info.max_addrs), (1, 0, 1024));
    let batch = control
        .addr_add(&bench.id, &[pooled(0), pooled(1), pooled(0)])
        .expect("a pool");
    assert_eq!(
        (batch.done, batch.refused),
        (2, vec![(pooled(0), Errno::Eexist)])
    );
    let outside = "2001:db8:2::1".parse().expect("an address");
    let batch = control.addr_add(&bench.id, &[outside]).expect("a pool");
    assert_eq!(batch.refused, [(outside, Errno::Einval)]);
    bench.lab.pause(2 * SECOND);
    let (id, local) = bench.session(Proto::Tcp);
    assert!(bench.works(id));

    let addrs = control.addrs().expect("addresses");
    let states: Vec<_> = addrs.iter().map(|addr| addr.state).collect();
    assert_eq!(states, [AddrState::Valid, AddrState::Uncertain]);
    assert_eq!(addrs[0].interface, "lab0");
    let sessions = control.sessions().expect("sessions");
    assert_eq!((sessions.len(), sessions[0].local), (1, local));
    let stats = control.stats().expect("counters");
    assert_eq!((stats.taken, stats.probes), (1, 2));
    let batch = control.addr_del(&bench.id, &[local]).expect("a pool");
    assert_eq!(batch.refused, [(local, Errno::Ebusy)]);
    assert_eq!(control.flush(None).expect("flushed"), 1);
    let busy = control.pool_del(&bench.id, false).expect_err("a session");
    assert_eq!(busy.errno(), Some(Errno::Ebusy));
    control.pool_del(&bench.id, true).expect("forced");
    assert!(bench.works(id), "the session outlives its pool");
}

#[test]
fn servers_are_guarded_and_armed_over_the_socket() {
    let bench = Bench::new();
    bench.fill(3);
    let directory = tempfile::tempdir().expect("a directory");
    let host = Arc::new(bench.control.clone());
    let _server = Server::start(&directory.path().join("lab"), host).expect("a socket");
    let mut control = at(directory.path()).control().expect("it is there");

    assert_eq!(control.listen_rules().expect("rules"), []);
    assert_eq!(control.listeners().expect("listeners"), []);
    let rule: ListenRule = "guard addr ::/128 port 80 uid 80 jail 0"
        .parse()
        .expect("a rule");
    control.set_listen_rules(&[rule], false).expect("a rule");
    assert_eq!(control.listen_rules().expect("rules"), [rule]);
    for port in [80, 81] {
        let listen = |net: &mut Net, now| net.node.listen(port, App::Http, now);
        bench.lab.with(listen).expect("the port is free");
        assert_eq!(bench.lab.with(listen), Err(ListenError::InUse));
    }
    let listeners = control.listeners().expect("listeners");
    let [listener] = listeners.as_slice() else {
        panic!("one is wanted: {listeners:?}");
    };
    assert_eq!(
        (listener.port, listener.pid, listener.waiting, listener.made),
        (80, std::process::id(), 0, 0)
    );

    let spec = DasSpec {
        port: 80,
        pid: Some(std::process::id()),
        fd: None,
        ssa: Some(pooled(1)),
        pool: Some(bench.id.clone()),
        client: "2001:db8:1::3/128".parse().expect("a prefix"),
        lifetime_ms: 5_000,
    };
    assert_eq!(control.das(&spec).expect("armed"), pooled(1));
    let next = DasSpec {
        pid: None,
        ssa: None,
        pool: None,
        client: Ipv6Net::default(),
        ..spec.clone()
    };
    assert_eq!(control.das(&next).expect("armed"), pooled(0));
    let armed = control.das_list().expect("a list");
    let shown: Vec<_> = armed
        .iter()
        .map(|das| (das.ssa, das.phase, das.client, das.lease_ms))
        .collect();
    assert_eq!(
        shown,
        [
            (pooled(0), DasPhase::Armed, next.client, Some(5_000)),
            (pooled(1), DasPhase::Armed, spec.client, Some(5_000)),
        ]
    );
    assert!(armed.iter().all(|das| das.interface == "lab0"));
    assert_eq!(control.listeners().expect("listeners")[0].waiting, 2);

    // In the kernel's words.
    for (wrong, errno) in [
        (
            DasSpec {
                port: 81,
                ..next.clone()
            },
            Errno::Esrch,
        ),
        (
            DasSpec {
                fd: Some(0),
                ..next.clone()
            },
            Errno::Esrch,
        ),
        (
            DasSpec {
                pid: Some(1),
                ..next.clone()
            },
            Errno::Esrch,
        ),
        (
            DasSpec {
                ssa: Some(pooled(9)),
                ..next.clone()
            },
            Errno::Enoent,
        ),
        (
            DasSpec {
                ssa: Some(pooled(1)),
                ..next.clone()
            },
            Errno::Ebusy,
        ),
        (
            DasSpec {
                lifetime_ms: 0,
                ..next.clone()
            },
            Errno::Einval,
        ),
        (
            DasSpec {
                pool: Some("em0 2001:db8:1::/64".parse().expect("a pool")),
                ..next.clone()
            },
            Errno::Enxio,
        ),
        (
            DasSpec {
                pool: Some("lab0 2001:db8:1:0:1::/80".parse().expect("a pool")),
                ..next.clone()
            },
            Errno::Enoent,
        ),
    ] {
        let refused = control.das(&wrong).expect_err("nonsense").errno();
        assert_eq!(refused, Some(errno), "{wrong:?}");
    }
    control.das(&next).expect("the last one");
    let none = control.das(&next).expect_err("nothing is ready").errno();
    assert_eq!(none, Some(Errno::Eaddrnotavail));
    let many = vec![rule; 129];
    let refused = control
        .set_listen_rules(&many, false)
        .expect_err("too many");
    assert_eq!(refused.errno(), Some(Errno::E2big));

    // Without the rule there is no LISTEN_0, and what was armed is gone.
    control.set_listen_rules(&[], true).expect("no rules");
    assert_eq!(control.listeners().expect("listeners"), []);
    assert_eq!(control.das_list().expect("a list"), []);
    assert_eq!(control.stats().expect("counters").lapsed, 3);
}

#[test]
fn refusals_are_the_kernels() {
    let bench = Bench::new();
    let mut control = bench.control.clone();
    for (pool, errno) in [
        ("lab0 2001:db8:1::/64", Errno::Eexist),
        ("lab0 2001:db8:2::/64", Errno::Eaddrnotavail),
        ("em0 2001:db8:1::/64", Errno::Enxio),
    ] {
        let id: PoolId = pool.parse().expect(pool);
        let refused = control.pool_add(&PoolSpec::new(id.clone()));
        assert_eq!(refused.expect_err(pool).errno(), Some(errno), "{pool}");
    }
    let other: PoolId = "lab0 2001:db8:1:0:1::/80".parse().expect("a pool");
    let none = control.addr_add(&other, &[pooled(0)]);
    assert_eq!(none.expect_err("no pool").errno(), Some(Errno::Enoent));
    let name = "em0".parse().expect("a name");
    let none = control.flush(Some(&name));
    assert_eq!(none.expect_err("no interface").errno(), Some(Errno::Enxio));
}

#[test]
fn events_reach_whoever_subscribed() {
    let bench = Bench::new();
    let directory = tempfile::tempdir().expect("a directory");
    let host = Arc::new(bench.control.clone());
    let _server = Server::start(&directory.path().join("lab"), host).expect("a socket");
    let mut events = at(directory.path()).events().expect("it is there");
    bench.fill(1);
    match events.next(Duration::from_secs(10)) {
        Ok(Some(Occurrence::Event(event))) => {
            assert_eq!((event.pool, event.uncertain), (bench.id.clone(), 1));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_real_umuxd_fills_the_pool_and_refills_it_and_ends_with_the_lab() {
    let id: PoolId = "lab0 2001:db8:1::/64".parse().expect("a pool");
    let world = World::build(Link::Memory, NodeConfig::new(id.prefix), &[]).expect("in memory");
    let directory = tempfile::tempdir().expect("a directory");
    let socket = directory.path().join("lab");
    let control = NodeControl::new(world.lab.clone());
    let _server = Server::start(&socket, Arc::new(control.clone())).expect("a socket");
    let (to, log) = channel();
    let program = Path::new(env!("CARGO_BIN_EXE_umux-lab"));
    let daemon = Daemon::start(program, directory.path(), &socket, &id, 8, move |line| {
        let _ = to.send(line.to_owned());
    })
    .expect("it starts");
    let ready = |wanted: u32| {
        world.lab.wait(Duration::from_secs(20), |net, now| {
            let mut n = 0;
            let mut cursor = 0;
            while let Some((number, info)) = net.node.core().plane.addr_from(cursor, now) {
                n += u32::from(info.meta.state() == umux_core::table::slot::State::Uncertain);
                cursor = number + 1;
            }
            (n == wanted).then_some(())
        })
    };
    assert!(
        ready(8).is_some(),
        "{:?}",
        log.try_iter().collect::<Vec<_>>()
    );
    let gone: Vec<_> = control.clone().addrs().expect("addresses");
    let gone: Vec<_> = gone.iter().take(3).map(|info| info.address).collect();
    control.clone().addr_del(&id, &gone).expect("a pool");
    assert!(ready(5).is_some());
    assert!(
        ready(8).is_some(),
        "{:?}",
        log.try_iter().collect::<Vec<_>>()
    );
    let status = daemon.end().expect("by itself");
    assert!(status.success(), "{status}");
}
