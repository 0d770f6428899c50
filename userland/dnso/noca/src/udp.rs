// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Queries by UDP: taken in batches, answered at once where that can be.

use crate::resolver::{Quick, Resolver};
use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSockRef, UdpSocketState};
use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::Interest;
use tracing::{debug, warn};

/// Longest query that is read; those that are longer come by TCP.
const QUERY: usize = 4096;
/// Buffers of the kernel, so that a burst is not lost.
const BUFFER: usize = 4 << 20;
/// After a failure to receive.
const PAUSE: Duration = Duration::from_millis(100);

/// A socket, opened while there are privileges.
pub fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let domain = socket2::Domain::for_address(address);
    let socket = socket2::Socket::new(domain, socket2::Type::DGRAM, None)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // As much as the system allows.
    let _ = socket.set_recv_buffer_size(BUFFER);
    let _ = socket.set_send_buffer_size(BUFFER);
    socket.bind(&address.into())?;
    Ok(socket.into())
}

struct Door {
    socket: tokio::net::UdpSocket,
    state: UdpSocketState,
    /// Answers go out from where the question came to; the system knows that by
    /// itself unless we listen everywhere.
    everywhere: bool,
}

impl Door {
    fn answer(&self, to: SocketAddr, from: Option<IpAddr>, answer: &[u8]) {
        let transmit = Transmit {
            destination: to,
            ecn: None,
            contents: answer,
            segment_size: None,
            src_ip: from.filter(|_| self.everywhere),
        };
        let sent = self.socket.try_io(Interest::WRITABLE, || {
            self.state
                .try_send(UdpSockRef::from(&self.socket), &transmit)
        });
        if let Err(e) = sent {
            // The client asks again.
            debug!(client = %to, "an answer could not be sent: {e}");
        }
    }
}

/// Answers for ever, in as many tasks as there are processors.
pub fn spawn(socket: UdpSocket, resolver: &Arc<Resolver>) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    let everywhere = socket.local_addr()?.ip().is_unspecified();
    let socket = tokio::net::UdpSocket::from_std(socket)?;
    let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
    let door = Arc::new(Door {
        socket,
        state,
        everywhere,
    });
    let tasks = std::thread::available_parallelism().map_or(1, usize::from);
    for _ in 0..tasks {
        tokio::spawn(run(Arc::clone(&door), Arc::clone(resolver)));
    }
    Ok(())
}

async fn run(door: Arc<Door>, resolver: Arc<Resolver>) {
    // The kernel may put several datagrams of one sender into one buffer.
    let size = QUERY * door.state.gro_segments();
    let mut room = vec![0; size * BATCH_SIZE];
    let mut metas = [RecvMeta::default(); BATCH_SIZE];
    let mut answer = Vec::with_capacity(QUERY);
    loop {
        let received = {
            let mut slices: Vec<IoSliceMut<'_>> =
                room.chunks_exact_mut(size).map(IoSliceMut::new).collect();
            let receive = || {
                door.state
                    .recv(UdpSockRef::from(&door.socket), &mut slices, &mut metas)
            };
            door.socket.async_io(Interest::READABLE, receive).await
        };
        let count = match received {
            Ok(count) => count,
            Err(e) => {
                warn!("queries cannot be received: {e}");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        for (meta, room) in metas.iter().zip(room.chunks_exact(size)).take(count) {
            let stride = meta.stride.max(1);
            for query in room[..meta.len].chunks(stride) {
                match resolver.quick(query, meta.addr, false, &mut answer) {
                    Quick::Answered => door.answer(meta.addr, meta.dst_ip, &answer),
                    Quick::Silence => {}
                    Quick::Later(later) => {
                        let (door, resolver) = (Arc::clone(&door), Arc::clone(&resolver));
                        let (to, from) = (meta.addr, meta.dst_ip);
                        tokio::spawn(async move {
                            if let Some(answer) = resolver.later(later).await {
                                door.answer(to, from, &answer);
                            }
                        });
                    }
                }
            }
        }
        // Other tasks have their turn after each batch.
        tokio::task::yield_now().await;
    }
}
