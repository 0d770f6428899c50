// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What programs and aarpd say to each other: one packet of fixed size each way, over
//! a Unix-domain socket that keeps packets apart. Numbers are in network byte order.

use aarp_core::Target;

/// Bytes of a question.
pub const QUESTION: usize = 48;
/// Bytes of an answer.
pub const ANSWER: usize = 32;

/// The first word: name and version.
const MAGIC: u32 = 0x4141_5201;

const ASK: u32 = 1;
const FAILED: u32 = 2;

/// From a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Which member stands behind it?
    Ask(Target),
    /// This member of it could not be reached. There is no answer.
    Failed {
        /// The anycast address.
        target: Target,
        /// The member.
        member: Target,
    },
}

/// From aarpd.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// This one.
    Member(Target),
    /// It is not anycast, or it answered itself.
    Itself,
    /// Nobody answered.
    Silent,
    /// Too much is asked at once.
    Busy,
    /// That was no question of this version.
    Version,
}

struct Writer<'a>(&'a mut [u8], usize);

impl Writer<'_> {
    fn bytes(&mut self, bytes: &[u8]) {
        let end = self.1 + bytes.len();
        if let Some(place) = self.0.get_mut(self.1..end) {
            place.copy_from_slice(bytes);
        }
        self.1 = end;
    }

    fn word(&mut self, word: u32) {
        self.bytes(&word.to_be_bytes());
    }

    fn target(&mut self, target: Target) {
        self.bytes(&target.address.octets());
        self.word(target.scope);
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

fn target(bytes: &[u8], at: usize) -> Option<Target> {
    let octets: [u8; 16] = bytes.get(at..at + 16)?.try_into().ok()?;
    Some(Target::new(octets.into(), word(bytes, at + 16)?))
}

impl Question {
    /// As a packet.
    pub fn to_bytes(self) -> [u8; QUESTION] {
        let mut bytes = [0; QUESTION];
        let mut to = Writer(&mut bytes, 0);
        to.word(MAGIC);
        match self {
            Question::Ask(target) => {
                to.word(ASK);
                to.target(target);
            }
            Question::Failed { target, member } => {
                to.word(FAILED);
                to.target(target);
                to.target(member);
            }
        }
        bytes
    }

    /// Of a packet; `None`: it is none of this version.
    pub fn from_bytes(bytes: &[u8]) -> Option<Question> {
        if bytes.len() != QUESTION || word(bytes, 0)? != MAGIC {
            return None;
        }
        match word(bytes, 4)? {
            ASK => Some(Question::Ask(target(bytes, 8)?)),
            FAILED => Some(Question::Failed {
                target: target(bytes, 8)?,
                member: target(bytes, 28)?,
            }),
            _ => None,
        }
    }
}

impl Answer {
    /// As a packet.
    pub fn to_bytes(self) -> [u8; ANSWER] {
        let mut bytes = [0; ANSWER];
        let mut to = Writer(&mut bytes, 0);
        to.word(MAGIC);
        match self {
            Answer::Itself => to.word(0),
            Answer::Member(member) => {
                to.word(1);
                to.target(member);
            }
            Answer::Silent => to.word(2),
            Answer::Busy => to.word(3),
            Answer::Version => to.word(4),
        }
        bytes
    }

    /// Of a packet; whatever is not understood is of another version.
    pub fn from_bytes(bytes: &[u8]) -> Answer {
        let read = || {
            if bytes.len() != ANSWER || word(bytes, 0)? != MAGIC {
                return None;
            }
            match word(bytes, 4)? {
                0 => Some(Answer::Itself),
                1 => target(bytes, 8).map(Answer::Member),
                2 => Some(Answer::Silent),
                3 => Some(Answer::Busy),
                _ => None,
            }
        };
        read().unwrap_or(Answer::Version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv6Addr;

    const ONE: Target = Target {
        address: Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1),
        scope: 0,
    };
    const TWO: Target = Target {
        address: Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 2),
        scope: 7,
    };

    #[test]
    fn what_is_written_is_read() {
        for question in [
            Question::Ask(TWO),
            Question::Failed {
                target: ONE,
                member: TWO,
            },
        ] {
            assert_eq!(Question::from_bytes(&question.to_bytes()), Some(question));
        }
        for answer in [
            Answer::Member(TWO),
            Answer::Itself,
            Answer::Silent,
            Answer::Busy,
            Answer::Version,
        ] {
            assert_eq!(Answer::from_bytes(&answer.to_bytes()), answer);
        }
    }

    #[test]
    fn what_is_not_understood_is_of_another_version() {
        let mut bytes = Question::Ask(ONE).to_bytes();
        bytes[3] ^= 1;
        assert_eq!(Question::from_bytes(&bytes), None);
        assert_eq!(Question::from_bytes(&bytes[..40]), None);
        assert_eq!(Answer::from_bytes(&[]), Answer::Version);
    }
}
