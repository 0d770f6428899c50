// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The lines between a daemon and its generator.
//!
//! ```text
//! daemon     gen COUNT PREFIX/LEN
//! generator  ADDRESS              COUNT times
//! generator  .
//! ```
//!
//! or, instead of the addresses, one line `err REASON`. A generator answers
//! requests in order, one at a time, and ends when its input ends. Lines it does
//! not know it answers with `err`.

use std::fmt;
use std::net::Ipv6Addr;
use umux_abi::Prefix;

/// Most addresses that one request may ask for.
pub const COUNT_MAX: u32 = umux_abi::bindings::UMUX_BATCH_MAX;

/// Longest line of an answer, its end included; no address and no reason needs more.
pub const LINE_MAX: usize = 256;

/// The line that ends an answer.
pub const END: &str = ".";

const GEN: &str = "gen";
const ERR: &str = "err";

/// `gen COUNT PREFIX/LEN`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// How many addresses.
    pub count: u32,
    /// Of which prefix.
    pub prefix: Prefix,
}

impl Request {
    /// Reads the daemon's line; an error is the reason for `err`.
    pub fn parse(line: &str) -> Result<Request, String> {
        let mut words = line.split_ascii_whitespace();
        let (Some(GEN), Some(count), Some(prefix), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err("write: gen COUNT PREFIX/LEN".into());
        };
        let count = count
            .parse()
            .ok()
            .filter(|count| (1..=COUNT_MAX).contains(count))
            .ok_or_else(|| format!("COUNT is 1 to {COUNT_MAX}"))?;
        let prefix = prefix.parse().map_err(|e: umux_abi::Error| e.to_string())?;
        Ok(Request { count, prefix })
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{GEN} {} {}", self.count, self.prefix)
    }
}

/// One line of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// An address.
    Address(Ipv6Addr),
    /// The end of an answer.
    End,
    /// The request failed.
    Err(String),
}

impl Line {
    /// Reads the generator's line; an error is the line, made printable.
    pub fn parse(line: &[u8]) -> Result<Line, String> {
        let odd = || line.escape_ascii().to_string();
        let text = std::str::from_utf8(line).map_err(|_| odd())?;
        if text == END {
            return Ok(Line::End);
        }
        if let Some(rest) = text.strip_prefix(ERR)
            && (rest.is_empty() || rest.starts_with(' '))
        {
            return Ok(Line::Err(rest.trim().escape_debug().to_string()));
        }
        text.parse().map(Line::Address).map_err(|_| odd())
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Line::Address(addr) => write!(f, "{addr}"),
            Line::End => f.write_str(END),
            // A reason is one line, whatever is in it.
            Line::Err(reason) => write!(f, "{ERR} {}", reason.replace(['\n', '\r'], " ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_request_survives_its_line() {
        let request = Request::parse("gen 100 2001:db8:1::/64").expect("a sound line");
        assert_eq!(request.count, 100);
        assert_eq!(Request::parse(&request.to_string()), Ok(request));
    }

    #[test]
    fn requests_that_are_none_say_what_is_right() {
        for (line, word) in [
            ("", "gen COUNT"),
            ("gen", "gen COUNT"),
            ("gen 1", "gen COUNT"),
            ("gen 1 2001:db8::/64 x", "gen COUNT"),
            ("get 1 2001:db8::/64", "gen COUNT"),
            ("gen 0 2001:db8::/64", "COUNT is 1"),
            ("gen 1025 2001:db8::/64", "COUNT is 1"),
            ("gen -1 2001:db8::/64", "COUNT is 1"),
            ("gen 1 2001:db8::1/64", "did you mean"),
            ("gen 1 2001:db8::", "ADDRESS/LENGTH"),
        ] {
            let reason = Request::parse(line).expect_err(line);
            assert!(reason.contains(word), "{line}: {reason}");
        }
    }

    #[test]
    fn answers_are_addresses_ends_and_reasons_and_nothing_else() {
        assert_eq!(Line::parse(b"."), Ok(Line::End));
        assert_eq!(Line::parse(b"err no luck"), Ok(Line::Err("no luck".into())));
        assert_eq!(Line::parse(b"err"), Ok(Line::Err(String::new())));
        assert!(matches!(Line::parse(b"2001:db8::1"), Ok(Line::Address(_))));
        let odd: [&[u8]; 8] = [
            b"",
            b"..",
            b"error",
            b" ::1",
            b"::1 ",
            b"10.0.0.1",
            b"2001:db8::1/64",
            b"\xff\x1b[2J",
        ];
        for line in odd {
            let printable = Line::parse(line).expect_err("no answer");
            assert!(
                printable.is_ascii() && !printable.contains('\x1b'),
                "{printable}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_line_breaks_the_parsers(line in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Line::parse(&line);
            let _ = Request::parse(&String::from_utf8_lossy(&line));
        }
    }
}
