// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A token bucket, for all and for each user.

use crate::resolver::Time;
use std::collections::HashMap;
use std::time::Duration;

/// How much is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// A second, in the long run.
    pub rate: u32,
    /// At once.
    pub burst: u32,
}

/// Earned with time, up to the burst; spent one by one.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// Tokens, in billionths: so many are earned in a second for a rate of one.
    level: u64,
    since: Time,
}

const TOKEN: u64 = 1_000_000_000;

impl Bucket {
    fn full(limit: Limit, now: Time) -> Bucket {
        Bucket {
            level: u64::from(limit.burst) * TOKEN,
            since: now,
        }
    }

    fn earn(&mut self, limit: Limit, now: Time) {
        let passed = now.saturating_sub(self.since).as_nanos();
        let earned = u64::try_from(passed * u128::from(limit.rate)).unwrap_or(u64::MAX);
        let most = u64::from(limit.burst) * TOKEN;
        self.level = self.level.saturating_add(earned).min(most);
        self.since = now.max(self.since);
    }
}

/// Buckets of users, made when they are needed and forgotten when they are full.
#[derive(Debug, Default)]
pub struct Buckets {
    all: Option<Bucket>,
    users: HashMap<u32, Bucket>,
    swept: Time,
}

/// Full buckets are looked for so often.
const SWEEP: Duration = Duration::from_secs(60);

impl Buckets {
    /// May this user have one more? If so it is spent.
    pub fn spend(&mut self, now: Time, user: u32, all: Limit, each: Limit) -> bool {
        if now.saturating_sub(self.swept) >= SWEEP {
            self.swept = now;
            self.users.retain(|_, bucket| {
                bucket.earn(each, now);
                bucket.level < u64::from(each.burst) * TOKEN
            });
        }
        let whole = self.all.get_or_insert_with(|| Bucket::full(all, now));
        whole.earn(all, now);
        let own = self
            .users
            .entry(user)
            .or_insert_with(|| Bucket::full(each, now));
        own.earn(each, now);
        if whole.level < TOKEN || own.level < TOKEN {
            return false;
        }
        whole.level -= TOKEN;
        own.level -= TOKEN;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Limit = Limit { rate: 10, burst: 5 };
    const EACH: Limit = Limit { rate: 2, burst: 3 };

    fn spend(buckets: &mut Buckets, ms: u64, user: u32) -> usize {
        let now = Time::from_millis(ms);
        (0..100)
            .filter(|_| buckets.spend(now, user, ALL, EACH))
            .count()
    }

    #[test]
    fn one_user_leaves_something_for_others_and_all_together_have_a_limit() {
        let mut buckets = Buckets::default();
        assert_eq!(spend(&mut buckets, 0, 1), 3, "the burst of one");
        assert_eq!(spend(&mut buckets, 0, 2), 2, "the rest of the burst of all");
        assert_eq!(spend(&mut buckets, 0, 3), 0);
        assert_eq!(spend(&mut buckets, 1000, 1), 2, "the rate of one");
        assert_eq!(spend(&mut buckets, 1000, 2), 3);
    }

    #[test]
    fn users_who_ask_for_nothing_more_are_forgotten() {
        let mut buckets = Buckets::default();
        for user in 0..5 {
            spend(&mut buckets, 0, user);
        }
        spend(&mut buckets, 61_000, 9);
        assert_eq!(buckets.users.len(), 1);
    }
}
