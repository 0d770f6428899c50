// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The gate: may this packet pass?  (Contract, section 5.)
//!
//! Both hooks ask here, lock-free, for every IPv6 packet of the host.  A
//! packet that has nothing to do with the plane costs one load and a
//! compare; one of a session costs one lookup.

use crate::counters::Packet;
use crate::key::Key;
use crate::table::Table;
use crate::table::slot::{Meta, Phase, State, View};
use crate::wire::ip6::{HEADER_LEN, Ip6};
use crate::wire::proto;
use crate::wire::syn::{self, Syn};
use crate::wire::upper::{Icmp6, Invoking, Tcp, Udp, embedded};
use crate::wire::walk::{Walk, walk};

/// What is to be done with a packet.  Of the size of the C interface's
/// verdicts, so that it is handed over as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Verdict {
    /// Not ours: not to be touched.
    Legacy,
    /// Deliver it to this host.
    Local,
    /// Drop it without an answer.
    Drop,
    /// Neighbour discovery: [`Plane::heard`](crate::plane::Plane::heard)
    /// decides, of output
    /// [`Plane::soliciting`](crate::plane::Plane::soliciting).
    Neighbor,
    /// Headers go on after the bytes given: ask again with more.
    More,
    /// Output of a session: let it go.
    Send,
    /// The same of a LISTEN_U: if it has a PCB,
    /// [`Plane::das_bind`](crate::plane::Plane::das_bind) wants to know.
    SendServer,
    /// Input of a LISTEN_U: [`Plane::admit`](crate::plane::Plane::admit) decides.
    Admit,
    /// A SYN to a LISTEN_0 at an ordinary address: drop it without an answer,
    /// if the address is this host's.
    Guarded,
}

/// Hop limit of neighbour discovery (RFC 4861, 7.1): it came from the link.
const HOP_LIMIT: u8 = 255;

/// Which way a packet goes, seen from the session.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    In,
    Out,
}

/// The gate over a table.
#[derive(Clone, Copy)]
pub struct Gate<'t, 'a>(&'t Table<'a>);

impl<'t, 'a> Gate<'t, 'a> {
    /// A gate that guards the addresses of a table.
    #[must_use]
    pub const fn new(table: &'t Table<'a>) -> Self {
        Self(table)
    }

    /// Whether there is any address or listener to guard.
    #[must_use]
    pub fn is_armed(self) -> bool {
        self.0.filter.any() || self.0.guard.any_six()
    }

    /// A received packet, or as much of it as lies together.  `whole`: there
    /// is no more, or more will not be given.
    ///
    /// What most packets do is short, and what goes on from here takes the same
    /// arguments, so that a compiler can make a jump of it and saves nothing.
    #[must_use]
    pub fn input(self, packet: &[u8], whole: bool) -> Verdict {
        let Some(ip6) = Ip6::parse(packet) else {
            return Verdict::Legacy;
        };
        let dst = Key::from(ip6.dst());
        if dst.is_multicast() || self.0.guard.any_six() || self.0.may_hold(dst) {
            return self.input_special(packet, whole);
        }
        Verdict::Legacy
    }

    /// A packet to an address that may be the plane's, to a group, or to a host
    /// with guarded listeners.
    #[inline(never)]
    fn input_special(self, packet: &[u8], whole: bool) -> Verdict {
        let Some(ip6) = Ip6::parse(packet) else {
            return Verdict::Legacy;
        };
        let dst = Key::from(ip6.dst());
        if dst.is_multicast() {
            return self.multicast(&ip6, packet, whole);
        }
        let Some((slot, view)) = self.0.find(dst) else {
            return self.ordinary(dst, packet, whole);
        };
        let verdict = match view.meta.state() {
            State::Free | State::Duplicated => return self.ordinary(dst, packet, whole),
            State::Valid => session_input(&ip6, &view, packet, whole),
            State::Tombstone if view.meta.asks_for_peer() => answer_input(&ip6, packet, whole),
            State::Pending | State::Tentative | State::Uncertain | State::Tombstone => {
                Verdict::Drop
            }
        };
        match verdict {
            Verdict::Local => {
                // Whoever answers has seen the address, whether or not what was sent to
                // him came by here.
                self.mark_on_wire(slot);
                self.0.packets.count_here(Packet::InSession);
            }
            Verdict::Drop => self.0.packets.count_here(Packet::InDropped),
            _ => {}
        }
        verdict
    }

    fn mark_on_wire(self, slot: u32) {
        if let Some(slot) = self.0.slots.get(slot as usize) {
            slot.mark_on_wire();
        }
    }

