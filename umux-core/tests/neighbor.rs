// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The table of contract section 4: what is heard in which state.

mod host;

use host::*;
use std::net::Ipv6Addr;
use umux_core::action::{Action, Events};
use umux_core::plane::Heard;
use umux_core::table::slot::State;
use umux_core::wire::nd::{self, LinkAddr, NaFlags, Nd, NeighborAdvertisement};
use umux_core::wire::{ALL_NODES, solicited_node};

const NEIGHBOR: &str = "2001:db8:1::77";

fn dad_probe(target: Ipv6Addr) -> Vec<u8> {
    nd::emit_dad_probe(&target, [9; 6]).to_vec()
}

fn resolution(target: Ipv6Addr) -> Vec<u8> {
    let lladdr = LinkAddr::new(&[2, 0, 0, 0, 0, 9]);
    nd::emit_solicitation(
        &ip(NEIGHBOR),
        &solicited_node(&target),
        &target,
        lladdr.as_ref(),
    )
    .to_vec()
}

fn advertisement(target: Ipv6Addr) -> Vec<u8> {
    let lladdr = LinkAddr::new(&[2, 0, 0, 0, 0, 9]);
    nd::emit_advertisement(
        &target,
        &ALL_NODES,
        &target,
        NaFlags::OVERRIDE,
        lladdr.as_ref(),
    )
    .to_vec()
}

/// The one advertisement that was sent.
fn sent(actions: &[Action]) -> (Option<Ipv6Addr>, NeighborAdvertisement) {
    let [action] = actions else {
        panic!("one packet, not {actions:?}")
    };
    let (peer, packet) = match action {
        Action::Send {
            packet, ifindex, ..
        } => {
            assert_eq!(*ifindex, IFINDEX);
            (None, packet)
        }
        Action::Answer {
            peer,
            packet,
            ifindex,
            lladdr,
        } => {
            assert_eq!(*ifindex, IFINDEX);
            assert_eq!(*lladdr, LinkAddr::new(&[2, 0, 0, 0, 0, 9]));
            (Some(*peer), packet)
        }
        other => panic!("a packet, not {other:?}"),
    };
    match nd::parse(packet).expect("valid") {
        Nd::Advertisement(na) => (peer, na),
        Nd::Solicitation(ns) => panic!("an advertisement, not {ns:?}"),
    }
}

#[test]
fn tentative_and_a_probe_of_another_is_a_duplicate() {
    let mut host = Host::new();
    host.add(pooled(0)).unwrap();
    let (heard, actions) = host.hear(IFINDEX, &dad_probe(pooled(0)));
    assert_eq!((heard, actions), (Heard::Consumed, vec![]));
    assert_eq!(host.state(pooled(0)), State::Duplicated);
    host.run(0);
    assert_eq!(host.events()[0].duplicated, 1);
    host.run(5 * SEC);
    assert_eq!(
        host.state(pooled(0)),
        State::Duplicated,
        "no timer revives it"
    );
}

#[test]
fn tentative_and_its_own_probe_comes_back_is_no_duplicate() {
    let mut host = Host::bare(config());
    host.link(IFINDEX, true, 3).unwrap();
    host.pool = host
        .add_pool(PREFIX, 64, umux_core::plane::MissPolicy::Legacy, 0)
        .unwrap();
    host.add(pooled(0)).unwrap();
    host.run(SEC);
    let probes: Vec<_> = host
        .seen
        .iter()
        .filter_map(|action| match action {
            Action::Send { packet, .. } => Some(packet.to_vec()),
            _ => None,
        })
        .collect();
    assert_eq!(probes.len(), 2);
    assert_ne!(probes[0], probes[1], "each probe has a nonce of its own");
    for probe in &probes {
        assert_eq!(host.hear(IFINDEX, probe).0, Heard::Consumed);
        assert_eq!(host.state(pooled(0)), State::Tentative);
    }
    assert_eq!(host.plane.counters().looped, 2);
}

#[test]
fn tentative_and_resolution_is_ignored() {
    let mut host = Host::new();
    host.add(pooled(0)).unwrap();
    let (heard, actions) = host.hear(IFINDEX, &resolution(pooled(0)));
    assert_eq!((heard, actions), (Heard::Consumed, vec![]));
    assert_eq!(host.state(pooled(0)), State::Tentative);
}

