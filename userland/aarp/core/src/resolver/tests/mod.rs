// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The resolver on virtual time.

mod everybody;
mod figures;

use super::*;
use crate::bucket::Limit;

const LINK: u32 = 2;

fn target(text: &str) -> Target {
    Target::new(text.parse().expect("an address"), 0)
}

fn anycast() -> Target {
    target("2001:db8:a::1")
}

fn member() -> Target {
    target("2001:db8:1::11")
}

fn rule(prefix: &str) -> Rule {
    Rule::anycast(prefix.parse().expect("a prefix"))
}

/// A resolver with a clock and random numbers of its own.
struct Bench {
    resolver: Resolver,
    now: Time,
    state: u64,
}

impl Bench {
    fn new(rules: Vec<Rule>, settings: Settings) -> Bench {
        Bench {
            resolver: Resolver::new(Rules::new(rules), settings),
            now: Time::from_secs(1000),
            state: 1,
        }
    }

    fn usual() -> Bench {
        Bench::new(vec![rule("2001:db8:a::/48")], Settings::default())
    }

    fn ask(&mut self, target: Target, waiting: u64) -> Asked {
        let state = &mut self.state;
        self.resolver
            .ask(self.now, target, 0, waiting, &mut |bytes| {
                fill(state, bytes)
            })
    }

    fn pass(&mut self, ms: u64) -> Vec<Action> {
        self.now += Duration::from_millis(ms);
        let state = &mut self.state;
        self.resolver
            .elapsed(self.now, &mut |bytes| fill(state, bytes));
        self.actions()
    }

    fn actions(&mut self) -> Vec<Action> {
        std::iter::from_fn(|| self.resolver.action()).collect()
    }

    fn reply(&mut self, from: Target, interface: u32, mark: Mark) -> Vec<Action> {
        let reply = Received {
            from: from.address,
            interface,
            mark,
        };
        self.resolver.received(self.now, &reply);
        self.actions()
    }

    /// Asks for the anycast address; what does the request carry?
    fn probe(&mut self) -> Mark {
        assert_eq!(self.ask(anycast(), 1), Asked::Wait);
        sent(&self.actions()).expect("a request")
    }
}

fn fill(state: &mut u64, bytes: &mut [u8]) {
    for byte in bytes {
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        *byte = (*state >> 56) as u8;
    }
}

fn sent(actions: &[Action]) -> Option<Mark> {
    actions.iter().find_map(|action| match action {
        Action::Send { mark, .. } => Some(*mark),
        _ => None,
    })
}

fn answers(actions: &[Action]) -> Vec<(u64, Outcome)> {
    let answer = |action: &Action| match action {
        Action::Answer { waiting, outcome } => Some((*waiting, *outcome)),
        _ => None,
    };
    actions.iter().filter_map(answer).collect()
}

#[test]
fn the_first_answer_is_the_member_for_all_who_wait_and_for_a_while() {
    let mut bench = Bench::usual();
    let mark = bench.probe();
    assert_eq!(bench.ask(anycast(), 2), Asked::Wait);
    assert_eq!(sent(&bench.actions()), None, "one probe for both");
    let actions = bench.reply(member(), LINK, mark);
    let found = Outcome::Member(member());
    assert_eq!(answers(&actions), [(1, found), (2, found)]);
    assert!(
        actions
            .iter()
            .any(|action| matches!(action, Action::Publish(target, known)
        if *target == anycast() && known.outcome == found))
    );
    // A second member is later, and too late.
    assert_eq!(bench.reply(target("2001:db8:1::12"), LINK, mark), []);
    assert_eq!(bench.resolver.counters().unknown, 1);
    assert_eq!(bench.ask(anycast(), 3), Asked::Now(found));
    assert_eq!(bench.pass(299_999), []);
    assert_eq!(bench.pass(1), [Action::Withdraw(anycast())]);
    assert_eq!(bench.ask(anycast(), 4), Asked::Wait);
}