    /// A packet to an address that is not the plane's: does it ask a LISTEN_0
    /// for a connection?
    fn ordinary(self, dst: Key, packet: &[u8], whole: bool) -> Verdict {
        if !self.0.guard.any_six() {
            return Verdict::Legacy;
        }
        self.guarded(syn::six(packet, whole), |port| self.0.is_guarded(dst, port))
    }

    /// A received IPv4 packet, which can meet a LISTEN_0 that takes both.
    #[must_use]
    pub fn input_four(self, packet: &[u8], whole: bool) -> Verdict {
        if !self.0.guard.any_four() {
            return Verdict::Legacy;
        }
        self.guarded(syn::four(packet, whole), |port| {
            self.0.is_guarded_four(port)
        })
    }

    fn guarded(self, syn: Syn, is_guarded: impl Fn(u16) -> bool) -> Verdict {
        match syn {
            Syn::Opens(port) if is_guarded(port) => {}
            Syn::Hidden => {}
            Syn::NeedMore => return Verdict::More,
            Syn::Opens(_) | Syn::No => return Verdict::Legacy,
        }
        self.0.packets.count_here(Packet::Guarded);
        Verdict::Guarded
    }

    /// Multicast: only neighbour discovery is of interest.
    fn multicast(self, ip6: &Ip6<'_>, packet: &[u8], whole: bool) -> Verdict {
        if ip6.next_header() != proto::ICMP6 || ip6.hop_limit() != HOP_LIMIT || !self.is_armed() {
            return Verdict::Legacy;
        }
        match packet.get(HEADER_LEN) {
            Some(&(Icmp6::NEIGHBOR_SOLICITATION | Icmp6::NEIGHBOR_ADVERTISEMENT)) => {
                Verdict::Neighbor
            }
            None if !whole => Verdict::More,
            _ => Verdict::Legacy,
        }
    }

    /// A packet that this host sends or forwards.  Short like
    /// [`input`](Self::input).
    #[must_use]
    pub fn output(self, packet: &[u8], whole: bool) -> Verdict {
        let Some(ip6) = Ip6::parse(packet) else {
            return Verdict::Legacy;
        };
        let (src, dst) = (Key::from(ip6.src()), Key::from(ip6.dst()));
        if ip6.next_header() == proto::ICMP6 || self.0.may_hold_either(src, dst) {
            return self.output_special(packet, whole);
        }
        Verdict::Legacy
    }

    /// A packet from or to an address that may be the plane's, or ICMPv6.
    #[inline(never)]
    fn output_special(self, packet: &[u8], whole: bool) -> Verdict {
        let Some(ip6) = Ip6::parse(packet) else {
            return Verdict::Legacy;
        };
        if ip6.next_header() == proto::ICMP6 && self.is_armed() {
            match self.icmp6_output(&ip6, packet, whole) {
                Verdict::Legacy => {}
                verdict => return verdict,
            }
        }
        let source = match self.source(&ip6, packet, whole) {
            verdict @ (Verdict::Drop | Verdict::More) => return verdict,
            verdict => verdict,
        };
        match self.destination(&ip6, packet, whole) {
            Verdict::Legacy => source,
            verdict => verdict,
        }
    }

    /// The output hook as second input gate: packets to an address of this
    /// host are looped back and never meet the input hook.
    fn destination(self, ip6: &Ip6<'_>, packet: &[u8], whole: bool) -> Verdict {
        let Some((_, view)) = self.0.find(ip6.dst().into()) else {
            return Verdict::Legacy;
        };
        match view.meta.state() {
            // An address that is not ours yet, or not at all: its real owner
            // would be cut off.
            State::Free | State::Pending | State::Tentative | State::Duplicated => Verdict::Legacy,
            State::Uncertain | State::Tombstone => {
                self.0.packets.count_here(Packet::OutDropped);
                Verdict::Drop
            }
            State::Valid => match session_input(ip6, &view, packet, whole) {
                Verdict::Local => {
                    self.0.packets.count_here(Packet::OutLocal);
                    Verdict::Local
                }
                verdict @ (Verdict::More | Verdict::Admit) => verdict,
                _ => {
                    self.0.packets.count_here(Packet::OutDropped);
                    Verdict::Drop
                }
            },
        }
    }

    /// What leaves with one of our addresses as its source.
    fn source(self, ip6: &Ip6<'_>, packet: &[u8], whole: bool) -> Verdict {
        let Some((slot, view)) = self.0.find(ip6.src().into()) else {
            return Verdict::Legacy;
        };
        let verdict = match view.meta.state() {
            State::Free | State::Pending | State::Tentative | State::Duplicated => {
                return Verdict::Legacy;
            }
            State::Uncertain | State::Tombstone => Verdict::Drop,
            State::Valid => session_output(ip6, &view, packet, whole),
        };
        match verdict {
            Verdict::Send | Verdict::SendServer => {
                self.mark_on_wire(slot);
                self.0.packets.count_here(Packet::OutSession);
            }
            Verdict::Drop => self.0.packets.count_here(Packet::OutDropped),
            _ => {}
        }
        verdict
    }

