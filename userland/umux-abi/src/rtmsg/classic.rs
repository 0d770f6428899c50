// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The messages of the routing socket that are not umux's, as route(8) monitor shows
//! them. Layouts are those of net/route.h and net/if.h of an LP64 FreeBSD 13 to 15.

use super::sockaddr::{self, Sockaddr};
use super::{Fault, HEADER_LEN, OFFSET_TYPE, OFFSET_VERSION, RTM_VERSION, split, u16_at, u32_at};
use serde::Serialize;

const NEWADDR: u8 = 0xc;
const DELADDR: u8 = 0xd;
const IFINFO: u8 = 0xe;
const NEWMADDR: u8 = 0xf;
const DELMADDR: u8 = 0x10;
const IFANNOUNCE: u8 = 0x11;

/// Names by number, as net/route.h has them without `RTM_`.
const NAMES: [(u8, &str); 17] = [
    (0x1, "add"),
    (0x2, "delete"),
    (0x3, "change"),
    (0x4, "get"),
    (0x5, "losing"),
    (0x6, "redirect"),
    (0x7, "miss"),
    (0x8, "lock"),
    (0xb, "resolve"),
    (NEWADDR, "newaddr"),
    (DELADDR, "deladdr"),
    (IFINFO, "ifinfo"),
    (NEWMADDR, "newmaddr"),
    (DELMADDR, "delmaddr"),
    (IFANNOUNCE, "ifannounce"),
    (0x12, "ieee80211"),
    (0x75, "umux"),
];

/// Bytes before the sockaddrs.
const IFM_LEN: usize = 168;
const IFAM_LEN: usize = 20;
const IFMAM_LEN: usize = 16;
const IFAN_LEN: usize = 24;

/// Offset of the link's state in `struct if_msghdr`.
const IFM_LINK_STATE: usize = 20;

const ROUTE_FLAGS: [(u32, &str); 17] = [
    (0x1, "UP"),
    (0x2, "GATEWAY"),
    (0x4, "HOST"),
    (0x8, "REJECT"),
    (0x10, "DYNAMIC"),
    (0x20, "MODIFIED"),
    (0x40, "DONE"),
    (0x200, "XRESOLVE"),
    (0x400, "LLINFO"),
    (0x800, "STATIC"),
    (0x1000, "BLACKHOLE"),
    (0x4000, "PROTO2"),
    (0x8000, "PROTO1"),
    (0x40000, "PROTO3"),
    (0x80000, "FIXEDMTU"),
    (0x100000, "PINNED"),
    (0x200000, "LOCAL"),
];

const INTERFACE_FLAGS: [(u32, &str); 12] = [
    (0x1, "UP"),
    (0x2, "BROADCAST"),
    (0x4, "DEBUG"),
    (0x8, "LOOPBACK"),
    (0x10, "POINTOPOINT"),
    (0x40, "RUNNING"),
    (0x80, "NOARP"),
    (0x100, "PROMISC"),
    (0x200, "ALLMULTI"),
    (0x400, "OACTIVE"),
    (0x800, "SIMPLEX"),
    (0x8000, "MULTICAST"),
];

/// Names of the sockaddrs, in RTAX order.
const AXES: [&str; 8] = [
    "dst", "gateway", "netmask", "genmask", "ifp", "ifa", "author", "brd",
];

