// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Wrong keys, tables and answers: a clear line in the log, the right DNS answer, and
//! never another client's address.

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{Name, RecordType};
use std::io::Write;
use std::net::{Ipv6Addr, TcpStream, UdpSocket};
use std::time::Duration;
use umux_testdnso::client::{address, addresses, ask, extended_error, query, udp_on};
use umux_testdnso::site::{BROKER, NOCA, NOSA, Site, fill, plane, wait_until};

const PROGRAM: &str = env!("CARGO_BIN_EXE_umux-testdnso");
const NAME: &str = "www.example.com";

fn aaaa(site: &Site, name: &str) -> Message {
    ask(site.address("noca"), &query(name, RecordType::AAAA))
}

/// SERVFAIL, and the words for the person who looks.
fn failure(answer: &Message) -> String {
    assert_eq!(answer.metadata.response_code, ResponseCode::ServFail);
    assert!(answer.answers.is_empty());
    extended_error(answer).expect("words")
}

#[test]
fn an_exhausted_pool_is_servfail_or_plain_as_configured_and_recovers() {
    for (over, plain) in [("", false), ("on_failure = \"plain\"", true)] {
        let (state, served) = plane(2);
        let mut site = Site::new(PROGRAM);
        site.simple(&served, over, "");
        let noca = site.address("noca");
        let first = address(noca, NAME).expect("ready");
        assert_ne!(Some(first), address(noca, NAME));
        let answer = aaaa(&site, NAME);
        if plain {
            assert_eq!(
                addresses(&answer)[0].segments()[2],
                0xaaaa,
                "the upstream's"
            );
            assert_eq!(answer.answers[0].ttl, 0, "no cache goes around with it");
            site.wait_for("noca", "what the upstream says");
        } else {
            let why = failure(&answer);
            assert!(why.contains("no address"), "{why}");
        }
        site.wait_for("noca", "reason=\"exhausted\"");
        fill(&state, 0x500, 5);
        wait_until("addresses are there again", || {
            address(noca, NAME).is_some_and(|a| a.segments()[2] == 1)
        });
    }
}

#[test]
fn names_that_nobody_knows_are_told_so() {
    let (_, served) = plane(2);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    let why = failure(&aaaa(&site, "unknown.example.com"));
    assert!(
        why.contains("[[service]]") && why.contains("unknown.example.com"),
        "{why}"
    );
    // A name that cannot be written harms nobody.
    let mut odd = query("a.apps.example.com", RecordType::AAAA);
    let labels = [&b"a b"[..], b"apps", b"example", b"com"];
    odd.queries[0].set_name(Name::from_labels(labels).expect("a name"));
    let answer = ask(site.address("noca"), &odd);
    assert_eq!(answer.metadata.response_code, ResponseCode::Refused);
    assert!(address(site.address("noca"), NAME).is_some());
}

/// An address that a client was given opens its server's door: it is in no text that
/// another client, or a reader of a log of the default level, gets to see.
fn assert_untold(text: &str, address: Ipv6Addr) {
    let address = address.to_string();
    let told = text
        .lines()
        .find(|line| !line.contains("DEBUG") && line.contains(&address));
    assert_eq!(told, None, "{address} is told");
}

#[test]
fn an_agent_that_lies_is_not_believed() {
    let (state, served) = plane(100);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    let noca = site.address("noca");
    let mine = address(noca, NAME).expect("ready");
    // Another client's address, said a second time.
    state.lie(Some(mine));
    let why = failure(&aaaa(&site, NAME));
    assert!(why.contains("second time"), "{why}");
    assert_untold(&why, mine);
    site.wait_for("nosa", "said what cannot be true");
    for part in ["noca", "broker", "nosa", "dasd"] {
        assert_untold(&site.log(part), mine);
    }
    // It is left alone then.
    state.lie(None);
    let why = failure(&aaaa(&site, NAME));
    assert!(why.contains("cannot be true"), "{why}");
}

#[test]
fn an_address_of_another_network_is_not_believed() {
    let (state, served) = plane(100);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    state.lie(Some("2001:db8:666::1".parse().expect("an address")));
    let why = failure(&aaaa(&site, NAME));
    assert!(why.contains("none of its prefixes"), "{why}");
}

#[test]
fn a_nosa_that_lies_is_not_believed_by_the_noca() {
    let (state, served) = plane(100);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "prefixes = [\"2001:db8:2::/64\"]", "");
    let why = failure(&aaaa(&site, NAME));
    assert!(why.contains("no address that this name can have"), "{why}");
    drop(state);
}

