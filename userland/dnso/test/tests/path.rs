// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! From a client's query to an armed address, and what else NOCA says.

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use std::collections::HashSet;
use std::net::UdpSocket;
use std::time::Duration;
use umux_testdnso::client::{
    addresses, ask, ask_tcp, extended_error, plain_query, query, tcp, udp, udp_on,
};
use umux_testdnso::site::{Site, plane};

const PROGRAM: &str = env!("CARGO_BIN_EXE_umux-testdnso");
const NAME: &str = "www.example.com";

#[test]
fn each_query_is_answered_with_an_address_that_is_armed_for_it() {
    let (state, served) = plane(50);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    let noca = site.address("noca");
    let mut seen = HashSet::new();
    for n in 0..20 {
        let name = if n % 2 == 0 {
            NAME
        } else {
            "a.apps.example.com"
        };
        let answer = ask(noca, &query(name, RecordType::AAAA));
        let ssas = addresses(&answer);
        assert_eq!(ssas.len(), 1, "{answer:?}");
        assert!(seen.insert(ssas[0]), "{} was given twice", ssas[0]);
        assert_eq!(answer.answers[0].ttl, 0);
        assert!(!answer.metadata.authentic_data);
    }
    let armed: HashSet<_> = state.armed().into_iter().map(|(ssa, _)| ssa).collect();
    assert_eq!(seen, armed, "what is told is what is armed");
    assert!(
        state
            .armed()
            .iter()
            .all(|(_, spec)| spec.lifetime_ms == 30_000)
    );
    assert!(
        state
            .armed()
            .iter()
            .all(|(_, spec)| spec.client.prefix_len() == 0)
    );
    assert!(
        !ask_tcp(noca, &query(NAME, RecordType::AAAA))
            .answers
            .is_empty()
    );
}

#[test]
fn an_address_made_from_the_name_passes_duplicate_address_detection_first() {
    let (state, served) = plane(0);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "address = \"hash\"");
    let noca = site.address("noca");
    let first = addresses(&ask(noca, &query(NAME, RecordType::AAAA)));
    let second = addresses(&ask(noca, &query(NAME, RecordType::AAAA)));
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_ne!(first, second);
    assert_eq!(state.armed().len(), 2);

    state.set_dad(umux_testplane::Dad::AllDuplicates);
    let answer = ask(noca, &query(NAME, RecordType::AAAA));
    assert_eq!(answer.metadata.response_code, ResponseCode::ServFail);
    let tried = state.tried().len();
    assert!(
        tried > 3,
        "another address is tried after a collision, {tried} in all"
    );
    assert!(
        extended_error(&answer)
            .expect("words")
            .contains("somebody's already")
    );
}

#[test]
fn other_types_of_an_overridden_name_never_lead_around_it() {
    let (state, served) = plane(10);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    let noca = site.address("noca");
    for rrtype in [RecordType::A, RecordType::HTTPS, RecordType::SVCB] {
        let answer = ask(noca, &query(NAME, rrtype));
        assert_eq!(
            answer.metadata.response_code,
            ResponseCode::NoError,
            "{rrtype}"
        );
        assert!(answer.answers.is_empty(), "{rrtype}");
        let RData::SOA(soa) = &answer.authorities[0].data else {
            panic!("an SOA says that it is a denial");
        };
        assert_eq!((answer.authorities[0].ttl, soa.minimum), (0, 0));
    }
    let any = ask(noca, &query(NAME, RecordType::ANY));
    assert!(matches!(any.answers[0].data, RData::HINFO(_)));
    for (name, rrtype) in [
        (NAME, RecordType::MX),
        ("alias.apps.example.com", RecordType::TXT),
        ("alias.apps.example.com", RecordType::Unknown(65_280)),
    ] {
        let answer = ask(noca, &query(name, rrtype));
        assert_eq!(
            answer.metadata.response_code,
            ResponseCode::NoError,
            "{name} {rrtype}"
        );
        assert!(answer.answers.is_empty(), "no alias, no denial of the name");
    }
    let mail = ask(noca, &query("mail.apps.example.com", RecordType::MX));
    assert_eq!(mail.answers.len(), 1, "what the name itself has is told");
    // Long ones are cut for UDP, and whole by TCP; one by UDP that the upstream cut
    // is no denial.
    let big = query("big.apps.example.com", RecordType::TXT);
    let long = ask(noca, &big);
    assert!(long.metadata.truncation && long.answers.is_empty());
    assert!(long.authorities.is_empty(), "which would be a denial");
    let whole = ask_tcp(noca, &big);
    assert_eq!(
        (whole.answers.len(), whole.metadata.truncation),
        (20, false)
    );
    let middle = ask(noca, &query("middle.apps.example.com", RecordType::TXT));
    assert_eq!(
        (middle.answers.len(), middle.metadata.truncation),
        (4, false)
    );
    let middle = plain_query("middle.apps.example.com", RecordType::TXT);
    let answer = ask(noca, &middle);
    assert!(answer.metadata.truncation && answer.answers.is_empty());
    for rrtype in [RecordType::AXFR, RecordType::IXFR] {
        let answer = ask(noca, &query(NAME, rrtype));
        assert_eq!(answer.metadata.response_code, ResponseCode::Refused);
    }
    assert!(state.armed().is_empty(), "none of these costs an address");
}

