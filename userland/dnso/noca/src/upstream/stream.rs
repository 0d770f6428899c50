// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Queries by TCP (RFC 7766) or TLS (RFC 7858): one connection for many, which is
//! opened when it is needed and closed when it is not.

use crate::wire::word;
use rustls::pki_types::ServerName;
use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

/// A connection that is not used for so long is closed.
const IDLE: Duration = Duration::from_secs(10);
/// One that is not there by then is none.
const CONNECT: Duration = Duration::from_secs(3);
/// Queries that wait.
const QUEUE: usize = 1024;

/// How TLS is spoken.
#[derive(Clone)]
pub struct Tls {
    /// The name in the certificate.
    pub name: ServerName<'static>,
    /// Whose signatures are good.
    pub config: Arc<rustls::ClientConfig>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.name)
    }
}

struct Asked {
    query: Vec<u8>,
    answer: oneshot::Sender<io::Result<Vec<u8>>>,
}

/// Queries to one address.
pub struct Stream {
    queue: mpsc::Sender<Asked>,
}

trait Both: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Both for T {}

impl Stream {
    /// Nothing is opened yet.
    pub fn start(address: SocketAddr, tls: Option<Tls>) -> Stream {
        let (queue, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(run(address, tls, waiting));
        Stream { queue }
    }

    /// Asks; the caller has the clock.
    pub async fn ask(&self, query: &[u8]) -> io::Result<Vec<u8>> {
        // A connection may end just when it is used: then a new one is tried.
        for _ in 0..2 {
            let (answer, answered) = oneshot::channel();
            let asked = Asked {
                query: query.to_vec(),
                answer,
            };
            if self.queue.send(asked).await.is_err() {
                break;
            }
            match answered.await {
                Ok(result) => return result,
                Err(_) => continue,
            }
        }
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

async fn connect(address: SocketAddr, tls: Option<&Tls>) -> io::Result<Box<dyn Both>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(match tls {
        None => Box::new(stream),
        Some(tls) => {
            let connector = TlsConnector::from(Arc::clone(&tls.config));
            Box::new(connector.connect(tls.name.clone(), stream).await?)
        }
    })
}

async fn run(address: SocketAddr, tls: Option<Tls>, mut queue: mpsc::Receiver<Asked>) {
    while let Some(first) = queue.recv().await {
        let connected = match timeout(CONNECT, connect(address, tls.as_ref())).await {
            Ok(connected) => connected,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        };
        match connected {
            Ok(stream) => talk(stream, first, &mut queue).await,
            Err(e) => {
                // Whoever waits now learns why.
                let mut told = Some(first);
                while let Some(asked) = told {
                    let again = io::Error::new(e.kind(), e.to_string());
                    let _ = asked.answer.send(Err(again));
                    told = queue.try_recv().ok();
                }
            }
        }
    }
}

/// Until the connection ends; whoever waits for an answer then sees its sender go.
async fn talk(stream: Box<dyn Both>, first: Asked, queue: &mut mpsc::Receiver<Asked>) {
    let (mut from, mut to) = tokio::io::split(stream);
    let (answers_to, mut answers) = mpsc::channel::<Vec<u8>>(QUEUE);
    let hear = async {
        loop {
            let Ok(len) = from.read_u16().await else {
                return;
            };
            let mut answer = vec![0; usize::from(len)];
            if from.read_exact(&mut answer).await.is_err() || answers_to.send(answer).await.is_err()
            {
                return;
            }
        }
    };
    let ask = async {
        let mut pending: HashMap<u16, oneshot::Sender<io::Result<Vec<u8>>>> = HashMap::new();
        let mut next = Some(first);
        let mut id: u16 = rand::random();
        let mut used = Instant::now();
        loop {
            if let Some(Asked { mut query, answer }) = next.take() {
                used = Instant::now();
                pending.retain(|_, answer| !answer.is_closed());
                id = id.wrapping_add(1);
                query[..2].copy_from_slice(&id.to_be_bytes());
                pending.insert(id, answer);
                let mut frame = (query.len() as u16).to_be_bytes().to_vec();
                frame.extend_from_slice(&query);
                if to.write_all(&frame).await.is_err() || to.flush().await.is_err() {
                    return;
                }
            }
            tokio::select! {
                asked = queue.recv() => match asked {
                    Some(asked) => next = Some(asked),
                    None => return,
                },
                answer = answers.recv() => {
                    let Some(answer) = answer else { return };
                    let waiting = word(&answer, 0).and_then(|id| pending.remove(&id));
                    if let Some(waiting) = waiting {
                        let _ = waiting.send(Ok(answer));
                    }
                }
                () = tokio::time::sleep_until(used + IDLE) => return,
            }
        }
    };
    tokio::select! {
        () = hear => {}
        () = ask => {}
    }
}
