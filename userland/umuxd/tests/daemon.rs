// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The daemon as it runs, on a plane made of maps, with generators of every kind.

mod desk;

use desk::{Daemon, Desk, GOOD, WAIT, id};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::time::{Duration, Instant};
use umux_abi::Errno;
use umux_testplane::{Dad, Op, pool};

#[test]
fn a_pool_is_made_filled_and_filled_again_when_it_is_used() {
    let desk = Desk::new();
    desk.one_pool(50, GOOD);
    let mut daemon = desk.start();
    daemon.until("the pool is full", |_| desk.ready(&id()) == 50);
    desk.plane.take(&id(), 40);
    daemon.until("the pool is full again", |_| desk.ready(&id()) == 50);
    assert_eq!(desk.plane.addresses(&id()).len(), 90);
    assert_eq!(desk.plane.tried().len(), 90, "not one too many");
}

#[test]
fn tentative_addresses_count_as_coming() {
    let desk = Desk::new();
    desk.plane.set_dad(Dad::ByHand);
    desk.one_pool(50, GOOD);
    let mut daemon = desk.start();
    daemon.until("all are on their way", |_| {
        desk.plane.addresses(&id()).len() == 50
    });
    // Lost events and questions do not make it add more.
    desk.plane.finish_dad(&id());
    daemon.until_logged("at its level");
    assert_eq!(desk.plane.tried().len(), 50);
}

#[test]
fn a_generator_that_is_killed_in_the_middle_costs_nothing_but_time() {
    let desk = Desk::new();
    let script = format!(
        "if mkdir {:?} 2>/dev/null; then read l; echo 2001:db8:1::1; echo 2001:db8:1::2; kill -9 $$; fi\n{GOOD}",
        desk.path("once").display().to_string()
    );
    desk.one_pool(50, &script);
    let mut daemon = desk.start();
    daemon.until("the pool is full", |_| desk.ready(&id()) == 50);
    let half = ["2001:db8:1::1", "2001:db8:1::2"].map(|a| a.parse().expect("an address"));
    assert!(
        !desk.plane.tried().iter().any(|addr| half.contains(addr)),
        "half an answer was used"
    );
    assert!(
        daemon
            .log()
            .contains("the generator of em0 2001:db8:1::/64 failed: it ended (signal: 9"),
        "{}",
        daemon.log()
    );
}

#[test]
fn a_generator_that_is_killed_between_answers_is_started_again() {
    let desk = Desk::new();
    let pid = desk.path("pid");
    desk.one_pool(
        50,
        &format!("echo $$ > {:?}\n{GOOD}", pid.display().to_string()),
    );
    let mut daemon = desk.start();
    daemon.until("the pool is full", |_| desk.ready(&id()) == 50);
    let text = std::fs::read_to_string(&pid).expect("its number");
    kill(
        Pid::from_raw(text.trim().parse().expect("a number")),
        Signal::SIGKILL,
    )
    .expect("it runs");
    desk.plane.take(&id(), 50);
    daemon.until("the pool is full again", |_| desk.ready(&id()) == 50);
}

#[test]
fn no_bad_address_ever_reaches_the_pool() {
    for (bad, words) in [
        ("echo 2001:db8:2::1; echo .", "not in the prefix"),
        ("echo ff02::1; echo .", "not in the prefix"),
        ("echo 2001:db8:1::; echo .", "reserved"),
        ("echo 2001:db8:1::a; echo 2001:db8:1::a; echo .", "twice"),
        ("echo 2001:db8:1::a; echo .", "1 addresses of 3"),
        (
            "printf '2001:db8:1::%x\\n' 1 2 3 4; echo .",
            "more than it was asked for",
        ),
        ("echo hello", "no address"),
        ("echo 2001:db8:1::a; exec sleep 1000", "did not answer"),
        ("echo err out of ideas", "out of ideas"),
        ("exit 1", "it ended (exit status: 1)"),
    ] {
        let desk = Desk::new();
        desk.one_pool(3, &format!("while read l; do {bad}; done"));
        let mut daemon = desk.start();
        daemon.until_logged(words);
        assert_eq!(desk.plane.tried(), [] as [std::net::Ipv6Addr; 0], "{bad}");
    }
}

