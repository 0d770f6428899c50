// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The published experiment on the uncertain state, repeated.
//!
//! A node holds ::222 and ::333 uncertain.  A test host configures ::222, and has to
//! find it duplicated; it looks for ::333, and has to find nobody; then ::333 becomes
//! valid, and works at once.  docs/experiments.md has the results beside those that
//! were published.

use crate::control::NodeControl;
use crate::host::echo::PORT;
use crate::host::{NodeConfig, Proto};
use crate::lab::Lab;
use crate::link::choose::Link;
use crate::peer::{Outcome, RESOLUTION};
use crate::world::{PeerSpec, World, number};
use comfy_table::{Table, presets};
use std::io;
use std::net::Ipv6Addr;
use std::sync::Arc;
use std::time::Duration;
use umux_abi::{Control, PoolId, PoolSpec, Prefix};
use umux_core::table::slot::State;

/// The prefix of the publication.
const PREFIX: &str = "2001:380:500d:1::/64";
/// What the test host configures.
const WANTED: u16 = 0x222;
/// What it looks for.
const SOUGHT: u16 = 0x333;

/// DAD, with room.
const READY: Duration = Duration::from_secs(5);
/// "At once", with room for a busy machine.
const AT_ONCE: Duration = Duration::from_secs(1);

/// How the test host does DAD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// net.ipv6.conf.*.accept_dad
    pub accept_dad: u32,
    /// net.ipv6.conf.*.dad_transmits
    pub dad_transmits: u32,
    /// net.ipv6.conf.*.enhanced_dad
    pub enhanced_dad: u32,
    /// net.ipv6.conf.*.optimistic_dad
    pub optimistic_dad: u32,
}

impl Setting {
    /// All that are tried.
    pub fn all() -> Vec<Setting> {
        let mut all = Vec::new();
        for accept_dad in [0, 1, 2] {
            for dad_transmits in [0, 1, 3] {
                for enhanced_dad in [0, 1] {
                    for optimistic_dad in [0, 1] {
                        all.push(Setting {
                            accept_dad,
                            dad_transmits,
                            enhanced_dad,
                            optimistic_dad,
                        });
                    }
                }
            }
        }
        all
    }

    /// Whether a host so set asks before it uses an address.  One that does not
    /// cannot be told.
    pub fn asks(&self) -> bool {
        self.accept_dad > 0 && self.dad_transmits > 0
    }

