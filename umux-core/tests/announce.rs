// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What the next hop is told and asked in a session's name.

mod host;

use host::*;
use umux_core::action::{Action, Actions};
use umux_core::gate::Verdict;
use umux_core::plane::{Announce, Config, Heard, MissPolicy, PoolSpec, Wanted};
use umux_core::prefix::Prefix;
use umux_core::table::slot::State;
use umux_core::wire::nd::{self, LinkAddr, NaFlags, Nd};
use umux_core::wire::{ALL_NODES, ALL_ROUTERS, solicited_node};

const PEER: &str = "2001:db8:1::2";
const HOST: &str = "2001:db8:1::1";

fn mac() -> Option<LinkAddr> {
    LinkAddr::new(&[2, 0, 0, 0, 0, 1])
}

/// A solicitation for PEER as the kernel sends it, from the host's address.
fn kernel_asks(dst: std::net::Ipv6Addr) -> Vec<u8> {
    nd::emit_solicitation(&ip(HOST), &dst, &ip(PEER), mac().as_ref()).to_vec()
}

fn sent(host: &mut Host, packet: &[u8], ifindex: u32) -> (Heard, Vec<Action>) {
    let mut out = Actions::new();
    let heard = host.plane.soliciting(ifindex, packet, host.now, &mut out);
    (heard, out.into_iter().collect())
}

#[test]
fn the_peer_of_a_session_is_asked_in_the_sessions_name() {
    let mut host = Host::new();
    host.fill(1);
    let multicast = kernel_asks(solicited_node(&ip(PEER)));
    let unicast = kernel_asks(ip(PEER));
    assert_eq!(host.asks_as(ip(PEER)), None, "no session yet");

    let ea = host.session(PEER, TCP, 80).local;
    for packet in [&multicast, &unicast] {
        assert_eq!(host.output(packet), Verdict::Neighbor);
        let (heard, actions) = sent(&mut host, packet, IFINDEX);
        assert_eq!(heard, Heard::Consumed);
        let [Action::Send { packet, .. } | Action::SendTo { packet, .. }] = &actions[..] else {
            panic!("{actions:?}");
        };
        let Ok(Nd::Solicitation(ns)) = nd::parse(packet) else {
            panic!("no solicitation");
        };
        assert_eq!((ns.src, ns.target), (ea, ip(PEER)));
        assert_eq!(ns.source_lladdr, mac());
    }
    // The answer is the kernel's.
    let answer = nd::emit_advertisement(
        &ip(PEER),
        &ea,
        &ip(PEER),
        NaFlags::SOLICITED,
        LinkAddr::new(&[2, 0, 0, 0, 0, 9]).as_ref(),
    );
    assert_eq!(host.input(&answer), Verdict::Neighbor);
    assert_eq!(host.hear(IFINDEX, &answer).0, Heard::Local);
}

#[test]
fn who_asks_in_a_sessions_name_already_is_let_go() {
    let mut host = Host::new();
    host.fill(1);
    let ea = host.session(PEER, TCP, 80).local;
    let asks = nd::emit_solicitation(&ea, &ip(PEER), &ip(PEER), mac().as_ref());
    assert_eq!(host.output(&asks), Verdict::Send);
}

#[test]
fn an_address_that_asked_was_on_the_wire() {
    let mut host = Host::new();
    host.fill(1);
    let session = host.session(PEER, TCP, 80);
    sent(&mut host, &kernel_asks(ip(PEER)), IFINDEX);
    host.plane.end(session.handle, host.now).unwrap();
    assert_eq!(host.state(session.local), State::Tombstone);
}

#[test]
fn the_peer_of_a_session_that_is_over_is_asked_in_its_name_for_a_while() {
    let mut host = Host::new();
    host.fill(2);
    let session = host.session(PEER, TCP, 80);
    host.plane.end(session.handle, host.now).unwrap();
    assert_eq!(host.state(session.local), State::Tombstone);
    assert_eq!(host.asks_as(ip(PEER)), Some(session.local));
    // Its peer's answer is the kernel's, and nothing else gets in.
    let says = |about: &str, dst: std::net::Ipv6Addr| {
        let about = ip(about);
        nd::emit_advertisement(&about, &dst, &about, NaFlags::SOLICITED, None)
    };
    let answer = says(PEER, session.local);
    assert_eq!(host.input(&answer), Verdict::Neighbor);
    assert_eq!(host.hear(IFINDEX, &answer).0, Heard::Local);
    let other = says("2001:db8:1::3", session.local);
    assert_eq!(host.hear(IFINDEX, &other).0, Heard::Consumed);
    let mut far = answer.to_vec();
    far[7] = 254;
    let asks = nd::emit_solicitation(&ip(PEER), &session.local, &session.local, None);
    let segment = tcp(ip(PEER), session.local, 80, 40_000, ACK);
    for packet in [&far[..], &asks[..], &segment[..]] {
        assert_eq!(host.input(packet), Verdict::Drop);
    }
    // Who has a session with the peer is asked first.
    let live = host.session(PEER, TCP, 80);
    assert_eq!(host.asks_as(ip(PEER)), Some(live.local));
    // Then who had one last.
    host.run(SEC);
    host.plane.end(live.handle, host.now).unwrap();
    assert_eq!(host.asks_as(ip(PEER)), Some(live.local));
    // With the last tombstone it is over.
    host.run(host.plane.config().tombstone as u64 * 1000);
    assert_eq!(host.asks_as(ip(PEER)), None);
    assert_eq!(host.state(session.local), State::Free);
    assert_eq!(host.input(&answer), Verdict::Legacy);
}

