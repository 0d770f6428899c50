// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A hash index from address to slot whose readers are wait-free.
//!
//! Buckets are one cache line: seven items and a spill count.  An item is
//! placed in the first bucket, from its home on, that has room, and every
//! full bucket it passes counts it as spilled.  Items never move.  So a
//! reader that walks on while the spill count is not zero meets every item
//! that was there during its whole walk, whatever the writer does meanwhile,
//! and needs no version, no lock and no second try.

use crate::sync::{AtomicU32, AtomicU64, Ordering};

/// Items of one bucket.
const ITEMS: usize = 7;

/// One cache line of the index.
#[repr(align(64))]
#[derive(Default)]
pub struct Bucket {
    /// Upper half: tag of the hash.  Lower half: slot number plus one.
    items: [AtomicU64; ITEMS],
    /// Items that would live here or before, but stand further on.
    spilled: AtomicU32,
}

/// How many buckets an index for `max` items needs: at most half full, so
/// that spilling stays rare.
#[must_use]
pub const fn buckets_for(max: usize) -> usize {
    max * 2 / ITEMS + 1
}

/// The index.
pub struct Index<'a> {
    buckets: &'a [Bucket],
}

const fn item(hash: u64, slot: u32) -> u64 {
    hash & 0xffff_ffff_0000_0000 | (slot as u64 + 1)
}

impl<'a> Index<'a> {
    /// Over empty buckets.
    #[must_use]
    pub fn new(buckets: &'a [Bucket]) -> Self {
        Self { buckets }
    }

    /// The buckets from the home of `hash` on, each once.
    fn walk(&self, hash: u64) -> impl Iterator<Item = &'a Bucket> + use<'a> {
        let buckets = self.buckets;
        let n = buckets.len();
        // The lower half of the hash is a fraction of all buckets (and the upper
        // half the tag).
        let home = ((u64::from(hash as u32) * n as u64) >> 32) as usize;
        (0..n).map_while(move |i| buckets.get(if i < n - home { home + i } else { home + i - n }))
    }

    /// The first slot of this hash that `accept` takes.
    pub fn find<T>(&self, hash: u64, mut accept: impl FnMut(u32) -> Option<T>) -> Option<T> {
        let tag = hash >> 32;
        for bucket in self.walk(hash) {
            for word in &bucket.items {
                let word = word.load(Ordering::Acquire);
                if word >> 32 == tag && word as u32 != 0 {
                    if let Some(found) = accept(word as u32 - 1) {
                        return Some(found);
                    }
                }
            }
            if bucket.spilled.load(Ordering::Acquire) == 0 {
                return None;
            }
        }
        None
    }

    /// Adds an item.  `false`: no bucket has room.  Writer only.
    pub fn insert(&self, hash: u64, slot: u32) -> bool {
        for (passed, bucket) in self.walk(hash).enumerate() {
            for word in &bucket.items {
                if word.load(Ordering::Relaxed) == 0 {
                    // First count, then show: a reader that finds the count
                    // zero must not be one that could have found the item.
                    for full in self.walk(hash).take(passed) {
                        full.spilled.fetch_add(1, Ordering::Release);
                    }
                    word.store(item(hash, slot), Ordering::Release);
                    return true;
                }
            }
        }
        false
    }

    /// Removes an item.  `false`: it was not there.  Writer only.
    pub fn remove(&self, hash: u64, slot: u32) -> bool {
        for (passed, bucket) in self.walk(hash).enumerate() {
            for word in &bucket.items {
                if word.load(Ordering::Relaxed) == item(hash, slot) {
                    word.store(0, Ordering::Release);
                    for full in self.walk(hash).take(passed) {
                        full.spilled.fetch_sub(1, Ordering::Release);
                    }
                    return true;
                }
            }
            if bucket.spilled.load(Ordering::Relaxed) == 0 {
                return false;
            }
        }
        false
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn buckets(n: usize) -> Vec<Bucket> {
        (0..n).map(|_| Bucket::default()).collect()
    }

    fn has(index: &Index, hash: u64, slot: u32) -> bool {
        index
            .find(hash, |number| (number == slot).then_some(()))
            .is_some()
    }

    #[test]
    fn a_bucket_is_one_cache_line() {
        assert_eq!(size_of::<Bucket>(), 64);
    }

    #[test]
    fn items_that_spill_are_found_and_removed() {
        let memory = buckets(4);
        let index = Index::new(&memory);
        for slot in 0..28 {
            assert!(index.insert(0x1_0000_0002, slot));
        }
        assert!(!index.insert(0x1_0000_0002, 28), "all buckets are full");
        for slot in 0..28 {
            assert!(has(&index, 0x1_0000_0002, slot));
        }
        for slot in 0..28 {
            assert!(index.remove(0x1_0000_0002, slot));
            assert!(!index.remove(0x1_0000_0002, slot));
        }
        assert!(
            memory
                .iter()
                .all(|b| b.spilled.load(Ordering::Relaxed) == 0)
        );
    }

    proptest! {
        #[test]
        fn the_index_agrees_with_a_set(ops in prop::collection::vec((any::<bool>(), 0..6u64, 0..24u32), 0..300)) {
            let memory = buckets(4);
            let index = Index::new(&memory);
            let mut model = std::collections::BTreeSet::new();
            for (add, home, slot) in ops {
                let hash = home << 29 | home << 32;
                if add {
                    if !model.contains(&(hash, slot)) && model.len() < 28 {
                        prop_assert!(index.insert(hash, slot));
                        model.insert((hash, slot));
                    }
                } else {
                    prop_assert_eq!(index.remove(hash, slot), model.remove(&(hash, slot)));
                }
                for &(hash, slot) in &model {
                    prop_assert!(has(&index, hash, slot));
                }
            }
        }
    }
}

#[cfg(all(test, loom))]
mod model {
    use super::*;
    use loom::sync::Arc;

    /// An item that stays is found by every reader, while its neighbours in
    /// the same chain come and go.
    #[test]
    fn an_item_that_stays_is_never_missed() {
        loom::model(|| {
            let memory: &'static [Bucket] =
                Box::leak((0..2).map(|_| Bucket::default()).collect::<Vec<_>>().into());
            let index = Arc::new(Index::new(memory));
            for slot in 0..8 {
                assert!(index.insert(0, slot));
            }
            let reader = {
                let index = index.clone();
                loom::thread::spawn(move || {
                    index.find(0, |slot| (slot == 7).then_some(())).is_some()
                })
            };
            index.remove(0, 3);
            index.insert(0, 9);
            assert!(reader.join().unwrap());
        });
    }
}
