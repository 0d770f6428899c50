// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A hash index from address to slot whose readers are wait-free.
//!
//! Buckets are one cache line: ten items and a spill count.  An item is
//! placed in the first bucket, from its home on, that has room, and every
//! full bucket it passes counts it as spilled.  Items never move.  So a
//! reader that walks on while the spill count is not zero meets every item
//! that was there during its whole walk, whatever the writer does meanwhile,
//! and needs no version, no lock and no second try.
//!
//! Each item has a tag, one byte of its hash.  One word of the bucket sums the
//! tags up: a bit for each of 64 kinds, so that nearly all who ask for what
//! is not there are done with one load.  The others find the tags side by
//! side in two words.  Sum, tag and number are not read at one moment; a
//! reader asks the slot itself, so that a number that does not belong to its
//! tag (any more) is refused like any other.

use crate::sync::{AtomicU32, AtomicU64, Ordering};

/// Items of one bucket.
const ITEMS: usize = 10;

/// Tags of the first word; the others are in the lower half of the second.
const FIRST: usize = 8;

/// One cache line of the index.
#[repr(align(64))]
#[derive(Default)]
pub struct Bucket {
    /// The kinds of tags there are, see [`kind`]; all, if an item stands further
    /// on.  Set before an item is there and until it is not, so that a bit that
    /// is not set is the truth about all items that stay.
    kinds: AtomicU64,
    /// A byte for each item, or [`FREE`].  Upper half of the second word:
    /// items that would live here or before, but stand further on.
    tags: [AtomicU64; 2],
    numbers: [AtomicU32; ITEMS],
}

/// Lowest and highest bit of each byte.
const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = LOW << 7;

/// Tag of no item.
const FREE: u8 = 0;

/// One of the second word's upper half.
const SPILLED: u64 = 1 << 32;

/// The bits of the tags of the second word.
const SECOND: u64 = (1 << ((ITEMS - FIRST) * 8)) - 1;

/// The highest bit of each byte of `tags` that is `tag`, and at times of one
/// above such a byte.
const fn equal(tags: u64, tag: u8) -> u64 {
    let differs = tags ^ (LOW * tag as u64);
    differs.wrapping_sub(LOW) & !differs & HIGH
}

/// The kinds of so many tags of a word.
const fn kinds_of(mut tags: u64, mut items: usize) -> u64 {
    let mut kinds = 0;
    while items > 0 {
        let tag = tags as u8;
        kinds |= ((tag != FREE) as u64) << kind(tag);
        tags >>= 8;
        items -= 1;
    }
    kinds
}

/// What a bucket says of a tag at one moment.
struct Look {
    /// Bit 8 a + b: item 8 b + a may be one.
    matches: u64,
    is_spilled: bool,
}

impl Look {
    /// Items that may be ones.
    #[inline]
    fn items(&self) -> impl Iterator<Item = usize> + use<> {
        let mut matches = self.matches;
        core::iter::from_fn(move || {
            if matches == 0 {
                return None;
            }
            let bit = matches.trailing_zeros();
            matches &= matches.wrapping_sub(1);
            Some((bit / 8 + bit % 8 * FIRST as u32) as usize)
        })
    }
}

impl Bucket {
    /// Whether an item of this kind may be here or further on.
    #[inline]
    fn may_have(&self, kind: u32) -> bool {
        self.kinds.load(Ordering::Acquire) >> kind & 1 != 0
    }

    /// Shows all kinds that there are, once an item went.  Writer only.
    fn sum_up(&self) {
        let [first, second] = self.tags.each_ref().map(|w| w.load(Ordering::Relaxed));
        let kinds = if second >= SPILLED {
            u64::MAX
        } else {
            kinds_of(first, FIRST) | kinds_of(second, ITEMS - FIRST)
        };
        self.kinds.store(kinds, Ordering::Release);
    }

    #[inline]
    fn look(&self, tag: u8) -> Look {
        let [first, second] = &self.tags;
        // Items that stand further on need no order here: each is counted before
        // it is shown, and until it is not shown any more.
        let first = equal(first.load(Ordering::Acquire), tag);
        let second = second.load(Ordering::Acquire);
        Look {
            matches: first >> 7 | (equal(second, tag) & SECOND) >> 6,
            is_spilled: second >= SPILLED,
        }
    }

    fn number(&self, item: usize) -> Option<u32> {
        Some(self.numbers.get(item)?.load(Ordering::Acquire))
    }

    /// The first number that a look saw and `accept` takes.
    #[inline]
    fn find<T>(&self, look: &Look, accept: &mut impl FnMut(u32) -> Option<T>) -> Option<T> {
        look.items()
            .find_map(|item| self.number(item).and_then(&mut *accept))
    }

    /// The word that has the tag of an item, and how far up.
    fn place(&self, item: usize) -> (&AtomicU64, usize) {
        let [first, second] = &self.tags;
        let word = if item < FIRST { first } else { second };
        (word, item % FIRST * 8)
    }

