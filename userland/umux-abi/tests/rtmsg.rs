// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Routing messages, sound and hostile.

use proptest::prelude::*;
use umux_abi::rtmsg::{Fault, HEADER_LEN, Message, Parsed, decode, emit, parse};
use umux_abi::{Event, EventKinds, PoolId};

fn event() -> Event {
    Event {
        pool: "epair0a 2001:db8:1::/64".parse().expect("a pool"),
        kinds: EventKinds::USED | EventKinds::MISS,
        seq: 0x01020304,
        uncertain: 5,
        tentative: 6,
        valid: 7,
        duplicated: 8,
        missed: 9,
    }
}

fn parsed(bytes: &[u8]) -> Event {
    match parse(bytes) {
        Ok(Parsed::Event(event)) => event,
        other => panic!("no event: {other:?}"),
    }
}

/// A message as FreeBSD 13 lays it out, written byte by byte from its headers.
fn by_hand() -> Vec<u8> {
    let mut m = vec![0u8; HEADER_LEN];
    m[2] = 5; // RTM_VERSION
    m[3] = 0x75;
    m[12..16].copy_from_slice(&(0x1u32 | 0x4 | 0x10 | 0x40).to_ne_bytes());
    // sockaddr_in6, 28 bytes in 32
    let mut dst = vec![28, 28];
    dst.resize(8, 0);
    dst.extend([0x20, 0x01, 0x0d, 0xb8, 0, 1]);
    dst.resize(32, 0);
    m.extend(dst);
    let mut mask = vec![28, 28];
    mask.resize(8, 0);
    mask.extend([0xff; 8]);
    mask.resize(32, 0);
    m.extend(mask);
    // sockaddr_dl, 54 bytes in 56: len, family, index, type, nlen, alen, slen, data
    let mut dl = vec![54, 18, 3, 0, 6, 7, 6, 0];
    dl.extend(b"epair0a");
    dl.extend([2, 0, 0, 0, 0, 1]);
    dl.resize(56, 0);
    m.extend(dl);
    let mut su = vec![32, 39];
    su.extend(0x0005u16.to_ne_bytes());
    for word in [0x01020304u32, 5, 6, 7, 8, 9, 0] {
        su.extend(word.to_ne_bytes());
    }
    m.extend(su);
    let len = m.len() as u16;
    m[..2].copy_from_slice(&len.to_ne_bytes());
    m
}

#[test]
fn a_message_laid_out_by_hand_is_read() {
    assert_eq!(parsed(&by_hand()), event());
}

#[test]
fn what_is_emitted_is_read_again() {
    assert_eq!(parsed(&emit(&event())), event());
}

#[test]
fn a_trimmed_netmask_without_family_is_read() {
    // The radix tree keeps masks so: length up to the last byte that is set.
    let mut m = vec![0u8; HEADER_LEN];
    let whole = by_hand();
    m.copy_from_slice(&whole[..HEADER_LEN]);
    m.extend(&whole[HEADER_LEN..HEADER_LEN + 32]);
    let mut mask = vec![16, 0];
    mask.resize(8, 0);
    mask.extend([0xff; 8]);
    m.extend(mask);
    m.extend(&whole[HEADER_LEN + 64..]);
    let len = m.len() as u16;
    m[..2].copy_from_slice(&len.to_ne_bytes());
    assert_eq!(parsed(&m), event());
}

#[test]
fn messages_of_others_are_foreign_however_short() {
    for kind in [1u8, 2, 12, 13, 14, 17] {
        let mut m = by_hand();
        m[3] = kind;
        assert_eq!(parse(&m), Ok(Parsed::Foreign));
        m.truncate(24); // an if_announcemsghdr is that short
        assert_eq!(parse(&m), Ok(Parsed::Foreign));
    }
    let mut other_version = by_hand();
    other_version[2] = 6;
    assert_eq!(parse(&other_version), Ok(Parsed::Foreign));
}

#[test]
fn a_message_cut_anywhere_is_a_fault() {
    let whole = by_hand();
    for cut in 4..whole.len() {
        assert_eq!(parse(&whole[..cut]), Err(Fault::Short), "cut at {cut}");
        // Neither does a length that admits the cut make it an event.
        let mut m = whole[..cut].to_vec();
        m[..2].copy_from_slice(&(cut as u16).to_ne_bytes());
        assert!(parse(&m).is_err(), "cut at {cut}");
    }
}

