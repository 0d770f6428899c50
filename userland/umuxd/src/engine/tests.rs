// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The engine on virtual time, with a plane of a few numbers.

use super::*;
use proptest::prelude::*;
use std::net::Ipv6Addr;
use umux_abi::{Miss, PoolCounts};

const POOL: &str = "em0 2001:db8:1::/64";

fn id() -> PoolId {
    POOL.parse().expect("a pool")
}

fn config(level: u32, low: u32, rate: u32) -> PoolConfig {
    PoolConfig {
        spec: PoolSpec::new(id()),
        level,
        low,
        rate,
        generator: vec!["generator".into()],
    }
}

fn ms(n: u64) -> Time {
    Time::from_millis(n)
}

fn address() -> Ipv6Addr {
    Ipv6Addr::from_bits(id().prefix.bits() | 1)
}

/// Plane and generator that carry commands out at once, and count.
struct World {
    engine: Engine,
    now: Time,
    /// None: the pool is not there.
    stock: Option<u32>,
    duplicated: u64,
    miss: Miss,
    refuse_create: Option<Errno>,
    refuse_add: Option<Added>,
    refuse_items: Option<Errno>,
    generator_fails: bool,
    /// How long the generator takes.
    generator_delay: Duration,
    /// What it works on: when it answers, and how many it was asked for.
    generating: Vec<(Time, u32)>,
    /// Addresses it ever chose.
    generated: u128,
    /// The pool has sessions, and so is not removed.
    has_sessions: bool,
    levels_fail: bool,
    asks: Vec<Time>,
    creates: Vec<Time>,
    /// When, and how many.
    adds: Vec<(Time, u32)>,
    notices: Vec<Notice>,
}

impl World {
    fn new(config: PoolConfig) -> World {
        World {
            engine: Engine::new(&[config]),
            now: Time::ZERO,
            stock: Some(0),
            duplicated: 0,
            miss: Miss::Legacy,
            refuse_create: None,
            refuse_add: None,
            refuse_items: None,
            generator_fails: false,
            generator_delay: Duration::ZERO,
            generating: Vec::new(),
            generated: 0,
            has_sessions: false,
            levels_fail: false,
            asks: Vec::new(),
            creates: Vec::new(),
            adds: Vec::new(),
            notices: Vec::new(),
        }
    }