    /// Writer only.
    fn tag(&self, item: usize) -> u8 {
        let (word, shift) = self.place(item);
        (word.load(Ordering::Relaxed) >> shift) as u8
    }

    /// Writer only.
    fn set_tag(&self, item: usize, tag: u8) {
        let (word, shift) = self.place(item);
        let others = word.load(Ordering::Relaxed) & !(0xff << shift);
        word.store(others | u64::from(tag) << shift, Ordering::Release);
    }

    /// An item that there is not.  Writer only.
    #[inline]
    fn free(&self) -> Option<usize> {
        self.look(FREE).items().find(|&item| self.tag(item) == FREE)
    }

    /// Adds an item.  `false`: there is no room.  Writer only.
    #[inline]
    fn insert(&self, tag: u8, number: u32) -> bool {
        let Some(free) = self.free() else {
            return false;
        };
        if let Some(room) = self.numbers.get(free) {
            room.store(number, Ordering::Release);
        }
        self.set_tag(free, tag);
        let kinds = self.kinds.load(Ordering::Relaxed);
        self.kinds.store(kinds | 1 << kind(tag), Ordering::Release);
        true
    }

    /// Removes an item.  `false`: it is not here.  Writer only.
    #[inline]
    fn remove(&self, tag: u8, number: u32) -> bool {
        let is_it = |&item: &usize| self.number(item) == Some(number) && self.tag(item) == tag;
        let Some(item) = self.look(tag).items().find(is_it) else {
            return false;
        };
        self.set_tag(item, FREE);
        self.sum_up();
        true
    }

    /// Writer only.
    fn add_spilled(&self, more: u64) {
        let [_, word] = &self.tags;
        word.store(
            word.load(Ordering::Relaxed).wrapping_add(more),
            Ordering::Release,
        );
        self.sum_up();
    }
}

/// How many buckets an index for `max` items needs: four items each, when it is
/// full, so that spilling stays rare (one bucket of 350) and so do addresses of
/// others that are of a kind with one of a bucket (one of 16).
#[must_use]
pub const fn buckets_for(max: usize) -> usize {
    max / 4 + 1
}

/// The index.  A number is in it once.
pub struct Index<'a> {
    buckets: &'a [Bucket],
}

/// The byte of a hash that tags are made of; its upper half says the bucket.
const fn byte(hash: u64) -> u8 {
    (hash >> 24) as u8
}

/// Tag of an item: never that of none, and of the kind that its byte would be.
const fn tag(hash: u64) -> u8 {
    let tag = byte(hash);
    if tag == FREE { KINDS } else { tag }
}

/// How many kinds of tags a bucket's sum can tell apart.
const KINDS: u8 = 64;

/// The kind of a tag.
const fn kind(tag: u8) -> u32 {
    (tag % KINDS) as u32
}

impl<'a> Index<'a> {
    /// Over empty buckets.
    #[must_use]
    pub fn new(buckets: &'a [Bucket]) -> Self {
        Self { buckets }
    }

    /// Number of the first bucket of a hash.
    #[inline]
    fn home(&self, hash: u64) -> usize {
        // The upper half of the hash is a fraction of all buckets.
        (((hash >> 32) * self.buckets.len() as u64) >> 32) as usize
    }

    /// The buckets from the home of `hash` on, each once.
    fn walk(&self, hash: u64) -> impl Iterator<Item = &'a Bucket> + use<'a> {
        let (before, from) = self
            .buckets
            .split_at_checked(self.home(hash))
            .unwrap_or_default();
        from.iter().chain(before)
    }

    /// Whether an item of this hash may be there: one load.
    #[inline]
    #[must_use]
    pub fn may_have(&self, hash: u64) -> bool {
        self.buckets
            .get(self.home(hash))
            .is_some_and(|home| home.may_have(kind(byte(hash))))
    }

    /// The first number of a hash that `accept` takes; it is asked about some of
    /// other hashes too.
    #[inline]
    pub fn find<T>(&self, hash: u64, mut accept: impl FnMut(u32) -> Option<T>) -> Option<T> {
        let home = self.buckets.get(self.home(hash))?;
        let look = home.look(tag(hash));
        let found = home.find(&look, &mut accept);
        if found.is_none() && look.is_spilled {
            return self.find_further(hash, accept);
        }
        found
    }

    #[cold]
    fn find_further<T>(&self, hash: u64, mut accept: impl FnMut(u32) -> Option<T>) -> Option<T> {
        for bucket in self.walk(hash).skip(1) {
            let look = bucket.look(tag(hash));
            let found = bucket.find(&look, &mut accept);
            if found.is_some() || !look.is_spilled {
                return found;
            }
        }
        None
    }

