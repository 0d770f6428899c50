// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The side of programs.

use super::layout::{Header, Map, Slot, kind};
use super::now;
use crate::cancel;
use crate::place::{Path, VIEW};
use aarp_core::Target;
use std::mem::zeroed;
use std::net::Ipv6Addr;
use std::ptr::null_mut;
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::time::Duration;

/// What the file says of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// No rule says that it is anycast.
    NotAnycast,
    /// It answered itself.
    Itself,
    /// Nobody answered.
    Silent,
    /// This member did.
    Member(Target),
    /// It is anycast, but nothing is known.
    Nothing,
}

/// How long programs wait for an answer of aarpd.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// If their socket blocks.
    pub blocking: Duration,
    /// If it does not.
    pub nonblocking: Duration,
}

/// A file that is mapped.
#[derive(Clone, Copy)]
pub struct Reader(Map);

/// Where the file is mapped that was opened last, and how long it is. They change
/// together or not at all: the length is in the mapping's header.
static CURRENT: AtomicPtr<libc::c_void> = AtomicPtr::new(null_mut());

/// When it was tried to open one, in milliseconds of the clock; 0: not yet.
static TRIED: AtomicU64 = AtomicU64::new(0);

/// A file that is not there, or has been retired, is looked for so often.
const RETRY_MS: u64 = 1000;

impl Reader {
    #[cfg(test)]
    pub fn map(&self) -> &Map {
        &self.0
    }

    /// The file of the aarpd that runs; the first call opens it.
    pub fn get() -> Option<Reader> {
        if let Some(reader) = Reader::current()
            && reader.0.header().retired.load(Relaxed) == 0
        {
            return Some(reader);
        }
        let time = u64::try_from(now().as_millis()).unwrap_or(1).max(1);
        let tried = TRIED.load(Relaxed);
        let soon = tried != 0 && time.saturating_sub(tried) < RETRY_MS;
        if soon
            || TRIED
                .compare_exchange(tried, time, Relaxed, Relaxed)
                .is_err()
        {
            return None;
        }
        let path = Path::of(VIEW)?;
        let (at, reader) = cancel::deferred(|| Reader::open(&path))?;
        if reader.0.header().retired.load(Relaxed) != 0 {
            // Left by one that has ended.
            // SAFETY: this mapping was made a moment ago, and nobody else knows of it.
            unsafe { libc::munmap(at, reader.len()) };
            return None;
        }
        // The one before stays mapped: another thread may be reading in it.
        CURRENT.swap(at, AcqRel);
        // The next one that is retired is replaced at once.
        TRIED.store(0, Release);
        Some(reader)
    }

    fn current() -> Option<Reader> {
        let at = CURRENT.load(Acquire);
        if at.is_null() {
            return None;
        }
        // SAFETY: only mappings of whole files get there, checked by open(), and they
        // stay mapped.
        let len = unsafe {
            let buckets = (*at.cast::<Header>()).buckets.load(Relaxed);
            super::layout::bytes(usize::try_from(buckets).ok()?)
        };
        // SAFETY: the same.
        unsafe { Map::new(at, len) }.map(Reader)
    }

    fn len(&self) -> usize {
        let buckets = self.0.header().buckets.load(Relaxed);
        super::layout::bytes(usize::try_from(buckets).unwrap_or(0))
    }

    /// Maps a file.
    pub fn open(path: &Path) -> Option<(*mut libc::c_void, Reader)> {
        // SAFETY: the path ends in zero; the descriptor is closed below, and the mapping
        // is as long as the file, which aarpd never makes shorter.
        unsafe {
            let fd = libc::open(path.as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC);
            if fd < 0 {
                return None;
            }
            let mut stat: libc::stat = zeroed();
            let known = libc::fstat(fd, &mut stat) == 0;
            let len = usize::try_from(stat.st_size).unwrap_or(0);
            let at = if known && len > 0 {
                libc::mmap(null_mut(), len, libc::PROT_READ, libc::MAP_SHARED, fd, 0)
            } else {
                libc::MAP_FAILED
            };
            libc::close(fd);
            if at == libc::MAP_FAILED {
                return None;
            }
            match Map::new(at, len) {
                Some(map)
                    if super::layout::bytes(map.header().buckets.load(Relaxed) as usize) == len =>
                {
                    Some((at, Reader(map)))
                }
                _ => {
                    libc::munmap(at, len);
                    None
                }
            }
        }
    }

    /// How long programs wait.
    pub fn waits(&self) -> Waits {
        let ms = |ms: u32| Duration::from_millis(ms.into());
        let header = self.0.header();
        Waits {
            blocking: ms(header.blocking_ms.load(Relaxed)),
            nonblocking: ms(header.nonblocking_ms.load(Relaxed)),
        }
    }

    /// What is said of an address.
    pub fn find(&self, target: &Target) -> Found {
        if target.fit().is_err() {
            return Found::NotAnycast;
        }
        let header = self.0.header();
        match header
            .rules_seq
            .read(|| is_anycast(header, &target.address))
        {
            Some(true) => {}
            Some(false) => return Found::NotAnycast,
            None => return Found::Nothing,
        }
        for bucket in self.0.row(target) {
            for slot in &bucket.slots {
                if slot.is(target) {
                    return read(slot, target).unwrap_or(Found::Nothing);
                }
            }
            if bucket.overflow.load(Relaxed) == 0 {
                break;
            }
        }
        Found::Nothing
    }
}

/// The first rule that holds the address decides: the longest prefixes are first.
fn is_anycast(header: &Header, address: &Ipv6Addr) -> bool {
    let len = header.rules_len.load(Relaxed) as usize;
    let address = u128::from(*address);
    let holds =
        |prefix: u128, len: u32| len == 0 || (address ^ prefix) >> (128 - len.min(128)) == 0;
    header
        .rules
        .iter()
        .take(len)
        .find(|rule| holds(rule.address.get().into(), rule.len.load(Relaxed)))
        .is_some_and(|rule| rule.anycast.load(Relaxed) != 0)
}

fn read(slot: &Slot, target: &Target) -> Option<Found> {
    let (same, kind, member, until) = slot.seq.read(|| {
        let [_, scope] = &slot.scopes;
        let member = Target::new(slot.member.get(), scope.load(Relaxed));
        let until = Duration::from_nanos(slot.until.load(Relaxed));
        (slot.is(target), slot.kind.load(Relaxed), member, until)
    })?;
    if !same || until <= now() {
        return None;
    }
    match kind {
        kind::MEMBER => Some(Found::Member(member)),
        kind::ITSELF => Some(Found::Itself),
        kind::SILENT => Some(Found::Silent),
        _ => None,
    }
}
