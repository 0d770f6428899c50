// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What administrators see of the parts, and resolvers that fail.

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{Name, RecordType};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::process::Command;
use std::time::{Duration, Instant};
use umux_testdnso::client::{address, addresses, ask, query};
use umux_testdnso::site::{NOCA, NOSA, Site, free_port, plane, wait_until};

const PROGRAM: &str = env!("CARGO_BIN_EXE_umux-testdnso");
const NAME: &str = "www.example.com";

fn metrics(port: u16) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it serves");
    let request = "GET /metrics HTTP/1.1\r\nHost: noca\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).expect("sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("text");
    text
}

#[test]
fn parts_count_what_they_do_and_log_for_programs_too() {
    let (_, served) = plane(10);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    let port = free_port();
    let text = format!(
        "[daemon]\nlog_format = \"json\"\nmetrics = \"127.0.0.1:{port}\"\n{}",
        NOCA.replace("OVERRIDE", "")
    );
    site.kill("noca");
    let before = site.log("noca").len();
    site.config("noca", &text);
    site.start("noca");
    wait_until("the channel is there", || {
        address(site.address("noca"), NAME).is_some()
    });
    ask(site.address("noca"), &query(NAME, RecordType::A));
    ask(site.address("noca"), &query("host.test", RecordType::A));
    ask(site.address("noca"), &query("host.test", RecordType::A));
    let text = metrics(port);
    for line in [
        "umux_noca_queries_total{outcome=\"overridden_other\"} 1",
        "umux_noca_queries_total{outcome=\"passed_on\"} 1",
        "umux_noca_queries_total{outcome=\"cached\"} 1",
        "umux_dnso_channel_up{peer=\"broker\"} 1",
        "umux_dnso_calls_total{peer=\"broker\",outcome=\"ok\"}",
        "umux_noca_address_seconds_count",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    let log = site.log("noca");
    let lines: Vec<&str> = log[before..].lines().collect();
    assert!(lines.len() > 2, "{lines:?}");
    for line in lines {
        assert!(line.starts_with('{') && line.ends_with('}'), "{line}");
        assert!(line.contains("\"level\""), "{line}");
    }
}

#[test]
fn an_agent_that_cannot_be_reached_does_not_count_as_fit() {
    let (_, served) = plane(10);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    let port = free_port();
    let text = NOSA.replace("SERVICE", "");
    let text = format!("[daemon]\nmetrics = \"127.0.0.1:{port}\"\n{text}");
    site.kill("nosa");
    site.config("nosa", &text);
    site.start("nosa");
    for fit in [1, 0, 1] {
        let line = format!("umux_nosa_agent_fit{{peer=\"dasd\"}} {fit}");
        wait_until(&line, || metrics(port).contains(&line));
        match fit {
            1 => site.kill("dasd"),
            _ => site.start("dasd"),
        }
    }
}

#[test]
fn each_configuration_is_checked_without_being_put_to_work() {
    let (_, served) = plane(10);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    for (name, plan) in [
        ("noca", "www.example.com: broker"),
        ("broker", "*.example.com: nosa"),
        ("nosa", "www.example.com"),
        ("dasd", "arms addresses for http: TCP port 80"),
    ] {
        let check = |site: &Site| {
            let output = Command::new(PROGRAM)
                .args([name, "--check-config", "--config"])
                .arg(site.config_path(name))
                .output()
                .expect("it starts");
            let text = [output.stdout, output.stderr].concat();
            let text = String::from_utf8(text).expect("text");
            (output.status.code(), text)
        };
        // Its twin runs, and is in nobody's way.
        let (code, text) = check(&site);
        assert_eq!(code, Some(0), "{text}");
        let key = format!("its key is {}", site.key(name));
        assert!(text.contains(plan) && text.contains(&key), "{name}: {text}");
        site.config(name, "nonsense = 1");
        let (code, text) = check(&site);
        assert_eq!(code, Some(78), "{name}: {text}");
        assert!(text.contains("nonsense"), "{name}: {text}");
    }
}

#[test]
fn an_upstream_that_is_silent_is_asked_last_until_it_answers() {
    let (_, served) = plane(10);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    let silent = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let text = format!(
        "upstream_ms = 300\n[[upstream]]\naddress = \"{}\"\n{}",
        silent.local_addr().expect("bound"),
        NOCA.replace("OVERRIDE", "")
    );
    site.config("noca", &text);
    site.kill("noca");
    site.start("noca");
    site.wait_for("noca", "channel is there");
    let noca = site.address("noca");
    let take = |n: u32| {
        let begin = Instant::now();
        let answer = ask(noca, &query(&format!("host{n}.test"), RecordType::A));
        assert_eq!(answer.metadata.response_code, ResponseCode::NoError);
        assert_eq!(answer.answers.len(), 1, "the second one answers");
        begin.elapsed()
    };
    assert!(
        take(0) >= Duration::from_millis(300),
        "the first was waited for"
    );
    for n in 1..4 {
        take(n);
    }
    site.wait_for("noca", "asked last for a while");
    let rests: Duration = (10..20).map(take).sum();
    // Waiting for the first would take ten times 300 ms; the machine may be busy.
    assert!(rests < Duration::from_millis(1500), "ten took {rests:?}");
    // It says something again, and is asked first.
    let begin = Instant::now();
    silent
        .set_read_timeout(Some(Duration::from_millis(50)))
        .expect("a time");
    let mut room = [0; 4096];
    let mut heard: Option<SocketAddr> = None;
    while heard.is_none() && begin.elapsed() < Duration::from_secs(25) {
        while silent.recv_from(&mut room).is_ok() {}
        let client = std::thread::spawn(move || {
            let name = format!("again{}.test", begin.elapsed().as_millis());
            ask(noca, &query(&name, RecordType::A))
        });
        // Not the question of chance that looks for circles.
        match silent.recv_from(&mut room) {
            Ok((len, from)) if room[13..].starts_with(b"again") => {
                // REFUSED is a word, if no help.
                room[2] |= 0x80;
                room[3] = 5;
                silent.send_to(&room[..len], from).expect("sent");
                heard = Some(from);
            }
            _ => {}
        }
        assert_eq!(client.join().expect("no panic").answers.len(), 1);
        std::thread::sleep(Duration::from_millis(200));
    }
    assert!(heard.is_some(), "it is tried again");
    site.wait_for("noca", "it answers again");
}

#[test]
fn an_overridden_name_is_answered_in_the_spelling_of_the_query() {
    let (_, served) = plane(10);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    let mut odd = query(NAME, RecordType::AAAA);
    odd.queries[0].set_name(Name::from_ascii("wWw.ExAmPlE.cOm.").expect("a name"));
    let answer = ask(site.address("noca"), &odd);
    assert_eq!(addresses(&answer).len(), 1);
    assert_eq!(answer.queries[0].name().to_ascii(), "wWw.ExAmPlE.cOm.");
    assert_eq!(answer.answers[0].name.to_ascii(), "wWw.ExAmPlE.cOm.");
}