/// What only messages about routes say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// Process that asked for the change; 0: the kernel.
    pub pid: u32,
    /// Its number for it.
    pub seq: u32,
    /// Why it failed; 0: it did not.
    pub errno: u32,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Classic {
    /// Its type: the name without `RTM_` in lower case, or the number.
    #[serde(rename = "type")]
    pub kind: String,
    /// The interface, if the message names it.
    pub interface: Option<String>,
    /// Number of the interface; 0: none.
    pub ifindex: u16,
    /// Names of the flags; those of routes or of interfaces.
    pub flags: Vec<&'static str>,
    /// up, down or unknown: the link of the interface.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<&'static str>,
    /// arrival or departure of the interface.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub announced: Option<&'static str>,
    /// Who changed a route.
    #[serde(flatten)]
    pub origin: Option<Origin>,
    /// The sockaddrs by their names.
    #[serde(serialize_with = "as_map")]
    pub addresses: Vec<(&'static str, String)>,
}

fn as_map<S: serde::Serializer>(
    pairs: &[(&'static str, String)],
    to: S,
) -> Result<S::Ok, S::Error> {
    to.collect_map(pairs.iter().map(|(name, address)| (name, address)))
}

/// All names that [`Classic::kind`] can have.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|(_, name)| *name).filter(|n| *n != "umux")
}

fn flags(bits: u32, names: &[(u32, &'static str)]) -> Vec<&'static str> {
    let set = names.iter().filter(|(bit, _)| bits & bit != 0);
    set.map(|(_, name)| *name).collect()
}

/// Reads a message that is not umux's.
pub fn parse(bytes: &[u8]) -> Result<Classic, Fault> {
    let said = usize::from(u16_at(bytes, 0)?);
    let message = bytes.get(..said).ok_or(Fault::Short)?;
    let (Some(&version), Some(&number)) = (message.get(OFFSET_VERSION), message.get(OFFSET_TYPE))
    else {
        return Err(Fault::Short);
    };
    if version != RTM_VERSION {
        return Err(Fault::Version(version));
    }
    let named = NAMES.iter().find(|(n, _)| *n == number);
    let mut classic = Classic {
        kind: named.map_or_else(|| format!("type-{number}"), |(_, name)| (*name).to_owned()),
        interface: None,
        ifindex: 0,
        flags: Vec::new(),
        link: None,
        announced: None,
        origin: None,
        addresses: Vec::new(),
    };
    match number {
        IFINFO => {
            about_interface(&mut classic, message, IFM_LEN, &INTERFACE_FLAGS)?;
            classic.link = Some(match message[IFM_LINK_STATE] {
                1 => "down",
                2 => "up",
                _ => "unknown",
            });
        }
        NEWADDR | DELADDR => about_interface(&mut classic, message, IFAM_LEN, &ROUTE_FLAGS)?,
        NEWMADDR | DELMADDR => about_interface(&mut classic, message, IFMAM_LEN, &[])?,
        IFANNOUNCE => announcement(&mut classic, message)?,
        0x1..=0xb => about_route(&mut classic, message)?,
        // Its layout is not known.
        _ => {}
    }
    Ok(classic)
}

fn about_interface(
    classic: &mut Classic,
    message: &[u8],
    len: usize,
    names: &[(u32, &'static str)],
) -> Result<(), Fault> {
    let rest = message.get(len..).ok_or(Fault::Short)?;
    classic.flags = flags(u32_at(message, 8)?, names);
    classic.ifindex = u16_at(message, 12)?;
    addresses(classic, rest, u32_at(message, 4)?)
}

fn about_route(classic: &mut Classic, message: &[u8]) -> Result<(), Fault> {
    let rest = message.get(HEADER_LEN..).ok_or(Fault::Short)?;
    classic.ifindex = u16_at(message, 4)?;
    classic.flags = flags(u32_at(message, 8)?, &ROUTE_FLAGS);
    classic.origin = Some(Origin {
        pid: u32_at(message, 16)?,
        seq: u32_at(message, 20)?,
        errno: u32_at(message, 24)?,
    });
    addresses(classic, rest, u32_at(message, 12)?)
}

fn announcement(classic: &mut Classic, message: &[u8]) -> Result<(), Fault> {
    let message = message.get(..IFAN_LEN).ok_or(Fault::Short)?;
    classic.ifindex = u16_at(message, 4)?;
    classic.announced = Some(match u16_at(message, 22)? {
        0 => "arrival",
        1 => "departure",
        _ => "unknown",
    });
    let name = message[6..22].split(|byte| *byte == 0).next();
    classic.interface = name
        .filter(|name| !name.is_empty())
        .map(|name| name.escape_ascii().to_string());
    Ok(())
}

fn addresses(classic: &mut Classic, bytes: &[u8], bits: u32) -> Result<(), Fault> {
    for (name, bytes) in AXES.iter().zip(split(bytes, bits)?) {
        let Some(bytes) = bytes else { continue };
        let is_mask = matches!(*name, "netmask" | "genmask");
        let sockaddr = Sockaddr::parse(bytes);
        if let Sockaddr::Link { name: own, .. } = &sockaddr
            && !own.is_empty()
            && classic.interface.is_none()
        {
            classic.interface = Some(own.clone());
        }
        let text = if is_mask {
            sockaddr::mask(bytes)
        } else {
            sockaddr.to_string()
        };
        classic.addresses.push((*name, text));
    }
    Ok(())
}