    /// What the kernel says in ICMPv6 by itself, and from which address, may
    /// be the plane's affair.
    #[inline(never)]
    fn icmp6_output(self, ip6: &Ip6<'_>, packet: &[u8], whole: bool) -> Verdict {
        let message = packet.get(HEADER_LEN..).unwrap_or(&[]);
        match message.first() {
            None if !whole => Verdict::More,
            Some(1..=4) => self.error_about_us(message, whole),
            // For the peer of a session?  The kernel asks from the host's own
            // address, of which the peer must not learn.
            Some(&Icmp6::NEIGHBOR_SOLICITATION)
                if ip6.hop_limit() == HOP_LIMIT
                    && self.0.find(ip6.src().into()).is_none()
                    && self.is_of_others(ip6.dst().into()) =>
            {
                Verdict::Neighbor
            }
            _ => Verdict::Legacy,
        }
    }

    /// Whether what goes to this address is another node's to have.
    fn is_of_others(self, dst: Key) -> bool {
        self.0.find(dst).is_none_or(|(_, view)| {
            matches!(
                view.meta.state(),
                State::Free | State::Pending | State::Tentative | State::Duplicated
            )
        })
    }

    /// An ICMPv6 error of this host about a packet to one of our addresses
    /// would carry another of its addresses: silence.
    fn error_about_us(self, message: &[u8], whole: bool) -> Verdict {
        // Only the invoking packet's addresses are of interest.
        const NEEDED: usize = 8 + HEADER_LEN;
        let Some(invoking) = message.get(8..NEEDED) else {
            return if whole {
                Verdict::Legacy
            } else {
                Verdict::More
            };
        };
        let about = Ip6::parse(invoking).and_then(|invoking| self.0.find(invoking.dst().into()));
        match about {
            Some((_, view))
                if matches!(
                    view.meta.state(),
                    State::Uncertain | State::Valid | State::Tombstone
                ) =>
            {
                self.0.packets.count_here(Packet::OutDropped);
                Verdict::Drop
            }
            _ => Verdict::Legacy,
        }
    }
}

/// Whether ports are those of the session, seen from here.  A local port that
/// is not known yet (the call that chooses it is still running) is any, and so
/// is the foreign one of a socket that is not connected and sent to several.
fn ports_match(meta: Meta, local: u16, foreign: u16) -> bool {
    (meta.fport() == 0 || foreign == meta.fport()) && (meta.lport() == 0 || local == meta.lport())
}

/// Whether an upper layer belongs to the session.
fn is_of_session(meta: Meta, way: Way, proto: u8, upper: &[u8]) -> bool {
    // Nobody can open a connection to the address of a client, nor a second
    // one to a server's.
    let opens =
        way == Way::In && proto == proto::TCP && Tcp::parse(upper).is_some_and(|tcp| tcp.opens());
    !opens && is_of_tuple(meta, way, proto, upper)
}

/// The same, if it opens a connection too.
fn is_of_tuple(meta: Meta, way: Way, proto: u8, upper: &[u8]) -> bool {
    if proto != meta.proto() {
        return false;
    }
    let (src, dst) = match proto {
        proto::TCP => match Tcp::parse(upper) {
            Some(tcp) => (tcp.src_port, tcp.dst_port),
            None => return false,
        },
        proto::UDP => match Udp::parse(upper) {
            Some(udp) => (udp.src_port, udp.dst_port),
            None => return false,
        },
        _ => return false,
    };
    match way {
        Way::In => ports_match(meta, dst, src),
        Way::Out => ports_match(meta, src, dst),
    }
}

