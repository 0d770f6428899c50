// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A process that sends Echo Requests, and nothing else.
//!
//! In capability mode FreeBSD lets nobody name a destination (`sendit()` in
//! sys/kern/uipc_syscalls.c: ECAPMODE), and aarpd has to. So it is two processes: the
//! one that reads packets and programs' questions is confined and cannot send; this
//! one sends what the other says, and reads nothing else. It makes the requests
//! itself: who takes over the other process can send Echo Requests, but no packet
//! of another kind.

use crate::sandbox;
use aarp_core::Target;
use aarp_core::echo::{self, Mark, NONCE};
use nix::errno::Errno;
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::sys::socket::{
    AddressFamily, ControlMessage, MsgFlags, SockFlag, SockType, SockaddrIn6, recv, send, sendmsg,
    socketpair,
};
use nix::unistd::{ForkResult, fork};
use std::io::{self, IoSlice};
use std::net::SocketAddrV6;
use std::os::fd::{AsRawFd, OwnedFd};
use umux_daemon::privileges::{User, become_user};

/// Bytes of an order: address, its interface, the interface to send by, and the mark.
const ORDER: usize = 16 + 4 + 4 + 4 + NONCE;

/// Bytes of a complaint: identifier and number, and errno.
const COMPLAINT: usize = 8;

/// The sender, as the other process knows it. It ends when this goes.
#[derive(Debug)]
pub struct Sender(OwnedFd);

/// A request that could not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Complaint {
    /// Its identifier.
    pub id: u16,
    /// Its sequence number.
    pub seq: u16,
    /// Why.
    pub errno: Errno,
}

impl Sender {
    /// Starts it; there must be no threads yet. It becomes `user`.
    pub fn start(raw: &OwnedFd, user: Option<User>) -> io::Result<Sender> {
        let (ours, theirs) = socketpair(
            AddressFamily::Unix,
            SockType::SeqPacket,
            None,
            SockFlag::SOCK_CLOEXEC,
        )?;
        // SAFETY: there is one thread, so that the child may do whatever its parent may.
        match unsafe { fork()? } {
            ForkResult::Parent { .. } => {
                sandbox::nonblocking(&ours)?;
                Ok(Sender(ours))
            }
            ForkResult::Child => {
                drop(ours);
                let code = match serve(raw, &theirs, user) {
                    Ok(()) => 0,
                    Err(e) => {
                        eprintln!("aarpd: the sender of Echo Requests ends: {e}");
                        1
                    }
                };
                std::process::exit(code)
            }
        }
    }

    /// For waiting.
    pub fn fd(&self) -> &OwnedFd {
        &self.0
    }

    /// Has a request sent.
    pub fn order(&self, to: &Target, interface: Option<u32>, mark: &Mark) -> io::Result<()> {
        let mut order = [0; ORDER];
        let parts: [&[u8]; 6] = [
            &to.address.octets(),
            &to.scope.to_ne_bytes(),
            &interface.unwrap_or(0).to_ne_bytes(),
            &mark.id.to_ne_bytes(),
            &mark.seq.to_ne_bytes(),
            &mark.nonce,
        ];
        let mut rest = &mut order[..];
        for part in parts {
            let (place, after) = rest.split_at_mut(part.len());
            place.copy_from_slice(part);
            rest = after;
        }
        send(self.0.as_raw_fd(), &order, MsgFlags::MSG_NOSIGNAL)?;
        Ok(())
    }