    fn info(&self) -> Option<PoolInfo> {
        self.stock.map(|stock| PoolInfo {
            id: id(),
            ifindex: 1,
            link_up: true,
            miss: self.miss,
            max_age: 0,
            notify_ms: 100,
            counts: PoolCounts {
                uncertain: stock,
                ..PoolCounts::default()
            },
            added: 0,
            taken: 0,
            returned: 0,
            ended: 0,
            missed: 0,
            duplicated: self.duplicated,
            expired: 0,
        })
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::Ask => {
                self.asks.push(self.now);
                if self.levels_fail {
                    self.engine.levels_failed(self.now);
                } else {
                    let infos: Vec<_> = self.info().into_iter().collect();
                    self.engine.levels(self.now, &infos);
                }
            }
            Command::Create(spec) => {
                self.creates.push(self.now);
                assert_eq!(spec.id, id());
                let outcome = match self.refuse_create {
                    Some(errno) => Err(Some(errno)),
                    None => {
                        self.stock = Some(0);
                        Ok(())
                    }
                };
                self.engine.created(self.now, &spec.id, outcome);
            }
            Command::Generate { pool, count } => {
                assert_eq!(pool, id());
                assert!((1..=1024).contains(&count), "{count} are asked for");
                assert_eq!(self.generating, [], "it is asked once at a time");
                self.generating
                    .push((self.now + self.generator_delay, count));
                self.answer();
            }
            Command::Add { pool, addrs } => self.add(&pool, addrs.len() as u32),
            Command::Withdraw(pool) => {
                assert_eq!(pool, id());
                let outcome = if self.has_sessions {
                    Withdrawn::NotYet
                } else {
                    self.stock = None;
                    Withdrawn::Gone
                };
                self.engine.withdrawn(self.now, &pool, outcome);
            }
        }
        self.notices.extend(self.engine.notices());
    }

    /// The generator answers what is due.
    fn answer(&mut self) {
        while let Some(&(at, count)) = self.generating.first() {
            if at > self.now {
                return;
            }
            self.generating.remove(0);
            if self.generator_fails {
                self.engine.not_generated(self.now, &id(), "it died".into());
                continue;
            }
            let begin = self.generated;
            self.generated += u128::from(count);
            let addrs =
                (begin..self.generated).map(|n| Ipv6Addr::from_bits(id().prefix.bits() | (n + 1)));
            self.engine.generated(&id(), addrs.collect());
        }
    }

    fn add(&mut self, pool: &PoolId, count: u32) {
        assert!(count > 0, "nothing is added");
        self.adds.push((self.now, count));
        let refused = |errno| (0..count).map(|_| (address(), errno)).collect();
        let added = match (self.refuse_add.clone(), self.refuse_items) {
            (Some(refusal), _) => refusal,
            (None, Some(errno)) => Added::Batch(Batch {
                done: 0,
                refused: refused(errno),
            }),
            (None, None) => {
                self.stock = self.stock.map(|stock| stock + count);
                Added::Batch(Batch {
                    done: count as usize,
                    refused: Vec::new(),
                })
            }
        };
        self.engine.added(self.now, pool, added);
    }

    /// Runs for some time; fails if the engine does not come to rest at one moment.
    fn run(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let mut steps = 0;
            while let Some(command) = self.engine.next(self.now) {
                self.carry_out(command);
                steps += 1;
                assert!(steps < 1000, "it never rests");
            }
            self.notices.extend(self.engine.notices());
            let wake = self.engine.wake(self.now);
            assert!(wake > self.now, "it wakes at once and then does nothing");
            let answer = self.generating.first().map(|(at, _)| *at);
            let next = answer.map_or(wake, |at| wake.min(at));
            if next > end {
                self.now = end;
                return;
            }
            self.now = next;
            self.answer();
        }
    }

    fn event(&mut self, kinds: EventKinds, stock: u32, duplicated: u32) {
        let event = Event {
            pool: id(),
            kinds,
            seq: 0,
            uncertain: stock,
            tentative: 0,
            valid: 0,
            duplicated,
            missed: 0,
        };
        self.engine.event(self.now, &event);
    }

    fn use_up(&mut self, count: u32) {
        let stock = self.stock.expect("the pool is there") - count;
        self.stock = Some(stock);
        self.event(EventKinds::USED, stock, 0);
    }

    fn added_since(&self, since: Time) -> u32 {
        self.adds
            .iter()
            .filter(|(at, _)| *at >= since)
            .map(|(_, count)| count)
            .sum()
    }

    fn pauses(&self) -> Vec<Duration> {
        self.notices
            .iter()
            .filter_map(|notice| match notice {
                Notice::Duplicates { pause, .. } => Some(*pause),
                Notice::NotGenerated { retry, .. } => Some(*retry),
                Notice::NotAdded { retry, .. } => Some(*retry),
                Notice::NotCreated { retry, .. } => Some(*retry),
                _ => None,
            })
            .collect()
    }
}

#[test]
fn an_empty_pool_is_filled_to_its_level_and_not_beyond() {
    let mut world = World::new(config(1000, 900, 100_000));
    world.run(ms(1000));
    assert_eq!(world.stock, Some(1000));
    assert_eq!(world.added_since(Time::ZERO), 1000);
}

#[test]
fn a_pool_that_is_not_there_is_made_first() {
    let mut world = World::new(config(10, 10, 1000));
    world.stock = None;
    world.run(ms(500));
    assert_eq!(world.creates.len(), 1);
    assert_eq!(world.stock, Some(10));
}

