// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What the parts say to each other, as JSON in the frames of the channel.
//!
//! Times are durations, never points in time: clocks need not agree.

use crate::name::Name;
use ipnet::{IpNet, Ipv6Net};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::Ipv6Addr;

/// Most brokers that a request may pass.
pub const HOPS_MAX: u8 = 4;

/// So many characters of another part's reason are kept.
const WHY_MAX: usize = 300;

/// A frame: many requests may be under way, and are answered in any order.
#[derive(Debug, Serialize, Deserialize)]
pub struct Frame<T> {
    /// Whoever asks chooses it; the answer has the same.
    pub id: u64,
    /// The request or its answer.
    pub body: T,
}

/// From whoever dialled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Request {
    /// Are you there?
    Ping,
    /// NOCA to broker, broker to NOSA: an SSA for a client.
    Resolve(Resolve),
    /// NOSA to agent: arm an SSA.
    Arm(Arm),
    /// NOSA to agent: what was armed too late, and is told to nobody.
    Disarm {
        /// Which.
        ssa: Ipv6Addr,
    },
    /// NOSA to agent: how do your services do?
    State,
}

/// From whoever was dialled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Reply {
    /// I am.
    Pong,
    /// The SSA.
    Resolved(Resolved),
    /// It is armed.
    Armed {
        /// Which.
        ssa: Ipv6Addr,
        /// How long it waits for its client, milliseconds.
        lifetime_ms: u32,
    },
    /// It waits for nobody, or for as long as its client is there.
    Disarmed,
    /// All services.
    State {
        /// In no order.
        services: Vec<ServiceState>,
    },
    /// No.
    Refused(Refused),
}

/// An SSA is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolve {
    /// Random; whoever asks again for the same query says the same, and gets the same.
    pub token: Token,
    /// The name that the client asked for.
    pub name: Name,
    /// Who the client is, as far as it is known.
    pub client: Option<IpNet>,
    /// How long the answer is waited for, milliseconds.
    pub budget_ms: u32,
    /// Brokers passed.
    #[serde(default)]
    pub hops: u8,
}

/// 128 random bits in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token(pub u128);

impl Serialize for Token {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{:032x}", self.0))
    }
}

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Token, D::Error> {
        let text = String::deserialize(from)?;
        u128::from_str_radix(&text, 16)
            .map(Token)
            .map_err(serde::de::Error::custom)
    }
}

/// An SSA that waits for its client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    /// The address.
    pub ssa: Ipv6Addr,
    /// How long it waits for its client, milliseconds.
    pub lifetime_ms: u32,
}

/// An SSA is to be armed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arm {
    /// The agent's name for the listener.
    pub service: String,
    /// The address; none: the next of the pool, whose DAD is done.
    pub ssa: Option<Ipv6Addr>,
    /// Whom it is for; `::/0`: whoever comes first.
    pub client: Ipv6Net,
    /// How long it waits for the client, milliseconds.
    pub lifetime_ms: u32,
    /// How long the answer is waited for, milliseconds.
    pub budget_ms: u32,
}

/// How a service of an agent does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceState {
    /// The agent's name for it.
    pub name: String,
    /// A guarded listener is there.
    pub listening: bool,
    /// Addresses that are ready for it.
    pub ready: u32,
}

/// Why not, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nobody's table has the name.
    UnknownName,
    /// The next part cannot be reached.
    Unreachable,
    /// No server is fit.
    NoServer,
    /// No address is ready.
    Exhausted,
    /// Another node holds the address.
    Collision,
    /// The service admits known clients only.
    ClientUnknown,
    /// Whoever asks may not ask for this.
    NotAllowed,
    /// The request goes in circles.
    Loop,
    /// Too many requests at once.
    Overload,
    /// There was no answer in time.
    Late,
    /// It takes longer than there is time: nobody is to blame for that.
    NoTime,
    /// An answer that cannot be true.
    Lie,
    /// A request that is another part's.
    NotMine,
    /// Something else, which the words say.
    Failed,
}

impl Reason {
    /// How many there are.
    pub const COUNT: usize = Reason::Failed as usize + 1;

    /// Its name in logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reason::UnknownName => "unknown_name",
            Reason::Unreachable => "unreachable",
            Reason::NoServer => "no_server",
            Reason::Exhausted => "exhausted",
            Reason::Collision => "collision",
            Reason::ClientUnknown => "client_unknown",
            Reason::NotAllowed => "not_allowed",
            Reason::Loop => "loop",
            Reason::Overload => "overload",
            Reason::Late => "late",
            Reason::NoTime => "no_time",
            Reason::Lie => "lie",
            Reason::NotMine => "not_mine",
            Reason::Failed => "failed",
        }
    }

    /// Would anybody else say the same?
    pub const fn is_final(self) -> bool {
        matches!(self, Reason::ClientUnknown | Reason::Loop)
    }
}

/// Why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// For programs.
    pub reason: Reason,
    /// For people: a sentence with a remedy.
    pub why: String,
}

impl Refused {
    /// A refusal.
    pub fn new(reason: Reason, why: impl Into<String>) -> Refused {
        Refused {
            reason,
            why: why.into(),
        }
    }

    /// What another part said, as long as a sentence may be, and on one line: it is told
    /// on, with words before it, and logged.
    pub fn cut(&mut self) {
        if self.why.contains(is_unprintable) {
            self.why = self.why.replace(is_unprintable, "\u{fffd}");
        }
        if let Some((end, _)) = self.why.char_indices().nth(WHY_MAX) {
            self.why.truncate(end);
            self.why.push_str("...");
        }
    }

    /// That of a part which was asked for something that is another's.
    pub fn not_mine(role: &str, request: &Request) -> Reply {
        let what = match request {
            Request::Ping => "ping",
            Request::Resolve(_) => "resolve",
            Request::Arm(_) => "arm",
            Request::Disarm { .. } => "disarm",
            Request::State => "state",
        };
        Reply::Refused(Refused::new(
            Reason::NotMine,
            format!(
                "this is a {role}, which knows no {what}: correct the address in the table of whoever asks"
            ),
        ))
    }
}

/// Would it be obeyed where it is shown? Characters that control (C0 and C1, ends of
/// lines and escapes among them), that end lines or paragraphs, or that turn the
/// direction of writing.
fn is_unprintable(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || turns
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_understood() {
        let request = Request::Resolve(Resolve {
            token: Token(7),
            name: "www.example.com".parse().expect("a name"),
            client: Some("2001:db8::/64".parse().expect("a prefix")),
            budget_ms: 2000,
            hops: 0,
        });
        let text = serde_json::to_string(&Frame {
            id: 1,
            body: &request,
        })
        .expect("text");
        let back: Frame<Request> = serde_json::from_str(&text).expect("a frame");
        assert_eq!((back.id, back.body), (1, request));
    }
}