/// A packet to a valid address.
fn session_input(ip6: &Ip6<'_>, view: &View, packet: &[u8], whole: bool) -> Verdict {
    let meta = view.meta;
    let from_peer = Key::from(ip6.src()) == view.peer;
    let (proto, offset) = match walk(packet, whole) {
        Walk::Upper { proto, offset, .. } => (proto, offset),
        // It only counts with a first fragment, which is looked at as a
        // whole packet is, and overlaps are refused by the host (RFC 5722).
        Walk::LaterFragment { .. } => {
            let has_begun = !matches!(meta.phase(), Phase::Armed | Phase::Locked | Phase::Closing);
            return if from_peer && has_begun {
                Verdict::Local
            } else {
                Verdict::Drop
            };
        }
        Walk::NeedMore => return Verdict::More,
        Walk::Refuse(_) => return Verdict::Drop,
    };
    let upper = packet.get(offset..).unwrap_or(&[]);
    if proto == proto::ICMP6 {
        return icmp6_input(ip6, view, offset, upper, whole);
    }
    let passes = match meta.phase() {
        Phase::Client | Phase::Established => {
            from_peer && is_of_session(meta, Way::In, proto, upper)
        }
        // Retransmitted SYNs too: the SYN-ACK may have been lost.
        Phase::Acked => from_peer && is_of_tuple(meta, Way::In, proto, upper),
        Phase::Locked if from_peer && is_of_tuple(meta, Way::In, proto, upper) => {
            return Verdict::Admit;
        }
        Phase::Armed if asks_for(meta, proto, upper) => return Verdict::Admit,
        Phase::Armed | Phase::Locked | Phase::Closing => false,
    };
    if passes {
        Verdict::Local
    } else {
        Verdict::Drop
    }
}

/// Whether a segment could be the first one to a LISTEN_U.
fn asks_for(meta: Meta, proto: u8, upper: &[u8]) -> bool {
    proto == meta.proto()
        && Tcp::parse(upper).is_some_and(|tcp| tcp.opens() && tcp.dst_port == meta.lport())
}

/// ICMPv6 to a valid address: errors about its session, from whomever, and
/// neighbour discovery.  No echo.
fn icmp6_input(ip6: &Ip6<'_>, view: &View, offset: usize, upper: &[u8], whole: bool) -> Verdict {
    let Some(icmp6) = Icmp6::parse(upper) else {
        return Verdict::Drop;
    };
    if icmp6.is_error() {
        return match embedded(upper, whole) {
            Invoking::NeedMore => Verdict::More,
            Invoking::Packet(sent)
                if view.meta.phase() != Phase::Armed
                    && Key::from(sent.src) == view.local
                    && Key::from(sent.dst) == view.peer
                    && sent.proto == view.meta.proto()
                    && sent
                        .ports
                        .is_none_or(|(src, dst)| ports_match(view.meta, src, dst)) =>
            {
                Verdict::Local
            }
            _ => Verdict::Drop,
        };
    }
    // Neighbour discovery has no extension headers here, see wire::nd.
    let on_link = ip6.hop_limit() == HOP_LIMIT && offset == HEADER_LEN;
    match icmp6.kind {
        Icmp6::NEIGHBOR_SOLICITATION | Icmp6::NEIGHBOR_ADVERTISEMENT if on_link => {
            Verdict::Neighbor
        }
        Icmp6::REDIRECT if on_link => Verdict::Local,
        _ => Verdict::Drop,
    }
}

/// A packet to the address of a session that is over: what was asked in its name
/// may be answered, and nothing else comes in.
fn answer_input(ip6: &Ip6<'_>, packet: &[u8], whole: bool) -> Verdict {
    if ip6.next_header() != proto::ICMP6 || ip6.hop_limit() != HOP_LIMIT {
        return Verdict::Drop;
    }
    match packet.get(HEADER_LEN) {
        Some(&Icmp6::NEIGHBOR_ADVERTISEMENT) => Verdict::Neighbor,
        None if !whole => Verdict::More,
        _ => Verdict::Drop,
    }
}

/// A packet from a valid address.
fn session_output(ip6: &Ip6<'_>, view: &View, packet: &[u8], whole: bool) -> Verdict {
    let phase = view.meta.phase();
    let to_peer = phase != Phase::Armed && Key::from(ip6.dst()) == view.peer;
    let send = match phase {
        Phase::Locked | Phase::Acked => Verdict::SendServer,
        _ => Verdict::Send,
    };
    match walk(packet, whole) {
        Walk::Upper { proto, offset, .. } => {
            let upper = packet.get(offset..).unwrap_or(&[]);
            // The kernel resolves the next hop in the name of the packet
            // that waits for it.
            let resolution = proto == proto::ICMP6
                && upper.first() == Some(&Icmp6::NEIGHBOR_SOLICITATION)
                && ip6.hop_limit() == HOP_LIMIT;
            if resolution {
                Verdict::Send
            } else if to_peer && is_of_session(view.meta, Way::Out, proto, upper) {
                send
            } else {
                Verdict::Drop
            }
        }
        Walk::LaterFragment { .. } if to_peer => Verdict::Send,
        Walk::NeedMore => Verdict::More,
        // The application may send with a routing or IPsec header of its own.
        Walk::LaterFragment { .. } | Walk::Refuse(_) => Verdict::Drop,
    }
}
