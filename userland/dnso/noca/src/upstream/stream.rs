// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Queries by TCP (RFC 7766) or TLS (RFC 7858): one connection for many, which is
//! opened when it is needed and closed when it is not.

use crate::wire::word;
use rustls::RootCertStore;
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
/// One on which nothing was heard for so long after a query is dead, if whoever asked
/// has given up: an upstream that is gone without a word leaves it open for minutes.
const SILENCE: Duration = Duration::from_secs(3);
/// Queries that wait.
const QUEUE: usize = 1024;

/// How TLS is spoken.
#[derive(Clone)]
pub struct Tls {
    /// The name in the certificate.
    pub name: ServerName<'static>,
    /// Whose signatures are good.
    pub roots: Arc<RootCertStore>,
    /// All of it, as it is used.
    pub config: Arc<rustls::ClientConfig>,
}

impl PartialEq for Tls {
    fn eq(&self, other: &Tls) -> bool {
        self.name == other.name && self.roots.roots == other.roots.roots
    }
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
        if first.answer.is_closed() {
            continue;
        }
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
        // Since when something is waited for.
        let mut silent = None;
        loop {
            if let Some(Asked { mut query, answer }) = next.take() {
                used = Instant::now();
                silent.get_or_insert(used);
                id = id.wrapping_add(1);
                query[..2].copy_from_slice(&id.to_be_bytes());
                pending.insert(id, answer);
                let mut frame = (query.len() as u16).to_be_bytes().to_vec();
                frame.extend_from_slice(&query);
                let write = async {
                    to.write_all(&frame).await?;
                    to.flush().await
                };
                match timeout(SILENCE, write).await {
                    Ok(Ok(())) => {}
                    _ => return,
                }
            }
            let end = silent.map_or(used + IDLE, |since| since + SILENCE);
            tokio::select! {
                asked = queue.recv() => match asked {
                    // Those that gave up while nothing could be sent are many.
                    Some(asked) => next = Some(asked).filter(|asked| !asked.answer.is_closed()),
                    None => return,
                },
                answer = answers.recv() => {
                    let Some(answer) = answer else { return };
                    let waiting = word(&answer, 0).and_then(|id| pending.remove(&id));
                    if let Some(waiting) = waiting {
                        let _ = waiting.send(Ok(answer));
                    }
                    // It lives: those that gave up say nothing about it.
                    pending.retain(|_, answer| !answer.is_closed());
                    silent = (!pending.is_empty()).then(Instant::now);
                }
                () = tokio::time::sleep_until(end) => {
                    if silent.is_none() || pending.values().any(|answer| answer.is_closed()) {
                        return;
                    }
                    // They have more time than that.
                    silent = Some(Instant::now());
                }
            }
        }
    };
    tokio::select! {
        () = hear => {}
        () = ask => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    const QUERY: &[u8] = b"\0\0\x01\0\0\x01\0\0\0\0\0\0\x01a\0\0\x01\0\x01";

    /// As long as a client of the stream waits.
    const PATIENCE: Duration = Duration::from_millis(300);

    /// Says what it hears.
    async fn echo(mut stream: TcpStream) {
        while let Ok(len) = stream.read_u16().await {
            let mut query = vec![0; usize::from(len)];
            if stream.read_exact(&mut query).await.is_err() {
                return;
            }
            let mut frame = len.to_be_bytes().to_vec();
            frame.extend_from_slice(&query);
            let _ = stream.write_all(&frame).await;
        }
    }

    /// The first connection dies without a word, the second is well: until it is used.
    async fn until_it_is_back(query: &'static [u8], at_once: usize, is_read: bool) -> Duration {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let stream = Stream::start(listener.local_addr().expect("bound"), None);
        let stream = Arc::new(stream);
        tokio::spawn(async move {
            let (mut dead, _) = listener.accept().await.expect("a connection");
            let keep = async {
                if is_read {
                    let _ = tokio::io::copy(&mut dead, &mut tokio::io::sink()).await;
                }
                std::future::pending::<()>().await;
            };
            let good = async {
                loop {
                    let (stream, _) = listener.accept().await.expect("a connection");
                    tokio::spawn(echo(stream));
                }
            };
            tokio::join!(keep, good)
        });
        let begin = Instant::now();
        while begin.elapsed() < IDLE {
            let mut queries = tokio::task::JoinSet::new();
            for _ in 0..at_once {
                let stream = Arc::clone(&stream);
                queries.spawn(async move { timeout(PATIENCE, stream.ask(query)).await });
            }
            let answers = queries.join_all().await;
            if answers.iter().any(|answer| matches!(answer, Ok(Ok(_)))) {
                return begin.elapsed();
            }
        }
        panic!("not within {:?}", begin.elapsed());
    }

    #[tokio::test]
    async fn a_connection_that_is_dead_is_left_although_it_is_used() {
        let took = until_it_is_back(QUERY, 1, true).await;
        assert!(took < SILENCE * 2, "{took:?}");
    }

    #[tokio::test]
    async fn one_that_takes_no_more_is_left() {
        let took = until_it_is_back(&[0; 65_535], 200, false).await;
        assert!(took < SILENCE * 3, "{took:?}");
    }

    #[tokio::test]
    async fn a_late_answer_is_waited_for_as_long_as_somebody_waits() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let stream = Stream::start(listener.local_addr().expect("bound"), None);
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.expect("a connection");
            tokio::time::sleep(SILENCE + SILENCE / 2).await;
            echo(stream).await;
        });
        let answer = timeout(SILENCE * 3, stream.ask(QUERY)).await;
        assert!(answer.expect("in time").is_ok());
    }
}