#[test]
fn wrong_sockaddrs_are_named() {
    let spoil = |at: usize, value: u8| {
        let mut m = by_hand();
        m[at] = value;
        parse(&m)
    };
    let (dst, mask, dl, su) = (
        HEADER_LEN,
        HEADER_LEN + 32,
        HEADER_LEN + 64,
        HEADER_LEN + 120,
    );
    assert_eq!(spoil(12, 0x54), Err(Fault::Missing("prefix")));
    assert_eq!(spoil(dst + 1, 2), Err(Fault::Bad("prefix")));
    assert_eq!(
        spoil(dst + 8 + 15, 1),
        Err(Fault::Bad("prefix")),
        "host bits"
    );
    assert_eq!(
        spoil(mask + 8, 0x7f),
        Err(Fault::Bad("netmask")),
        "not contiguous"
    );
    assert_eq!(spoil(mask + 1, 2), Err(Fault::Bad("netmask")));
    assert_eq!(spoil(dl + 1, 28), Err(Fault::Bad("interface")));
    assert_eq!(
        spoil(dl + 5, 200),
        Err(Fault::Bad("interface")),
        "name too long"
    );
    assert_eq!(
        spoil(dl + 8, 0xff),
        Err(Fault::Bad("interface")),
        "name no text"
    );
    assert_eq!(spoil(su + 1, 28), Err(Fault::Bad("description")));
}

#[test]
fn an_event_of_an_interface_that_has_gone_is_a_fault_and_so_makes_daemons_ask() {
    let mut m = by_hand();
    m[HEADER_LEN + 64 + 5] = 0; // the kernel knows only its number
    assert_eq!(parse(&m), Err(Fault::Bad("interface")));
}

#[test]
fn events_of_a_newer_module_keep_bits_that_are_not_known_here() {
    let mut event = event();
    event.kinds = EventKinds::from_bits_retain(0x8001);
    assert_eq!(parsed(&emit(&event)).kinds.bits(), 0x8001);
}

fn some_event() -> impl Strategy<Value = Event> {
    (
        "[a-z]{1,10}[0-9]{1,5}",
        any::<u64>(),
        16u8..=112,
        any::<[u32; 6]>(),
        any::<u16>(),
    )
        .prop_map(|(name, bits, len, words, kinds)| {
            let bits = (u128::from(bits) << 64 >> 3 | 1 << 125) & !(u128::MAX >> len);
            let prefix = format!("{}/{len}", std::net::Ipv6Addr::from_bits(bits));
            let pool: PoolId = format!("{name} {prefix}").parse().expect("a pool");
            Event {
                pool,
                kinds: EventKinds::from_bits_retain(kinds),
                seq: words[0],
                uncertain: words[1],
                tentative: words[2],
                valid: words[3],
                duplicated: words[4],
                missed: words[5],
            }
        })
}

