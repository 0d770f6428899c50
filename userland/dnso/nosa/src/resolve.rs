// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! An SSA for a client: which server, which address, and who is asked next.

use crate::agents::Watched;
use crate::config::{Admit, Service, Source};
use crate::given::Given;
use ipnet::{IpNet, Ipv6Net};
use std::net::Ipv6Addr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tracing::debug;
use umux_addrgen::method::fqdn_hash;
use umux_addrgen::reserved::is_reserved;
use umux_dnso::group::{self, Judged, Member};
use umux_dnso::message::{Arm, Reason, Refused, Reply, Request, Resolve, Resolved};
use umux_dnso::name::Name;

/// The part of the asker's time that is used; the rest is the way back.
const SHARE: f64 = 0.9;

/// Whom the SSA is to let in.
pub fn client(admit: Admit, client: Option<IpNet>) -> Result<Ipv6Net, Refused> {
    let Admit::Client(len) = admit else {
        return Ok(Ipv6Net::default());
    };
    let unknown = |why: String| Err(Refused::new(Reason::ClientUnknown, why));
    match client {
        None => unknown(
            "this service admits known clients only, and who the client is was not said".into(),
        ),
        Some(IpNet::V4(net)) => unknown(format!(
            "this service admits known clients only, and of this one only an IPv4 address is known ({}): \
             name its IPv6 address in a [[client]] of the NOCA",
            net.addr()
        )),
        Some(IpNet::V6(net)) => {
            // Never narrower than what is known.
            let len = len.min(net.prefix_len());
            Ipv6Net::new(net.addr(), len)
                .map(|net| net.trunc())
                .map_err(|_| Refused::new(Reason::Failed, "a prefix is too long"))
        }
    }
}

/// An address made from a name: SHA-256 of it and a random string, upper 64 bits.
fn make(name: &Name, agent: &Watched) -> Option<Ipv6Addr> {
    let prefix = agent.prefixes.first()?;
    let name = name.to_string();
    for _ in 0..8 {
        let mut random = [0; 16];
        getrandom::fill(&mut random).ok()?;
        let random = format!("{:032x}", u128::from_be_bytes(random));
        let id = fqdn_hash::identifier(&name, &random);
        let addr = Ipv6Addr::from_bits(prefix.bits() | u128::from(id));
        if !is_reserved(prefix, &addr) {
            return Some(addr);
        }
    }
    None
}

/// Makes one.
pub async fn resolve(
    service: &Service,
    agents: &[Arc<Watched>],
    given: &Given,
    ask: &Resolve,
) -> Result<Resolved, Refused> {
    let client = client(service.admit, ask.client)?;
    let budget = Duration::from_millis(ask.budget_ms.into()).mul_f64(SHARE);
    let deadline = Instant::now() + budget;
    let members: Vec<Member> = service
        .servers
        .iter()
        .map(|server| Member {
            link: Arc::clone(&agents[server.agent].link),
            priority: server.priority,
            weight: server.weight,
        })
        .collect();
    let mut unfit = Vec::new();
    let fit: Vec<bool> = service
        .servers
        .iter()
        .map(
            |server| match agents[server.agent].fit(server, service.source) {
                Ok(()) => true,
                Err(why) => {
                    unfit.push(why);
                    false
                }
            },
        )
        .collect();
    if !fit.contains(&true) {
        let exhausted = unfit.iter().all(|no| no.reason == Reason::Exhausted);
        let reason = if exhausted {
            Reason::Exhausted
        } else {
            Reason::NoServer
        };
        let why: Vec<String> = unfit.into_iter().map(|no| no.why).collect();
        return Err(Refused::new(
            reason,
            format!("no server of {} is fit: {}", ask.name, why.join("; ")),
        ));
    }
    let request = |i: usize, limit: Duration| {
        if !fit[i] {
            return None;
        }
        let server = &service.servers[i];
        let ssa = match service.source {
            Source::Pool => None,
            Source::Hash => Some(make(&ask.name, &agents[server.agent])?),
        };
        Some(Request::Arm(Arm {
            service: server.service.clone(),
            ssa,
            client,
            lifetime_ms: service.lifetime_ms,
            budget_ms: limit.as_millis() as u32,
        }))
    };
    let judge = |i: usize, request: &Request, reply: Reply| {
        let server = &service.servers[i];
        let agent = &agents[server.agent];
        let wanted = match request {
            Request::Arm(arm) => arm.ssa,
            _ => None,
        };
        match reply {
            Reply::Armed { ssa, lifetime_ms } => {
                let lie = if !agent.may_have(&ssa) {
                    Some("it armed an address of none of its prefixes".to_owned())
                } else if wanted.is_some_and(|wanted| wanted != ssa) {
                    Some("it armed another address than it was told".to_owned())
                } else if lifetime_ms == 0 || lifetime_ms > service.lifetime_ms {
                    Some(format!("it armed an address for {lifetime_ms} ms"))
                } else if !given.give(ssa, lifetime_ms) {
                    Some("it armed an address a second time".to_owned())
                } else {
                    None
                };
                match lie {
                    None => {
                        debug!(agent = agent.link.name(), name = %ask.name, %ssa, "armed");
                        Judged::Done(Resolved { ssa, lifetime_ms })
                    }
                    Some(what) => {
                        // It may be another client's: neither whoever asks nor whoever
                        // reads the log shall learn it.
                        debug!(agent = agent.link.name(), name = %ask.name, %ssa, "armed, it says");
                        agent.lied(&what);
                        let why = format!("{} said what cannot be true: {what}", agent.link.name());
                        Judged::Next(Refused::new(Reason::Lie, why))
                    }
                }
            }
            Reply::Refused(refused) => match refused.reason {
                Reason::Collision => Judged::Again(refused),
                Reason::Late => {
                    agent.late();
                    Judged::Next(refused)
                }
                Reason::Exhausted => {
                    agent.exhausted(server);
                    Judged::Next(refused)
                }
                _ => Judged::Next(refused),
            },
            _ => {
                agent.lied("it answered something else than it was asked");
                let why = format!("{} answered something else", agent.link.name());
                Judged::Next(Refused::new(Reason::Lie, why))
            }
        }
    };
    group::ask(&members, deadline, service.attempt, request, judge).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> Option<IpNet> {
        Some(text.parse().expect("a prefix"))
    }

    #[test]
    fn who_is_let_in_is_as_narrow_as_it_is_said_and_known() {
        for (admit, known, expected) in [
            (Admit::Any, None, "::/0"),
            (Admit::Any, net("2001:db8::5/128"), "::/0"),
            (
                Admit::Client(128),
                net("2001:db8::5/128"),
                "2001:db8::5/128",
            ),
            (Admit::Client(64), net("2001:db8::5/128"), "2001:db8::/64"),
            (Admit::Client(128), net("2001:db8::5/56"), "2001:db8::/56"),
        ] {
            let admitted = client(admit, known).expect("known");
            assert_eq!(admitted.to_string(), expected);
        }
        for known in [None, net("192.0.2.1/32")] {
            let refused = client(Admit::Client(128), known).expect_err("unknown");
            assert_eq!(refused.reason, Reason::ClientUnknown);
        }
    }
}
