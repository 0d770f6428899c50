// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What DNSO reads of others: queries of clients, answers of upstreams, messages of a
//! channel whose other end has been taken over.

use hickory_proto::op::{Message, ResponseCode};
use std::net::Ipv6Addr;
use umux_dnso::message::{Frame, Reply, Request};
use umux_noca::answer::{self, Extended};
use umux_noca::cache::Cache;
use umux_noca::clients::{Clients, Tell};
use umux_noca::wire::{HEADER, Query, adapt, age, answers, flag, times, word};

const SSA: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 5);

/// The first byte says what the others are: a message of the channel, or the length of
/// a query, which the answer of an upstream follows.
pub fn run(data: &[u8]) {
    match data.split_first() {
        None => {}
        Some((0, rest)) => message(rest),
        Some((len, rest)) => {
            let (query, said) = rest.split_at(usize::from(*len).min(rest.len()));
            ask(query, said);
        }
    }
}

/// Whatever is understood is said again in the same words.
fn message(bytes: &[u8]) {
    if let Ok(frame) = serde_json::from_slice::<Frame<Request>>(bytes) {
        let again = serde_json::to_vec(&frame).expect("text");
        let read: Frame<Request> = serde_json::from_slice(&again).expect("our own words");
        assert_eq!((read.id, read.body), (frame.id, frame.body));
    }
    if let Ok(frame) = serde_json::from_slice::<Frame<Reply>>(bytes) {
        let again = serde_json::to_vec(&frame).expect("text");
        let read: Frame<Reply> = serde_json::from_slice(&again).expect("our own words");
        assert_eq!((read.id, read.body), (frame.id, frame.body));
    }
}

fn ask(bytes: &[u8], said: &[u8]) {
    let Ok(query) = Query::parse(bytes) else {
        if let Some(answer) = answer::unread(bytes, 1) {
            assert_eq!((answer.len(), &answer[..2]), (HEADER, &bytes[..2]));
        }
        return;
    };
    assert!(query.name().len() <= 255 && query.end <= bytes.len());
    let clients = Clients {
        allow: None,
        tell: Tell::Prefix(128),
        ecs_from: vec!["::/0".parse().expect("a prefix")],
        known: Vec::new(),
    };
    clients.who(SSA.into(), &query, bytes);
    let extended = Extended::other("words");
    let servfail = ResponseCode::ServFail;
    for made in [
        answer::address(&query, bytes, SSA),
        answer::no_data(&query, bytes),
        answer::any(&query, bytes),
        answer::bad_version(&query, bytes),
        answer::error(&query, bytes, servfail, Some(&extended)),
        Some(query.truncated(bytes, 0)),
    ]
    .into_iter()
    .flatten()
    {
        is_answer(&query, bytes, &made);
    }
    // What is passed on is read again as the same question.
    let passed_on = query.passed_on(bytes);
    let again = Query::parse(&passed_on).expect("a query");
    assert_eq!(
        (again.name(), again.qtype, again.qclass),
        (query.name(), query.qtype, query.qclass)
    );
    upstream(&query, bytes, said);
}

/// Another implementation can read it, if it can read the question.
fn is_answer(query: &Query, bytes: &[u8], made: &[u8]) {
    assert_eq!(word(made, 0), Some(query.id));
    assert!(word(made, 2).is_some_and(|flags| flags & flag::QR != 0));
    assert!(made.len() <= 1232, "{} bytes by UDP", made.len());
    if let Ok(question) = Message::from_vec(bytes) {
        let read = Message::from_vec(made).expect("what we say can be read");
        assert_eq!(read.queries.len(), question.queries.len());
    }
}

fn upstream(query: &Query, bytes: &[u8], said: &[u8]) {
    let question = &bytes[HEADER..query.end];
    let _ = answer::has_own_records(query, said);
    if let Some(times) = times(said, query.end) {
        let mut old = said.to_vec();
        age(&mut old, &times.places, times.ttl);
        assert_eq!(old.len(), said.len());
    }
    let mut adapted = said.to_vec();
    let is_answer = answers(said, question);
    let adapts = adapt(&mut adapted, query, bytes);
    assert!(!is_answer || adapts, "an answer to it is taken");
    if adapts {
        assert_eq!(&adapted[HEADER..query.end], question, "its spelling");
        assert_eq!(word(&adapted, 0), Some(query.id));
    }
    if !is_answer {
        return;
    }
    // What is kept is what was said, but for number, spelling and age.
    let cache = Cache::new(4, 3600).expect("some");
    cache.put(query, said);
    let mut kept = Vec::new();
    if cache.get(query, bytes, usize::from(u16::MAX), &mut kept) {
        assert_eq!(kept, adapted);
    }
    if cache.get(query, bytes, 512, &mut kept) {
        assert!(kept.len() <= 512, "{} bytes", kept.len());
    }
}
