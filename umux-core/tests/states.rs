// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The life of a pool address (contract, section 4).

mod host;

use host::*;
use umux_core::action::{Action, Events};
use umux_core::error::Error;
use umux_core::plane::MissPolicy;
use umux_core::table::slot::State;

#[test]
fn an_address_is_uncertain_one_retransmission_time_after_its_last_probe() {
    let mut host = Host::bare(config());
    host.link(IFINDEX, true, 3).unwrap();
    host.pool = host.add_pool(PREFIX, 64, MissPolicy::Legacy, 0).unwrap();
    host.add(pooled(0)).unwrap();
    assert_eq!(host.state(pooled(0)), State::Tentative);
    assert_eq!(host.probes().len(), 1, "the first probe goes out at once");
    host.run(SEC);
    assert_eq!(host.probes().len(), 2);
    host.run(SEC);
    assert_eq!(host.probes(), [pooled(0); 3]);
    host.run(SEC - 1000);
    assert_eq!(host.state(pooled(0)), State::Tentative);
    host.run(1000);
    assert_eq!(host.state(pooled(0)), State::Uncertain);
    assert_eq!(host.probes().len(), 3);
}

#[test]
fn a_probe_that_could_not_be_sent_proves_nothing() {
    let mut host = Host::new();
    let handle = host.add(pooled(0)).unwrap();
    for sent in 1..=10 {
        let last = host.seen.iter().rev().find_map(|action| match action {
            Action::Send { probe, .. } => *probe,
            _ => None,
        });
        assert_eq!(last, Some(handle), "it says whose probe it is");
        assert_eq!(host.plane.unsent(handle, host.now), Ok(()));
        assert_eq!(host.plane.counters().probes, 0, "none has left");
        host.run(SEC - 1000);
        assert_eq!(host.probes().len(), sent, "no sooner than the next");
        host.run(1000);
        assert_eq!(host.state(pooled(0)), State::Tentative);
        assert_eq!(host.probes().len(), sent + 1);
    }
    host.run(SEC);
    assert_eq!(host.state(pooled(0)), State::Uncertain);
    assert_eq!(host.plane.counters().probes, 1);
    assert_eq!(host.plane.unsent(handle, host.now), Err(Error::Stale));
}

#[test]
fn without_probes_an_address_is_uncertain_at_once() {
    let mut host = Host::bare(config());
    host.link(IFINDEX, true, 0).unwrap();
    host.pool = host.add_pool(PREFIX, 64, MissPolicy::Legacy, 0).unwrap();
    host.add(pooled(0)).unwrap();
    assert_eq!(host.state(pooled(0)), State::Uncertain);
    assert!(host.probes().is_empty());
}

#[test]
fn an_idle_pool_has_no_timer_but_the_check_of_its_prefix() {
    let mut host = Host::new();
    host.fill(20);
    host.seen.clear();
    host.run(10 * SEC);
    assert_eq!(host.seen, [Action::CheckPool { pool: host.pool }]);
}

#[test]
fn addresses_that_do_not_belong_into_a_pool_are_refused() {
    let mut host = Host::new();
    for bad in [
        "2001:db8:2::1",                    // another prefix
        "2001:db8:1::",                     // subnet-router anycast
        "2001:db8:1:0:fdff:ffff:ffff:ff80", // RFC 2526
        "2001:db8:1:0:200:5eff:fe00:5213",  // RFC 5453
        "ff02::1",
    ] {
        assert_eq!(host.add(ip(bad)), Err(Error::BadAddress), "{bad}");
    }
    host.add(pooled(1)).unwrap();
    assert_eq!(host.add(pooled(1)), Err(Error::Exists));
    assert_eq!(host.plane.used(), 1);
}

#[test]
fn a_full_table_refuses_and_changes_nothing() {
    let mut host = Host::new();
    for i in 0..64 {
        host.add(pooled(i)).unwrap();
    }
    assert_eq!(host.add(pooled(64)), Err(Error::NoSpace));
    assert_eq!(host.plane.used(), 64);
    host.run(2 * SEC);
    assert_eq!(host.level(State::Uncertain), 64);
}

