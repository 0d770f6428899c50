// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Queries by UDP. Whoever wants to forge an answer has to guess the port, of many
//! that change, and the number (RFC 5452), and the question.

use crate::wire::{HEADER, answers, word};
use prometheus_client::metrics::counter::Counter;
use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::sync::oneshot;
use tracing::debug;

/// Sockets, each with a port of its own.
const SOCKETS: usize = 32;
/// Queries after which a socket is replaced by one with another port.
const USES: u32 = 1000;
/// Queries under way at one socket.
const PENDING: usize = 4096;
/// Greatest answer that is read.
const ANSWER: usize = 65_535;
/// A socket that was replaced waits so long for its last answers.
const LAST: Duration = Duration::from_secs(10);

struct Waiting {
    question: Box<[u8]>,
    answer: oneshot::Sender<Vec<u8>>,
}

struct Socket {
    socket: UdpSocket,
    pending: Mutex<HashMap<u16, Waiting>>,
    uses: AtomicU32,
}

/// Queries to one address.
pub struct Udp {
    address: SocketAddr,
    sockets: Vec<Mutex<Option<Arc<Socket>>>>,
    forged: Counter,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes a query back that nobody waits for any more.
struct Withdraw {
    socket: Arc<Socket>,
    id: u16,
}

impl Drop for Withdraw {
    fn drop(&mut self) {
        lock(&self.socket.pending).remove(&self.id);
    }
}

impl Udp {
    /// Nothing is opened yet.
    pub fn new(address: SocketAddr, forged: Counter) -> Udp {
        Udp {
            address,
            sockets: (0..SOCKETS).map(|_| Mutex::new(None)).collect(),
            forged,
        }
    }

    fn socket(&self) -> io::Result<Arc<Socket>> {
        let place = &self.sockets[rand::random_range(0..SOCKETS)];
        let mut place = lock(place);
        if let Some(socket) = &*place
            && socket.uses.fetch_add(1, Ordering::Relaxed) < USES
        {
            return Ok(Arc::clone(socket));
        }
        let any: SocketAddr = match self.address {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let socket = std::net::UdpSocket::bind(any)?;
        // Others than the upstream are not heard.
        socket.connect(self.address)?;
        socket.set_nonblocking(true)?;
        let socket = Arc::new(Socket {
            socket: UdpSocket::from_std(socket)?,
            pending: Mutex::default(),
            uses: AtomicU32::new(1),
        });
        let hearer = hear(Arc::downgrade(&socket), self.forged.clone());
        tokio::spawn(hearer);
        *place = Some(Arc::clone(&socket));
        Ok(socket)
    }

    /// Asks; the caller has the clock. The number of the query is put in here.
    pub async fn ask(&self, query: &[u8]) -> io::Result<Vec<u8>> {
        let socket = self.socket()?;
        let mut query = query.to_vec();
        let (answer, answered) = oneshot::channel();
        let withdraw = {
            let mut pending = lock(&socket.pending);
            if pending.len() >= PENDING {
                return Err(io::Error::other("too many queries wait for it"));
            }
            let id = loop {
                let id: u16 = rand::random();
                if !pending.contains_key(&id) {
                    break id;
                }
            };
            query[..2].copy_from_slice(&id.to_be_bytes());
            let waiting = Waiting {
                question: question(&query).into(),
                answer,
            };
            pending.insert(id, waiting);
            let socket = Arc::clone(&socket);
            Withdraw { socket, id }
        };
        socket.socket.send(&query).await?;
        let answer = answered.await;
        drop(withdraw);
        answer.map_err(|_| io::ErrorKind::ConnectionRefused.into())
    }
}

/// The question of a query, from the header on.
fn question(query: &[u8]) -> &[u8] {
    let mut end = HEADER;
    while let Some(len) = query.get(end) {
        end += 1 + usize::from(*len);
        if *len == 0 {
            break;
        }
    }
    &query[HEADER..(end + 4).min(query.len())]
}

/// Hands answers to whoever waits, until the socket is replaced and its last answers
/// are in.
async fn hear(socket: Weak<Socket>, forged: Counter) {
    let mut room = vec![0; ANSWER];
    loop {
        let Some(socket) = socket.upgrade() else {
            return;
        };
        let heard = tokio::time::timeout(LAST, socket.socket.recv(&mut room)).await;
        let replaced = Arc::strong_count(&socket) == 1;
        let len = match heard {
            Ok(Ok(len)) => len,
            Ok(Err(e)) => {
                // Nobody is at that port: all that wait are told, as their senders go.
                debug!("an upstream is not there: {e}");
                lock(&socket.pending).clear();
                continue;
            }
            Err(_) if replaced => return,
            Err(_) => continue,
        };
        let answer = &room[..len];
        let mut pending = lock(&socket.pending);
        let good = word(answer, 0).filter(|id| {
            pending
                .get(id)
                .is_some_and(|waiting| answers(answer, &waiting.question))
        });
        match good.and_then(|id| pending.remove(&id)) {
            Some(waiting) => {
                let _ = waiting.answer.send(answer.to_vec());
            }
            // Late, or forged: who waits goes on waiting for the true one.
            None => {
                forged.inc();
            }
        }
    }
}
