// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Programs that ask: a connection and a question each.

use aarp::message::{Answer, QUESTION, Question};
use aarp_core::{Outcome, Target, Time};
use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, SockFlag, accept4, recv, send};
use std::collections::{BTreeMap, HashMap};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::time::Duration;

/// Who has connected has to ask within this time.
const PATIENCE: Duration = Duration::from_secs(1);

/// One program.
struct Client {
    fd: OwnedFd,
    user: u32,
    since: Time,
    /// What it waits for, once it has asked.
    target: Option<Target>,
}

/// All of them, by numbers that grow.
pub struct Clients {
    clients: BTreeMap<u64, Client>,
    users: HashMap<u32, usize>,
    next: u64,
    max: usize,
    max_user: usize,
    /// Connections that were turned away.
    pub refused: u64,
}

/// What a program did.
pub enum Did {
    /// It asked.
    Asked(u32, Target),
    /// It says that a member failed.
    Failed(Target, Target),
    /// Nothing yet.
    Nothing,
    /// It said something that is not understood.
    Nonsense,
    /// It has gone; it waited for this.
    Gone(Option<Target>),
}

impl Clients {
    /// None; numbers begin with `first`.
    pub fn new(first: u64, max: usize, max_user: usize) -> Clients {
        Clients {
            clients: BTreeMap::new(),
            users: HashMap::new(),
            next: first,
            max,
            max_user,
            refused: 0,
        }
    }

    /// Other limits, for who comes from now on.
    pub fn limit(&mut self, max: usize, max_user: usize) {
        (self.max, self.max_user) = (max, max_user);
    }

    pub fn len(&self) -> usize {
        self.clients.len()
    }

    pub fn fd(&self, number: u64) -> Option<&OwnedFd> {
        self.clients.get(&number).map(|client| &client.fd)
    }

    /// Accepts one. `Ok(None)`: there is none.
    pub fn accept(&mut self, listener: &OwnedFd, now: Time) -> nix::Result<Option<u64>> {
        loop {
            let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
            let fd = match accept4(listener.as_raw_fd(), flags) {
                // SAFETY: the kernel has just made it, and nobody else knows it.
                Ok(fd) => unsafe { OwnedFd::from_raw_fd(fd) },
                Err(Errno::EAGAIN) => return Ok(None),
                Err(Errno::EINTR | Errno::ECONNABORTED) => continue,
                Err(e) => return Err(e),
            };
            let Some(user) = user(&fd) else {
                continue;
            };
            let count = self.users.entry(user).or_default();
            if self.clients.len() >= self.max || *count >= self.max_user {
                self.refused += 1;
                if *count == 0 {
                    self.users.remove(&user);
                }
                // It learns that at once, and goes on without.
                continue;
            }
            *count += 1;
            let number = self.next;
            self.next += 1;
            let client = Client {
                fd,
                user,
                since: now,
                target: None,
            };
            self.clients.insert(number, client);
            return Ok(Some(number));
        }
    }

    /// There is something to read of it.
    pub fn read(&mut self, number: u64) -> Did {
        let Some(client) = self.clients.get_mut(&number) else {
            return Did::Nothing;
        };
        // One byte more than a question has, to know longer ones.
        let mut bytes = [0; QUESTION + 1];
        let fd = client.fd.as_raw_fd();
        let question = match recv(fd, &mut bytes, MsgFlags::MSG_DONTWAIT) {
            Err(Errno::EAGAIN | Errno::EINTR) => return Did::Nothing,
            Ok(0) | Err(_) => return Did::Gone(client.target),
            Ok(n) => bytes.get(..n).and_then(Question::from_bytes),
        };
        match question {
            // One question each.
            _ if client.target.is_some() => Did::Gone(client.target),
            Some(Question::Ask(target)) => {
                client.target = Some(target);
                Did::Asked(client.user, target)
            }
            Some(Question::Failed { target, member }) => Did::Failed(target, member),
            None => Did::Nonsense,
        }
    }

    /// Answers it, and that was it.
    pub fn answer(&mut self, number: u64, answer: Answer) {
        if let Some(client) = self.clients.get(&number) {
            let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
            // It may have gone.
            let _ = send(client.fd.as_raw_fd(), &answer.to_bytes(), flags);
        }
        self.remove(number);
    }

    pub fn remove(&mut self, number: u64) {
        if let Some(client) = self.clients.remove(&number)
            && let Some(count) = self.users.get_mut(&client.user)
        {
            *count -= 1;
            if *count == 0 {
                self.users.remove(&client.user);
            }
        }
    }

    /// Removes who does not ask. When is the next one too late?
    pub fn impatient(&mut self, now: Time) -> Option<Time> {
        loop {
            let silent = |(_, client): &(&u64, &Client)| client.target.is_none();
            let (number, client) = self.clients.iter().find(silent)?;
            let end = client.since + PATIENCE;
            if end > now {
                return Some(end);
            }
            let number = *number;
            self.remove(number);
        }
    }
}

/// As programs understand it.
pub fn told(outcome: Outcome) -> Answer {
    match outcome {
        Outcome::Member(member) => Answer::Member(member),
        Outcome::Unicast | Outcome::NotAnycast => Answer::Itself,
        Outcome::Silent => Answer::Silent,
        Outcome::Busy => Answer::Busy,
    }
}

/// Whose program is it?
#[cfg(target_os = "linux")]
fn user(fd: &OwnedFd) -> Option<u32> {
    use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
    getsockopt(fd, PeerCredentials).ok().map(|peer| peer.uid())
}

/// Whose program is it?
#[cfg(not(target_os = "linux"))]
fn user(fd: &OwnedFd) -> Option<u32> {
    nix::unistd::getpeereid(fd)
        .ok()
        .map(|(uid, _)| uid.as_raw())
}
