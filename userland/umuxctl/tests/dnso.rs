// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Keys of the parts of DNSO: neither module nor lab is needed.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

fn umuxctl(words: &[&str], file: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_umuxctl"))
        .args(words)
        .arg(file)
        .output()
        .expect("umuxctl starts")
}

#[test]
fn a_key_is_made_once_and_its_public_half_is_shown() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("key");
    let made = umuxctl(&["dnso", "keygen"], &file);
    assert!(made.status.success(), "{made:?}");
    assert_eq!(
        made.stdout.len(),
        45,
        "44 characters and the end of the line"
    );
    let mode = file.metadata().expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let shown = umuxctl(&["dnso", "pubkey"], &file);
    assert_eq!(shown.stdout, made.stdout);
    let json = umuxctl(&["--json", "dnso", "pubkey"], &file);
    assert!(String::from_utf8_lossy(&json.stdout).contains("\"key\""));

    let again = umuxctl(&["dnso", "keygen"], &file);
    assert_eq!(again.status.code(), Some(73));
    assert!(String::from_utf8_lossy(&again.stderr).contains("not overwritten"));
    let none = umuxctl(&["dnso", "pubkey"], &directory.path().join("none"));
    assert_eq!(none.status.code(), Some(66));
    assert!(String::from_utf8_lossy(&none.stderr).contains("umuxctl dnso keygen"));
}
