// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Queries by TCP (RFC 7766): many on one connection, answered in any order.

use crate::limit;
use crate::resolver::{Quick, Resolver};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::time::{Instant, timeout};
use tracing::{debug, warn};

/// A connection on which nothing comes for so long is closed.
const IDLE: Duration = Duration::from_secs(10);
/// Connections at a time,
const CONNECTIONS: usize = 512;
/// and of one client, or all of one /64.
const OF_CLIENT: usize = 32;
/// Queries of one connection at a time.
const QUERIES: usize = 64;
/// After a failure of accept().
const PAUSE: Duration = Duration::from_millis(200);

/// A connection.
struct Connection {
    /// Whose it is; an IPv6 client is its /64.
    client: IpAddr,
    since: Instant,
    /// When its last query came, in milliseconds after that.
    used: AtomicU64,
    /// Room for its queries.
    room: Arc<Semaphore>,
    /// Others need its place.
    leave: Notify,
}

impl Connection {
    /// When its last query came; none: queries are under way.
    fn idle_since(&self) -> Option<Instant> {
        let used = Duration::from_millis(self.used.load(Ordering::Relaxed));
        (self.room.available_permits() == QUERIES).then(|| self.since + used)
    }

    fn is_used(&self) {
        let used = self.since.elapsed().as_millis() as u64;
        self.used.store(used, Ordering::Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// All connections.
#[derive(Default)]
struct Connections(Mutex<Vec<Arc<Connection>>>);

impl Connections {
    /// Takes one more, if need be in the place of the one that is idle for longest:
    /// of the same client, if that has too many.
    fn take(&self, from: IpAddr) -> Option<Arc<Connection>> {
        let client = limit::client(from);
        let mut all = lock(&self.0);
        let of_client = all.iter().filter(|other| other.client == client).count();
        if of_client >= OF_CLIENT || all.len() >= CONNECTIONS {
            let may_go = |other: &Connection| of_client < OF_CLIENT || other.client == client;
            let idle = all.iter().enumerate().filter(|(_, other)| may_go(other));
            let (at, _) = idle
                .filter_map(|(at, other)| Some((at, other.idle_since()?)))
                .min_by_key(|(_, since)| *since)?;
            all.swap_remove(at).leave.notify_one();
        }
        let connection = Arc::new(Connection {
            client,
            since: Instant::now(),
            used: AtomicU64::new(0),
            room: Arc::new(Semaphore::new(QUERIES)),
            leave: Notify::new(),
        });
        all.push(Arc::clone(&connection));
        Some(connection)
    }

    /// One has ended.
    fn ended(&self, connection: &Arc<Connection>) {
        lock(&self.0).retain(|other| !Arc::ptr_eq(other, connection));
    }
}

/// Accepts for ever.
pub fn spawn(listener: TcpListener, resolver: &Arc<Resolver>) {
    let resolver = Arc::clone(resolver);
    tokio::spawn(async move {
        let connections = Arc::new(Connections::default());
        loop {
            let (stream, from) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(e) => {
                    warn!("a connection cannot be accepted: {e}");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            };
            let Some(connection) = connections.take(from.ip()) else {
                debug!(client = %from.ip(), "there are too many connections, and none is idle");
                continue;
            };
            let (connections, resolver) = (Arc::clone(&connections), Arc::clone(&resolver));
            tokio::spawn(async move {
                tokio::select! {
                    () = serve(stream, from, &connection, &resolver) => {}
                    () = connection.leave.notified() => {}
                }
                connections.ended(&connection);
            });
        }
    });
}

async fn serve(
    stream: TcpStream,
    from: SocketAddr,
    connection: &Connection,
    resolver: &Arc<Resolver>,
) {
    let _ = stream.set_nodelay(true);
    let (mut reader, mut writer) = stream.into_split();
    let (answers, mut waiting) = mpsc::channel::<Vec<u8>>(QUERIES);
    let read = async move {
        loop {
            let Ok(Ok(len)) = timeout(IDLE, reader.read_u16()).await else {
                break;
            };
            let mut query = vec![0; usize::from(len)];
            let Ok(Ok(_)) = timeout(IDLE, reader.read_exact(&mut query)).await else {
                break;
            };
            let Ok(permit) = Arc::clone(&connection.room).acquire_owned().await else {
                break;
            };
            connection.is_used();
            let mut answer = Vec::new();
            match resolver.quick(&query, from, true, &mut answer) {
                Quick::Answered => {
                    if answers.send(answer).await.is_err() {
                        break;
                    }
                }
                // Whoever speaks something else by TCP is not listened to.
                Quick::Silence => break,
                Quick::Later(later) => {
                    let (answers, resolver) = (answers.clone(), Arc::clone(resolver));
                    tokio::spawn(async move {
                        if let Some(answer) = resolver.later(later).await {
                            let _ = answers.send(answer).await;
                        }
                        drop(permit);
                    });
                }
            }
        }
        // Answers that are under way are sent yet: their tasks hold the sender.
    };
    let write = async move {
        while let Some(answer) = waiting.recv().await {
            let Ok(len) = u16::try_from(answer.len()) else {
                continue;
            };
            let mut frame = len.to_be_bytes().to_vec();
            frame.extend_from_slice(&answer);
            match timeout(IDLE, writer.write_all(&frame)).await {
                Ok(Ok(())) => {}
                _ => return,
            }
        }
    };
    tokio::join!(read, write);
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn is_told_to_leave(connection: &Connection) -> bool {
        let limit = Duration::from_millis(10);
        timeout(limit, connection.leave.notified()).await.is_ok()
    }

    fn host(n: usize) -> IpAddr {
        std::net::Ipv6Addr::from_bits(0x2001_0db8 << 96 | n as u128).into()
    }

    #[tokio::test]
    async fn a_client_with_too_many_connections_loses_its_own() {
        let all = Connections::default();
        let other = all.take(([192, 0, 2, 1]).into()).expect("room");
        let its: Vec<_> = (0..OF_CLIENT).filter_map(|n| all.take(host(n))).collect();
        assert_eq!(its.len(), OF_CLIENT);
        // The first has a query under way, the second had one just now.
        let query = its[0].room.acquire().await.expect("room");
        its[1].used.store(60_000, Ordering::Relaxed);
        let last = all.take(host(OF_CLIENT)).expect("one that is idle goes");
        assert!(is_told_to_leave(&its[2]).await);
        assert!(!is_told_to_leave(&its[0]).await && !is_told_to_leave(&its[1]).await);
        assert!(!is_told_to_leave(&other).await, "the oldest, but another's");
        drop(query);
        all.take(host(0)).expect("one that is idle goes");
        assert!(is_told_to_leave(&its[0]).await);
        for connection in its.iter().chain([&other, &last]) {
            all.ended(connection);
        }
        assert_eq!(lock(&all.0).len(), 1);
    }

    #[tokio::test]
    async fn when_all_places_are_taken_the_one_that_is_idle_for_longest_goes() {
        let all = Connections::default();
        let subnet = |n: usize| match host(0) {
            IpAddr::V6(host) => IpAddr::from(std::net::Ipv6Addr::from_bits(
                host.to_bits() | (n as u128) << 64,
            )),
            v4 => v4,
        };
        let its: Vec<_> = (0..CONNECTIONS)
            .filter_map(|n| all.take(subnet(n)))
            .collect();
        assert_eq!(its.len(), CONNECTIONS);
        all.take(([192, 0, 2, 1]).into()).expect("one goes");
        assert!(is_told_to_leave(&its[0]).await);
        let mut busy = Vec::new();
        for connection in &its[1..] {
            busy.push(connection.room.acquire().await.expect("room"));
        }
        let last = all.take(([192, 0, 2, 2]).into()).expect("an idle one goes");
        let _query = last.room.acquire().await.expect("room");
        assert!(all.take(([192, 0, 2, 3]).into()).is_none(), "all are busy");
        assert_eq!(lock(&all.0).len(), CONNECTIONS);
    }
}
