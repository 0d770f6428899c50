// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Which client is which: by the address that it asks from, by a table, or by what a
//! trusted forwarder says (EDNS client subnet, RFC 7871).

use crate::wire::Query;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What is told of an IPv4 client's address when not all is told.
const IPV4_PREFIX: u8 = 24;

/// What others are told about a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tell {
    /// Its address, or as much of it as so many bits.
    Prefix(u8),
    /// Nothing.
    Nothing,
}

/// A client that is known by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// For logs.
    pub name: String,
    /// Where it asks from.
    pub from: Vec<IpNet>,
    /// Where it connects from.
    pub address: Ipv6Net,
}

/// All about clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clients {
    /// Who may ask; none: everybody.
    pub allow: Option<Vec<IpNet>>,
    /// What others are told.
    pub tell: Tell,
    /// Forwarders whose word about their clients is taken.
    pub ecs_from: Vec<IpNet>,
    /// Those with a name.
    pub known: Vec<Known>,
}

/// Who a client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// Whom limits are for.
    pub asks: IpAddr,
    /// What is told.
    pub told: Option<IpNet>,
}

/// A client subnet: family, length, scope, address (RFC 7871, section 6).
fn subnet(option: &[u8]) -> Option<IpNet> {
    let (head, address) = option.split_first_chunk::<4>()?;
    let len = head[2];
    if address.len() != usize::from(len).div_ceil(8) {
        return None;
    }
    match u16::from_be_bytes([head[0], head[1]]) {
        1 if len <= 32 => {
            let mut bytes = [0; 4];
            bytes.get_mut(..address.len())?.copy_from_slice(address);
            Some(
                Ipv4Net::new(Ipv4Addr::from(bytes), len)
                    .ok()?
                    .trunc()
                    .into(),
            )
        }
        2 if len <= 128 => {
            let mut bytes = [0; 16];
            bytes.get_mut(..address.len())?.copy_from_slice(address);
            Some(
                Ipv6Net::new(Ipv6Addr::from(bytes), len)
                    .ok()?
                    .trunc()
                    .into(),
            )
        }
        _ => None,
    }
}

impl Clients {
    /// Whether queries from there are answered.
    pub fn may_ask(&self, from: IpAddr) -> bool {
        let from = from.to_canonical();
        let inside = |nets: &Vec<IpNet>| nets.iter().any(|net| net.contains(&from));
        self.allow.as_ref().is_none_or(inside)
    }

    /// Who asks, from where and with what in the query.
    pub fn who(&self, from: IpAddr, query: &Query, bytes: &[u8]) -> Client {
        let from = from.to_canonical();
        let trusted = self.ecs_from.iter().any(|net| net.contains(&from));
        let ecs = query.edns.as_ref().and_then(|edns| edns.ecs.clone());
        let said = ecs
            .filter(|_| trusted)
            .and_then(|range| subnet(bytes.get(range)?))
            // RFC 7871, section 7.1.2: length 0 says nothing.
            .filter(|net| net.prefix_len() > 0);
        let net = said.unwrap_or_else(|| from.into());
        let asks = net.addr();
        let known = self
            .known
            .iter()
            .find(|known| known.from.iter().any(|from| from.contains(&net)));
        let net = known.map_or(net, |known| known.address.into());
        let told = match self.tell {
            Tell::Nothing => None,
            Tell::Prefix(len) => {
                // Who wants less to be told of IPv6 clients wants that of IPv4, too.
                let len = match net {
                    IpNet::V4(_) if len < 128 => IPV4_PREFIX,
                    _ => len,
                };
                let len = len.min(net.prefix_len());
                Some(IpNet::new(net.addr(), len).map_or(net, |net| net.trunc()))
            }
        };
        Client { asks, told }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(ecs: Option<&[u8]>) -> (Query, Vec<u8>) {
        let mut bytes = vec![0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, b'a', 0, 0, 28, 0, 1];
        let option = ecs.unwrap_or_default();
        let len = if ecs.is_some() { option.len() + 4 } else { 0 };
        bytes.extend_from_slice(&[0, 0, 41, 4, 208, 0, 0, 0, 0, 0, len as u8]);
        if ecs.is_some() {
            bytes.extend_from_slice(&[0, 8, 0, option.len() as u8]);
            bytes.extend_from_slice(option);
        }
        (Query::parse(&bytes).expect("sound"), bytes)
    }

    fn told(clients: &Clients, from: &str, ecs: Option<&[u8]>) -> Option<String> {
        let (query, bytes) = query(ecs);
        let client = clients.who(from.parse().expect("an address"), &query, &bytes);
        client.told.map(|net| net.to_string())
    }

    const ECS: &[u8] = &[0, 2, 64, 0, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 9];

    #[test]
    fn who_may_ask_is_said_by_prefix_or_not_at_all() {
        let may = |allow: Option<Vec<IpNet>>, from: &str| {
            let clients = Clients {
                allow,
                tell: Tell::Nothing,
                ecs_from: vec![],
                known: vec![],
            };
            clients.may_ask(from.parse().expect("an address"))
        };
        let home = ["2001:db8:9::/48", "192.0.2.0/24"].map(|net| net.parse().expect("a net"));
        assert!(may(None, "198.51.100.1"));
        for (from, expected) in [
            ("2001:db8:9:1::5", true),
            ("192.0.2.77", true),
            ("::ffff:192.0.2.77", true),
            ("2001:db8:a::5", false),
            ("198.51.100.1", false),
            ("::1", false),
        ] {
            assert_eq!(may(Some(home.to_vec()), from), expected, "{from}");
        }
    }

    #[test]
    fn a_client_is_who_it_is_by_address_table_or_a_trusted_word() {
        let net = |text: &str| text.parse::<IpNet>().expect("a prefix");
        let clients = Clients {
            allow: None,
            tell: Tell::Prefix(128),
            ecs_from: vec![net("127.0.0.1/32")],
            known: vec![Known {
                name: "desk".into(),
                from: vec![net("192.0.2.0/24")],
                address: "2001:db8:9::5/128".parse().expect("a prefix"),
            }],
        };
        let is = |from, ecs| told(&clients, from, ecs);
        assert_eq!(is("2001:db8::7", None).as_deref(), Some("2001:db8::7/128"));
        assert_eq!(is("192.0.2.3", None).as_deref(), Some("2001:db8:9::5/128"));
        assert_eq!(is("198.51.100.1", None).as_deref(), Some("198.51.100.1/32"));
        assert_eq!(
            is("127.0.0.1", Some(ECS)).as_deref(),
            Some("2001:db8:0:9::/64")
        );
        assert_eq!(
            is("2001:db8::7", Some(ECS)).as_deref(),
            Some("2001:db8::7/128"),
            "anybody can say anything"
        );
        assert_eq!(
            is("127.0.0.1", Some(&ECS[..6])).as_deref(),
            Some("127.0.0.1/32"),
            "too short for its length"
        );
        let shy = Clients {
            tell: Tell::Prefix(64),
            ..clients.clone()
        };
        assert_eq!(
            told(&shy, "2001:db8::7", None).as_deref(),
            Some("2001:db8::/64")
        );
        assert_eq!(
            told(&shy, "198.51.100.1", None).as_deref(),
            Some("198.51.100.0/24")
        );
        assert_eq!(
            told(&shy, "192.0.2.3", None).as_deref(),
            Some("2001:db8:9::/64"),
            "the table is IPv6"
        );
        let silent = Clients {
            tell: Tell::Nothing,
            ..clients
        };
        assert_eq!(told(&silent, "2001:db8::7", None), None);
    }
}
