// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Messages between daemon and helper: JSON, one a packet, some with descriptors.

use nix::cmsg_space;
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, recvmsg,
    sendmsg, socketpair,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use umux_abi::{IfName, PoolId};

/// Longest packet. FreeBSD's default limit for a packet is 8192 bytes.
const PACKET_MAX: usize = 8000;

/// Most descriptors of a packet: the two ends of a generator's pipes.
const FDS_MAX: usize = 2;

/// Most characters of a log message: a packet holds them whatever they are.
pub const LOG_MAX: usize = 1200;

/// From the daemon.
#[derive(Debug, Serialize, Deserialize)]
pub enum Request {
    /// Open the module's device.
    Plane,
    /// Open the configuration.
    Config,
    /// Which prefixes do these interfaces have?
    Prefixes(Vec<IfName>),
    /// Start a generator.
    Spawn(Vec<String>),
    /// Has it ended?
    Status(u64),
    /// End it; with patience if it may end by itself.
    End { id: u64, patient: bool },
    /// To syslog; the only one that has no reply.
    Log { severity: u8, text: String },
}

/// From the helper.
#[derive(Debug, Serialize, Deserialize)]
pub enum Reply {
    /// A descriptor comes with it.
    Opened,
    /// Its standard input and output come with it.
    Spawned { id: u64, pid: u32 },
    /// How it ended, if it did.
    Status(Option<String>),
    /// It has ended.
    Ended,
    /// Interfaces with their prefixes, each once.
    Prefixes(Vec<PoolId>),
    /// The system refused.
    Failed { errno: i32 },
}

/// A connected pair of sockets that keep packets apart.
pub fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(socketpair(
        AddressFamily::Unix,
        SockType::SeqPacket,
        None,
        SockFlag::SOCK_CLOEXEC,
    )?)
}

/// Sends one packet.
pub fn send<T: Serialize>(
    to: BorrowedFd<'_>,
    message: &T,
    fds: &[BorrowedFd<'_>],
) -> io::Result<()> {
    let json = serde_json::to_vec(message)?;
    if json.len() > PACKET_MAX {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let raw: Vec<RawFd> = fds.iter().map(AsRawFd::as_raw_fd).collect();
    let rights = [ControlMessage::ScmRights(&raw)];
    let control = if raw.is_empty() { &[][..] } else { &rights };
    let iov = [IoSlice::new(&json)];
    loop {
        match sendmsg::<()>(to.as_raw_fd(), &iov, control, MsgFlags::MSG_NOSIGNAL, None) {
            Ok(_) => return Ok(()),
            Err(nix::errno::Errno::EINTR) => {}
            Err(e) => return Err(e.into()),
        }
    }
}

/// Receives one packet; its end is `UnexpectedEof`.
pub fn receive<T: DeserializeOwned>(from: BorrowedFd<'_>) -> io::Result<(T, Vec<OwnedFd>)> {
    let mut bytes = [0; PACKET_MAX];
    let mut space = cmsg_space!([RawFd; FDS_MAX]);
    let (len, fds) = loop {
        let mut iov = [IoSliceMut::new(&mut bytes)];
        let received = recvmsg::<()>(
            from.as_raw_fd(),
            &mut iov,
            Some(&mut space),
            MsgFlags::MSG_CMSG_CLOEXEC,
        );
        match received {
            Ok(received) => {
                let mut fds = Vec::new();
                for control in received.cmsgs()? {
                    if let ControlMessageOwned::ScmRights(raw) = control {
                        // SAFETY: the kernel has just made these descriptors for this
                        // process, and nobody else knows their numbers.
                        fds.extend(raw.iter().map(|fd| unsafe { OwnedFd::from_raw_fd(*fd) }));
                    }
                }
                break (received.bytes, fds);
            }
            Err(nix::errno::Errno::EINTR) => {}
            Err(e) => return Err(e.into()),
        }
    };
    if len == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok((serde_json::from_slice(&bytes[..len])?, fds))
}

/// The reply to a failure.
pub fn failed(error: &io::Error) -> Reply {
    Reply::Failed {
        errno: error.raw_os_error().unwrap_or(nix::libc::EIO),
    }
}

/// Borrows, for [`send`].
pub fn borrow(fds: &[OwnedFd]) -> Vec<BorrowedFd<'_>> {
    fds.iter().map(AsFd::as_fd).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    #[test]
    fn packets_stay_apart_and_descriptors_come_with_theirs() {
        let (one, two) = pair().expect("sockets");
        let (read, write) = nix::unistd::pipe().expect("a pipe");
        send(one.as_fd(), &Request::Status(1), &[]).expect("sent");
        send(one.as_fd(), &Request::Status(2), &[write.as_fd()]).expect("sent");
        drop(write);
        let (request, fds) = receive::<Request>(two.as_fd()).expect("received");
        assert!(matches!(request, Request::Status(1)) && fds.is_empty());
        let (request, mut fds) = receive::<Request>(two.as_fd()).expect("received");
        assert!(matches!(request, Request::Status(2)));
        let mut file = std::fs::File::from(fds.pop().expect("one descriptor"));
        file.write_all(b"x").expect("written");
        drop(file);
        let mut text = String::new();
        let mut read = std::fs::File::from(read);
        read.read_to_string(&mut text).expect("read");
        assert_eq!(text, "x", "and no copy of it is left anywhere");
    }

    #[test]
    fn the_end_and_nonsense_are_errors() {
        let (one, two) = pair().expect("sockets");
        nix::unistd::write(&one, b"nonsense").expect("written");
        assert!(receive::<Request>(two.as_fd()).is_err());
        drop(one);
        let end = receive::<Request>(two.as_fd()).expect_err("the end");
        assert_eq!(end.kind(), io::ErrorKind::UnexpectedEof);
        let long = Request::Spawn(vec!["x".repeat(PACKET_MAX)]);
        assert!(send(two.as_fd(), &long, &[]).is_err());
    }
}