/// A host on which a session with PEER just ended; its address.
fn ended(config: Config) -> (Host, std::net::Ipv6Addr) {
    let mut host = Host::with(config);
    host.fill(1);
    let session = host.session(PEER, TCP, 80);
    host.plane.end(session.handle, host.now).unwrap();
    (host, session.local)
}

#[test]
fn the_dead_ask_for_as_long_as_a_kernel_does_and_no_longer() {
    // 10 s, and three times the RetransTimer of a second.
    const LIMIT: u64 = 13 * SEC;
    let long = Config {
        tombstone: 3_600_000,
        ..config()
    };
    let (mut host, dead) = ended(long);
    host.run(LIMIT);
    assert_eq!(host.asks_as(ip(PEER)), Some(dead));
    host.run(1000);
    assert_eq!(host.asks_as(ip(PEER)), None);
    assert_eq!(host.state(dead), State::Tombstone);
    // A live one is not hindered by it.
    host.add(pooled(7)).unwrap();
    host.run(2 * SEC);
    let live = host.session(PEER, TCP, 80).local;
    assert_eq!(host.asks_as(ip(PEER)), Some(live));
}

#[test]
fn the_dead_ask_for_nobody_when_their_pool_has_gone() {
    let (mut host, dead) = ended(config());
    host.plane.pool_del(host.pool, false, host.now).unwrap();
    assert_eq!(host.state(dead), State::Tombstone);
    assert_eq!(host.asks_as(ip(PEER)), None);
    // Nor when it was gone before.
    let mut host = Host::new();
    host.fill(1);
    let session = host.session(PEER, TCP, 80);
    host.plane.pool_del(host.pool, true, host.now).unwrap();
    assert_eq!(host.asks_as(ip(PEER)), Some(session.local));
    host.plane.end(session.handle, host.now).unwrap();
    assert_eq!(host.state(session.local), State::Tombstone);
    assert_eq!(host.asks_as(ip(PEER)), None);
}

#[test]
fn the_dead_ask_for_nobody_when_another_node_has_their_address() {
    let claims = |dead: std::net::Ipv6Addr, mac: u8| {
        let lladdr = LinkAddr::new(&[2, 0, 0, 0, 0, mac]);
        nd::emit_advertisement(&dead, &ALL_NODES, &dead, NaFlags::OVERRIDE, lladdr.as_ref())
    };
    let (mut host, dead) = ended(config());
    // What a link reflects of the host's own is no other node's.
    host.hear(IFINDEX, &claims(dead, 1));
    assert_eq!(host.asks_as(ip(PEER)), Some(dead));
    host.hear(IFINDEX, &claims(dead, 9));
    assert_eq!(host.asks_as(ip(PEER)), None);
    let (mut host, dead) = ended(config());
    host.hear(IFINDEX, &nd::emit_dad_probe(&dead, [7; 6]));
    assert_eq!(host.asks_as(ip(PEER)), None);
    assert_eq!(host.state(dead), State::Tombstone);
}

#[test]
fn who_asks_this_host_itself_meets_the_gate() {
    let mut host = Host::new();
    host.fill(3);
    let ea = host.session(PEER, TCP, 80).local;
    let tentative = ip("2001:db8:1::7:7");
    host.add(tentative).unwrap();
    let asks = |dst| nd::emit_solicitation(&ip(HOST), &dst, &dst, None);
    assert_eq!(host.output(&asks(ea)), Verdict::Drop);
    assert_eq!(host.output(&asks(pooled(2))), Verdict::Drop);
    // That may be another node's.
    assert_eq!(host.state(tentative), State::Tentative);
    let (heard, _) = sent(&mut host, &asks(tentative), IFINDEX);
    assert_eq!(heard, Heard::Legacy);
    assert_eq!(host.output(&asks(tentative)), Verdict::Neighbor);
}

#[test]
fn an_address_that_nobody_saw_asks_for_nobody() {
    let mut host = Host::new();
    host.fill(1);
    let taken = host.take(PEER, UDP, 80).unwrap();
    host.plane.end(taken.handle, host.now).unwrap();
    assert_eq!(host.state(taken.local), State::Uncertain);
    assert_eq!(host.asks_as(ip(PEER)), None);
}

