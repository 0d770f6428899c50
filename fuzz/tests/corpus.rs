// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Runs every target over its corpus, and over whatever once made it fail.

use std::path::{Path, PathBuf};

fn files(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a readable folder").path())
        .collect();
    files.sort();
    files
}

#[test]
fn no_target_fails_on_its_corpus() {
    for (target, run) in umux_fuzz::TARGETS {
        let files = files(target);
        assert!(!files.is_empty(), "{target} has no corpus");
        for file in files {
            // For the report of a panic.
            println!("{}", file.display());
            run(&std::fs::read(&file).expect("a readable file"));
        }
    }
}

#[test]
fn every_corpus_has_a_target() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let name = entry.expect("a readable folder").file_name();
        let known = umux_fuzz::TARGETS
            .iter()
            .any(|(target, _)| name == **target);
        assert!(known, "{} is no target", name.display());
    }
}
