// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The raw ICMPv6 socket. The kernel passes it nothing but Echo Replies, whose
//! checksums it has looked at.

use aarp_core::Received;
use aarp_core::echo;
use libc::c_int;
use nix::cmsg_space;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrIn6, recvmsg, setsockopt, sockopt};
use socket2::{Domain, Protocol, Socket, Type};
use std::io::{self, IoSliceMut};
use std::mem::size_of_val;
use std::os::fd::{AsRawFd, OwnedFd};

/// Replies that can wait for aarpd.
const BUFFER: usize = 1 << 20;

/// Opens it; only root can.
pub fn open() -> Result<OwnedFd, String> {
    let socket =
        Socket::new(Domain::IPV6, Type::RAW, Some(Protocol::ICMPV6)).map_err(|e| {
            match e.kind() {
                io::ErrorKind::PermissionDenied => {
                    "only root can open a raw ICMPv6 socket: start aarpd as root".to_string()
                }
                _ => format!("cannot open a raw ICMPv6 socket: {e}"),
            }
        })?;
    let prepare = || {
        socket.set_nonblocking(true)?;
        // As much as can be had.
        let _ = socket.set_recv_buffer_size(BUFFER);
        setsockopt(&socket, sockopt::Ipv6RecvPacketInfo, &true)?;
        pass_replies_only(&socket)
    };
    prepare().map_err(|e: io::Error| format!("cannot prepare the raw ICMPv6 socket: {e}"))?;
    Ok(socket.into())
}

/// The option of RFC 3542, section 3.2; on Linux a set bit blocks, elsewhere it passes.
fn pass_replies_only(socket: &Socket) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    let (option, mut filter): (c_int, [u32; 8]) = (1, [u32::MAX; 8]);
    #[cfg(not(target_os = "linux"))]
    let (option, mut filter): (c_int, [u32; 8]) = (18, [0; 8]);
    let reply = usize::from(echo::REPLY);
    if let Some(word) = filter.get_mut(reply / 32) {
        *word ^= 1 << (reply % 32);
    }
    // SAFETY: the filter is valid for its length.
    let set = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::IPPROTO_ICMPV6,
            option,
            (&raw const filter).cast(),
            size_of_val(&filter) as libc::socklen_t,
        )
    };
    if set != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// What came in.
#[derive(Debug)]
pub enum Packet {
    /// A reply as aarpd's would be.
    Reply(Received),
    /// Something else: the reply to somebody's ping.
    Other,
}

/// Receives one; `None`: there is none.
pub fn receive(socket: &OwnedFd) -> io::Result<Option<Packet>> {
    // One byte more than ours have, to know longer ones.
    let mut bytes = [0; echo::LEN + 1];
    let mut space = cmsg_space!(libc::in6_pktinfo);
    let mut iov = [IoSliceMut::new(&mut bytes)];
    let fd = socket.as_raw_fd();
    let received =
        match recvmsg::<SockaddrIn6>(fd, &mut iov, Some(&mut space), MsgFlags::MSG_DONTWAIT) {
            Ok(received) => received,
            Err(nix::errno::Errno::EAGAIN) => return Ok(None),
            // The next one may be sound.
            Err(nix::errno::Errno::EINTR) => return Ok(Some(Packet::Other)),
            Err(e) => return Err(e.into()),
        };
    let interface = received.cmsgs()?.find_map(|control| match control {
        ControlMessageOwned::Ipv6PacketInfo(info) => Some(info.ipi6_ifindex),
        _ => None,
    });
    let from = received.address.map(|address| address.ip());
    let len = received.bytes;
    let mark = bytes.get(..len).and_then(echo::reply);
    let (Some(from), Some(interface), Some(mark)) = (from, interface, mark) else {
        return Ok(Some(Packet::Other));
    };
    Ok(Some(Packet::Reply(Received {
        from: clear(from),
        interface,
        mark,
    })))
}

/// FreeBSD's kernel may leave the interface in the address of a link.
fn clear(address: std::net::Ipv6Addr) -> std::net::Ipv6Addr {
    if !address.is_unicast_link_local() {
        return address;
    }
    let mut segments = address.segments();
    segments[1] = 0;
    segments.into()
}
