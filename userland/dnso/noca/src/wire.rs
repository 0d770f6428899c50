// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Messages on the wire (RFC 1035, section 4), as far as one that is passed on has to
//! be looked at: without taking it apart, and without allocating.

use std::ops::Range;

/// Bytes of the header.
pub const HEADER: usize = 12;
/// Size of a UDP answer without EDNS.
pub const UDP_PLAIN: usize = 512;
/// Size of UDP messages that we ask for and send at most: no fragments anywhere.
pub const UDP_EDNS: u16 = 1232;

/// Types that matter here.
pub mod rrtype {
    /// IPv4 address.
    pub const A: u16 = 1;
    /// Start of authority.
    pub const SOA: u16 = 6;
    /// IPv6 address.
    pub const AAAA: u16 = 28;
    /// EDNS.
    pub const OPT: u16 = 41;
    /// Service binding, RFC 9460.
    pub const SVCB: u16 = 64;
    /// The same for HTTP.
    pub const HTTPS: u16 = 65;
    /// Signed transaction.
    pub const TSIG: u16 = 250;
    /// Incremental zone transfer.
    pub const IXFR: u16 = 251;
    /// Zone transfer.
    pub const AXFR: u16 = 252;
    /// Any type, RFC 8482.
    pub const ANY: u16 = 255;
}

/// The Internet.
pub const CLASS_IN: u16 = 1;
/// Any class.
pub const CLASS_ANY: u16 = 255;

/// Bits of the header's second word.
pub mod flag {
    /// An answer.
    pub const QR: u16 = 0x8000;
    /// Truncated.
    pub const TC: u16 = 0x0200;
    /// Recursion is wanted.
    pub const RD: u16 = 0x0100;
    /// Recursion is there.
    pub const RA: u16 = 0x0080;
    /// The answer is authentic, or whoever asks wants to know.
    pub const AD: u16 = 0x0020;
    /// Checking is disabled.
    pub const CD: u16 = 0x0010;
}

/// Options of EDNS that concern this hop alone: they are not passed on, and the
/// answer need not know them. NSID, COOKIE, TCP keepalive, padding.
const HOP_OPTIONS: [u16; 4] = [3, 10, 11, 12];
/// Client subnet, RFC 7871.
pub const OPTION_ECS: u16 = 8;

/// EDNS of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edns {
    /// Greatest UDP answer that is taken.
    pub size: u16,
    /// Its version; there is but 0.
    pub version: u8,
    /// DNSSEC records are wanted.
    pub dnssec: bool,
    /// It has options that are not this hop's alone.
    pub foreign: bool,
    /// Where the client subnet is, if it is there.
    pub ecs: Option<Range<usize>>,
}

/// A query, as it came.
#[derive(Debug, Clone)]
pub struct Query {
    /// Its number.
    pub id: u16,
    /// Flags, opcode and all.
    pub flags: u16,
    name: [u8; 255],
    name_len: u8,
    /// Type asked for.
    pub qtype: u16,
    /// Class asked for.
    pub qclass: u16,
    /// Where the question ends.
    pub end: usize,
    /// EDNS, if there is any.
    pub edns: Option<Edns>,
    /// It is signed.
    pub signed: bool,
}

/// What is no query that can be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bad {
    /// Nobody waits for an answer.
    Silence,
    /// FORMERR.
    Malformed,
    /// NOTIMP.
    Unknown,
}

/// A word at a place.
pub fn word(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at + 2)?;
    Some(u16::from_be_bytes([bytes[0], bytes[1]]))
}

/// Where a name ends; pointers end it too.
fn skip_name(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let len = *bytes.get(at)?;
        match len & 0xc0 {
            0 if len == 0 => return Some(at + 1),
            0 => at += 1 + usize::from(len),
            0xc0 => {
                bytes.get(at + 1)?;
                return Some(at + 2);
            }
            _ => return None,
        }
    }
}

impl Query {
    /// Reads one.
    pub fn parse(bytes: &[u8]) -> Result<Query, Bad> {
        if bytes.len() < HEADER {
            return Err(Bad::Silence);
        }
        let header = |at| word(bytes, at).ok_or(Bad::Silence);
        let flags = header(2)?;
        if flags & flag::QR != 0 {
            return Err(Bad::Silence);
        }
        if flags & 0x7800 != 0 {
            return Err(Bad::Unknown);
        }
        if header(4)? != 1 || header(6)? != 0 || header(8)? != 0 {
            return Err(Bad::Malformed);
        }
        let mut query = Query {
            id: header(0)?,
            flags,
            name: [0; 255],
            name_len: 0,
            qtype: 0,
            qclass: 0,
            end: 0,
            edns: None,
            signed: false,
        };
        query.question(bytes).ok_or(Bad::Malformed)?;
        let mut at = query.end;
        for _ in 0..header(10)? {
            at = query.additional(bytes, at).ok_or(Bad::Malformed)?;
        }
        Ok(query)
    }

