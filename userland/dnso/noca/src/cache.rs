// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Answers of upstreams, kept as long as they say; never those of overridden names.

use crate::wire::{Query, Times, adapt, age, flag, times, word};
use quick_cache::Weighter;
use quick_cache::sync::Cache as Quick;
use std::sync::Arc;
use std::time::Instant;

struct Entry {
    answer: Box<[u8]>,
    times: Times,
    since: Instant,
}

/// Bytes that one entry of the configuration stands for.
const UNIT: usize = 1024;

/// Long answers count for several: an upstream says up to 64 KB.
#[derive(Clone)]
struct Size;

impl Weighter<Box<[u8]>, Arc<Entry>> for Size {
    fn weight(&self, _: &Box<[u8]>, entry: &Arc<Entry>) -> u64 {
        entry.answer.len().div_ceil(UNIT) as u64
    }
}

/// The cache.
pub struct Cache {
    entries: Quick<Box<[u8]>, Arc<Entry>, Size>,
    ttl_max: u32,
}

/// Room for a key: name, type, class, variant.
type Key = ([u8; 260], usize);

fn key(query: &Query) -> Key {
    let mut key = [0; 260];
    let name = query.name();
    let len = name.len();
    key[..len].copy_from_slice(name);
    key[len..len + 2].copy_from_slice(&query.qtype.to_be_bytes());
    key[len + 2..len + 4].copy_from_slice(&query.qclass.to_be_bytes());
    key[len + 4] = query.variant();
    (key, len + 5)
}

impl Cache {
    /// For so many answers of common length; 0: none.
    pub fn new(entries: usize, ttl_max: u32) -> Option<Cache> {
        (entries > 0).then(|| Cache {
            entries: Quick::with_weighter(entries, entries as u64, Size),
            ttl_max,
        })
    }

    /// Puts the answer to a query into `to`; false: it is not there.
    pub fn get(&self, query: &Query, bytes: &[u8], size: usize, to: &mut Vec<u8>) -> bool {
        let (key, len) = key(query);
        let Some(entry) = self.entries.get(&key[..len]) else {
            return false;
        };
        let passed = entry.since.elapsed().as_secs();
        if passed >= u64::from(entry.times.ttl.min(self.ttl_max)) {
            self.entries.remove(&key[..len]);
            return false;
        }
        to.clear();
        if entry.answer.len() > size {
            let flags = word(&entry.answer, 2).unwrap_or_default() & !flag::TC;
            *to = query.truncated(bytes, flags);
            return true;
        }
        to.extend_from_slice(&entry.answer);
        age(to, &entry.times.places, passed as u32);
        adapt(to, query, bytes)
    }

    /// Keeps an answer, if it may be kept.
    pub fn put(&self, query: &Query, answer: &[u8]) {
        if let Some(times) = times(answer, query.end) {
            let (key, len) = key(query);
            let entry = Entry {
                answer: answer.into(),
                times,
                since: Instant::now(),
            };
            self.entries.insert(key[..len].into(), Arc::new(entry));
        }
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// None?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