/// A NOSA that was started anew remembers nothing; the NOCA does.
#[test]
fn an_address_that_another_client_has_is_not_given_even_if_the_nosa_says_so() {
    let (state, served) = plane(100);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    let mine = address(site.address("noca"), NAME).expect("ready");
    site.kill("nosa");
    site.start("nosa");
    site.wait_for("nosa", "channel is there");
    state.lie(Some(mine));
    wait_until("the NOSA is asked again", || {
        let answer = aaaa(&site, NAME);
        assert!(addresses(&answer).is_empty(), "{mine} a second time");
        let why = failure(&answer);
        assert_untold(&why, mine);
        why.contains("given to another client")
    });
    site.wait_for("noca", "an answer that cannot be true");
    for part in ["noca", "broker", "nosa", "dasd"] {
        assert_untold(&site.log(part), mine);
    }
}

#[test]
fn a_key_that_is_not_pinned_is_told_on_both_sides() {
    let (_, served) = plane(10);
    let mut site = Site::new(PROGRAM);
    site.part("stranger", "broker");
    site.simple(&served, "budget_ms = 500", "");
    // The NOCA pins another key than the broker has.
    site.config(
        "noca",
        &NOCA
            .replace("OVERRIDE", "")
            .replace("{broker.key}", "{stranger.key}"),
    );
    site.kill("noca");
    site.start("noca");
    site.wait_for("noca", "is the key that is pinned for it its own?");
    site.wait_for("broker", "the keys do not match");
    failure(&aaaa(&site, NAME));
    // The broker does not know the key of the NOCA.
    site.config("noca", &NOCA.replace("OVERRIDE", ""));
    site.config("broker", &BROKER.replace("{noca.key}", "{stranger.key}"));
    for name in ["broker", "noca"] {
        site.kill(name);
        site.start(name);
    }
    site.wait_for("noca", "is our key in one of its [[peer]]s?");
    let key = site.key("noca").to_string();
    site.wait_for("broker", &format!("the key {key} is not known here"));
    failure(&aaaa(&site, NAME));
}

/// Clients of the DNS ask as often as they like, and may not fill any log.
#[test]
fn failures_that_clients_can_cause_are_logged_a_few_times_and_counted() {
    const QUERIES: usize = 300;
    let (_, served) = plane(0);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    // Nobody is limited before there is no address.
    let noca = NOCA.replace("OVERRIDE", "budget_ms = 50");
    let noca = format!("[clients]\nrate = 100000\n{noca}");
    site.config("noca", &noca);
    site.kill("noca");
    site.start("noca");
    site.wait_for("noca", "channel is there");
    let ask_many = |site: &Site| {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        for id in 1..=QUERIES as u16 {
            let mut query = query(NAME, RecordType::AAAA);
            query.metadata.id = id;
            let query = query.to_vec().expect("bytes");
            let answer = udp_on(
                &socket,
                site.address("noca"),
                &query,
                Duration::from_secs(10),
            );
            let answer = Message::from_vec(&answer.expect("an answer")).expect("a message");
            failure(&answer);
        }
    };
    let is_about = |line: &&str| line.contains("no address: ") || line.contains("no SSA: ");
    let check = |site: &Site, parts: &[&str]| {
        for part in parts {
            let log = site.log(part);
            let (rest, written): (Vec<_>, Vec<_>) = log
                .lines()
                .filter(is_about)
                .partition(|line| line.contains("DEBUG"));
            let all = rest.len() + written.len();
            assert!(all > QUERIES - 50, "{part}: {all} lines with --verbose");
            assert!(
                (1..50).contains(&written.len()),
                "{part}: {} lines",
                written.len()
            );
        }
    };
    ask_many(&site);
    check(&site, &["noca", "broker", "nosa"]);
    site.kill("broker");
    ask_many(&site);
    check(&site, &["noca"]);
    // How many there were is told with the next one that is.
    wait_until("a line is written again", || {
        failure(&aaaa(&site, NAME));
        site.log("noca").contains(" left_out=")
    });
}

#[test]
fn what_is_no_channel_harms_nobody() {
    let (_, served) = plane(10);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    for bytes in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        b"UMUXDNS1\xff\xff",
        b"UMUXDNS1\0\0",
        b"",
    ] {
        for name in ["broker", "nosa", "dasd"] {
            let mut stream = TcpStream::connect(site.address(name)).expect("it listens");
            stream.write_all(bytes).expect("sent");
        }
    }
    site.wait_for("broker", "does not speak this version");
    assert!(address(site.address("noca"), NAME).is_some());
}

#[test]
fn a_table_that_leads_in_a_circle_is_noticed() {
    let (_, served) = plane(10);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    // The broker takes itself for the NOSA.
    let circle = BROKER.replace("{nosa.", "{broker.")
        + "[[peer]]\nname = \"itself\"\nkey = \"{broker.key}\"\n";
    site.config("broker", &circle);
    site.kill("broker");
    site.start("broker");
    site.wait_for("broker", "channel is there peer=\"nosa\"");
    wait_until("the NOCA is back", || {
        extended_error(&aaaa(&site, NAME)).is_some_and(|why| why.contains("circle"))
    });
    assert!(site.is_running("broker"));
}

