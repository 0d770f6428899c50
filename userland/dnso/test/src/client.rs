// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A client: asks once, and waits.

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query};
use hickory_proto::rr::{Name, RData, RecordType};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// A query with EDNS.
pub fn query(name: &str, rrtype: RecordType) -> Message {
    let mut message = plain_query(name, rrtype);
    let mut edns = Edns::new();
    edns.set_max_payload(1232);
    message.set_edns(edns);
    message
}

/// A query without.
pub fn plain_query(name: &str, rrtype: RecordType) -> Message {
    let id = std::collections::hash_map::RandomState::new();
    // Not 0, which says nothing.
    let id = std::hash::BuildHasher::hash_one(&id, name) as u16 | 1;
    let mut message = Message::new(id, MessageType::Query, OpCode::Query);
    let name = Name::from_ascii(format!("{name}.")).expect("a name");
    message.add_query(Query::query(name, rrtype));
    message.metadata.recursion_desired = true;
    message
}

/// Sends bytes by UDP, and waits for bytes.
pub fn udp(to: SocketAddr, bytes: &[u8]) -> Option<Vec<u8>> {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    udp_on(&socket, to, bytes, PATIENCE)
}

/// The same on a socket that stays, for as long as is said.
pub fn udp_on(
    socket: &UdpSocket,
    to: SocketAddr,
    bytes: &[u8],
    limit: Duration,
) -> Option<Vec<u8>> {
    socket.set_read_timeout(Some(limit)).expect("a time");
    socket.send_to(bytes, to).expect("sent");
    let mut room = vec![0; 65_535];
    loop {
        match socket.recv_from(&mut room).map_err(|e| (e.kind(), e)) {
            Ok((len, _)) => {
                room.truncate(len);
                return Some(room);
            }
            Err((ErrorKind::Interrupted, _)) => {}
            Err((ErrorKind::WouldBlock | ErrorKind::TimedOut, _)) => return None,
            Err((_, e)) => panic!("an answer cannot be received: {e}"),
        }
    }
}

/// Sends bytes by TCP, and waits for bytes.
pub fn tcp(to: SocketAddr, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect(to).expect("it listens");
    tcp_on(&mut stream, bytes)
}

/// The same on a connection that stays.
pub fn tcp_on(stream: &mut TcpStream, bytes: &[u8]) -> Option<Vec<u8>> {
    stream.set_read_timeout(Some(PATIENCE)).expect("a time");
    let mut frame = (bytes.len() as u16).to_be_bytes().to_vec();
    frame.extend_from_slice(bytes);
    stream.write_all(&frame).expect("sent");
    let mut len = [0; 2];
    stream.read_exact(&mut len).ok()?;
    let mut answer = vec![0; usize::from(u16::from_be_bytes(len))];
    stream.read_exact(&mut answer).ok()?;
    Some(answer)
}

/// Asks by UDP.
pub fn ask(to: SocketAddr, message: &Message) -> Message {
    let answer = udp(to, &message.to_vec().expect("bytes")).expect("an answer");
    Message::from_vec(&answer).expect("a message")
}

/// Asks by TCP.
pub fn ask_tcp(to: SocketAddr, message: &Message) -> Message {
    let answer = tcp(to, &message.to_vec().expect("bytes")).expect("an answer");
    Message::from_vec(&answer).expect("a message")
}

/// The IPv6 addresses of an answer.
pub fn addresses(answer: &Message) -> Vec<Ipv6Addr> {
    let of = |data: &RData| match data {
        RData::AAAA(addr) => Some(addr.0),
        _ => None,
    };
    answer.answers.iter().filter_map(|r| of(&r.data)).collect()
}

/// The words of an extended error, RFC 8914.
pub fn extended_error(answer: &Message) -> Option<String> {
    use hickory_proto::rr::rdata::opt::EdnsOption;
    let options = answer.edns.as_ref()?.options();
    options
        .as_ref()
        .iter()
        .find_map(|(_, option)| match option {
            EdnsOption::Unknown(15, bytes) => {
                Some(String::from_utf8_lossy(bytes.get(2..)?).into_owned())
            }
            _ => None,
        })
}

/// An address for a name, as a client gets it.
pub fn address(to: SocketAddr, name: &str) -> Option<Ipv6Addr> {
    let answer = ask(to, &query(name, RecordType::AAAA));
    addresses(&answer).first().copied()
}
