// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! `umuxctl policy` and `umuxctl rule`.

mod desk;

use desk::Desk;
use umux_abi::Errno;
use umux_testplane::Op;

#[test]
fn rules_are_added_at_their_place_and_removed_by_their_number() {
    let desk = Desk::new();
    desk.good("rule flush");
    desk.good("rule add legacy uid 0");
    desk.good("rule add unify port 80-443");
    desk.good("rule add --at 1 legacy dst 2001:db8::/32 proto tcp");
    let list = desk.good("rule list").out;
    let lines: Vec<&str> = list.lines().map(str::trim).collect();
    assert_eq!(
        lines,
        [
            "1  legacy dst 2001:db8::/32 proto tcp",
            "2  legacy uid 0",
            "3  unify port 80-443"
        ]
    );
    desk.good("rule del 2");
    let rules = desk.good("--json rule list").json();
    assert_eq!(rules["rules"].as_array().expect("a list").len(), 2);
    assert_eq!(rules["rules"][1]["ports"][0], 80);
    desk.good("rule reset");
    assert!(desk.good("rule list").out.contains("legacy port 53"));
}

#[test]
fn what_is_shown_can_be_installed_again() {
    let desk = Desk::new();
    let rules = "# mine\nunify uid 1001\nlegacy\n";
    let ran = desk.run_with("rule install -", rules);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let table = "::/0 40 1\n2001:db8:2000::/36   45    5 # company\n";
    let ran = desk.run_with("policy install -", table);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let shown = desk.good("policy list").out;
    assert!(shown.contains("2001:db8:2000::/36"), "{shown}");
    desk.good("policy flush");
    let ran = desk.run_with("policy install -", &shown);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(desk.good("policy list").out, shown);
    desk.good("policy reset");
    assert_eq!(
        desk.good("--json policy list").json()["labels"]
            .as_array()
            .expect("a list")
            .len(),
        1
    );
}

#[test]
fn bad_policy_changes_nothing_and_says_where_it_is_bad() {
    let desk = Desk::new();
    desk.good("rule flush");
    desk.good("rule add legacy uid 0");
    for (line, input, code, expected) in [
        ("rule install -", "unify\ndeny all\n", 65, "line 2"),
        (
            "policy install -",
            "::/0 40\n",
            65,
            "PREFIX PRECEDENCE LABEL",
        ),
        ("rule add allow port 80", "", 65, "one of unify, legacy"),
        ("rule add unify port 90-80", "", 65, "lower first"),
        ("rule del 2", "", 69, "rule list"),
        ("rule del 0", "", 64, ""),
        ("rule install /nonexistent", "", 66, "/nonexistent"),
    ] {
        let ran = desk.run_with(line, input);
        assert_eq!(ran.code, code, "{line}: {}", ran.err);
        assert!(ran.err.contains(expected), "{line}: {}", ran.err);
    }
    let many = "unify\n".repeat(257);
    let ran = desk.run_with("rule install -", &many);
    assert_eq!(ran.code, 70, "{}", ran.err);
    assert!(ran.err.contains("too many rules"), "{}", ran.err);
    assert_eq!(desk.good("rule list").out.trim(), "1  legacy uid 0");
    desk.plane.refuse(Op::Other, Some(Errno::Eperm));
    assert_eq!(desk.run("rule list").code, 77);
}
