// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Input of one value a line; `#` begins a comment. The whole input must be good
//! before any of it is used.

use crate::exit::Failure;
use std::fmt::Display;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::str::FromStr;

/// What a file says, or standard input for `-`.
pub fn of_file<T>(path: &Path) -> Result<Vec<T>, Failure>
where
    T: FromStr<Err: Display>,
{
    if path.as_os_str() == "-" {
        return of_stdin();
    }
    let file = File::open(path).map_err(|e| Failure::File(path.to_owned(), e))?;
    read(BufReader::new(file), &path.display().to_string())
}

/// What standard input says.
pub fn of_stdin<T>() -> Result<Vec<T>, Failure>
where
    T: FromStr<Err: Display>,
{
    read(std::io::stdin().lock(), "the input")
}

fn read<T>(input: impl BufRead, name: &str) -> Result<Vec<T>, Failure>
where
    T: FromStr<Err: Display>,
{
    let mut values = Vec::new();
    for (index, line) in input.lines().enumerate() {
        let line = line.map_err(|e| Failure::Stream("read a line", e))?;
        let text = line.split('#').next().unwrap_or_default().trim();
        if text.is_empty() {
            continue;
        }
        values.push(text.parse().map_err(|why: T::Err| Failure::Line {
            input: name.to_owned(),
            line: index + 1,
            why: why.to_string(),
        })?);
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv6Addr;

    #[test]
    fn comments_and_blank_lines_are_skipped() {
        let input = &b"# mine\n\n2001:db8::1 # one\n  2001:db8::2\n"[..];
        let addrs: Vec<Ipv6Addr> = read(input, "the input").expect("good lines");
        assert_eq!(addrs.len(), 2);
    }

    #[test]
    fn a_bad_line_is_named_by_its_number() {
        let failure = read::<umux_abi::Rule>(&b"unify\ndeny\n"[..], "f").expect_err("no rule");
        assert_eq!(
            failure.to_string(),
            "line 2 of f: \"deny\" is no verdict of a rule: it is one of unify, legacy"
        );
    }
}
