// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Asking aarpd itself. A connection for each question: one that is kept would be a
//! descriptor that the program knows nothing of, and closes or passes on. A thread that is
//! cancelled meanwhile ends afterwards.

use crate::Failure;
use crate::cancel;
use crate::message::{ANSWER, Answer, Question};
use crate::place::{Path, SOCKET};
use crate::view::now;
use aarp_core::Target;
use std::mem::{size_of, zeroed};
use std::time::Duration;

/// How long is waited if nobody says how long.
pub const LIMIT: Duration = Duration::from_secs(2);

/// A descriptor that is closed in the end.
struct Fd(libc::c_int);

impl Drop for Fd {
    fn drop(&mut self) {
        // SAFETY: it is this value's own, and used by nobody afterwards.
        unsafe { libc::close(self.0) };
    }
}

/// Asks, and waits for the answer.
///
/// # Errors
/// It is not there, or does not answer in time.
pub fn resolve(target: Target, limit: Duration) -> Result<Answer, Failure> {
    cancel::deferred(|| ask(target, limit))
}

fn ask(target: Target, limit: Duration) -> Result<Answer, Failure> {
    let end = now() + limit;
    let fd = connect().ok_or(Failure::Absent)?;
    send(&fd, Question::Ask(target)).ok_or(Failure::Absent)?;
    loop {
        let left = end.saturating_sub(now());
        if left.is_zero() {
            return Err(Failure::Late);
        }
        // A millisecond more, not less.
        let ms = libc::c_int::try_from(left.as_millis() + 1).unwrap_or(libc::c_int::MAX);
        let mut poll = libc::pollfd {
            fd: fd.0,
            events: libc::POLLIN,
            revents: 0,
        };
        // SAFETY: one valid pollfd.
        match unsafe { libc::poll(&mut poll, 1, ms) } {
            // A signal: the time that is left decides.
            -1 => continue,
            0 => return Err(Failure::Late),
            _ => {}
        }
        let mut bytes = [0u8; ANSWER];
        // SAFETY: the buffer is valid for its length.
        let n = unsafe { libc::recv(fd.0, bytes.as_mut_ptr().cast(), bytes.len(), 0) };
        return match usize::try_from(n) {
            // It ended, or turned this away.
            Ok(0) => Err(Failure::Absent),
            Ok(n) => Ok(Answer::from_bytes(bytes.get(..n).unwrap_or_default())),
            Err(_) if interrupted() => continue,
            Err(_) => Err(Failure::Absent),
        };
    }
}

/// Tells that a member could not be reached. Nobody waits for anything.
pub fn failed(target: Target, member: Target) {
    cancel::deferred(|| {
        if let Some(fd) = connect() {
            send(&fd, Question::Failed { target, member });
        }
    });
}

fn interrupted() -> bool {
    std::io::Error::last_os_error().raw_os_error() == Some(libc::EINTR)
}

fn connect() -> Option<Fd> {
    let path = Path::of(SOCKET)?;
    // SAFETY: zeroes are a valid sockaddr_un.
    let mut address: libc::sockaddr_un = unsafe { zeroed() };
    address.sun_family = libc::AF_UNIX as libc::sa_family_t;
    #[cfg(target_os = "freebsd")]
    {
        address.sun_len = size_of::<libc::sockaddr_un>() as u8;
    }
    for (to, from) in address.sun_path.iter_mut().zip(path.as_bytes()) {
        *to = *from as libc::c_char;
    }
    let kind = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // SAFETY: it takes numbers only.
    let fd = unsafe { libc::socket(libc::AF_UNIX, kind, 0) };
    if fd < 0 {
        return None;
    }
    let fd = Fd(fd);
    let len = size_of::<libc::sockaddr_un>() as libc::socklen_t;
    // SAFETY: the address is valid for its length. A full queue of the socket is an
    // error, since this does not block.
    let connected = unsafe { libc::connect(fd.0, (&raw const address).cast(), len) };
    (connected == 0).then_some(fd)
}

fn send(fd: &Fd, question: Question) -> Option<()> {
    let bytes = question.to_bytes();
    // SAFETY: the buffer is valid for its length.
    let sent = unsafe { libc::send(fd.0, bytes.as_ptr().cast(), bytes.len(), libc::MSG_NOSIGNAL) };
    (sent == bytes.len() as isize).then_some(())
}