    /// Adds an item.  `false`: no bucket has room.  Writer only.
    pub fn insert(&self, hash: u64, number: u32) -> bool {
        let home = self.buckets.get(self.home(hash));
        home.is_some_and(|home| home.insert(tag(hash), number)) || self.insert_further(hash, number)
    }

    #[cold]
    fn insert_further(&self, hash: u64, number: u32) -> bool {
        let has_room = |bucket: &Bucket| bucket.free().is_some();
        let Some(passed) = self.walk(hash).position(has_room) else {
            return false;
        };
        // First count, then show: a reader that finds the count zero must not be
        // one that could have found the item.
        for full in self.walk(hash).take(passed) {
            full.add_spilled(SPILLED);
        }
        let mut others = self.walk(hash).skip(passed);
        others.next().is_some_and(|b| b.insert(tag(hash), number))
    }

    /// Removes an item.  `false`: it was not there.  Writer only.
    pub fn remove(&self, hash: u64, number: u32) -> bool {
        let home = self.buckets.get(self.home(hash));
        home.is_some_and(|home| home.remove(tag(hash), number)) || self.remove_further(hash, number)
    }

    #[cold]
    fn remove_further(&self, hash: u64, number: u32) -> bool {
        for (passed, bucket) in self.walk(hash).enumerate() {
            if bucket.remove(tag(hash), number) {
                for full in self.walk(hash).take(passed) {
                    full.add_spilled(SPILLED.wrapping_neg());
                }
                return true;
            }
            if !bucket.look(FREE).is_spilled {
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

    fn is_empty(bucket: &Bucket) -> bool {
        let words = bucket.tags.iter().chain([&bucket.kinds]);
        words
            .map(|word| word.load(Ordering::Relaxed))
            .all(|word| word == 0)
    }

    #[test]
    fn a_bucket_is_one_cache_line() {
        assert_eq!(size_of::<Bucket>(), 64);
    }

    #[test]
    fn items_that_spill_are_found_and_removed() {
        const HASH: u64 = 0xc000_0002_0100_0000;
        const ALL: u32 = 4 * ITEMS as u32;
        let memory = buckets(4);
        let index = Index::new(&memory);
        for slot in 0..ALL {
            assert!(index.insert(HASH, slot));
        }
        assert!(!index.insert(HASH, ALL), "all buckets are full");
        for slot in 0..ALL {
            assert!(has(&index, HASH, slot));
        }
        for slot in 0..ALL {
            assert!(index.remove(HASH, slot));
            assert!(!index.remove(HASH, slot));
        }
        assert!(!index.may_have(HASH));
        assert!(memory.iter().all(is_empty));
    }

    #[test]
    fn one_load_tells_most_of_what_is_not_there() {
        let memory = buckets(1);
        let index = Index::new(&memory);
        let hash = |tag: u64| tag << 24;
        for tag in [0, 1, 65, 200] {
            assert!(index.insert(hash(tag), tag as u32));
        }
        let seen = (0..256).filter(|&tag| index.may_have(hash(tag)));
        // Three kinds, four tags each: 1 and 65 are of one.
        let kinds = [0, 1, 200 % 64];
        assert!(seen.clone().all(|tag| kinds.contains(&(tag % 64))));
        assert_eq!(seen.count(), 12);
        assert!(index.remove(hash(1), 1));
        assert!(index.may_have(hash(1)), "65 is still there");
        assert!(index.remove(hash(65), 65));
        assert!(!index.may_have(hash(1)));
    }

    proptest! {
        #[test]
        fn the_index_agrees_with_a_set(ops in prop::collection::vec((any::<bool>(), 0..6u64, 0..24u32), 0..300)) {
            // Few homes and tags, among them one above another, which a search
            // may take for it; and more items than two buckets have room for.
            let memory = buckets(3);
            let index = Index::new(&memory);
            let mut model = std::collections::BTreeSet::new();
            for (add, kind, slot) in ops {
                let hash = (kind % 2) << 63 | (kind / 2) << 24;
                let number = kind as u32 * 24 + slot;
                if !add {
                    prop_assert_eq!(index.remove(hash, number), model.remove(&(hash, number)));
                } else if model.len() < 3 * ITEMS && model.insert((hash, number)) {
                    prop_assert!(index.insert(hash, number));
                }
                for &(hash, number) in &model {
                    prop_assert!(has(&index, hash, number));
                    prop_assert!(index.may_have(hash));
                }
            }
            for (hash, number) in model {
                prop_assert!(index.remove(hash, number));
            }
            prop_assert!(memory.iter().all(is_empty));
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
            for slot in 0..=ITEMS as u32 {
                assert!(index.insert(0, slot));
            }
            let reader = {
                let index = index.clone();
                loom::thread::spawn(move || {
                    index.may_have(0)
                        && index
                            .find(0, |slot| (slot == ITEMS as u32).then_some(()))
                            .is_some()
                })
            };
            index.remove(0, 3);
            index.insert(0, 19);
            assert!(reader.join().unwrap());
        });
    }
}
