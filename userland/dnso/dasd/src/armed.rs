// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Whose an armed address is: only who had it armed can have it withdrawn.

use std::collections::HashMap;
use std::net::Ipv6Addr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Who wants an address withdrawn says so as soon as it hears of it, which came too late:
/// so long it is remembered, and no longer than twice that.
const AGE: Duration = Duration::from_secs(10);

/// By address, the peer that had it armed.
type Owners = HashMap<Ipv6Addr, String>;

/// What was armed lately.
#[derive(Default)]
pub struct Armed(Mutex<Lately>);

#[derive(Default)]
struct Lately {
    since: Option<Instant>,
    now: Owners,
    before: Owners,
}

impl Armed {
    /// It was armed for this peer.
    pub fn keep(&self, ssa: Ipv6Addr, peer: &str, now: Instant) {
        self.lately(now, |lately| lately.now.insert(ssa, peer.to_owned()));
    }

    /// Was it, lately? Once only.
    pub fn give_up(&self, ssa: &Ipv6Addr, peer: &str, now: Instant) -> bool {
        self.lately(now, |lately| {
            let all = [&mut lately.now, &mut lately.before];
            all.into_iter().any(|owners| {
                let is_its = owners.get(ssa).is_some_and(|owner| owner == peer);
                is_its && owners.remove(ssa).is_some()
            })
        })
    }

    fn lately<T>(&self, now: Instant, f: impl FnOnce(&mut Lately) -> T) -> T {
        let mut lately = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let age = lately
            .since
            .map(|since| now.saturating_duration_since(since));
        if age.is_none_or(|age| age >= AGE) {
            lately.before = std::mem::take(&mut lately.now);
            if age.is_some_and(|age| age >= AGE * 2) {
                lately.before.clear();
            }
            lately.since = Some(now);
        }
        f(&mut lately)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SSA: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 5);

    #[test]
    fn an_address_is_given_up_once_and_by_its_owner_only() {
        let (armed, now) = (Armed::default(), Instant::now());
        armed.keep(SSA, "a", now);
        assert!(!armed.give_up(&SSA, "b", now), "it is another's");
        assert!(armed.give_up(&SSA, "a", now));
        assert!(!armed.give_up(&SSA, "a", now), "it is nobody's any more");
    }

    #[test]
    fn it_is_remembered_for_a_while() {
        for (age, is_known) in [(1, true), (10, true), (19, true), (20, false), (99, false)] {
            let (armed, now) = (Armed::default(), Instant::now());
            armed.keep(SSA, "a", now);
            let later = now + Duration::from_secs(age);
            assert_eq!(armed.give_up(&SSA, "a", later), is_known, "{age} s");
            let lately = armed.0.lock().expect("no panic");
            assert!(lately.now.is_empty() && lately.before.is_empty(), "{age} s");
        }
    }
}