#[test]
fn tentative_and_an_advertisement_is_a_duplicate() {
    let mut host = Host::new();
    host.add(pooled(0)).unwrap();
    assert_eq!(
        host.hear(IFINDEX, &advertisement(pooled(0))).0,
        Heard::Consumed
    );
    assert_eq!(host.state(pooled(0)), State::Duplicated);
}

#[test]
fn uncertain_and_a_probe_is_defended_to_all_nodes() {
    let mut host = Host::new();
    host.fill(1);
    let (heard, actions) = host.hear(IFINDEX, &dad_probe(pooled(0)));
    assert_eq!(heard, Heard::Consumed);
    let (peer, na) = sent(&actions);
    assert_eq!(peer, None);
    assert_eq!((na.dst, na.target), (ALL_NODES, pooled(0)));
    assert_eq!(na.src, pooled(0), "no other address of the host is shown");
    assert_eq!(na.flags, NaFlags::OVERRIDE);
    assert_eq!(na.target_lladdr, LinkAddr::new(&[2, 0, 0, 0, 0, 1]));
    assert_eq!(host.state(pooled(0)), State::Uncertain);
}

#[test]
fn uncertain_and_resolution_is_silence() {
    let mut host = Host::new();
    host.fill(1);
    let (heard, actions) = host.hear(IFINDEX, &resolution(pooled(0)));
    assert_eq!((heard, actions), (Heard::Consumed, vec![]));
    assert_eq!(host.plane.counters().ns_silent, 1);
    assert_eq!(host.state(pooled(0)), State::Uncertain);
}

#[test]
fn uncertain_and_an_advertisement_is_withdrawn_and_told() {
    let mut host = Host::new();
    host.fill(2);
    host.hear(IFINDEX, &advertisement(pooled(0)));
    assert_eq!(host.state(pooled(0)), State::Duplicated);
    assert_eq!(host.level(State::Uncertain), 1);
    host.run(0);
    assert!(host.events()[0].events.contains(Events::DUPLICATED));
    let taken = host.take("2001:db8:9::1", TCP, 80).unwrap();
    assert_eq!(taken.local, pooled(1), "and never taken");
}

#[test]
fn valid_and_a_probe_is_defended() {
    let mut host = Host::new();
    host.fill(1);
    host.session("2001:db8:9::1", TCP, 80);
    let (peer, na) = sent(&host.hear(IFINDEX, &dad_probe(pooled(0))).1);
    assert_eq!((peer, na.dst, na.src), (None, ALL_NODES, pooled(0)));
    assert_eq!(host.state(pooled(0)), State::Valid);
}

#[test]
fn valid_and_resolution_is_answered_to_who_asked() {
    let mut host = Host::new();
    host.fill(1);
    host.session("2001:db8:9::1", TCP, 80);
    let (peer, na) = sent(&host.hear(IFINDEX, &resolution(pooled(0))).1);
    assert_eq!(peer, Some(ip(NEIGHBOR)));
    assert_eq!((na.src, na.dst), (pooled(0), ip(NEIGHBOR)));
    assert_eq!(na.flags, NaFlags::SOLICITED | NaFlags::OVERRIDE);
}

#[test]
fn valid_and_an_advertisement_is_counted_and_the_session_kept() {
    let mut host = Host::new();
    host.fill(1);
    host.session("2001:db8:9::1", TCP, 80);
    assert_eq!(
        host.hear(IFINDEX, &advertisement(pooled(0))).0,
        Heard::Consumed
    );
    assert_eq!(host.state(pooled(0)), State::Valid);
    assert_eq!(host.plane.counters().conflict, 1);
    host.run(0);
    assert!(
        host.events()
            .iter()
            .any(|e| e.events.contains(Events::CONFLICT))
    );
}

#[test]
fn a_tombstone_is_silent_and_swallows_everything() {
    let mut host = Host::new();
    host.fill(1);
    let session = host.session("2001:db8:9::1", TCP, 80);
    host.output(&tcp(session.local, ip("2001:db8:9::1"), 40_000, 80, SYN));
    host.plane.end(session.handle, host.now).unwrap();
    for packet in [
        dad_probe(pooled(0)),
        resolution(pooled(0)),
        advertisement(pooled(0)),
    ] {
        assert_eq!(host.hear(IFINDEX, &packet), (Heard::Consumed, vec![]));
    }
}