#[test]
fn other_solicitations_of_the_kernel_are_its_own() {
    let mut host = Host::new();
    host.fill(1);
    host.session(PEER, TCP, 80);
    // For another neighbour.
    let other =
        nd::emit_solicitation(&ip(HOST), &ip("2001:db8:1::3"), &ip("2001:db8:1::3"), None).to_vec();
    assert_eq!(sent(&mut host, &other, IFINDEX), (Heard::Legacy, vec![]));
    // DAD for an address that is a peer elsewhere.
    let probe = nd::emit_dad_probe(&ip(PEER), [1; 6]).to_vec();
    assert_eq!(sent(&mut host, &probe, IFINDEX), (Heard::Legacy, vec![]));
    // On another link.
    let asks = kernel_asks(ip(PEER));
    assert_eq!(sent(&mut host, &asks, 9), (Heard::Legacy, vec![]));
    // Broken ones are not for the plane to mend.
    let mut broken = asks.clone();
    broken[43] ^= 1;
    assert_eq!(sent(&mut host, &broken, IFINDEX), (Heard::Legacy, vec![]));
}

#[test]
fn who_is_asked_for_on_a_link_is_asked_in_the_name_of_a_session_there() {
    const SECOND: u32 = 9;
    let mut host = Host::new();
    host.fill(1);
    host.session(PEER, TCP, 80);
    host.link(SECOND, true, 0).unwrap();
    let spec = PoolSpec {
        prefix: Prefix::new(ip("2001:db8:2::"), 64).unwrap(),
        miss: MissPolicy::Legacy,
        max_age: 0,
        notify: 0,
    };
    let pool = host.plane.pool_add(SECOND, spec, host.now).unwrap();
    let own = ip("2001:db8:2::5");
    let handle = host.plane.addr_add(pool, own, host.now).unwrap();
    host.plane.addr_start(handle, 1, host.now, 0).unwrap();
    host.run(SEC);
    let wanted = Wanted {
        ifindex: SECOND,
        ..Host::wanted(PEER, TCP, 80)
    };
    let later = host.plane.take(&wanted, host.now).unwrap();
    assert_eq!(later.local, own);
    let (heard, out) = sent(&mut host, &kernel_asks(ip(PEER)), SECOND);
    assert_eq!(heard, Heard::Consumed);
    let [
        Action::SendTo {
            packet, ifindex, ..
        },
    ] = &out[..]
    else {
        panic!("{out:?}");
    };
    assert_eq!(*ifindex, SECOND);
    let Ok(Nd::Solicitation(asks)) = nd::parse(packet) else {
        panic!("no solicitation");
    };
    assert_eq!(asks.src, own);
}

#[test]
fn a_fresh_source_is_announced_to_routers_as_rfc_9131_says() {
    let mut host = Host::new();
    host.fill(1);
    let session = host.session(PEER, TCP, 80);
    let mut out = Actions::new();
    host.plane
        .announce(session.handle, Announce::Routers, host.now, &mut out)
        .unwrap();
    let [
        Action::Send {
            packet, ifindex, ..
        },
    ] = &out[..]
    else {
        panic!("{out:?}");
    };
    assert_eq!(*ifindex, IFINDEX);
    let Ok(Nd::Advertisement(na)) = nd::parse(packet) else {
        panic!("no advertisement");
    };
    assert_eq!((na.dst, na.target), (ALL_ROUTERS, session.local));
    assert_eq!(na.flags, NaFlags::empty());
    assert_eq!(na.target_lladdr, mac());
}

#[test]
fn a_fresh_source_is_announced_to_the_next_hop_by_a_question() {
    let mut host = Host::new();
    host.fill(1);
    let session = host.session("2001:db8:9::1", TCP, 80);
    let router = ip("fe80::1");
    let mut out = Actions::new();
    host.plane
        .announce(
            session.handle,
            Announce::NextHop(router),
            host.now,
            &mut out,
        )
        .unwrap();
    let [Action::SendTo { packet, peer, .. }] = &out[..] else {
        panic!("{out:?}");
    };
    assert_eq!(*peer, router);
    let Ok(Nd::Solicitation(ns)) = nd::parse(packet) else {
        panic!("no solicitation");
    };
    assert_eq!((ns.src, ns.dst, ns.target), (session.local, router, router));
    assert_eq!(ns.source_lladdr, mac());
    // Nothing is announced of a session that is over.
    host.plane.end(session.handle, host.now).unwrap();
    let mut out = Actions::new();
    assert!(
        host.plane
            .announce(session.handle, Announce::Routers, host.now, &mut out)
            .is_err()
    );
    assert!(out.is_empty());
}
