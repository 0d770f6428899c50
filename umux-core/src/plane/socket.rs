// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Sessions of sockets that are not connected: a UDP socket that sends to
//! several peers has an address for each of them, or they could tell that it
//! is one client.

use super::chain::Chain;
use super::{Micros, Plane, Taken, Wanted};
use crate::error::{Error, Result};
use crate::table::Handle;
use crate::table::slot::Meta;

/// Most sessions of one socket; what it sends to further peers is legacy, or refused, as
/// the pool says of sessions that find no address.
pub const SOCKET_SESSIONS: usize = 16;

impl Plane<'_> {
    /// The session of a socket with a peer, or a new one for it, and whether it
    /// is new.  `cookie` names the socket's PCB, as for [`Plane::commit`], which
    /// has to follow for a new one.
    ///
    /// A session is known by its addresses: when the socket sends to another
    /// port of the same peer, the session is open to all of the peer's ports
    /// from then on.
    ///
    /// # Errors
    /// As [`Plane::take`], and [`Error::NoSpace`]: the socket has
    /// [`SOCKET_SESSIONS`] already, and the pool does not refuse.
    pub fn take_for_socket(
        &mut self,
        wanted: &Wanted,
        cookie: usize,
        now: Micros,
    ) -> Result<(Taken, bool)> {
        self.tick(now);
        let first = self.first_of_socket(cookie);
        let mut count = 0;
        let mut same = None;
        for number in self.chain_from(Chain::Socket, first) {
            count += 1;
            if self.slot(number).peer() == wanted.peer.into() {
                same = Some(number);
                break;
            }
        }
        if let Some(number) = same {
            let meta = self.slot(number).meta();
            if meta.fport() != 0 && meta.fport() != wanted.fport {
                self.slot(number)
                    .publish(Meta::session(meta.proto(), meta.lport(), 0));
            }
            let taken = Taken {
                handle: self.handle(number),
                local: self.addr(number),
            };
            return Ok((taken, false));
        }
        if count >= SOCKET_SESSIONS {
            return Err(match self.refuses(wanted) {
                Ok(true) => Error::MissRefuse,
                Ok(false) => Error::NoSpace,
                Err(error) => error,
            });
        }
        let taken = self.take(wanted, now)?;
        let number = taken.handle.slot;
        let entry = self.entry_mut(number);
        entry.cookie = cookie;
        entry.has_siblings = true;
        self.chain_in(Chain::Socket, number, first);
        Ok((taken, true))
    }

    /// Any session of a socket that is not connected, for ending them all.
    #[must_use]
    pub fn any_of_socket(&self, cookie: usize) -> Option<Handle> {
        self.first_of_socket(cookie)
            .map(|number| self.handle(number))
    }
}
