// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Many clients, some behind one forwarder: what one does is not another's harm.

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::opt::{ClientSubnet, EdnsOption};
use hickory_proto::rr::{Name, RecordType};
use std::collections::HashSet;
use std::net::{TcpStream, UdpSocket};
use std::time::Duration;
use umux_testdnso::client::{addresses, ask, ask_tcp, query, tcp, tcp_on, udp_on};
use umux_testdnso::site::{NOCA, Site, plane, wait_until};

const PROGRAM: &str = env!("CARGO_BIN_EXE_umux-testdnso");
const NAME: &str = "www.example.com";

fn bytes(message: &Message) -> Vec<u8> {
    message.to_vec().expect("bytes")
}

#[test]
fn clients_behind_one_forwarder_do_not_get_each_others_addresses() {
    let (state, served) = plane(50);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    let noca = site.address("noca");
    let mut seen = HashSet::new();
    let mut is_new = |what: &str, answer: Option<Vec<u8>>| {
        let answer = Message::from_vec(&answer.expect(what)).expect("a message");
        assert_eq!(addresses(&answer).len(), 1, "{what}");
        assert!(seen.insert(addresses(&answer)[0]), "{what}: a second time");
        answer
    };
    let plain = query(NAME, RecordType::AAAA);
    let with = |change: &dyn Fn(&mut Message)| {
        let mut message = plain.clone();
        change(&mut message);
        bytes(&message)
    };
    let subnet = |text: &str| {
        let subnet: ClientSubnet = text.parse().expect("a prefix");
        with(&|m| {
            let edns = m.edns.as_mut().expect("EDNS");
            edns.options_mut().insert(EdnsOption::Subnet(subnet));
        })
    };

    // The same number, from the same port.
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let mut by_udp = |what: &str, bytes: &[u8]| {
        let answer = udp_on(&socket, noca, bytes, Duration::from_secs(10));
        is_new(what, answer)
    };
    by_udp("no subnet", &bytes(&plain));
    by_udp("one client", &subnet("2001:db8:9::1/128"));
    by_udp("another", &subnet("2001:db8:9::2/128"));
    let odd = with(&|m| {
        m.queries[0].set_name(Name::from_ascii("wWw.ExAmPlE.cOm.").expect("a name"));
    });
    let answer = by_udp("another spelling", &odd);
    assert_eq!(answer.queries[0].name().to_ascii(), "wWw.ExAmPlE.cOm.");
    let answer = by_udp("without EDNS", &with(&|m| m.edns = None));
    assert!(answer.edns.is_none());
    for client in ["one client", "another"] {
        by_udp(client, &with(&|m| m.metadata.id = 0));
    }

    // By TCP, on one connection.
    let mut stream = TcpStream::connect(noca).expect("it listens");
    for client in ["one client", "another"] {
        is_new(client, tcp_on(&mut stream, &bytes(&plain)));
    }
    assert_eq!(state.armed().len(), 9);
}

/// As resolvers of hosts do that hear nothing for a while.
#[test]
fn a_query_that_is_sent_again_while_it_is_under_way_is_answered_once() {
    let (state, served) = plane(10);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    let noca = site.address("noca");
    let ask = bytes(&query(NAME, RecordType::AAAA));
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    state.hang(Duration::from_millis(300));
    for _ in 0..3 {
        socket.send_to(&ask, noca).expect("sent");
    }
    let first = udp_on(&socket, noca, &ask, Duration::from_secs(10));
    let first = first.expect("the answer");
    let mut room = [0; 4096];
    let limit = Duration::from_millis(600);
    socket.set_read_timeout(Some(limit)).expect("a time");
    assert!(socket.recv(&mut room).is_err(), "one for all");
    // The answer was lost on its way.
    let again = udp_on(&socket, noca, &ask, Duration::from_secs(10));
    assert_eq!(again.as_ref(), Some(&first));
    let first = Message::from_vec(&first).expect("a message");
    assert_eq!(addresses(&first).len(), 1);
    assert_eq!(state.armed().len(), 1);
}

#[test]
fn a_refusal_is_not_remembered() {
    let (_, served) = plane(10);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    let noca = NOCA.replace("OVERRIDE", "");
    site.config("noca", &format!("[clients]\nrate = 1\nburst = 1\n{noca}"));
    site.kill("noca");
    site.start("noca");
    site.wait_for("noca", "channel is there");
    let noca = site.address("noca");
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let ask = |message: &Message| {
        let answer = udp_on(&socket, noca, &bytes(message), Duration::from_secs(10));
        let answer = Message::from_vec(&answer.expect("an answer")).expect("a message");
        answer.metadata.response_code
    };
    let (first, second) = (query(NAME, RecordType::AAAA), query(NAME, RecordType::AAAA));
    assert_eq!(ask(&first), ResponseCode::NoError);
    assert_eq!(ask(&second), ResponseCode::Refused);
    assert_eq!(ask(&first), ResponseCode::NoError, "it has it already");
    std::thread::sleep(Duration::from_millis(1200));
    assert_eq!(ask(&second), ResponseCode::NoError, "sent again later");
}

#[test]
fn connections_that_are_idle_make_room_for_others() {
    let (_, served) = plane(1);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    let noca = site.address("noca");
    // More than one client may have, and none says anything.
    let idle: Vec<_> = (0..40)
        .map(|_| TcpStream::connect(noca).expect("it listens"))
        .collect();
    let answer = tcp(noca, &bytes(&query("host.test", RecordType::A)));
    assert!(answer.is_some(), "and is answered");
    drop(idle);
}

#[test]
fn who_may_not_ask_is_refused_by_udp_and_tcp_until_a_reload_says_otherwise() {
    let (state, served) = plane(10);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    let noca = site.address("noca");
    let allow = |site: &mut Site, nets: &str| {
        let text = NOCA.replace("OVERRIDE", "");
        site.config("noca", &format!("{text}\n[clients]\nallow = [{nets}]\n"));
        site.signal("noca", nix::sys::signal::Signal::SIGHUP);
    };
    let code = |name: &str| {
        ask(noca, &query(name, RecordType::AAAA))
            .metadata
            .response_code
    };
    assert_eq!(code(NAME), ResponseCode::NoError);
    allow(&mut site, "\"192.0.2.0/24\", \"2001:db8::/32\"");
    wait_until("the reload is through", || {
        code(NAME) == ResponseCode::Refused
    });
    let armed = state.armed().len();
    for name in [NAME, "host.test"] {
        let question = query(name, RecordType::AAAA);
        let answers = [ask(noca, &question), ask_tcp(noca, &question)];
        for answer in answers {
            assert_eq!(
                answer.metadata.response_code,
                ResponseCode::Refused,
                "{name}"
            );
            assert!(answer.answers.is_empty());
        }
    }
    assert_eq!(state.armed().len(), armed, "nothing was made for them");
    allow(&mut site, "\"127.0.0.0/8\"");
    wait_until("the reload is through", || {
        code(NAME) == ResponseCode::NoError
    });
}
