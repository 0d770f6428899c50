// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Parts die, and nothing is lost: every query is answered, with an address that no
//! other got.

use nix::sys::signal::Signal;
use std::collections::HashSet;
use std::net::{Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use umux_testdnso::client::{address, ask, extended_error, query};
use umux_testdnso::site::{DASD, Site, plane};

const PROGRAM: &str = env!("CARGO_BIN_EXE_umux-testdnso");
const NAME: &str = "www.example.com";

/// Two of everything but the NOCA; the planes have the same prefix, and different
/// addresses.
fn double(site: &mut Site, labs: [String; 2]) {
    for (name, role) in [
        ("noca", "noca"),
        ("broker1", "broker"),
        ("broker2", "broker"),
        ("nosa1", "nosa"),
        ("nosa2", "nosa"),
        ("dasd1", "dasd"),
        ("dasd2", "dasd"),
    ] {
        site.part(name, role);
    }
    let peers = |site: &mut Site, name: &'static str, text: &str, peers: [&str; 2]| {
        let mut whole = String::new();
        for peer in peers {
            whole += &format!("[[peer]]\nname = \"{peer}\"\nkey = \"{{{peer}.key}}\"\n");
        }
        site.config(name, &(whole + text));
    };
    let services = DASD.split_once("[[service]]").expect("services").1;
    for (name, lab) in [("dasd1", &labs[0]), ("dasd2", &labs[1])] {
        site.arguments(name, &["--lab", lab]);
        peers(
            site,
            name,
            &format!("[[service]]{services}"),
            ["nosa1", "nosa2"],
        );
    }
    let nosa = r#"
[[agent]]
name = "dasd1"
address = "{dasd1.address}"
key = "{dasd1.key}"
prefixes = ["2001:db8:1::/64"]
[[agent]]
name = "dasd2"
address = "{dasd2.address}"
key = "{dasd2.key}"
prefixes = ["2001:db8:1::/64"]
[[service]]
names = ["www.example.com"]
servers = [
    { agent = "dasd1", service = "http", weight = 3 },
    { agent = "dasd2", service = "http", weight = 1 },
]
"#;
    let broker = r#"
[[peer]]
name = "noca"
key = "{noca.key}"
[[nosa]]
name = "nosa1"
address = "{nosa1.address}"
key = "{nosa1.key}"
[[nosa]]
name = "nosa2"
address = "{nosa2.address}"
key = "{nosa2.key}"
[[select]]
names = ["*.example.com"]
nosas = [{ nosa = "nosa1" }, { nosa = "nosa2" }]
"#;
    for name in ["nosa1", "nosa2"] {
        peers(site, name, nosa, ["broker1", "broker2"]);
    }
    for name in ["broker1", "broker2"] {
        site.config(name, broker);
    }
    site.config(
        "noca",
        r#"
[clients]
rate = 100000
[[upstream]]
address = "{upstream.address}"
[[broker]]
name = "broker1"
address = "{broker1.address}"
key = "{broker1.key}"
[[broker]]
name = "broker2"
address = "{broker2.address}"
key = "{broker2.key}"
[[override]]
names = ["www.example.com"]
"#,
    );
    for name in [
        "dasd1", "dasd2", "nosa1", "nosa2", "broker1", "broker2", "noca",
    ] {
        site.start(name);
    }
    for (name, peer) in [
        ("noca", "broker1"),
        ("noca", "broker2"),
        ("broker1", "nosa1"),
        ("broker2", "nosa2"),
        ("nosa1", "dasd1"),
        ("nosa2", "dasd2"),
    ] {
        site.wait_for(name, &format!("channel is there peer=\"{peer}\""));
    }
}

/// Clients that ask one after the other, without a pause.
struct Load {
    stop: Arc<AtomicBool>,
    clients: Vec<std::thread::JoinHandle<Tally>>,
}

#[derive(Default)]
struct Tally {
    got: Vec<Ipv6Addr>,
    failed: Vec<String>,
    longest: Duration,
}

impl Load {
    fn start(noca: SocketAddr, clients: usize) -> Load {
        let stop = Arc::new(AtomicBool::new(false));
        let seen = Arc::new(Mutex::new(HashSet::new()));
        let client = |_| {
            let (stop, seen) = (Arc::clone(&stop), Arc::clone(&seen));
            std::thread::spawn(move || {
                let mut tally = Tally::default();
                while !stop.load(Ordering::SeqCst) {
                    let begin = Instant::now();
                    let answer = ask(noca, &query(NAME, hickory_proto::rr::RecordType::AAAA));
                    tally.longest = tally.longest.max(begin.elapsed());
                    match umux_testdnso::client::addresses(&answer)[..] {
                        [ssa] => {
                            let fresh = seen.lock().expect("no panic").insert(ssa);
                            assert!(fresh, "{ssa} went to two clients");
                            tally.got.push(ssa);
                        }
                        _ => tally
                            .failed
                            .push(extended_error(&answer).unwrap_or_default()),
                    }
                    std::thread::sleep(Duration::from_millis(5));
                }
                tally
            })
        };
        Load {
            clients: (0..clients).map(client).collect(),
            stop,
        }
    }

