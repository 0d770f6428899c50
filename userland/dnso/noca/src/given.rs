// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What was given to whom: a query that is sent again is answered as before, and no
//! SSA goes to two clients.

use std::collections::HashMap;
use std::future::Future;
use std::net::{Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::OnceCell;

/// A query that is sent again comes within this time: resolvers of hosts wait five
/// seconds.
const AGAIN: Duration = Duration::from_secs(8);

/// One query of one client: who, which number, which name.
pub type Asked = (SocketAddr, u16, Box<[u8]>);

type Answer = Arc<OnceCell<Option<Vec<u8>>>>;

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
    /// The answer to a query, made once however often it comes.
    pub async fn once(
        &self,
        asked: Asked,
        make: impl Future<Output = Option<Vec<u8>>>,
    ) -> Option<Vec<u8>> {
        let answer = {
            let mut answers = lock(&self.answers);
            let fresh = || (Instant::now(), Answer::default());
            Arc::clone(&answers.entry(asked).or_insert_with(fresh).1)
        };
        answer.get_or_init(|| make).await.clone()
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
        lock(&self.answers).retain(|_, (at, _)| at.elapsed() < AGAIN);
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
        let asked = |port, id| {
            (
                SocketAddr::from(([127, 0, 0, 1], port)),
                id,
                b"\x01a\0"[..].into(),
            )
        };
        let make = |n: u8| async move { Some(vec![n]) };
        assert_eq!(given.once(asked(1, 1), make(1)).await, Some(vec![1]));
        assert_eq!(given.once(asked(1, 1), make(2)).await, Some(vec![1]));
        assert_eq!(given.once(asked(1, 2), make(3)).await, Some(vec![3]));
        assert_eq!(given.once(asked(2, 1), make(4)).await, Some(vec![4]));
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
