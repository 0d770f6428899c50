// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The program as people and scripts meet it, on a plane made of maps.

mod desk;

use desk::{Desk, POOL};
use serde_json::Value;
use umux_abi::Errno;
use umux_testplane::{Dad, Op};

#[test]
fn two_commands_make_a_pool_that_is_ready() {
    let desk = Desk::new();
    desk.good(&format!("pool add {POOL}"));
    let ran = desk.good(&format!("pool fill {POOL} 1500 --wait"));
    assert_eq!(ran.out, "1500 addresses added\n");
    assert_eq!(
        desk.plane.counts(&desk.id()).expect("the pool").uncertain,
        1500
    );
}

#[test]
fn one_command_makes_and_fills_a_pool() {
    let desk = Desk::new();
    desk.good(&format!(
        "pool add {POOL} --fill 10 --wait --miss refuse --max-age 60"
    ));
    let pools = desk.good("pool list --json").json();
    let pool = &pools["pools"][0];
    assert_eq!(pool["counts"]["uncertain"], 10);
    assert_eq!(
        (pool["miss"].as_str(), pool["max_age"].as_u64()),
        (Some("refuse"), Some(60))
    );
}

#[test]
fn a_pool_is_not_made_when_the_way_to_fill_it_makes_no_sense() {
    let desk = Desk::new();
    let ran = desk.run(&format!("pool add {POOL} --wait"));
    assert_eq!(ran.code, 64);
    assert!(ran.err.contains("--fill COUNT"), "{}", ran.err);
    assert_eq!(desk.plane.counts(&desk.id()), None);
}

#[test]
fn a_time_to_wait_without_waiting_is_a_usage_error() {
    let desk = Desk::new();
    desk.good(&format!("pool add {POOL}"));
    let ran = desk.run(&format!("pool fill {POOL} 3 --timeout 5"));
    assert_eq!(ran.code, 64);
    assert!(ran.err.contains("--wait"), "{}", ran.err);
}

#[test]
fn waiting_ends_with_temporary_failure_when_detection_does_not_end() {
    let desk = Desk::new();
    desk.plane.set_dad(Dad::ByHand);
    desk.good(&format!("pool add {POOL}"));
    let ran = desk.run(&format!("pool fill {POOL} 3 --wait --timeout 0"));
    assert_eq!(ran.code, 75);
    assert!(
        ran.err.contains("3 addresses are not ready after 0 s"),
        "{}",
        ran.err
    );
}

#[test]
fn the_list_of_pools_reads_as_a_table_and_as_documented_json() {
    let desk = Desk::new();
    assert!(desk.good("pool list").out.contains("umuxctl pool add"));
    desk.good(&format!("pool add {POOL} --fill 5"));
    desk.plane.take(&desk.id(), 2);
    let text = desk.good("pool list").out;
    let mut lines = text.lines();
    let header: Vec<_> = lines.next().expect("a header").split_whitespace().collect();
    let row: Vec<_> = lines.next().expect("a row").split_whitespace().collect();
    assert_eq!(header.len(), row.len(), "{text}");
    let at = |name| row[header.iter().position(|h| *h == name).expect(name)];
    assert_eq!(
        (at("INTERFACE"), at("READY"), at("VALID")),
        ("em0", "3", "2")
    );

    let json = desk.good("--json pool list").json();
    assert_eq!(json["schema"], 1);
    let pool = json["pools"][0].as_object().expect("an object");
    let mut keys: Vec<_> = pool.keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "added",
            "counts",
            "duplicated",
            "ended",
            "expired",
            "ifindex",
            "interface",
            "link_up",
            "max_age",
            "miss",
            "missed",
            "notify_ms",
            "prefix",
            "returned",
            "taken"
        ]
    );
    assert_eq!(pool["prefix"], "2001:db8:1::/64");
}

#[test]
fn addresses_can_be_added_listed_by_state_and_removed() {
    let desk = Desk::new();
    desk.good(&format!("pool add {POOL}"));
    desk.good(&format!("addr add {POOL} 2001:db8:1::a 2001:db8:1::b"));
    desk.plane.take(&desk.id(), 1);
    let valid = desk.good("addr list --state valid --json").json();
    assert_eq!(valid["addresses"].as_array().expect("a list").len(), 1);
    assert_eq!(valid["addresses"][0]["state"], "valid");
    assert_eq!(valid["addresses"][0]["prefix"], "2001:db8:1::/64");
    assert!(
        desk.good("addr list --interface em1")
            .out
            .contains("no addresses")
    );
    let ran = desk.run(&format!("addr del {POOL} 2001:db8:1::a 2001:db8:1::b"));
    assert_eq!((ran.code, ran.out.as_str()), (65, "1 address removed\n"));
    assert!(
        ran.err.contains("2001:db8:1::a: an address of em0"),
        "{}",
        ran.err
    );
}

