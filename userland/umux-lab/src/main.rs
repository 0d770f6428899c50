// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! umux-lab: umux at work, without FreeBSD.

mod cli;

use cap::Cap;
use clap::Parser;
use cli::{Arguments, Command, Experiment};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::alloc::System;
use std::io;
use std::process::ExitCode;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;
use umux_lab::demo;
use umux_lab::experiment;
use umux_lab::interrupt::Interrupt;
use umux_lab::link::choose::choose;
use umux_lab::scale::{self, Load};
use umux_lab::serve;
use umux_lab::soak::{self, Plan};

/// Counts what is allocated, for the soak.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

// sysexits(3)
const EX_USAGE: u8 = 64;
const EX_UNAVAILABLE: u8 = 69;
const EX_SOFTWARE: u8 = 70;
const EX_OSERR: u8 = 71;

/// What ends the program.
enum End {
    Done(io::Result<bool>),
    Signal(i32),
}

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    if let Some(code) = umux_lab::daemon::carried(&arguments) {
        return code;
    }
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(usage) => {
            let _ = usage.print();
            return ExitCode::from(if usage.use_stderr() { EX_USAGE } else { 0 });
        }
    };
    if let Some(sessions) = arguments.sessions {
        return scale(&arguments, sessions);
    }
    if let Some(Command::Soak { hours }) = arguments.command {
        return soak(hours, arguments.seed.unwrap_or(1));
    }
    let interrupt = Interrupt::default();
    let (to, ends) = channel();
    if let Err(e) = watch_signals(to.clone()) {
        return fail(EX_OSERR, &format!("cannot receive signals: {e}"));
    }
    std::thread::spawn({
        let interrupt = interrupt.clone();
        move || {
            let done = run(arguments, &interrupt);
            // Nobody waits for it when a signal was faster.
            let _ = to.send(End::Done(done));
        }
    });
    // The worker's panic has been told; its channel is closed then, but for
    // that of the signals.
    let code = match ends.recv() {
        Ok(End::Done(Ok(true))) => return ExitCode::SUCCESS,
        Ok(End::Done(Ok(false))) => ExitCode::FAILURE,
        Ok(End::Done(Err(e))) if e.kind() == io::ErrorKind::Unsupported => fail(EX_UNAVAILABLE, &e),
        Ok(End::Done(Err(e))) => fail(EX_OSERR, &e),
        Ok(End::Signal(signal)) => {
            eprintln!("umux-lab: interrupted");
            // As a shell reports it.
            ExitCode::from(128u8.saturating_add(u8::try_from(signal).unwrap_or(0)))
        }
        Err(_) => ExitCode::from(EX_SOFTWARE),
    };
    interrupt.run();
    code
}

fn watch_signals(to: Sender<End>) -> io::Result<()> {
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            let _ = to.send(End::Signal(signal));
        }
    });
    Ok(())
}

fn run(arguments: Arguments, interrupt: &Interrupt) -> io::Result<bool> {
    let unavailable = |why| io::Error::new(io::ErrorKind::Unsupported, why);
    let (link, obstacle) = choose(arguments.link).map_err(unavailable)?;
    match arguments.command {
        None => demo::run(&demo::Options {
            link,
            obstacle,
            svg: arguments.svg,
            seed: arguments.seed,
            interrupt: interrupt.clone(),
        }),
        Some(Command::Serve {
            socket,
            rate,
            listen,
            relay,
            max_addrs,
        }) => serve::run(&serve::Options {
            link,
            obstacle,
            seed: arguments.seed,
            socket,
            rate,
            listen,
            relay,
            max_addrs,
            interrupt: interrupt.clone(),
        })
        .map(|()| true),
        // It needs no link.
        Some(Command::Soak { .. }) => Ok(true),
        Some(Command::Experiment {
            name: Experiment::Uncertain,
        }) => experiment::run(link, obstacle.as_deref()),
    }
}

fn scale(arguments: &Arguments, sessions: u64) -> ExitCode {
    if arguments.command.is_some() {
        return fail(EX_USAGE, &"--sessions runs alone: leave the command out");
    }
    let load = Load::new(sessions, arguments.seed.unwrap_or(1));
    match scale::run(&load) {
        Ok(outcome) => {
            println!("{outcome}");
            if outcome.is_sound() {
                ExitCode::SUCCESS
            } else {
                fail(1, &"the core did not do what it should: see above")
            }
        }
        Err(why) => fail(EX_SOFTWARE, &why),
    }
}

fn soak(hours: f64, seed: u64) -> ExitCode {
    let plan = Plan {
        time: Duration::from_secs_f64(hours * 3600.0),
        seed,
        heap: Some(|| ALLOCATOR.allocated()),
    };
    match soak::run(&plan, |line| eprintln!("{line}")) {
        Ok(outcome) => {
            if soak::show(&plan, &outcome) {
                ExitCode::SUCCESS
            } else {
                fail(1, &"something did not hold: see above")
            }
        }
        Err(why) => fail(EX_SOFTWARE, &why),
    }
}

fn fail(code: u8, why: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("umux-lab: {why}");
    ExitCode::from(code)
}
