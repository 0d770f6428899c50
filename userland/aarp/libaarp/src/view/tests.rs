// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Reader and writer at one file.

use super::*;
use crate::place::Path;
use aarp_core::Target;
use std::net::Ipv6Addr;
use std::sync::atomic::{AtomicBool, Ordering};

const LONG: Duration = Duration::from_secs(1 << 30);

fn nth(n: u32) -> Target {
    let bits = u128::from(Ipv6Addr::new(0x2001, 0xdb8, 0xa, 0, 0, 0, 0, 0)) | u128::from(n);
    Target::new(bits.into(), 0)
}

fn member(n: u32) -> Target {
    let bits = u128::from(Ipv6Addr::new(0x2001, 0xdb8, 0xb, 0, 0, 0, 0, 0)) | u128::from(n);
    Target::new(bits.into(), 0)
}

fn rule(address: &str, len: u8, anycast: bool) -> Rule {
    Rule {
        address: address.parse().expect("an address"),
        len,
        anycast,
    }
}

fn pair(directory: &std::path::Path, entries: usize) -> (Writer, Reader) {
    let path = directory.join("view");
    let writer = Writer::create(&path, entries, [1, 2], 0o644).expect("a file");
    writer.rules(&[rule("2001:db8:a::", 48, true)]);
    let path = Path::join(directory.as_os_str().as_encoded_bytes(), "view").expect("short");
    let (_, reader) = Reader::open(&path).expect("the file");
    (writer, reader)
}

#[test]
fn what_is_published_is_found_until_it_ends_or_is_withdrawn() {
    let directory = tempfile::tempdir().expect("a directory");
    let (writer, reader) = pair(directory.path(), 16);
    assert_eq!(reader.find(&nth(1)), Found::Nothing);
    writer.publish(&nth(1), &Entry::Member(member(1)), LONG);
    writer.publish(&nth(2), &Entry::Itself, LONG);
    writer.publish(&nth(3), &Entry::Silent, LONG);
    writer.publish(&nth(4), &Entry::Silent, now());
    assert_eq!(reader.find(&nth(1)), Found::Member(member(1)));
    assert_eq!(reader.find(&nth(2)), Found::Itself);
    assert_eq!(reader.find(&nth(3)), Found::Silent);
    assert_eq!(reader.find(&nth(4)), Found::Nothing, "it has ended");
    writer.publish(&nth(1), &Entry::Member(member(2)), LONG);
    assert_eq!(reader.find(&nth(1)), Found::Member(member(2)));
    writer.withdraw(&nth(1));
    assert_eq!(reader.find(&nth(1)), Found::Nothing);
}

#[test]
fn the_first_rule_that_holds_an_address_decides() {
    let directory = tempfile::tempdir().expect("a directory");
    let (writer, reader) = pair(directory.path(), 16);
    let found = |text: &str| reader.find(&Target::new(text.parse().expect("an address"), 0));
    assert_eq!(found("2001:db8:b::1"), Found::NotAnycast);
    writer.rules(&[
        rule("2001:db8:c::1", 128, false),
        rule("2001:db8:c::", 47, true),
    ]);
    assert_eq!(found("2001:db8:a::1"), Found::NotAnycast);
    assert_eq!(found("2001:db8:c::1"), Found::NotAnycast);
    assert_eq!(found("2001:db8:c::2"), Found::Nothing);
    assert_eq!(found("2001:db8:d::"), Found::Nothing);
    assert_eq!(found("2001:db8:e::"), Found::NotAnycast);
    writer.rules(&[rule("::", 0, true)]);
    assert_eq!(found("2001:db8:e::"), Found::Nothing);
    for never in ["::1", "::", "ff02::1", "::ffff:192.0.2.1", "fe80::1"] {
        assert_eq!(found(never), Found::NotAnycast, "{never}");
    }
}