#[test]
fn a_part_that_is_asked_for_what_is_anothers_says_who_it_is() {
    let (_, served) = plane(10);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    // The NOSA takes the broker for an agent.
    site.config(
        "nosa",
        &NOSA.replace("SERVICE", "").replace("{dasd.", "{broker."),
    );
    site.config(
        "broker",
        &(BROKER.to_string() + "[[peer]]\nname = \"nosa\"\nkey = \"{nosa.key}\"\n"),
    );
    for name in ["broker", "nosa"] {
        site.kill(name);
        site.start(name);
    }
    site.wait_for("nosa", "this is a umux-broker, which knows no state");
}

#[test]
fn a_client_that_asks_too_much_is_refused() {
    let (state, served) = plane(100);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    site.config(
        "noca",
        &format!(
            "[clients]\nrate = 1\nburst = 5\n{}",
            NOCA.replace("OVERRIDE", "")
        ),
    );
    site.kill("noca");
    site.start("noca");
    site.wait_for("noca", "channel is there");
    let answers: Vec<Message> = (0..20).map(|_| aaaa(&site, NAME)).collect();
    let refused = answers
        .iter()
        .filter(|a| a.metadata.response_code == ResponseCode::Refused)
        .count();
    assert!((10..=15).contains(&refused), "{refused} of 20");
    assert!(state.armed().len() <= 10);
}

#[test]
fn a_client_that_is_not_known_is_not_served_where_it_has_to_be() {
    let (_, served) = plane(10);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "admit = \"client\"");
    let why = failure(&aaaa(&site, NAME));
    assert!(
        why.contains("[[client]]") && why.contains("127.0.0.1"),
        "{why}"
    );
}

#[test]
fn an_upstream_that_leads_back_is_left_alone() {
    let (_, served) = plane(10);
    let mut site = Site::new(PROGRAM);
    site.part("other", "noca");
    site.simple(&served, "", "");
    let text = |upstream: &str| {
        NOCA.replace("OVERRIDE", "")
            .replace("{upstream.address}", upstream)
    };
    site.config("other", &text("{noca.address}"));
    site.config("noca", &text("{other.address}"));
    site.start("other");
    // What the other one looks for is found before the circle is there.
    let through = ask(site.address("other"), &query("host.test", RecordType::A));
    assert_eq!(through.answers.len(), 1);
    site.kill("noca");
    site.start("noca");
    site.wait_for("noca", "it asks us what we ask it");
    let answer = ask(site.address("noca"), &query("host.test", RecordType::A));
    assert_eq!(answer.metadata.response_code, ResponseCode::ServFail);
    // And asked again when it does not any more.
    let ordinary = site.upstream.address().to_string();
    site.config("other", &text(&ordinary));
    site.signal("other", nix::sys::signal::Signal::SIGHUP);
    site.wait_for("noca", "it asks us no more");
    let answer = ask(site.address("noca"), &query("host.test", RecordType::A));
    assert_eq!(answer.answers.len(), 1);
}

/// Nobody was told of what was armed too late: the plane has it no more.
#[test]
fn an_agent_that_is_late_leaves_nothing_armed() {
    let pool = umux_testplane::pool(umux_testdnso::site::POOL);
    for (addresses, source) in [(10, "pool"), (0, "hash")] {
        let (state, served) = plane(addresses);
        let mut site = Site::new(PROGRAM);
        let service = format!("attempt_ms = 300\naddress = \"{source}\"");
        site.simple(&served, "budget_ms = 600", &service);
        state.hang(std::time::Duration::from_millis(900));
        let why = failure(&aaaa(&site, NAME));
        assert!(
            why.contains("in time") || why.contains("within"),
            "{source}: {why}"
        );
        wait_until("it is armed, too late, and withdrawn", || {
            !state.armed().is_empty() && state.withdrawn().len() == state.armed().len()
        });
        // Those that were not armed are as ready as they were.
        let left = state.addresses(&pool).len();
        let armed = state.armed().len();
        assert_eq!(
            left,
            usize::from(addresses).saturating_sub(armed),
            "{source}"
        );
        state.hang(std::time::Duration::ZERO);
        wait_until("it is asked again", || {
            address(site.address("noca"), NAME).is_some()
        });
    }
}

#[test]
fn an_address_whose_detection_takes_too_long_does_not_stay() {
    let pool = umux_testplane::pool(umux_testdnso::site::POOL);
    let (state, served) = plane(0);
    let mut site = Site::new(PROGRAM);
    site.simple(
        &served,
        "budget_ms = 600",
        "attempt_ms = 300\naddress = \"hash\"",
    );
    state.set_dad(umux_testplane::Dad::ByHand);
    failure(&aaaa(&site, NAME));
    assert!(!state.tried().is_empty());
    wait_until("it is gone", || state.addresses(&pool).is_empty());
}