    fn question(&mut self, bytes: &[u8]) -> Option<()> {
        let mut at = HEADER;
        loop {
            let len = *bytes.get(at)?;
            // A question has nothing before it that a pointer could lead to.
            if len > 63 || at - HEADER + usize::from(len) >= self.name.len() {
                return None;
            }
            self.name[at - HEADER] = len;
            at += 1;
            if len == 0 {
                break;
            }
            let label = bytes.get(at..at + usize::from(len))?;
            for byte in label {
                self.name[at - HEADER] = byte.to_ascii_lowercase();
                at += 1;
            }
        }
        self.name_len = u8::try_from(at - HEADER).ok()?;
        self.qtype = word(bytes, at)?;
        self.qclass = word(bytes, at + 2)?;
        self.end = at + 4;
        Some(())
    }

    /// One additional record; where it ends.
    fn additional(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        let after = skip_name(bytes, at)?;
        let rrtype = word(bytes, after)?;
        let len = usize::from(word(bytes, after + 8)?);
        let data = after + 10..after + 10 + len;
        bytes.get(data.clone())?;
        let end = data.end;
        match rrtype {
            rrtype::OPT => {
                // RFC 6891, section 6.1.1: the root's, and but one.
                if bytes[at] != 0 || self.edns.is_some() {
                    return None;
                }
                let mut edns = Edns {
                    size: word(bytes, after + 2)?.max(UDP_PLAIN as u16),
                    version: *bytes.get(after + 5)?,
                    dnssec: bytes.get(after + 6)? & 0x80 != 0,
                    foreign: false,
                    ecs: None,
                };
                options(bytes, data, &mut edns)?;
                self.edns = Some(edns);
            }
            rrtype::TSIG => self.signed = true,
            _ => self.signed = true, // not understood here, so passed on as it is
        }
        Some(end)
    }

    /// The name in lower case.
    pub fn name(&self) -> &[u8] {
        &self.name[..usize::from(self.name_len)]
    }

    /// Can it be answered by what others asked for, and be asked in our own words?
    pub fn is_plain(&self) -> bool {
        !self.signed && self.edns.as_ref().is_none_or(|edns| !edns.foreign)
    }

    /// Greatest UDP answer.
    pub fn udp_size(&self) -> usize {
        match &self.edns {
            None => UDP_PLAIN,
            Some(edns) => usize::from(edns.size.min(UDP_EDNS)),
        }
    }

    /// What distinguishes answers beside name, type and class.
    pub fn variant(&self) -> u8 {
        let edns = self.edns.as_ref();
        u8::from(edns.is_some())
            | u8::from(edns.is_some_and(|edns| edns.dnssec)) << 1
            | u8::from(self.flags & flag::CD != 0) << 2
            | u8::from(self.flags & flag::AD != 0) << 3
            | u8::from(self.flags & flag::RD != 0) << 4
    }

    /// The query for an upstream, number 0: as it came if there is in it what concerns
    /// others, else in our own words.
    pub fn passed_on(&self, bytes: &[u8]) -> Vec<u8> {
        if !self.is_plain() {
            let mut query = bytes.to_vec();
            query[..2].fill(0);
            return query;
        }
        let mut query = Vec::with_capacity(self.end + 11);
        let flags = self.flags & (flag::RD | flag::AD | flag::CD);
        query.extend_from_slice(&[0, 0]);
        query.extend_from_slice(&flags.to_be_bytes());
        query.extend_from_slice(&[0, 1, 0, 0, 0, 0, 0, u8::from(self.edns.is_some())]);
        query.extend_from_slice(&bytes[HEADER..self.end]);
        if let Some(edns) = &self.edns {
            let [high, low] = UDP_EDNS.to_be_bytes();
            let dnssec = u8::from(edns.dnssec) << 7;
            query.extend_from_slice(&[0, 0, 41, high, low, 0, 0, dnssec, 0, 0, 0]);
        }
        query
    }

    /// The answer that says: ask again by TCP.
    pub fn truncated(&self, bytes: &[u8], answer_flags: u16) -> Vec<u8> {
        let mut answer = Vec::with_capacity(self.end + 11);
        answer.extend_from_slice(&self.id.to_be_bytes());
        answer.extend_from_slice(&(answer_flags | flag::QR | flag::TC).to_be_bytes());
        answer.extend_from_slice(&[0, 1, 0, 0, 0, 0, 0, u8::from(self.edns.is_some())]);
        answer.extend_from_slice(&bytes[HEADER..self.end]);
        if let Some(edns) = &self.edns {
            let [high, low] = UDP_EDNS.to_be_bytes();
            let dnssec = u8::from(edns.dnssec) << 7;
            answer.extend_from_slice(&[0, 0, 41, high, low, 0, 0, dnssec, 0, 0, 0]);
        }
        answer
    }
}

fn options(bytes: &[u8], data: Range<usize>, edns: &mut Edns) -> Option<()> {
    let mut at = data.start;
    while at < data.end {
        let code = word(bytes, at)?;
        let len = usize::from(word(bytes, at + 2)?);
        let end = at + 4 + len;
        if end > data.end {
            return None;
        }
        if code == OPTION_ECS {
            edns.ecs = Some(at + 4..end);
        }
        edns.foreign |= !HOP_OPTIONS.contains(&code);
        at = end;
    }
    Some(())
}