#[test]
fn as_many_as_were_asked_for_fit_and_all_can_go() {
    let directory = tempfile::tempdir().expect("a directory");
    let count = 20_000;
    let (writer, reader) = pair(directory.path(), count as usize);
    for round in 0..2 {
        let room = (0..count)
            .filter(|n| writer.publish(&nth(*n), &Entry::Member(member(*n)), LONG))
            .count();
        assert_eq!(room, count as usize, "in round {round}");
        for n in 0..count {
            assert_eq!(reader.find(&nth(n)), Found::Member(member(n)), "{n}");
        }
        for n in 0..count {
            writer.withdraw(&nth(n));
            assert_eq!(reader.find(&nth(n)), Found::Nothing);
        }
    }
    // Nothing is left that would make readers go on.
    for n in 0..count {
        for bucket in writer.map().row(&nth(n)) {
            assert_eq!(bucket.overflow.load(Ordering::Relaxed), 0);
        }
    }
}

#[test]
fn what_does_not_fit_is_refused_and_harms_nobody() {
    let directory = tempfile::tempdir().expect("a directory");
    let (writer, reader) = pair(directory.path(), 1);
    let fits: Vec<bool> = (0..20)
        .map(|n| writer.publish(&nth(n), &Entry::Itself, LONG))
        .collect();
    assert_eq!(fits.iter().filter(|fits| **fits).count(), 7);
    for (n, fits) in fits.iter().enumerate() {
        let found = reader.find(&nth(n as u32));
        assert_eq!(found == Found::Itself, *fits);
    }
}

#[test]
fn a_reader_never_sees_the_half_of_two_entries() {
    let directory = tempfile::tempdir().expect("a directory");
    let (writer, reader) = pair(directory.path(), 1);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut seen = 0u32;
            while !done.load(Ordering::Relaxed) {
                for n in 0..8 {
                    if let Found::Member(found) = reader.find(&nth(n)) {
                        assert_eq!(found, member(n), "that is another's member");
                        seen += 1;
                    }
                }
            }
            seen
        });
        for n in 0..200_000 {
            writer.publish(&nth(n % 8), &Entry::Member(member(n % 8)), LONG);
            writer.withdraw(&nth((n + 3) % 8));
        }
        done.store(true, Ordering::Relaxed);
        assert!(reading.join().expect("no panic") > 0);
    });
}

#[test]
fn a_new_file_retires_the_old_one_and_rubbish_is_no_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let (_old, reader) = pair(directory.path(), 16);
    let retired = |reader: &Reader| reader.map().header().retired.load(Ordering::Relaxed);
    assert_eq!(retired(&reader), 0);
    let (new, newer) = pair(directory.path(), 16);
    assert_eq!((retired(&reader), retired(&newer)), (1, 0));
    drop(new);
    assert_eq!(retired(&newer), 1, "nobody writes it any more");
    let path = directory.path().join("rubbish");
    let short = Path::join(directory.path().as_os_str().as_encoded_bytes(), "rubbish");
    let short = short.expect("short");
    for bytes in [0, 100, 8192, 1 << 16] {
        std::fs::write(&path, vec![0xa5; bytes]).expect("written");
        assert!(Reader::open(&short).is_none(), "{bytes} bytes of rubbish");
    }
    let whole = std::fs::read(directory.path().join("view")).expect("the file");
    std::fs::write(&path, &whole[..whole.len() - 512]).expect("written");
    assert!(Reader::open(&short).is_none(), "a file that lost its end");
}

/// For docs/aarp.md: run by userland/aarp/test/figures.
#[test]
#[ignore = "measures"]
fn figures_of_the_shared_cache() {
    let directory = tempfile::tempdir().expect("a directory");
    let (writer, reader) = pair(directory.path(), 100_000);
    for n in 0..100_000 {
        assert!(writer.publish(&nth(n), &Entry::Member(member(n)), LONG));
    }
    let begin = std::time::Instant::now();
    for n in 0..100_000 {
        assert_eq!(reader.find(&nth(n)), Found::Member(member(n)));
    }
    let each = begin.elapsed().as_nanos() / 100_000;
    let bytes = std::fs::metadata(directory.path().join("view"))
        .expect("it")
        .len();
    println!("shared cache: {each} ns a lookup with 100,000 entries, {bytes} bytes");
}