    fn knobs(&self) -> [(&'static str, u32); 4] {
        [
            ("accept_dad", self.accept_dad),
            ("dad_transmits", self.dad_transmits),
            ("enhanced_dad", self.enhanced_dad),
            ("optimistic_dad", self.optimistic_dad),
        ]
    }
}

/// What happened.
#[derive(Clone, Debug)]
pub struct Found {
    /// How the test host was set; `None`: simulated.
    pub setting: Option<Setting>,
    /// The test host configures ::222.
    pub claim: Outcome,
    /// It pings ::333 while that is uncertain.
    pub ping: Outcome,
    /// It opens a TCP connection to ::333 while that is uncertain.
    pub tcp: Outcome,
    /// Both were uncertain at the node all the time.
    pub stayed: bool,
    /// Time until the session from ::333 was established, and its data came back;
    /// `None`: not at once.
    pub valid: Option<Duration>,
    /// It pings ::333 while that is in the session.
    pub ping_valid: Outcome,
}

impl Found {
    /// Whether all is as it should be.
    pub fn is_right(&self) -> bool {
        let asks = self.setting.is_none_or(|setting| setting.asks());
        self.claim.worked != asks
            && !self.ping.worked
            && !self.tcp.worked
            && self.stayed
            && self.valid.is_some()
            && !self.ping_valid.worked
    }
}

/// Runs it with one setting.
///
/// # Errors
/// The network cannot be built.
pub fn one(link: Link, setting: Option<Setting>) -> io::Result<Found> {
    let prefix: Prefix = PREFIX.parse().map_err(io::Error::other)?;
    let (wanted, sought) = (number(prefix, WANTED), number(prefix, SOUGHT));
    let knobs = setting.map(|setting| setting.knobs());
    let spec = PeerSpec {
        name: "test host",
        address: number(prefix, 2),
        knobs: knobs.as_ref().map_or(&[], |knobs| knobs),
    };
    let mut config = NodeConfig::new(prefix);
    config.address = Some(number(prefix, 1));
    let world = World::build(link, config, &[spec])?;
    let (lab, host) = (&world.lab, Arc::clone(&world.peers[0]));
    prepare(lab, prefix, &[sought, wanted])?;

    let claim = host.claim(wanted)?;
    let (ping, tcp) = std::thread::scope(|scope| {
        let ping = scope.spawn(|| host.ping(sought, RESOLUTION));
        let tcp = scope.spawn(|| host.tcp(sought, PORT, RESOLUTION));
        (crate::demo::join(ping), crate::demo::join(tcp))
    });
    let stayed = [wanted, sought]
        .iter()
        .all(|addr| state(lab, *addr) == State::Uncertain);
    let valid = turn_valid(lab, host.address(), sought);
    Ok(Found {
        setting,
        claim,
        ping: ping?,
        tcp: tcp?,
        stayed,
        valid,
        ping_valid: host.ping(sought, AT_ONCE)?,
    })
}

fn state(lab: &Lab, addr: Ipv6Addr) -> State {
    lab.with(|net, _| {
        let life = net.node.history.life(addr);
        life.map_or(State::Free, |life| life.state())
    })
}

/// The node's pool with these addresses, uncertain.
fn prepare(lab: &Lab, prefix: Prefix, addrs: &[Ipv6Addr]) -> io::Result<()> {
    let mut control = NodeControl::new(lab.clone());
    let name = "lab0".parse().map_err(io::Error::other)?;
    let id = PoolId::new(name, prefix);
    control
        .pool_add(&PoolSpec::new(id.clone()))
        .map_err(io::Error::other)?;
    for addr in addrs {
        // One after the other: the first becomes ready first, and is taken first.
        control.addr_add(&id, &[*addr]).map_err(io::Error::other)?;
        let ready = lab.wait(READY, |net, _| {
            let life = net.node.history.life(*addr)?;
            (life.state() == State::Uncertain).then_some(())
        });
        ready.ok_or_else(|| io::Error::other(format!("{addr} does not become uncertain")))?;
    }
    Ok(())
}

/// A session takes the address; how long until its first data came back.
fn turn_valid(lab: &Lab, peer: Ipv6Addr, expected: Ipv6Addr) -> Option<Duration> {
    const WORDS: &[u8] = b"valid\n";
    let begin = lab.now();
    let id = lab
        .with(|net, now| net.node.connect(Proto::Tcp, peer, PORT, now))
        .ok()?;
    lab.wait(AT_ONCE, |net, _| net.node.is_open(id).then_some(()))?;
    if lab.with(|net, _| net.node.local(id)) != Some(expected) {
        return None;
    }
    lab.with(|net, _| net.node.send(id, WORDS));
    let mut got = Vec::new();
    lab.wait(AT_ONCE, |net, _| {
        got.extend(net.node.receive_from(id));
        (got == WORDS).then_some(())
    })?;
    Some(Duration::from_micros(lab.now() - begin))
}

/// Runs it with all settings that there are, and shows the table; whether all is as
/// it should be.
///
/// # Errors
/// A network cannot be built.
pub fn run(link: Link, obstacle: Option<&str>) -> io::Result<bool> {
    let settings: Vec<Option<Setting>> = match link {
        Link::Memory => {
            println!(
                "test host: simulated, in this process ({})",
                obstacle.unwrap_or("--link memory")
            );
            vec![None]
        }
        Link::Netns => {
            println!("test host: Linux {}", release());
            Setting::all().into_iter().map(Some).collect()
        }
    };
    let found: Vec<Found> = std::thread::scope(|scope| {
        let threads: Vec<_> = settings
            .into_iter()
            .map(|setting| scope.spawn(move || one(link, setting)))
            .collect();
        threads
            .into_iter()
            .map(crate::demo::join)
            .collect::<io::Result<Vec<Found>>>()
    })?;
    println!("{}", table(&found));
    let wrong = found.iter().filter(|row| !row.is_right()).count();
    println!("{} settings, {wrong} not as they should be", found.len());
    Ok(wrong == 0)
}

#[cfg(target_os = "linux")]
fn release() -> String {
    crate::peer::LinuxHost::release_name().unwrap_or_else(|e| e.to_string())
}

#[cfg(not(target_os = "linux"))]
fn release() -> String {
    "not here".into()
}

fn table(found: &[Found]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_header([
        "accept_dad",
        "dad_transmits",
        "enhanced_dad",
        "optimistic_dad",
        "configures ::222",
        "pings ::333",
        "TCP to ::333",
        "::333 valid: TCP from it",
        "pings it then",
        "",
    ]);
    for row in found {
        let knob = |of: fn(&Setting) -> u32| row.setting.map_or("-".into(), |s| of(&s).to_string());
        let asks = row.setting.is_none_or(|setting| setting.asks());
        table.add_row([
            knob(|s| s.accept_dad),
            knob(|s| s.dad_transmits),
            knob(|s| s.enhanced_dad),
            knob(|s| s.optimistic_dad),
            match (row.claim.worked, asks) {
                (false, _) => "duplicated".into(),
                (true, true) => "TAKEN".into(),
                (true, false) => "does not ask".into(),
            },
            word(&row.ping),
            word(&row.tcp),
            row.valid.map_or("NO".into(), |time| {
                format!("works after {:.1} ms", time.as_secs_f64() * 1e3)
            }),
            word(&row.ping_valid),
            if row.is_right() { "ok" } else { "WRONG" }.into(),
        ]);
    }
    table
}

fn word(outcome: &Outcome) -> String {
    if outcome.worked {
        "ANSWERED".into()
    } else {
        "nobody".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_simulated_test_host_finds_what_was_published() {
        let found = one(Link::Memory, None).expect("a network in memory");
        assert!(found.is_right(), "{found:?}");
    }

    #[test]
    fn a_row_with_any_deviation_is_not_right() {
        let outcome = |worked| Outcome {
            worked,
            proof: String::new(),
        };
        let right = Found {
            setting: Setting::all().last().copied(),
            claim: outcome(false),
            ping: outcome(false),
            tcp: outcome(false),
            stayed: true,
            valid: Some(Duration::ZERO),
            ping_valid: outcome(false),
        };
        assert!(right.is_right());
        let wrong: [fn(&mut Found); 6] = [
            |f| f.claim.worked = true,
            |f| f.ping.worked = true,
            |f| f.tcp.worked = true,
            |f| f.stayed = false,
            |f| f.valid = None,
            |f| f.ping_valid.worked = true,
        ];
        for change in wrong {
            let mut row = right.clone();
            change(&mut row);
            assert!(!row.is_right(), "{row:?}");
        }
    }
}
