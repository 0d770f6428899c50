// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What can be said.

use crate::filter::EventName;
use clap::Parser;
use std::path::PathBuf;
use umux_abi::IfName;

/// Shows what the routing socket tells: messages of umux and the classic ones.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Arguments {
    /// Only messages about this interface; may be repeated.
    #[arg(long, short, value_name = "INTERFACE")]
    pub interface: Vec<IfName>,
    /// Only messages of this kind, for example miss or newaddr; may be repeated.
    #[arg(long, short, value_name = "KIND")]
    pub event: Vec<EventName>,
    /// Only messages of umux.
    #[arg(long, short)]
    pub umux_only: bool,
    /// Write JSON, one object a line.
    #[arg(long, conflicts_with = "top")]
    pub json: bool,
    /// End after so many messages.
    #[arg(long, short, value_name = "COUNT", conflicts_with = "top",
          value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// Show a live view of the pools.
    #[arg(long)]
    pub top: bool,
    /// How often the live view asks for the levels.
    #[arg(long, value_name = "SECONDS", default_value_t = 1, requires = "top",
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub interval: u64,
    /// Watch the plane of the lab whose socket is PATH, which has no classic messages.
    #[arg(long, value_name = "PATH")]
    pub lab: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_kind_that_does_not_exist_is_refused_with_those_that_do() {
        let error = Arguments::try_parse_from(["umuxmon", "--event", "mis"]).expect_err("none");
        let text = error.to_string();
        assert!(text.contains("miss") && text.contains("newaddr"), "{text}");
    }
}
