// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! One bit for each of 64 classes of upper address halves.
//!
//! A bit changes only when the first address of its class comes or the last
//! one goes, so that sessions do not disturb the cache line that every legacy
//! packet reads.

use crate::sync::{AtomicU64, Ordering};

/// Number of classes.
pub const CLASSES: usize = 64;

/// The bits that packets read.
pub struct Filter(AtomicU64);

impl Default for Filter {
    fn default() -> Self {
        Self(AtomicU64::new(0))
    }
}

impl Filter {
    /// Whether an address of this class may be in the table.
    #[inline]
    #[must_use]
    pub fn may_hold(&self, class: u8) -> bool {
        self.0.load(Ordering::Acquire) >> (class % 64) & 1 != 0
    }

    /// Whether any address may be in the table.
    #[must_use]
    pub fn any(&self) -> bool {
        self.0.load(Ordering::Acquire) != 0
    }

    /// One address more; `counts` are the writer's own.
    pub fn add(&self, counts: &mut [u32], class: u8) {
        if let Some(count) = counts.get_mut(usize::from(class)) {
            *count += 1;
            if *count == 1 {
                self.0.fetch_or(1 << (class % 64), Ordering::Release);
            }
        }
    }

    /// One address less.
    pub fn remove(&self, counts: &mut [u32], class: u8) {
        if let Some(count) = counts.get_mut(usize::from(class)) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.0.fetch_and(!(1 << (class % 64)), Ordering::Release);
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_held_until_its_last_address_goes() {
        let filter = Filter::default();
        let mut counts = [0; CLASSES];
        assert!(!filter.any());
        filter.add(&mut counts, 50);
        filter.add(&mut counts, 50);
        filter.remove(&mut counts, 50);
        assert!(filter.may_hold(50) && filter.any());
        assert!(!filter.may_hold(51));
        filter.remove(&mut counts, 50);
        assert!(!filter.may_hold(50) && !filter.any());
    }
}
