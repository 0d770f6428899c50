// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The plane, which answers one request after the other: a thread of its own waits
//! for it, so that nobody else does.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;
use tracing::{error, info, warn};
use umux_abi::{Control, Error, PlaneRef};

/// Requests that may wait: as many as one channel may bring.
const QUEUE: usize = 4096;
/// A plane that was lost is not looked for more often.
const RETRY: Duration = Duration::from_millis(200);

type Job = Box<dyn FnOnce(Result<&mut dyn Control, &Error>) -> Health + Send>;

/// Does the connection to the plane still stand?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Sound,
    Broken,
}

/// Why there is no answer of the plane.
#[derive(Debug)]
pub enum Failed {
    /// It said no, or cannot be reached.
    Plane(Error),
    /// It cannot be reached, others were told why.
    Gone(String),
    /// Too many wait for it.
    Busy,
    /// The time was over before its turn came.
    Late,
}

/// Whoever has it can ask the plane.
#[derive(Debug, Clone)]
pub struct Plane {
    jobs: SyncSender<Job>,
    lost: Arc<Notify>,
}

impl Plane {
    /// Opens it.
    pub fn open(lab: Option<&std::path::Path>) -> Result<(PlaneRef, Box<dyn Control>), Error> {
        let plane = PlaneRef::from_lab_option(lab);
        let control = plane.control()?;
        Ok((plane, control))
    }

    /// Begins to work.
    pub fn start(plane: PlaneRef, control: Box<dyn Control>) -> Plane {
        let (jobs, queue) = sync_channel(QUEUE);
        let lost = Arc::new(Notify::new());
        let worker = Worker {
            // The module's device is opened by whoever starts this program anew: here
            // the privileges for that have gone.
            again: match plane {
                PlaneRef::Lab(path) => Some(path),
                PlaneRef::Kernel => None,
            },
            control: Ok(control),
            tried: Instant::now(),
            lost: Arc::clone(&lost),
        };
        std::thread::spawn(move || worker.work(&queue));
        Plane { jobs, lost }
    }

    /// Comes back when the plane is lost for good.
    pub async fn lost(&self) {
        self.lost.notified().await;
    }

    /// Asks; whatever its turn comes too late for is not done.
    pub async fn ask<T: Send + 'static>(
        &self,
        deadline: Instant,
        f: impl FnOnce(&mut dyn Control) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Failed> {
        self.ask_or_undo(deadline, f, |_, _| {}).await
    }

    /// Asks for what holds something: `undo` is done at once if it was done when
    /// nobody waited for it any more.
    pub async fn ask_or_undo<T: Send + 'static>(
        &self,
        deadline: Instant,
        f: impl FnOnce(&mut dyn Control) -> Result<T, Error> + Send + 'static,
        undo: impl FnOnce(&mut dyn Control, T) + Send + 'static,
    ) -> Result<T, Failed> {
        let (answer, mut answered) = oneshot::channel();
        let job: Job = Box::new(move |control| {
            if Instant::now() >= deadline || answer.is_closed() {
                return Health::Sound;
            }
            let control = match control {
                Ok(control) => control,
                Err(why) => {
                    let _ = answer.send(Err(Failed::Gone(why.to_string())));
                    return Health::Sound;
                }
            };
            let result = f(control).map_err(Failed::Plane);
            let health = match &result {
                Err(Failed::Plane(e)) if e.errno().is_none() => Health::Broken,
                _ => Health::Sound,
            };
            if let Err(Ok(done)) = answer.send(result) {
                undo(control, done);
            }
            health
        });
        match self.jobs.try_send(job) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(Failed::Busy),
            Err(TrySendError::Disconnected(_)) => {
                return Err(Failed::Gone("the plane is lost".into()));
            }
        }
        match tokio::time::timeout_at(deadline, &mut answered).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(Failed::Late),
            Err(_) => {
                // From here on it is undone; what came just before is taken.
                answered.close();
                answered.try_recv().unwrap_or(Err(Failed::Late))
            }
        }
    }
}

struct Worker {
    again: Option<PathBuf>,
    control: Result<Box<dyn Control>, Error>,
    tried: Instant,
    lost: Arc<Notify>,
}

impl Worker {
    fn work(mut self, queue: &Receiver<Job>) {
        while let Ok(job) = queue.recv() {
            self.reopen();
            let health = match &mut self.control {
                Ok(control) => job(Ok(control.as_mut())),
                Err(why) => job(Err(why)),
            };
            if health == Health::Sound || self.control.is_err() {
                continue;
            }
            let Some(path) = &self.again else {
                error!("the module's device is lost");
                self.lost.notify_one();
                return;
            };
            warn!("the lab at {} is lost", path.display());
            self.control = Err(Error::Lab {
                path: path.clone(),
                what: "hung up".into(),
            });
        }
    }

    fn reopen(&mut self) {
        let Some(path) = &self.again else { return };
        if self.control.is_ok() || self.tried.elapsed() < RETRY {
            return;
        }
        self.tried = Instant::now();
        self.control = PlaneRef::Lab(path.clone()).control();
        if self.control.is_ok() {
            info!("the lab at {} is there again", path.display());
        }
    }
}
