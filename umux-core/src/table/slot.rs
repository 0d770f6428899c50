// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! One address as packets see it: state and session, read without a lock.
//!
//! All that changes together is in one word, [`Meta`].  The addresses are
//! written only while the word says they are not to be read; a version in
//! it lets a reader see that they changed under its eyes.

use crate::key::Key;
use crate::sync::{AtomicU32, AtomicU64, Ordering, fence};

/// State of an address (contract, section 4).  The numbers are the ABI's.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
#[repr(u8)]
pub enum State {
    /// The slot is empty.
    Free = 0,
    /// Waits for its multicast group or for its link.
    Pending = 1,
    /// DAD is running.
    Tentative = 2,
    /// DAD is done: defended, unreachable.
    Uncertain = 3,
    /// In use by one session.
    Valid = 4,
    /// Another node holds it; withdrawn.
    Duplicated = 5,
    /// A session was here: silence.
    Tombstone = 6,
}

/// Number of states.
pub const STATES: usize = 7;

impl State {
    const fn from_bits(bits: u64) -> Self {
        match bits & 7 {
            1 => Self::Pending,
            2 => Self::Tentative,
            3 => Self::Uncertain,
            4 => Self::Valid,
            5 => Self::Duplicated,
            6 => Self::Tombstone,
            _ => Self::Free,
        }
    }
}

/// Where a valid address stands that a server is reached by (contract, section
/// 7); a client's is at [`Phase::Client`] always.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Phase {
    /// No server's.
    Client = 0,
    /// LISTEN_U: the first SYN decides who it is for.
    Armed = 1,
    /// LISTEN_U: the SYN is answered; only its tuple passes.
    Locked = 2,
    /// LISTEN_U: the handshake may be complete.
    Acked = 3,
    /// The connection has its PCB.
    Established = 4,
    /// The PCB is gone: what it left may go out, nothing comes in.
    Closing = 5,
}

impl Phase {
    const fn from_bits(bits: u64) -> Self {
        match bits & 7 {
            1 => Self::Armed,
            2 => Self::Locked,
            3 => Self::Acked,
            4 => Self::Established,
            5 => Self::Closing,
            _ => Self::Client,
        }
    }

    /// Whether it is a LISTEN_U: no connection is there yet.
    #[must_use]
    pub const fn is_waiting(self) -> bool {
        matches!(self, Self::Armed | Self::Locked | Self::Acked)
    }
}

/// State and session tuple in one word:
/// version 16, local port 16, foreign port 16, protocol 8, phase 4, linger 1,
/// state 3.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Meta(u64);

impl Meta {
    /// A state without a session.
    #[must_use]
    pub const fn of(state: State) -> Self {
        Self(state as u64)
    }

    /// A valid address in a session.  Local port 0: not known yet.
    #[must_use]
    pub const fn session(proto: u8, lport: u16, fport: u16) -> Self {
        Self(
            (lport as u64) << 32 | (fport as u64) << 16 | (proto as u64) << 8 | State::Valid as u64,
        )
    }

    /// The same at another phase.
    #[must_use]
    pub const fn at(self, phase: Phase) -> Self {
        Self(self.0 & !0x70 | (phase as u64) << 4)
    }

    /// Where a server's address stands.
    #[must_use]
    pub const fn phase(self) -> Phase {
        Phase::from_bits(self.0 >> 4)
    }

    /// The same session, its socket gone; of a tombstone: the host may still ask for
    /// its peer, see [`asks_for_peer`](Self::asks_for_peer).
    #[must_use]
    pub const fn lingering(self) -> Self {
        Self(self.0 | 8)
    }

    /// Whether the session's socket is gone.
    #[must_use]
    pub const fn is_lingering(self) -> bool {
        self.0 & 8 != 0
    }

    /// What is left when the session is over: silence.
    #[must_use]
    pub const fn dead(self) -> Self {
        let dead = Self::of(State::Tombstone);
        if self.asks_for_peer() {
            dead.lingering()
        } else {
            dead
        }
    }

