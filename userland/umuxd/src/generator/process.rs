// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! One generator process. Nothing that it does or leaves undone takes longer than
//! the time limit.

use super::Fault;
use super::answer::Answer;
use crate::outside::{Outside, Spawned};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::Ipv6Addr;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use umux_addrgen::protocol::{LINE_MAX, Request};

/// One that closed its output ends within this, or counts as alive.
const ENDING: Duration = Duration::from_millis(200);

/// The first answer may take so many times the limit: on a busy host a program
/// takes long to start, and starting it anew takes longer.
const START_FACTOR: u32 = 4;

/// Waits are cut into pieces of this, to look whether the daemon ends.
const LOOK: Duration = Duration::from_millis(50);

/// A running generator; it ends when this is dropped.
pub struct Process {
    outside: Outside,
    id: u64,
    input: Option<File>,
    output: File,
    buffer: Vec<u8>,
    limit: Duration,
    answered: bool,
    /// It did wrong, and is not given time to end by itself.
    faulty: bool,
    stop: Arc<AtomicBool>,
    #[cfg(test)]
    pid: u32,
}

impl Process {
    /// Starts a command. Its standard error is ours. No wait goes on when `stop` is set.
    pub fn start(
        outside: &Outside,
        command: &[String],
        limit: Duration,
        stop: &Arc<AtomicBool>,
    ) -> Result<Process, Fault> {
        let spawned = outside.spawn(command).map_err(Fault::Start)?;
        #[cfg_attr(not(test), allow(unused_variables))]
        let Spawned {
            id,
            pid,
            input,
            output,
        } = spawned;
        Ok(Process {
            outside: outside.clone(),
            id,
            input: Some(input),
            output,
            buffer: Vec::new(),
            limit,
            answered: false,
            faulty: false,
            stop: Arc::clone(stop),
            #[cfg(test)]
            pid,
        })
    }

    /// Asks for addresses. After any fault but a refusal the process is of no use.
    pub fn ask(&mut self, request: Request) -> Result<Vec<Ipv6Addr>, Fault> {
        let answer = self.converse(request);
        match &answer {
            Ok(_) => self.answered = true,
            Err(fault) => self.faulty = !fault.is_survivable(),
        }
        answer
    }

    /// How long the next answer may take.
    fn limit(&self) -> Duration {
        if self.answered {
            self.limit
        } else {
            self.limit * START_FACTOR
        }
    }

    fn converse(&mut self, request: Request) -> Result<Vec<Ipv6Addr>, Fault> {
        let until = Instant::now() + self.limit();
        self.must_be_silent()?;
        // A request is shorter than any pipe, and the pipe is empty if the last one was answered.
        let sent = match &mut self.input {
            Some(input) => writeln!(input, "{request}").and_then(|()| input.flush()),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        };
        sent.map_err(|e| self.broken(e))?;
        let mut answer = Answer::new(request);
        loop {
            let line = self.line(until)?;
            if let Some(addrs) = answer.line(&line)? {
                self.must_be_silent()?;
                return Ok(addrs);
            }
        }
    }

    /// Nothing may be left over from before a request, or stand behind an answer.
    fn must_be_silent(&mut self) -> Result<(), Fault> {
        if !self.buffer.is_empty() {
            return Err(Fault::TooMany);
        }
        if self.is_readable(Duration::ZERO)? {
            self.fill()?;
            return Err(Fault::TooMany);
        }
        Ok(())
    }

