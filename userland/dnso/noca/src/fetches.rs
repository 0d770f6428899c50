// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What the upstreams are being asked. The same is asked once, however many want to know
//! it: each query that is out is one more that a forged answer can match, so that many of
//! one question are guessed soon (a birthday attack: RFC 5452, section 5; VU#457875).

use crate::upstream::Outcome;
use crate::wire::{HEADER, Query};
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::OnceCell;

/// Queries that wait for one answer. As clients ask for the same name at the same time, but
/// not so many that one slow name takes all the room that there is.
const WAITERS: usize = 1024;

/// Two queries are the same if the upstream is told the same: what is sent, and how.
type Key = Box<[u8]>;

/// One that is under way.
#[derive(Default)]
struct Fetch {
    outcome: Arc<OnceCell<Outcome>>,
    waiters: usize,
}

/// Too many wait for this answer already.
#[derive(Debug, PartialEq, Eq)]
pub struct TooMany;

/// All that are under way.
#[derive(Default)]
pub struct Fetches(Mutex<HashMap<Key, Fetch>>);

fn key(query: &Query, bytes: &[u8], by_stream: bool) -> Key {
    let mut key = query.passed_on(bytes);
    // Its number is 0, and says nothing.
    key[0] = u8::from(by_stream);
    if query.is_plain() {
        // Answers match in any spelling, so that no two spellings may be under way. What is
        // passed on as it came may be signed, and is never kept for others.
        key[HEADER..HEADER + query.name().len()].copy_from_slice(query.name());
    }
    key.into()
}

/// Somebody who waits.
struct Waiter<'a> {
    fetches: &'a Fetches,
    key: Key,
    outcome: Arc<OnceCell<Outcome>>,
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let mut fetches = self.fetches.lock();
        // Another one may have its place by now.
        let fetch = fetches.get_mut(&self.key);
        let Some(fetch) = fetch.filter(|fetch| Arc::ptr_eq(&fetch.outcome, &self.outcome)) else {
            return;
        };
        fetch.waiters -= 1;
        // Whoever asks after the answer is there asks anew.
        if fetch.waiters == 0 || self.outcome.initialized() {
            fetches.remove(&self.key);
        }
    }
}