    /// What could not be sent; `None`: nothing (more). The end of the process is an
    /// error.
    pub fn complaint(&self) -> io::Result<Option<Complaint>> {
        let mut bytes = [0; COMPLAINT];
        match recv(self.0.as_raw_fd(), &mut bytes, MsgFlags::MSG_DONTWAIT) {
            Err(Errno::EAGAIN | Errno::EINTR) => Ok(None),
            Err(e) => Err(e.into()),
            Ok(COMPLAINT) => {
                let [a, b, c, d, e, f, g, h] = bytes;
                Ok(Some(Complaint {
                    id: u16::from_ne_bytes([a, b]),
                    seq: u16::from_ne_bytes([c, d]),
                    errno: Errno::from_raw(i32::from_ne_bytes([e, f, g, h])),
                }))
            }
            Ok(_) => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

fn serve(raw: &OwnedFd, orders: &OwnedFd, user: Option<User>) -> io::Result<()> {
    // Whoever signals all processes of this name means the other one; this one ends
    // with it.
    for ignored in [Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM] {
        // SAFETY: to ignore a signal runs no code.
        unsafe { signal(ignored, SigHandler::SigIgn)? };
    }
    if let Some(user) = user {
        sandbox::drop_bounding_set()?;
        become_user(user)?;
    }
    sandbox::sender(raw, orders)?;
    let mut order = [0; ORDER];
    loop {
        match recv(orders.as_raw_fd(), &mut order, MsgFlags::empty()) {
            Ok(ORDER) => {}
            Ok(_) => return Ok(()),
            Err(Errno::EINTR) => continue,
            Err(e) => return Err(e.into()),
        }
        let (to, interface, mark) = read(&order);
        if let Err(errno) = transmit(raw, &to, interface, &mark) {
            let mut complaint = [0; COMPLAINT];
            complaint[..2].copy_from_slice(&mark.id.to_ne_bytes());
            complaint[2..4].copy_from_slice(&mark.seq.to_ne_bytes());
            complaint[4..].copy_from_slice(&(errno as i32).to_ne_bytes());
            // If there is no room, the request is as good as lost on its way.
            let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
            let _ = send(orders.as_raw_fd(), &complaint, flags);
        }
    }
}

fn read(order: &[u8; ORDER]) -> (Target, u32, Mark) {
    let mut rest = &order[..];
    fn take<const N: usize>(rest: &mut &[u8]) -> [u8; N] {
        match rest.split_first_chunk() {
            Some((first, after)) => {
                *rest = after;
                *first
            }
            None => [0; N],
        }
    }
    let address: [u8; 16] = take(&mut rest);
    let scope = u32::from_ne_bytes(take(&mut rest));
    let interface = u32::from_ne_bytes(take(&mut rest));
    let mark = Mark {
        id: u16::from_ne_bytes(take(&mut rest)),
        seq: u16::from_ne_bytes(take(&mut rest)),
        nonce: take(&mut rest),
    };
    (Target::new(address.into(), scope), interface, mark)
}

fn transmit(raw: &OwnedFd, to: &Target, interface: u32, mark: &Mark) -> nix::Result<()> {
    let request = echo::request(mark);
    let iov = [IoSlice::new(&request)];
    let address = SockaddrIn6::from(SocketAddrV6::new(to.address, 0, 0, to.scope));
    let info = libc::in6_pktinfo {
        ipi6_addr: libc::in6_addr { s6_addr: [0; 16] },
        ipi6_ifindex: interface as _,
    };
    let control = [ControlMessage::Ipv6PacketInfo(&info)];
    let control = if interface == 0 { &[][..] } else { &control };
    let flags = MsgFlags::MSG_NOSIGNAL;
    sendmsg(raw.as_raw_fd(), &iov, control, flags, Some(&address)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_read_as_it_was_written() {
        let (ours, theirs) = socketpair(
            AddressFamily::Unix,
            SockType::SeqPacket,
            None,
            SockFlag::SOCK_CLOEXEC,
        )
        .expect("sockets");
        let to = Target::new("fe80::1".parse().expect("an address"), 7);
        let mark = Mark {
            id: 1,
            seq: 2,
            nonce: [3; NONCE],
        };
        let sender = Sender(ours);
        sender.order(&to, Some(9), &mark).expect("sent");
        let mut order = [0; ORDER];
        let n = recv(theirs.as_raw_fd(), &mut order, MsgFlags::empty()).expect("received");
        assert_eq!((n, read(&order)), (ORDER, (to, 9, mark)));
        assert_eq!(sender.complaint().expect("nothing"), None);
        drop(theirs);
        assert!(sender.complaint().is_err(), "the process has ended");
    }
}
