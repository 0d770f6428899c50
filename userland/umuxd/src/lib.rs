// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! umuxd: keeps the address pools of umux at their levels.
//!
//! * [`config`]: what the administrator wants
//! * [`engine`]: decides, without clock, sockets or processes
//! * [`generator`]: processes that choose addresses, and are not trusted
//! * [`input`]: threads that wait for events and signals
//! * [`daemon`]: carries out what the engine decides
//! * [`tell`], [`logging`]: words, and where they go
//!
//! A library, so that umux-lab runs the same daemon where nothing is installed,
//! and the same engine on virtual time.

mod cli;
pub mod config;
mod daemon;
pub mod engine;
mod generator;
mod input;
mod logging;
mod tell;

use clap::Parser;
use daemon::{ConfigSource, Daemon};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::channel;
use std::time::Duration;
use tracing::info;
use umux_abi::{Error, PlaneRef};

// sysexits(3)
const EX_USAGE: u8 = 64;
const EX_UNAVAILABLE: u8 = 69;
const EX_OSERR: u8 = 71;
const EX_NOPERM: u8 = 77;
const EX_CONFIG: u8 = 78;

/// Where umux-addrgen is installed.
const LIBEXEC: &str = "/usr/local/libexec";
const ADDRGEN: &str = "umux-addrgen";

/// The whole program, for whoever has its arguments (the first is its name).
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match cli::Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(usage) => {
            let _ = usage.print();
            return ExitCode::from(if usage.use_stderr() { EX_USAGE } else { 0 });
        }
    };
    let source = ConfigSource {
        path: arguments.config.clone(),
        addrgen: addrgen(),
    };
    let config = match source.read() {
        Ok(config) => config,
        Err(e) => return fail(EX_CONFIG, &e),
    };
    if arguments.check_config {
        println!(
            "{}: sound, {} pools",
            source.path.display(),
            config.pools.len()
        );
        return ExitCode::SUCCESS;
    }
    logging::init(arguments.syslog, arguments.verbose);

    let plane = PlaneRef::from_lab_option(arguments.lab.as_deref());
    let (to, inputs) = channel();
    // Events first: what changes after the first levels must be seen.
    let opened = plane
        .events()
        .and_then(|events| Ok((events, plane.control()?)));
    let (events, control) = match opened {
        Ok(opened) => opened,
        Err(e) => return fail(plane_code(&e), &e),
    };
    if let Err(e) = input::watch_signals(to.clone()) {
        return fail(EX_OSERR, &format!("cannot receive signals: {e}"));
    }
    input::watch_events(events, plane.clone(), to.clone());
    info!(
        "umuxd {} keeps {} pools",
        env!("CARGO_PKG_VERSION"),
        config.pools.len()
    );
    let limit = Duration::from_millis(arguments.generator_limit);
    Daemon::new(source, config, plane, control, limit, to).run(&inputs);
    ExitCode::SUCCESS
}

/// Beside this program, as in a build tree, or where it is installed.
fn addrgen() -> PathBuf {
    let beside = std::env::current_exe()
        .ok()
        .map(|exe| exe.with_file_name(ADDRGEN));
    beside
        .filter(|path| path.is_file())
        .unwrap_or_else(|| PathBuf::from(LIBEXEC).join(ADDRGEN))
}

fn plane_code(error: &Error) -> u8 {
    match error {
        Error::NotAllowed => EX_NOPERM,
        Error::Io { .. } => EX_OSERR,
        _ => EX_UNAVAILABLE,
    }
}

fn fail(code: u8, why: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("umuxd: {why}");
    // With --syslog nobody may be reading standard error.
    tracing::error!("{why}");
    ExitCode::from(code)
}
