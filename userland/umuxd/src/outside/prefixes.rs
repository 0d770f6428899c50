// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The prefixes that interfaces have, from their addresses.
//!
//! A router advertisement that makes an address makes its prefix one of the
//! interface; an address that expires leaves with its prefix. An address of a single
//! host (/128, as DHCPv6 gives) says nothing of the link.

use std::collections::BTreeSet;
use std::io;
use std::net::Ipv6Addr;
use std::path::Path;
use umux_abi::{IfName, PoolId, Prefix};

/// Most that one answer holds; more than any host has pools.
const MOST: usize = 64;

/// Prefixes of these interfaces, each once. `file` stands in for the system.
pub fn of(interfaces: &[IfName], file: Option<&Path>) -> io::Result<Vec<PoolId>> {
    let mut pools = BTreeSet::new();
    let mut take = |interface: &str, addr: Ipv6Addr, len: u8| {
        let wanted = interfaces.iter().find(|name| name.as_str() == interface);
        if let (Some(name), Some(prefix)) = (wanted, prefix(addr, len)) {
            pools.insert(PoolId::new(name.clone(), prefix));
        }
    };
    match file {
        Some(file) => {
            for line in std::fs::read_to_string(file)?.lines() {
                if let Some((interface, addr, len)) = parse(line) {
                    take(interface, addr, len);
                }
            }
        }
        None => {
            for address in nix::ifaddrs::getifaddrs()? {
                let v6 = |storage: Option<nix::sys::socket::SockaddrStorage>| {
                    storage.and_then(|s| s.as_sockaddr_in6().map(|sin6| sin6.ip()))
                };
                if let (Some(addr), Some(mask)) = (v6(address.address), v6(address.netmask)) {
                    let len = mask.to_bits().leading_ones() as u8;
                    take(&address.interface_name, addr, len);
                }
            }
        }
    }
    Ok(pools.into_iter().take(MOST).collect())
}

/// The prefix of an address, if it is one that a pool can have.
fn prefix(addr: Ipv6Addr, len: u8) -> Option<Prefix> {
    let mask = u128::MAX.checked_shl(128 - u32::from(len)).unwrap_or(0);
    // Multicast, link-local, loopback and odd lengths are refused there.
    Prefix::new(Ipv6Addr::from_bits(addr.to_bits() & mask), len).ok()
}

/// `em0 2001:db8:1::5/64`
fn parse(line: &str) -> Option<(&str, Ipv6Addr, u8)> {
    let (interface, rest) = line.split_once(' ')?;
    let (addr, len) = rest.trim().split_once('/')?;
    Some((interface, addr.parse().ok()?, len.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_prefix_that_a_pool_can_have_is_told_once() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("addresses");
        std::fs::write(
            &file,
            "em0 fe80::1/64\nem0 2001:db8:1::5/64\nem0 2001:db8:1::6/64\nem0 2001:db8:9::1/128\n\
             em1 2001:db8:2::1/64\nem0 fd00:1::1/48\nlo0 ::1/128\nem0 nonsense\n",
        )
        .expect("written");
        let em0 = ["em0".parse().expect("a name")];
        let found = of(&em0, Some(&file)).expect("read");
        let expected =
            ["em0 2001:db8:1::/64", "em0 fd00:1::/48"].map(|p| p.parse().expect("a pool"));
        assert_eq!(found, expected);
    }

    #[test]
    fn the_system_can_be_asked() {
        let lo = ["lo", "lo0"].map(|name| name.parse().expect("a name"));
        assert_eq!(of(&lo, None).expect("it answers"), [], "::1 is no prefix");
    }
}