#[test]
fn lines_behind_a_good_answer_are_found_with_it_or_at_the_next_request() {
    let desk = Desk::new();
    desk.one_pool(
        3,
        "while read l; do printf '2001:db8:1::%x\\n' 1 2 3; echo .; echo 2001:db8:1::4; done",
    );
    let mut daemon = desk.start();
    daemon.until("it is found out", |daemon| {
        desk.plane.take(&id(), 3);
        daemon.log().contains("more than it was asked for")
    });
    let four = "2001:db8:1::4".parse().expect("an address");
    assert!(!desk.plane.tried().contains(&four));
}

#[test]
fn a_generator_that_hangs_holds_up_its_own_pool_only() {
    let desk = Desk::new();
    desk.plane.on_link("em1", "2001:db8:2::/64");
    let (hangs, good) = (
        desk.generator("hangs", "sleep 1000"),
        desk.generator("good", GOOD),
    );
    desk.configure(&format!(
        "[[pool]]\ninterface = \"em0\"\nprefix = \"2001:db8:1::/64\"\n{hangs}\
         [[pool]]\ninterface = \"em1\"\nprefix = \"2001:db8:2::/64\"\nlevel = 20\n{good}"
    ));
    let mut daemon = desk.start_with(&["--generator-limit", "300"]);
    let other = pool("em1 2001:db8:2::/64");
    daemon.until("the other pool is full", |_| desk.ready(&other) == 20);
    // The first answer may take four times the limit.
    daemon.until_logged("did not answer within 1.2s");
    assert_eq!(desk.plane.addresses(&id()).len(), 0);
}

#[test]
fn a_generator_that_is_not_there_is_told_with_the_remedy() {
    let desk = Desk::new();
    desk.configure(
        "[[pool]]\ninterface = \"em0\"\nprefix = \"2001:db8:1::/64\"\ngenerator = [\"/nonexistent\"]\n",
    );
    desk.start()
        .until_logged("is generator in the configuration a program");
}

#[test]
fn duplicates_everywhere_raise_the_alarm_and_do_not_start_a_storm() {
    let desk = Desk::new();
    desk.plane.set_dad(Dad::AllDuplicates);
    desk.one_pool(100, GOOD);
    let mut daemon = desk.start();
    daemon.until_logged("adding none for 2s");
    assert!(daemon.log().contains("ALARM"), "{}", daemon.log());
    assert!(
        desk.plane.tried().len() <= 200,
        "{} were tried",
        desk.plane.tried().len()
    );
}

#[test]
fn lost_events_do_not_leave_the_pool_empty() {
    let desk = Desk::new();
    desk.one_pool(50, GOOD);
    let mut daemon = desk.start();
    daemon.until("the pool is full", |_| desk.ready(&id()) == 50);
    desk.plane.lose_events(true);
    desk.plane.take(&id(), 50);
    daemon.until("the level check finds it", |_| desk.ready(&id()) == 50);
}

#[test]
fn every_refusal_is_survived_and_told() {
    let desk = Desk::new();
    desk.one_pool(10, GOOD);
    desk.plane.refuse(Op::PoolAdd, Some(Errno::Eaddrnotavail));
    let mut daemon = desk.start();
    daemon.until_logged("is not on-link on em0");
    desk.plane.refuse(Op::PoolAdd, None);
    daemon.until("the pool is full", |_| desk.ready(&id()) == 10);
    for errno in Errno::named() {
        desk.plane.refuse(Op::AddrAdd, Some(errno));
        desk.plane.refuse(Op::Pools, Some(errno));
        desk.plane.take(&id(), 10);
        std::thread::sleep(Duration::from_millis(50));
        desk.plane.refuse(Op::Pools, None);
        std::thread::sleep(Duration::from_millis(50));
        desk.plane.refuse(Op::AddrAdd, None);
        daemon.until(&format!("the pool is full after {errno}"), |_| {
            desk.ready(&id()) == 10
        });
    }
}

#[test]
fn a_plane_that_goes_away_and_comes_back_is_found_again() {
    let mut desk = Desk::new();
    desk.one_pool(10, GOOD);
    let mut daemon = desk.start();
    daemon.until("the pool is full", |_| desk.ready(&id()) == 10);
    desk.lab.interrupt();
    daemon.until_logged("no events");
    desk.plane.take(&id(), 10);
    desk.lab.resume();
    daemon.until("the pool is full again", |_| desk.ready(&id()) == 10);
    // Not only the levels: events come again, too.
    let events = |daemon: &Daemon| daemon.log().matches("event ").count();
    daemon.until("an event comes", |daemon| {
        let before = events(daemon);
        desk.plane.take(&id(), 1);
        std::thread::sleep(Duration::from_millis(100));
        events(daemon) > before
    });
}

