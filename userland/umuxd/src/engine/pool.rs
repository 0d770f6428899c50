// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! One pool: is it there, what does it lack, may it be filled now?

use super::hold::Hold;
use super::reserve::Reserve;
use super::share::Share;
use super::throttle::Throttle;
use super::{Added, Command, Notice, Time};
use crate::config::PoolConfig;
use std::net::Ipv6Addr;
use std::time::Duration;
use umux_abi::{Errno, PoolInfo};
use umux_addrgen::protocol::COUNT_MAX;

const SECOND: Duration = Duration::from_secs(1);

/// Longest pause after duplicates.
const DUPLICATES_MOST: Duration = Duration::from_secs(300);

/// So long after a pause for duplicates further ones make a longer pause.
const CAUTION: Duration = Duration::from_secs(60);

/// With caution, the rate is divided by two to this power: whoever answers every
/// probe shall not make us send thousands before we notice.
const CAUTION_POWER: u32 = 6;

/// So often the divisor is halved while no more duplicates come.
const CAUTION_STEP: Duration = Duration::from_secs(5);

/// Duplicates that may be chance are told so often at most.
const STRAYS_TOLD: Duration = Duration::from_secs(10);

/// Longest pause after the plane refused addresses: a full plane has room again as
/// soon as tombstones expire.
const REFUSAL_MOST: Duration = Duration::from_secs(10);

/// The same refusal is told so often at most.
const REFUSAL_TOLD: Duration = Duration::from_secs(60);

/// Longest pause before a pool is tried to be made again: a router advertisement may
/// make its prefix on-link at any time.
const CREATE_MOST: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    /// Levels have not been seen.
    Unknown,
    /// Not there.
    Absent,
    /// Being made.
    Creating,
    /// There.
    Present,
}

/// A pool that is to be kept at its level.
#[derive(Debug)]
pub struct Pool {
    config: PoolConfig,
    presence: Presence,
    /// Ready or on their way: as the levels said, and what was added since.
    stock: u32,
    /// Given to the plane, which has not answered.
    in_flight: u32,
    /// Begins when levels show that any are missing, ends at `level`. Events make
    /// levels be asked for only below `low`.
    filling: bool,
    throttle: Throttle,
    /// Duplicates ever, as far as they are known here.
    duplicates_seen: Option<u64>,
    duplicates: Hold,
    share: Share,
    /// Duplicates that were not told yet, and when some last were.
    strays: u64,
    strays_told: Option<Time>,
    reserve: Reserve,
    adding: Hold,
    /// Which refusal was told, and when.
    refusal_told: Option<(Option<Errno>, Time)>,
    creating: Hold,
    /// The difference was told.
    differs: bool,
}

impl Pool {
    pub fn new(config: &PoolConfig) -> Pool {
        Pool {
            config: config.clone(),
            presence: Presence::Unknown,
            stock: 0,
            in_flight: 0,
            filling: false,
            throttle: Throttle::new(config.rate),
            duplicates_seen: None,
            duplicates: Hold::new(SECOND, DUPLICATES_MOST),
            share: Share::default(),
            strays: 0,
            strays_told: None,
            reserve: Reserve::new(config.level),
            adding: Hold::new(SECOND, REFUSAL_MOST),
            refusal_told: None,
            creating: Hold::new(SECOND, CREATE_MOST),
            differs: false,
        }
    }

    /// Another configuration; what is known of the pool stays.
    pub fn configure(&mut self, config: &PoolConfig) {
        if self.config.generator != config.generator {
            self.reserve.renew();
        }
        self.reserve.set_level(config.level);
        self.config = config.clone();
        self.differs = false;
        // The administrator may have changed what was in the way.
        self.creating.reset();
    }

    /// Is so little to be filled up?
    pub fn is_low(&self, stock: u32) -> bool {
        stock < self.config.low || self.filling && stock < self.config.level
    }

    fn missing(&self) -> u32 {
        let coming = self.stock.saturating_add(self.in_flight);
        self.config.level.saturating_sub(coming)
    }

    fn refill(&mut self) {
        self.filling = self.stock < self.config.level;
    }

    /// How many of the reserve are to be added as soon as holds and throttle let them.
    fn wanted(&self) -> u32 {
        let may = self.presence == Presence::Present && self.in_flight == 0 && self.filling;
        if may {
            let most = self.throttle.burst().min(COUNT_MAX);
            self.missing().min(most).min(self.reserve.len())
        } else {
            0
        }
    }

