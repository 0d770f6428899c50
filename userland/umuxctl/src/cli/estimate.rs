// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What can be estimated.

use clap::{Args, Subcommand};
use std::str::FromStr;
use umux_estimate::birthday::YEAR;

/// What to estimate.
#[derive(Debug, Subcommand)]
pub enum Estimate {
    /// How likely any two addresses that were ever chosen at random are the same.
    Collisions(Collisions),
    /// How large a pool must be.
    Pool(Pool),
}

/// Simulation beside the formula.
#[derive(Debug, Args)]
pub struct Check {
    /// Simulate too, and say whether the formula agrees.
    #[arg(long)]
    pub check: bool,
    /// Of the random numbers of --check.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "check")]
    pub seed: u64,
}

/// `estimate collisions`
#[derive(Debug, Args)]
pub struct Collisions {
    /// Addresses chosen: a number, and /s (which may be left out), /minute, /hour, /day or /year.
    #[arg(long, value_name = "RATE", default_value = "100000000/year")]
    pub rate: Rate,
    /// After so many years; may be a list with commas.
    #[arg(long, value_name = "YEARS", value_delimiter = ',', value_parser = above_zero,
          default_values_t = umux_estimate::birthday::PUBLISHED.map(|(years, _)| years))]
    pub years: Vec<f64>,
    /// Random bits of an address.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=128))]
    pub bits: u32,
    #[command(flatten)]
    pub check: Check,
}

/// `estimate pool`
#[derive(Debug, Args)]
pub struct Pool {
    /// Sessions opened: a number, and /s (which may be left out), /minute, /hour, /day or /year.
    #[arg(long, value_name = "RATE")]
    pub rate: Rate,
    /// Duplicate address detection: probes times RetransTimer.
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, value_parser = zero_or_more)]
    pub dad: f64,
    /// Part of the sessions that may find the pool empty, for example 0.001 or 0.1%.
    #[arg(long, value_name = "PART", default_value = "0.1%", value_parser = part)]
    pub miss: f64,
    /// Least time between two notifications, as `umuxctl pool add --notify` has it in milliseconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 0.1, value_parser = zero_or_more)]
    pub notify: f64,
    /// Time that umuxd and its generator take.
    #[arg(long, value_name = "SECONDS", default_value_t = 0.05, value_parser = zero_or_more)]
    pub generator: f64,
    /// First probes are spread over this time: net.inet6.umux.dad_spread_ms.
    #[arg(long, value_name = "SECONDS", default_value_t = 0.25, value_parser = zero_or_more)]
    pub spread: f64,
    /// How long a session lasts, on average: tells net.inet6.umux.max_addrs too.
    #[arg(long, value_name = "SECONDS", value_parser = zero_or_more)]
    pub hold: Option<f64>,
    /// How long an address is silent after its session: net.inet6.umux.tombstone_ms.
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0, value_parser = zero_or_more, requires = "hold")]
    pub tombstone: f64,
    #[command(flatten)]
    pub check: Check,
}

/// So many in a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate(pub f64);

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, unit) = text.split_once('/').unwrap_or((text, "s"));
        let seconds = match unit {
            "s" | "second" => 1.0,
            "minute" => 60.0,
            "hour" => 3600.0,
            "day" => 86_400.0,
            "year" => YEAR,
            _ => {
                return Err(format!(
                    "{unit:?} is no unit: write /s, /minute, /hour, /day or /year"
                ));
            }
        };
        Ok(Rate(above_zero(number)? / seconds))
    }
}

fn number(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(format!("{text:?} is no number")),
    }
}

fn above_zero(text: &str) -> Result<f64, String> {
    let number = number(text)?;
    // What is less than this only makes products underflow.
    if (1e-12..=1e30).contains(&number) {
        Ok(number)
    } else {
        Err(format!("{text} is not between 1e-12 and 1e30"))
    }
}

fn zero_or_more(text: &str) -> Result<f64, String> {
    let number = number(text)?;
    if (0.0..=1e9).contains(&number) {
        Ok(number)
    } else {
        Err(format!("{text} is not between 0 and 1e9 seconds"))
    }
}

fn part(text: &str) -> Result<f64, String> {
    let part = match text.strip_suffix('%') {
        Some(percent) => number(percent)? / 100.0,
        None => number(text)?,
    };
    if (1e-12..1.0).contains(&part) {
        Ok(part)
    } else {
        Err(format!(
            "{text} is not between 1e-12 and 1: 0.001 or 0.1% is one session of a thousand"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_have_units() {
        let rate = |text: &str| text.parse::<Rate>().expect(text).0;
        assert_eq!(rate("3.219"), 3.219);
        assert_eq!(rate("3.219/s"), 3.219);
        assert_eq!(rate("120/minute"), 2.0);
        assert_eq!(rate("86400/day"), 1.0);
        assert_eq!(rate("31557600/year"), 1.0);
        assert_eq!(rate("1e6/hour"), 1e6 / 3600.0);
    }

    #[test]
    fn nonsense_is_refused_with_a_reason() {
        for (text, reason) in [
            ("x", "\"x\" is no number"),
            ("", "\"\" is no number"),
            ("0", "not between"),
            ("-1/s", "not between"),
            ("inf", "no number"),
            ("nan", "no number"),
            ("1/week", "\"week\" is no unit"),
            ("1/", "\"\" is no unit"),
        ] {
            let refused = text.parse::<Rate>().unwrap_err();
            assert!(refused.contains(reason), "{refused}");
        }
        for text in ["0", "1", "100%", "-1%", "2", "x%", "1e-13"] {
            assert!(part(text).is_err(), "{text}");
        }
        assert_eq!(part("0.1%"), Ok(0.001));
        assert!(zero_or_more("-1").is_err());
    }
}
