// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! LISTEN_U: one address that lets one connection of one client in (delayed
//! address setting, contract section 7).
//!
//! ```text
//! arm ──> ARMED ──first SYN──> LOCKED ──ACK──> ACKED ──PCB──> ESTABLISHED ──> gone
//!           │                    │               │
//!           └──── lease over, listener gone ─────┴──> lapsed: silence
//! ```
//!
//! ARMED is whoever's the first SYN is; from then on only its tuple passes.
//! LOCKED and ACKED are known by the kernel's SYN cache only, so their lease
//! outlasts it.  An address is never used twice: lapsed or ended, it becomes a
//! tombstone.

use core::net::Ipv6Addr;

use super::chain::Chain;
use super::{Micros, Plane, Taken};
use crate::action::{Action, Actions, Events};
use crate::counters::Packet;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::prefix::Prefix;
use crate::select;
use crate::table::Handle;
use crate::table::slot::{Meta, Phase, State};
use crate::timer::Millis;
use crate::wire::ip6::Ip6;
use crate::wire::proto;
use crate::wire::upper::{Tcp, TcpFlags};
use crate::wire::walk::{Walk, walk};

/// How long a handshake may take after the last SYN, milliseconds, unless the
/// caller says otherwise.  FreeBSD forgets a SYN that was answered and
/// retransmitted in vain after 15 s (netinet/tcp_syncache.c,
/// SYNCACHE_MAXREXMTS); an address that lapsed sooner would leave the client
/// with a connection that is dead at once.
pub const LOCK_LEASE: Millis = 32_000;

/// How soon the PCB of a connection is looked for that was not seen to send,
/// and how seldom at last, milliseconds.
const LOOK: (u16, u16) = (100, 4_000);

/// Longest lifetime: a day, a timer's reach.
const MAX_LIFETIME: Millis = 86_400_000;

/// Which LISTEN_0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Which {
    /// The one on a port, and of a process if one is named.
    Port(u16, Option<u32>),
    /// The one whose PCB has this name.
    Cookie(usize),
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct DasWanted {
    /// Whom it is armed for.
    pub listener: Which,
    /// The address, which has to be uncertain; `None`: the next one.
    pub ssa: Option<Ipv6Addr>,
    /// From this pool, `None`: the client's best, or any.
    pub pool: Option<u32>,
    /// Whom it is for.
    pub client: Prefix,
    /// How long it waits for the client, milliseconds, 1 to 86,400,000.
    pub lifetime: Millis,
    /// How long a handshake may take after its last SYN, milliseconds; it
    /// holds for all that are armed.
    pub lock_lease: Millis,
}

/// An address that is armed, or in a server's session.
#[derive(Clone, Copy, Debug)]
pub struct DasInfo {
    /// The address.
    pub ssa: Ipv6Addr,
    /// Its interface, 0: gone.
    pub ifindex: u32,
    /// Phase and tuple.
    pub meta: Meta,
    /// Whom it waits for, or who it is for.
    pub client: Prefix,
    /// Whose listener it is.
    pub uid: u32,
    /// Milliseconds since it was armed or, established, since it is.
    pub age: Millis,
    /// Milliseconds until it lapses; `None`: it does not.
    pub lease: Option<Millis>,
}