#[test]
fn addresses_come_from_standard_input_whole_or_not_at_all() {
    let desk = Desk::new();
    desk.good(&format!("pool add {POOL}"));
    let bad = desk.run_with(
        &format!("addr add {POOL} --stdin"),
        "2001:db8:1::1\nnonsense\n",
    );
    assert_eq!(bad.code, 65);
    assert!(bad.err.contains("line 2"), "{}", bad.err);
    assert_eq!(desk.plane.addresses(&desk.id()).len(), 0);
    let good = desk.run_with(
        &format!("addr add {POOL} --stdin"),
        "2001:db8:1::1 # one\n\n2001:db8:1::2\n",
    );
    assert_eq!((good.code, good.out.as_str()), (0, "2 addresses added\n"));
}

#[test]
fn items_that_are_refused_are_named_each_with_its_reason() {
    let desk = Desk::new();
    desk.good(&format!("pool add {POOL}"));
    desk.good(&format!("addr add {POOL} 2001:db8:1::a"));
    let line = format!("addr add {POOL} 2001:db8:1::a 2001:db8:2::1 2001:db8:1::c");
    let ran = desk.run(&line);
    assert_eq!((ran.code, ran.out.as_str()), (65, "1 address added\n"));
    assert!(
        ran.err
            .contains("2001:db8:1::a: em0 2001:db8:1::/64 holds this address already"),
        "{}",
        ran.err
    );
    assert!(
        ran.err
            .contains("2001:db8:2::1: em0 2001:db8:1::/64 cannot hold this address"),
        "{}",
        ran.err
    );
    let json = desk.run(&format!("--json {line}"));
    assert_eq!((json.code, json.err.as_str()), (65, ""));
    assert_eq!(json.json()["refused"][2]["errno"], "EEXIST");
}

#[test]
fn more_addresses_than_fit_are_refused_before_any_is_added() {
    let desk = Desk::new();
    desk.plane.set_max_addrs(1500);
    desk.good(&format!("pool add {POOL}"));
    let ran = desk.run(&format!("pool fill {POOL} 5000"));
    assert_eq!((ran.code, ran.out.as_str()), (73, ""));
    assert!(ran.err.contains("room for 1500"), "{}", ran.err);
    assert!(ran.err.contains("net.inet6.umux.max_addrs"), "{}", ran.err);
    assert!(desk.plane.batches().is_empty(), "nothing is done by half");
}

#[test]
fn a_pool_is_not_made_when_it_cannot_be_filled() {
    let desk = Desk::new();
    desk.plane.set_max_addrs(1500);
    assert_eq!(desk.run(&format!("pool add {POOL} --fill 5000")).code, 73);
    assert_eq!(desk.plane.counts(&desk.id()), None);
}

#[test]
fn a_plane_that_others_filled_meanwhile_stops_the_filling() {
    let desk = Desk::new();
    desk.good(&format!("pool add {POOL}"));
    desk.plane.refuse_items(Some(Errno::Enospc));
    let ran = desk.run(&format!("pool fill {POOL} 5000"));
    assert_eq!((ran.code, ran.out.as_str()), (65, "0 addresses added\n"));
    assert!(ran.err.contains("net.inet6.umux.max_addrs"), "{}", ran.err);
    assert_eq!(desk.plane.batches(), [1024], "it does not go on in vain");
}

#[test]
fn sessions_counters_info_and_flush_are_shown() {
    let desk = Desk::new();
    desk.good(&format!("pool add {POOL} --fill 4"));
    desk.plane.take(&desk.id(), 1);
    assert!(
        desk.good("session list")
            .out
            .contains("[2001:db8:2::1]:443")
    );
    let json = desk.good("session list --json").json();
    assert_eq!(json["sessions"][0]["peer_port"], 443);
    assert_eq!(json["sessions"][0]["proto"], 6);
    assert_eq!(desk.good("stats --json").json()["counters"]["taken"], 1);
    assert!(desk.good("stats").out.contains("in_dropped"));
    assert_eq!(desk.good("info --json").json()["info"]["addrs"], 4);
    assert!(desk.good("info").out.contains("addresses: 4 of"));
    assert_eq!(desk.good("flush em0 --json").json()["flushed"], 3);
    assert_eq!(desk.good("flush").out, "0 addresses withdrawn\n");
}

