// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Queries by TCP (RFC 7766): many on one connection, answered in any order.

use crate::resolver::{Quick, Resolver};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::timeout;
use tracing::{debug, warn};

/// A connection on which nothing comes for so long is closed.
const IDLE: Duration = Duration::from_secs(10);
/// Connections at a time,
const CONNECTIONS: usize = 512;
/// and of one client.
const OF_CLIENT: usize = 32;
/// Queries of one connection at a time.
const QUERIES: usize = 64;
/// After a failure of accept().
const PAUSE: Duration = Duration::from_millis(200);

/// How many connections each client has.
type Counts = Arc<Mutex<HashMap<IpAddr, usize>>>;

struct Turn {
    counts: Counts,
    client: IpAddr,
    _permit: OwnedSemaphorePermit,
}

impl Turn {
    fn of(counts: &Counts, client: IpAddr, permit: OwnedSemaphorePermit) -> Option<Turn> {
        let mut all = counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = all.entry(client).or_default();
        if *count >= OF_CLIENT {
            return None;
        }
        *count += 1;
        drop(all);
        Some(Turn {
            counts: Arc::clone(counts),
            client,
            _permit: permit,
        })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut all = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = all.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                all.remove(&self.client);
            }
        }
    }
}

/// Accepts for ever.
pub fn spawn(listener: TcpListener, resolver: &Arc<Resolver>) {
    let resolver = Arc::clone(resolver);
    tokio::spawn(async move {
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        let counts = Counts::default();
        loop {
            let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
                return;
            };
            let (stream, from) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(e) => {
                    warn!("a connection cannot be accepted: {e}");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            };
            let Some(turn) = Turn::of(&counts, from.ip(), permit) else {
                debug!(client = %from.ip(), "it has too many connections");
                continue;
            };
            let resolver = Arc::clone(&resolver);
            tokio::spawn(async move {
                serve(stream, from, &resolver).await;
                drop(turn);
            });
        }
    });
}

async fn serve(stream: TcpStream, from: SocketAddr, resolver: &Arc<Resolver>) {
    let _ = stream.set_nodelay(true);
    let (mut reader, mut writer) = stream.into_split();
    let (answers, mut waiting) = mpsc::channel::<Vec<u8>>(QUERIES);
    let read = async move {
        let room = Arc::new(Semaphore::new(QUERIES));
        loop {
            let Ok(Ok(len)) = timeout(IDLE, reader.read_u16()).await else {
                break;
            };
            let mut query = vec![0; usize::from(len)];
            let Ok(Ok(_)) = timeout(IDLE, reader.read_exact(&mut query)).await else {
                break;
            };
            let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
                break;
            };
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
