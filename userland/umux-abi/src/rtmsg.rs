// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Routing messages as pure code over bytes.
//!
//! The layout is that of an LP64 FreeBSD, 13 to 15, so this runs and is tested on
//! any host. Bytes are not trusted: whatever they are, the answer is an event,
//! "not for umux", or a fault, never a panic.

pub mod classic;
mod sockaddr;

pub use classic::Classic;

use crate::bindings as raw;
use crate::{Event, EventKinds, IfName, PoolId, Prefix};
use std::net::Ipv6Addr;

/// Greatest message of umux, with room: header and five sockaddrs.
pub const MESSAGE_MAX: usize = 2048;

/// Bytes of `struct rt_msghdr`: 40 and fourteen longs of metrics.
pub const HEADER_LEN: usize = 152;

const RTM_VERSION: u8 = 5;
const OFFSET_VERSION: usize = 2;
const OFFSET_TYPE: usize = 3;
const OFFSET_ADDRS: usize = 12;

const RTAX_DST: usize = 0;
const RTAX_NETMASK: usize = 2;
const RTAX_IFP: usize = 4;
const RTAX_AUTHOR: usize = 6;
const RTAX_MAX: usize = 8;

const AF_LINK: u8 = 18;
const AF_INET6: u8 = 28;

/// Offset of the address in `struct sockaddr_in6`.
const SIN6_ADDR: usize = 8;
/// Offset of the name in `struct sockaddr_dl`.
const SDL_DATA: usize = 8;
const SDL_NLEN: usize = 5;

/// What a message was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed {
    /// An event of umux.
    Event(Event),
    /// Somebody else's message.
    Foreign,
}

