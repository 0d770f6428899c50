// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! From the command line to a running daemon, the same way for all parts: everything
//! is opened first, then privileges are given up.

use crate::config::{Common, Settings};
use crate::key::Secret;
use crate::metrics::ChannelMetrics;
use crate::server::{self, Peers, Server, Service};
use clap::Parser;
use prometheus_client::registry::Registry;
use socket2::{Domain, Socket, Type};
use std::ffi::OsString;
use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{error, info, warn};
use umux_daemon::config::{self, ConfigError, DaemonConfig};
use umux_daemon::exit::{EX_CONFIG, EX_OSERR, EX_UNAVAILABLE, EX_USAGE, Failure, failure};
use umux_daemon::privileges::User;
use umux_daemon::{logging, metrics, privileges};

/// Connections that wait to be accepted.
const BACKLOG: i32 = 1024;

/// What can be said to every part.
#[derive(Debug, Clone, Parser)]
pub struct Arguments {
    /// Configuration.
    #[arg(long, short = 'f', value_name = "FILE")]
    pub config: Option<PathBuf>,
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
}

/// What a part is made of when it starts.
pub struct Start<O> {
    /// Its key.
    pub key: Secret,
    /// What it opened while it was privileged.
    pub opened: O,
    /// Counts of its channels.
    pub metrics: ChannelMetrics,
    /// `--lab`
    pub lab: Option<PathBuf>,
}

/// A part of DNSO.
pub trait Part: Sized + Send + Sync + 'static {
    /// The program.
    const NAME: &'static str;
    /// Threads that it works with; none: as many as there are processors. A request
    /// costs little more than to be passed on, and waking another thread for it costs
    /// as much again: one is quicker than two, until it has no time left.
    const THREADS: Option<usize> = Some(1);
    /// One line about it.
    const ABOUT: &'static str;
    /// Its configuration.
    const CONFIG: &'static str;
    /// Name of an example.
    const SAMPLE: &'static str;
    /// Does it work on a plane (and has `--lab`)?
    const PLANE: bool = false;
    /// What its configuration says.
    type Config: Settings;
    /// What it opens while it is privileged.
    type Opened;

    /// Opens what takes privileges.
    fn open(config: &Self::Config, arguments: &Arguments) -> Result<Self::Opened, Failure>;
    /// Begins to work.
    fn start(
        config: Self::Config,
        start: Start<Self::Opened>,
        registry: &mut Registry,
    ) -> impl Future<Output = Result<Self, Failure>> + Send;
    /// Takes another configuration; what it cannot take in it says.
    fn reload(&self, config: Self::Config) -> impl Future<Output = ()> + Send;
    /// Ends by itself only if it has to; then it is started anew by daemon(8).
    fn broken(&self) -> impl Future<Output = Failure> + Send {
        std::future::pending()
    }
}

/// The whole program.
pub fn run<P: Part>(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    use clap::{CommandFactory, FromArgMatches};
    let command = Arguments::command()
        .name(P::NAME)
        .bin_name(P::NAME)
        .about(P::ABOUT)
        .version(env!("CARGO_PKG_VERSION"))
        .mut_arg("config", |arg| arg.default_value(P::CONFIG))
        .mut_arg("lab", |arg| arg.hide(!P::PLANE));
    let parsed = command
        .try_get_matches_from(arguments)
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    let arguments = match parsed {
        Ok(arguments) if arguments.lab.is_none() || P::PLANE => arguments,
        Ok(_) => {
            eprintln!("{}: it works on no plane: leave --lab out", P::NAME);
            return ExitCode::from(EX_USAGE);
        }
        Err(usage) => {
            let _ = usage.print();
            return ExitCode::from(if usage.use_stderr() { EX_USAGE } else { 0 });
        }
    };
    match start::<P>(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{}: {}", P::NAME, failure.why);
            if arguments.syslog {
                error!("{}", failure.why);
            }
            ExitCode::from(failure.code)
        }
    }
}

fn read<P: Part>(path: &Path) -> Result<P::Config, ConfigError> {
    config::read(path, P::SAMPLE, P::Config::check)
}