impl Fetches {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Fetch>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What comes of `ask`, or of that of another query for the same. If whoever asks is
    /// cancelled, the next one that waits asks.
    ///
    /// # Errors
    /// Too many wait for it.
    pub async fn join(
        &self,
        query: &Query,
        bytes: &[u8],
        by_stream: bool,
        ask: impl Future<Output = Outcome>,
    ) -> Result<Outcome, TooMany> {
        let waiter = {
            let key = key(query, bytes, by_stream);
            let mut fetches = self.lock();
            let fetch = fetches.entry(key.clone()).or_default();
            if fetch.waiters == WAITERS {
                return Err(TooMany);
            }
            fetch.waiters += 1;
            Waiter {
                fetches: self,
                key,
                outcome: Arc::clone(&fetch.outcome),
            }
        };
        Ok(waiter.outcome.get_or_init(|| ask).await.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use std::future::pending;

    /// A query with number, name, and more flags than RD.
    fn query(id: u8, name: &[u8], flags: u8) -> Vec<u8> {
        let mut query = vec![0, id, 1, flags, 0, 1, 0, 0, 0, 0, 0, 0];
        query.push(name.len() as u8);
        query.extend_from_slice(name);
        query.extend_from_slice(&[0, 0, 1, 0, 1]);
        query
    }

    /// The same with EDNS and one option.
    fn with_option(mut query: Vec<u8>, code: u8, data: u8) -> Vec<u8> {
        query[11] = 1;
        query.extend_from_slice(&[0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 5, 0, code, 0, 1, data]);
        query
    }

    async fn answer() -> Outcome {
        Outcome::Answer(vec![1])
    }

    impl Fetches {
        async fn ask(
            &self,
            bytes: &[u8],
            by_stream: bool,
            ask: impl Future<Output = Outcome>,
        ) -> Result<Outcome, TooMany> {
            let query = Query::parse(bytes).expect("sound");
            self.join(&query, bytes, by_stream, ask).await
        }
    }

    /// Does one wait for the other's answer?
    fn are_joined(one: &[u8], other: &[u8], by_stream: bool) -> bool {
        let fetches = Fetches::default();
        let mut first = Box::pin(fetches.ask(one, false, pending()));
        assert_eq!(first.as_mut().now_or_never(), None);
        fetches
            .ask(other, by_stream, answer())
            .now_or_never()
            .is_none()
    }

    #[test]
    fn what_the_upstream_is_told_the_same_is_told_once() {
        let plain = query(1, b"a", 0);
        // The number, the spelling, and options of this hop alone make no difference.
        assert!(are_joined(&plain, &query(2, b"A", 0), false));
        let [cookie, other] = [5, 6].map(|data| with_option(plain.clone(), 10, data));
        assert!(are_joined(&cookie, &other, false));
        // CD, EDNS, the name, and how the upstream is asked do.
        assert!(!are_joined(&plain, &query(1, b"a", 0x10), false));
        assert!(!are_joined(&plain, &cookie, false));
        assert!(!are_joined(&plain, &query(1, b"b", 0), false));
        assert!(!are_joined(&plain, &plain, true));
    }

    #[test]
    fn what_is_passed_on_as_it_came_is_joined_to_its_like() {
        // Client subnets, say, whose answers are others.
        let one = with_option(query(1, b"a", 0), 8, 5);
        assert!(are_joined(
            &one,
            &with_option(query(2, b"a", 0), 8, 5),
            false
        ));
        assert!(!are_joined(
            &one,
            &with_option(query(1, b"a", 0), 8, 6),
            false
        ));
        assert!(!are_joined(
            &one,
            &with_option(query(1, b"A", 0), 8, 5),
            false
        ));
    }

    #[tokio::test]
    async fn if_whoever_asks_is_gone_the_next_one_asks() {
        let fetches = Fetches::default();
        let query = query(1, b"a", 0);
        let mut first = Box::pin(fetches.ask(&query, false, pending()));
        let mut second = Box::pin(fetches.ask(&query, false, answer()));
        assert_eq!(first.as_mut().now_or_never(), None);
        assert_eq!(second.as_mut().now_or_never(), None, "it waits");
        drop(first);
        assert_eq!(second.await, Ok(Outcome::Answer(vec![1])));
        assert!(fetches.lock().is_empty());
    }

    #[tokio::test]
    async fn so_many_wait_and_nothing_is_left_of_them() {
        let fetches = Fetches::default();
        let query = query(1, b"a", 0);
        let mut waiting: Vec<_> = (0..WAITERS)
            .map(|_| Box::pin(fetches.ask(&query, false, pending())))
            .collect();
        for one in &mut waiting {
            assert_eq!(one.as_mut().now_or_never(), None);
        }
        let one_more = fetches.ask(&query, false, answer());
        assert_eq!(one_more.now_or_never(), Some(Err(TooMany)));
        waiting.pop();
        let one_more = fetches.ask(&query, false, answer());
        assert_eq!(one_more.now_or_never(), None, "there is room");
        drop(waiting);
        assert!(fetches.lock().is_empty());
    }

    #[tokio::test]
    async fn an_answer_that_is_there_is_not_joined_and_its_last_reader_takes_no_other_away() {
        let fetches = Fetches::default();
        let query = query(1, b"a", 0);
        let (say, said) = tokio::sync::oneshot::channel();
        let asks = async { said.await.expect("said") };
        let mut first = Box::pin(fetches.ask(&query, false, asks));
        let mut second = Box::pin(fetches.ask(&query, false, pending()));
        assert_eq!(first.as_mut().now_or_never(), None);
        assert_eq!(second.as_mut().now_or_never(), None);
        say.send(Outcome::Answer(vec![2])).expect("waited for");
        assert_eq!(first.await, Ok(Outcome::Answer(vec![2])));
        let mut new = Box::pin(fetches.ask(&query, false, pending()));
        assert_eq!(new.as_mut().now_or_never(), None, "it asks anew");
        assert_eq!(second.await, Ok(Outcome::Answer(vec![2])));
        assert_eq!(fetches.lock().len(), 1, "the new one");
    }
}