    /// Whether the host asks for its peer in its name: it is a session's, or was
    /// until a while ago.  A kernel looks after a neighbour for some seconds after
    /// it sent to him last (RFC 4861, 7.3.3: DELAY and PROBE).
    #[must_use]
    pub const fn asks_for_peer(self) -> bool {
        match self.state() {
            State::Valid => !matches!(self.phase(), Phase::Armed),
            State::Tombstone => self.is_lingering(),
            _ => false,
        }
    }

    /// State of the address.
    #[must_use]
    pub const fn state(self) -> State {
        State::from_bits(self.0)
    }

    /// Protocol of its session.
    #[must_use]
    pub const fn proto(self) -> u8 {
        (self.0 >> 8) as u8
    }

    /// Local port of its session, 0: not known yet.
    #[must_use]
    pub const fn lport(self) -> u16 {
        (self.0 >> 32) as u16
    }

    /// Foreign port of its session.
    #[must_use]
    pub const fn fport(self) -> u16 {
        (self.0 >> 16) as u16
    }
}

/// One address: a cache line, of which a packet reads all.
#[derive(Default)]
#[repr(align(64))]
pub struct Slot {
    meta: AtomicU64,
    local: [AtomicU64; 2],
    peer: [AtomicU64; 2],
    generation: AtomicU32,
    on_wire: AtomicU32,
}

/// What a slot said at one moment.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// State and tuple.
    pub meta: Meta,
    /// The address.
    pub local: Key,
    /// The session's peer, if it is valid, or a session that had one is over.
    pub peer: Key,
    /// For a handle.
    pub generation: u32,
}

fn load(pair: &[AtomicU64; 2]) -> Key {
    let [hi, lo] = pair;
    Key {
        hi: hi.load(Ordering::Relaxed),
        lo: lo.load(Ordering::Relaxed),
    }
}

fn store(pair: &[AtomicU64; 2], key: Key) {
    let [hi, lo] = pair;
    hi.store(key.hi, Ordering::Relaxed);
    lo.store(key.lo, Ordering::Relaxed);
}

/// How often a reader tries when the slot changes under its eyes.  One write
/// in the nanoseconds of a read is rare, two hardly exist.
const TRIES: usize = 4;

/// What one try of a reader came to.
enum Read {
    /// All of one moment.
    View(View),
    /// Free, or another address than was asked for.
    No,
    /// The slot changed meanwhile.
    Changed,
}

impl Slot {
    /// A consistent view; `None` when the slot is free or keeps changing.
    #[must_use]
    pub fn view(&self) -> Option<View> {
        self.read(|_| true)
    }

    /// The same if the slot holds this address.
    #[inline]
    #[must_use]
    pub fn view_of(&self, local: Key) -> Option<View> {
        self.read(move |held| held == local)
    }

    #[inline]
    fn read(&self, is_it: impl Fn(Key) -> bool) -> Option<View> {
        match self.try_read(&is_it) {
            Read::View(view) => Some(view),
            Read::No => None,
            Read::Changed => self.read_again(is_it),
        }
    }

    #[cold]
    fn read_again(&self, is_it: impl Fn(Key) -> bool) -> Option<View> {
        for _ in 1..TRIES {
            match self.try_read(&is_it) {
                Read::View(view) => return Some(view),
                Read::No => return None,
                Read::Changed => {}
            }
        }
        None
    }

    #[inline]
    fn try_read(&self, is_it: &impl Fn(Key) -> bool) -> Read {
        let before = self.meta.load(Ordering::Acquire);
        if State::from_bits(before) == State::Free {
            return Read::No;
        }
        // An address that is here, and stays, is here at every moment.
        let local = load(&self.local);
        if !is_it(local) {
            return Read::No;
        }
        let view = View {
            meta: Meta(before),
            local,
            peer: load(&self.peer),
            generation: self.generation.load(Ordering::Relaxed),
        };
        fence(Ordering::Acquire);
        if self.meta.load(Ordering::Relaxed) == before {
            Read::View(view)
        } else {
            Read::Changed
        }
    }

    /// State and tuple now.
    #[must_use]
    pub fn meta(&self) -> Meta {
        Meta(self.meta.load(Ordering::Relaxed))
    }

    /// The address; writer only.
    #[must_use]
    pub fn local(&self) -> Key {
        load(&self.local)
    }

    /// The session's peer; writer only.
    #[must_use]
    pub fn peer(&self) -> Key {
        load(&self.peer)
    }

