// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! C values to core values and back, errors to errno.

use core::net::Ipv6Addr;

use umux_core::error::Error;
use umux_core::plane::{Config, IfaceParams, MissPolicy, PoolSpec, Wanted};
use umux_core::policy::{LabelRow, ListenRule, ListenVerdict, Rule, RuleVerdict, Wish};
use umux_core::prefix::Prefix;
use umux_core::wire::nd::LinkAddr;

use umux_core_abi::{
    UMUX_JAIL_ANY, UMUX_LRULE_GUARD, UMUX_LRULE_LEGACY, UMUX_MISS_LEGACY, UMUX_MISS_REFUSE,
    UMUX_RULE_LEGACY, UMUX_RULE_UNIFY, UMUX_WISH_ANY, UMUX_WISH_NONE, UMUX_WISH_PUBLIC,
    UMUX_WISH_TEMPORARY, umux_core_config, umux_core_iface, umux_in6, umux_label, umux_lrule,
    umux_pool_req, umux_rule, umux_take,
};

// FreeBSD's numbers (sys/errno.h), on whatever host the tests run.
pub const ENOENT: i32 = 2;
pub const ESRCH: i32 = 3;
pub const ENXIO: i32 = 6;
pub const E2BIG: i32 = 7;
pub const EBUSY: i32 = 16;
pub const EEXIST: i32 = 17;
pub const EINVAL: i32 = 22;
pub const ENOSPC: i32 = 28;
pub const EAGAIN: i32 = 35;
pub const EOPNOTSUPP: i32 = 45;
pub const EADDRNOTAVAIL: i32 = 49;
pub const ESTALE: i32 = 70;

pub fn errno(error: Error) -> i32 {
    match error {
        Error::Invalid | Error::BadAddress => EINVAL,
        Error::NotFound | Error::NoPool | Error::ByRule => ENOENT,
        Error::Exists => EEXIST,
        Error::NoSpace => ENOSPC,
        Error::Busy => EBUSY,
        Error::Stale => ESTALE,
        Error::MissLegacy => EAGAIN,
        Error::MissRefuse => EADDRNOTAVAIL,
        Error::NoListener => ESRCH,
        Error::NotWildcard => EOPNOTSUPP,
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

pub fn wanted(ut: &umux_take) -> Option<Wanted> {
    Some(Wanted {
        ifindex: ut.ut_ifindex,
        peer: addr(&ut.ut_peer),
        proto: ut.ut_proto,
        fport: ut.ut_fport,
        lport: ut.ut_lport,
        uid: ut.ut_uid,
        jail: ut.ut_jid,
        wish: wish(ut.ut_wish)?,
    })
}

fn wish(number: u8) -> Option<Wish> {
    Some(match u32::from(number) {
        UMUX_WISH_NONE => Wish::None,
        UMUX_WISH_TEMPORARY => Wish::Temporary,
        UMUX_WISH_PUBLIC => Wish::Public,
        _ => return None,
    })
}

pub fn label(la: &umux_label) -> Option<LabelRow> {
    Some(LabelRow {
        prefix: prefix(&la.la_prefix, la.la_plen)?,
        precedence: la.la_precedence,
        label: la.la_label,
    })
}

pub fn label_out(row: LabelRow) -> umux_label {
    umux_label {
        la_prefix: in6(row.prefix.addr()),
        la_precedence: row.precedence,
        la_label: row.label,
        la_plen: row.prefix.len(),
        la_pad: [0; 7],
    }
}

pub fn rule(ru: &umux_rule) -> Option<Rule> {
    Some(Rule {
        verdict: match u32::from(ru.ru_verdict) {
            UMUX_RULE_UNIFY => RuleVerdict::Unify,
            UMUX_RULE_LEGACY => RuleVerdict::Legacy,
            _ => return None,
        },
        dst: prefix(&ru.ru_dst, ru.ru_plen)?,
        proto: Some(ru.ru_proto).filter(|&proto| proto != 0),
        ports: (ru.ru_port_first, ru.ru_port_last),
        uids: (ru.ru_uid_first, ru.ru_uid_last),
        jail: Some(ru.ru_jail).filter(|&jail| jail != UMUX_JAIL_ANY),
        wish: match u32::from(ru.ru_wish) {
            UMUX_WISH_ANY => None,
            _ => Some(wish(ru.ru_wish)?),
        },
    })
}

pub fn rule_out(rule: &Rule) -> umux_rule {
    umux_rule {
        ru_dst: in6(rule.dst.addr()),
        ru_plen: rule.dst.len(),
        ru_verdict: match rule.verdict {
            RuleVerdict::Unify => UMUX_RULE_UNIFY as u8,
            RuleVerdict::Legacy => UMUX_RULE_LEGACY as u8,
        },
        ru_proto: rule.proto.unwrap_or(0),
        ru_wish: match rule.wish {
            None => UMUX_WISH_ANY as u8,
            Some(Wish::None) => UMUX_WISH_NONE as u8,
            Some(Wish::Temporary) => UMUX_WISH_TEMPORARY as u8,
            Some(Wish::Public) => UMUX_WISH_PUBLIC as u8,
        },
        ru_port_first: rule.ports.0,
        ru_port_last: rule.ports.1,
        ru_uid_first: rule.uids.0,
        ru_uid_last: rule.uids.1,
        ru_jail: rule.jail.unwrap_or(UMUX_JAIL_ANY),
        ru_pad: 0,
    }
}

pub fn listen_rule(lr: &umux_lrule) -> Option<ListenRule> {
    Some(ListenRule {
        verdict: match u32::from(lr.lr_verdict) {
            UMUX_LRULE_LEGACY => ListenVerdict::Legacy,
            UMUX_LRULE_GUARD => ListenVerdict::Guard,
            _ => return None,
        },
        addr: prefix(&lr.lr_addr, lr.lr_plen)?,
        ports: (lr.lr_port_first, lr.lr_port_last),
        uids: (lr.lr_uid_first, lr.lr_uid_last),
        jail: Some(lr.lr_jail).filter(|&jail| jail != UMUX_JAIL_ANY),
    })
}

pub fn listen_rule_out(rule: &ListenRule) -> umux_lrule {
    umux_lrule {
        lr_addr: in6(rule.addr.addr()),
        lr_plen: rule.addr.len(),
        lr_verdict: match rule.verdict {
            ListenVerdict::Legacy => UMUX_LRULE_LEGACY as u8,
            ListenVerdict::Guard => UMUX_LRULE_GUARD as u8,
        },
        lr_port_first: rule.ports.0,
        lr_port_last: rule.ports.1,
        lr_pad: 0,
        lr_uid_first: rule.uids.0,
        lr_uid_last: rule.uids.1,
        lr_jail: rule.jail.unwrap_or(UMUX_JAIL_ANY),
    }
}
