// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Whose configuration a daemon obeys once it has become somebody else. One test only: its
//! process does.

use std::os::unix::fs::fchown;
use umux_daemon::config::{ConfigError, text};
use umux_daemon::privileges::{USER, become_user, user};

#[test]
fn a_file_of_the_user_that_a_daemon_became_is_foreign_to_it() {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let nobody = user(USER).expect("there").expect("somebody else");
    let file = tempfile::tempfile().expect("a file");
    let read = || text(file.try_clone(), "test.conf".as_ref(), "test.conf.sample");
    assert!(read().is_ok());
    fchown(&file, Some(nobody.uid.as_raw()), None).expect("root may");
    let is_foreign = || matches!(read(), Err(ConfigError::Foreign { .. }));
    assert!(is_foreign(), "at the start");
    become_user(nobody).expect("root may");
    assert!(is_foreign(), "when it is read again");
}
