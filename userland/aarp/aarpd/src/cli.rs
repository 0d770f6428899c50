// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What can be said.

use clap::Parser;
use std::path::PathBuf;

/// Resolves IPv6 anycast addresses for the programs of a host.
///
/// Runs in the foreground and logs to standard error; daemon(8) puts it into the
/// background and its log into syslog.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Arguments {
    /// Configuration.
    #[arg(
        long,
        short = 'f',
        value_name = "FILE",
        default_value = "/usr/local/etc/aarpd.conf"
    )]
    pub config: PathBuf,
    /// Check the configuration, say what would be done, and end.
    #[arg(long)]
    pub check_config: bool,
    /// The directory of sockets and shared cache, in place of /var/run/aarp.
    #[arg(long, value_name = "PATH", default_value = default_directory())]
    pub directory: PathBuf,
    /// Log also what is done when all is well.
    #[arg(long, short)]
    pub verbose: bool,
}

fn default_directory() -> &'static str {
    aarp::place::DIRECTORY
}
