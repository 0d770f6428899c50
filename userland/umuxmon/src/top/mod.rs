// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The live view.
//!
//! * [`model`]: what is known, and rates from it; no clock, no terminal
//! * [`draw`]: how it looks, [`servers`]: listeners and armed addresses

mod draw;
mod model;
mod servers;

use crate::Failure;
use crate::cli::Arguments;
use crate::filter::Filter;
use crate::source::{self, Happening};
use jiff::ZonedDateTime;
use model::Model;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use servers::Servers;
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};
use umux_abi::{Control, Error, PlaneRef};

/// How long a key may go unnoticed.
const LOOK: Duration = Duration::from_millis(100);

/// How long one wait for messages takes at most.
const WAIT: Duration = Duration::from_secs(60);

/// How long to wait before a source that broke is opened again.
const RETRY: Duration = Duration::from_secs(2);

/// Shows the live view until somebody ends it.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    if !std::io::stdout().is_terminal() {
        return Err(Failure::NoTerminal);
    }
    let plane = PlaneRef::from_lab_option(arguments.lab.as_deref());
    // Whatever is wrong at the start is said on an ordinary screen.
    let source = source::open(arguments.lab.as_deref())?;
    let mut control = Some(plane.control()?);
    let name = match &arguments.lab {
        Some(path) => format!("lab {}", path.display()),
        None => "module".into(),
    };
    let ended = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&ended))
            .map_err(|e| Failure::Stream("receive signals", e))?;
    }
    let (to, happenings) = channel();
    watch(source, arguments, to);
    // On a panic, too, the terminal is left as it was found.
    let mut terminal = ratatui::try_init().map_err(|e| Failure::Stream("use the terminal", e))?;
    let mut model = Model::new(name, Filter::of(arguments));
    let interval = Duration::from_secs(arguments.interval);
    let outcome = watch_keys(
        &mut terminal,
        &mut model,
        &plane,
        &mut control,
        &happenings,
        interval,
        &ended,
    );
    ratatui::restore();
    outcome.map_err(|e| Failure::Stream("use the terminal", e))
}

/// Passes messages on; a source that breaks is opened again.
fn watch(mut source: Box<dyn source::Source>, arguments: &Arguments, to: Sender<Happening>) {
    let lab = arguments.lab.clone();
    std::thread::spawn(move || {
        loop {
            let happening = match source.next(WAIT) {
                Ok(None) => continue,
                Ok(Some(happening)) => happening,
                Err(error) => {
                    let _ = to.send(Happening::Odd(error.to_string()));
                    source = loop {
                        std::thread::sleep(RETRY);
                        if let Ok(source) = source::open(lab.as_deref()) {
                            break source;
                        }
                    };
                    Happening::Lost
                }
            };
            if to.send(happening).is_err() {
                return;
            }
        }
    });
}

fn watch_keys(
    terminal: &mut ratatui::DefaultTerminal,
    model: &mut Model,
    plane: &PlaneRef,
    control: &mut Option<Box<dyn Control>>,
    happenings: &Receiver<Happening>,
    interval: Duration,
    ended: &AtomicBool,
) -> std::io::Result<()> {
    let begin = Instant::now();
    let mut ask_at = begin;
    loop {
        while let Ok(happening) = happenings.try_recv() {
            model.happened(&ZonedDateTime::now(), happening);
        }
        let now = Instant::now();
        if now >= ask_at {
            ask_at = now + interval;
            match levels(plane, control) {
                Ok((pools, counters, servers)) => {
                    model.levels(begin.elapsed(), pools, counters);
                    model.servers(servers);
                }
                Err(error) => model.unreachable(error.to_string()),
            }
        }
        terminal.draw(|frame| draw::draw(frame, model, &ZonedDateTime::now()))?;
        if ended.load(Ordering::SeqCst) {
            return Ok(());
        }
        // The view changes once a look, whether a key was pressed or not.
        if event::poll(LOOK)?
            && let Event::Key(key) = event::read()?
        {
            let control_c =
                key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c');
            match key.code {
                _ if key.kind == KeyEventKind::Release => {}
                _ if control_c => return Ok(()),
                KeyCode::Char('q') | KeyCode::Esc => return Ok(()),
                KeyCode::Char('p') | KeyCode::Char(' ') => model.pause(),
                KeyCode::Char('r') => model.forget_peaks(),
                KeyCode::Char('c') => model.forget_messages(),
                KeyCode::Up | KeyCode::Char('k') => model.scroll(-1),
                KeyCode::Down | KeyCode::Char('j') => model.scroll(1),
                _ => {}
            }
        }
    }
}

type Levels = (Vec<umux_abi::PoolInfo>, umux_abi::Counters, Servers);

fn levels(plane: &PlaneRef, control: &mut Option<Box<dyn Control>>) -> Result<Levels, Error> {
    let open = match control {
        Some(open) => open,
        None => control.insert(plane.control()?),
    };
    let asked = open
        .pools()
        .and_then(|pools| Ok((pools, open.stats()?, Servers::of(open.as_mut())?)));
    if asked.is_err() {
        // A module that was unloaded leaves a dead descriptor.
        *control = None;
    }
    asked
}
