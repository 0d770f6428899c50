// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! One run of this program under Callgrind.
//!
//! Counting is switched on by entering [`measured`] and off by leaving it, when
//! the counts are dumped into a file of its own: the files are the cases in
//! their order.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// How often a case does its work: a multiple of what one call of a timer does.
pub const TIMES: usize = 1_024;

/// Runs the work; Callgrind knows this function by its name.
#[inline(never)]
pub fn measured(work: &mut dyn FnMut(usize)) {
    for i in 0..TIMES {
        work(i);
    }
    // Something has to be done after the work, or the call of the last one
    // would be a jump, and this function never be left.
    std::hint::black_box(TIMES);
}

/// Why there are no counts.
pub enum Failure {
    /// It is not installed.
    NoValgrind,
    /// It did not do what was expected.
    Broken(String),
}

/// Instructions an operation, by the name of the case.
pub type Counts = Vec<(String, f64)>;

/// Its name for the two options: with the same pattern for both, Valgrind
/// (3.19) obeys one of them only.
const TOGGLE: &str = "*callgrind::measured*";
const DUMP: &str = "instructions::callgrind::measured";

/// Runs this program with the argument `inside`, and gives the counts of the
/// cases of these names.  The first does nothing, which is taken from the others.
pub fn count(inside: &str, names: &[String]) -> Result<Counts, Failure> {
    let broken = |error: std::io::Error| Failure::Broken(error.to_string());
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Err(Failure::NoValgrind);
    }
    let folder = std::env::temp_dir().join(format!("umux-instructions-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(broken)?;
    let out = folder.join("out");
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg("--collect-atstart=no")
        .arg(format!("--toggle-collect={TOGGLE}"))
        .arg(format!("--dump-after={DUMP}"))
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(std::env::current_exe().map_err(broken)?)
        .arg(inside)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        // The C library has copies of its functions for many processors.
        .env(
            "GLIBC_TUNABLES",
            "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX2,-AVX,-ERMS,-FSRM",
        )
        .output()
        .map_err(broken)?;
    let result = if output.status.success() {
        read(&folder, names)
    } else {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(Failure::Broken(said))
    };
    let _ = std::fs::remove_dir_all(&folder);
    result
}

/// The number after `word` at the beginning of a line.
fn number(text: &str, word: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(word))?;
    line.split_whitespace().next()?.parse().ok()
}

fn read(folder: &Path, names: &[String]) -> Result<Counts, Failure> {
    let broken = |why: String| Failure::Broken(why);
    let mut parts = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(|error| broken(error.to_string()))? {
        let path = entry.map_err(|error| broken(error.to_string()))?.path();
        let text = std::fs::read_to_string(&path).map_err(|error| broken(error.to_string()))?;
        // The last file is of what came after all of them: nothing.
        if let (Some(part), Some(total)) = (number(&text, "part:"), number(&text, "totals:"))
            && total > 0
        {
            parts.insert(part, total as f64 / TIMES as f64);
        }
    }
    if parts.len() != names.len() {
        return Err(broken(format!(
            "{} cases were counted instead of {}: is the program stripped of its symbols?",
            parts.len(),
            names.len()
        )));
    }
    let nothing = parts.values().next().copied().unwrap_or(0.0);
    Ok(names
        .iter()
        .cloned()
        .zip(parts.into_values().map(|count| count - nothing))
        .skip(1)
        .collect())
}
