// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The server half: whoever has a plane offers it with this.

use super::frame;
use super::proto::{Answer, Ask, PART};
use crate::bindings::UMUX_ABI_VERSION;
use crate::{Control, Errno, Error, Event, Result};
use std::io;
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// A plane that can be offered.
pub trait Host: Send + Sync + 'static {
    /// Control for one more client.
    fn control(&self) -> Box<dyn Control>;
    /// Events for one more client; a host may drop events, their numbers tell.
    fn subscribe(&self) -> Receiver<Event>;
}

/// A plane being offered; dropping it hangs up on everybody.
pub struct Server {
    path: PathBuf,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    clients: Mutex<Vec<UnixStream>>,
}

impl Server {
    /// Listens at `path`, which must not exist.
    pub fn start(path: &Path, host: Arc<dyn Host>) -> Result<Server> {
        let listener = UnixListener::bind(path)
            .map_err(|e| Error::io(format!("cannot listen at {}", path.display()), e))?;
        let shared = Arc::new(Shared::default());
        let acceptor = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared, &host)
        });
        Ok(Server {
            path: path.to_owned(),
            shared,
            acceptor: Some(acceptor),
        })
    }

    /// Where it listens.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        // Wakes accept(), which then sees the flag.
        let _ = UnixStream::connect(&self.path);
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
        let mut clients = self
            .shared
            .clients
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for client in clients.drain(..) {
            let _ = client.shutdown(Shutdown::Both);
        }
        let _ = std::fs::remove_file(&self.path);
    }
}

fn accept(listener: &UnixListener, shared: &Arc<Shared>, host: &Arc<dyn Host>) {
    for stream in listener.incoming() {
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        if let Ok(copy) = stream.try_clone() {
            let mut clients = shared
                .clients
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            clients.push(copy);
        }
        let host = Arc::clone(host);
        // A client that misbehaves ends its own thread and nothing else.
        std::thread::spawn(move || {
            let _ = serve(&stream, host.as_ref());
            let _ = stream.shutdown(Shutdown::Both);
        });
    }
}

fn serve(mut stream: &UnixStream, host: &dyn Host) -> io::Result<()> {
    let mut reader = frame::Reader::default();
    let mut control = host.control();
    let mut greeted = false;
    loop {
        let ask = match reader.read(&mut stream) {
            Ok(ask) => ask,
            Err(e) if e.kind() == io::ErrorKind::InvalidData => {
                let why = e.to_string();
                return frame::write(&mut stream, &Answer::Malformed { why });
            }
            Err(e) => return Err(e),
        };
        match ask {
            Ask::Hello { abi } if abi == UMUX_ABI_VERSION => {
                greeted = true;
                frame::write(&mut stream, &Answer::Hello { abi })?;
            }
            Ask::Hello { .. } => {
                let errno = Errno::Eprogmismatch;
                return frame::write(&mut stream, &Answer::Refused { errno });
            }
            _ if !greeted => {
                let why = "hello comes first".to_string();
                return frame::write(&mut stream, &Answer::Malformed { why });
            }
            Ask::Subscribe => {
                let events = host.subscribe();
                frame::write(&mut stream, &Answer::Done)?;
                return publish(stream, &events);
            }
            ask => {
                for answer in answers(control.as_mut(), ask) {
                    frame::write(&mut stream, &answer)?;
                }
            }
        }
    }
}

fn publish(mut stream: &UnixStream, events: &Receiver<Event>) -> io::Result<()> {
    // A subscriber that does not read loses its line, not the lab its memory.
    stream.set_write_timeout(Some(Duration::from_secs(10)))?;
    while let Ok(event) = events.recv() {
        frame::write(&mut stream, &Answer::Event { event })?;
    }
    Ok(())
}

/// Splits a list into the parts that go over the line.
fn parts<T: Clone>(all: Vec<T>, part: impl Fn(Vec<T>, bool) -> Answer) -> Vec<Answer> {
    let count = all.len().div_ceil(PART).max(1);
    let mut chunks = all.chunks(PART);
    (1..=count)
        .map(|n| part(chunks.next().unwrap_or_default().to_vec(), n < count))
        .collect()
}

fn answers(control: &mut dyn Control, ask: Ask) -> Vec<Answer> {
    carry_out(control, ask).unwrap_or_else(|error| {
        vec![match error.errno() {
            Some(errno) => Answer::Refused { errno },
            None => Answer::Malformed {
                why: error.to_string(),
            },
        }]
    })
}

fn carry_out(control: &mut dyn Control, ask: Ask) -> Result<Vec<Answer>> {
    let one = |answer| Ok(vec![answer]);
    match ask {
        Ask::Info => one(Answer::Info {
            info: control.info()?,
        }),
        Ask::PoolAdd { spec } => {
            control.pool_add(&spec)?;
            one(Answer::Done)
        }
        Ask::PoolDel { pool, force } => {
            control.pool_del(&pool, force)?;
            one(Answer::Done)
        }
        Ask::Pools => Ok(parts(control.pools()?, |records, more| Answer::Pools {
            records,
            more,
        })),
        Ask::AddrAdd { pool, addrs } => one(Answer::Batch {
            batch: control.addr_add(&pool, &addrs)?,
        }),
        Ask::AddrDel { pool, addrs } => one(Answer::Batch {
            batch: control.addr_del(&pool, &addrs)?,
        }),
        Ask::Addrs => Ok(parts(control.addrs()?, |records, more| Answer::Addrs {
            records,
            more,
        })),
        Ask::Sessions => Ok(parts(control.sessions()?, |records, more| {
            Answer::Sessions { records, more }
        })),
        Ask::Stats => one(Answer::Stats {
            counters: control.stats()?,
        }),
        Ask::Flush { interface } => one(Answer::Flushed {
            count: control.flush(interface.as_ref())?,
        }),
        Ask::Labels => Ok(parts(control.labels()?, |records, more| Answer::Labels {
            records,
            more,
        })),
        Ask::SetLabels { labels } => {
            control.set_labels(labels.as_deref())?;
            one(Answer::Done)
        }
        Ask::Rules => Ok(parts(control.rules()?, |records, more| Answer::Rules {
            records,
            more,
        })),
        Ask::SetRules { rules } => {
            control.set_rules(rules.as_deref())?;
            one(Answer::Done)
        }
        Ask::ListenRules => Ok(parts(control.listen_rules()?, |records, more| {
            Answer::ListenRules { records, more }
        })),
        Ask::SetListenRules { rules, apply } => {
            control.set_listen_rules(&rules, apply)?;
            one(Answer::Done)
        }
        Ask::Listeners => Ok(parts(control.listeners()?, |records, more| {
            Answer::Listeners { records, more }
        })),
        Ask::Das { spec } => one(Answer::Armed {
            ssa: control.das(&spec)?,
        }),
        Ask::DasList => Ok(parts(control.das_list()?, |records, more| {
            Answer::DasList { records, more }
        })),
        Ask::Hello { .. } | Ask::Subscribe => Err(Error::Nonsense("said twice".into())),
    }
}
