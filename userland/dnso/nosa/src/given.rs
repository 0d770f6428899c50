// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What was given to whom: no SSA twice, and whoever asks again gets the same.

use std::collections::HashMap;
use std::future::Future;
use std::net::Ipv6Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::time::Instant;
use umux_dnso::message::{Refused, Resolved, Token};
use umux_dnso::name::Name;

/// An SSA is remembered for so long after its lifetime: the session may last.
const AFTER: Duration = Duration::from_secs(30);
/// A query that is asked again, by another broker, comes within this time.
const AGAIN: Duration = Duration::from_secs(10);

type Answer = Arc<OnceCell<Resolved>>;

/// All that was given.
#[derive(Debug, Default)]
pub struct Given {
    ssas: Mutex<HashMap<Ipv6Addr, Instant>>,
    answers: Mutex<HashMap<(Token, Name), (Instant, Answer)>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Given {
    /// Remembers an SSA; false: it was given before.
    pub fn give(&self, ssa: Ipv6Addr, lifetime_ms: u32) -> bool {
        let now = Instant::now();
        let until = now + Duration::from_millis(lifetime_ms.into()) + AFTER;
        let mut ssas = lock(&self.ssas);
        match ssas.get(&ssa) {
            Some(old) if *old > now => false,
            _ => {
                ssas.insert(ssa, until);
                true
            }
        }
    }

    /// How many are remembered.
    pub fn count(&self) -> usize {
        lock(&self.ssas).len()
    }

    /// The answer to a query: made once, however often and by whatever way it is asked
    /// for. A failure is not remembered.
    pub async fn once(
        &self,
        token: Token,
        name: &Name,
        make: impl Future<Output = Result<Resolved, Refused>>,
    ) -> Result<Resolved, Refused> {
        let answer = {
            let mut answers = lock(&self.answers);
            let fresh = || (Instant::now(), Answer::default());
            let entry = answers.entry((token, name.clone())).or_insert_with(fresh);
            Arc::clone(&entry.1)
        };
        answer.get_or_try_init(|| make).await.copied()
    }

    /// Forgets what is old.
    pub fn forget(&self) {
        let now = Instant::now();
        lock(&self.ssas).retain(|_, until| *until > now);
        lock(&self.answers).retain(|_, (at, _)| at.elapsed() < AGAIN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use umux_dnso::message::Reason;

    fn resolved(n: u128) -> Resolved {
        Resolved {
            ssa: Ipv6Addr::from_bits(n),
            lifetime_ms: 1000,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_ssa_is_given_once_in_its_time() {
        let given = Given::default();
        let ssa = Ipv6Addr::from_bits(1);
        assert!(given.give(ssa, 1000));
        assert!(!given.give(ssa, 1000));
        tokio::time::advance(Duration::from_secs(32)).await;
        given.forget();
        assert_eq!(given.count(), 0);
        assert!(given.give(ssa, 1000));
    }

    #[tokio::test]
    async fn a_query_that_comes_twice_gets_one_answer_and_another_one_another() {
        let given = Arc::new(Given::default());
        let name: Name = "www.example.com".parse().expect("a name");
        let made = AtomicU32::new(0);
        let make = || async {
            tokio::task::yield_now().await;
            Ok(resolved(
                1 + u128::from(made.fetch_add(1, Ordering::SeqCst)),
            ))
        };
        let (a, b) = tokio::join!(
            given.once(Token(1), &name, make()),
            given.once(Token(1), &name, make())
        );
        assert_eq!(a, b);
        assert_ne!(a, given.once(Token(2), &name, make()).await);
        let fails = async { Err(Refused::new(Reason::Late, "late")) };
        assert!(given.once(Token(3), &name, fails).await.is_err());
        assert!(given.once(Token(3), &name, make()).await.is_ok());
    }
}