#[test]
fn the_oldest_dead_address_makes_room_for_a_new_one() {
    let mut host = Host::new();
    host.fill(64);
    let first = host.session("2001:db8:9::1", TCP, 80);
    host.output(&tcp(first.local, ip("2001:db8:9::1"), 40_000, 80, SYN));
    host.plane.end(first.handle, host.now).unwrap();
    assert_eq!(host.state(first.local), State::Tombstone);
    assert_eq!(
        host.add(pooled(64)),
        Err(Error::NoSpace),
        "its group is not left yet"
    );
    host.run(SEC);
    host.add(pooled(64)).unwrap();
    assert_eq!(host.state(first.local), State::Free);
}

#[test]
fn an_address_too_old_is_withdrawn_and_reported() {
    let mut host = Host::bare(config());
    host.pool = host.add_pool(PREFIX, 64, MissPolicy::Legacy, 60).unwrap();
    host.fill(2);
    host.run(58 * SEC);
    assert_eq!(host.level(State::Uncertain), 2);
    host.run(2 * SEC);
    assert_eq!(host.level(State::Uncertain), 0);
    assert!(
        host.events()
            .iter()
            .any(|e| e.events.contains(Events::EXPIRED))
    );
}

#[test]
fn a_link_that_goes_down_and_up_starts_dad_anew() {
    let mut host = Host::new();
    host.fill(3);
    let session = host.session("2001:db8:9::1", TCP, 80);
    host.link(IFINDEX, false, 1).unwrap();
    assert_eq!(host.level(State::Pending), 2);
    assert_eq!(host.take("2001:db8:9::1", TCP, 80), Err(Error::MissLegacy));
    host.run(5 * SEC);
    assert_eq!(
        host.level(State::Pending),
        2,
        "nothing is probed on a dead link"
    );
    host.seen.clear();
    host.link(IFINDEX, true, 1).unwrap();
    host.run(SEC);
    assert_eq!(host.probes().len(), 2);
    host.run(SEC);
    assert_eq!(host.level(State::Uncertain), 2);
    assert_eq!(
        host.state(session.local),
        State::Valid,
        "a session outlives it"
    );
}

#[test]
fn an_address_added_while_the_link_is_down_waits_for_it() {
    let mut host = Host::new();
    host.link(IFINDEX, false, 1).unwrap();
    host.add(pooled(0)).unwrap();
    host.run(5 * SEC);
    assert_eq!(host.state(pooled(0)), State::Pending);
    host.link(IFINDEX, true, 1).unwrap();
    host.run(2 * SEC);
    assert_eq!(host.state(pooled(0)), State::Uncertain);
}

#[test]
fn a_pool_with_sessions_is_deleted_only_by_force() {
    let mut host = Host::new();
    host.fill(3);
    let session = host.session("2001:db8:9::1", UDP, 80);
    assert_eq!(
        host.plane.pool_del(host.pool, false, host.now),
        Err(Error::Busy)
    );
    assert_eq!(host.level(State::Uncertain), 2);
    host.plane.pool_del(host.pool, true, host.now).unwrap();
    host.run(SEC);
    assert!(host.plane.pool_from(0).is_none());
    assert!(
        host.events()
            .iter()
            .any(|e| e.events.contains(Events::POOL_GONE))
    );
    assert_eq!(host.plane.used(), 1, "the session stays");
    // Never on the wire, but there is no pool to go back to.
    assert_eq!(host.plane.end(session.handle, host.now), Ok(0xc0de));
    host.run(10 * SEC);
    assert_eq!(host.plane.used(), 0);
    assert!(!umux_core::gate::Gate::new(host.table).is_armed());
}

#[test]
fn an_address_whose_pool_is_gone_does_not_come_back_while_the_link_is_down() {
    let mut host = Host::new();
    host.fill(1);
    let session = host.session("2001:db8:9::1", UDP, 80);
    host.plane.pool_del(host.pool, true, host.now).unwrap();
    host.link(IFINDEX, false, 1).unwrap();
    assert_eq!(host.plane.end(session.handle, host.now), Ok(0xc0de));
    host.run(10 * SEC);
    assert_eq!(host.plane.used(), 0);
}