    /// Waits for a quarter of a burst rather than going one by one.
    fn least(&self, wanted: u32) -> u32 {
        wanted.min((self.throttle.burst() / 4).max(1))
    }

    /// When nothing holds it back any more.
    fn held_until(&self) -> Time {
        self.duplicates.until().max(self.adding.until())
    }

    pub fn next(&mut self, now: Time) -> Option<Command> {
        if self.presence == Presence::Absent && !self.creating.is_on(now) {
            self.presence = Presence::Creating;
            return Some(Command::Create(self.config.spec.clone()));
        }
        self.throttle
            .set_rate(now, self.config.rate >> self.caution(now));
        let wanted = self.wanted();
        let count = wanted.min(self.throttle.available(now));
        if wanted == 0 || count < self.least(wanted) || now < self.held_until() {
            return None;
        }
        self.throttle.take(now, count);
        self.in_flight = count;
        Some(Command::Add {
            pool: self.config.spec.id.clone(),
            addrs: self.reserve.take(count),
        })
    }

    /// What the generator is to be asked for now. It is asked before the pool is
    /// there: it takes time to start.
    pub fn generate(&mut self, now: Time) -> Option<Command> {
        let count = self.reserve.ask(now)?;
        Some(Command::Generate {
            pool: self.config.spec.id.clone(),
            count,
        })
    }

    /// By which power of two the rate is divided.
    fn caution(&self, now: Time) -> u32 {
        if !self.duplicates.is_recent(now, CAUTION) {
            return 0;
        }
        let calm = now.saturating_sub(self.duplicates.until());
        let steps = calm.as_millis() / CAUTION_STEP.as_millis();
        CAUTION_POWER.saturating_sub(u32::try_from(steps).unwrap_or(u32::MAX))
    }

    pub fn wake(&self, now: Time) -> Option<Time> {
        let wanted = self.wanted();
        let plane = if self.presence == Presence::Absent {
            Some(self.creating.until())
        } else {
            (wanted > 0).then(|| {
                let throttled = self.throttle.when(now, self.least(wanted));
                throttled.max(self.held_until())
            })
        };
        plane.into_iter().chain(self.reserve.wake()).min()
    }

    pub fn level(&mut self, now: Time, info: Option<&PoolInfo>, notices: &mut Vec<Notice>) {
        let id = &self.config.spec.id;
        let Some(info) = info else {
            if self.presence == Presence::Present {
                notices.push(Notice::Gone(id.clone()));
            }
            self.presence = Presence::Absent;
            self.stock = 0;
            self.duplicates_seen = None;
            self.differs = false;
            return;
        };
        let stock = info.counts.stock();
        if self.presence != Presence::Present {
            self.presence = Presence::Present;
            self.adding.reset();
            notices.push(Notice::Present(id.clone(), stock));
        }
        let spec = &self.config.spec;
        let differs = info.miss != spec.miss || info.max_age != spec.max_age;
        if differs && !self.differs {
            notices.push(Notice::Differs(id.clone()));
        }
        self.differs = differs;
        self.stock = stock;
        let was_filling = self.filling;
        self.refill();
        if was_filling && !self.filling {
            notices.push(Notice::Full(self.config.spec.id.clone(), self.stock));
        }
        // Counted since the plane was made, so a smaller number is a new plane's.
        let seen = self.duplicates_seen.replace(info.duplicated);
        let new = info
            .duplicated
            .saturating_sub(seen.unwrap_or(info.duplicated));
        if new > 0 {
            self.pause(now, new, notices);
        }
    }

    /// An event told of duplicates.
    pub fn duplicates(&mut self, now: Time, count: u32, notices: &mut Vec<Notice>) {
        if let Some(seen) = &mut self.duplicates_seen {
            *seen += u64::from(count);
        }
        self.pause(now, count.into(), notices);
    }

