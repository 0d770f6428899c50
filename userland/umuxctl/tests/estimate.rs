// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! `umuxctl estimate`, where there is neither module nor lab.

use serde_json::Value;
use std::process::{Command, Output};

fn run(line: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_umuxctl"))
        .args(line.split_whitespace())
        .output()
        .expect("umuxctl starts")
}

fn good(line: &str) -> String {
    let output = run(line);
    let err = String::from_utf8(output.stderr).expect("text");
    assert!(output.status.success() && err.is_empty(), "{line}: {err}");
    String::from_utf8(output.stdout).expect("text")
}

fn json(line: &str) -> Value {
    let text = good(&format!("{line} --json"));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

fn refused(line: &str) -> (Option<i32>, String) {
    let output = run(line);
    assert!(output.stdout.is_empty(), "{line}");
    let err = String::from_utf8(output.stderr).expect("text");
    (output.status.code(), err)
}

#[test]
fn the_published_table_stands_beside_the_exact_one() {
    let text = good("estimate collisions");
    let row = |line: &str| -> Vec<String> { line.split_whitespace().map(String::from).collect() };
    let rows: Vec<_> = text.lines().map(row).collect();
    for expected in [
        "10 1,000,000,000 2.67 % 2.80 %",
        "20 2,000,000,000 10.3 % 10.3 %",
        "32.6 3,260,000,000 25.0 % 25.0 %",
        "50.6 5,060,000,000 50.0 % 50.0 %",
    ] {
        assert!(rows.contains(&row(expected)), "{expected} in\n{text}");
    }
    let second = json("estimate collisions --rate 3.219/s");
    let first = &second["rows"][0];
    assert!((first["probability"].as_f64().unwrap() - 0.0276).abs() < 5e-5);
    assert_eq!(first["published"], 0.028);
}

#[test]
fn nothing_is_said_to_be_published_that_was_not() {
    for line in [
        "estimate collisions --rate 99000000/year",
        "estimate collisions --bits 62",
        "estimate collisions --years 11,12",
    ] {
        assert!(!good(line).contains("PUBLISHED"), "{line}");
        assert_eq!(json(line)["rows"][0]["published"], Value::Null);
    }
}

#[test]
fn collisions_are_checked_by_trying() {
    let estimate = json("estimate collisions --years 10,0.001 --check");
    let trials = estimate["check"].as_array().expect("a list");
    assert_eq!(trials.len(), 3, "the other is too rare");
    for trial in trials {
        assert_eq!(trial["agrees"], true);
        assert!(trial["error"].as_f64().unwrap() < 0.002);
        let off = trial["exact"].as_f64().unwrap() / 0.0267 - 1.0;
        assert!(off.abs() < 0.1, "the same probability: {trial}");
    }
    let text = good("estimate collisions --years 0.001 --check");
    assert!(text.contains("Not tried"), "{text}");
}

#[test]
fn a_pool_has_the_size_that_erlang_says() {
    // 84.1 erlangs at 1 %: 100 servers.
    let line = "estimate pool --rate 84.06 --dad 1 --notify 0 --generator 0 --spread 0 --miss 1%";
    let estimate = json(line);
    assert_eq!(estimate["sizes"][0]["addresses"], 100);
    assert_eq!(estimate["sizes"][0]["low"], 101);
    assert_eq!(estimate["on_order"], 84.06);
    let sizes = estimate["sizes"].as_array().expect("a list");
    assert!(
        sizes
            .windows(2)
            .all(|pair| { pair[0]["addresses"].as_u64() < pair[1]["addresses"].as_u64() })
    );
    assert_eq!(estimate.get("max_addrs"), None);
    let held = json(&format!("{line} --hold 10 --tombstone 0"));
    let max = held["max_addrs"].as_u64().unwrap();
    // Poisson with mean 840.6, and the pool: 2.33 standard deviations.
    let expected = 840.6 + 2.33 * 840.6f64.sqrt() + held["sizes"][0]["level"].as_f64().unwrap();
    assert!((max as f64 - expected).abs() < 3.0, "{max} {expected}");
}

#[test]
fn a_pool_is_checked_by_simulation() {
    let estimate = json("estimate pool --rate 20 --check");
    let trials = estimate["check"].as_array().expect("a list");
    assert_eq!(trials.len(), 3);
    for trial in trials {
        assert_eq!(trial["agrees"], true, "{trial}");
        assert!(
            trial["as_umuxd"].as_f64() <= trial["exact"].as_f64(),
            "{trial}"
        );
    }
    let other = json("estimate pool --rate 20 --check --seed 2");
    assert_ne!(other["check"], estimate["check"]);
}

#[test]
fn what_cannot_be_estimated_is_told() {
    for (line, code, reason) in [
        ("estimate", 64, "Usage"),
        ("estimate pool", 64, "--rate"),
        ("estimate pool --rate 10/week", 64, "is no unit"),
        ("estimate pool --rate -1", 64, "-1"),
        (
            "estimate pool --rate 10 --miss 0",
            64,
            "0.1% is one session",
        ),
        ("estimate pool --rate 10 --dad -1", 64, "-1"),
        ("estimate pool --rate 10 --tombstone 5", 64, "--hold"),
        ("estimate pool --rate 10 --seed 5", 64, "--check"),
        ("estimate pool --rate 1e9", 65, "lower --rate"),
        ("estimate pool --rate 1e5 --check", 65, "leave it out"),
        ("estimate collisions --bits 0", 64, "0"),
        ("estimate collisions --bits 129", 64, "129"),
        ("estimate collisions --years ten", 64, "no number"),
    ] {
        let (status, err) = refused(line);
        assert_eq!(status, Some(code), "{line}: {err}");
        assert!(err.contains(reason), "{line}: {err}");
    }
}

/// Every key in it, however deep.
fn keys(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                into.push(key.clone());
                keys(value, into);
            }
        }
        Value::Array(all) => all.iter().for_each(|value| keys(value, into)),
        _ => {}
    }
}

#[test]
fn the_manual_names_every_key_that_estimates_have() {
    let mut all = Vec::new();
    keys(&json("estimate collisions --years 20 --check"), &mut all);
    keys(&json("estimate pool --rate 2 --hold 1 --check"), &mut all);
    let manual = include_str!("../../man/umuxctl.8");
    let section = &manual[manual.find(".Sh JSON").expect("a section")..];
    let section = &section[section.find("estimate collisions").expect("estimates")..];
    let words: Vec<_> = section
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .collect();
    for key in all.iter().filter(|key| *key != "schema") {
        assert!(
            words.contains(&key.as_str()),
            "umuxctl(8) does not say {key}"
        );
    }
}
