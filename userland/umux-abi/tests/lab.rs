// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Client and server half of the lab's protocol, over a real socket.

use std::io::Write;
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::Duration;
use umux_abi::lab::{LabControl, LabEvents, frame, proto};
use umux_abi::{Control, Errno, Error, EventKinds, Events, Occurrence, PlaneRef, PoolSpec};
use umux_testplane::{Op, TestPlane, pool};

const WAIT: Duration = Duration::from_secs(5);

#[test]
fn what_the_plane_does_arrives_whole_over_the_socket() {
    let plane = TestPlane::new();
    let lab = plane.serve();
    let mut control = PlaneRef::Lab(lab.path().to_owned())
        .control()
        .expect("the lab is there");
    let id = pool("em0 2001:db8:1::/64");
    control
        .pool_add(&PoolSpec::new(id.clone()))
        .expect("a new pool");
    let addrs: Vec<_> = (1..=2500u128)
        .map(|n| std::net::Ipv6Addr::from_bits(id.prefix.bits() | n))
        .collect();
    let batch = control.addr_add(&id, &addrs).expect("addresses");
    assert_eq!((batch.done, batch.refused.len()), (2500, 0));
    assert_eq!(
        plane.batches(),
        [1024, 1024, 452],
        "no call carries more than a batch"
    );
    plane.take(&id, 2);

    assert_eq!(control.addrs().expect("a list in parts").len(), 2500);
    assert_eq!(control.sessions().expect("sessions").len(), 2);
    let pools = control.pools().expect("pools");
    assert_eq!(
        (pools[0].counts.uncertain, pools[0].counts.valid),
        (2498, 2)
    );
    assert_eq!(control.stats().expect("counters").taken, 2);
    assert_eq!(control.info().expect("info").addrs, 2500);
    let again = control
        .addr_add(&id, &addrs[..1])
        .expect("the call as such is good");
    assert_eq!(again.refused, [(addrs[0], Errno::Eexist)]);
    let live = control.pool_del(&id, false).expect_err("sessions live");
    assert_eq!(live.errno(), Some(Errno::Ebusy));
    assert_eq!(control.flush(None).expect("a flush"), 2498);
    control.pool_del(&id, true).expect("by force");
    assert_eq!(control.pools().expect("an empty list"), []);
}

#[test]
fn every_refusal_arrives_with_its_errno() {
    let plane = TestPlane::new();
    let lab = plane.serve();
    let mut control = LabControl::connect(lab.path()).expect("the lab is there");
    for errno in Errno::named().chain([Errno::Other(12)]) {
        plane.refuse(Op::Pools, Some(errno));
        assert_eq!(control.pools().expect_err("refused").errno(), Some(errno));
    }
}

#[test]
fn events_arrive_and_lost_ones_are_told() {
    let plane = TestPlane::new();
    let lab = plane.serve();
    let mut events = LabEvents::connect(lab.path()).expect("the lab is there");
    assert_eq!(events.next(Duration::ZERO).expect("nothing yet"), None);
    let id = pool("em0 2001:db8:1::/64");
    let mut control = plane.clone();
    control
        .pool_add(&PoolSpec::new(id.clone()))
        .expect("a new pool");
    match events.next(WAIT).expect("an event") {
        Some(Occurrence::Event(event)) => {
            assert_eq!(
                (event.pool, event.kinds),
                (id.clone(), EventKinds::POOL_NEW)
            );
        }
        other => panic!("{other:?}"),
    }
    plane.lose_events(true);
    plane.take(&id, 1);
    plane.lose_events(false);
    plane.take(&id, 1);
    assert_eq!(events.next(WAIT).expect("a gap"), Some(Occurrence::Lost));
    assert!(matches!(events.next(WAIT), Ok(Some(Occurrence::Event(_)))));
    assert_eq!(
        events.next(Duration::from_millis(10)).expect("no more"),
        None
    );
}

#[test]
fn a_lab_that_is_not_there_or_goes_away_is_named() {
    let plane = TestPlane::new();
    let mut lab = plane.serve();
    let path = lab.path().to_owned();
    let mut control = LabControl::connect(&path).expect("the lab is there");
    lab.interrupt();
    for error in [
        control.pools().expect_err("gone"),
        LabControl::connect(&path).map(|_| ()).expect_err("gone"),
    ] {
        assert!(matches!(error, Error::Lab { .. }), "{error}");
        assert!(
            error.to_string().contains(&path.display().to_string()),
            "{error}"
        );
    }
}

#[test]
fn a_client_of_another_version_is_refused() {
    let lab = TestPlane::new().serve();
    let mut stream = UnixStream::connect(lab.path()).expect("the lab is there");
    frame::write(&mut stream, &proto::Ask::Hello { abi: 99 }).expect("written");
    let answer: proto::Answer = frame::Reader::default()
        .read(&mut stream)
        .expect("an answer");
    let errno = Errno::Eprogmismatch;
    assert_eq!(answer, proto::Answer::Refused { errno });
}

#[test]
fn a_client_that_talks_nonsense_is_hung_up_on_and_others_are_served() {
    let lab = TestPlane::new().serve();
    let mut good = LabControl::connect(lab.path()).expect("the lab is there");
    for bytes in [
        &b"\0\0\0\x02{}"[..],
        b"\0\0\0\x04nope",
        b"\xff\xff\xff\xff",
        b"GET / HTTP/1.1\r\n\r\n",
    ] {
        let mut stream = UnixStream::connect(lab.path()).expect("the lab is there");
        stream.set_read_timeout(Some(WAIT)).expect("a time limit");
        stream.write_all(bytes).expect("written");
        let mut reader = frame::Reader::default();
        let first = reader.read::<proto::Answer>(&mut stream);
        let hung_up = match first {
            Ok(proto::Answer::Malformed { .. }) => {
                reader.read::<proto::Answer>(&mut stream).is_err()
            }
            other => panic!("{other:?}"),
        };
        assert!(hung_up);
    }
    good.info().expect("still served");
}

#[test]
fn requests_before_hello_are_refused() {
    let lab = TestPlane::new().serve();
    let mut stream = UnixStream::connect(lab.path()).expect("the lab is there");
    frame::write(&mut stream, &proto::Ask::Pools).expect("written");
    let answer = frame::Reader::default()
        .read(&mut stream)
        .expect("an answer");
    assert!(
        matches!(answer, proto::Answer::Malformed { .. }),
        "{answer:?}"
    );
}

#[test]
fn a_lab_that_answers_nonsense_is_an_error_not_a_value() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("lab");
    let listener = UnixListener::bind(&path).expect("a socket");
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        frame::write(&mut stream, &proto::Answer::Hello { abi: 1 }).expect("written");
        frame::write(&mut stream, &proto::Answer::Flushed { count: 1 }).expect("written");
        stream
    });
    let mut control = LabControl::connect(&path).expect("a greeting");
    let error = control.pools().expect_err("that is no list");
    assert!(matches!(error, Error::Nonsense(_)), "{error}");
    server.join().expect("the server ends");
}