    /// The next line, without its end.
    fn line(&mut self, until: Instant) -> Result<Vec<u8>, Fault> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.buffer.drain(..=end).collect();
                line.pop();
                return Ok(line);
            }
            if self.buffer.len() > LINE_MAX {
                let start = &self.buffer[..40];
                return Err(Fault::Nonsense(format!("{}...", start.escape_ascii())));
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.stop.load(Ordering::SeqCst) {
                return Err(Fault::Hung(self.limit()));
            }
            if self.is_readable(left.min(LOOK))? {
                self.fill()?;
            }
        }
    }

    fn is_readable(&self, wait: Duration) -> Result<bool, Fault> {
        let mut fds = [PollFd::new(self.output.as_fd(), PollFlags::POLLIN)];
        // Rounded up, so that a rest below a millisecond does not spin.
        let wait = wait.saturating_add(Duration::from_micros(999));
        let wait = PollTimeout::try_from(wait).unwrap_or(PollTimeout::MAX);
        match poll(&mut fds, wait) {
            Ok(ready) => Ok(ready > 0),
            Err(nix::errno::Errno::EINTR) => Ok(false),
            Err(e) => Err(Fault::Pipe(e.into())),
        }
    }

    /// Reads what is there.
    fn fill(&mut self) -> Result<(), Fault> {
        let mut chunk = [0; 8192];
        match self.output.read(&mut chunk) {
            Ok(0) => Err(self.ended()),
            Ok(n) => {
                self.buffer.extend_from_slice(&chunk[..n]);
                Ok(())
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(e) => Err(Fault::Pipe(e)),
        }
    }

    fn broken(&mut self, error: io::Error) -> Fault {
        if error.kind() == io::ErrorKind::BrokenPipe {
            self.ended()
        } else {
            Fault::Pipe(error)
        }
    }

    /// How it ended, if it did; one that only closed its output counts as ended.
    fn ended(&mut self) -> Fault {
        match self.farewell() {
            Some(status) => Fault::Ended(status),
            None => Fault::Ended("it closed its output".into()),
        }
    }

    fn farewell(&mut self) -> Option<String> {
        self.input = None;
        let until = Instant::now() + ENDING;
        loop {
            match self.outside.status(self.id) {
                None if Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                status => return status,
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Its end of input tells a sound generator to go; the helper sees to the others,
        // and to whatever they started.
        self.input = None;
        self.outside.end(self.id, !self.faulty);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outside::Helper;
    use nix::sys::signal::killpg;
    use nix::unistd::Pid;

    const LIMIT: Duration = Duration::from_secs(2);

    fn start(command: &[String], limit: Duration) -> Result<Process, Fault> {
        let outside = Outside::local(Helper::default());
        Process::start(&outside, command, limit, &Arc::default())
    }

    fn shell(script: &str, limit: Duration) -> Process {
        let command = ["/bin/sh", "-c", script].map(String::from);
        start(&command, limit).expect("there is a shell")
    }

    fn request() -> Request {
        Request::parse("gen 1 2001:db8:1::/64").expect("a request")
    }

    fn fault(script: &str) -> Fault {
        shell(script, LIMIT).ask(request()).expect_err(script)
    }

    #[test]
    fn a_sound_generator_answers_one_request_after_the_other() {
        let mut process = shell(
            "i=0; while read l; do i=$((i+1)); printf '2001:db8:1::%x\\n.\\n' $i; done",
            LIMIT,
        );
        for n in 1..=3u16 {
            let addrs = process.ask(request()).expect("an answer");
            assert_eq!(addrs[0].segments()[7], n);
        }
    }

    #[test]
    fn a_refusal_leaves_it_alive() {
        let mut process = shell("while read l; do echo err not now; done", LIMIT);
        for _ in 0..2 {
            let fault = process.ask(request()).expect_err("refused");
            assert!(fault.is_survivable(), "{fault}");
        }
    }

    #[test]
    fn one_that_ends_in_the_middle_of_an_answer_has_ended() {
        let fault = fault("read l; echo 2001:db8:1::1; exit 3");
        assert!(
            matches!(&fault, Fault::Ended(how) if how.contains('3')),
            "{fault}"
        );
    }

    #[test]
    fn one_that_is_killed_in_the_middle_of_an_answer_has_ended() {
        let fault = fault("read l; echo 2001:db8:1::1; kill -9 $$");
        assert!(
            matches!(&fault, Fault::Ended(how) if how.contains("signal")),
            "{fault}"
        );
    }

    #[test]
    fn one_that_is_not_there_does_not_start() {
        let command = ["/nonexistent".to_string()];
        assert!(matches!(start(&command, LIMIT), Err(Fault::Start(_))));
    }

    #[test]
    fn one_that_hangs_is_given_up_at_the_time_limit_and_takes_its_children_with_it() {
        let limit = Duration::from_millis(200);
        let begin = Instant::now();
        let mut process = shell("read l; sleep 1000 & sleep 1000; echo done", limit);
        let group = process.pid as i32;
        assert!(matches!(process.ask(request()), Err(Fault::Hung(_))));
        drop(process);
        assert!(begin.elapsed() < Duration::from_secs(5));
        let gone = || killpg(Pid::from_raw(group), None) == Err(nix::errno::Errno::ESRCH);
        let until = Instant::now() + LIMIT;
        while !gone() {
            assert!(Instant::now() < until, "its children live on");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn one_that_starts_slowly_is_given_time_once_and_never_again() {
        let limit = Duration::from_millis(300);
        let slow = "sleep 0.6; read l; printf '2001:db8:1::1\\n.\\n'; read l; sleep 0.6; printf '2001:db8:1::2\\n.\\n'; read l";
        let mut process = shell(slow, limit);
        process.ask(request()).expect("its start may take longer");
        assert!(matches!(process.ask(request()), Err(Fault::Hung(_))));
    }

    #[test]
    fn one_finds_nothing_in_its_environment_that_is_not_promised() {
        let mut process = shell(
            "read l; echo err $(env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD= | sort | tr '\\n' ' ') in $(pwd); read l",
            LIMIT,
        );
        let fault = process.ask(request()).expect_err("it refuses");
        let expected = "it refused: LC_ALL=C \
             PATH=/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin in /";
        assert_eq!(fault.to_string(), expected);
    }

    #[test]
    fn one_that_drips_does_not_outrun_the_time_limit() {
        let limit = Duration::from_millis(300);
        let begin = Instant::now();
        let script = "read l; while :; do printf 2; sleep 0.05; done";
        let fault = shell(script, limit)
            .ask(request())
            .expect_err("no line ever ends");
        assert!(matches!(fault, Fault::Hung(_)), "{fault}");
        assert!(begin.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn one_that_says_more_than_it_is_asked_is_found_out_at_once_or_at_the_next_request() {
        assert!(matches!(
            fault("read l; printf '2001:db8:1::1\\n.\\n2001:db8:1::2\\n.\\n'; read l"),
            Fault::TooMany
        ));
        assert!(matches!(
            fault("echo hello; read l; sleep 5"),
            Fault::TooMany | Fault::Nonsense(_)
        ));
        let mut late = shell(
            "read l; printf '2001:db8:1::1\\n.\\n'; sleep 0.2; echo more; read l; read l",
            LIMIT,
        );
        late.ask(request()).expect("a good answer");
        assert!(
            late.is_readable(Duration::from_secs(10))
                .expect("it speaks")
        );
        assert!(matches!(late.ask(request()), Err(Fault::TooMany)));
    }

    #[test]
    fn a_line_without_end_costs_no_memory() {
        let fault = fault("read l; while :; do printf '%01000d' 0; done");
        assert!(
            matches!(&fault, Fault::Nonsense(line) if line.len() < 100),
            "{fault}"
        );
    }
}