#[test]
fn silence_is_asked_again_and_then_kept_for_a_shorter_while() {
    let mut bench = Bench::usual();
    let first = bench.probe();
    assert_eq!(bench.pass(499), []);
    let second = sent(&bench.pass(1)).expect("a second request");
    let third = sent(&bench.pass(500)).expect("a third request");
    assert!(first != second && second != third && first != third);
    let actions = bench.pass(500);
    assert_eq!(answers(&actions), [(1, Outcome::Silent)]);
    assert_eq!(sent(&actions), None);
    assert_eq!(bench.ask(anycast(), 2), Asked::Now(Outcome::Silent));
    assert_eq!(
        bench.resolver.next(),
        Some(bench.now + Duration::from_secs(30))
    );
    bench.pass(30_000);
    assert_eq!(bench.ask(anycast(), 3), Asked::Wait);
}

#[test]
fn a_late_answer_to_an_early_request_is_good() {
    let mut bench = Bench::usual();
    let first = bench.probe();
    bench.pass(500);
    let actions = bench.reply(member(), LINK, first);
    assert_eq!(answers(&actions), [(1, Outcome::Member(member()))]);
}

#[test]
fn what_cannot_be_sent_is_not_waited_for() {
    let mut bench = Bench::usual();
    let mark = bench.probe();
    let now = bench.now;
    bench.resolver.unsendable(now, mark.id, mark.seq ^ 1);
    assert_eq!(bench.actions(), []);
    bench.resolver.unsendable(now, mark.id, mark.seq);
    assert_eq!(answers(&bench.actions()), [(1, Outcome::Silent)]);
    assert_eq!(bench.ask(anycast(), 2), Asked::Now(Outcome::Silent));
}

#[test]
fn an_address_that_answers_itself_is_unicast() {
    let mut bench = Bench::usual();
    let mark = bench.probe();
    let actions = bench.reply(anycast(), LINK, mark);
    assert_eq!(answers(&actions), [(1, Outcome::Unicast)]);
    assert_eq!(bench.ask(anycast(), 2), Asked::Now(Outcome::Unicast));
}

#[test]
fn a_reply_that_does_not_fit_changes_nothing_and_is_counted() {
    let mut only = rule("2001:db8:a::/48");
    only.members = vec!["2001:db8:1::/64".parse().expect("a prefix")];
    only.interface = Some(LINK);
    let mut bench = Bench::new(vec![only], Settings::default());
    let mark = bench.probe();
    let mut other = mark;
    other.nonce[15] ^= 1;
    assert_eq!(bench.reply(member(), LINK, other), []);
    other = mark;
    other.seq ^= 1;
    assert_eq!(bench.reply(member(), LINK, other), []);
    other = mark;
    other.id ^= 1;
    assert_eq!(bench.reply(member(), LINK, other), []);
    assert_eq!(bench.reply(member(), LINK + 1, mark), []);
    for unfit in [
        "ff02::1",
        "::1",
        "::",
        "::ffff:192.0.2.1",
        "fe80::1",
        "2001:db8:2::1",
    ] {
        assert_eq!(bench.reply(target(unfit), LINK, mark), [], "{unfit}");
    }
    let counters = *bench.resolver.counters();
    assert_eq!((counters.forged, counters.unknown), (1, 2));
    assert_eq!((counters.wrong_interface, counters.unfit), (1, 6));
    // And the true one is still waited for.
    let actions = bench.reply(member(), LINK, mark);
    assert_eq!(answers(&actions), [(1, Outcome::Member(member()))]);
}

#[test]
fn a_link_local_address_is_asked_and_answered_on_its_link() {
    let mut bench = Bench::new(vec![rule("fe80::/10")], Settings::default());
    let here = Target::new("fe80::a".parse().expect("an address"), LINK);
    let nowhere = Target::new("fe80::a".parse().expect("an address"), 0);
    assert_eq!(bench.ask(nowhere, 1), Asked::Now(Outcome::NotAnycast));
    assert_eq!(bench.ask(here, 1), Asked::Wait);
    let mark = sent(&bench.actions()).expect("a request");
    let from = Target::new("fe80::b".parse().expect("an address"), LINK);
    assert_eq!(bench.reply(from, LINK + 1, mark), []);
    let actions = bench.reply(from, LINK, mark);
    assert_eq!(answers(&actions), [(1, Outcome::Member(from))]);
}

