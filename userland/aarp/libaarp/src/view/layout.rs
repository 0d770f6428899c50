// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What is where in the file: a header, then buckets of entries.
//!
//! An entry is in the bucket that its hash says, or in one of the next few if those
//! before are full. Each bucket counts the entries that it made to go on, so that
//! readers know where to stop.

use aarp_core::Target;
use siphasher::sip::SipHasher13;
use std::hash::Hasher;
use std::net::Ipv6Addr;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU32, AtomicU64, fence};

/// "aarpview", version 1.
pub const MAGIC: u64 = 0x6161_7270_7669_6501;

/// Most rules.
pub const RULES_MAX: usize = 128;

/// Buckets in a row that an entry may be in.
pub const REACH: usize = 4;

/// Entries of a bucket.
pub const SLOTS: usize = 7;

#[repr(C)]
pub struct RuleCell {
    pub address: Address,
    pub len: AtomicU32,
    pub anycast: AtomicU32,
}

#[repr(C, align(64))]
pub struct Header {
    pub magic: AtomicU64,
    /// Buckets, a power of two.
    pub buckets: AtomicU64,
    pub seed: [AtomicU64; 2],
    /// Not 0: there is a newer file, or none.
    pub retired: AtomicU32,
    pub blocking_ms: AtomicU32,
    pub nonblocking_ms: AtomicU32,
    pub rules_seq: Sequence,
    pub rules_len: AtomicU32,
    pub rules: [RuleCell; RULES_MAX],
}

#[repr(C, align(64))]
pub struct Slot {
    pub seq: Sequence,
    pub kind: AtomicU32,
    pub key: Address,
    /// Of the key, and of the member.
    pub scopes: [AtomicU32; 2],
    pub member: Address,
    /// Nanoseconds of the clock.
    pub until: AtomicU64,
}

#[repr(C, align(64))]
pub struct Bucket {
    /// Entries that are in later buckets because this one was full.
    pub overflow: AtomicU32,
    pub slots: [Slot; SLOTS],
}

/// Kinds of entries.
pub mod kind {
    pub const FREE: u32 = 0;
    pub const MEMBER: u32 = 1;
    pub const ITSELF: u32 = 2;
    pub const SILENT: u32 = 3;
}

/// An address whose halves are read one after the other: a sequence says whether they
/// belong together.
#[repr(C)]
pub struct Address([AtomicU64; 2]);

impl Address {
    pub fn get(&self) -> Ipv6Addr {
        let [high, low] = &self.0;
        let bits = u128::from(high.load(Relaxed)) << 64 | u128::from(low.load(Relaxed));
        bits.into()
    }

    pub fn set(&self, address: Ipv6Addr) {
        let bits = u128::from(address);
        let [high, low] = &self.0;
        high.store((bits >> 64) as u64, Relaxed);
        low.store(bits as u64, Relaxed);
    }
}

/// Odd while something is written.
#[repr(C)]
pub struct Sequence(AtomicU32);

impl Sequence {
    /// One writer at a time.
    pub fn write(&self, write: impl FnOnce()) {
        let before = self.0.load(Relaxed);
        self.0.store(before | 1, Relaxed);
        fence(Release);
        write();
        self.0.store((before | 1).wrapping_add(1), Release);
    }

    /// `None`: it changed again and again, or its writer has died over it.
    pub fn read<T>(&self, read: impl Fn() -> T) -> Option<T> {
        for _ in 0..64 {
            let before = self.0.load(Acquire);
            if before & 1 == 0 {
                let value = read();
                fence(Acquire);
                if self.0.load(Relaxed) == before {
                    return Some(value);
                }
            }
            std::hint::spin_loop();
        }
        None
    }
}

/// Bytes of a file with so many buckets.
pub fn bytes(buckets: usize) -> usize {
    size_of::<Header>() + buckets * size_of::<Bucket>()
}

/// A file that is mapped, and stays so.
#[derive(Clone, Copy)]
pub struct Map {
    header: &'static Header,
    buckets: &'static [Bucket],
}

impl Map {
    /// # Safety
    /// `at` begins a mapping of at least `len` bytes that is never unmapped and whose
    /// file does not shrink. It may be read-only if nothing is stored.
    pub unsafe fn new(at: *mut libc::c_void, len: usize) -> Option<Map> {
        if len < size_of::<Header>() {
            return None;
        }
        // SAFETY: mappings begin at a page, it is long enough, and all of it is atomics,
        // for which any bytes are valid.
        let header = unsafe { &*at.cast::<Header>() };
        let buckets = usize::try_from(header.buckets.load(Relaxed)).ok()?;
        let room = (len - size_of::<Header>()) / size_of::<Bucket>();
        if header.magic.load(Acquire) != MAGIC || !buckets.is_power_of_two() || buckets > room {
            return None;
        }
        // SAFETY: the header's size is a multiple of the alignment of buckets, and there
        // is room for them.
        let buckets = unsafe {
            let first = at.cast::<u8>().add(size_of::<Header>()).cast::<Bucket>();
            std::slice::from_raw_parts(first, buckets)
        };
        Some(Map { header, buckets })
    }

    pub fn header(&self) -> &'static Header {
        self.header
    }

    /// The buckets where an entry may be, in their order.
    pub fn row(&self, target: &Target) -> impl Iterator<Item = &'static Bucket> + use<> {
        let [a, b] = &self.header.seed;
        let mut hasher = SipHasher13::new_with_keys(a.load(Relaxed), b.load(Relaxed));
        hasher.write(&target.address.octets());
        hasher.write_u32(target.scope);
        let home = hasher.finish() as usize;
        let buckets = self.buckets;
        let mask = buckets.len() - 1;
        (0..REACH.min(buckets.len()))
            .filter_map(move |step| buckets.get(home.wrapping_add(step) & mask))
    }
}

impl Slot {
    /// Is this the entry? Its sequence must not change meanwhile.
    pub fn is(&self, target: &Target) -> bool {
        let [scope, _] = &self.scopes;
        self.key.get() == target.address
            && scope.load(Relaxed) == target.scope
            && self.kind.load(Relaxed) != kind::FREE
    }
}
