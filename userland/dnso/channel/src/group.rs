// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Several parts that can do the same: which is asked, and who is asked next when it
//! cannot be reached, is late, or says no.

use crate::link::Link;
use crate::message::{Reason, Refused, Reply, Request};
use futures_util::future::select_all;
use rand::RngExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Less time than this is not worth an attempt.
const LEAST: Duration = Duration::from_millis(5);
/// How often the same is asked again at once.
const AGAIN: usize = 4;
/// Pause before those are asked again who were late or overloaded.
const PAUSE: Duration = Duration::from_millis(50);

/// One of them.
#[derive(Debug, Clone)]
pub struct Member {
    /// The way to it.
    pub link: Arc<Link>,
    /// Lower ones are asked first.
    pub priority: u32,
    /// Its share among those of one priority; 0: only if the others fail.
    pub weight: u32,
}

/// What an answer means.
#[derive(Debug)]
pub enum Judged<T> {
    /// That is it.
    Done(T),
    /// Ask the same again, which will do something else this time.
    Again(Refused),
    /// Ask the next.
    Next(Refused),
    /// Nobody would say anything else.
    Final(Refused),
}

/// An order to ask in: by priority, and by chance according to weight.
pub fn order(members: &[Member]) -> Vec<usize> {
    let mut rng = rand::rng();
    let mut keyed: Vec<(u32, f64, usize)> = members
        .iter()
        .enumerate()
        .map(|(i, member)| {
            // Efraimidis and Spirakis, 2006: sorting by these keys is drawing by weight.
            let draw: f64 = rng.random_range(f64::MIN_POSITIVE..1.0);
            let key = match member.weight {
                0 => f64::NEG_INFINITY,
                weight => draw.ln() / f64::from(weight),
            };
            (member.priority, key, i)
        })
        .collect();
    keyed.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    keyed.into_iter().map(|(_, _, i)| i).collect()
}

/// Of two refusals, the one that tells more: somebody's word before nobody's.
fn telling(old: Option<Refused>, new: Refused) -> Refused {
    let rank = |refused: &Refused| match refused.reason {
        Reason::Unreachable => 0,
        Reason::Late => 1,
        Reason::UnknownName => 2,
        _ => 3,
    };
    match old {
        Some(old) if rank(&old) > rank(&new) => old,
        _ => new,
    }
}

/// Asks one after the other until an answer is good, the time is up, or nobody is left.
/// `make` gives the request for a member and the time that it has (none: leave it out).
///
/// Channels that broke just now are waited for: whoever is at their other end may
/// have been started anew.
pub async fn ask<T>(
    members: &[Member],
    deadline: Instant,
    attempt: Duration,
    mut make: impl FnMut(usize, Duration) -> Option<Request>,
    mut judge: impl FnMut(usize, &Request, Reply) -> Judged<T>,
) -> Result<T, Refused> {
    let mut refusal: Option<Refused> = None;
    loop {
        let mut again = false;
        for i in order(members) {
            let link = &members[i].link;
            for _ in 0..AGAIN {
                let left = deadline.saturating_duration_since(Instant::now());
                if left < LEAST {
                    break;
                }
                let limit = attempt.min(left);
                let Some(request) = make(i, limit) else {
                    break;
                };
                let was_up = link.is_up();
                let reply = link.call(request.clone(), limit).await;
                match judge(i, &request, reply) {
                    Judged::Done(value) => return Ok(value),
                    Judged::Final(refused) => return Err(refused),
                    Judged::Again(refused) => refusal = Some(telling(refusal, refused)),
                    Judged::Next(refused) => {
                        again |= match refused.reason {
                            Reason::Unreachable => was_up || link.is_hopeful(),
                            Reason::Late | Reason::Overload => true,
                            _ => false,
                        };
                        refusal = Some(telling(refusal, refused));
                        break;
                    }
                }
            }
        }
        let nobody = || Refused::new(Reason::NoServer, "nobody is fit to be asked");
        let now = Instant::now();
        if !again || deadline.saturating_duration_since(now) < LEAST {
            return Err(refusal.unwrap_or_else(nobody));
        }
        if members.iter().any(|member| member.link.is_up()) {
            tokio::time::sleep_until((now + PAUSE).min(deadline)).await;
            continue;
        }
        let up = select_all(members.iter().map(|member| Box::pin(member.link.up())));
        if timeout_at(deadline, up).await.is_err() {
            return Err(refusal.unwrap_or_else(nobody));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Secret;
    use crate::link::Target;
    use crate::metrics::ChannelMetrics;

    #[tokio::test]
    async fn the_order_is_by_priority_and_by_weight_where_that_is_equal() {
        let member = |weight, priority| {
            let key = Secret::generate().expect("random bits");
            let target = Target {
                name: "nobody".into(),
                address: ([127, 0, 0, 1], 1).into(),
                key: key.public(),
            };
            Member {
                link: Link::start(target, key, ChannelMetrics::default()),
                priority,
                weight,
            }
        };
        let members = [
            member(1, 5),
            member(3, 0),
            member(1, 0),
            member(0, 0),
            member(1000, 7),
        ];
        let mut first = 0;
        for _ in 0..4000 {
            let order = order(&members);
            assert_eq!(order[2..], [3, 0, 4], "weight 0 last, then by priority");
            first += u32::from(order[0] == 1);
        }
        // 3000, and seven times the deviation of 27.
        assert!((2800..=3200).contains(&first), "{first} of 4000");
    }
}