#[test]
fn a_member_that_failed_is_asked_for_again_but_not_at_once() {
    let mut bench = Bench::usual();
    let mark = bench.probe();
    bench.reply(member(), LINK, mark);
    let now = bench.now;
    bench.resolver.failed(now, &anycast(), &member());
    assert_eq!(bench.actions(), [], "it was found a moment ago");
    bench.pass(1000);
    let now = bench.now;
    bench
        .resolver
        .failed(now, &anycast(), &target("2001:db8:1::12"));
    assert_eq!(bench.actions(), [], "that is not the member");
    bench.resolver.failed(now, &anycast(), &member());
    assert_eq!(bench.actions(), [Action::Withdraw(anycast())]);
    assert_eq!(bench.ask(anycast(), 2), Asked::Wait);
}

#[test]
fn limits_turn_away_what_is_too_much_and_nothing_else() {
    let settings = Settings {
        max_probes: 3,
        max_waiting: 4,
        each: Limit { rate: 1, burst: 5 },
        ..Settings::default()
    };
    let mut bench = Bench::new(vec![rule("2001:db8:a::/48")], settings);
    let nth = |n: u32| target(&format!("2001:db8:a::{n:x}"));
    let asked: Vec<Asked> = (1..=4).map(|n| bench.ask(nth(n), n.into())).collect();
    assert_eq!(asked[2], Asked::Wait);
    assert_eq!(asked[3], Asked::Now(Outcome::Busy), "a probe too many");
    assert_eq!(bench.ask(nth(1), 8), Asked::Wait, "it is on its way");
    assert_eq!(
        bench.ask(nth(1), 9),
        Asked::Now(Outcome::Busy),
        "one too many waits"
    );
    bench.resolver.gone(&nth(1), 8);
    assert_eq!(bench.ask(nth(1), 9), Asked::Wait);
    for _ in 0..3 {
        bench.pass(500);
    }
    // Three of the five were spent, and one and a half earned.
    let asked: Vec<Asked> = (11..=14).map(|n| bench.ask(nth(n), n.into())).collect();
    assert_eq!(
        asked.iter().filter(|asked| **asked == Asked::Wait).count(),
        3
    );
    assert_eq!(bench.resolver.counters().busy, 3);
}

#[test]
fn a_full_cache_loses_what_would_end_first() {
    let settings = Settings {
        max_entries: 2,
        ..Settings::default()
    };
    let mut bench = Bench::new(vec![rule("2001:db8:a::/48")], settings);
    for n in 1..=3 {
        let target = target(&format!("2001:db8:a::{n}"));
        assert_eq!(bench.ask(target, n), Asked::Wait);
        let mark = sent(&bench.actions()).expect("a request");
        let actions = bench.reply(member(), LINK, mark);
        let withdrawn = actions.contains(&Action::Withdraw(anycast()));
        assert_eq!(withdrawn, n == 3);
        bench.pass(10);
    }
    assert_eq!(bench.resolver.len(), 2);
    assert_eq!(bench.resolver.counters().evicted, 1);
}

#[test]
fn a_new_configuration_keeps_what_it_says_the_same_of() {
    let mut bench = Bench::new(
        vec![rule("2001:db8:a::/48"), rule("2001:db8:b::/48")],
        Settings::default(),
    );
    let kept = anycast();
    let lost = target("2001:db8:b::1");
    let waiting = target("2001:db8:b::2");
    for target in [kept, lost] {
        bench.ask(target, 1);
        let mark = sent(&bench.actions()).expect("a request");
        bench.reply(member(), LINK, mark);
    }
    bench.ask(waiting, 7);
    bench.actions();
    bench.resolver.configure(
        Rules::new(vec![rule("2001:db8:a::/48")]),
        Settings::default(),
    );
    let actions = bench.actions();
    assert!(actions.contains(&Action::Withdraw(lost)));
    assert_eq!(answers(&actions), [(7, Outcome::NotAnycast)]);
    assert_eq!(bench.ask(kept, 2), Asked::Now(Outcome::Member(member())));
}

#[test]
fn lifetimes_of_zero_keep_nothing() {
    let settings = Settings {
        negative_lifetime: Duration::ZERO,
        retries: 0,
        ..Settings::default()
    };
    let mut bench = Bench::new(vec![rule("::/0")], settings);
    bench.probe();
    assert_eq!(answers(&bench.pass(500)), [(1, Outcome::Silent)]);
    assert_eq!(bench.ask(anycast(), 2), Asked::Wait);
}
