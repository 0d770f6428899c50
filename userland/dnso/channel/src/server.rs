// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The dialled side: accepts channels from pinned keys, and answers requests.

use crate::handshakes::{Handshakes, Place};
use crate::key::{Public, Secret};
use crate::log_seldom;
use crate::message::{Frame, HOPS_MAX, Reason, Refused, Reply, Request, Resolve};
use crate::metrics::{CallLabel, ChannelMetrics};
use crate::name::NameTable;
use crate::noise::{self, Channel, ChannelError};
use crate::seldom::Seldom;
use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;
use tracing::{debug, info, warn};

/// A handshake that takes longer is none. Whoever dials waits longer, so that what it did
/// not get in time is not kept for it.
const HANDSHAKE: Duration = Duration::from_secs(2);
/// Lines about strangers in the log: so many, in a time.
const STRANGERS: (u32, Duration) = (20, Duration::from_secs(10));
/// Whoever dialled says something at least so often.
const SILENCE: Duration = Duration::from_secs(15);
/// Requests of one channel at a time.
const REQUESTS: usize = 4096;
/// After a failure of accept(), as when descriptors are used up.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// Bytes that are gathered before they are sent.
const GATHER: usize = 16 * 1024;

/// Who may ask.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Its name in the configuration.
    pub name: String,
    /// Names that it may ask for; empty: all.
    pub names: Arc<NameTable<()>>,
}

impl Peer {
    /// May it ask for this name?
    pub fn may(&self, wire: &[u8]) -> bool {
        self.names.is_empty() || self.names.get(wire).is_some()
    }

    /// May it have an address for this, on the way that it came?
    ///
    /// # Errors
    /// What is told to the one who asks.
    pub fn admits(&self, ask: &Resolve) -> Result<(), Refused> {
        if ask.hops > HOPS_MAX {
            let why =
                "the request went through too many brokers: one of their tables leads in a circle";
            return Err(Refused::new(Reason::Loop, why));
        }
        if !self.may(ask.name.wire()) {
            let why = format!(
                "{} may not ask for {}: see names in its [[peer]]",
                self.name, ask.name
            );
            return Err(Refused::new(Reason::NotAllowed, why));
        }
        Ok(())
    }
}

/// Who may ask, as it may change.
#[derive(Debug, Clone, Default)]
pub struct Peers(Arc<RwLock<Arc<HashMap<Public, Peer>>>>);

impl Peers {
    /// From a configuration.
    pub fn new(peers: HashMap<Public, Peer>) -> Peers {
        Peers(Arc::new(RwLock::new(Arc::new(peers))))
    }

    /// Replaces all; channels of those that are gone end with their next request.
    pub fn set(&self, peers: HashMap<Public, Peer>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(peers);
    }

    fn get(&self, key: &Public) -> Option<Peer> {
        let peers = self.0.read().unwrap_or_else(PoisonError::into_inner);
        peers.get(key).cloned()
    }
}

/// Answers requests.
pub trait Service: Send + Sync + 'static {
    /// The answer; requests come at any rate, and are answered in any order.
    fn answer(&self, peer: Peer, request: Request) -> impl Future<Output = Reply> + Send;

    /// An answer that could not be given: the channel ended meanwhile.
    fn unheard(&self, _reply: Reply) {}
}

/// All that a server needs.
pub struct Server<S> {
    /// Its key.
    pub key: Secret,
    /// Who may ask.
    pub peers: Peers,
    /// Who answers.
    pub service: Arc<S>,
    /// Counts.
    pub metrics: ChannelMetrics,
}

