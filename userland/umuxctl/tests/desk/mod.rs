// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The program beside a plane that it works on.

#![allow(dead_code)] // each test uses a part

use serde_json::Value;
use std::io::Write;
use std::process::{Command, Stdio};
use umux_abi::PoolId;
use umux_testplane::{Served, TestPlane, pool};

pub const POOL: &str = "em0 2001:db8:1::/64";

pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {}", self.out))
    }
}

pub struct Desk {
    pub plane: TestPlane,
    pub lab: Served,
}

impl Desk {
    pub fn new() -> Desk {
        let plane = TestPlane::new();
        let lab = plane.serve();
        Desk { plane, lab }
    }

    pub fn run_with(&self, line: &str, input: &str) -> Ran {
        let mut child = Command::new(env!("CARGO_BIN_EXE_umuxctl"))
            .arg("--lab")
            .arg(self.lab.path())
            .args(line.split_whitespace())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("umuxctl starts");
        // It may end without reading.
        let _ = child
            .stdin
            .take()
            .expect("a pipe")
            .write_all(input.as_bytes());
        let output = child.wait_with_output().expect("umuxctl ends");
        Ran {
            code: output.status.code().expect("no signal ended it"),
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
        }
    }

    pub fn run(&self, line: &str) -> Ran {
        self.run_with(line, "")
    }

    pub fn good(&self, line: &str) -> Ran {
        let ran = self.run(line);
        assert_eq!(ran.code, 0, "{line}: {}{}", ran.out, ran.err);
        ran
    }

    pub fn id(&self) -> PoolId {
        pool(POOL)
    }
}
