// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Effects: what the caller has to do for the core.

use core::net::Ipv6Addr;

use crate::table::Handle;
use crate::wire::nd::{LinkAddr, NdPacket};

bitflags::bitflags! {
    /// What happened to a pool since its last event message.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct Events: u16 {
        /// Addresses were taken.
        const USED = 0x0001;
        /// Sessions ended.
        const ENDED = 0x0002;
        /// A session found the pool empty.
        const MISS = 0x0004;
        /// Other nodes hold addresses of ours.
        const DUPLICATED = 0x0008;
        /// Addresses became uncertain.
        const READY = 0x0010;
        /// A valid address is claimed by another node.
        const CONFLICT = 0x0020;
        /// Addresses reached `max_age`.
        const EXPIRED = 0x0040;
        /// The link went down or came up.
        const LINK = 0x0080;
        /// Prefix or interface went away, or the pool was deleted.
        const POOL_GONE = 0x0100;
        /// The pool is new.
        const POOL_NEW = 0x0200;
        /// Addresses were deleted or flushed on request.
        const WITHDRAWN = 0x0400;
        /// An address waits for the client of a server.
        const ARMED = 0x0800;
        /// Such addresses went without a connection.
        const LAPSED = 0x1000;
    }
}

/// The body of an event message: levels of the pool, never an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventInfo {
    /// What happened.
    pub events: Events,
    /// Grows by one a message and plane.
    pub seq: u32,
    /// Addresses ready now.
    pub uncertain: u32,
    /// Addresses on their way.
    pub tentative: u32,
    /// Addresses in sessions.
    pub valid: u32,
    /// Duplicates since the last message.
    pub duplicated: u32,
    /// Misses since the last message.
    pub missed: u32,
    /// The pool's interface.
    pub ifindex: u32,
    /// The pool's prefix.
    pub prefix: Ipv6Addr,
    /// Its length, bits.
    pub plen: u8,
}

/// One effect.  The caller carries it out after it let go of the plane.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// Send this multicast packet on the interface.
    Send {
        /// Interface index.
        ifindex: u32,
        /// A whole IPv6 packet.
        packet: NdPacket,
        /// The address that this is a DAD probe for: if the packet cannot be
        /// sent, `Plane::unsent`.
        probe: Option<Handle>,
    },
    /// Send this unicast packet, and resolve its destination for that.
    SendTo {
        /// Interface index.
        ifindex: u32,
        /// Destination.
        peer: Ipv6Addr,
        /// A whole IPv6 packet.
        packet: NdPacket,
    },
    /// Send this unicast answer to the link-layer address that the question gave or,
    /// if it gave none, to what is known of whoever asked: resolving him would show
    /// him another address of this host.  Of a stranger nothing is known, and
    /// he hears nothing; his question was an error, if it was multicast (RFC 4861,
    /// 4.3).
    Answer {
        /// Interface index.
        ifindex: u32,
        /// Destination.
        peer: Ipv6Addr,
        /// What the solicitation said of it.
        lladdr: Option<LinkAddr>,
        /// A whole IPv6 packet.
        packet: NdPacket,
    },
    /// Groups wait to be left: drain `Plane::next_group` in a thread.
    Leave,
    /// Tell userland.
    Event {
        /// Pool number.
        pool: u32,
        /// The message.
        info: EventInfo,
    },
    /// Is this session's PCB gone?  `Plane::end` or `Plane::checked`.
    CheckPcb {
        /// The session.
        handle: Handle,
    },
    /// Has this LISTEN_U's connection a PCB?  `Plane::das_bind` or
    /// `Plane::das_absent`.
    FindPcb {
        /// The LISTEN_U.
        handle: Handle,
    },
    /// Is this pool's prefix still on-link?  Else `Plane::pool_del`.
    CheckPool {
        /// Pool number.
        pool: u32,
    },
}

/// How many effects one call can have; a caller with more work due is told
/// to call again.
pub const ACTIONS_MAX: usize = 4;

/// The effects of one call.
pub type Actions = heapless::Vec<Action, ACTIONS_MAX>;
