// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What is asked of an overridden name.

use crate::answer::{self, Extended};
use crate::clients::Client;
use crate::config::{OnFailure, Override};
use crate::given::{self, NotAdmitted};
use crate::resolver::{How, Resolver, Tables};
use crate::wire::{CLASS_ANY, CLASS_IN, Query, adapt, expire, flag, rrtype, word};
use hickory_proto::op::ResponseCode;
use ipnet::IpNet;
use std::net::{Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tracing::debug;
use umux_dnso::group::{self, Judged, Member};
use umux_dnso::log_seldom;
use umux_dnso::message::{Reason, Refused, Reply, Request, Resolve, Resolved, Token};
use umux_dnso::name::Name;

/// Can an address be a server's on the Internet, or on a site?
fn is_plausible(over: &Override, ssa: &Ipv6Addr) -> bool {
    let ours = over.prefixes.is_empty() || over.prefixes.iter().any(|net| net.contains(ssa));
    let unicast = !ssa.is_multicast()
        && !ssa.is_loopback()
        && !ssa.is_unspecified()
        && !ssa.is_unicast_link_local()
        && ssa.to_ipv4_mapped().is_none();
    ours && unicast
}

/// A query of a client for an overridden name.
pub struct Asked<'a> {
    /// What it is.
    pub query: &'a Query,
    /// As it came.
    pub bytes: &'a [u8],
    /// From where.
    pub from: SocketAddr,
    /// Who.
    pub client: Client,
    /// By TCP.
    pub by_stream: bool,
}

impl Resolver {
    /// The answer.
    pub async fn overridden(
        &self,
        tables: &Tables,
        over: &Override,
        asked: &Asked<'_>,
    ) -> Option<Vec<u8>> {
        let (query, bytes) = (asked.query, asked.bytes);
        if query.qclass != CLASS_IN && query.qclass != CLASS_ANY {
            return self.refuse(query, bytes, "only the class IN is there for this name");
        }
        match query.qtype {
            rrtype::AAAA => self.made_once(tables, over, asked).await,
            // Whoever could use IPv4, or hints at other addresses, goes by the SSA.
            rrtype::A | rrtype::HTTPS | rrtype::SVCB => answer::no_data(query, bytes),
            rrtype::ANY => answer::any(query, bytes),
            rrtype::AXFR | rrtype::IXFR => {
                self.refuse(query, bytes, "zones are not transferred from here")
            }
            _ => self.other_type(tables, asked).await,
        }
    }

    fn refuse(&self, query: &Query, bytes: &[u8], why: &str) -> Option<Vec<u8>> {
        let extended = Extended::prohibited(why);
        answer::error(query, bytes, ResponseCode::Refused, Some(&extended))
    }

    /// MX, TXT and whatever else: the name has what the upstream says that it has
    /// itself. Denials are made here: for this name there is an address, whatever the
    /// upstream knows, and proofs of the contrary would do harm in caches.
    async fn other_type(&self, tables: &Tables, asked: &Asked<'_>) -> Option<Vec<u8>> {
        let (query, bytes) = (asked.query, asked.bytes);
        let mut answer = match self
            .pass_on(tables, query, bytes, asked.by_stream, None)
            .await
        {
            Ok(answer) => answer,
            Err(extended) => {
                return answer::error(query, bytes, ResponseCode::ServFail, Some(&extended));
            }
        };
        let flags = word(&answer, 2).unwrap_or_default();
        let code = flags & 0xf;
        let is_own = answer::has_own_records(query, &answer);
        let is_long = !asked.by_stream && answer.len() > query.udp_size();
        if code == 0 && (flags & flag::TC != 0 || is_own && is_long) {
            let said = query.flags & (flag::RD | flag::CD);
            Some(query.truncated(bytes, said | flag::RA))
        } else if is_own {
            adapt(&mut answer, query, bytes).then_some(answer)
        } else if matches!(code, 0 | 3) {
            answer::no_data(query, bytes)
        } else {
            let extended = Extended::unreachable("no upstream answers");
            answer::error(query, bytes, ResponseCode::ServFail, Some(&extended))
        }
    }

    /// An address, unless this query had one already. What is refused costs nothing,
    /// and is not remembered.
    async fn made_once(
        &self,
        tables: &Tables,
        over: &Override,
        asked: &Asked<'_>,
    ) -> Option<Vec<u8>> {
        let (query, bytes) = (asked.query, asked.bytes);
        let name = Name::from_lower_wire(query.name());
        // Only a name that can be written can be asked for.
        let Ok(name) = name.to_string().parse::<Name>() else {
            return self.refuse(query, bytes, "this is no name of a host");
        };
        let admits = || tables.limit.admits(asked.client.asks);
        let make = self.address(tables, over, asked, &name);
        // By TCP nothing has to be sent again.
        let answer = if !asked.by_stream && given::tells_itself(bytes) {
            let key = (asked.from, bytes.into());
            self.given.once(key, admits, make).await
        } else if admits() {
            Ok(make.await)
        } else {
            Err(NotAdmitted)
        };
        answer.unwrap_or_else(|NotAdmitted| {
            self.metrics.limited.inc();
            debug!(client = %asked.client.asks, %name, "it asks too much");
            self.refuse(query, bytes, "this client asks for too many addresses")
        })
    }