/// Every key in it, however deep.
fn keys(value: &Value, into: &mut std::collections::BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                into.insert(key.clone());
                keys(value, into);
            }
        }
        Value::Array(all) => all.iter().for_each(|value| keys(value, into)),
        _ => {}
    }
}

#[test]
fn the_manual_names_every_key_that_json_has() {
    let desk = Desk::new();
    desk.good(&format!("pool add {POOL} --fill 4"));
    desk.plane.take(&desk.id(), 1);
    let mut all = std::collections::BTreeSet::new();
    for line in [
        "pool list",
        "addr list",
        "session list",
        "info",
        "flush",
        &format!("addr add {POOL} 2001:db8:2::1"),
        &format!("pool del {POOL} --force"),
    ] {
        keys(&desk.run(&format!("--json {line}")).json(), &mut all);
    }
    assert!(all.len() > 40, "{all:?}");
    let manual = include_str!("../../man/umuxctl.8");
    let section = &manual[manual.find(".Sh JSON").expect("a section")..];
    let words: Vec<_> = section
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .collect();
    for key in all {
        assert!(
            words.contains(&key.as_str()),
            "umuxctl(8) does not say {key}"
        );
    }
}

#[test]
fn every_errno_ends_with_its_exit_code_and_one_line() {
    let desk = Desk::new();
    for (errno, code) in [
        (Errno::Eperm, 77),
        (Errno::Enoent, 69),
        (Errno::Enxio, 69),
        (Errno::Enodev, 69),
        (Errno::Eopnotsupp, 69),
        (Errno::Eaddrnotavail, 69),
        (Errno::Einval, 65),
        (Errno::Eexist, 73),
        (Errno::Enospc, 73),
        (Errno::Ebusy, 75),
        (Errno::Eprogmismatch, 76),
        (Errno::E2big, 70),
        (Errno::Efault, 70),
        (Errno::Other(12), 71),
    ] {
        desk.plane.refuse(Op::PoolAdd, Some(errno));
        let ran = desk.run(&format!("pool add {POOL}"));
        assert_eq!(ran.code, code, "{errno}");
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
        assert!(ran.err.starts_with("umuxctl: "), "{}", ran.err);
    }
}

#[test]
fn a_missing_interface_and_a_foreign_prefix_are_told_with_the_remedy() {
    let desk = Desk::new();
    let ran = desk.run("pool add em7 2001:db8:1::/64");
    assert_eq!(
        ran.err,
        "umuxctl: no interface em7 in this vnet: `ifconfig -l` lists them\n"
    );
    let ran = desk.run("pool add em0 2001:db8:9::/64");
    assert!(
        ran.err.contains("2001:db8:9::/64 is not on-link on em0"),
        "{}",
        ran.err
    );
}

#[test]
fn live_sessions_keep_their_pool_unless_it_is_forced() {
    let desk = Desk::new();
    desk.good(&format!("pool add {POOL} --fill 1"));
    desk.plane.take(&desk.id(), 1);
    let ran = desk.run(&format!("pool del {POOL}"));
    assert_eq!(ran.code, 75);
    assert!(ran.err.contains("--force"), "{}", ran.err);
    desk.good(&format!("pool del {POOL} --force"));
    assert_eq!(desk.plane.counts(&desk.id()), None);
}

#[test]
fn what_cannot_be_meant_is_a_usage_error_before_the_plane_is_touched() {
    let mut desk = Desk::new();
    desk.lab.interrupt();
    for line in [
        "",
        "pool",
        "pool add em0",
        "pool add em0 2001:db8:1::1/64",
        "pool add em0 2001:db8::/8",
        "pool add em0 fe80::/64",
        "pool add a-name-that-is-too-long 2001:db8:1::/64",
        "pool add em0 2001:db8:1::/64 --miss maybe",
        "pool fill em0 2001:db8:1::/64 -1",
        "addr add em0 2001:db8:1::/64",
        "addr add em0 2001:db8:1::/64 10.0.0.1",
        "addr add em0 2001:db8:1::/64 2001:db8:1::1 --stdin",
        "addr list --state free",
        "nonsense",
    ] {
        let ran = desk.run(line);
        assert_eq!(ran.code, 64, "{line}: {}", ran.err);
    }
    assert_eq!(desk.run("--help").code, 0);
    assert_eq!(desk.run("--version").code, 0);
}

#[test]
fn a_lab_that_is_not_there_is_unavailable() {
    let mut desk = Desk::new();
    desk.lab.interrupt();
    let ran = desk.run("pool list");
    assert_eq!(ran.code, 69);
    assert!(ran.err.contains("is it running"), "{}", ran.err);
}
