// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The lines between umuxd and a generator, seen from both ends.

use std::collections::HashSet;
use umux_addrgen::protocol::{Line, Request};
use umux_addrgen::reserved::is_reserved;
use umuxd::generator::Answer;

/// The first line is what the generator is asked, the others what it answers.
pub fn run(data: &[u8]) {
    let mut lines = data.split(|&byte| byte == b'\n');
    let asked = lines.next().unwrap_or_default();
    let request = std::str::from_utf8(asked)
        .map_err(|_| String::new())
        .and_then(Request::parse);
    let Ok(request) = request else {
        return lines.for_each(one);
    };
    assert_eq!(Request::parse(&request.to_string()), Ok(request));
    let mut answer = Answer::new(request);
    for line in lines {
        one(line);
        match answer.line(line) {
            Ok(None) => {}
            Err(fault) => {
                assert!(!fault.to_string().is_empty());
                return;
            }
            Ok(Some(chosen)) => {
                assert_eq!(chosen.len(), request.count as usize);
                let distinct: HashSet<_> = chosen.iter().collect();
                assert_eq!(distinct.len(), chosen.len());
                for addr in &chosen {
                    assert!(request.prefix.contains(addr));
                    assert!(!is_reserved(&request.prefix, addr));
                }
                return;
            }
        }
    }
}

/// What is read is written as it was meant, in one line.
fn one(line: &[u8]) {
    match Line::parse(line) {
        Ok(read) => {
            let text = read.to_string();
            assert!(!text.contains('\n'));
            if !matches!(read, Line::Err(_)) {
                assert_eq!(Line::parse(text.as_bytes()), Ok(read));
            }
        }
        Err(odd) => assert!(odd.chars().all(|c| !c.is_control()), "{odd:?}"),
    }
}