proptest! {
    #[test]
    fn every_event_survives_its_message(event in some_event()) {
        prop_assert_eq!(parsed(&emit(&event)), event);
    }

    #[test]
    fn bytes_of_any_kind_do_not_break_the_parser(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn a_sound_message_with_spoiled_bytes_does_not_break_the_parser(
        event in some_event(),
        spoil in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = emit(&event);
        for (at, value) in spoil {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let _ = parse(&bytes);
    }
}

/// An `RTM_NEWADDR` as FreeBSD 13 lays it out, written byte by byte from its headers.
fn newaddr() -> Vec<u8> {
    let mut m = vec![0u8; 20]; // struct ifa_msghdr
    m[2] = 5;
    m[3] = 0xc;
    m[4..8].copy_from_slice(&(0x4u32 | 0x10 | 0x20).to_ne_bytes());
    m[8..12].copy_from_slice(&0x5u32.to_ne_bytes());
    m[12..14].copy_from_slice(&3u16.to_ne_bytes());
    let whole = by_hand();
    m.extend(&whole[HEADER_LEN + 32..HEADER_LEN + 64]); // netmask
    m.extend(&whole[HEADER_LEN + 64..HEADER_LEN + 120]); // interface
    m.extend(&whole[HEADER_LEN..HEADER_LEN + 32]); // address
    let len = m.len() as u16;
    m[..2].copy_from_slice(&len.to_ne_bytes());
    m
}

#[test]
fn an_address_that_comes_is_told_as_route_monitor_tells_it() {
    let Ok(Message::Classic(classic)) = decode(&newaddr()) else {
        panic!("no message");
    };
    assert_eq!(classic.kind, "newaddr");
    assert_eq!(classic.interface.as_deref(), Some("epair0a"));
    assert_eq!((classic.ifindex, classic.flags), (3, vec!["UP", "HOST"]));
    let expected = [
        ("netmask", "/64"),
        ("ifp", "epair0a/02:00:00:00:00:01"),
        ("ifa", "2001:db8:1::"),
    ];
    let addresses: Vec<_> = classic
        .addresses
        .iter()
        .map(|(n, a)| (*n, a.as_str()))
        .collect();
    assert_eq!(addresses, expected);
}

#[test]
fn routes_links_and_interfaces_are_told() {
    // RTM_DELETE by process 77
    let mut route = vec![0u8; HEADER_LEN];
    route[2] = 5;
    route[3] = 2;
    route[8..12].copy_from_slice(&0x803u32.to_ne_bytes());
    route[12..16].copy_from_slice(&1u32.to_ne_bytes());
    route[16..20].copy_from_slice(&77u32.to_ne_bytes());
    route[24..28].copy_from_slice(&3u32.to_ne_bytes());
    route.extend([16, 2, 0, 0, 192, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    // RTM_IFINFO, link up
    let mut info = vec![0u8; 168];
    info[2] = 5;
    info[3] = 0xe;
    info[8..12].copy_from_slice(&0x8843u32.to_ne_bytes());
    info[12] = 2;
    info[20] = 2;
    // RTM_IFANNOUNCE, departure
    let mut gone = vec![0u8; 24];
    gone[2] = 5;
    gone[3] = 0x11;
    gone[6..9].copy_from_slice(b"em7");
    gone[22] = 1;
    let told = |mut m: Vec<u8>| {
        let len = m.len() as u16;
        m[..2].copy_from_slice(&len.to_ne_bytes());
        match decode(&m) {
            Ok(Message::Classic(classic)) => classic,
            other => panic!("{other:?}"),
        }
    };
    let route = told(route);
    assert_eq!(
        (route.kind.as_str(), route.flags),
        ("delete", vec!["UP", "GATEWAY", "STATIC"])
    );
    let origin = route.origin.expect("a route has one");
    assert_eq!((origin.pid, origin.errno), (77, 3));
    assert_eq!(route.addresses, [("dst", "192.0.2.0".to_string())]);
    let info = told(info);
    assert_eq!(
        (info.kind.as_str(), info.link, info.ifindex),
        ("ifinfo", Some("up"), 2)
    );
    assert_eq!(
        info.flags,
        ["UP", "BROADCAST", "RUNNING", "SIMPLEX", "MULTICAST"]
    );
    let gone = told(gone);
    assert_eq!(
        (gone.interface.as_deref(), gone.announced),
        (Some("em7"), Some("departure"))
    );
    let mut odd = vec![8, 0, 5, 0x6e, 0, 0, 0, 0];
    assert_eq!(told(odd.clone()).kind, "type-110");
    odd[2] = 6;
    assert_eq!(decode(&odd), Err(Fault::Version(6)));
}

#[test]
fn a_classic_message_cut_anywhere_is_a_fault() {
    let whole = newaddr();
    for cut in 0..whole.len() - 4 {
        assert_eq!(decode(&whole[..cut]), Err(Fault::Short), "cut at {cut}");
    }
}

proptest! {
    #[test]
    fn classic_messages_of_any_kind_do_not_break_the_decoder(
        kind in 1u8..=0x13,
        rest in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        let mut m = vec![0, 0, 5, kind];
        m.extend(rest);
        let len = m.len() as u16;
        m[..2].copy_from_slice(&len.to_ne_bytes());
        let _ = decode(&m);
    }
}
