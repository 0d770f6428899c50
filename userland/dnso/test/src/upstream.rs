// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! An ordinary resolver that says what tests expect: what it says depends on the
//! first label.

use hickory_proto::op::{Message, MessageType, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME, MX, SOA, TXT};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// The resolver.
pub struct Upstream {
    address: SocketAddr,
    asked: Arc<AtomicU64>,
    forge: Arc<AtomicBool>,
    last: Arc<Mutex<Vec<u8>>>,
}

impl Upstream {
    /// Answers until the process ends.
    pub fn start() -> Upstream {
        // A process that is just being started may hold a port for a moment.
        let (address, socket, listener) = loop {
            let address = SocketAddr::from(([127, 0, 0, 1], crate::site::free_port()));
            if let (Ok(socket), Ok(listener)) =
                (UdpSocket::bind(address), TcpListener::bind(address))
            {
                break (address, socket, listener);
            }
        };
        let upstream = Upstream {
            address,
            asked: Arc::default(),
            forge: Arc::default(),
            last: Arc::default(),
        };
        let (asked, forge) = (Arc::clone(&upstream.asked), Arc::clone(&upstream.forge));
        let last = Arc::clone(&upstream.last);
        std::thread::spawn(move || {
            let mut room = [0; 4096];
            while let Ok((len, from)) = socket.recv_from(&mut room) {
                asked.fetch_add(1, Ordering::SeqCst);
                *last.lock().expect("no panic") = room[..len].to_vec();
                if forge.load(Ordering::SeqCst) {
                    for forged in forgeries(&room[..len]) {
                        let _ = socket.send_to(&forged, from);
                    }
                }
                if let Some(answer) = answer(&room[..len], Some(1232)) {
                    let _ = socket.send_to(&answer, from);
                }
            }
        });
        let asked = Arc::clone(&upstream.asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                let asked = Arc::clone(&asked);
                std::thread::spawn(move || {
                    let mut len = [0; 2];
                    while stream.read_exact(&mut len).is_ok() {
                        asked.fetch_add(1, Ordering::SeqCst);
                        let mut query = vec![0; usize::from(u16::from_be_bytes(len))];
                        if stream.read_exact(&mut query).is_err() {
                            return;
                        }
                        let Some(answer) = answer(&query, None) else {
                            return;
                        };
                        let mut frame = (answer.len() as u16).to_be_bytes().to_vec();
                        frame.extend_from_slice(&answer);
                        let _ = stream.write_all(&frame);
                    }
                });
            }
        });
        upstream
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How often it was asked.
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }

    /// Sends forged answers before the true one.
    pub fn forge(&self) {
        self.forge.store(true, Ordering::SeqCst);
    }

    /// The last query that came by UDP.
    pub fn last(&self) -> Vec<u8> {
        self.last.lock().expect("no panic").clone()
    }
}

/// Answers to other numbers, other questions, and no answers at all.
fn forgeries(query: &[u8]) -> Vec<Vec<u8>> {
    let lie = |change: &dyn Fn(&mut Message)| {
        let mut message = Message::from_vec(query).expect("a query");
        message.metadata.message_type = MessageType::Response;
        let name = message.queries[0].name().clone();
        let wrong = RData::A(A::new(203, 0, 113, 66));
        message.add_answer(Record::from_rdata(name, 60, wrong));
        change(&mut message);
        message.to_vec().expect("bytes")
    };
    vec![
        lie(&|m| m.metadata.id = m.metadata.id.wrapping_add(1)),
        lie(&|m| {
            let other = Name::from_ascii("other.test.").expect("a name");
            m.queries[0].set_name(other);
        }),
        lie(&|m| m.metadata.message_type = MessageType::Query),
        query[..4].to_vec(),
    ]
}

fn answer(bytes: &[u8], max: Option<usize>) -> Option<Vec<u8>> {
    let query = Message::from_vec(bytes).ok()?;
    let question = query.queries.first()?.clone();
    let mut answer = Message::new(
        query.metadata.id,
        MessageType::Response,
        query.metadata.op_code,
    );
    answer.metadata.recursion_desired = true;
    answer.metadata.recursion_available = true;
    answer.metadata.authentic_data = query.metadata.authentic_data;
    answer.queries = query.queries.clone();
    if let Some(edns) = &query.edns {
        let mut ours = hickory_proto::op::Edns::new();
        ours.set_max_payload(1232);
        ours.set_dnssec_ok(edns.flags().dnssec_ok);
        answer.set_edns(ours);
    }
    let name = question.name().clone();
    let first = name.iter().next().unwrap_or_default().to_ascii_lowercase();
    let mut add = |data: RData| {
        answer.add_answer(Record::from_rdata(name.clone(), 60, data));
    };
    match (&first[..], question.query_type()) {
        (b"silent", _) => return None,
        (b"servfail", _) => answer.metadata.response_code = ResponseCode::ServFail,
        (b"alias", _) => {
            let to = Name::from_ascii("target.test.").ok()?;
            add(RData::CNAME(CNAME(to)));
        }
        (b"big" | b"middle", RecordType::TXT) => {
            for n in 0..if &first[..] == b"big" { 20 } else { 4 } {
                add(RData::TXT(TXT::new(vec![format!("{n:0200}")])));
            }
        }
        (b"mail", RecordType::MX) => {
            add(RData::MX(MX::new(10, Name::from_ascii("mx.test.").ok()?)));
        }
        (b"none", _) | (_, RecordType::MX | RecordType::TXT) => {
            let zone = Name::from_ascii("test.").ok()?;
            let soa = SOA::new(zone.clone(), zone.clone(), 1, 2, 3, 4, 30);
            answer.add_authority(Record::from_rdata(zone, 60, RData::SOA(soa)));
            answer.metadata.response_code = ResponseCode::NXDomain;
        }
        (_, RecordType::A) => add(RData::A(A::new(192, 0, 2, 80))),
        (_, RecordType::AAAA) => add(RData::AAAA(AAAA::new(
            0x2001, 0xdb8, 0xaaaa, 0, 0, 0, 0, 80,
        ))),
        _ => {}
    }
    let bytes = answer.to_vec().ok()?;
    match max {
        Some(max) if bytes.len() > max => answer.truncate().to_vec().ok(),
        _ => Some(bytes),
    }
}
