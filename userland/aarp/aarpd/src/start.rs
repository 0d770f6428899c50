// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! From the command line to the daemon: everything is opened first, then privileges
//! are given up.

use crate::cli::Arguments;
use crate::config::Config;
use crate::daemon::{Daemon, Opened};
use crate::input::Doorbell;
use crate::sender::Sender;
use crate::{daemon, place, plan, receiver, sandbox};
use aarp::place::VIEW;
use aarp::view::Writer;
use mio::{Poll, Waker};
use nix::fcntl::{OFlag, open};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::stat::Mode;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use tracing::{info, warn};
use umux_daemon::exit::{EX_CONFIG, EX_NOPERM, EX_OSERR, EX_UNAVAILABLE, Failure, failure};
use umux_daemon::privileges::{User, become_user, user};
use umux_daemon::{logging, metrics};

/// Descriptors that are there beside those of programs.
const OTHERS: usize = 64;

/// Runs until the daemon is told to end.
pub fn start(arguments: &Arguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config).map_err(|e| failure(EX_CONFIG, e))?;
    let user = whom(&config)?;
    if arguments.check_config {
        print!("{}", plan::of(&arguments.config, &config));
        return Ok(());
    }
    logging::init(None, config.daemon.log_format, arguments.verbose);
    let os = |why: String| failure(EX_OSERR, why);
    let raw = receiver::open().map_err(|why| failure(EX_NOPERM, why))?;
    // The one fork comes before there are threads.
    let sender = Sender::start(&raw, user)
        .map_err(|e| os(format!("cannot start the sender of Echo Requests: {e}")))?;
    place::directory(&arguments.directory).map_err(os)?;
    let programs = place::programs(&arguments.directory, &config.access)
        .map_err(|why| failure(EX_UNAVAILABLE, why))?;
    let control =
        place::control(&arguments.directory).map_err(|why| failure(EX_UNAVAILABLE, why))?;
    let view = view(&arguments.directory, &config).map_err(os)?;
    let source = source(&arguments.config).map_err(os)?;
    let server = match &config.daemon.metrics {
        Some(address) => {
            Some(metrics::listen(address).map_err(|why| failure(EX_UNAVAILABLE, why))?)
        }
        None => None,
    };
    let clients_max = descriptors(config.service.clients);
    let poll = Poll::new().map_err(|e| os(format!("cannot wait for events: {e}")))?;
    let waker = Waker::new(poll.registry(), daemon::WAKER)
        .map_err(|e| os(format!("cannot wait for events: {e}")))?;
    let (to, inputs) = channel();
    let doorbell = Doorbell::new(to, waker);
    let signals = doorbell.clone().watch_signals();
    signals.map_err(|e| os(format!("cannot receive signals: {e}")))?;
    if let Some(server) = server {
        metrics::serve(server, move || doorbell.scrape());
    }
    confine(user, &raw)?;
    info!(
        "aarpd {} resolves {}",
        env!("CARGO_PKG_VERSION"),
        plan::count(&config)
    );
    let opened = Opened {
        raw,
        sender,
        programs,
        control,
        view,
        source,
        poll,
        clients_max,
    };
    Daemon::new(opened, config)
        .and_then(|mut daemon| daemon.run(&inputs))
        .map_err(|e| os(e.to_string()))
}

/// Whom to become.
fn whom(config: &Config) -> Result<Option<User>, Failure> {
    let unasked = nix::unistd::geteuid().is_root().then_some(sandbox::USER);
    match config.daemon.user.as_deref().or(unasked) {
        Some(name) => user(name).map_err(|why| failure(EX_CONFIG, why)),
        None => Ok(None),
    }
}

fn view(directory: &Path, config: &Config) -> Result<Writer, String> {
    let path = directory.join(VIEW);
    let failed = |e: &dyn std::fmt::Display| format!("cannot make {}: {e}", path.display());
    let mut seed = [0; 16];
    getrandom::fill(&mut seed).map_err(|e| failed(&e))?;
    let bits = u128::from_ne_bytes(seed);
    let seed = [(bits >> 64) as u64, bits as u64];
    // Without a shared cache there still are the rules, but no entries.
    let entries = if config.access.share {
        config.settings.max_entries
    } else {
        1
    };
    // Whoever may write to the socket may read this, and nobody may write.
    let mode = (config.access.mode >> 1) & 0o111;
    let mode = mode << 2 | 0o600;
    let writer = Writer::create(&path, entries, seed, mode).map_err(|e| failed(&e))?;
    let access = crate::config::Access {
        mode,
        ..config.access.clone()
    };
    place::permit(&path, &access)?;
    Ok(writer)
}

/// Where the configuration is read again: a directory that was opened, for a confined
/// process opens nothing by its whole path.
fn source(path: &Path) -> Result<daemon::Source, String> {
    let path =
        std::path::absolute(path).map_err(|e| format!("there is no working directory: {e}"))?;
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(format!("{} is no file", path.display()));
    };
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let directory = open(parent, flags, Mode::empty())
        .map_err(|e| format!("cannot open {}: {e}", parent.display()))?;
    Ok(daemon::Source {
        directory,
        name: PathBuf::from(name),
        path: path.clone(),
    })
}

/// As many descriptors as programs may be connected, or may be after a reload, when it
/// is too late to ask for more. How many programs there can be with what was had.
fn descriptors(clients: usize) -> usize {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else {
        return clients;
    };
    let wanted = (clients + OTHERS) as libc::rlim_t;
    let most = hard.max(wanted);
    let had = [(most, most), (hard, hard)]
        .into_iter()
        .any(|(soft, hard)| setrlimit(Resource::RLIMIT_NOFILE, soft, hard).is_ok());
    let soft = match getrlimit(Resource::RLIMIT_NOFILE) {
        Ok((soft, _)) if had => soft,
        _ => soft,
    };
    usize::try_from(soft).map_or(usize::MAX, |soft| soft.saturating_sub(OTHERS).max(1))
}

fn confine(user: Option<User>, raw: &std::os::fd::OwnedFd) -> Result<(), Failure> {
    if let Some(user) = user {
        let failed = |e| failure(EX_OSERR, format!("cannot give up privileges: {e}"));
        sandbox::drop_bounding_set().map_err(failed)?;
        become_user(user).map_err(failed)?;
        info!("now user {}", user.uid);
    }
    match sandbox::daemon(raw) {
        Ok(true) => info!("confined"),
        Ok(false) => warn!("this system cannot confine a process"),
        Err(e) => return Err(failure(EX_OSERR, format!("cannot confine itself: {e}"))),
    }
    Ok(())
}
