// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Addresses that can be asked for, and addresses that can answer.

use std::fmt;
use std::net::Ipv6Addr;

/// An address, and for a link-local one the interface that it is meant on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Target {
    /// The address.
    pub address: Ipv6Addr,
    /// Index of the interface; 0: not scoped.
    pub scope: u32,
}

/// Why an address cannot be a destination of a session, or be answered from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// `::`
    #[error("it is the unspecified address")]
    Unspecified,
    /// `::1`
    #[error("it is the loopback address")]
    Loopback,
    /// `ff00::/8`
    #[error("it is a multicast address")]
    Multicast,
    /// `::ffff:0:0/96`
    #[error("it is an IPv4-mapped address")]
    Mapped,
    /// Link-local, but on which link?
    #[error("it is a link-local address without its interface: write ADDRESS%INTERFACE")]
    Unscoped,
}

impl Target {
    /// The scope of what has global scope is nobody's business: programs leave
    /// rubbish there.
    pub fn new(address: Ipv6Addr, scope: u32) -> Target {
        let scope = if address.is_unicast_link_local() {
            scope
        } else {
            0
        };
        Target { address, scope }
    }

    /// Can a session go there, or an answer come from there?
    ///
    /// # Errors
    /// Why not.
    pub fn fit(&self) -> Result<(), Unfit> {
        let address = &self.address;
        if address.is_unspecified() {
            Err(Unfit::Unspecified)
        } else if address.is_loopback() {
            Err(Unfit::Loopback)
        } else if address.is_multicast() {
            Err(Unfit::Multicast)
        } else if address.to_ipv4_mapped().is_some() {
            Err(Unfit::Mapped)
        } else if address.is_unicast_link_local() && self.scope == 0 {
            Err(Unfit::Unscoped)
        } else {
            Ok(())
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.scope {
            0 => write!(f, "{}", self.address),
            scope => write!(f, "{}%{scope}", self.address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_unicast_address_is_unfit() {
        let fit = |text: &str, scope| Target::new(text.parse().expect("an address"), scope).fit();
        assert_eq!(fit("2001:db8::1", 0), Ok(()));
        assert_eq!(fit("fe80::1", 3), Ok(()));
        assert_eq!(fit("fe80::1", 0), Err(Unfit::Unscoped));
        assert_eq!(fit("::", 0), Err(Unfit::Unspecified));
        assert_eq!(fit("::1", 0), Err(Unfit::Loopback));
        assert_eq!(fit("ff02::1", 3), Err(Unfit::Multicast));
        assert_eq!(fit("::ffff:192.0.2.1", 0), Err(Unfit::Mapped));
    }

    #[test]
    fn only_link_local_addresses_have_a_scope() {
        let address = "2001:db8::1".parse().expect("an address");
        assert_eq!(Target::new(address, 7), Target::new(address, 0));
    }
}
