// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! C values to core values and back, errors to errno.

use core::net::Ipv6Addr;

use umux_core::error::Error;
use umux_core::plane::{Config, IfaceParams, MissPolicy, PoolSpec};
use umux_core::prefix::Prefix;
use umux_core::wire::nd::LinkAddr;

use umux_core_abi::{UMUX_MISS_LEGACY, UMUX_MISS_REFUSE, umux_core_config, umux_core_iface};
use umux_core_abi::{umux_in6, umux_pool_req};

// FreeBSD's numbers (sys/errno.h), on whatever host the tests run.
pub const ENOENT: i32 = 2;
pub const ENXIO: i32 = 6;
pub const EBUSY: i32 = 16;
pub const EEXIST: i32 = 17;
pub const EINVAL: i32 = 22;
pub const ENOSPC: i32 = 28;
pub const EAGAIN: i32 = 35;
pub const EADDRNOTAVAIL: i32 = 49;
pub const ESTALE: i32 = 70;

pub fn errno(error: Error) -> i32 {
    match error {
        Error::Invalid | Error::BadAddress => EINVAL,
        Error::NotFound | Error::NoPool => ENOENT,
        Error::Exists => EEXIST,
        Error::NoSpace => ENOSPC,
        Error::Busy => EBUSY,
        Error::Stale => ESTALE,
        Error::MissLegacy => EAGAIN,
        Error::MissRefuse => EADDRNOTAVAIL,
    }
}

pub fn status(result: Result<(), Error>) -> i32 {
    result.map_or_else(errno, |()| 0)
}

pub fn config(cc: &umux_core_config) -> Config {
    Config {
        max_addrs: cc.cc_max_addrs,
        max_pools: cc.cc_max_pools,
        max_ifaces: cc.cc_max_ifaces,
        tombstone: cc.cc_tombstone_ms,
        duplicated: cc.cc_duplicated_ms,
        audit: cc.cc_audit_ms,
        dad_spread: cc.cc_dad_spread_ms,
    }
}

pub fn iface(ci: &umux_core_iface) -> IfaceParams {
    let lladdr = ci
        .ci_lladdr
        .get(..usize::from(ci.ci_lladdr_len))
        .and_then(LinkAddr::new);
    IfaceParams {
        ifindex: ci.ci_ifindex,
        dad_count: u8::try_from(ci.ci_dad_count).unwrap_or(u8::MAX),
        retrans: ci.ci_retrans_ms,
        up: ci.ci_up != 0,
        lladdr,
    }
}

pub fn addr(in6: &umux_in6) -> Ipv6Addr {
    Ipv6Addr::from(in6.s6)
}

pub fn in6(addr: Ipv6Addr) -> umux_in6 {
    umux_in6 { s6: addr.octets() }
}

/// A prefix without bits behind its length.
pub fn prefix(in6: &umux_in6, plen: u8) -> Option<Prefix> {
    Prefix::new(addr(in6), plen).filter(|prefix| prefix.addr() == addr(in6))
}

pub fn pool_spec(up: &umux_pool_req) -> Option<PoolSpec> {
    Some(PoolSpec {
        prefix: prefix(&up.up_prefix, up.up_plen)?,
        miss: match u32::from(up.up_miss) {
            UMUX_MISS_LEGACY => MissPolicy::Legacy,
            UMUX_MISS_REFUSE => MissPolicy::Refuse,
            _ => return None,
        },
        max_age: up.up_max_age,
        notify: up.up_notify_ms,
    })
}

pub fn miss(policy: MissPolicy) -> u8 {
    match policy {
        MissPolicy::Legacy => UMUX_MISS_LEGACY as u8,
        MissPolicy::Refuse => UMUX_MISS_REFUSE as u8,
    }
}
