// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! From the command line to the daemon: everything is opened first, then privileges
//! are given up.

use crate::cli::Arguments;
use crate::config::Config;
use crate::daemon::{ConfigSource, Daemon, Plane};
use crate::outside::{Helper, Outside, run};
use crate::{input, metrics, plan, pools, sandbox};
use nix::unistd::{Gid, Uid};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;
use tracing::{info, warn};
use umux_abi::{Errno, Error, PlaneRef};
use umux_daemon::exit::{
    EX_CONFIG, EX_NOPERM, EX_OSERR, EX_UNAVAILABLE, EX_USAGE, Failure, failure,
};
use umux_daemon::logging::{self, Sink};
use umux_daemon::metrics::{listen, serve as serve_metrics};
use umux_daemon::privileges::{USER, User, become_user, user as find_user};

/// Where umux-addrgen is installed.
const LIBEXEC: &str = "/usr/local/libexec";
const ADDRGEN: &str = "umux-addrgen";

fn no_plane(error: Error) -> Failure {
    let code = match error {
        Error::NotAllowed => EX_NOPERM,
        Error::Io { .. } => EX_OSERR,
        _ => EX_UNAVAILABLE,
    };
    failure(code, error)
}

/// Runs until the daemon is told to end.
pub fn start(words: &[&str], arguments: &Arguments) -> Result<(), Failure> {
    if arguments.outside {
        return help(arguments);
    }
    let source = ConfigSource {
        path: arguments.config.clone(),
        addrgen: addrgen(),
    };
    let config = source.read().map_err(|e| failure(EX_CONFIG, e))?;
    let user = user(arguments, &config)?;
    if arguments.check_config {
        print!("{}", plan::of(&source.path, &config));
        return Ok(());
    }
    let outside = Outside::start(&helper_arguments(words, arguments, user)?)
        .map_err(|e| failure(EX_OSERR, format!("cannot start a helper process: {e}")))?;
    logging::init(
        arguments.syslog.then(|| syslog(outside.clone())),
        config.daemon.log_format,
        arguments.verbose,
    );
    serve(arguments, source, config, user, outside)
}

/// By way of the helper: in capability mode a syslogd that was started anew could not be
/// found again.
fn syslog(outside: Outside) -> Sink {
    Arc::new(move |severity, text| outside.log(severity, text))
}

/// The daemon itself.
fn serve(
    arguments: &Arguments,
    source: ConfigSource,
    config: Config,
    user: Option<User>,
    outside: Outside,
) -> Result<(), Failure> {
    let plane = PlaneRef::from_lab_option(arguments.lab.as_deref());
    let (to, inputs) = channel();
    // Events first: what changes after the first levels must be seen.
    let events = plane.events().map_err(no_plane)?;
    let mut control = plane.control().map_err(no_plane)?;
    let listener = match &config.daemon.metrics {
        Some(address) => Some(listen(address).map_err(|why| failure(EX_UNAVAILABLE, why))?),
        None => None,
    };
    if !pools::followed(&config).is_empty() {
        input::watch_addresses(to.clone()).map_err(no_plane)?;
    }
    let signals = |e| failure(EX_OSERR, format!("cannot receive signals: {e}"));
    input::watch_signals(to.clone()).map_err(signals)?;

    confine(&plane, user)?;
    if plane == PlaneRef::Kernel && user.is_some() {
        match control.info() {
            Err(e) if e.errno() == Some(Errno::Eperm) => {
                let why = "the module lets only root make requests, although root opened its device: \
                           install module and umuxd from one release";
                return Err(failure(EX_NOPERM, why));
            }
            // Whatever else it is, the daemon tells it and goes on.
            _ => {}
        }
    }
    input::watch_events(events, plane.clone(), to.clone());
    if let Some(listener) = listener {
        let to = to.clone();
        serve_metrics(listener, move || metrics::scrape(&to));
    }
    info!(
        "umuxd {} keeps {}",
        env!("CARGO_PKG_VERSION"),
        plan::count(&config)
    );
    let limit = Duration::from_millis(arguments.generator_limit);
    let plane = match plane {
        PlaneRef::Kernel => Plane::Kernel(outside.clone()),
        lab => Plane::Lab(lab),
    };
    Daemon::new(source, config, plane, control, outside, limit, to)
        .run(&inputs)
        .map_err(|why| failure(EX_OSERR, why))
}

/// Whom to become. A lab needs no privileges, so there nobody is become unasked.
fn user(arguments: &Arguments, config: &Config) -> Result<Option<User>, Failure> {
    let named = config.daemon.user.as_deref();
    let unasked = (arguments.lab.is_none() && nix::unistd::geteuid().is_root()).then_some(USER);
    match named.or(unasked) {
        Some(name) => find_user(name).map_err(|why| failure(EX_CONFIG, why)),
        None => Ok(None),
    }
}

fn confine(plane: &PlaneRef, user: Option<User>) -> Result<(), Failure> {
    if let Some(user) = user {
        let failed = |e| failure(EX_OSERR, format!("cannot give up privileges: {e}"));
        become_user(user).map_err(failed)?;
        info!("now user {}", user.uid);
    }
    // A lab is found again by its name.
    if *plane == PlaneRef::Kernel {
        match sandbox::confine() {
            Ok(true) => info!("in capability mode"),
            Ok(false) => warn!("this system has no capability mode"),
            Err(e) => {
                return Err(failure(
                    EX_OSERR,
                    format!("cannot enter capability mode: {e}"),
                ));
            }
        }
    }
    Ok(())
}

/// What the helper is told once and for all.
fn helper_arguments(
    words: &[&str],
    arguments: &Arguments,
    user: Option<User>,
) -> Result<Vec<String>, Failure> {
    let config = std::path::absolute(&arguments.config)
        .map_err(|e| failure(EX_OSERR, format!("there is no working directory: {e}")))?;
    let mut words: Vec<String> = words.iter().map(|word| word.to_string()).collect();
    words.extend([
        crate::HELPER.into(),
        "--config".into(),
        config.display().to_string(),
    ]);
    if let Some(user) = user {
        words.extend([
            "--outside-user".into(),
            format!("{}:{}", user.uid, user.gid),
        ]);
    }
    if let Some(file) = &arguments.addresses {
        words.extend(["--addresses".into(), file.display().to_string()]);
    }
    Ok(words)
}

fn help(arguments: &Arguments) -> Result<(), Failure> {
    let user = arguments.outside_user.as_deref().map(|text| {
        let ids = text.split_once(':');
        let ids = ids.and_then(|(uid, gid)| Some((uid.parse().ok()?, gid.parse().ok()?)));
        let ids = ids.ok_or_else(|| failure(EX_USAGE, "--outside-user is UID:GID"));
        ids.map(|(uid, gid)| User {
            uid: Uid::from_raw(uid),
            gid: Gid::from_raw(gid),
        })
    });
    let helper = Helper {
        config: arguments.config.clone(),
        user: user.transpose()?,
        addresses: arguments.addresses.clone(),
    };
    run(&helper).map_err(|e| failure(EX_OSERR, format!("the helper cannot begin: {e}")))
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