#[test]
fn no_batch_is_greater_than_what_the_plane_takes() {
    let mut world = World::new(config(5000, 5000, 1_000_000));
    world.run(ms(1000));
    assert_eq!(world.stock, Some(5000));
    assert!(world.adds.iter().all(|(_, count)| *count <= 1024));
}

#[test]
fn nothing_is_done_at_once_until_the_pool_is_low_and_then_it_is_filled_up() {
    let mut world = World::new(config(100, 80, 10_000));
    world.run(ms(1000));
    let filled = world.now;
    world.use_up(20);
    world.run(ms(1000));
    assert_eq!(world.added_since(filled), 0, "80 are not fewer than 80");
    world.use_up(1);
    world.run(ms(1000));
    assert_eq!(world.stock, Some(100));
}

#[test]
fn the_few_that_are_missing_above_low_come_with_the_level_check() {
    let mut world = World::new(config(100, 80, 10_000));
    world.run(ms(1000));
    world.use_up(1);
    world.run(ms(10_000));
    assert_eq!(world.stock, Some(100));
}

#[test]
fn addresses_begin_detection_no_faster_than_the_rate() {
    let mut world = World::new(config(10_000, 10_000, 1000));
    for second in 1..=5u32 {
        world.run(ms(1000));
        let added = world.added_since(Time::ZERO);
        assert!(added <= 1000 * second + 250, "{added} in {second} s");
        assert!(added >= 1000 * second - 250, "{added} in {second} s");
    }
    // Any second of it, not only the average.
    for (at, _) in world.adds.clone() {
        let window = world
            .adds
            .iter()
            .filter(|(t, _)| *t >= at && *t < at + ms(1000));
        let sum: u32 = window.map(|(_, count)| count).sum();
        assert!(sum <= 1250, "{sum} within a second from {at:?}");
    }
}

#[test]
fn a_long_rest_saves_up_no_more_than_a_burst() {
    let mut world = World::new(config(10_000, 10_000, 1000));
    world.run(Duration::from_secs(100));
    let rested = world.now;
    world.use_up(10_000);
    world.run(ms(1000));
    assert!(
        world.added_since(rested) <= 1250,
        "{}",
        world.added_since(rested)
    );
}

#[test]
fn a_slow_rate_goes_one_by_one_and_does_not_stand_still() {
    let mut world = World::new(config(10, 10, 1));
    world.run(ms(5500));
    let added = world.added_since(Time::ZERO);
    assert!((5..=6).contains(&added), "{added}");
}

#[test]
fn levels_are_asked_for_at_rest_every_ten_seconds() {
    let mut world = World::new(config(10, 10, 1000));
    world.run(ms(1000));
    let asked = world.asks.len();
    world.run(ms(60_000));
    assert_eq!(world.asks.len() - asked, 6);
}

#[test]
fn a_loss_that_no_event_told_of_is_found_by_the_level_check() {
    let mut world = World::new(config(100, 90, 1000));
    world.run(ms(1000));
    world.stock = Some(0);
    world.run(ms(10_500));
    assert_eq!(world.stock, Some(100));
}

#[test]
fn lost_events_make_it_ask_at_once() {
    let mut world = World::new(config(100, 90, 1000));
    world.run(ms(1000));
    world.stock = Some(0);
    let lost = world.now;
    world.engine.lost(lost);
    world.run(ms(300));
    assert!(world.asks.contains(&lost), "{:?}", world.asks);
    assert_eq!(world.stock, Some(100));
}

#[test]
fn a_storm_of_events_does_not_become_a_storm_of_questions() {
    let mut world = World::new(config(100, 90, 1));
    world.run(ms(1000));
    let asked = world.asks.len();
    for _ in 0..1000 {
        world.event(EventKinds::USED | EventKinds::MISS, 0, 0);
        world.run(ms(1));
    }
    assert!(
        world.asks.len() - asked <= 51,
        "{}",
        world.asks.len() - asked
    );
}

