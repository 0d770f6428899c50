// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What was given to whom: a query that is sent again is answered as before, or not at
//! all while its answer is coming, and no SSA goes to two clients.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::future::Future;
use std::net::{Ipv6Addr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A query that is sent again comes within this time: resolvers of hosts wait five
/// seconds.
const AGAIN: Duration = Duration::from_secs(8);

/// Queries that are remembered: some 8000 a second. Others are answered all the same.
const QUERIES: usize = 65_536;
/// Longer ones than any resolver of a host sends are not remembered.
const QUERY_MAX: usize = 512;

/// One query of one client: who, and all that it said. Behind a forwarder the number
/// and the name alone may be another client's, whose subnet or options are others.
pub type Asked = (SocketAddr, Box<[u8]>);

/// Is a datagram that comes a second time the same query? Number 0 is what whole
/// forwarders use for all that they ask (RFC 8484, section 4.1).
pub fn tells_itself(bytes: &[u8]) -> bool {
    bytes.len() <= QUERY_MAX && !bytes.starts_with(&[0, 0])
}

/// The answer to a query.
enum Answer {
    /// It is being made.
    UnderWay,
    /// When it was made.
    Made(Instant, Option<Vec<u8>>),
}

/// A query whose answer is being made: forgotten if that ends without one.
struct Making<'a> {
    given: &'a Given,
    asked: Asked,
}

impl Drop for Making<'_> {
    fn drop(&mut self) {
        let mut answers = lock(&self.given.answers);
        if let Some(Answer::UnderWay) = answers.get(&self.asked) {
            answers.remove(&self.asked);
        }
    }
}

/// The client has had enough.
#[derive(Debug, PartialEq, Eq)]
pub struct NotAdmitted;

/// All that was given.
#[derive(Default)]
pub struct Given {
    answers: Mutex<HashMap<Asked, Answer>>,
    ssas: Mutex<HashMap<Ipv6Addr, Instant>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Given {
    /// The answer to a query, made once however often it comes; `admits` says whether
    /// it may be made at all, else there is none, and nothing is remembered. A copy that
    /// comes while it is being made has none of its own: the one that is coming goes to
    /// whoever sent both, and copies that wait could be any number.
    pub async fn once(
        &self,
        asked: Asked,
        admits: impl FnOnce() -> bool,
        make: impl Future<Output = Option<Vec<u8>>>,
    ) -> Result<Option<Vec<u8>>, NotAdmitted> {
        let making = {
            let mut answers = lock(&self.answers);
            let room = answers.len() < QUERIES;
            match answers.entry(asked) {
                Entry::Occupied(known) => {
                    return Ok(match known.get() {
                        Answer::UnderWay => None,
                        Answer::Made(_, answer) => answer.clone(),
                    });
                }
                Entry::Vacant(_) if !admits() => return Err(NotAdmitted),
                Entry::Vacant(new) => room.then(|| {
                    let asked = new.key().clone();
                    new.insert(Answer::UnderWay);
                    Making { given: self, asked }
                }),
            }
        };
        let answer = make.await;
        if let Some(making) = making {
            let made = Answer::Made(Instant::now(), answer.clone());
            lock(&self.answers).insert(making.asked.clone(), made);
        }
        Ok(answer)
    }

    /// Remembers an SSA; false: another client has it.
    pub fn give(&self, ssa: Ipv6Addr, lifetime: Duration) -> bool {
        let now = Instant::now();
        let mut ssas = lock(&self.ssas);
        match ssas.get(&ssa) {
            Some(until) if *until > now => false,
            _ => {
                ssas.insert(ssa, now + lifetime + AGAIN);
                true
            }
        }
    }

    /// Forgets what is old.
    pub fn forget(&self) {
        let now = Instant::now();
        lock(&self.answers).retain(|_, answer| match answer {
            Answer::UnderWay => true,
            Answer::Made(at, _) => now.duration_since(*at) < AGAIN,
        });
        lock(&self.ssas).retain(|_, until| *until > now);
    }

    /// SSAs that are remembered.
    pub fn count(&self) -> usize {
        lock(&self.ssas).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn a_query_that_is_sent_again_gets_the_same_answer() {
        let given = Given::default();
        let asked = |port, id: u8| {
            let from = SocketAddr::from(([127, 0, 0, 1], port));
            (from, [0, id, b'a'][..].into())
        };
        let make = |n: u8| async move { Some(vec![n]) };
        for (port, id, n, expected) in [(1, 1, 1, 1), (1, 1, 2, 1), (1, 2, 3, 3), (2, 1, 4, 4)] {
            let answer = given.once(asked(port, id), || true, make(n)).await;
            assert_eq!(answer, Ok(Some(vec![expected])));
        }
        let again = given.once(asked(1, 1), || false, make(5)).await;
        assert_eq!(again, Ok(Some(vec![1])), "whatever it may have now");
    }

    #[tokio::test]
    async fn copies_of_a_query_that_is_under_way_do_not_wait() {
        let given = Given::default();
        let from = SocketAddr::from(([127, 0, 0, 1], 1));
        let asked = || (from, b"query"[..].into());
        let mut first = Box::pin(given.once(asked(), || true, std::future::pending()));
        assert_eq!(first.as_mut().now_or_never(), None, "it is under way");
        given.forget();
        for _ in 1..10_000 {
            let copy = given.once(asked(), || true, std::future::pending());
            assert_eq!(copy.now_or_never(), Some(Ok(None)));
        }
        // Nobody makes it any more.
        drop(first);
        let made = given.once(asked(), || true, async { Some(vec![1]) });
        assert_eq!(made.await, Ok(Some(vec![1])));
    }

    #[tokio::test]
    async fn queries_that_are_too_many_are_not_remembered() {
        let given = Given::default();
        let from = SocketAddr::from(([127, 0, 0, 1], 1));
        let asked = |n: usize| (from, n.to_be_bytes()[..].into());
        for n in 0..10 {
            let answer = given.once(asked(n), || false, async { None }).await;
            assert_eq!(answer, Err(NotAdmitted));
        }
        assert_eq!(lock(&given.answers).len(), 0);
        for n in 0..QUERIES + 10 {
            let answer = given.once(asked(n), || true, async { Some(vec![1]) }).await;
            assert_eq!(answer, Ok(Some(vec![1])), "it is answered all the same");
        }
        assert_eq!(lock(&given.answers).len(), QUERIES);
    }

    #[test]
    fn what_may_be_another_clients_is_not_remembered() {
        assert!(tells_itself(&[0, 1, 1, 0]));
        assert!(!tells_itself(&[0, 0, 1, 0]), "the number is no number");
        assert!(!tells_itself(&[1; QUERY_MAX + 1]));
    }

    #[test]
    fn an_ssa_goes_to_one_client() {
        let given = Given::default();
        let ssa = Ipv6Addr::LOCALHOST;
        assert!(given.give(ssa, Duration::from_secs(1)));
        assert!(!given.give(ssa, Duration::from_secs(1)));
        assert_eq!(given.count(), 1);
    }
}