/// Why a message of umux's type is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Shorter than it says, or than it must be.
    #[error("it is cut short")]
    Short,
    /// A sockaddr that must be there is not.
    #[error("it lacks the {0}")]
    Missing(&'static str),
    /// Of another version of the routing socket.
    #[error("it is of version {0}, which is not known")]
    Version(u8),
    /// A sockaddr of the wrong kind or content.
    #[error("its {0} is not one")]
    Bad(&'static str),
}

fn u16_at(bytes: &[u8], at: usize) -> Result<u16, Fault> {
    let field = bytes.get(at..at + 2).ok_or(Fault::Short)?;
    Ok(u16::from_ne_bytes([field[0], field[1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, Fault> {
    let field = bytes.get(at..at + 4).ok_or(Fault::Short)?;
    Ok(u32::from_ne_bytes([field[0], field[1], field[2], field[3]]))
}

/// Takes one message, as one read of a routing socket gives it.
pub fn parse(bytes: &[u8]) -> Result<Parsed, Fault> {
    let (Some(&version), Some(&kind)) = (bytes.get(OFFSET_VERSION), bytes.get(OFFSET_TYPE)) else {
        return Err(Fault::Short);
    };
    if version != RTM_VERSION || u32::from(kind) != raw::RTM_UMUX {
        return Ok(Parsed::Foreign);
    }
    let said = usize::from(u16_at(bytes, 0)?);
    if said < HEADER_LEN {
        return Err(Fault::Short);
    }
    let message = bytes.get(..said).ok_or(Fault::Short)?;
    let sockaddrs = split(&message[HEADER_LEN..], u32_at(message, OFFSET_ADDRS)?)?;
    event(&sockaddrs).map(Parsed::Event)
}

/// One message of whatever kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// An event of umux.
    Umux(Event),
    /// Any other.
    Classic(Classic),
}

/// Reads a message of whatever kind.
pub fn decode(bytes: &[u8]) -> Result<Message, Fault> {
    match parse(bytes)? {
        Parsed::Event(event) => Ok(Message::Umux(event)),
        Parsed::Foreign => classic::parse(bytes).map(Message::Classic),
    }
}

/// Does this message tell of an address that came or went?
pub fn is_address_change(bytes: &[u8]) -> bool {
    const RTM_NEWADDR: u8 = 0xc;
    const RTM_DELADDR: u8 = 0xd;
    bytes.get(OFFSET_VERSION) == Some(&RTM_VERSION)
        && matches!(bytes.get(OFFSET_TYPE), Some(&(RTM_NEWADDR | RTM_DELADDR)))
}

/// Splits the sockaddrs that the bits announce.
fn split(mut bytes: &[u8], bits: u32) -> Result<[Option<&[u8]>; RTAX_MAX], Fault> {
    let mut found = [None; RTAX_MAX];
    for (index, slot) in found.iter_mut().enumerate() {
        if bits & (1 << index) == 0 {
            continue;
        }
        let len = usize::from(*bytes.first().ok_or(Fault::Short)?);
        *slot = Some(bytes.get(..len).ok_or(Fault::Short)?);
        // Each takes a multiple of a long, and one long at least; the last one's
        // padding may be missing.
        let space = len.max(1).next_multiple_of(size_of::<u64>());
        bytes = bytes.get(space..).unwrap_or_default();
    }
    Ok(found)
}

fn event(sockaddrs: &[Option<&[u8]>; RTAX_MAX]) -> Result<Event, Fault> {
    let get = |index: usize, what| sockaddrs[index].ok_or(Fault::Missing(what));
    let prefix = prefix(get(RTAX_DST, "prefix")?, get(RTAX_NETMASK, "netmask")?)?;
    let interface = interface(get(RTAX_IFP, "interface")?)?;
    let what = get(RTAX_AUTHOR, "description")?;
    if what.len() < size_of::<raw::umux_sockaddr>() || u32::from(what[1]) != raw::UMUX_AF {
        return Err(Fault::Bad("description"));
    }
    let word = |offset| u32_at(what, offset);
    Ok(Event {
        pool: PoolId { interface, prefix },
        kinds: EventKinds::from_bits_retain(u16_at(
            what,
            std::mem::offset_of!(raw::umux_sockaddr, su_events),
        )?),
        seq: word(std::mem::offset_of!(raw::umux_sockaddr, su_seq))?,
        uncertain: word(std::mem::offset_of!(raw::umux_sockaddr, su_uncertain))?,
        tentative: word(std::mem::offset_of!(raw::umux_sockaddr, su_tentative))?,
        valid: word(std::mem::offset_of!(raw::umux_sockaddr, su_valid))?,
        duplicated: word(std::mem::offset_of!(raw::umux_sockaddr, su_duplicated))?,
        missed: word(std::mem::offset_of!(raw::umux_sockaddr, su_missed))?,
    })
}

/// The address of a sockaddr_in6; bytes that were trimmed are zero.
fn in6(sockaddr: &[u8]) -> [u8; 16] {
    let mut octets = [0; 16];
    let given = sockaddr.get(SIN6_ADDR..).unwrap_or_default();
    for (to, from) in octets.iter_mut().zip(given) {
        *to = *from;
    }
    octets
}

fn prefix(dst: &[u8], mask: &[u8]) -> Result<Prefix, Fault> {
    if dst.len() < SIN6_ADDR + 16 || dst[1] != AF_INET6 {
        return Err(Fault::Bad("prefix"));
    }
    // A mask may come trimmed and without a family, as the radix tree keeps it.
    if mask.len() > 1 && mask[1] != AF_INET6 && mask[1] != 0 {
        return Err(Fault::Bad("netmask"));
    }
    let mask = u128::from_be_bytes(in6(mask));
    let len = mask.leading_ones();
    if mask.checked_shl(len).unwrap_or(0) != 0 {
        return Err(Fault::Bad("netmask"));
    }
    Prefix::new(Ipv6Addr::from(in6(dst)), len as u8).map_err(|_| Fault::Bad("prefix"))
}

fn interface(sockaddr: &[u8]) -> Result<IfName, Fault> {
    let bad = Fault::Bad("interface");
    if sockaddr.len() < SDL_DATA || sockaddr[1] != AF_LINK {
        return Err(bad);
    }
    let name = sockaddr
        .get(SDL_DATA..SDL_DATA + usize::from(sockaddr[SDL_NLEN]))
        .ok_or(bad)?;
    std::str::from_utf8(name)
        .map_err(|_| bad)?
        .parse()
        .map_err(|_| bad)
}

/// Builds the message of an event, for planes that are not the kernel's and for tests.
pub fn emit(event: &Event) -> Vec<u8> {
    let mut bytes = vec![0; HEADER_LEN];
    bytes[OFFSET_VERSION] = RTM_VERSION;
    bytes[OFFSET_TYPE] = raw::RTM_UMUX as u8;
    let bits: u32 = [RTAX_DST, RTAX_NETMASK, RTAX_IFP, RTAX_AUTHOR]
        .iter()
        .map(|index| 1 << index)
        .sum();
    bytes[OFFSET_ADDRS..OFFSET_ADDRS + 4].copy_from_slice(&bits.to_ne_bytes());

    let mut push = |sockaddr: &[u8]| {
        bytes.extend_from_slice(sockaddr);
        bytes.resize(bytes.len().next_multiple_of(size_of::<u64>()), 0);
    };
    let sin6 = |value: u128| {
        let mut out = [0; 28];
        out[0] = 28;
        out[1] = AF_INET6;
        out[SIN6_ADDR..SIN6_ADDR + 16].copy_from_slice(&value.to_be_bytes());
        out
    };
    let prefix = event.pool.prefix;
    push(&sin6(prefix.bits()));
    push(&sin6(u128::MAX << prefix.host_bits()));

    let name = event.pool.interface.as_str().as_bytes();
    let mut sdl = [0; 54];
    sdl[0] = 54;
    sdl[1] = AF_LINK;
    sdl[SDL_NLEN] = name.len() as u8;
    sdl[SDL_DATA..SDL_DATA + name.len()].copy_from_slice(name);
    push(&sdl);

    let mut what = vec![size_of::<raw::umux_sockaddr>() as u8, raw::UMUX_AF as u8];
    what.extend_from_slice(&event.kinds.bits().to_ne_bytes());
    for word in [
        event.seq,
        event.uncertain,
        event.tentative,
        event.valid,
        event.duplicated,
        event.missed,
        0,
    ] {
        what.extend_from_slice(&word.to_ne_bytes());
    }
    push(&what);

    let len = bytes.len() as u16;
    bytes[..2].copy_from_slice(&len.to_ne_bytes());
    bytes
}