    /// Generation for handles.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.generation.load(Ordering::Relaxed)
    }

    /// Whether the session sent anything.
    #[must_use]
    pub fn on_wire(&self) -> bool {
        self.on_wire.load(Ordering::Relaxed) != 0
    }

    /// Marks that the session sent something; any reader may.
    pub fn mark_on_wire(&self) {
        if self.on_wire.load(Ordering::Relaxed) == 0 {
            self.on_wire.store(1, Ordering::Relaxed);
        }
    }

    /// Publishes state and tuple.  Writer only.
    pub fn publish(&self, meta: Meta) {
        let version = (self.meta.load(Ordering::Relaxed) >> 48).wrapping_add(1);
        self.meta.store(
            version << 48 | (meta.0 & 0xffff_ffff_ffff),
            Ordering::Release,
        );
    }

    /// Fills a free slot.  Writer only.
    pub fn fill(&self, local: Key, state: State) {
        // A reader that still looks at the slot's former life must see a
        // changed word once it can see the new address.
        fence(Ordering::Release);
        store(&self.local, local);
        self.on_wire.store(0, Ordering::Relaxed);
        self.publish(Meta::of(state));
    }

    /// Begins a session on an uncertain address.  Writer only.
    pub fn begin(&self, peer: Key, meta: Meta) {
        // Two steps, so that no reader pairs the new tuple with an old peer.
        self.publish(Meta::of(State::Uncertain));
        fence(Ordering::Release);
        store(&self.peer, peer);
        self.on_wire.store(0, Ordering::Relaxed);
        self.publish(meta);
    }

    /// Makes all handles of this slot stale.  Writer only.
    pub fn renew(&self) {
        self.generation.store(
            self.generation.load(Ordering::Relaxed).wrapping_add(1),
            Ordering::Relaxed,
        );
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_meta_word_gives_back_what_it_was_made_of() {
        let meta = Meta::session(17, 40_000, 53);
        assert_eq!(
            (meta.state(), meta.proto(), meta.lport(), meta.fport()),
            (State::Valid, 17, 40_000, 53)
        );
        assert!(!meta.is_lingering() && meta.lingering().is_lingering());
        assert_eq!(meta.lingering().state(), State::Valid);
    }

    #[test]
    fn a_phase_changes_nothing_else() {
        let meta = Meta::session(6, 22, 50_000).lingering();
        assert_eq!(meta.phase(), Phase::Client);
        for phase in [
            Phase::Armed,
            Phase::Locked,
            Phase::Acked,
            Phase::Established,
            Phase::Closing,
        ] {
            let at = meta.at(phase);
            assert_eq!(at.phase(), phase);
            assert_eq!(at.at(Phase::Client), meta);
        }
    }

    #[test]
    fn a_free_slot_shows_nothing() {
        let slot = Slot::default();
        assert!(slot.view().is_none());
        slot.fill(Key { hi: 1, lo: 2 }, State::Pending);
        assert_eq!(slot.view().unwrap().local, Key { hi: 1, lo: 2 });
        slot.publish(Meta::of(State::Free));
        assert!(slot.view().is_none());
    }
}

#[cfg(all(test, loom))]
mod model {
    use super::*;
    use loom::sync::Arc;

    /// Whoever sees a session sees its own peer with it, never another's.
    #[test]
    fn a_reader_never_pairs_a_tuple_with_anothers_peer() {
        loom::model(|| {
            let slot = Arc::new(Slot::default());
            slot.fill(Key { hi: 1, lo: 1 }, State::Uncertain);
            slot.begin(Key { hi: 7, lo: 7 }, Meta::session(6, 7, 7));
            let reader = {
                let slot = slot.clone();
                loom::thread::spawn(move || slot.view())
            };
            slot.publish(Meta::of(State::Uncertain));
            slot.begin(Key { hi: 9, lo: 9 }, Meta::session(6, 9, 9));
            if let Some(view) = reader.join().unwrap() {
                if view.meta.state() == State::Valid {
                    assert_eq!(view.peer.lo, u64::from(view.meta.lport()));
                    assert_eq!(view.peer.hi, view.peer.lo);
                }
            }
        });
    }
}