#[test]
fn events_that_are_late_do_not_make_it_overfill() {
    let mut world = World::new(config(1000, 900, 100_000));
    world.run(ms(1000));
    world.use_up(500);
    world.run(ms(100));
    // From before the refill.
    world.event(EventKinds::USED, 500, 0);
    world.event(EventKinds::USED, 0, 0);
    world.run(ms(1000));
    assert_eq!(world.stock, Some(1000));
}

#[test]
fn events_of_pools_that_are_not_configured_are_ignored() {
    let mut world = World::new(config(10, 10, 1000));
    world.run(ms(1000));
    let asked = world.asks.len();
    let stranger = Event {
        pool: "em9 2001:db8:9::/64".parse().expect("a pool"),
        kinds: EventKinds::all(),
        seq: 0,
        uncertain: 0,
        tentative: 0,
        valid: 0,
        duplicated: 9,
        missed: 9,
    };
    world.engine.event(world.now, &stranger);
    world.run(ms(100));
    assert_eq!((world.asks.len(), world.pauses()), (asked, vec![]));
}

#[test]
fn duplicates_stop_the_filling_for_longer_and_longer_and_raise_the_alarm() {
    let mut world = World::new(config(100, 100, 1000));
    world.run(ms(1000));
    for _ in 0..12 {
        // Whatever was added turns out to be held by others.
        let now = world.now;
        world.stock = Some(0);
        world.duplicated += 100;
        world.event(EventKinds::DUPLICATED, 0, 100);
        world.run(ms(50));
        let pause = *world.pauses().last().expect("an alarm");
        assert_eq!(world.added_since(now), 0, "no address during a pause");
        world.run(pause);
        assert!(world.added_since(now) > 0, "it tries again after the pause");
    }
    let seconds: Vec<_> = world.pauses().iter().map(Duration::as_secs).collect();
    assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
}

#[test]
fn after_duplicates_the_pool_is_filled_with_caution_until_all_is_calm() {
    let mut world = World::new(config(1_000_000, 1_000_000, 6400));
    world.run(ms(1000));
    world.event(EventKinds::DUPLICATED, 0, 8000);
    world.run(ms(1000));
    let mut rates = Vec::new();
    for _ in 0..7 {
        let begin = world.now;
        world.run(ms(5000));
        rates.push(world.added_since(begin) / 5);
    }
    for (rate, power) in rates.iter().zip((0..=6).rev()) {
        let expected = 6400u32 >> power;
        assert!(rate.abs_diff(expected) <= expected / 10, "{rates:?}");
    }
    world.run(Duration::from_secs(30));
    world.event(EventKinds::DUPLICATED, 0, 100_000);
    world.run(ms(10));
    assert_eq!(
        world.pauses(),
        [ms(1000), ms(1000)],
        "the next pause is a short one again"
    );
}

#[test]
fn a_stray_duplicate_raises_the_alarm_and_stops_nothing() {
    let mut world = World::new(config(1000, 1000, 100_000));
    world.run(ms(1000));
    world.use_up(500);
    world.event(EventKinds::DUPLICATED, 500, 1);
    world.run(ms(100));
    assert_eq!(world.pauses(), [Duration::ZERO]);
    assert_eq!(world.stock, Some(1000));
}