#[test]
fn a_target_that_is_not_ours_is_the_kernels() {
    let mut host = Host::new();
    host.fill(1);
    for packet in [
        dad_probe(pooled(5)),
        resolution(pooled(5)),
        advertisement(pooled(5)),
    ] {
        assert_eq!(host.hear(IFINDEX, &packet), (Heard::Legacy, vec![]));
    }
    assert_eq!(
        host.hear(IFINDEX + 1, &dad_probe(pooled(0))),
        (Heard::Legacy, vec![]),
        "an address is defended on its own link only"
    );
}

#[test]
fn what_fails_validation_changes_nothing() {
    let mut host = Host::new();
    host.fill(1);
    let mut far = dad_probe(pooled(0));
    far[7] = 254;
    let mut broken = advertisement(pooled(0));
    broken[42] ^= 1;
    for packet in [far, broken] {
        let (heard, actions) = host.hear(IFINDEX, &packet);
        assert_eq!((heard, actions), (Heard::Legacy, vec![]));
    }
    assert_eq!(host.plane.counters().nd_invalid, 2);
    assert_eq!(host.state(pooled(0)), State::Uncertain);
}

#[test]
fn the_answer_to_the_kernels_own_solicitation_is_delivered() {
    let mut host = Host::new();
    host.fill(2);
    let session = host.session("2001:db8:9::1", TCP, 80);
    let lladdr = LinkAddr::new(&[2, 0, 0, 0, 0, 9]);
    let answer = |dst: &Ipv6Addr| {
        nd::emit_advertisement(
            &ip(NEIGHBOR),
            dst,
            &ip(NEIGHBOR),
            NaFlags::SOLICITED,
            lladdr.as_ref(),
        )
        .to_vec()
    };
    assert_eq!(host.hear(IFINDEX, &answer(&session.local)).0, Heard::Local);
    assert_eq!(host.hear(IFINDEX, &answer(&pooled(1))).0, Heard::Consumed);
    assert_eq!(host.hear(IFINDEX, &answer(&ip(NEIGHBOR))).0, Heard::Legacy);
}

#[test]
fn a_neighbour_that_has_what_the_pool_was_given_can_be_a_peer() {
    let mut host = Host::new();
    host.fill(2);
    let theirs = pooled(1);
    host.hear(IFINDEX, &advertisement(theirs));
    assert_eq!(host.state(theirs), State::Duplicated);
    let taken = host.session(&theirs.to_string(), TCP, 80);
    let flags = NaFlags::SOLICITED | NaFlags::OVERRIDE;
    let answer = nd::emit_advertisement(&theirs, &taken.local, &theirs, flags, None).to_vec();
    assert_eq!(host.hear(IFINDEX, &answer).0, Heard::Local);
    let to_all = advertisement(theirs);
    assert_eq!(host.hear(IFINDEX, &to_all).0, Heard::Legacy);
}

#[test]
fn one_of_our_addresses_does_not_answer_for_another_of_the_host() {
    let mut host = Host::new();
    host.fill(1);
    let session = host.session("2001:db8:9::1", TCP, 80);
    let stable = ip("2001:db8:1::1");
    let ask = nd::emit_solicitation(&ip(NEIGHBOR), &session.local, &stable, None);
    assert_eq!(host.hear(IFINDEX, &ask).0, Heard::Consumed);
}

#[test]
fn nor_does_one_session_for_another() {
    let mut host = Host::new();
    host.fill(2);
    let one = host.session("2001:db8:9::1", TCP, 80);
    let other = host.session("2001:db8:9::2", TCP, 80);
    let asked = nd::emit_solicitation(
        &ip("2001:db8:1::9"),
        &one.local,
        &other.local,
        LinkAddr::new(&[2, 0, 0, 0, 0, 9]).as_ref(),
    );
    let before = host.plane.counters().answered;
    assert_eq!(host.hear(IFINDEX, &asked), (Heard::Consumed, vec![]));
    assert_eq!(host.plane.counters().answered, before);
}