    /// Other nodes hold addresses of ours. A few of many are told and replaced; many
    /// are an attack or a mistake, and make a pause. Those of one pause's batch count
    /// once.
    fn pause(&mut self, now: Time, count: u64, notices: &mut Vec<Notice>) {
        self.strays += count;
        let suspicious = self.share.duplicates(now, count);
        if self.duplicates.is_on(now) {
            return;
        }
        let pause = if suspicious {
            if !self.duplicates.is_recent(now, CAUTION) {
                self.duplicates.reset();
            }
            self.duplicates.fail(now)
        } else if self
            .strays_told
            .is_none_or(|told| now >= told + STRAYS_TOLD)
        {
            Duration::ZERO
        } else {
            return;
        };
        self.strays_told = Some(now);
        notices.push(Notice::Duplicates {
            pool: self.config.spec.id.clone(),
            count: std::mem::take(&mut self.strays),
            pause,
        });
    }

    pub fn created(
        &mut self,
        now: Time,
        outcome: Result<(), Option<Errno>>,
        notices: &mut Vec<Notice>,
    ) {
        match outcome {
            // The levels say the rest, also of a pool that somebody else was quicker to make.
            Ok(()) | Err(Some(Errno::Eexist)) => {
                self.creating.reset();
                self.presence = Presence::Unknown;
            }
            Err(errno) => {
                self.presence = Presence::Absent;
                let retry = self.creating.fail(now);
                notices.push(Notice::NotCreated {
                    pool: self.config.spec.id.clone(),
                    errno,
                    retry,
                });
            }
        }
    }

    pub fn reserve(&self) -> u32 {
        self.reserve.len()
    }

    pub fn generated(&mut self, addrs: Vec<Ipv6Addr>) {
        self.reserve.put(addrs);
    }

    pub fn not_generated(&mut self, now: Time, why: String, notices: &mut Vec<Notice>) {
        let retry = self.reserve.failed(now);
        self.tell_not_generated(why, retry, notices);
    }

    fn tell_not_generated(&self, why: String, retry: Duration, notices: &mut Vec<Notice>) {
        notices.push(Notice::NotGenerated {
            pool: self.config.spec.id.clone(),
            why,
            retry,
        });
    }

    /// Says whether levels are to be asked for.
    pub fn added(&mut self, now: Time, outcome: Added, notices: &mut Vec<Notice>) -> bool {
        self.in_flight = 0;
        let (errno, count) = match outcome {
            Added::Batch(batch) => {
                self.stock = self.stock.saturating_add(batch.done as u32);
                self.share.added(now, batch.done as u64);
                let was_filling = self.filling;
                self.refill();
                if was_filling && !self.filling {
                    notices.push(Notice::Full(self.config.spec.id.clone(), self.stock));
                }
                if batch.done > 0 {
                    self.reserve.proven();
                    self.adding.reset();
                }
                match refusal(&batch.refused) {
                    None => {
                        self.adding.reset();
                        return false;
                    }
                    // Some that were there already: the next ones will be others.
                    Some(Errno::Eexist) if batch.done > 0 => return false,
                    // All were there already, or all were wrong: whose fault but the generator's?
                    Some(errno @ (Errno::Eexist | Errno::Einval)) if batch.done == 0 => {
                        let why = format!("the plane takes none of its addresses ({errno})");
                        let retry = self.reserve.spoilt(now);
                        self.tell_not_generated(why, retry, notices);
                        return true;
                    }
                    Some(errno) => (Some(errno), batch.refused.len()),
                }
            }
            Added::Refused(Errno::Enoent | Errno::Enxio) => {
                // The levels will tell; the pause is for a plane that contradicts itself.
                self.adding.fail(now);
                return true;
            }
            Added::Refused(errno) => (Some(errno), 0),
            Added::Unreachable => (None, 0),
        };
        let retry = self.adding.fail(now);
        let told = |(told, at): (Option<Errno>, Time)| told == errno && now < at + REFUSAL_TOLD;
        if !self.refusal_told.is_some_and(told) {
            self.refusal_told = Some((errno, now));
            notices.push(Notice::NotAdded {
                pool: self.config.spec.id.clone(),
                errno,
                count,
                retry,
            });
        }
        true
    }
}

/// The weightiest reason of a batch: a limit before anything else.
fn refusal(refused: &[(Ipv6Addr, Errno)]) -> Option<Errno> {
    let errnos = || refused.iter().map(|(_, errno)| *errno);
    errnos()
        .find(|errno| *errno == Errno::Enospc)
        .or_else(|| errnos().find(|errno| *errno != Errno::Eexist))
        .or_else(|| errnos().next())
}
