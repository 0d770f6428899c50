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
use tokio::time::{Instant, timeout};
use tracing::debug;

/// Sockets, each with a port of its own.
const SOCKETS: usize = 32;
/// Queries after which a socket is replaced by one with another port.
const USES: u32 = 1000;
/// Queries under way at one socket.
const PENDING: usize = 4096;
/// Greatest answer that is read.
const ANSWER: usize = 65_535;
/// All sockets are replaced at most so often.
const RENEWAL: Duration = Duration::from_secs(1);
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
    renewed: Mutex<Option<Instant>>,
    forged: Counter,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes a query back that nobody waits for any more.
struct Withdraw {
    socket: Arc<Socket>,
    id: u16,
    answered: oneshot::Receiver<Vec<u8>>,
}

impl Drop for Withdraw {
    fn drop(&mut self) {
        // Once it is answered, another query may have its number: one that is closed is
        // this one, or one that nobody waits for either.
        self.answered.close();
        let mut pending = lock(&self.socket.pending);
        if pending
            .get(&self.id)
            .is_some_and(|waiting| waiting.answer.is_closed())
        {
            pending.remove(&self.id);
        }
    }
}

impl Udp {
    /// Nothing is opened yet.
    pub fn new(address: SocketAddr, forged: Counter) -> Udp {
        Udp {
            address,
            sockets: (0..SOCKETS).map(|_| Mutex::new(None)).collect(),
            renewed: Mutex::new(None),
            forged,
        }
    }

    /// Replaces all sockets at their next use: each has the address that was the
    /// host's when it was opened, which may be another one by now.
    pub fn renew(&self) {
        let mut renewed = lock(&self.renewed);
        if renewed.is_some_and(|at| at.elapsed() < RENEWAL) {
            return;
        }
        *renewed = Some(Instant::now());
        drop(renewed);
        for place in &self.sockets {
            *lock(place) = None;
        }
    }

    fn socket(&self) -> io::Result<Arc<Socket>> {
        let place = &self.sockets[rand::random_range(0..SOCKETS)];
        let mut place = lock(place);
        let fresh = |socket: &&Arc<Socket>| socket.uses.fetch_add(1, Ordering::Relaxed) < USES;
        if let Some(socket) = place.as_ref().filter(fresh) {
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

    /// Asks, and once more after a third of the time: datagrams get lost. The number
    /// of the query is put in here.
    pub async fn ask(&self, query: &[u8], limit: Duration) -> io::Result<Vec<u8>> {
        let socket = self.socket()?;
        let mut query = query.to_vec();
        let (answer, answered) = oneshot::channel();
        let mut waiting = {
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
            Withdraw {
                socket: Arc::clone(&socket),
                id,
                answered,
            }
        };
        for time in [limit / 3, limit - limit / 3] {
            let heard = async {
                if let Err(e) = socket.socket.send(&query).await {
                    // That nobody is at that port says that the way there is good.
                    if e.kind() != io::ErrorKind::ConnectionRefused {
                        self.renew();
                    }
                    return Err(e);
                }
                let answer = (&mut waiting.answered).await;
                answer.map_err(|_| io::ErrorKind::ConnectionRefused.into())
            };
            if let Ok(heard) = timeout(time, heard).await {
                return heard;
            }
        }
        Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("it did not answer within {limit:?}"),
        ))
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
        let heard = timeout(LAST, socket.socket.recv(&mut room)).await;
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

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: &[u8] = b"\0\0\x01\0\0\x01\0\0\0\0\0\0\x01a\0\0\x01\0\x01";
    const LIMIT: Duration = Duration::from_millis(900);

    async fn upstream() -> (UdpSocket, Udp) {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
        let address = socket.local_addr().expect("bound");
        (socket, Udp::new(address, Counter::default()))
    }

    impl Udp {
        /// Sockets that are open.
        pub fn open(&self) -> usize {
            let open = self.sockets.iter().filter(|place| lock(place).is_some());
            open.count()
        }
    }

    #[tokio::test]
    async fn a_query_that_was_lost_is_sent_again() {
        let (socket, udp) = upstream().await;
        let answer = async {
            let mut room = [0; 100];
            let (len, from) = socket.recv_from(&mut room).await.expect("a query");
            let lost = room[..len].to_vec();
            let again = timeout(LIMIT, socket.recv_from(&mut room)).await;
            let again = again.expect("another").expect("a query");
            assert_eq!((&room[..len], again), (&lost[..], (len, from)));
            room[2] |= 0x80;
            socket.send_to(&room[..len], from).await.expect("sent");
        };
        let (answer, ()) = tokio::join!(udp.ask(QUERY, LIMIT), answer);
        assert_eq!(answer.expect("an answer")[2..4], [0x81, 0]);
        let late = udp
            .ask(QUERY, LIMIT / 10)
            .await
            .expect_err("nobody answers");
        assert_eq!(late.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn sockets_are_replaced_when_nothing_can_be_sent() {
        let (_upstream, udp) = upstream().await;
        while udp.open() < SOCKETS {
            udp.socket().expect("a socket");
        }
        // Longer than a datagram can be.
        let mut long = QUERY.to_vec();
        long.resize(70_000, 0);
        udp.ask(&long, LIMIT).await.expect_err("it is too long");
        assert_eq!(udp.open(), 0);
        // But not with each query.
        udp.ask(&long, LIMIT).await.expect_err("it is too long");
        assert_eq!(udp.open(), 1);
    }

    #[tokio::test]
    async fn a_number_that_another_query_has_by_now_stays_its_own() {
        let (_upstream, udp) = upstream().await;
        let socket = udp.socket().expect("a socket");
        let ask = || {
            let (answer, answered) = oneshot::channel();
            let waiting = Waiting {
                question: question(QUERY).into(),
                answer,
            };
            let before = lock(&socket.pending).insert(7, waiting);
            assert!(before.is_none());
            Withdraw {
                socket: Arc::clone(&socket),
                id: 7,
                answered,
            }
        };
        let first = ask();
        lock(&socket.pending).remove(&7).expect("it is heard");
        let second = ask();
        drop(first);
        assert!(lock(&socket.pending).contains_key(&7));
        drop(second);
        assert!(lock(&socket.pending).is_empty());
    }
}
