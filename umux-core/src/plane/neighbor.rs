// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Received neighbour solicitations and advertisements: the table of
//! contract section 4.

use core::net::Ipv6Addr;

use super::{Micros, Plane};
use crate::action::{Action, Actions, Events};
use crate::key::Key;
use crate::table::slot::State;
use crate::wire::ALL_NODES;
use crate::wire::nd::{self, LinkAddr, NaFlags, Nd, NeighborAdvertisement, NeighborSolicitation};

/// Whose a message was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Heard {
    /// The kernel's own: it is not about an address of ours.
    Legacy,
    /// Ours; nobody else may see it.
    Consumed,
    /// The kernel's, although it was sent to an address of ours: deliver it.
    Local,
}

impl Plane<'_> {
    /// A packet that the gate called neighbour discovery.
    pub fn heard(&mut self, ifindex: u32, packet: &[u8], now: Micros, out: &mut Actions) -> Heard {
        self.tick(now);
        let message = match nd::parse(packet) {
            Ok(message) => message,
            Err(_) => {
                self.counters.nd_invalid += 1;
                // What is broken is silently discarded (RFC 4861, 7.1), but
                // that is for whoever owns the target to do.
                return if self.to_us(packet) {
                    Heard::Consumed
                } else {
                    Heard::Legacy
                };
            }
        };
        match message {
            Nd::Solicitation(ns) => self.solicited(ifindex, &ns, out),
            Nd::Advertisement(na) => self.advertised(ifindex, &na),
        }
    }

    /// Whether the destination is an address of ours.
    fn to_us(&self, packet: &[u8]) -> bool {
        crate::wire::ip6::Ip6::parse(packet).is_some_and(|ip6| {
            self.find(ip6.dst().into())
                .is_some_and(|number| self.state(number) != State::Duplicated)
        })
    }

    /// The slot of a target that is ours on this link.
    fn target(&self, ifindex: u32, target: Ipv6Addr) -> Option<u32> {
        self.find(Key::from(target))
            .filter(|&number| self.ifindex_of(number) == ifindex)
    }

    fn solicited(
        &mut self,
        ifindex: u32,
        ns: &NeighborSolicitation<'_>,
        out: &mut Actions,
    ) -> Heard {
        let Some(number) = self.target(ifindex, ns.target) else {
            // Asking one of our addresses about another address would show
            // that both are on this host.
            return if self.find(ns.dst.into()).is_some() {
                Heard::Consumed
            } else {
                Heard::Legacy
            };
        };
        // Nor is one address to be found by way of another.
        if !ns.dst.is_multicast() && ns.dst != ns.target {
            return Heard::Consumed;
        }
        let dad = ns.is_dad();
        if dad {
            self.counters.ns_dad += 1;
        }
        match (self.state(number), dad) {
            (State::Free | State::Duplicated, _) => return Heard::Legacy,
            (State::Tombstone, true) => self.asks_no_more(number),
            (State::Tombstone, false) => {}
            (State::Pending | State::Tentative, true) => match ns.nonce {
                Some(nonce) if self.came_back(number, nonce) => {}
                _ => self.duplicated(number),
            },
            (State::Pending | State::Tentative, false) => {}
            (State::Uncertain | State::Valid, true) => {
                self.counters.defended += 1;
                self.advertise(number, ALL_NODES, None, NaFlags::OVERRIDE, out);
            }
            (State::Uncertain, false) => self.counters.ns_silent += 1,
            // Another node sends from it.  An answer would be to ourselves.
            (State::Valid, false) if ns.src == ns.target => self.claimed(number),
            (State::Valid, false) => {
                self.counters.ns_resolve += 1;
                self.counters.answered += 1;
                self.advertise(
                    number,
                    ns.src,
                    ns.source_lladdr,
                    NaFlags::SOLICITED | NaFlags::OVERRIDE,
                    out,
                );
            }
        }
        Heard::Consumed
    }

    /// Sends an advertisement of an address of ours.  Its source is the
    /// address itself: any other would show that it belongs to this host.
    fn advertise(
        &self,
        number: u32,
        dst: Ipv6Addr,
        lladdr: Option<LinkAddr>,
        flags: NaFlags,
        out: &mut Actions,
    ) {
        let Some(iface) = self.iface(self.entry(number).iface) else {
            return;
        };
        let target = self.addr(number);
        let packet = nd::emit_advertisement(&target, &dst, &target, flags, iface.lladdr.as_ref());
        let ifindex = iface.ifindex;
        // One message makes one answer, and the caller gave room for it.
        let _ = out.push(if dst.is_multicast() {
            Action::Send {
                ifindex,
                packet,
                probe: None,
            }
        } else {
            Action::Answer {
                ifindex,
                peer: dst,
                lladdr,
                packet,
            }
        });
    }

    fn advertised(&mut self, ifindex: u32, na: &NeighborAdvertisement) -> Heard {
        // What turned out to be another's is a neighbour as any other.
        let ours = self
            .target(ifindex, na.target)
            .filter(|&number| !matches!(self.state(number), State::Free | State::Duplicated));
        let Some(number) = ours else {
            // The answer to a solicitation that the kernel sent from an
            // address of ours, to resolve the next hop, or that went out in its
            // name.
            return match self.table.find(na.dst.into()) {
                Some((_, view)) if view.meta.state() == State::Valid => Heard::Local,
                Some((_, view))
                    if view.meta.asks_for_peer() && view.peer == Key::from(na.target) =>
                {
                    Heard::Local
                }
                Some((_, view)) if view.meta.state() != State::Duplicated => Heard::Consumed,
                _ => Heard::Legacy,
            };
        };
        match self.state(number) {
            State::Free | State::Duplicated => {}
            State::Tombstone if self.is_own(number, na) => {}
            State::Tombstone => self.asks_no_more(number),
            // A bridge or access point reflects what we said in defence.
            // Only assigned addresses are defended: before, it is another's.
            State::Uncertain | State::Valid if self.is_own(number, na) => {
                self.counters.looped += 1;
            }
            State::Pending | State::Tentative | State::Uncertain => {
                self.counters.na += 1;
                self.duplicated(number);
            }
            State::Valid => {
                self.counters.na += 1;
                self.claimed(number);
            }
        }
        Heard::Consumed
    }

    /// Whether an advertisement is one that [`advertise`](Self::advertise)
    /// makes.  Without link-layer addresses nobody can tell.
    fn is_own(&self, number: u32, na: &NeighborAdvertisement) -> bool {
        let own = self
            .iface(self.entry(number).iface)
            .and_then(|iface| iface.lladdr);
        own.is_some() && na.target_lladdr == own && na.src == na.target
    }

    /// Another node uses the address of a session: the session is kept, the
    /// address is not given to another.
    fn claimed(&mut self, number: u32) {
        self.slot(number).mark_on_wire();
        self.counters.conflict += 1;
        let pool = self.entry(number).pool;
        self.happened(pool, Events::CONFLICT);
    }
}