#[test]
fn a_pool_that_was_quiet_for_weeks_tells_at_once() {
    // The clock's milliseconds wrap after 49 days: an interval that was over 25
    // days ago looks like one that begins in 25.
    for days in [1, 24, 25, 26, 49, 50] {
        let mut host = Host::new();
        host.fill(1);
        host.run(SEC);
        host.run(days * 86_400 * SEC);
        host.seen.clear();
        host.take("2001:db8:9::1", TCP, 80).unwrap();
        host.run(SEC);
        assert_eq!(host.events().len(), 1, "{days} days");
    }
}

#[test]
fn an_interface_that_goes_takes_its_pools_along() {
    let mut host = Host::new();
    host.fill(3);
    host.plane.iface_gone(IFINDEX, host.now);
    host.run(SEC);
    assert_eq!(host.plane.used(), 0);
    assert_eq!(host.plane.pools_used(), 0);
    assert_eq!(host.take("2001:db8:9::1", TCP, 80), Err(Error::NoPool));
    assert_eq!(
        host.add_pool(PREFIX, 64, MissPolicy::Legacy, 0),
        Err(Error::NotFound)
    );
}

#[test]
fn every_group_that_was_joined_is_left_once() {
    let mut host = Host::new();
    for i in 0..10 {
        let handle = host.plane.addr_add(host.pool, pooled(i), host.now).unwrap();
        host.plane
            .addr_start(handle, 0x5000 + usize::from(i), host.now, 0)
            .unwrap();
    }
    assert_eq!(host.plane.flush(0, host.now), 10);
    let mut left: Vec<_> = std::iter::from_fn(|| host.plane.next_group()).collect();
    left.sort_unstable();
    assert_eq!(left, (0x5000..0x500a).collect::<Vec<_>>());
    assert_eq!(host.plane.used(), 0);
    for i in 0..64 {
        host.add(pooled(i)).expect("all slots are free again");
    }
}

#[test]
fn an_address_withdrawn_before_its_group_is_joined_cannot_start() {
    let mut host = Host::new();
    let handle = host.plane.addr_add(host.pool, pooled(0), host.now).unwrap();
    host.plane.addr_del(host.pool, pooled(0), host.now).unwrap();
    assert_eq!(
        host.plane.addr_start(handle, 0x1000, host.now, 0),
        Err(Error::Stale)
    );
}

#[test]
fn many_events_make_one_message_and_none_is_lost() {
    let mut host = Host::bare(config());
    let spec = umux_core::plane::PoolSpec {
        prefix: umux_core::prefix::Prefix::new(ip(PREFIX), 64).unwrap(),
        miss: MissPolicy::Legacy,
        max_age: 0,
        notify: 100,
    };
    host.pool = host.plane.pool_add(IFINDEX, spec, host.now).unwrap();
    host.fill(10);
    host.run(SEC);
    host.seen.clear();
    for _ in 0..5 {
        host.take("2001:db8:9::1", TCP, 80).unwrap();
        host.run(1000);
    }
    assert_eq!(host.events().len(), 1, "the first goes out at once");
    assert_eq!(host.events()[0].uncertain, 9);
    host.run(200_000);
    let events = host.events();
    assert_eq!(events.len(), 2, "the others together");
    assert_eq!(events[1].uncertain, 5);
    assert_eq!(events[1].seq, events[0].seq + 1);
    for _ in 0..7 {
        let _ = host.take("2001:db8:9::1", TCP, 80);
    }
    host.run(SEC);
    let missed: u32 = host.events().iter().map(|e| e.missed).sum();
    assert_eq!(missed, 2);
}

#[test]
fn a_flush_is_told_so_that_the_daemon_can_make_it_good() {
    let mut host = Host::new();
    host.fill(3);
    assert_eq!(host.plane.flush(IFINDEX, host.now), 3);
    host.run(SEC);
    let events = host.events();
    assert!(events[0].events.contains(Events::WITHDRAWN));
    assert_eq!(events[0].uncertain, 0);
}
