// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The gate: what a packet pays.
//!
//! Peers: a `std` HashMap behind a read-write lock, and one without any lock,
//! which ask only whether the destination is there.

mod support;

use std::collections::HashMap;
use std::hint::black_box;
use std::net::Ipv6Addr;
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use support::measure::{Contender, compare, figure, head, row};
use support::planes::{
    ACK, Bed, GUARDED, PORTS, STRANGER, SYN, Segment, near, peer, pooled, with_sessions,
};
use umux_core::gate::{Gate, Verdict};
use umux_core::table::Table;

/// Sessions that a packet finds there.
const SIZES: [usize; 5] = [10, 100, 1_000, 10_000, 100_000];
/// The same when others read and write.
const SHARED: [usize; 3] = [100, 10_000, 100_000];

/// As the hook calls it.
#[inline(never)]
fn input(table: &Table<'_>, packet: &Segment) -> Verdict {
    Gate::new(table).input(packet.bytes(), true)
}

#[inline(never)]
fn output(table: &Table<'_>, packet: &Segment) -> Verdict {
    Gate::new(table).output(packet.bytes(), true)
}

fn expect(table: &Table<'_>, packets: &[Segment], verdict: Verdict) {
    assert!(packets.iter().all(|packet| input(table, packet) == verdict));
}

/// Packets that have nothing to do with the plane.
fn legacy() {
    head(
        "A legacy packet, ns",
        &["umux, input", "umux, output", "HashMap", "RwLock HashMap"],
    );
    let ports = (PORTS.1, PORTS.0);
    let far = |_| STRANGER;
    type Case<'a> = (&'a str, usize, &'a dyn Fn(usize) -> Ipv6Addr, bool);
    let cases: [Case<'_>; 5] = [
        ("nothing in the plane", 0, &far, false),
        ("outside the pools' prefixes", 10_000, &far, false),
        ("inside, 10,000 addresses", 10_000, &near, false),
        ("inside, 100,000 addresses", 100_000, &near, false),
        ("outside, a listener is guarded", 10_000, &far, true),
    ];
    for (label, n, to, guarded) in cases {
        let mut bed = Bed::new(n);
        bed.fill(n);
        if guarded {
            bed.guard();
        }
        let table = bed.table;
        let packets: [_; 64] = std::array::from_fn(|n| Segment::new(peer(0), to(n), ports, ACK));
        expect(table, &packets, Verdict::Legacy);
        let map: HashMap<Ipv6Addr, ()> = (0..n).map(|n| (pooled(n), ())).collect();
        let locked = RwLock::new(map.clone());
        let figures = compare(vec![
            Contender::over("in", &packets, |packet| input(table, packet)),
            Contender::over("out", &packets, |packet| output(table, packet)),
            Contender::over("map", &packets, |packet| map.get(&packet.dst())),
            Contender::over("locked", &packets, |packet| {
                locked
                    .read()
                    .expect("nobody panics")
                    .get(&packet.dst())
                    .is_some()
            }),
        ]);
        row(label, &figures);
    }
}

/// Packets to the plane, every session's in turn.
fn plane(n: usize) {
    let (bed, passes, dropped) = with_sessions(n);
    let table = bed.table;
    expect(table, &passes, Verdict::Local);
    expect(table, &dropped, Verdict::Drop);
    let answers: Vec<Segment> = passes.iter().map(Segment::answer).collect();
    let map: HashMap<Ipv6Addr, u64> = passes.iter().map(|packet| (packet.dst(), 1)).collect();
    let locked = RwLock::new(map.clone());
    let figures = compare(vec![
        Contender::over("session", &passes, |packet| input(table, packet)),
        Contender::over("dropped", &dropped, |packet| input(table, packet)),
        Contender::over("sent", &answers, |packet| output(table, packet)),
        Contender::over("map", &passes, |packet| map.get(&packet.dst())),
        Contender::over("locked", &passes, |packet| {
            locked
                .read()
                .expect("nobody panics")
                .get(&packet.dst())
                .copied()
        }),
    ]);
    row(&format!("{n}"), &figures);
}