/// Accepts for ever, in tasks of its own.
pub fn spawn<S: Service>(server: Server<S>, listeners: Vec<TcpListener>) {
    let server = Arc::new(server);
    let handshakes = Arc::new(Handshakes::default());
    let strangers = Arc::new(Seldom::new(STRANGERS.0, STRANGERS.1));
    for listener in listeners {
        let (server, handshakes) = (Arc::clone(&server), Arc::clone(&handshakes));
        let strangers = Arc::clone(&strangers);
        tokio::spawn(async move {
            loop {
                match listener.accept().await {
                    Ok((stream, from)) => {
                        let place = handshakes.begin(from.ip());
                        let (server, strangers) = (Arc::clone(&server), Arc::clone(&strangers));
                        tokio::spawn(async move {
                            if let Err(why) = server.welcome(stream, from, place).await {
                                server.stranger(&strangers, from, &why);
                            }
                        });
                    }
                    Err(e) => {
                        warn!("a connection cannot be accepted: {e}");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                }
            }
        });
    }
}

impl<S: Service> Server<S> {
    /// A channel, if it becomes one; if not, why not.
    async fn welcome(
        self: &Arc<Self>,
        stream: TcpStream,
        from: SocketAddr,
        mut place: Place,
    ) -> Result<(), String> {
        let _ = stream.set_nodelay(true);
        let shaken = tokio::select! {
            shaken = timeout(HANDSHAKE, noise::accept(stream, &self.key)) => shaken,
            () = place.lost() => {
                return Err("too many connections begin, and this one was not ready: closed".into());
            }
        };
        drop(place);
        let channel = match shaken {
            Ok(Ok(channel)) => channel,
            Ok(Err(error)) => {
                return Err(format!("a connection did not become a channel: {error}"));
            }
            Err(_) => {
                return Err(format!(
                    "a connection said nothing of use for {HANDSHAKE:?}; closed"
                ));
            }
        };
        let key = channel.peer;
        let peer = self.peers.get(&key).ok_or_else(|| {
            format!(
                "the key {key} is not known here: if it is one of yours, write it into a [[peer]]"
            )
        })?;
        info!(peer = peer.name, %from, "channel is there");
        let why = self.talk(channel).await;
        info!(peer = peer.name, %from, "channel ended: {why}");
        Ok(())
    }

    /// Somebody who is none of the peers: anybody can be that, any number of times.
    fn stranger(&self, strangers: &Seldom, from: SocketAddr, why: &str) {
        self.metrics.strangers.inc();
        log_seldom!(strangers, WARN, %from, "{why}");
    }

    async fn talk(self: &Arc<Self>, channel: Channel<TcpStream>) -> ChannelError {
        let Channel { peer, to, from } = channel;
        let (replies, waiting) = mpsc::channel::<Frame<Reply>>(REQUESTS);
        tokio::select! {
            why = self.listen(peer, from, replies) => why,
            why = send_all(to, waiting, shorten) => why,
        }
    }

    async fn listen(
        self: &Arc<Self>,
        key: Public,
        mut from: noise::Receiver<tokio::io::ReadHalf<TcpStream>>,
        replies: mpsc::Sender<Frame<Reply>>,
    ) -> ChannelError {
        let room = Arc::new(Semaphore::new(REQUESTS));
        loop {
            let frame: Frame<Request> = match timeout(SILENCE, from.next()).await {
                Ok(Ok(frame)) => frame,
                Ok(Err(why)) => return why,
                Err(_) => return gone("it said nothing for a while"),
            };
            let Some(peer) = self.peers.get(&key) else {
                return gone("its key was taken out of the configuration");
            };
            if frame.body == Request::Ping {
                let pong = Frame {
                    id: frame.id,
                    body: Reply::Pong,
                };
                if replies.send(pong).await.is_err() {
                    return gone("it does not read");
                }
                continue;
            }
            let Ok(permit) = Arc::clone(&room).try_acquire_owned() else {
                let why = format!("{REQUESTS} requests are under way already");
                let body = Reply::Refused(Refused::new(Reason::Overload, why));
                self.count(&peer.name, &body);
                let id = frame.id;
                if replies.send(Frame { id, body }).await.is_err() {
                    return gone("it does not read");
                }
                continue;
            };
            let (server, replies) = (Arc::clone(self), replies.clone());
            tokio::spawn(async move {
                let name = peer.name.clone();
                let body = server.service.answer(peer, frame.body).await;
                server.count(&name, &body);
                let reply = Frame { id: frame.id, body };
                if let Err(unheard) = replies.send(reply).await {
                    server.service.unheard(unheard.0.body);
                }
                drop(permit);
            });
        }
    }

    fn count(&self, peer: &str, reply: &Reply) {
        let outcome = match reply {
            Reply::Refused(refused) => refused.reason.as_str(),
            _ => "ok",
        };
        debug!(peer, outcome, "answered");
        let label = CallLabel {
            peer: peer.to_owned(),
            outcome,
        };
        self.metrics.served.get_or_create(&label).inc();
    }
}

/// Whoever asked learns that there is an answer, and why not this one.
fn shorten(answer: Frame<Reply>) -> Option<Frame<Reply>> {
    warn!("an answer is too long for a frame");
    let why = "its answer is too long to be sent";
    Some(Frame {
        id: answer.id,
        body: Reply::Refused(Refused::new(Reason::Failed, why)),
    })
}

fn gone(why: &'static str) -> ChannelError {
    ChannelError::Io(io::Error::other(why))
}

/// Sends what comes, gathered where it comes thick. What is too long for a frame is for
/// `shorten` to replace, or to leave out: the channel is not to blame for it.
pub(crate) async fn send_all<T: serde::Serialize, W: tokio::io::AsyncWrite + Unpin>(
    mut to: noise::Sender<W>,
    mut waiting: mpsc::Receiver<T>,
    shorten: impl Fn(T) -> Option<T>,
) -> ChannelError {
    let put = |to: &mut noise::Sender<W>, message: T| match to.put(&message) {
        Err(ChannelError::TooLong) => match shorten(message) {
            Some(shorter) => to.put(&shorter),
            None => Ok(()),
        },
        put => put,
    };
    loop {
        let Some(message) = waiting.recv().await else {
            return gone("closed here");
        };
        if let Err(why) = put(&mut to, message) {
            return why;
        }
        while to.waiting() < GATHER {
            let Ok(message) = waiting.try_recv() else {
                break;
            };
            if let Err(why) = put(&mut to, message) {
                return why;
            }
        }
        match timeout(SILENCE, to.flush()).await {
            Ok(Ok(())) => {}
            Ok(Err(why)) => return why,
            Err(_) => return gone("it does not read"),
        }
    }
}
