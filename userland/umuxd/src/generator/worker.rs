// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A thread for each different generator command.

use super::Fault;
use super::process::Process;
use crate::outside::Outside;
use std::collections::HashMap;
use std::net::Ipv6Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;
use umux_abi::PoolId;
use umux_addrgen::protocol::Request;

/// What became of a request.
pub struct Generated {
    /// For which pool.
    pub pool: PoolId,
    /// By which command.
    pub command: Vec<String>,
    /// Its addresses, or why there are none.
    pub outcome: Result<Vec<Ipv6Addr>, Fault>,
}

struct Job {
    pool: PoolId,
    count: u32,
}

struct Worker {
    jobs: Sender<Job>,
    thread: JoinHandle<()>,
}

/// All generators. Pools with the same command share a process. When this is
/// dropped, all processes end, whatever they are doing.
pub struct Generators {
    outside: Outside,
    limit: Duration,
    report: Box<dyn Fn() -> Box<dyn FnMut(Generated) + Send>>,
    workers: HashMap<Vec<String>, Worker>,
    stop: Arc<AtomicBool>,
}

impl Generators {
    /// Outcomes go to what `report` makes, one for each thread; each answer may take
    /// `limit`.
    pub fn new(
        outside: Outside,
        limit: Duration,
        report: impl Fn() -> Box<dyn FnMut(Generated) + Send> + 'static,
    ) -> Generators {
        Generators {
            outside,
            limit,
            report: Box::new(report),
            workers: HashMap::new(),
            stop: Arc::default(),
        }
    }

    /// Asks a command for addresses of a pool; returns at once.
    pub fn ask(&mut self, command: &[String], pool: PoolId, count: u32) {
        let worker = self.workers.entry(command.to_vec()).or_insert_with(|| {
            let (jobs, from) = channel();
            let (command, limit, report) = (command.to_vec(), self.limit, (self.report)());
            let (outside, stop) = (self.outside.clone(), Arc::clone(&self.stop));
            let thread =
                std::thread::spawn(move || work(&outside, &command, limit, &stop, &from, report));
            Worker { jobs, thread }
        });
        // The thread ends only when this sender does.
        let _ = worker.jobs.send(Job { pool, count });
    }

    /// Ends generators that no pool names any more.
    pub fn retain(&mut self, commands: &[Vec<String>]) {
        self.workers.retain(|command, _| commands.contains(command));
    }
}

impl Drop for Generators {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        for (_, Worker { jobs, thread }) in self.workers.drain() {
            drop(jobs);
            // It panicked, if anything; there is nothing left to save.
            let _ = thread.join();
        }
    }
}

fn work(
    outside: &Outside,
    command: &[String],
    limit: Duration,
    stop: &Arc<AtomicBool>,
    jobs: &Receiver<Job>,
    mut report: Box<dyn FnMut(Generated) + Send>,
) {
    let mut process = None;
    for Job { pool, count } in jobs {
        let request = Request {
            count,
            prefix: pool.prefix,
        };
        let outcome = ask(&mut process, outside, command, limit, stop, request);
        if outcome.as_ref().is_err_and(|fault| !fault.is_survivable()) {
            process = None;
        }
        report(Generated {
            pool,
            command: command.to_vec(),
            outcome,
        });
    }
}

fn ask(
    process: &mut Option<Process>,
    outside: &Outside,
    command: &[String],
    limit: Duration,
    stop: &Arc<AtomicBool>,
    request: Request,
) -> Result<Vec<Ipv6Addr>, Fault> {
    let running = match process {
        Some(running) => running,
        None => process.insert(Process::start(outside, command, limit, stop)?),
    };
    running.ask(request)
}