#[test]
fn a_pool_that_was_removed_is_made_again() {
    let desk = Desk::new();
    desk.one_pool(10, GOOD);
    let mut daemon = desk.start();
    daemon.until("the pool is full", |_| desk.ready(&id()) == 10);
    desk.plane.prefix_gone(&id());
    daemon.until_logged("has gone");
    desk.plane.on_link("em0", "2001:db8:1::/64");
    daemon.until("the pool is full again", |_| desk.ready(&id()) == 10);
}

#[test]
fn it_ends_when_it_is_told_to_and_pools_stay_and_generators_go() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let desk = Desk::new();
        let pid = desk.path("pid");
        desk.one_pool(
            10,
            &format!("echo $$ > {:?}\n{GOOD}", pid.display().to_string()),
        );
        let mut daemon = desk.start();
        daemon.until("the pool is full", |_| desk.ready(&id()) == 10);
        daemon.signal(signal);
        let status = daemon.child.wait().expect("it ends");
        assert!(status.success(), "{status}: {}", daemon.log());
        assert_eq!(desk.ready(&id()), 10);
        let text = std::fs::read_to_string(&pid).expect("its number");
        let generator = Pid::from_raw(text.trim().parse().expect("a number"));
        let until = Instant::now() + WAIT;
        while kill(generator, None).is_ok() {
            assert!(Instant::now() < until, "the generator lives on");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn a_generator_that_hangs_ends_with_the_daemon() {
    let desk = Desk::new();
    let pid = desk.path("pid");
    desk.one_pool(
        10,
        &format!("echo $$ > {:?}\nexec sleep 1000", pid.display().to_string()),
    );
    let mut daemon = desk.start_with(&["--generator-limit", "60000"]);
    daemon.until("the generator runs", |_| {
        std::fs::read_to_string(&pid).is_ok_and(|text| text.ends_with('\n'))
    });
    let text = std::fs::read_to_string(&pid).expect("its number");
    let generator = Pid::from_raw(text.trim().parse().expect("a number"));
    let begin = Instant::now();
    daemon.signal(Signal::SIGTERM);
    assert!(daemon.child.wait().expect("it ends").success());
    assert!(
        begin.elapsed() < Duration::from_secs(5),
        "it waited for the generator"
    );
    assert!(kill(generator, None).is_err(), "the generator lives on");
}

#[test]
fn a_hangup_reads_the_configuration_again_and_a_bad_one_changes_nothing() {
    let desk = Desk::new();
    desk.one_pool(10, GOOD);
    let mut daemon = desk.start();
    daemon.until("the pool is full", |_| desk.ready(&id()) == 10);
    desk.configure("[[pool]]\nnonsense = 1\n");
    daemon.signal(Signal::SIGHUP);
    daemon.until_logged("the old configuration stays in force");
    desk.one_pool(30, GOOD);
    daemon.signal(Signal::SIGHUP);
    daemon.until("the pool is full at its new level", |_| {
        desk.ready(&id()) == 30
    });
}

#[test]
fn a_bad_configuration_is_refused_with_file_line_and_remedy() {
    let desk = Desk::new();
    desk.configure("[[pool]]\ninterface = \"em0\"\nprefix = \"2001:db8:1::/64\"\nlvl = 5\n");
    for arguments in [&["--check-config"][..], &[]] {
        let output = desk.end(arguments);
        assert_eq!(output.status.code(), Some(78));
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(
            err.contains("umuxd.conf:4: unknown key `lvl`, expected one of"),
            "{err}"
        );
    }
    desk.one_pool(10, GOOD);
    let output = desk.end(&["--check-config"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stdout).contains("sound, 1 pool\n"));
    std::fs::remove_file(desk.path("umuxd.conf")).expect("it was there");
    let output = desk.end(&["--check-config"]);
    assert_eq!(output.status.code(), Some(78));
    assert!(String::from_utf8_lossy(&output.stderr).contains("umuxd.conf.sample"));
}

#[test]
fn without_a_plane_or_with_bad_arguments_it_does_not_start() {
    let mut desk = Desk::new();
    desk.one_pool(10, GOOD);
    assert_eq!(desk.end(&["--nonsense"]).status.code(), Some(64));
    desk.lab.interrupt();
    let output = desk.end(&[]);
    assert_eq!(output.status.code(), Some(69));
    assert!(String::from_utf8_lossy(&output.stderr).contains("is it running"));
}
