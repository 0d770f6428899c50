// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The dialling side: keeps one channel to another part, for ever, and multiplexes
//! requests over it.

use crate::key::{Public, Secret};
use crate::message::{Frame, Reason, Refused, Reply, Request};
use crate::metrics::{CallLabel, ChannelMetrics, PeerLabel};
use crate::noise::{self, Channel, ChannelError};
use crate::server::send_all;
use prometheus_client::metrics::gauge::Gauge;
use rand::RngExt;
use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep, timeout};
use tracing::{debug, info, warn};

/// A connection and its handshake that take longer are none.
const CONNECT: Duration = Duration::from_secs(3);
/// First and longest pause between two attempts.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));
/// A channel that lived so long was a good one: the next attempt is made soon.
const GOOD: Duration = Duration::from_secs(5);
/// A ping goes out so often,
const PING: Duration = Duration::from_millis(500);
/// and a channel from which nothing came for so long is dead.
const DEAD: Duration = Duration::from_millis(2000);
/// A channel that was lost no longer ago is waited for.
const HOPE: Duration = Duration::from_secs(3);
/// Requests that wait to be sent.
const QUEUE: usize = 4096;

/// Whom to dial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its name in the configuration.
    pub name: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// The key that it must have.
    pub key: Public,
}

/// Is the channel there, and if not, why?
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkState {
    /// It is.
    Up,
    /// It is not.
    Down {
        /// The last failure.
        why: Arc<str>,
        /// Since when.
        since: Instant,
    },
}

impl LinkState {
    /// It may be back at once: whoever is there may have been started anew.
    pub fn is_hopeful(&self) -> bool {
        match self {
            LinkState::Up => true,
            LinkState::Down { since, .. } => since.elapsed() < HOPE,
        }
    }
}

struct Call {
    request: Request,
    answer: oneshot::Sender<Reply>,
}

/// A channel to another part, whether it is there now or not. It ends when this is
/// dropped.
#[derive(Debug)]
pub struct Link {
    target: Target,
    calls: mpsc::Sender<Call>,
    state: watch::Receiver<LinkState>,
    metrics: ChannelMetrics,
    keeper: tokio::task::JoinHandle<()>,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

impl Link {
    /// Begins to dial.
    pub fn start(target: Target, key: Secret, metrics: ChannelMetrics) -> Arc<Link> {
        let (calls, queue) = mpsc::channel(QUEUE);
        let not_yet = LinkState::Down {
            why: "not connected yet".into(),
            since: Instant::now(),
        };
        let (says, state) = watch::channel(not_yet);
        let label = PeerLabel {
            peer: target.name.clone(),
        };
        let keeper = Keeper {
            target: target.clone(),
            key,
            says,
            up: metrics.up.get_or_create_owned(&label),
            metrics: metrics.clone(),
        };
        Arc::new(Link {
            target,
            calls,
            state,
            metrics,
            keeper: tokio::spawn(keeper.keep(queue)),
        })
    }

    /// Whom it is to.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Its name in the configuration.
    pub fn name(&self) -> &str {
        &self.target.name
    }

    /// Is it there?
    pub fn is_up(&self) -> bool {
        *self.state.borrow() == LinkState::Up
    }

    /// May it be there soon?
    pub fn is_hopeful(&self) -> bool {
        self.state.borrow().is_hopeful()
    }

    /// Waits until it is there.
    pub async fn up(&self) {
        let mut state = self.state.clone();
        if state
            .wait_for(|state| *state == LinkState::Up)
            .await
            .is_err()
        {
            // Its keeper has gone, and it will never be.
            std::future::pending::<()>().await;
        }
    }

    /// Asks, and waits at most `limit` for the answer. Failures of the channel come as
    /// refusals too.
    pub async fn call(&self, request: Request, limit: Duration) -> Reply {
        let reply = self.try_call(request, limit).await;
        let outcome = match &reply {
            Reply::Refused(refused) => refused.reason.as_str(),
            _ => "ok",
        };
        let label = CallLabel {
            peer: self.target.name.clone(),
            outcome,
        };
        self.metrics.calls.get_or_create(&label).inc();
        reply
    }

    async fn try_call(&self, request: Request, limit: Duration) -> Reply {
        let refuse = |reason, why: String| Reply::Refused(Refused::new(reason, why));
        let name = &self.target.name;
        if let LinkState::Down { why, .. } = &*self.state.borrow() {
            return refuse(Reason::Unreachable, format!("no channel to {name}: {why}"));
        }
        let (answer, answered) = oneshot::channel();
        if self.calls.try_send(Call { request, answer }).is_err() {
            let why = format!("too many requests wait for {name}");
            return refuse(Reason::Overload, why);
        }
        match timeout(limit, answered).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(_)) => refuse(
                Reason::Unreachable,
                format!("the channel to {name} broke before the answer came"),
            ),
            Err(_) => refuse(
                Reason::Late,
                format!("{name} did not answer within {} ms", limit.as_millis()),
            ),
        }
    }
}

/// Requests whose answers have not come.
type Pending = Arc<Mutex<HashMap<u64, oneshot::Sender<Reply>>>>;

struct Keeper {
    target: Target,
    key: Secret,
    says: watch::Sender<LinkState>,
    up: Gauge,
    metrics: ChannelMetrics,
}