fn start<P: Part>(arguments: &Arguments) -> Result<(), Failure> {
    let path = arguments.config.clone().unwrap_or_else(|| P::CONFIG.into());
    let config = read::<P>(&path).map_err(|e| failure(EX_CONFIG, e))?;
    let Common { daemon, key, .. } = config.common().clone();
    let user = user(arguments, &daemon)?;
    let key = Secret::read(&key).map_err(|e| failure(EX_CONFIG, e))?;
    if arguments.check_config {
        println!("{}its key is {}", config.plan(), key.public());
        return Ok(());
    }
    let syslog = arguments.syslog.then(logging::syslog_sink);
    logging::init(syslog, daemon.log_format, arguments.verbose);
    let server = match &daemon.metrics {
        Some(address) => {
            Some(metrics::listen(address).map_err(|why| failure(EX_UNAVAILABLE, why))?)
        }
        None => None,
    };
    let opened = P::open(&config, arguments)?;
    if let Some(user) = user {
        privileges::become_user(user)
            .map_err(|e| failure(EX_OSERR, format!("cannot give up privileges: {e}")))?;
        info!("now user {}", user.uid);
    }
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = P::THREADS {
        runtime.worker_threads(threads);
    }
    let runtime = runtime
        .enable_all()
        .build()
        .map_err(|e| failure(EX_OSERR, format!("cannot start threads: {e}")))?;
    let lab = arguments.lab.clone();
    let result = runtime.block_on(async {
        let mut registry = Registry::default();
        let start = Start {
            key,
            opened,
            metrics: ChannelMetrics::register(&mut registry),
            lab,
        };
        let part = P::start(config, start, &mut registry).await?;
        if let Some(server) = server {
            let registry = Arc::new(registry);
            metrics::serve(server, move || metrics::text(&registry));
        }
        info!("{} {} is ready", P::NAME, env!("CARGO_PKG_VERSION"));
        serve(part, &path, &daemon).await
    });
    // Whatever waits for a plane or a peer is not waited for.
    runtime.shutdown_background();
    result
}

/// Whom to become. A lab needs no privileges, so there nobody is become unasked.
fn user(arguments: &Arguments, daemon: &DaemonConfig) -> Result<Option<User>, Failure> {
    let unasked =
        (arguments.lab.is_none() && nix::unistd::geteuid().is_root()).then_some(privileges::USER);
    match daemon.user.as_deref().or(unasked) {
        Some(name) => privileges::user(name).map_err(|why| failure(EX_CONFIG, why)),
        None => Ok(None),
    }
}

async fn serve<P: Part>(part: P, path: &Path, daemon: &DaemonConfig) -> Result<(), Failure> {
    let signals = |e| failure(EX_OSERR, format!("cannot receive signals: {e}"));
    let mut hangup = signal(SignalKind::hangup()).map_err(signals)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(signals)?;
    loop {
        tokio::select! {
            _ = hangup.recv() => match read::<P>(path) {
                Ok(config) => {
                    if config.common().daemon != *daemon {
                        warn!("[daemon] changed, which is read only when {} starts: start it anew", P::NAME);
                    }
                    part.reload(config).await;
                    info!("configuration read again");
                }
                Err(why) => error!("the configuration is not read again, the old one stays: {why}"),
            },
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            why = part.broken() => return Err(why),
        }
    }
    info!("told to end");
    Ok(())
}

/// Listens for channels.
pub fn listen(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>, Failure> {
    let mut all = Vec::new();
    for address in addresses {
        let listener = bind(*address)
            .map_err(|e| failure(EX_UNAVAILABLE, format!("cannot listen at {address}: {e}")))?;
        all.push(listener);
    }
    Ok(all)
}

fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    if address.is_ipv6() {
        // As for UDP, and as FreeBSD does unasked: [::] is IPv6's alone, so that 0.0.0.0
        // can be there beside it.
        socket.set_only_v6(true)?;
    }
    // The port can be taken again at once.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// Hands listeners to the runtime.
pub fn adopt(listeners: Vec<TcpListener>) -> Result<Vec<tokio::net::TcpListener>, Failure> {
    let all = listeners.into_iter().map(tokio::net::TcpListener::from_std);
    all.collect::<Result<_, _>>()
        .map_err(|e| failure(EX_OSERR, format!("cannot watch a socket: {e}")))
}

/// The side of a part that others dial.
pub struct Doors {
    peers: Peers,
    listen: Vec<SocketAddr>,
}

impl Doors {
    /// Accepts channels for ever.
    pub fn open<S: Service>(
        common: Common,
        key: Secret,
        listeners: Vec<TcpListener>,
        metrics: ChannelMetrics,
        service: &Arc<S>,
    ) -> Result<Doors, Failure> {
        let peers = Peers::new(common.peers);
        let server = Server {
            key,
            peers: peers.clone(),
            service: Arc::clone(service),
            metrics,
        };
        server::spawn(server, adopt(listeners)?);
        Ok(Doors {
            peers,
            listen: common.listen,
        })
    }

    /// Takes others who may ask.
    pub fn reload(&self, common: Common) {
        unchanged("listen", common.listen == self.listen);
        self.peers.set(common.peers);
    }
}

/// Key and listeners may not change while it runs.
pub fn unchanged(what: &str, same: bool) {
    if !same {
        warn!("{what} changed, which is read only at the start: start it anew");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_of_ipv4_and_of_ipv6_can_be_listened_at_with_one_port() {
        // A port may be somebody else's meanwhile.
        for _ in 0..20 {
            let v6 = listen(&["[::]:0".parse().expect("an address")]).expect("some port");
            let port = v6[0].local_addr().expect("bound").port();
            if listen(&[SocketAddr::from(([0, 0, 0, 0], port))]).is_ok() {
                return;
            }
        }
        panic!("[::] has IPv4, too");
    }
}