impl Plane<'_> {
    /// Arms an address: it is valid, and lets one connection in, when this
    /// returns.
    ///
    /// # Errors
    /// [`Error::NoListener`], [`Error::NotWildcard`], [`Error::Invalid`] (the
    /// lifetime), [`Error::NotFound`] (no such address or pool), [`Error::Busy`]
    /// (the address is not uncertain), [`Error::MissRefuse`] (none is ready).
    pub fn arm(&mut self, wanted: &DasWanted, now: Micros) -> Result<Taken> {
        let ms = self.tick(now);
        let spec = self.listener_of(wanted.listener)?.spec;
        let leases = 1..=MAX_LIFETIME;
        if !leases.contains(&wanted.lifetime) || !leases.contains(&wanted.lock_lease) {
            return Err(Error::Invalid);
        }
        let number = self.choose_ssa(wanted)?;
        if let Ok(listener) = self.listener_of(wanted.listener) {
            listener.made += 1;
        }
        self.lock_lease = wanted.lock_lease;
        self.leave_ready(number);
        let siblings = self.first_of_socket(spec.cookie);
        let meta = Meta::session(proto::TCP, spec.port, 0).at(Phase::Armed);
        self.slot(number).begin(wanted.client.addr().into(), meta);
        self.set_state_counted(number, State::Uncertain, State::Valid);
        let lease = ms.wrapping_add(wanted.lifetime);
        let entry = self.entry_mut(number);
        entry.cookie = spec.cookie;
        entry.has_siblings = true;
        entry.uid = spec.uid;
        entry.client_len = wanted.client.len();
        entry.lease = lease;
        let pool = entry.pool;
        self.chain_in(Chain::Socket, number, siblings);
        self.timers.arm(number, lease);
        self.waiting += 1;
        self.counters.armed += 1;
        if let Some(pool) = self.pool_mut(pool) {
            pool.counters.taken += 1;
        }
        self.happened(pool, Events::USED | Events::ARMED);
        Ok(Taken {
            handle: self.handle(number),
            local: self.addr(number),
        })
    }

    fn choose_ssa(&mut self, wanted: &DasWanted) -> Result<u32> {
        if let Some(ssa) = wanted.ssa {
            let number = self.find(ssa.into()).ok_or(Error::NotFound)?;
            return match self.state(number) {
                State::Uncertain => Ok(number),
                _ => Err(Error::Busy),
            };
        }
        let ready = |plane: &Self, number: u16| {
            plane
                .pool(number)
                .map(|pool| pool.ready.head)
                .filter(|&head| head != super::NONE)
        };
        if let Some(pool) = wanted.pool {
            let pool = u16::try_from(pool).map_err(|_| Error::NotFound)?;
            self.pool(pool).ok_or(Error::NotFound)?;
            return match ready(self, pool) {
                Some(number) => Ok(number),
                None => Err(self.missed_ssa(pool)),
            };
        }
        let pools = 0..self.pool_end;
        let with_ready = pools.clone().filter(|&pool| ready(self, pool).is_some());
        let best = if wanted.client.len() == 128 {
            let candidates = with_ready
                .clone()
                .filter_map(|number| Some((number, self.pool(number)?.source())));
            select::best(wanted.client.addr(), &self.labels, candidates)
        } else {
            None
        };
        let chosen = best.or_else(|| with_ready.clone().next());
        match chosen.and_then(|pool| ready(self, pool)) {
            Some(number) => Ok(number),
            None => Err(
                match pools.clone().find(|&pool| self.pool(pool).is_some()) {
                    Some(pool) => self.missed_ssa(pool),
                    None => Error::NotFound,
                },
            ),
        }
    }

    fn missed_ssa(&mut self, number: u16) -> Error {
        self.counters.missed += 1;
        if let Some(pool) = self.pool_mut(number) {
            pool.counters.missed += 1;
        }
        self.happened(number, Events::MISS);
        Error::MissRefuse
    }

    /// A packet to a LISTEN_U, of which the gate said
    /// [`Admit`](crate::gate::Verdict::Admit): whether it comes in.
    pub fn admit(&mut self, packet: &[u8], whole: bool, now: Micros) -> bool {
        let ms = self.tick(now);
        let Some(ip6) = Ip6::parse(packet) else {
            return false;
        };
        let Some(number) = self.find(ip6.dst().into()) else {
            return false;
        };
        let comes_in = match walk(packet, whole) {
            Walk::Upper {
                proto: proto::TCP,
                offset,
                fragment: None,
            } if self.state(number) == State::Valid => {
                Tcp::parse(packet.get(offset..).unwrap_or(&[]))
                    .is_some_and(|tcp| self.admit_tcp(number, ip6.src(), &tcp, ms))
            }
            _ => false,
        };
        let kind = if comes_in {
            Packet::InSession
        } else {
            Packet::InDropped
        };
        self.table.packets.count_here(kind);
        comes_in
    }

    fn admit_tcp(&mut self, number: u32, src: Ipv6Addr, tcp: &Tcp, ms: Millis) -> bool {
        let meta = self.slot(number).meta();
        let is_peer = self.slot(number).peer() == Key::from(src)
            && (meta.lport(), meta.fport()) == (tcp.dst_port, tcp.src_port);
        match meta.phase() {
            Phase::Armed => {
                let asks = tcp.opens()
                    && !tcp.flags.intersects(TcpFlags::RST | TcpFlags::FIN)
                    && tcp.dst_port == meta.lport()
                    && tcp.src_port != 0
                    && !src.is_multicast()
                    && !src.is_unspecified()
                    && self.client(number).contains(src);
                if asks {
                    self.lock_to(number, src, tcp.src_port, ms);
                }
                asks
            }
            Phase::Locked if is_peer && tcp.opens() => {
                self.renew_lease(number, ms);
                true
            }
            Phase::Locked if is_peer && tcp.flags.contains(TcpFlags::RST) => true,
            Phase::Locked if is_peer => {
                let acks = tcp.flags.contains(TcpFlags::ACK) && !tcp.flags.contains(TcpFlags::SYN);
                if acks {
                    self.slot(number).publish(meta.at(Phase::Acked));
                    self.entry_mut(number).look = LOOK.0;
                    self.timers.arm(number, ms.wrapping_add(LOOK.0.into()));
                }
                acks
            }
            // It went on since the gate looked.
            Phase::Acked => is_peer,
            Phase::Established => is_peer && !tcp.opens(),
            _ => false,
        }
    }

    /// Whom an armed address waits for.
    fn client(&self, number: u32) -> Prefix {
        let addr = self.slot(number).peer().into();
        // Its length is that of a prefix.
        Prefix::new(addr, self.entry(number).client_len).unwrap_or(Prefix::DEFAULT)
    }

    /// The first SYN: from now on it is this tuple's.
    fn lock_to(&mut self, number: u32, src: Ipv6Addr, fport: u16, ms: Millis) {
        let peer = Key::from(src);
        let same_peer = self.first_of_peer(peer);
        let lport = self.slot(number).meta().lport();
        let meta = Meta::session(proto::TCP, lport, fport).at(Phase::Locked);
        self.slot(number).begin(peer, meta);
        self.chain_in(Chain::Peer, number, same_peer);
        self.renew_lease(number, ms);
    }

    fn renew_lease(&mut self, number: u32, ms: Millis) {
        let lease = ms.wrapping_add(self.lock_lease);
        self.entry_mut(number).lease = lease;
        self.timers.arm(number, lease);
    }

    /// A connection's PCB was seen: a server's session from now on, which owns
    /// the cookie until [`Plane::end`].
    ///
    /// # Errors
    /// [`Error::Stale`]: the address waits for no such connection, or has one
    /// already.
    pub fn das_bind(
        &mut self,
        local: Ipv6Addr,
        peer: Ipv6Addr,
        fport: u16,
        cookie: usize,
        now: Micros,
    ) -> Result<Handle> {
        let ms = self.tick(now);
        let number = self.find(local.into()).ok_or(Error::Stale)?;
        let meta = self.slot(number).meta();
        if self.state(number) != State::Valid
            || !matches!(meta.phase(), Phase::Locked | Phase::Acked)
            || self.slot(number).peer() != Key::from(peer)
            || meta.fport() != fport
            || cookie == 0
        {
            return Err(Error::Stale);
        }
        self.chain_out(Chain::Socket, number);
        self.slot(number).publish(meta.at(Phase::Established));
        let entry = self.entry_mut(number);
        entry.cookie = cookie;
        entry.has_siblings = false;
        entry.since = ms;
        self.timers.arm(number, ms.wrapping_add(self.config.audit));
        self.waiting -= 1;
        self.counters.accepted += 1;
        Ok(self.handle(number))
    }

    /// Peer and ports of a LISTEN_U whose PCB is to be looked for: interface,
    /// local and peer address, local and foreign port.
    ///
    /// # Errors
    /// [`Error::Stale`]: it waits no more.
    pub fn das_tuple(&self, handle: Handle) -> Result<(u32, Ipv6Addr, Ipv6Addr, u16, u16)> {
        let number = self.resolve(handle)?;
        let meta = self.slot(number).meta();
        if meta.state() != State::Valid || meta.phase() != Phase::Acked {
            return Err(Error::Stale);
        }
        let peer = self.slot(number).peer().into();
        Ok((
            self.ifindex_of(number),
            self.addr(number),
            peer,
            meta.lport(),
            meta.fport(),
        ))
    }

    /// The PCB was looked for in vain.
    ///
    /// # Errors
    /// [`Error::Stale`]: it waits no more.
    pub fn das_absent(&mut self, handle: Handle, now: Micros) -> Result<()> {
        let ms = self.tick(now);
        self.das_tuple(handle)?;
        let left = self.entry(handle.slot).lease.wrapping_sub(ms) as i32;
        if left <= 0 {
            self.lapse(handle.slot);
        }
        Ok(())
    }

    /// The timer of a LISTEN_U.
    pub(super) fn das_timer(&mut self, number: u32, out: &mut Actions) {
        if self.slot(number).meta().phase() != Phase::Acked {
            self.lapse(number);
            return;
        }
        let entry = self.entry_mut(number);
        entry.look = entry.look.saturating_mul(2).clamp(LOOK.0, LOOK.1);
        let at = (self.clock as Millis).wrapping_add(self.entry(number).look.into());
        self.timers.arm(number, at);
        let _ = out.push(Action::FindPcb {
            handle: self.handle(number),
        });
    }

    /// A LISTEN_U ends without a connection: silence.
    pub(super) fn lapse(&mut self, number: u32) {
        self.chain_out(Chain::Socket, number);
        let entry = self.entry_mut(number);
        entry.cookie = 0;
        entry.has_siblings = false;
        let pool = entry.pool;
        self.timers.cancel(number);
        self.waiting -= 1;
        self.counters.lapsed += 1;
        self.bury_session(number);
        self.happened(pool, Events::LAPSED);
    }

    /// All LISTEN_Us of a listener.
    pub(super) fn lapse_all(&mut self, cookie: usize) {
        while let Some(number) = self.first_of_socket(cookie) {
            self.lapse(number);
        }
    }

    /// The first of a listener's LISTEN_Us from slot `cursor` on whose handshake may be
    /// complete, and its slot.  For a listener that goes: connections that are
    /// there should be known before what was armed for it falls silent.
    #[must_use]
    pub fn acked_from(&self, cookie: usize, cursor: u32) -> Option<(u32, Handle)> {
        // Most have none, and need no walk.
        self.first_of_socket(cookie)?;
        (cursor..self.config.max_addrs).find_map(|number| {
            let meta = self.slot(number).meta();
            (meta.state() == State::Valid
                && meta.phase() == Phase::Acked
                && self.entry(number).cookie == cookie)
                .then(|| (number, self.handle(number)))
        })
    }

    pub(super) fn waiting_of(&self, cookie: usize) -> u32 {
        let first = self.first_of_socket(cookie);
        self.chain_from(Chain::Socket, first).count() as u32
    }

    /// LISTEN_Us there are.
    #[must_use]
    pub fn waiting(&self) -> u32 {
        self.waiting
    }

    /// The first armed or connected address from slot `cursor` on, and its slot.
    #[must_use]
    pub fn das_from(&mut self, cursor: u32, now: Micros) -> Option<(u32, DasInfo)> {
        let ms = self.tick(now);
        (cursor..self.config.max_addrs).find_map(|number| {
            let meta = self.slot(number).meta();
            let phase = meta.phase();
            if meta.state() != State::Valid || phase == Phase::Client {
                return None;
            }
            let entry = self.entry(number);
            let client = match phase {
                Phase::Armed => self.client(number),
                _ => Prefix::host(self.slot(number).peer().into()),
            };
            Some((
                number,
                DasInfo {
                    ssa: self.addr(number),
                    ifindex: self.ifindex_of(number),
                    meta,
                    client,
                    uid: entry.uid,
                    age: ms.wrapping_sub(entry.since),
                    lease: phase.is_waiting().then(|| {
                        let left = entry.lease.wrapping_sub(ms);
                        if (left as i32) < 0 { 0 } else { left }
                    }),
                },
            ))
        })
    }
}
