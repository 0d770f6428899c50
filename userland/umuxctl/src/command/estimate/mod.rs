// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Estimates: mathematics that needs no plane.

mod collisions;
mod pool;

use crate::cli::estimate::Estimate;
use crate::exit::{Code, Failure};
use crate::output::Output;
use serde::Serialize;
use umux_estimate::Measured;

pub fn run(out: Output, command: &Estimate) -> Result<Code, Failure> {
    match command {
        Estimate::Collisions(arguments) => collisions::run(out, arguments),
        Estimate::Pool(arguments) => pool::run(out, arguments),
    }
}

/// A simulation beside its formula.
#[derive(Serialize)]
struct Compared {
    exact: f64,
    simulated: f64,
    error: f64,
    agrees: bool,
}

impl Compared {
    fn of(exact: f64, measured: Measured) -> Compared {
        Compared {
            exact,
            simulated: measured.fraction,
            error: measured.error,
            agrees: measured.agrees(exact),
        }
    }

    /// Formula, simulation, verdict.
    fn cells(&self) -> [String; 3] {
        [
            percent(self.exact),
            format!(
                "{} ± {}",
                percent(self.simulated),
                percent(4.0 * self.error)
            ),
            if self.agrees { "yes" } else { "NO" }.into(),
        ]
    }
}

/// How it ends, when all is shown.
fn verdict<'a>(mut all: impl Iterator<Item = &'a Compared>) -> Result<Code, Failure> {
    if all.all(|compared| compared.agrees) {
        Ok(Code::Ok)
    } else {
        Err(Failure::Disagrees)
    }
}

/// `2.67 %`, `0.0123 %`, `3.4e-9`: three digits that mean something.
fn percent(part: f64) -> String {
    let percent = part * 100.0;
    if part == 0.0 {
        return "0".into();
    }
    if percent < 1e-4 {
        return format!("{part:.2e}");
    }
    let digits = (2 - percent.log10().floor() as i32).clamp(0, 6);
    format!("{percent:.*} %", digits as usize)
}

/// `1,000,000`, `1.2e18`
fn thousands(number: f64) -> String {
    if number >= 1e15 {
        return format!("{number:.2e}");
    }
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well_at_every_size() {
        for (part, text) in [
            (0.0, "0"),
            (1.0, "100 %"),
            (0.5, "50.0 %"),
            (0.02674, "2.67 %"),
            (0.001, "0.100 %"),
            (1.234e-5, "0.00123 %"),
            (3.4e-9, "3.40e-9"),
        ] {
            assert_eq!(percent(part), text);
        }
        for (number, text) in [
            (0.0, "0"),
            (999.0, "999"),
            (1000.0, "1,000"),
            (1e9, "1,000,000,000"),
            (1.2e18, "1.20e18"),
        ] {
            assert_eq!(thousands(number), text);
        }
    }
}
