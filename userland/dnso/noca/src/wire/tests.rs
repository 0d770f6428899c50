// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Against another implementation, and against bytes of chance.

use super::*;
use crate::answer;
use crate::cache::Cache;
use hickory_proto::op::{Message, MessageType, OpCode, Query as Question, ResponseCode};
use hickory_proto::rr::rdata::{A, CNAME, SOA};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use proptest::prelude::*;

fn message(name: &str, rrtype: u16, edns: Option<(u16, bool)>) -> Message {
    let mut message = Message::new(7, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    let name = Name::from_ascii(name).expect("a name");
    message.add_query(Question::query(name, RecordType::from(rrtype)));
    if let Some((size, dnssec)) = edns {
        let mut ours = hickory_proto::op::Edns::new();
        ours.set_max_payload(size);
        ours.set_dnssec_ok(dnssec);
        message.set_edns(ours);
    }
    message
}

fn bytes(message: &Message) -> Vec<u8> {
    message.to_vec().expect("bytes")
}

fn names() -> impl Strategy<Value = String> {
    let label = "[a-zA-Z0-9_]{1,20}";
    proptest::collection::vec(label, 1..6).prop_map(|labels| labels.join(".") + ".")
}

proptest! {
    #[test]
    fn what_another_implementation_writes_is_read(
        name in names(),
        rrtype in 1u16..40_000,
        edns in proptest::option::of((512u16.., any::<bool>())),
    ) {
        prop_assume!(rrtype != rrtype::OPT);
        let bytes = bytes(&message(&name, rrtype, edns));
        let query = Query::parse(&bytes).expect("sound");
        let text = umux_dnso::name::Name::from_lower_wire(query.name()).to_string();
        prop_assert_eq!(text + ".", name.to_ascii_lowercase());
        prop_assert_eq!(query.qtype, rrtype);
        prop_assert_eq!(query.edns.as_ref().map(|e| (e.size, e.dnssec)), edns);
        prop_assert!(query.is_plain());

        // What is passed on is the same question, and no more than what we say.
        let passed_on = Message::from_vec(&query.passed_on(&bytes)).expect("sound");
        prop_assert_eq!(passed_on.queries[0].name().to_ascii(), name);
        prop_assert_eq!(passed_on.edns.as_ref().map(|e| e.flags().dnssec_ok), edns.map(|e| e.1));
        let cut = Message::from_vec(&query.truncated(&bytes, 0)).expect("sound");
        prop_assert!(cut.metadata.truncation && cut.edns.is_some() == edns.is_some());
    }

    /// Bytes of chance, and good ones with some that are not: what is read can be
    /// answered, and the answer can be read.
    #[test]
    fn whatever_comes_is_answered_or_not_but_never_the_end(
        junk in proptest::collection::vec(any::<u8>(), 0..600),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        name in names(),
        use_junk: bool,
    ) {
        let mut all = bytes(&message(&name, 28, Some((4096, true))));
        if use_junk {
            all = junk.clone();
        }
        for (at, byte) in &changes {
            if !all.is_empty() {
                let at = at.index(all.len());
                all[at] = *byte;
            }
        }
        let Ok(query) = Query::parse(&all) else {
            let _ = answer::unread(&all, 1);
            return Ok(());
        };
        let ssa = "2001:db8::1".parse().expect("an address");
        let extended = answer::Extended::other("words");
        for answer in [
            answer::address(&query, &all, ssa),
            answer::no_data(&query, &all),
            answer::any(&query, &all),
            answer::error(&query, &all, ResponseCode::ServFail, Some(&extended)),
            Some(query.truncated(&all, 0)),
        ]
        .into_iter()
        .flatten()
        {
            prop_assert_eq!(&answer[..2], &all[..2]);
            prop_assert!(answer[2] & 0x80 != 0);
        }
        let _ = query.passed_on(&all);
        // An upstream may say anything, too.
        let mut said = junk;
        let _ = times(&said, query.end);
        let _ = expire(&mut said.clone(), query.end);
        let _ = adapt(&mut said, &query, &all);
        let _ = answer::has_own_records(&query, &said);
        let mut to = Vec::new();
        if let Some(cache) = Cache::new(10, 60) {
            cache.put(&query, &said);
            cache.get(&query, &all, 512, &mut to);
        }
    }
}

fn reply(name: &str, ttls: &[u32]) -> Message {
    let mut reply = message(name, 1, Some((1232, false)));
    reply.metadata.message_type = MessageType::Response;
    let name = Name::from_ascii(name).expect("a name");
    for ttl in ttls {
        let data = RData::A(A::new(192, 0, 2, 1));
        reply.add_answer(Record::from_rdata(name.clone(), *ttl, data));
    }
    reply
}

fn query_of(message: &Message) -> (Query, Vec<u8>) {
    let mut query = message.clone();
    query.metadata.message_type = MessageType::Query;
    query.answers.clear();
    query.authorities.clear();
    let bytes = bytes(&query);
    (Query::parse(&bytes).expect("sound"), bytes)
}

#[test]
fn an_answer_is_kept_as_long_as_its_shortest_time() {
    let kept = |message: &Message| {
        let (query, _) = query_of(message);
        times(&bytes(message), query.end).map(|times| times.ttl)
    };
    assert_eq!(kept(&reply("a.test.", &[60, 30])), Some(30));
    assert_eq!(
        kept(&reply("a.test.", &[60, 0])),
        None,
        "RFC 1035: not at all"
    );
    assert_eq!(
        kept(&reply("a.test.", &[60, u32::MAX])),
        None,
        "RFC 2181, section 8"
    );
    assert_eq!(
        kept(&reply("a.test.", &[])),
        None,
        "a denial without an SOA"
    );
    let mut denial = reply("a.test.", &[]);
    denial.metadata.response_code = ResponseCode::NXDomain;
    let zone = Name::from_ascii("test.").expect("a name");
    let soa = SOA::new(zone.clone(), zone.clone(), 1, 2, 3, 4, 20);
    denial.add_authority(Record::from_rdata(zone, 60, RData::SOA(soa)));
    assert_eq!(kept(&denial), Some(20), "RFC 2308, section 5");
    let mut cut = reply("a.test.", &[60]);
    cut.metadata.truncation = true;
    assert_eq!(kept(&cut), None);
    let mut failed = reply("a.test.", &[60]);
    failed.metadata.response_code = ResponseCode::ServFail;
    assert_eq!(kept(&failed), None);
}

#[test]
fn an_answer_that_expires_has_no_time_left() {
    let zone = Name::from_ascii("test.").expect("a name");
    let soa = SOA::new(zone.clone(), zone.clone(), 1, 2, 3, 4, 20);
    let mut message = reply("a.test.", &[60, 30]);
    message.add_authority(Record::from_rdata(zone, 60, RData::SOA(soa)));
    let (query, _) = query_of(&message);
    let mut expired = bytes(&message);
    assert!(expire(&mut expired, query.end));
    let read = Message::from_vec(&expired).expect("sound");
    let ttls = read.answers.iter().chain(&read.authorities).map(|r| r.ttl);
    assert_eq!(ttls.collect::<Vec<_>>(), [0, 0, 0]);
    assert_eq!(read.authorities[0].data, message.authorities[0].data);
    assert_eq!(read.edns, message.edns, "which has flags there");
    let cut = expired.len() - 1;
    assert!(!expire(&mut expired[..cut], query.end));
}

#[test]
fn a_kept_answer_is_the_answer_to_its_own_question_alone() {
    let cache = Cache::new(10, 60).expect("some");
    let answer = reply("a.test.", &[60]);
    let (query, _) = query_of(&answer);
    cache.put(&query, &bytes(&answer));
    let mut to = Vec::new();
    let mut other = answer.clone();
    for (what, message, found) in [
        ("the same", answer.clone(), true),
        ("another spelling", reply("A.tEst.", &[]), true),
        ("another name", reply("b.test.", &[]), false),
        (
            "without EDNS",
            {
                other.edns = None;
                other
            },
            false,
        ),
    ] {
        let (query, bytes) = query_of(&message);
        assert_eq!(cache.get(&query, &bytes, 1232, &mut to), found, "{what}");
        if found {
            let read = Message::from_vec(&to).expect("sound");
            assert_eq!(
                read.queries[0].name().to_ascii(),
                message.queries[0].name().to_ascii()
            );
            assert_eq!(read.answers.len(), 1);
        }
    }
    let (query, bytes) = query_of(&answer);
    assert!(cache.get(&query, &bytes, 20, &mut to));
    assert!(Message::from_vec(&to).expect("sound").metadata.truncation);
}

#[test]
fn long_answers_count_for_several() {
    let held = |records: usize| {
        let cache = Cache::new(200, 60).expect("some");
        for n in 0..400 {
            let answer = reply(&format!("host{n}.test."), &vec![60; records]);
            let (query, _) = query_of(&answer);
            cache.put(&query, &bytes(&answer));
        }
        cache.len()
    };
    let (short, long) = (held(1), held(1000));
    assert!((100..=200).contains(&short), "{short}");
    // Some 16 KB each.
    assert!((1..=200 / 15).contains(&long), "{long}");
}

#[test]
fn an_answer_to_something_else_is_not_taken() {
    let answer = reply("a.test.", &[60]);
    let (query, asked) = query_of(&reply("b.test.", &[]));
    assert!(!adapt(&mut bytes(&answer), &query, &asked));
    assert!(!answers(&bytes(&answer), &asked[HEADER..query.end]));
    let (query, asked) = query_of(&answer);
    assert!(answers(&bytes(&answer), &asked[HEADER..query.end]));
    assert!(
        !answers(&asked, &asked[HEADER..query.end]),
        "a query is no answer"
    );
    assert!(adapt(&mut bytes(&answer), &query, &asked));
}

#[test]
fn aliases_are_not_the_names_own() {
    let mut alias = reply("a.test.", &[]);
    let to = Name::from_ascii("b.test.").expect("a name");
    let name = Name::from_ascii("a.test.").expect("a name");
    alias.add_answer(Record::from_rdata(
        name,
        60,
        RData::CNAME(CNAME(to.clone())),
    ));
    alias.add_answer(Record::from_rdata(to, 60, RData::A(A::new(192, 0, 2, 1))));
    let (query, _) = query_of(&alias);
    assert!(!answer::has_own_records(&query, &bytes(&alias)));
    let own = reply("a.test.", &[60]);
    assert!(answer::has_own_records(&query, &bytes(&own)));
}