/// Makes an answer of an upstream that of a client: its number, and its spelling of
/// the name. False: it is the answer to something else.
pub fn adapt(answer: &mut [u8], query: &Query, bytes: &[u8]) -> bool {
    let question = &bytes[HEADER..query.end];
    let Some(theirs) = answer.get(HEADER..query.end) else {
        return false;
    };
    if word(answer, 4) != Some(1) || !theirs.eq_ignore_ascii_case(question) {
        return false;
    }
    answer[HEADER..query.end].copy_from_slice(question);
    answer[..2].copy_from_slice(&query.id.to_be_bytes());
    true
}

/// Does an answer belong to a question (both from the header on)?
pub fn answers(answer: &[u8], question: &[u8]) -> bool {
    let is_answer = word(answer, 2).is_some_and(|flags| flags & flag::QR != 0);
    let same = answer
        .get(HEADER..HEADER + question.len())
        .is_some_and(|theirs| theirs.eq_ignore_ascii_case(question));
    is_answer && same && word(answer, 4) == Some(1)
}

/// How long an answer may be kept, and where its times stand.
#[derive(Debug, PartialEq, Eq)]
pub struct Times {
    /// Seconds.
    pub ttl: u32,
    /// Offsets of the TTLs.
    pub places: Vec<u16>,
}

/// A record of an answer.
struct Record {
    /// 0 to 2: answers, authorities, additional ones.
    section: usize,
    rrtype: u16,
    /// Where its TTL is.
    ttl: usize,
    data: Range<usize>,
}

/// Looks at all records but OPT, which has no TTL; none: they are not sound, or
/// `see` has said so.
fn records(
    answer: &[u8],
    question_end: usize,
    mut see: impl FnMut(Record) -> Option<()>,
) -> Option<()> {
    let counts = [word(answer, 6)?, word(answer, 8)?, word(answer, 10)?];
    let mut at = question_end;
    for (section, count) in counts.into_iter().enumerate() {
        for _ in 0..count {
            let after = skip_name(answer, at)?;
            let rrtype = word(answer, after)?;
            let len = usize::from(word(answer, after + 8)?);
            let data = after + 10..after + 10 + len;
            answer.get(data.clone())?;
            at = data.end;
            if rrtype != rrtype::OPT {
                see(Record {
                    section,
                    rrtype,
                    ttl: after + 4,
                    data,
                })?;
            }
        }
    }
    (at == answer.len()).then_some(())
}

/// Looks for the times of an answer; none: it is not to be kept.
pub fn times(answer: &[u8], question_end: usize) -> Option<Times> {
    let flags = word(answer, 2)?;
    let rcode = flags & 0xf;
    if flags & flag::TC != 0 || !(rcode == 0 || rcode == 3) {
        return None;
    }
    let negative = rcode == 3 || word(answer, 6)? == 0;
    let mut places = Vec::new();
    let mut ttl = u32::MAX;
    let mut soa = false;
    records(answer, question_end, |record| {
        let at = record.ttl;
        let here = u32::from(word(answer, at)?) << 16 | u32::from(word(answer, at + 2)?);
        // RFC 2181, section 8: a TTL with the highest bit is zero.
        let mut here = if here > i32::MAX as u32 { 0 } else { here };
        if record.section == 1 && record.rrtype == rrtype::SOA {
            soa = true;
            if negative {
                // RFC 2308, section 5: the last word is the greatest age.
                let data = answer.get(record.data)?;
                let minimum: &[u8; 4] = data.last_chunk()?;
                here = here.min(u32::from_be_bytes(*minimum));
            }
        }
        ttl = ttl.min(here);
        places.push(u16::try_from(at).ok()?);
        Some(())
    })?;
    // Without an SOA a negative answer has no time.
    (ttl > 0 && !places.is_empty() && (!negative || soa)).then_some(Times { ttl, places })
}

/// Sets all times of an answer to zero. That of an SOA is the greatest age of a denial,
/// too (RFC 2308, section 5), whatever stands in its data, which may be signed. False:
/// the answer is not sound, and is not to go out.
pub fn expire(answer: &mut [u8], question_end: usize) -> bool {
    let mut places = Vec::new();
    let sound = records(answer, question_end, |record| {
        places.push(record.ttl..record.ttl + 4);
        Some(())
    });
    for place in places {
        answer[place].fill(0);
    }
    sound.is_some()
}

/// Takes seconds that have passed off the times of an answer.
pub fn age(answer: &mut [u8], places: &[u16], seconds: u32) {
    for place in places {
        let place = usize::from(*place);
        if let Some(ttl) = answer.get_mut(place..place + 4) {
            let old = u32::from_be_bytes([ttl[0], ttl[1], ttl[2], ttl[3]]);
            ttl.copy_from_slice(&old.saturating_sub(seconds).to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests;
