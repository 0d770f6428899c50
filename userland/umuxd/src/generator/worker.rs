//! A thread for each different generator command.

use super::Fault;
use super::process::Process;
use std::collections::HashMap;
use std::net::Ipv6Addr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;
use umux_abi::PoolId;
use umux_addrgen::protocol::Request;

/// What became of a request.
pub struct Generated {
    /// For which pool.
    pub pool: PoolId,
    /// Its addresses, or why there are none.
    pub outcome: Result<Vec<Ipv6Addr>, Fault>,
}

struct Job {
    pool: PoolId,
    count: u32,
}

/// All generators. Pools with the same command share a process.
pub struct Generators {
    limit: Duration,
    report: Box<dyn Fn() -> Box<dyn FnMut(Generated) + Send>>,
    workers: HashMap<Vec<String>, Sender<Job>>,
}

impl Generators {
    /// Outcomes go to what `report` makes, one for each thread; each answer may take
    /// `limit`.
    pub fn new(
        limit: Duration,
        report: impl Fn() -> Box<dyn FnMut(Generated) + Send> + 'static,
    ) -> Generators {
        Generators {
            limit,
            report: Box::new(report),
            workers: HashMap::new(),
        }
    }

    /// Asks a command for addresses of a pool; returns at once.
    pub fn ask(&mut self, command: &[String], pool: PoolId, count: u32) {
        let worker = self.workers.entry(command.to_vec()).or_insert_with(|| {
            let (to, from) = channel();
            let (command, limit, report) = (command.to_vec(), self.limit, (self.report)());
            std::thread::spawn(move || work(&command, limit, &from, report));
            to
        });
        // The thread ends only when this sender does.
        let _ = worker.send(Job { pool, count });
    }

    /// Ends generators that no pool names any more.
    pub fn retain(&mut self, commands: &[Vec<String>]) {
        self.workers.retain(|command, _| commands.contains(command));
    }
}

fn work(
    command: &[String],
    limit: Duration,
    jobs: &Receiver<Job>,
    mut report: Box<dyn FnMut(Generated) + Send>,
) {
    let mut process = None;
    for Job { pool, count } in jobs {
        let request = Request {
            count,
            prefix: pool.prefix,
        };
        let outcome = ask(&mut process, command, limit, request);
        if outcome.as_ref().is_err_and(|fault| !fault.is_survivable()) {
            process = None;
        }
        report(Generated { pool, outcome });
    }
}

fn ask(
    process: &mut Option<Process>,
    command: &[String],
    limit: Duration,
    request: Request,
) -> Result<Vec<Ipv6Addr>, Fault> {
    let running = match process {
        Some(running) => running,
        None => process.insert(Process::start(command, limit)?),
    };
    running.ask(request)
}
