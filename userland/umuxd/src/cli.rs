// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What can be said.

use clap::Parser;
use std::path::PathBuf;

/// Keeps the address pools of umux at their levels.
///
/// Runs in the foreground; daemon(8) puts it into the background.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Arguments {
    /// Configuration.
    #[arg(
        long,
        short = 'f',
        value_name = "FILE",
        default_value = "/usr/local/etc/umuxd.conf"
    )]
    pub config: PathBuf,
    /// Check the configuration, say what would be done, and end.
    #[arg(long)]
    pub check_config: bool,
    /// Work on the plane of the lab whose socket is PATH, not on the module's.
    #[arg(long, value_name = "PATH")]
    pub lab: Option<PathBuf>,
    /// Log to syslog, not to standard error.
    #[arg(long)]
    pub syslog: bool,
    /// Log also what is done when all is well.
    #[arg(long, short)]
    pub verbose: bool,
    /// A generator that takes longer than this for an answer is started anew.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 5000, hide = true)]
    pub generator_limit: u64,
    /// Be the helper of the umuxd that is standard input.
    #[arg(long, hide = true)]
    pub outside: bool,
    /// For tests: interfaces and their addresses, in place of the system's.
    #[arg(long, value_name = "FILE", hide = true)]
    pub addresses: Option<PathBuf>,
    /// As whom the helper starts generators.
    #[arg(long, value_name = "UID:GID", hide = true)]
    pub outside_user: Option<String>,
}