    async fn address(
        &self,
        tables: &Tables,
        over: &Override,
        asked: &Asked<'_>,
        name: &Name,
    ) -> Option<Vec<u8>> {
        let (query, bytes) = (asked.query, asked.bytes);
        let Ok(_room) = self.waiting.try_acquire() else {
            let seldom = self.refusals.about(Reason::Overload);
            log_seldom!(seldom, WARN, %name, "too many clients wait for addresses");
            let extended = Extended::other("too many clients wait for addresses");
            return answer::error(query, bytes, ResponseCode::ServFail, Some(&extended));
        };
        let begin = Instant::now();
        let refused = match self.resolve(tables, over, name, asked.client.told).await {
            Ok(resolved) => {
                self.metrics.latency.observe(begin.elapsed().as_secs_f64());
                self.metrics.count(How::Overridden);
                debug!(client = %asked.client.asks, %name, ssa = %resolved.ssa, "address given");
                return answer::address(query, bytes, resolved.ssa);
            }
            Err(refused) => refused,
        };
        self.metrics.failed(refused.reason);
        let instead = match over.on_failure {
            OnFailure::Servfail => "SERVFAIL",
            OnFailure::Plain => "what the upstream says",
        };
        log_seldom!(
            self.refusals.about(refused.reason),
            WARN,
            client = %asked.client.asks,
            %name,
            reason = refused.reason.as_str(),
            answered = instead,
            "no address: {refused}"
        );
        match over.on_failure {
            OnFailure::Servfail => {
                let extended = match refused.reason {
                    Reason::Unreachable | Reason::Late => Extended::unreachable(refused.why),
                    _ => Extended::other(refused.why),
                };
                answer::error(query, bytes, ResponseCode::ServFail, Some(&extended))
            }
            OnFailure::Plain => {
                let plain = self.plain(tables, query, bytes, asked.by_stream, None);
                let mut answer = plain.await?;
                // Caches would go around the override with it for as long as it says.
                if expire(&mut answer, query.end) {
                    return Some(answer);
                }
                let extended = Extended::other("what the upstream says is not sound");
                answer::error(query, bytes, ResponseCode::ServFail, Some(&extended))
            }
        }
    }

    async fn resolve(
        &self,
        tables: &Tables,
        over: &Override,
        name: &Name,
        client: Option<IpNet>,
    ) -> Result<Resolved, Refused> {
        let mut token = [0; 16];
        getrandom::fill(&mut token)
            .map_err(|e| Refused::new(Reason::Failed, format!("no random bits: {e}")))?;
        let token = Token(u128::from_be_bytes(token));
        let members: Vec<Member> = over
            .brokers
            .iter()
            .zip(0..)
            .map(|(broker, priority)| Member {
                link: Arc::clone(&tables.brokers[*broker]),
                priority,
                weight: 1,
            })
            .collect();
        let deadline = Instant::now() + over.budget;
        let request = |_, limit: Duration| {
            Some(Request::Resolve(Resolve {
                token,
                name: name.clone(),
                client,
                budget_ms: limit.as_millis() as u32,
                hops: 0,
            }))
        };
        let judge = |i: usize, _: &Request, reply: Reply| {
            let broker = members[i].link.name();
            let lie = |what: String| {
                log_seldom!(self.lies, ERROR, broker, %name, "an answer that cannot be true: {what}");
                Judged::Next(Refused::new(Reason::Lie, what))
            };
            match reply {
                Reply::Resolved(Resolved { ssa, lifetime_ms }) => {
                    let lifetime = Duration::from_millis(lifetime_ms.into());
                    // The address may be another client's: neither whoever asks nor
                    // whoever reads the log shall learn it.
                    debug!(broker, %name, %ssa, "answered");
                    if !is_plausible(over, &ssa) {
                        lie("this is no address that this name can have".into())
                    } else if !self.given.give(ssa, lifetime) {
                        lie("this address was given to another client".into())
                    } else {
                        Judged::Done(Resolved { ssa, lifetime_ms })
                    }
                }
                Reply::Refused(refused) if refused.reason.is_final() => Judged::Final(refused),
                Reply::Refused(refused) => Judged::Next(refused),
                _ => lie("it answered something else than it was asked".into()),
            }
        };
        group::ask(&members, deadline, over.attempt, request, judge).await
    }
}
