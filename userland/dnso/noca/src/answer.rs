// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Answers that are made here: for overridden names, and what is wrong.

use crate::wire::{CLASS_IN, HEADER, Query, UDP_EDNS, flag};
use hickory_proto::op::{Edns, Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::rdata::opt::EdnsOption;
use hickory_proto::rr::rdata::{AAAA, HINFO, SOA};
use hickory_proto::rr::{Name, RData, Record};
use std::net::Ipv6Addr;

/// Extended DNS errors, RFC 8914.
#[derive(Debug, Clone)]
pub struct Extended {
    /// The code.
    pub code: u16,
    /// Words for people.
    pub text: String,
}

impl Extended {
    /// 0: what has no code of its own.
    pub fn other(text: impl Into<String>) -> Extended {
        let text = text.into();
        Extended { code: 0, text }
    }

    /// 18: this client may not.
    pub fn prohibited(text: impl Into<String>) -> Extended {
        let text = text.into();
        Extended { code: 18, text }
    }

    /// 22: nobody who would know can be reached.
    pub fn unreachable(text: impl Into<String>) -> Extended {
        let text = text.into();
        Extended { code: 22, text }
    }
}

/// Longest text of an extended error, so that the answer stays small.
const TEXT_MAX: usize = 200;

/// An answer without records yet.
fn begin(query: &Query, bytes: &[u8], code: ResponseCode) -> Message {
    // The question as it came, its spelling too.
    let parsed = Message::from_vec(&question_only(query, bytes));
    let mut answer = Message::new(query.id, MessageType::Response, OpCode::Query);
    if let Ok(parsed) = parsed {
        answer.queries = parsed.queries;
    }
    answer.metadata.recursion_desired = query.flags & flag::RD != 0;
    answer.metadata.recursion_available = true;
    answer.metadata.checking_disabled = query.flags & flag::CD != 0;
    answer.metadata.response_code = code;
    if let Some(edns) = &query.edns {
        let mut ours = Edns::new();
        ours.set_max_payload(UDP_EDNS);
        ours.set_dnssec_ok(edns.dnssec);
        answer.set_edns(ours);
    }
    answer
}

fn question_only(query: &Query, bytes: &[u8]) -> Vec<u8> {
    let mut only = bytes[..query.end].to_vec();
    only[4..HEADER].copy_from_slice(&[0, 1, 0, 0, 0, 0, 0, 0]);
    only
}

fn finish(answer: &Message) -> Option<Vec<u8>> {
    answer.to_vec().ok()
}

/// The address, for no longer than now.
pub fn address(query: &Query, bytes: &[u8], ssa: Ipv6Addr) -> Option<Vec<u8>> {
    let mut answer = begin(query, bytes, ResponseCode::NoError);
    let name = answer.queries.first()?.name().clone();
    answer.add_answer(Record::from_rdata(name, 0, RData::AAAA(AAAA(ssa))));
    finish(&answer)
}

/// The name is there, but nothing of this type.
pub fn no_data(query: &Query, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut answer = begin(query, bytes, ResponseCode::NoError);
    let name = answer.queries.first()?.name().clone();
    let ours = Name::from_ascii("umux-noca.invalid.").ok()?;
    // RFC 2308: an SOA says for how long, which is not at all.
    let soa = SOA::new(ours.clone(), ours, 1, 3600, 600, 86_400, 0);
    answer.add_authority(Record::from_rdata(name, 0, RData::SOA(soa)));
    finish(&answer)
}

/// RFC 8482: the answer to a question for all there is.
pub fn any(query: &Query, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut answer = begin(query, bytes, ResponseCode::NoError);
    let name = answer.queries.first()?.name().clone();
    let hinfo = HINFO::new("RFC8482".into(), String::new());
    answer.add_answer(Record::from_rdata(name, 0, RData::HINFO(hinfo)));
    finish(&answer)
}

/// What went wrong; to clients with EDNS in words, too.
pub fn error(
    query: &Query,
    bytes: &[u8],
    code: ResponseCode,
    extended: Option<&Extended>,
) -> Option<Vec<u8>> {
    let mut answer = begin(query, bytes, code);
    if let (Some(edns), Some(extended)) = (&mut answer.edns, extended) {
        let mut option = extended.code.to_be_bytes().to_vec();
        let text: String = extended.text.chars().take(TEXT_MAX).collect();
        option.extend_from_slice(text.as_bytes());
        edns.options_mut().insert(EdnsOption::Unknown(15, option));
    }
    finish(&answer)
}

/// The answer to EDNS of a version that there is not yet (RFC 6891, section 6.1.3).
pub fn bad_version(query: &Query, bytes: &[u8]) -> Option<Vec<u8>> {
    finish(&begin(query, bytes, ResponseCode::BADVERS))
}

/// The answer to what could not be read: its header alone.
pub fn unread(bytes: &[u8], code: u8) -> Option<Vec<u8>> {
    let header = bytes.get(..HEADER)?;
    let mut answer = header.to_vec();
    answer[2] = 0x80 | (header[2] & 0x79);
    answer[3] = code & 0xf;
    answer[4..].fill(0);
    Some(answer)
}

/// Has an answer of an upstream records of the type that was asked for, for that
/// name? Aliases are none: whoever keeps them would go around the override.
pub fn has_own_records(query: &Query, answer: &[u8]) -> bool {
    let Ok(answer) = Message::from_vec(answer) else {
        return false;
    };
    let Some(question) = answer.queries.first() else {
        return false;
    };
    let name = question.name();
    answer.metadata.response_code == ResponseCode::NoError
        && query.qclass == CLASS_IN
        && !answer.answers.is_empty()
        && answer.answers.iter().all(|record| {
            record.name == *name
                && (record.record_type() == question.query_type()
                    || record.record_type() == hickory_proto::rr::RecordType::RRSIG)
        })
}