#[test]
fn ordinary_names_are_the_upstreams_and_kept() {
    let (_, served) = plane(1);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    let noca = site.address("noca");
    let answer = ask(noca, &query("host.test", RecordType::A));
    assert!(matches!(answer.answers[0].data, RData::A(a) if a.0.octets() == [192, 0, 2, 80]));
    assert_eq!(answer.answers[0].ttl, 60);
    let asked = site.upstream.asked();
    std::thread::sleep(Duration::from_millis(1100));
    let again = ask(noca, &query("HOST.test", RecordType::A));
    assert_eq!(site.upstream.asked(), asked, "it was kept");
    assert!(again.answers[0].ttl < 60, "and grows older");
    assert_eq!(again.queries[0].name().to_ascii(), "HOST.test.", "0x20");

    for name in ["none.test", "none.test"] {
        let none = ask(noca, &query(name, RecordType::A));
        assert_eq!(none.metadata.response_code, ResponseCode::NXDomain);
    }
    assert_eq!(site.upstream.asked(), asked + 1, "denials are kept, too");

    let failed = ask(noca, &query("servfail.test", RecordType::A));
    assert_eq!(failed.metadata.response_code, ResponseCode::ServFail);
    let before = site.upstream.asked();
    ask(noca, &query("servfail.test", RecordType::A));
    assert!(site.upstream.asked() > before, "failures are not kept");
    let alias = ask(noca, &query("alias.test", RecordType::A));
    assert!(
        matches!(alias.answers[0].data, RData::CNAME(_)),
        "untouched"
    );
    let silent = ask(noca, &query("silent.test", RecordType::A));
    assert_eq!(silent.metadata.response_code, ResponseCode::ServFail);
    assert!(
        extended_error(&silent)
            .expect("words")
            .contains("did not answer")
    );
}

#[test]
fn bits_and_sizes_are_as_the_client_wants_them() {
    let (_, served) = plane(10);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    let noca = site.address("noca");

    let mut checking = query(NAME, RecordType::AAAA);
    checking.metadata.checking_disabled = true;
    checking.metadata.authentic_data = true;
    checking.edns.as_mut().expect("EDNS").set_dnssec_ok(true);
    let answer = ask(noca, &checking);
    assert!(answer.metadata.checking_disabled);
    assert!(!answer.metadata.authentic_data, "nobody signed it");
    assert!(answer.edns.as_ref().expect("EDNS").flags().dnssec_ok);
    let plain = ask(noca, &plain_query(NAME, RecordType::AAAA));
    assert!(plain.edns.is_none(), "no EDNS to those that have none");

    // The flags go on to the upstream, and answers with and without are two.
    let mut checking = query("flags.test", RecordType::A);
    checking.metadata.checking_disabled = true;
    checking.metadata.authentic_data = true;
    checking.edns.as_mut().expect("EDNS").set_dnssec_ok(true);
    assert!(ask(noca, &checking).metadata.authentic_data);
    let passed_on = Message::from_vec(&site.upstream.last()).expect("a query");
    assert!(passed_on.metadata.checking_disabled);
    assert!(passed_on.edns.expect("EDNS").flags().dnssec_ok);
    let before = site.upstream.asked();
    assert!(
        !ask(noca, &query("flags.test", RecordType::A))
            .metadata
            .authentic_data
    );
    assert_eq!(site.upstream.asked(), before + 1);

    let mut future = query("a.test", RecordType::A);
    future.edns.as_mut().expect("EDNS").set_version(1);
    let answer = ask(noca, &future);
    assert_eq!(answer.edns.expect("EDNS").rcode_high(), 1, "BADVERS");

    // Long answers are cut for UDP, and whole by TCP.
    let long = ask(noca, &query("big.test", RecordType::TXT));
    assert!(long.metadata.truncation && long.answers.is_empty());
    let whole = ask_tcp(noca, &query("big.test", RecordType::TXT));
    assert_eq!(
        (whole.answers.len(), whole.metadata.truncation),
        (20, false)
    );
    let long = ask(noca, &plain_query("big.test", RecordType::TXT));
    assert!(long.metadata.truncation, "also from the cache");
}

