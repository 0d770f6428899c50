// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What umuxctl does for people at a shell: completion, and progress.

mod desk;

use desk::{Desk, POOL};
use std::io::Write;
use std::process::{Command, Stdio};
use umux_testplane::Dad;

fn completion(shell: &str) -> std::process::Output {
    // No lab is named, and there is no module: none is needed.
    Command::new(env!("CARGO_BIN_EXE_umuxctl"))
        .args(["completion", shell])
        .output()
        .expect("umuxctl starts")
}

#[test]
fn each_shell_gets_a_script_that_knows_commands_and_options() {
    for shell in ["bash", "zsh", "fish"] {
        let output = completion(shell);
        assert!(output.status.success(), "{shell}");
        let script = String::from_utf8(output.stdout).expect("text");
        for word in ["pool", "session", "max-age", "completion"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn bash_completes_with_it() {
    let script = String::from_utf8(completion("bash").stdout).expect("text");
    let mut bash = match Command::new("bash")
        .arg("--norc")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
    {
        Ok(bash) => bash,
        Err(e) => {
            eprintln!("skipped: there is no bash ({e})");
            return;
        }
    };
    let ask = "COMP_WORDS=(umuxctl pool a); COMP_CWORD=2; _umuxctl umuxctl a pool; echo \"${COMPREPLY[@]}\"\n";
    let mut input = bash.stdin.take().expect("a pipe");
    input
        .write_all((script + ask).as_bytes())
        .expect("it reads");
    drop(input);
    let output = bash.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "add");
}

#[test]
fn shells_without_completion_are_told_apart_from_slips() {
    for (shell, words) in [
        ("sh", "completes file names only"),
        ("tcsh", "there is none for tcsh"),
        ("bahs", "write bash, zsh or fish"),
    ] {
        let output = completion(shell);
        assert_eq!(output.status.code(), Some(64), "{shell}");
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(err.contains(words), "{err}");
    }
}

#[test]
fn no_progress_is_shown_where_there_is_no_terminal() {
    let desk = Desk::new();
    desk.good(&format!("pool add {POOL}"));
    for options in ["", "--quiet", "--json"] {
        let ran = desk.good(&format!("pool fill {POOL} 2000 --wait {options}"));
        assert_eq!(ran.err, "", "{options}");
    }
}

/// Runs a command on a terminal that script(1) makes; none where there is no script(1).
fn on_terminal(desk: &Desk, options: &str) -> Option<String> {
    let command = format!(
        "{} --lab {} pool fill {POOL} 5 --wait --timeout 1 {options}",
        env!("CARGO_BIN_EXE_umuxctl"),
        desk.lab.path().display()
    );
    let output = Command::new("script")
        .args(["-qec", &command, "/dev/null"])
        .env("TERM", "vt100")
        .stdin(Stdio::null())
        .output();
    output
        .ok()
        .map(|o| String::from_utf8_lossy(&o.stdout).into_owned())
}

#[test]
fn on_a_terminal_progress_is_shown_unless_it_is_not_wanted() {
    if !cfg!(target_os = "linux") {
        return; // script(1) takes other arguments elsewhere
    }
    let desk = Desk::new();
    desk.good(&format!("pool add {POOL}"));
    desk.plane.set_dad(Dad::ByHand);
    let Some(shown) = on_terminal(&desk, "") else {
        eprintln!("skipped: there is no script(1)");
        return;
    };
    assert!(shown.contains("detecting duplicates"), "{shown}");
    assert!(shown.contains("0/5"), "{shown}");
    for options in ["--quiet", "--json"] {
        let hidden = on_terminal(&desk, options).unwrap_or_default();
        assert!(!hidden.contains("detecting"), "{options}: {hidden}");
    }
}
