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

fn runs(target: &str) {
    let (_, run) = umux_fuzz::TARGETS
        .iter()
        .find(|(name, _)| *name == target)
        .unwrap_or_else(|| panic!("{target} is no target"));
    let files = files(target);
    assert!(!files.is_empty(), "{target} has no corpus");
    // Miri takes seconds for each.
    for file in files.iter().step_by(if cfg!(miri) { 16 } else { 1 }) {
        // For the report of a panic.
        println!("{}", file.display());
        run(&std::fs::read(file).expect("a readable file"));
    }
}

macro_rules! corpora {
    ($($target:ident)*) => {
        const TESTED: &[&str] = &[$(stringify!($target)),*];
        $(
            #[test]
            fn $target() {
                runs(stringify!($target));
            }
        )*
    };
}

corpora!(c_abi config dnso gate generator routing wire);

#[test]
fn every_target_is_tested() {
    for (target, _) in umux_fuzz::TARGETS {
        assert!(TESTED.contains(&target), "{target} has no test here");
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
