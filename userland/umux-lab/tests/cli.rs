// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The program as people start it.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

fn lab() -> Command {
    Command::new(env!("CARGO_BIN_EXE_umux-lab"))
}

fn run(arguments: &[&str]) -> Output {
    lab().args(arguments).output().expect("it starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_demonstration_passes_in_process_and_draws_its_picture() {
    let directory = tempfile::tempdir().expect("a directory");
    let svg = directory.path().join("life.svg");
    let begin = Instant::now();
    let output = lab()
        .args(["--link", "memory", "--seed", "1", "--svg"])
        .arg(&svg)
        .env("TMPDIR", directory.path())
        .output()
        .expect("it starts");
    let shown = text(&output.stdout);
    assert!(output.status.success(), "{shown}{}", text(&output.stderr));
    assert!(shown.starts_with("link: in this process"), "{shown}");
    assert!(shown.contains(" 0 failed"), "{shown}");
    assert!(begin.elapsed() < Duration::from_secs(30), "{shown}");
    let picture = std::fs::read_to_string(&svg).expect("a picture");
    assert!(picture.contains("uncertain: defended"), "{picture}");
    std::fs::remove_file(&svg).expect("it is there");
    assert_eq!(left(directory.path()), [] as [String; 0]);
}

/// What is left in a directory.
fn left(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

/// Processes that were started with this socket's directory, by their arguments.
#[cfg(target_os = "linux")]
fn started_with(directory: &Path) -> Vec<String> {
    let wanted = directory.display().to_string();
    let entries = std::fs::read_dir("/proc").expect("procfs");
    let lines = entries.filter_map(|entry| {
        let path = entry.ok()?.path().join("cmdline");
        Some(text(&std::fs::read(path).ok()?).replace('\0', " "))
    });
    lines.filter(|line| line.contains(&wanted)).collect()
}

#[test]
fn an_interrupt_in_the_middle_leaves_nothing_behind() {
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let directory = tempfile::tempdir().expect("a directory");
        let mut child = lab()
            .env("TMPDIR", directory.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        // umuxd is at work.
        while !line.contains("addresses added") {
            line.clear();
            assert_ne!(output.read_line(&mut line).expect("it speaks"), 0);
        }
        #[cfg(target_os = "linux")]
        assert!(!started_with(directory.path()).is_empty(), "umuxd runs");
        let pid = Pid::from_raw(i32::try_from(child.id()).expect("a process"));
        let begin = Instant::now();
        kill(pid, signal).expect("it is there");
        let status = child.wait().expect("it ends");
        assert!(begin.elapsed() < Duration::from_secs(5));
        assert_eq!(status.code(), Some(128 + signal as i32));
        let mut told = String::new();
        let mut stderr = child.stderr.take().expect("a pipe");
        stderr.read_to_string(&mut told).expect("text");
        assert!(told.contains("umux-lab: interrupted"), "{told}");
        assert_eq!(left(directory.path()), [] as [String; 0]);
        #[cfg(target_os = "linux")]
        assert_eq!(started_with(directory.path()), [] as [String; 0]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn umuxd_ends_even_if_the_lab_is_killed() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut child = lab()
        .args(["--link", "memory"])
        .env("TMPDIR", directory.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    while !line.contains("addresses added") {
        line.clear();
        assert_ne!(output.read_line(&mut line).expect("it speaks"), 0);
    }
    child.kill().expect("it is there");
    child.wait().expect("it ends");
    let begin = Instant::now();
    while !started_with(directory.path()).is_empty() {
        assert!(begin.elapsed() < Duration::from_secs(10), "umuxd lives on");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn umuxctl_works_on_a_lab_that_serves() {
    let umuxctl = Path::new(env!("CARGO_BIN_EXE_umux-lab")).with_file_name("umuxctl");
    if !umuxctl.is_file() {
        eprintln!("SKIPPED umuxctl_works_on_a_lab_that_serves: build it first (cargo build)");
        return;
    }
    let directory = tempfile::tempdir().expect("a directory");
    let socket = directory.path().join("lab");
    let mut child = lab()
        .args(["--link", "memory", "serve", "--rate", "20"])
        .arg(&socket)
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    while !line.contains("interrupt it") {
        line.clear();
        assert_ne!(output.read_line(&mut line).expect("it speaks"), 0);
    }
    let ask = |arguments: &str| {
        let output = Command::new(&umuxctl)
            .arg("--lab")
            .arg(&socket)
            .args(arguments.split(' '))
            .output()
            .expect("it starts");
        let told = text(&output.stdout) + &text(&output.stderr);
        assert!(output.status.success(), "{arguments}: {told}");
        told
    };
    ask("pool add lab0 2001:db8:1::/64 --fill 50 --wait");
    let begin = Instant::now();
    while !ask("session list --json").contains("2001:db8:1:") {
        assert!(begin.elapsed() < Duration::from_secs(10), "no session");
    }
    assert!(ask("pool list").contains("lab0"));
    ask("listen add --apply guard port 80");
    let ssa = ask("das add 80 --lifetime 90");
    assert!(ssa.starts_with("2001:db8:1:"), "{ssa}");
    assert!(ask("listen list").contains("[::]:80"));
    let armed = ask("das list");
    assert!(
        armed.contains(ssa.trim()) && armed.contains("armed"),
        "{armed}"
    );
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("a process"));
    kill(pid, Signal::SIGINT).expect("it is there");
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(128 + Signal::SIGINT as i32));
    assert_eq!(left(directory.path()), [] as [String; 0]);
}

#[test]
fn what_makes_no_sense_is_said_with_the_remedy() {
    for (arguments, words) in [
        (vec!["--link", "wire"], "possible values: memory, netns"),
        (vec!["--sessions", "0"], "--sessions"),
        (
            vec!["--sessions", "5", "experiment", "uncertain"],
            "leave the command out",
        ),
        (vec!["experiment", "certain"], "possible values: uncertain"),
        (vec!["serve"], "<SOCKET>"),
        (vec!["serve", "--listen", "0", "lab"], "--listen"),
    ] {
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(64), "{arguments:?}");
        let told = text(&output.stderr);
        assert!(told.contains(words), "{arguments:?}: {told}");
    }
    let output = run(&[
        "--link",
        "memory",
        "serve",
        "--listen",
        "7",
        "/nowhere/at/all",
    ]);
    let told = text(&output.stderr);
    assert!(told.contains("--listen 7: another server"), "{told}");
    let output = run(&["--link", "memory", "serve", "/nowhere/at/all"]);
    assert_eq!(output.status.code(), Some(71));
    let told = text(&output.stderr);
    assert!(told.contains("cannot listen at /nowhere/at/all"), "{told}");
}

#[test]
fn the_scale_run_says_the_same_for_the_same_seed() {
    let shown = || {
        let output = run(&["--sessions", "2000", "--seed", "9"]);
        assert!(output.status.success());
        let told = text(&output.stdout);
        let lines = told.lines().filter(|line| !line.starts_with("measured:"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(shown(), shown());
}

#[test]
fn the_manual_names_every_option() {
    let manual = include_str!("../../man/umux-lab.1");
    for arguments in [vec!["--help"], vec!["serve", "--help"]] {
        let help = text(&run(&arguments).stdout);
        let options = help
            .split_whitespace()
            .filter(|word| word.starts_with("--"));
        for option in options.map(|word| word.trim_matches(|c: char| !c.is_ascii_alphabetic())) {
            let named = manual.contains(&format!("Fl -{option}"));
            assert!(named || ["help", "version"].contains(&option), "{option}");
        }
    }
}