impl Keeper {
    async fn keep(self, mut queue: mpsc::Receiver<Call>) {
        let Target { name, address, .. } = &self.target;
        let label = PeerLabel { peer: name.clone() };
        let mut pause = BACKOFF.0;
        let mut told = String::new();
        loop {
            let begin = Instant::now();
            let why = match self.connect().await {
                Ok(channel) => {
                    info!(peer = name, %address, "channel is there");
                    self.metrics.connects.get_or_create(&label).inc();
                    self.up.set(1);
                    told.clear();
                    self.says.send_replace(LinkState::Up);
                    let why = talk(channel, &mut queue).await.to_string();
                    self.up.set(0);
                    warn!(peer = name, %address, "channel ended: {why}");
                    why
                }
                Err(error) => {
                    let why = error.to_string();
                    // The same again and again is told once.
                    if why == told {
                        debug!(peer = name, %address, "still no channel: {why}");
                    } else {
                        warn!(peer = name, %address, "no channel: {why}");
                        told.clone_from(&why);
                    }
                    why
                }
            };
            self.says.send_modify(|state| {
                let since = match state {
                    LinkState::Up => Instant::now(),
                    LinkState::Down { since, .. } => *since,
                };
                let why = why.into();
                *state = LinkState::Down { why, since };
            });
            // Who asked just before it ended is told now.
            while queue.try_recv().is_ok() {}
            if begin.elapsed() >= GOOD {
                pause = BACKOFF.0;
            }
            let jitter = rand::rng().random_range(0.75..1.25);
            sleep(pause.mul_f64(jitter)).await;
            pause = (pause * 2).min(BACKOFF.1);
        }
    }

    async fn connect(&self) -> Result<Channel<TcpStream>, ChannelError> {
        let dial = async {
            let stream = TcpStream::connect(self.target.address).await?;
            stream.set_nodelay(true)?;
            noise::dial(stream, &self.key, self.target.key)
                .await
                .map_err(|error| match error {
                    // It hangs up on a key that it does not know, or cannot decrypt.
                    ChannelError::Io(e) if e.kind() == io::ErrorKind::UnexpectedEof => dead(
                        "it hung up in the handshake: is the key that is pinned for it its own?",
                    ),
                    other => other,
                })
        };
        let Ok(channel) = timeout(CONNECT, dial).await else {
            return Err(dead("no answer"));
        };
        let mut channel = channel?;
        // Only an answer shows that our key is known there, too.
        let check = async {
            channel.to.put(&Frame {
                id: 0,
                body: Request::Ping,
            })?;
            channel.to.flush().await?;
            channel.from.next::<Frame<Reply>>().await
        };
        match timeout(CONNECT, check).await {
            Ok(Ok(_)) => Ok(channel),
            Ok(Err(ChannelError::Io(_))) => Err(dead(
                "it hung up after the handshake: is our key in one of its [[peer]]s?",
            )),
            Ok(Err(other)) => Err(other),
            Err(_) => Err(dead("no answer after the handshake")),
        }
    }
}

fn dead(why: &'static str) -> ChannelError {
    ChannelError::Io(io::Error::other(why))
}

/// Until it ends; whoever waits for an answer then learns it, as the senders go.
async fn talk(channel: Channel<TcpStream>, queue: &mut mpsc::Receiver<Call>) -> ChannelError {
    let pending: Pending = Pending::default();
    let Channel { to, mut from, .. } = channel;
    let (outgoing, waiting) = mpsc::channel(QUEUE);
    let gives_back = outgoing.clone();
    let ask = async {
        let mut id = 0u64;
        let mut ping = tokio::time::interval(PING);
        loop {
            id += 1;
            let body = tokio::select! {
                call = queue.recv() => match call {
                    Some(Call { request, answer }) => {
                        let mut pending = lock(&pending);
                        // Those that nobody waits for any more, if they pile up.
                        if pending.len() >= QUEUE {
                            pending.retain(|_, answer| !answer.is_closed());
                        }
                        pending.insert(id, answer);
                        request
                    }
                    None => return dead("closed here"),
                },
                _ = ping.tick() => Request::Ping,
            };
            if outgoing.send(Frame { id, body }).await.is_err() {
                return dead("closed here");
            }
        }
    };
    let hear = async {
        loop {
            let mut frame: Frame<Reply> = match timeout(DEAD, from.next()).await {
                Ok(Ok(frame)) => frame,
                Ok(Err(why)) => return why,
                Err(_) => return dead("nothing came for two seconds, not even answers to pings"),
            };
            if let Reply::Refused(refused) = &mut frame.body {
                refused.cut();
            }
            let waits = lock(&pending).remove(&frame.id);
            // Whoever asked may have given up.
            let unheard = match waits {
                Some(answer) => answer.send(frame.body).err(),
                None => Some(frame.body),
            };
            if let Some(Reply::Armed { ssa, .. }) = unheard {
                debug!(%ssa, "armed too late: given back");
                let body = Request::Disarm { ssa };
                // Without room it waits until its time is over.
                let _ = gives_back.try_send(Frame { id: 0, body });
            }
        }
    };
    tokio::select! {
        why = ask => why,
        why = hear => why,
        why = send_all(to, waiting, leave_out) => why,
    }
}

/// Its answer will be late, as if it had been lost.
fn leave_out(request: Frame<Request>) -> Option<Frame<Request>> {
    warn!(
        id = request.id,
        "a request is too long for a frame, and is not sent"
    );
    None
}

fn lock(pending: &Pending) -> std::sync::MutexGuard<'_, HashMap<u64, oneshot::Sender<Reply>>> {
    pending.lock().unwrap_or_else(PoisonError::into_inner)
}
