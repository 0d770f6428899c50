// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What was given to whom: a query that is sent again is answered as before, and no
//! SSA goes to two clients.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::future::Future;
use std::net::{Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::OnceCell;

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

type Answer = Arc<OnceCell<Option<Vec<u8>>>>;

/// The client has had enough.
#[derive(Debug, PartialEq, Eq)]
pub struct NotAdmitted;

/// All that was given.
#[derive(Default)]
pub struct Given {
    answers: Mutex<HashMap<Asked, (Instant, Answer)>>,
    ssas: Mutex<HashMap<Ipv6Addr, Instant>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Given {
    /// The answer to a query, made once however often it comes; `admits` says whether
    /// it may be made at all, else there is none, and nothing is remembered.
    pub async fn once(
        &self,
        asked: Asked,
        admits: impl FnOnce() -> bool,
        make: impl Future<Output = Option<Vec<u8>>>,
    ) -> Result<Option<Vec<u8>>, NotAdmitted> {
        let answer = {
            let mut answers = lock(&self.answers);
            let room = answers.len() < QUERIES;
            match answers.entry(asked) {
                Entry::Occupied(known) => Arc::clone(&known.get().1),
                Entry::Vacant(_) if !admits() => return Err(NotAdmitted),
                Entry::Vacant(new) if room => {
                    Arc::clone(&new.insert((Instant::now(), Answer::default())).1)
                }
                Entry::Vacant(_) => Answer::default(),
            }
        };
        Ok(answer.get_or_init(|| make).await.clone())
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
        lock(&self.answers).retain(|_, (at, _)| now.duration_since(*at) < AGAIN);
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