    fn end(self) -> Tally {
        self.stop.store(true, Ordering::SeqCst);
        let mut all = Tally::default();
        for client in self.clients {
            let tally = client.join().expect("a client that is content");
            all.got.extend(tally.got);
            all.failed.extend(tally.failed);
            all.longest = all.longest.max(tally.longest);
        }
        all
    }
}

fn pause() {
    std::thread::sleep(Duration::from_millis(700));
}

#[test]
fn one_of_two_dies_under_load_and_no_query_fails() {
    let (state1, served1) = plane(20_000);
    let (state2, served2) = plane(0);
    umux_testdnso::site::fill(&state2, 0x8000, 20_000);
    let labs = [&served1, &served2].map(|served| served.path().display().to_string());
    let mut site = Site::new(PROGRAM);
    double(&mut site, labs);
    let load = Load::start(site.address("noca"), 4);
    pause();
    for name in ["broker1", "nosa1", "dasd1", "dasd2", "nosa2", "broker2"] {
        site.kill(name);
        pause();
        site.start(name);
        // Whoever asks it has to have found it again before its twin dies.
        for _ in 0..3 {
            pause();
        }
    }
    let tally = load.end();
    println!(
        "{} addresses, {} failures, the longest wait {:?}",
        tally.got.len(),
        tally.failed.len(),
        tally.longest
    );
    assert!(tally.failed.is_empty(), "{:?}", tally.failed);
    assert!(tally.got.len() > 200, "{} is little", tally.got.len());
    let armed = |state: &umux_testplane::TestPlane| -> HashSet<Ipv6Addr> {
        state.armed().into_iter().map(|(ssa, _)| ssa).collect()
    };
    let (armed1, armed2) = (armed(&state1), armed(&state2));
    assert!(!armed1.is_empty() && !armed2.is_empty(), "both serve");
    assert!(
        tally
            .got
            .iter()
            .all(|ssa| armed1.contains(ssa) || armed2.contains(ssa))
    );
}

#[test]
fn whatever_is_started_anew_is_found_again() {
    let (_, served) = plane(20_000);
    let mut site = Site::new(PROGRAM);
    site.simple(
        &served,
        "budget_ms = 8000\nattempt_ms = 4000",
        "attempt_ms = 2000",
    );
    let noca = site.address("noca");
    for name in ["broker", "nosa", "dasd"] {
        site.kill(name);
        // The query comes while nobody is there; who is started meanwhile answers it.
        let client = std::thread::spawn(move || address(noca, NAME));
        std::thread::sleep(Duration::from_millis(200));
        site.start(name);
        assert!(client.join().expect("no panic").is_some(), "{name}");
    }
    site.kill("noca");
    site.start("noca");
    site.wait_for("noca", "channel is there");
    assert!(address(noca, NAME).is_some());
}

#[test]
fn a_lab_that_is_gone_for_a_while_is_found_again() {
    let (_, mut served) = plane(100);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    let noca = site.address("noca");
    assert!(address(noca, NAME).is_some());
    served.interrupt();
    assert!(address(noca, NAME).is_none());
    served.resume();
    umux_testdnso::site::wait_until("it is found", || address(noca, NAME).is_some());
}

#[test]
fn an_agent_that_hangs_is_passed_over() {
    let (state1, served1) = plane(1000);
    let (state2, served2) = plane(0);
    umux_testdnso::site::fill(&state2, 0x8000, 1000);
    let labs = [&served1, &served2].map(|served| served.path().display().to_string());
    let mut site = Site::new(PROGRAM);
    double(&mut site, labs);
    let noca = site.address("noca");
    state1.hang(Duration::from_secs(4));
    let begin = Instant::now();
    for _ in 0..10 {
        assert!(address(noca, NAME).is_some());
    }
    let took = begin.elapsed();
    // One wait for each NOSA at most, then it is known.
    assert!(took < Duration::from_secs(4), "{took:?}");
    let told = |name: &str| site.log(name).contains("asked again when it says");
    assert!(told("nosa1") || told("nosa2"), "and in the log");
}

#[test]
fn a_changed_configuration_is_read_and_a_wrong_one_is_not() {
    let (_, served) = plane(100);
    let mut site = Site::new(PROGRAM);
    site.simple(&served, "", "");
    let noca = site.address("noca");
    assert!(address(noca, "new.example.com").is_some_and(|a| a.segments()[2] == 0xaaaa));
    let text = umux_testdnso::site::NOCA
        .replace("OVERRIDE", "")
        .replace("\"unknown.example.com\"", "\"new.example.com\"");
    site.config("noca", &text);
    site.signal("noca", Signal::SIGHUP);
    site.wait_for("noca", "configuration read again");
    assert!(
        address(noca, "new.example.com").is_none(),
        "the NOSA does not know it"
    );
    site.config("noca", "nonsense = 1");
    site.signal("noca", Signal::SIGHUP);
    site.wait_for("noca", "the old one stays");
    assert!(address(noca, NAME).is_some());
    site.signal("noca", Signal::SIGTERM);
    umux_testdnso::site::wait_until("it ends", || !site.is_running("noca"));
}
