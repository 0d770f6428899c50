// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! aarpd's side.

use super::layout::{Bucket, MAGIC, Map, RULES_MAX, Slot, bytes, kind};
use aarp_core::Target;
use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::net::Ipv6Addr;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::ptr::null_mut;
use std::sync::atomic::Ordering::{Relaxed, Release};
use std::time::Duration;

/// Entries that a bucket has on average when the cache is full: few have to go on.
const LOAD: usize = 4;

/// What is said of a prefix. The first that holds an address decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The prefix.
    pub address: Ipv6Addr,
    /// Its length.
    pub len: u8,
    /// Are addresses of it resolved?
    pub anycast: bool,
}

/// What is known of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// The nearest member.
    Member(Target),
    /// It answered itself.
    Itself,
    /// Nobody answered.
    Silent,
}

/// The file, for as long as aarpd runs.
pub struct Writer(Map);

#[cfg(target_os = "freebsd")]
const SHARED: libc::c_int = libc::MAP_SHARED | libc::MAP_NOSYNC;
#[cfg(not(target_os = "freebsd"))]
const SHARED: libc::c_int = libc::MAP_SHARED;

impl Writer {
    #[cfg(test)]
    pub fn map(&self) -> &Map {
        &self.0
    }

    /// Makes a file with room for so many entries. One that is there is retired, so that
    /// programs look for the new one.
    ///
    /// # Errors
    /// What the system says.
    pub fn create(path: &Path, entries: usize, seed: [u64; 2], mode: u32) -> io::Result<Writer> {
        retire(path);
        let new = path.with_extension("new");
        match std::fs::remove_file(&new) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&new)?;
        let buckets = entries.div_ceil(LOAD).next_power_of_two();
        file.set_len(bytes(buckets) as u64)?;
        let map = map(&file, bytes(buckets), |header| {
            let [a, b] = &header.seed;
            a.store(seed[0], Relaxed);
            b.store(seed[1], Relaxed);
            header.buckets.store(buckets as u64, Relaxed);
            header.magic.store(MAGIC, Release);
        })?;
        // Whatever the umask is.
        file.set_permissions(Permissions::from_mode(mode))?;
        std::fs::rename(&new, path)?;
        Ok(Writer(map))
    }

    /// How long programs wait for an answer.
    pub fn waits(&self, blocking: Duration, nonblocking: Duration) {
        let ms = |time: Duration| u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
        let header = self.0.header();
        header.blocking_ms.store(ms(blocking), Relaxed);
        header.nonblocking_ms.store(ms(nonblocking), Relaxed);
    }

    /// Other rules. More than [`RULES_MAX`] do not fit, and those that do are kept.
    pub fn rules(&self, rules: &[Rule]) {
        let header = self.0.header();
        header.rules_seq.write(|| {
            for (cell, rule) in header.rules.iter().zip(rules) {
                cell.address.set(rule.address);
                cell.len.store(rule.len.into(), Relaxed);
                cell.anycast.store(rule.anycast.into(), Relaxed);
            }
            header
                .rules_len
                .store(rules.len().min(RULES_MAX) as u32, Relaxed);
        });
    }

    /// Something is known, until then. Is there room for it? If not, programs have to
    /// ask.
    pub fn publish(&self, target: &Target, entry: &Entry, until: Duration) -> bool {
        if let Some((slot, _)) = self.find(target) {
            write(slot, target, entry, until);
            return true;
        }
        let free = |slot: &&Slot| slot.kind.load(Relaxed) == kind::FREE;
        let mut passed: Vec<&Bucket> = Vec::new();
        for bucket in self.0.row(target) {
            if let Some(slot) = bucket.slots.iter().find(free) {
                for full in passed {
                    full.overflow.fetch_add(1, Relaxed);
                }
                write(slot, target, entry, until);
                return true;
            }
            passed.push(bucket);
        }
        false
    }

    /// It is not known any more.
    pub fn withdraw(&self, target: &Target) {
        if let Some((slot, step)) = self.find(target) {
            slot.seq.write(|| slot.kind.store(kind::FREE, Relaxed));
            for passed in self.0.row(target).take(step) {
                passed.overflow.fetch_sub(1, Relaxed);
            }
        }
    }

    /// The slot of an entry, and how many buckets it is away from its own.
    fn find(&self, target: &Target) -> Option<(&'static Slot, usize)> {
        for (step, bucket) in self.0.row(target).enumerate() {
            if let Some(slot) = bucket.slots.iter().find(|slot| slot.is(target)) {
                return Some((slot, step));
            }
        }
        None
    }
}

impl Drop for Writer {
    /// Programs do not look at it any more.
    fn drop(&mut self) {
        self.0.header().retired.store(1, Release);
    }
}

fn write(slot: &Slot, target: &Target, entry: &Entry, until: Duration) {
    let (what, member) = match entry {
        Entry::Member(member) => (kind::MEMBER, *member),
        Entry::Itself => (kind::ITSELF, *target),
        Entry::Silent => (kind::SILENT, *target),
    };
    slot.seq.write(|| {
        slot.key.set(target.address);
        slot.member.set(member.address);
        let [key_scope, member_scope] = &slot.scopes;
        key_scope.store(target.scope, Relaxed);
        member_scope.store(member.scope, Relaxed);
        let until = u64::try_from(until.as_nanos()).unwrap_or(u64::MAX);
        slot.until.store(until, Relaxed);
        slot.kind.store(what, Relaxed);
    });
}

/// A file that is left from before, if it is one.
fn retire(path: &Path) {
    let Ok(file) = OpenOptions::new().read(true).write(true).open(path) else {
        return;
    };
    let Ok(len) = file.metadata().map(|meta| meta.len() as usize) else {
        return;
    };
    if let Ok(map) = map(&file, len, |_| {}) {
        map.header().retired.store(1, Release);
    }
}

fn map(file: &File, len: usize, begin: impl FnOnce(&super::layout::Header)) -> io::Result<Map> {
    if len < bytes(1) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a new mapping of a file that is at least as long, which is checked above
    // for what is read at once. It is never unmapped, and nobody makes the file shorter.
    unsafe {
        let at = libc::mmap(null_mut(), len, protection, SHARED, file.as_raw_fd(), 0);
        if at == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        begin(&*at.cast());
        Map::new(at, len).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}
