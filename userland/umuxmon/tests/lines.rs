// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! umuxmon as it runs, on a plane made of maps.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use umux_abi::{Control, PoolSpec};
use umux_testplane::{Served, TestPlane, pool};

const POOL: &str = "em0 2001:db8:1::/64";

fn start(lab: &Served, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_umuxmon"))
        .arg("--lab")
        .arg(lab.path())
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("umuxmon starts")
}

/// A plane on which addresses are used until umuxmon has seen enough and ends.
fn watched(arguments: &[&str]) -> Vec<String> {
    let mut plane = TestPlane::new();
    plane.on_link("em1", "2001:db8:2::/64");
    let lab = plane.serve();
    for id in [POOL, "em1 2001:db8:2::/64"] {
        plane.pool_add(&PoolSpec::new(pool(id))).expect("on-link");
    }
    let mut child = start(&lab, arguments);
    let out = child.stdout.take().expect("a pipe");
    let reader = std::thread::spawn(move || {
        let lines = BufReader::new(out).lines();
        lines.map(|line| line.expect("text")).collect::<Vec<_>>()
    });
    // It subscribes at some time; events go on until it has.
    while child.try_wait().expect("a child").is_none() {
        plane.take(&pool("em1 2001:db8:2::/64"), 0);
        plane.take(&pool(POOL), 1);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert!(child.wait().expect("it ended").success());
    reader.join().expect("it reads")
}

#[test]
fn each_message_is_a_line_with_its_time_and_those_that_are_not_asked_for_are_left_out() {
    let lines = watched(&["--count", "3", "--interface", "em0", "--event", "miss"]);
    assert_eq!(lines.len(), 3);
    for line in &lines {
        let words: Vec<_> = line.split(' ').collect();
        assert_eq!(words[0].len(), "2026-11-24".len(), "{line}");
        assert_eq!(words[1].len(), "15:02:11.123".len(), "{line}");
        assert_eq!(words[2..5].join(" "), format!("umux {POOL}:"), "{line}");
        assert!(words[5].contains("miss"), "{line}");
    }
}

#[test]
fn json_is_one_object_a_line() {
    let lines = watched(&["--json", "--count", "4", "--umux-only"]);
    assert_eq!(lines.len(), 4);
    for line in &lines {
        let object: serde_json::Value = serde_json::from_str(line).expect(line);
        assert_eq!(object["schema"], 1);
        assert_eq!(object["type"], "umux");
        assert!(
            object["prefix"].is_string() && object["seq"].is_u64(),
            "{line}"
        );
    }
}

#[test]
fn a_loss_is_told() {
    let mut plane = TestPlane::new();
    plane.pool_add(&PoolSpec::new(pool(POOL))).expect("on-link");
    let lab = plane.serve();
    let mut child = start(&lab, &["--json"]);
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let user = {
        let plane = plane.clone();
        std::thread::spawn(move || {
            for n in 0u32.. {
                plane.lose_events(n % 2 == 1);
                plane.take(&pool(POOL), 1);
                if stopped
                    .recv_timeout(std::time::Duration::from_millis(20))
                    .is_ok()
                {
                    return;
                }
            }
        })
    };
    let lost = lines.find(|line| line.as_ref().is_ok_and(|l| l.contains(r#""type":"lost""#)));
    assert!(lost.is_some(), "no loss was told");
    stop.send(()).expect("it waits");
    user.join().expect("it ends");
    child.kill().expect("it runs");
    child.wait().expect("it ends");
}

#[test]
fn what_cannot_be_done_is_told_with_its_code() {
    let plane = TestPlane::new();
    let mut lab = plane.serve();
    let end = |lab: &Served, arguments: &[&str]| {
        let output = start(lab, arguments).wait_with_output().expect("it ends");
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), err)
    };
    let (code, err) = end(&lab, &["--top"]);
    assert_eq!(code, Some(64), "{err}");
    assert!(err.contains("needs a terminal"), "{err}");
    assert_eq!(end(&lab, &["--top", "--json"]).0, Some(64));
    assert_eq!(end(&lab, &["--count", "0"]).0, Some(64));
    lab.interrupt();
    let (code, err) = end(&lab, &[]);
    assert_eq!(code, Some(69), "{err}");
    assert!(err.contains("is it running"), "{err}");
}
