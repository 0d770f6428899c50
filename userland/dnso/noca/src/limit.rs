// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! How many addresses a client can have made a second: each costs servers one.

use governor::clock::DefaultClock;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;

/// Limits by client; an IPv6 client is its /64, of which it can have any address.
pub struct Limit(RateLimiter<IpAddr, DashMapStateStore<IpAddr>, DefaultClock>);

/// Who a client is where there are limits.
pub fn client(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(addr) => Ipv6Addr::from_bits(addr.to_bits() & !u128::from(u64::MAX)).into(),
        v4 => v4,
    }
}

impl Limit {
    /// So many a second, and so many at once.
    pub fn new(rate: NonZeroU32, burst: NonZeroU32) -> Limit {
        Limit(RateLimiter::dashmap(
            Quota::per_second(rate).allow_burst(burst),
        ))
    }

    /// May it have one more?
    pub fn admits(&self, client: IpAddr) -> bool {
        self.0.check_key(&self::client(client)).is_ok()
    }

    /// Forgets clients that could have all they want again.
    pub fn forget(&self) {
        self.0.retain_recent();
    }

    /// Clients that are remembered.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// None?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_wants_too_much_gets_no_more_and_others_do() {
        let two = NonZeroU32::new(2).expect("not zero");
        let limit = Limit::new(two, two);
        let of = |text: &str| text.parse().expect("an address");
        assert!(limit.admits(of("2001:db8::1")));
        assert!(limit.admits(of("2001:db8::2")));
        assert!(!limit.admits(of("2001:db8::3")), "the same /64");
        assert!(limit.admits(of("2001:db8:0:1::1")));
        assert!(limit.admits(of("192.0.2.1")));
        assert!(limit.admits(of("::ffff:192.0.2.1")));
        assert!(!limit.admits(of("192.0.2.1")), "mapped is the same");
    }
}