#[test]
fn stray_duplicates_are_told_every_ten_seconds_with_their_sum() {
    let mut world = World::new(config(10_000, 10_000, 100_000));
    for _ in 0..110 {
        world.run(ms(100));
        world.use_up(100);
        world.event(EventKinds::DUPLICATED, 10_000, 1);
    }
    let told = world.notices.iter().filter_map(|notice| match notice {
        Notice::Duplicates { count, pause, .. } => Some((*count, *pause)),
        _ => None,
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [(1, Duration::ZERO), (100, Duration::ZERO)]
    );
}

#[test]
fn duplicates_of_long_ago_and_addresses_of_long_ago_do_not_count() {
    let mut world = World::new(config(1000, 1000, 100_000));
    world.run(Duration::from_secs(30));
    world.use_up(8);
    world.run(ms(1000));
    world.event(EventKinds::DUPLICATED, 1000, 2);
    world.run(ms(10));
    assert_eq!(
        world.pauses(),
        [ms(1000)],
        "two of the last eight, not of a thousand"
    );
    world.run(Duration::from_secs(90));
    world.use_up(8);
    world.run(ms(1000));
    world.event(EventKinds::DUPLICATED, 1000, 1);
    world.run(ms(10));
    assert_eq!(
        world.pauses()[1..],
        [Duration::ZERO],
        "one of eight, not three"
    );
}

#[test]
fn duplicates_that_no_event_told_of_are_found_in_the_levels_and_told_once() {
    let mut world = World::new(config(10, 10, 1000));
    world.duplicated = 7; // from before our time
    world.run(ms(1000));
    assert_eq!(world.pauses(), []);
    world.duplicated += 3;
    world.engine.lost(world.now);
    world.run(ms(100));
    let told = Notice::Duplicates {
        pool: id(),
        count: 3,
        pause: ms(1000),
    };
    assert_eq!(world.notices.iter().filter(|n| **n == told).count(), 1);
    world.run(ms(60_000));
    assert_eq!(world.pauses().len(), 1);
}

#[test]
fn duplicates_that_an_event_told_of_are_not_found_again_in_the_levels() {
    let mut world = World::new(config(10, 10, 1000));
    world.run(ms(1000));
    world.duplicated += 3;
    world.event(EventKinds::DUPLICATED, 10, 3);
    world.run(ms(30_000));
    assert_eq!(world.pauses(), [ms(1000)]);
}

#[test]
fn a_generator_that_fails_is_tried_again_ever_more_rarely() {
    let mut world = World::new(config(10, 10, 1000));
    world.generator_fails = true;
    world.run(Duration::from_secs(300));
    let seconds: Vec<_> = world.pauses().iter().map(Duration::as_secs).collect();
    assert_eq!(seconds[..8], [0, 1, 2, 4, 8, 16, 32, 60]);
    world.generator_fails = false;
    world.run(Duration::from_secs(61));
    assert_eq!(world.stock, Some(10));
    world.generator_fails = true;
    world.use_up(10);
    world.run(ms(100));
    let pauses = world.pauses();
    assert_eq!(
        pauses[pauses.len() - 2..],
        [ms(0), ms(1000)],
        "success is forgiven"
    );
    assert_eq!(world.stock, Some(10), "there is a reserve");
}

/// Uses up 100 addresses a second, tenth by tenth; the lowest stock.
fn under_load(world: &mut World, seconds: u32) -> u32 {
    let mut lowest = u32::MAX;
    for _ in 0..seconds * 10 {
        let stock = world.stock.unwrap_or(0);
        world.use_up(stock.min(10));
        lowest = lowest.min(stock.saturating_sub(10));
        world.run(ms(100));
    }
    lowest
}

#[test]
fn a_generator_that_hangs_costs_no_session_while_the_reserve_lasts() {
    let mut world = World::new(config(600, 600, 2000));
    world.run(ms(2000));
    // As long as a time limit and a slow start take together.
    world.generator_delay = Duration::from_secs(8);
    let mut lowest = under_load(&mut world, 5);
    assert!(
        lowest >= 580,
        "{lowest} at the lowest: the reserve takes its place"
    );
    world.generator_delay = ms(10);
    lowest = under_load(&mut world, 20);
    assert!(lowest >= 250, "{lowest} at the lowest");
    assert_eq!(world.stock, Some(600));
}

#[test]
fn a_generator_that_was_killed_is_asked_again_at_once() {
    let mut world = World::new(config(600, 600, 2000));
    world.run(ms(2000));
    world.generator_fails = true;
    world.generator_delay = ms(1);
    world.use_up(600);
    // The whole reserve is used, so half of the pool is missing, and the first question fails.
    world.run(ms(1));
    world.generator_fails = false;
    let killed = world.now;
    world.use_up(world.stock.unwrap_or(0));
    world.run(ms(450));
    assert_eq!(world.stock, Some(600), "as fast as the rate lets it");
    assert_eq!(world.pauses(), [ms(0)]);
    assert!(world.adds.iter().any(|(at, _)| *at <= killed + ms(2)));
}

#[test]
fn a_daemon_that_was_killed_fills_the_pool_as_fast_as_the_rate_lets_it() {
    let mut world = World::new(config(600, 600, 2000));
    world.run(ms(2000));
    // Another engine that knows nothing, two seconds of sessions later.
    world.use_up(600);
    world.engine = Engine::new(&[config(600, 600, 2000)]);
    let begin = world.now;
    world.generator_delay = ms(30);
    world.run(ms(200));
    assert_eq!(world.stock, Some(600));
    // A burst as soon as the generator answers, the rest at the rate.
    let first = world.adds.iter().find(|(at, _)| *at >= begin);
    assert_eq!(first, Some(&(begin + ms(30), 500)));
}

#[test]
fn the_generator_is_asked_before_anything_is_known_of_the_pool() {
    let mut engine = Engine::new(&[config(10, 10, 1000)]);
    let first = engine.next(Time::ZERO);
    assert!(
        matches!(first, Some(Command::Generate { count: 10, .. })),
        "{first:?}"
    );
    assert_eq!(
        engine.next(Time::ZERO),
        Some(Command::Ask),
        "it does not wait for it"
    );
}

#[test]
fn half_a_batch_that_is_there_is_added_while_the_generator_is_slow() {
    let mut world = World::new(config(1000, 1000, 100_000));
    world.run(ms(1000));
    world.generator_delay = Duration::from_secs(10);
    world.use_up(900);
    world.run(ms(100));
    world.use_up(500);
    world.run(ms(100));
    assert_eq!(world.stock, Some(600), "all 1000 of the reserve are in it");
}

#[test]
fn another_generator_begins_with_a_reserve_of_its_own() {
    let mut world = World::new(config(10, 10, 1000));
    world.run(ms(1000));
    let generated = world.generated;
    let mut other = config(10, 10, 1000);
    other.generator = vec!["other".into()];
    world.engine.configure(world.now, &[other]);
    world.run(ms(100));
    assert_eq!(world.generated - generated, 10);
    assert_eq!(world.stock, Some(10), "the pool keeps what it has");
}

#[test]
fn a_generator_that_failed_begins_again_with_the_levels() {
    let mut world = World::new(config(10, 10, 1000));
    world.generator_fails = true;
    world.run(ms(1500));
    assert!(world.asks.len() >= 2, "{:?}", world.asks);
}

#[test]
fn a_generator_whose_addresses_are_all_known_or_wrong_has_failed() {
    for errno in [Errno::Eexist, Errno::Einval] {
        let mut world = World::new(config(10, 10, 1000));
        world.refuse_items = Some(errno);
        world.run(ms(10_000));
        assert!(world.adds.len() <= 5, "{} tries", world.adds.len());
        assert!(
            matches!(&world.notices[1], Notice::NotGenerated { .. }),
            "{:?}",
            world.notices
        );
    }
}

#[test]
fn a_full_plane_is_told_and_tried_again_ever_more_rarely() {
    let mut world = World::new(config(10, 10, 1000));
    world.refuse_items = Some(Errno::Enospc);
    world.run(Duration::from_secs(100));
    assert!(
        (10..20).contains(&world.adds.len()),
        "{} tries",
        world.adds.len()
    );
    let full = world.notices.iter().find_map(|notice| match notice {
        Notice::NotAdded { errno, count, .. } => Some((*errno, *count)),
        _ => None,
    });
    assert_eq!(full, Some((Some(Errno::Enospc), 10)));
}

#[test]
fn a_plane_with_a_little_room_is_tried_each_second_and_told_once_a_minute() {
    let mut world = World::new(config(1000, 1000, 100_000));
    let part = Batch {
        done: 1,
        refused: vec![(address(), Errno::Enospc); 9],
    };
    world.refuse_add = Some(Added::Batch(part));
    world.run(Duration::from_millis(50_500));
    assert_eq!(world.adds.len(), 51);
    assert_eq!(world.pauses(), [ms(1000)]);
    world.run(Duration::from_secs(10));
    assert_eq!(world.pauses().len(), 2);
}

#[test]
fn every_refusal_of_the_plane_is_survived_without_a_storm() {
    let refusals = Errno::named()
        .map(Added::Refused)
        .chain([Added::Unreachable]);
    for refusal in refusals {
        let mut world = World::new(config(10, 10, 1000));
        world.refuse_add = Some(refusal.clone());
        world.run(Duration::from_secs(100));
        assert!(
            world.adds.len() < 15,
            "{refusal:?}: {} tries",
            world.adds.len()
        );
        world.refuse_add = None;
        world.run(Duration::from_secs(61));
        assert_eq!(world.stock, Some(10), "{refusal:?}");
    }
}

#[test]
fn every_refusal_to_make_the_pool_is_survived_without_a_storm() {
    for errno in Errno::named().filter(|errno| *errno != Errno::Eexist) {
        let mut world = World::new(config(10, 10, 1000));
        world.stock = None;
        world.refuse_create = Some(errno);
        world.run(Duration::from_secs(60));
        assert!(
            (5..15).contains(&world.creates.len()),
            "{errno}: {}",
            world.creates.len()
        );
        world.refuse_create = None;
        world.run(Duration::from_secs(11));
        assert_eq!(world.stock, Some(10), "{errno}");
    }
}

#[test]
fn a_pool_whose_prefix_went_away_is_made_again_when_it_is_back() {
    let mut world = World::new(config(10, 10, 1000));
    world.run(ms(1000));
    world.stock = None;
    world.refuse_create = Some(Errno::Eaddrnotavail);
    world.event(EventKinds::POOL_GONE, 0, 0);
    world.run(ms(20_000));
    assert!(world.notices.contains(&Notice::Gone(id())));
    world.refuse_create = None;
    world.run(ms(11_000));
    assert_eq!(world.stock, Some(10));
}

#[test]
fn a_pool_that_was_made_anew_does_not_wait_for_what_held_the_old_one() {
    let mut world = World::new(config(10, 10, 1000));
    world.refuse_add = Some(Added::Refused(Errno::Enospc));
    world.run(Duration::from_secs(16)); // now the pause is ten seconds
    world.refuse_add = None;
    world.stock = None;
    world.event(EventKinds::POOL_GONE, 0, 0);
    world.run(ms(500));
    assert_eq!(world.stock, Some(10));
}

#[test]
fn levels_that_cannot_be_had_are_asked_for_again_each_second() {
    let mut world = World::new(config(10, 10, 1000));
    world.levels_fail = true;
    world.run(ms(10_500));
    assert_eq!(world.asks.len(), 11);
    assert_eq!(world.adds, [], "without levels nothing is added");
    world.levels_fail = false;
    world.run(ms(1000));
    assert_eq!(world.stock, Some(10));
}

#[test]
fn a_pool_that_differs_from_the_configuration_is_told_once() {
    let mut world = World::new(config(10, 10, 1000));
    world.miss = Miss::Refuse;
    world.run(ms(60_000));
    let told = world
        .notices
        .iter()
        .filter(|n| **n == Notice::Differs(id()));
    assert_eq!(told.count(), 1);
}

#[test]
fn another_configuration_changes_levels() {
    let mut world = World::new(config(10, 10, 1000));
    world.run(ms(1000));
    world.engine.configure(world.now, &[config(20, 20, 1000)]);
    world.run(ms(1000));
    assert_eq!(world.stock, Some(20));
    assert!(!world.notices.contains(&Notice::Left(id())));
}

#[test]
fn a_pool_that_is_no_longer_wanted_goes_when_its_last_session_has_ended() {
    let mut world = World::new(config(10, 10, 1000));
    world.run(ms(1000));
    world.has_sessions = true;
    world.engine.configure(world.now, &[]);
    world.run(ms(1000));
    assert!(world.notices.contains(&Notice::Left(id())));
    assert_eq!(world.stock, Some(10));
    world.use_up(10);
    world.run(ms(60_000));
    assert_eq!(world.stock, Some(0), "it is no longer filled");
    world.has_sessions = false;
    world.run(ms(30_000));
    assert_eq!(world.stock, None);
    assert!(world.notices.contains(&Notice::Withdrawn(id())));
    let creates = world.creates.len();
    world.run(ms(60_000));
    assert_eq!(world.creates.len(), creates, "nor made again");
}

#[test]
fn a_pool_that_is_wanted_again_is_not_removed() {
    let mut world = World::new(config(10, 10, 1000));
    world.run(ms(1000));
    world.has_sessions = true;
    world.engine.configure(world.now, &[]);
    world.run(ms(5000));
    world.engine.configure(world.now, &[config(20, 20, 1000)]);
    world.has_sessions = false;
    world.run(ms(60_000));
    assert_eq!(world.stock, Some(20));
    assert!(!world.notices.contains(&Notice::Withdrawn(id())));
}

#[test]
fn a_claim_to_an_address_in_use_is_told() {
    let mut world = World::new(config(10, 10, 1000));
    world.run(ms(1000));
    world.event(EventKinds::CONFLICT, 10, 0);
    world.run(ms(1));
    assert!(world.notices.contains(&Notice::Conflict(id())));
}

#[derive(Debug, Clone)]
enum Happening {
    Use(u32),
    UseUnseen(u32),
    Late(u32),
    Lost,
    Duplicates(u32),
    Gone,
    Generator(bool),
    Levels(bool),
    Pass(u64),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        (1u32..100).prop_map(Happening::Use),
        (1u32..100).prop_map(Happening::UseUnseen),
        (0u32..100).prop_map(Happening::Late),
        Just(Happening::Lost),
        (1u32..20).prop_map(Happening::Duplicates),
        Just(Happening::Gone),
        any::<bool>().prop_map(Happening::Generator),
        any::<bool>().prop_map(Happening::Levels),
        (1u64..5000).prop_map(Happening::Pass),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_the_pool_is_never_overfilled_and_full_in_the_end(
        happenings in proptest::collection::vec(happening(), 0..40),
    ) {
        let mut world = World::new(config(100, 80, 1000));
        for happening in happenings {
            let stock = world.stock.unwrap_or(0);
            match happening {
                Happening::Use(n) if world.stock.is_some() => world.use_up(n.min(stock)),
                Happening::UseUnseen(n) if world.stock.is_some() => world.stock = Some(stock - n.min(stock)),
                Happening::Late(n) => world.event(EventKinds::USED, n, 0),
                Happening::Lost => world.engine.lost(world.now),
                Happening::Duplicates(n) => {
                    world.duplicated += u64::from(n);
                    world.event(EventKinds::DUPLICATED, stock, n);
                }
                Happening::Gone => world.stock = None,
                Happening::Generator(fails) => world.generator_fails = fails,
                Happening::Levels(fail) => world.levels_fail = fail,
                Happening::Pass(time) => world.run(ms(time)),
                _ => {}
            }
            prop_assert!(world.stock.unwrap_or(0) <= 100);
        }
        world.generator_fails = false;
        world.levels_fail = false;
        world.run(Duration::from_secs(900));
        prop_assert!(world.stock.is_some_and(|stock| stock >= 80), "{:?}", world.stock);
        prop_assert!(world.stock.is_some_and(|stock| stock <= 100), "{:?}", world.stock);
    }
}