/// Opens and ends sessions at a pace, until it is told to stop; how many.
fn write(mut bed: Bed, pace: u64, stop: &AtomicBool) -> u64 {
    let start = Instant::now();
    let mut done = 0;
    while !stop.load(Ordering::Relaxed) {
        let due = start.elapsed().as_micros() as u64 * pace / 1_000_000;
        while done < due {
            let taken = bed.session(done as usize);
            bed.plane.end(taken.handle, bed.now).expect("just taken");
            done += 1;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    done
}

/// Nanoseconds a packet, by one reader.
fn read(table: &Table<'_>, packets: &[Segment], verdict: Verdict) -> Vec<f64> {
    let mut taken = Vec::new();
    for _ in 0..31 {
        let mut wrong = 0;
        let start = Instant::now();
        let mut count = 0;
        while count < 100_000 {
            for packet in packets.iter().take(100_000 - count) {
                wrong += usize::from(black_box(input(table, packet)) != verdict);
            }
            count += packets.len().min(100_000 - count);
        }
        taken.push(start.elapsed().as_nanos() as f64 / 100_000.0);
        assert_eq!(wrong, 0, "a reader was misled");
    }
    taken
}

/// Readers at once, and a writer.
fn threads(n: usize, readers: usize, pace: u64) {
    let (bed, passes, dropped) = with_sessions(n);
    let table = bed.table;
    let stop = AtomicBool::new(false);
    let mut figures = Vec::new();
    let mut rate = 0;
    std::thread::scope(|scope| {
        let start = Instant::now();
        let writer = (pace > 0).then(|| scope.spawn(|| write(bed, pace, &stop)));
        for (packets, verdict) in [(&passes, Verdict::Local), (&dropped, Verdict::Drop)] {
            let all: Vec<_> = (0..readers)
                .map(|_| scope.spawn(move || read(table, packets, verdict)))
                .collect();
            let taken = all
                .into_iter()
                .flat_map(|reader| reader.join().expect("no reader panics"))
                .collect();
            figures.push(figure("", taken));
        }
        stop.store(true, Ordering::Relaxed);
        if let Some(writer) = writer {
            let sessions = writer.join().expect("the writer does not panic");
            rate = (sessions as f64 / start.elapsed().as_secs_f64()) as u64;
        }
    });
    row(&format!("{n}, {readers}, {rate}/s"), &figures);
}

/// SYNs to a guarded listener, and to an address that is armed for it.
fn listeners() {
    let (mut bed, ..) = with_sessions(10_000);
    bed.guard();
    let das = umux_core::plane::DasWanted {
        listener: umux_core::plane::Which::Port(GUARDED, None),
        ssa: None,
        pool: None,
        client: umux_core::prefix::Prefix::DEFAULT,
        lifetime: 3_600_000,
        lock_lease: umux_core::plane::LOCK_LEASE,
    };
    let armed = bed.plane.arm(&das, bed.now).expect("one is ready").local;
    let locked = bed.plane.arm(&das, bed.now).expect("one is ready").local;
    let ports = (PORTS.0, GUARDED);
    let at = |to, flags| [Segment::new(peer(1), to, ports, flags); 64];
    let inside = |flags| std::array::from_fn(|n| at(near(n), flags)[0]);
    let drops: [_; 64] = inside(SYN);
    let admits = at(armed, SYN);
    let again = at(locked, SYN);
    let legacy: [_; 64] = inside(ACK);
    let table = bed.table;
    expect(table, &drops, Verdict::Guarded);
    expect(table, &admits, Verdict::Admit);
    expect(table, &legacy, Verdict::Legacy);
    let (now, plane) = (bed.now, &mut bed.plane);
    assert!(plane.admit(again[0].bytes(), true, now), "the first SYN");
    let figures = compare(vec![
        Contender::over("drop", &drops, |packet| input(table, packet)),
        Contender::over("legacy", &legacy, |packet| input(table, packet)),
        Contender::over("gate", &admits, |packet| input(table, packet)),
        Contender::over("admit", &again, |packet| {
            input(table, packet) == Verdict::Admit && plane.admit(packet.bytes(), true, now)
        }),
    ]);
    head(
        "A guarded listener, ns",
        &[
            "SYN dropped",
            "other segment to the port",
            "SYN to an armed address, the gate alone",
            "gate and plane, SYN again",
        ],
    );
    row("10,000 sessions", &figures);
}

fn main() {
    legacy();
    head(
        "A packet of the plane, ns, by sessions",
        &[
            "session, input",
            "dropped, input",
            "session, output",
            "HashMap",
            "RwLock HashMap",
        ],
    );
    for n in SIZES {
        plane(n);
    }
    head(
        "The same while others read and write, ns a reader (sessions, readers, sessions opened and ended a second)",
        &["session, input", "dropped, input"],
    );
    for n in SHARED {
        for (readers, pace) in [(1, 0), (1, 10_000), (2, 0), (2, 10_000)] {
            threads(n, readers, pace);
        }
    }
    listeners();
}
