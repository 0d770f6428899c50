// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What the next hop is told, and asked, in a session's name.
//!
//! The kernel knows no address of the plane, so it would ask for a session's
//! peer from the host's own address, which the peer would then have seen.

use core::net::Ipv6Addr;

use super::chain::Chain;
use super::{Micros, Plane};
use crate::action::{Action, Actions};
use crate::error::Result;
use crate::key::Key;
use crate::plane::Heard;
use crate::table::Handle;
use crate::table::slot::State;
use crate::timer::Millis;
use crate::wire::ALL_ROUTERS;
use crate::wire::nd::{self, NaFlags, Nd};

/// How a fresh source is made known, so that the next hop need not ask for
/// it when the first answer arrives there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Announce {
    /// An unsolicited advertisement to all routers (RFC 9131, 4.1).
    Routers,
    /// A solicitation of the next hop, unicast, with our link-layer address:
    /// it may make its entry from that (RFC 4861, 7.2.3).
    NextHop(Ipv6Addr),
}

/// How many sessions with a peer are looked at, the oldest and the latest, for one
/// that is not over, or was over last: what is forgotten gets no answer.
const LOOKED_AT: usize = 64;

/// How long a kernel looks after a neighbour that nothing is sent to any more (RFC 4861,
/// 7.3.3 and 10), beside its questions: DELAY_FIRST_PROBE_TIME, 5 s, and as
/// much again.
const LOOKED_AFTER: Millis = 10_000;
/// Its questions: MAX_UNICAST_SOLICIT, one a RetransTimer.
const QUESTIONS: Millis = 3;

impl Plane<'_> {
    /// Announces the address of a session that was just taken.
    ///
    /// # Errors
    /// [`Error::Stale`](crate::error::Error::Stale).
    pub fn announce(
        &mut self,
        handle: Handle,
        how: Announce,
        now: Micros,
        out: &mut Actions,
    ) -> Result<()> {
        self.tick(now);
        let number = self.resolve_session(handle)?;
        let Some(iface) = self
            .iface(self.entry(number).iface)
            .filter(|iface| iface.up)
        else {
            return Ok(());
        };
        let (ifindex, lladdr) = (iface.ifindex, iface.lladdr.as_ref());
        let local = self.addr(number);
        let action = match how {
            // RFC 9131: neither solicited nor overriding.
            Announce::Routers => Action::Send {
                ifindex,
                packet: nd::emit_advertisement(
                    &local,
                    &ALL_ROUTERS,
                    &local,
                    NaFlags::empty(),
                    lladdr,
                ),
                probe: None,
            },
            Announce::NextHop(next) => Action::SendTo {
                ifindex,
                peer: next,
                packet: nd::emit_solicitation(&local, &next, &next, lladdr),
            },
        };
        self.slot(number).mark_on_wire();
        // The caller gives an empty list.
        let _ = out.push(action);
        Ok(())
    }

    /// A neighbour solicitation that the kernel sends: one for the peer of a
    /// session goes out in the session's name instead, and so it does for a while
    /// when the session is over.
    pub fn soliciting(
        &mut self,
        ifindex: u32,
        packet: &[u8],
        now: Micros,
        out: &mut Actions,
    ) -> Heard {
        let ms = self.tick(now);
        let Ok(Nd::Solicitation(ns)) = nd::parse(packet) else {
            return Heard::Legacy;
        };
        if ns.is_dad() || self.find(ns.src.into()).is_some() {
            return Heard::Legacy;
        }
        let first = self.first_of_peer(Key::from(ns.target));
        let Some(iface) = self.iface_number(ifindex).and_then(|n| self.iface(n)) else {
            return Heard::Legacy;
        };
        let limit = LOOKED_AFTER.saturating_add(QUESTIONS.saturating_mul(iface.retrans));
        let over_for = |&number: &u32| match self.state(number) {
            State::Valid => None,
            _ => Some(ms.wrapping_sub(self.entry(number).since)),
        };
        let Some(number) = self
            .chain_from(Chain::Peer, first)
            .take(LOOKED_AT)
            .filter(|&number| self.ifindex_of(number) == ifindex)
            .filter(|number| over_for(number).is_none_or(|over| over <= limit))
            .min_by_key(over_for)
        else {
            return Heard::Legacy;
        };
        let local = self.addr(number);
        let packet = nd::emit_solicitation(&local, &ns.dst, &ns.target, iface.lladdr.as_ref());
        self.slot(number).mark_on_wire();
        let _ = out.push(if ns.dst.is_multicast() {
            Action::Send {
                ifindex,
                packet,
                probe: None,
            }
        } else {
            Action::SendTo {
                ifindex,
                peer: ns.dst,
                packet,
            }
        });
        Heard::Consumed
    }
}
