// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The process's loop: a line in, an answer out.

use crate::method::Method;
use crate::protocol::{Line, Request};
use std::io::{self, BufRead, Write};

/// Longest line that is read; the daemon's are far shorter.
const REQUEST_MAX: u64 = 256;

/// Answers requests until the input ends.
pub fn serve(
    method: &mut dyn Method,
    mut input: impl BufRead,
    mut output: impl Write,
) -> io::Result<()> {
    loop {
        let mut line = Vec::new();
        if io::Read::take(&mut input, REQUEST_MAX).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        for line in answer(method, &String::from_utf8_lossy(&line)) {
            writeln!(output, "{line}")?;
        }
        output.flush()?;
    }
}

fn answer(method: &mut dyn Method, line: &str) -> Vec<Line> {
    let chosen = Request::parse(line).and_then(|request| {
        method
            .choose(&request.prefix, request.count)
            .map_err(|e| e.to_string())
    });
    match chosen {
        Ok(addrs) => {
            let lines = addrs.into_iter().map(Line::Address);
            lines.chain([Line::End]).collect()
        }
        Err(reason) => vec![Line::Err(reason)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    fn talk(input: &str) -> Vec<String> {
        let mut method = Options::default().start().expect("random needs nothing");
        let mut output = Vec::new();
        serve(method.as_mut(), input.as_bytes(), &mut output).expect("memory is writable");
        let text = String::from_utf8(output).expect("answers are text");
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn each_request_gets_its_addresses_and_an_end() {
        let lines = talk("gen 2 2001:db8:1::/64\ngen 1 2001:db8:2::/64\n");
        assert_eq!(lines.len(), 5);
        assert!(lines[0].starts_with("2001:db8:1:"), "{}", lines[0]);
        assert_eq!((lines[2].as_str(), lines[4].as_str()), (".", "."));
        assert!(lines[3].starts_with("2001:db8:2:"), "{}", lines[3]);
    }

    #[test]
    fn a_bad_line_gets_a_reason_and_the_next_one_an_answer() {
        let lines = talk("what\ngen 1 2001:db8:1::/64\n");
        assert_eq!(lines[0], "err write: gen COUNT PREFIX/LEN");
        assert_eq!(lines.len(), 3);
    }
}