#[test]
fn what_is_no_query_does_no_harm() {
    let (_, served) = plane(10);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    let noca = site.address("noca");
    let good = query(NAME, RecordType::AAAA).to_vec().expect("bytes");
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let code = |bytes: &[u8]| {
        let answer = udp_on(&socket, noca, bytes, Duration::from_millis(500))?;
        Some(answer[3] & 0xf)
    };
    let mut answer = good.clone();
    answer[2] |= 0x80;
    let mut notify = good.clone();
    notify[2] |= 0x20;
    let mut two = good.clone();
    two[5] = 2;
    let mut pointer = good.clone();
    pointer[12] = 0xc0;
    let mut long_label = good.clone();
    long_label[12] = 64;
    let cut = &good[..good.len() - 3];
    let mut two_opts = good.clone();
    two_opts.extend_from_slice(&[0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]);
    two_opts[11] = 2;
    for (what, bytes, expected) in [
        ("nothing", &good[..0], None),
        ("half a header", &good[..7], None),
        ("an answer", &answer, None),
        ("a notification", &notify, Some(4)),
        ("two questions", &two, Some(1)),
        ("a pointer that leads in a circle", &pointer, Some(1)),
        ("a label that is too long", &long_label, Some(1)),
        ("one that was cut", cut, Some(1)),
        ("two OPTs", &two_opts, Some(1)),
    ] {
        assert_eq!(code(bytes), expected, "{what}");
    }
    assert!(
        tcp(noca, &good[..5]).is_none(),
        "nonsense by TCP is hung up on"
    );
    assert_eq!(code(&good), Some(0), "and it goes on");
}

#[test]
fn a_query_that_is_sent_again_is_answered_as_before() {
    let (state, served) = plane(10);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    let noca = site.address("noca");
    let bytes = query(NAME, RecordType::AAAA).to_vec().expect("bytes");
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let first = udp_on(&socket, noca, &bytes, Duration::from_secs(5));
    assert_eq!(first, udp_on(&socket, noca, &bytes, Duration::from_secs(5)));
    assert_eq!(state.armed().len(), 1);
    assert_ne!(first, udp(noca, &bytes), "another client gets another one");
}

#[test]
fn a_client_is_admitted_alone_when_it_is_said_so() {
    let (state, served) = plane(10);
    let mut site = Site::new(PROGRAM);
    let over = r#"
[[client]]
name = "desk"
from = ["127.0.0.1"]
address = "2001:db8:9::17"
"#;
    site.simple(&served, over, "admit = \"client\"");
    let noca = site.address("noca");
    assert!(!ask(noca, &query(NAME, RecordType::AAAA)).answers.is_empty());
    assert_eq!(state.armed()[0].1.client.to_string(), "2001:db8:9::17/128");
}

#[test]
fn answers_that_are_forged_are_not_believed() {
    let (_, served) = plane(1);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    site.upstream.forge();
    for n in 0..20 {
        let name = format!("host{n}.test");
        let answer = ask(site.address("noca"), &query(&name, RecordType::A));
        assert_eq!(
            answer.queries[0].name(),
            &Name::from_ascii(format!("{name}.")).expect("a name")
        );
        assert!(matches!(answer.answers[0].data, RData::A(a) if a.0.octets() == [192, 0, 2, 80]));
    }
}
