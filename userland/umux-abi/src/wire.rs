// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Between typed values and the structures of the header.
//!
//! Everything that comes from a plane is checked: a module of another version must
//! give an error, never a wrong value.

use crate::bindings as raw;
use crate::{
    AddrInfo, AddrState, DasInfo, DasPhase, DasSpec, Error, IfName, Info, Label, ListenInfo,
    ListenRule, Miss, PoolCounts, PoolId, PoolInfo, PoolSpec, Prefix, Result, Rule, SessionInfo,
    model::{ListenVerdict, Protocol, Transport, Verdict, Wish},
};
use ipnet::Ipv6Net;
use std::net::Ipv6Addr;

/// Header of a request of type `T`.
pub const fn header<T>() -> raw::umux_hdr {
    raw::umux_hdr {
        uh_version: raw::UMUX_ABI_VERSION,
        uh_size: size_of::<T>() as u32,
    }
}

/// An address in network byte order.
pub fn in6(addr: Ipv6Addr) -> raw::umux_in6 {
    raw::umux_in6 { s6: addr.octets() }
}

/// The other way.
pub fn addr(in6: &raw::umux_in6) -> Ipv6Addr {
    Ipv6Addr::from(in6.s6)
}

/// A name as a zero-padded array.
pub fn ifname(name: &IfName) -> [std::ffi::c_char; raw::UMUX_IFNAMSIZ as usize] {
    let mut out = [0; raw::UMUX_IFNAMSIZ as usize];
    for (to, from) in out.iter_mut().zip(name.as_str().bytes()) {
        *to = from as std::ffi::c_char;
    }
    out
}

/// Text up to the first zero, which must be there.
fn text(bytes: &[std::ffi::c_char]) -> Result<String> {
    let end = bytes
        .iter()
        .position(|b| *b == 0)
        .ok_or_else(|| Error::Nonsense("a name has no end".into()))?;
    let bytes: Vec<u8> = bytes[..end].iter().map(|b| *b as u8).collect();
    String::from_utf8(bytes).map_err(|_| Error::Nonsense("a name is not text".into()))
}

fn nonsense(error: Error) -> Error {
    Error::Nonsense(error.to_string())
}

impl Miss {
    fn to_raw(self) -> u8 {
        match self {
            Miss::Legacy => raw::UMUX_MISS_LEGACY as u8,
            Miss::Refuse => raw::UMUX_MISS_REFUSE as u8,
        }
    }

    fn from_raw(value: u8) -> Result<Miss> {
        match u32::from(value) {
            raw::UMUX_MISS_LEGACY => Ok(Miss::Legacy),
            raw::UMUX_MISS_REFUSE => Ok(Miss::Refuse),
            other => Err(Error::Nonsense(format!("miss policy {other}"))),
        }
    }
}

impl AddrState {
    fn from_raw(value: u8) -> Result<AddrState> {
        match u32::from(value) {
            raw::UMUX_S_PENDING => Ok(AddrState::Pending),
            raw::UMUX_S_TENTATIVE => Ok(AddrState::Tentative),
            raw::UMUX_S_UNCERTAIN => Ok(AddrState::Uncertain),
            raw::UMUX_S_VALID => Ok(AddrState::Valid),
            raw::UMUX_S_DUPLICATED => Ok(AddrState::Duplicated),
            raw::UMUX_S_TOMBSTONE => Ok(AddrState::Tombstone),
            other => Err(Error::Nonsense(format!("address state {other}"))),
        }
    }
}

/// The request that makes a pool.
pub fn pool_add_request(spec: &PoolSpec) -> raw::umux_pool_req {
    raw::umux_pool_req {
        up_hdr: header::<raw::umux_pool_req>(),
        up_ifname: ifname(&spec.id.interface),
        up_prefix: in6(spec.id.prefix.addr()),
        up_plen: spec.id.prefix.len(),
        up_miss: spec.miss.to_raw(),
        up_pad: 0,
        up_flags: 0,
        up_max_age: spec.max_age,
        up_notify_ms: spec.notify_ms,
    }
}

/// The request that removes one.
pub fn pool_del_request(id: &PoolId, force: bool) -> raw::umux_pool_req {
    raw::umux_pool_req {
        up_flags: if force { raw::UMUX_POOL_FORCE } else { 0 },
        up_notify_ms: 0,
        ..pool_add_request(&PoolSpec::new(id.clone()))
    }
}

/// The request that adds or removes `items`.
///
/// The request holds the address of `items`: it must be used while they live.
pub fn addr_request(id: &PoolId, items: &mut [raw::umux_addr_item]) -> raw::umux_addr_req {
    raw::umux_addr_req {
        ua_hdr: header::<raw::umux_addr_req>(),
        ua_ifname: ifname(&id.interface),
        ua_prefix: in6(id.prefix.addr()),
        ua_plen: id.prefix.len(),
        ua_pad: [0; 3],
        ua_count: items.len() as u32,
        ua_done: 0,
        ua_pad2: 0,
        ua_items: items.as_mut_ptr() as usize as u64,
    }
}

/// What stands for the name of an interface that has gone.
pub fn nameless(ifindex: u32) -> String {
    format!("#{ifindex}")
}

/// A pool as the plane tells it. Its interface may just be going, and nameless.
pub fn pool_info(raw: &raw::umux_pool_info) -> Result<PoolInfo> {
    let name = match text(&raw.pi_ifname)? {
        name if name.is_empty() => nameless(raw.pi_ifindex),
        name => name,
    };
    let count = |state: u32| raw.pi_count[state as usize];
    Ok(PoolInfo {
        id: PoolId {
            interface: name.parse().map_err(nonsense)?,
            prefix: Prefix::new(addr(&raw.pi_prefix), raw.pi_plen).map_err(nonsense)?,
        },
        ifindex: raw.pi_ifindex,
        link_up: raw.pi_flags & raw::UMUX_PI_LINK_UP != 0,
        miss: Miss::from_raw(raw.pi_miss)?,
        max_age: raw.pi_max_age,
        notify_ms: raw.pi_notify_ms,
        counts: PoolCounts {
            pending: count(raw::UMUX_S_PENDING),
            tentative: count(raw::UMUX_S_TENTATIVE),
            uncertain: count(raw::UMUX_S_UNCERTAIN),
            valid: count(raw::UMUX_S_VALID),
            duplicated: count(raw::UMUX_S_DUPLICATED),
            tombstone: count(raw::UMUX_S_TOMBSTONE),
        },
        added: raw.pi_added,
        taken: raw.pi_taken,
        returned: raw.pi_returned,
        ended: raw.pi_ended,
        missed: raw.pi_missed,
        duplicated: raw.pi_duplicated,
        expired: raw.pi_expired,
    })
}

/// An address as the plane tells it; `name` gives the interface of a number.
pub fn addr_info(raw: &raw::umux_addr_info, name: impl FnOnce(u32) -> String) -> Result<AddrInfo> {
    let address = addr(&raw.ad_addr);
    let prefix = match raw.ad_plen {
        0 => None,
        length => {
            let network = ipnet::Ipv6Net::new(address, length)
                .map_err(|_| Error::Nonsense(format!("prefix length {length}")))?;
            Some(Prefix::new(network.network(), length).map_err(nonsense)?)
        }
    };
    Ok(AddrInfo {
        address,
        interface: name(raw.ad_ifindex),
        ifindex: raw.ad_ifindex,
        prefix,
        state: AddrState::from_raw(raw.ad_state)?,
        probes_left: raw.ad_probes_left,
        proto: raw.ad_proto,
        age_ms: raw.ad_age_ms,
        timer_ms: (raw.ad_timer_ms != u32::MAX).then_some(raw.ad_timer_ms),
    })
}

/// A session as the plane tells it; `name` gives the interface of a number.
pub fn session_info(
    raw: &raw::umux_sess_info,
    name: impl FnOnce(u32) -> String,
) -> Result<SessionInfo> {
    let flag = |bit: u32| u32::from(raw.si_flags) & bit != 0;
    Ok(SessionInfo {
        local: addr(&raw.si_local),
        local_port: raw.si_lport,
        peer: addr(&raw.si_peer),
        peer_port: raw.si_fport,
        interface: name(raw.si_ifindex),
        ifindex: raw.si_ifindex,
        proto: Protocol(raw.si_proto),
        uid: raw.si_uid,
        age_ms: raw.si_age_ms,
        on_wire: flag(raw::UMUX_SI_ON_WIRE),
        linger: flag(raw::UMUX_SI_LINGER),
        server: flag(raw::UMUX_SI_SERVER),
    })
}

/// What the plane says of itself.
pub fn info(raw: &raw::umux_info) -> Result<Info> {
    Ok(Info {
        release: text(&raw.ui_release)?,
        abi: raw.ui_hdr.uh_version,
        max_addrs: raw.ui_max_addrs,
        max_pools: raw.ui_max_pools,
        pools: raw.ui_pools,
        addrs: raw.ui_addrs,
    })
}

/// A row of the policy table.
pub fn label_out(label: &Label) -> raw::umux_label {
    raw::umux_label {
        la_prefix: in6(label.prefix.addr()),
        la_precedence: label.precedence,
        la_label: label.label,
        la_plen: label.prefix.prefix_len(),
        la_pad: [0; 7],
    }
}

/// A prefix of any length.
fn net(address: &raw::umux_in6, len: u8) -> Result<Ipv6Net> {
    Ipv6Net::new(addr(address), len).map_err(|_| Error::Nonsense(format!("a prefix of {len} bits")))
}

/// The other way.
pub fn label(raw: &raw::umux_label) -> Result<Label> {
    Ok(Label {
        prefix: net(&raw.la_prefix, raw.la_plen)?,
        precedence: raw.la_precedence,
        label: raw.la_label,
    })
}

/// A rule.
pub fn rule_out(rule: &Rule) -> raw::umux_rule {
    let dst = rule.dst.unwrap_or_default();
    raw::umux_rule {
        ru_dst: in6(dst.addr()),
        ru_plen: dst.prefix_len(),
        ru_verdict: match rule.verdict {
            Verdict::Unify => raw::UMUX_RULE_UNIFY,
            Verdict::Legacy => raw::UMUX_RULE_LEGACY,
        } as u8,
        ru_proto: match rule.proto {
            None => 0,
            Some(Transport::Tcp) => TCP,
            Some(Transport::Udp) => UDP,
        },
        ru_wish: match rule.wish {
            None => raw::UMUX_WISH_ANY,
            Some(Wish::None) => raw::UMUX_WISH_NONE,
            Some(Wish::Temporary) => raw::UMUX_WISH_TEMPORARY,
            Some(Wish::Public) => raw::UMUX_WISH_PUBLIC,
        } as u8,
        ru_port_first: rule.ports.0,
        ru_port_last: rule.ports.1,
        ru_uid_first: rule.uids.0,
        ru_uid_last: rule.uids.1,
        ru_jail: rule.jail.unwrap_or(raw::UMUX_JAIL_ANY),
        ru_pad: 0,
    }
}

const TCP: u8 = 6;
const UDP: u8 = 17;

/// The other way.
pub fn rule(raw: &raw::umux_rule) -> Result<Rule> {
    let nonsense = |what: &str, value: u8| Error::Nonsense(format!("{what} {value} in a rule"));
    Ok(Rule {
        verdict: match u32::from(raw.ru_verdict) {
            raw::UMUX_RULE_UNIFY => Verdict::Unify,
            raw::UMUX_RULE_LEGACY => Verdict::Legacy,
            _ => return Err(nonsense("verdict", raw.ru_verdict)),
        },
        dst: Some(net(&raw.ru_dst, raw.ru_plen)?).filter(|dst| dst.prefix_len() > 0),
        proto: match raw.ru_proto {
            0 => None,
            TCP => Some(Transport::Tcp),
            UDP => Some(Transport::Udp),
            other => return Err(nonsense("protocol", other)),
        },
        ports: (raw.ru_port_first, raw.ru_port_last),
        uids: (raw.ru_uid_first, raw.ru_uid_last),
        jail: Some(raw.ru_jail).filter(|jail| *jail != raw::UMUX_JAIL_ANY),
        wish: match u32::from(raw.ru_wish) {
            raw::UMUX_WISH_ANY => None,
            raw::UMUX_WISH_NONE => Some(Wish::None),
            raw::UMUX_WISH_TEMPORARY => Some(Wish::Temporary),
            raw::UMUX_WISH_PUBLIC => Some(Wish::Public),
            _ => return Err(nonsense("wish", raw.ru_wish)),
        },
    })
}

/// The request that replaces a table; `None`: by the default.
///
/// The request holds the address of `records`: it must be used while they live.
pub fn policy_request<R>(records: Option<&[R]>) -> raw::umux_policy_req {
    raw::umux_policy_req {
        uy_hdr: header::<raw::umux_policy_req>(),
        uy_flags: if records.is_none() {
            raw::UMUX_POLICY_DEFAULT
        } else {
            0
        },
        uy_count: records.map_or(0, <[R]>::len) as u32,
        uy_recsize: size_of::<R>() as u32,
        uy_pad: 0,
        uy_buf: records.map_or(0, |records| records.as_ptr() as usize as u64),
    }
}

/// A rule for listeners.
pub fn listen_rule_out(rule: &ListenRule) -> raw::umux_lrule {
    let addr = rule.addr.unwrap_or_default();
    raw::umux_lrule {
        lr_addr: in6(addr.addr()),
        lr_plen: addr.prefix_len(),
        lr_verdict: match rule.verdict {
            ListenVerdict::Guard => raw::UMUX_LRULE_GUARD,
            ListenVerdict::Legacy => raw::UMUX_LRULE_LEGACY,
        } as u8,
        lr_port_first: rule.ports.0,
        lr_port_last: rule.ports.1,
        lr_pad: 0,
        lr_uid_first: rule.uids.0,
        lr_uid_last: rule.uids.1,
        lr_jail: rule.jail.unwrap_or(raw::UMUX_JAIL_ANY),
    }
}

/// The other way.
pub fn listen_rule(raw: &raw::umux_lrule) -> Result<ListenRule> {
    Ok(ListenRule {
        verdict: match u32::from(raw.lr_verdict) {
            raw::UMUX_LRULE_GUARD => ListenVerdict::Guard,
            raw::UMUX_LRULE_LEGACY => ListenVerdict::Legacy,
            other => return Err(Error::Nonsense(format!("verdict {other} for listeners"))),
        },
        addr: Some(net(&raw.lr_addr, raw.lr_plen)?).filter(|addr| addr.prefix_len() > 0),
        ports: (raw.lr_port_first, raw.lr_port_last),
        uids: (raw.lr_uid_first, raw.lr_uid_last),
        jail: Some(raw.lr_jail).filter(|jail| *jail != raw::UMUX_JAIL_ANY),
    })
}

/// A LISTEN_0 as the plane tells it.
pub fn listen_info(raw: &raw::umux_listen_info) -> ListenInfo {
    ListenInfo {
        address: addr(&raw.li_addr),
        port: raw.li_port,
        dual_stack: u32::from(raw.li_flags) & raw::UMUX_LI_DUAL != 0,
        uid: raw.li_uid,
        jail: raw.li_jail,
        pid: raw.li_pid,
        waiting: raw.li_waiting,
        made: raw.li_made,
        age_ms: raw.li_age_ms,
    }
}

/// The request that arms an address.
pub fn das_request(spec: &DasSpec) -> raw::umux_das_req {
    raw::umux_das_req {
        da_hdr: header::<raw::umux_das_req>(),
        da_ssa: in6(spec.ssa.unwrap_or(Ipv6Addr::UNSPECIFIED)),
        da_client: in6(spec.client.addr()),
        da_client_plen: spec.client.prefix_len(),
        da_plen: spec.pool.as_ref().map_or(0, |pool| pool.prefix.len()),
        da_port: spec.port,
        da_flags: spec.ssa.map_or(0, |_| raw::UMUX_DAS_GIVEN)
            | spec.fd.map_or(0, |_| raw::UMUX_DAS_FD),
        da_pid: spec.pid.unwrap_or(0),
        da_lifetime_ms: spec.lifetime_ms,
        da_ifname: spec
            .pool
            .as_ref()
            .map(|pool| ifname(&pool.interface))
            .unwrap_or_default(),
        da_prefix: in6(spec
            .pool
            .as_ref()
            .map_or(Ipv6Addr::UNSPECIFIED, |pool| pool.prefix.addr())),
        da_fd: spec.fd.unwrap_or(-1),
        da_pad: 0,
    }
}

/// An armed address as the plane tells it; `name` gives the interface of a number.
pub fn das_info(raw: &raw::umux_das_info, name: impl FnOnce(u32) -> String) -> Result<DasInfo> {
    Ok(DasInfo {
        ssa: addr(&raw.di_ssa),
        port: raw.di_port,
        phase: match u32::from(raw.di_phase) {
            raw::UMUX_P_ARMED => DasPhase::Armed,
            raw::UMUX_P_LOCKED => DasPhase::Locked,
            raw::UMUX_P_ACKED => DasPhase::Acked,
            raw::UMUX_P_ESTABLISHED => DasPhase::Established,
            raw::UMUX_P_CLOSING => DasPhase::Closing,
            other => return Err(Error::Nonsense(format!("phase {other}"))),
        },
        client: net(&raw.di_client, raw.di_client_plen)?,
        client_port: raw.di_fport,
        interface: name(raw.di_ifindex),
        uid: raw.di_uid,
        lease_ms: Some(raw.di_lease_ms).filter(|lease| *lease != u32::MAX),
        age_ms: raw.di_age_ms,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw_pool() -> raw::umux_pool_info {
        // SAFETY: the structure is plain integers; all zeroes is a value of it.
        let mut pool: raw::umux_pool_info = unsafe { std::mem::zeroed() };
        pool.pi_ifname = ifname(&"em0".parse().expect("a name"));
        pool.pi_prefix = in6("2001:db8:1::".parse().expect("an address"));
        pool.pi_plen = 64;
        pool.pi_count = [9, 1, 2, 3, 4, 5, 6];
        pool
    }

    #[test]
    fn a_pools_counts_go_to_the_states_they_belong_to() {
        let info = pool_info(&raw_pool()).expect("a sound pool");
        assert_eq!(
            info.counts,
            PoolCounts {
                pending: 1,
                tentative: 2,
                uncertain: 3,
                valid: 4,
                duplicated: 5,
                tombstone: 6
            }
        );
        assert_eq!(info.counts.stock(), 6);
    }

    #[test]
    fn a_pool_whose_interface_is_going_does_not_spoil_the_list() {
        let mut pool = raw_pool();
        pool.pi_ifname = [0; 16];
        pool.pi_ifindex = 7;
        assert_eq!(
            pool_info(&pool).expect("a pool").id.interface.as_str(),
            "#7"
        );
    }

    #[test]
    fn a_pool_of_a_module_from_the_future_is_refused_not_guessed() {
        let spoil: [fn(&mut raw::umux_pool_info); 4] = [
            |p| p.pi_miss = 7,
            |p| p.pi_plen = 129,
            |p| p.pi_ifname = [b'x' as std::ffi::c_char; 16],
            |p| p.pi_prefix.s6[15] = 1,
        ];
        for spoil in spoil {
            let mut pool = raw_pool();
            spoil(&mut pool);
            assert!(matches!(pool_info(&pool), Err(Error::Nonsense(_))));
        }
    }

    #[test]
    fn an_address_outlives_its_pool() {
        let raw = |plen| raw::umux_addr_info {
            ad_addr: in6("2001:db8:1::5".parse().expect("an address")),
            ad_ifindex: 7,
            ad_state: AddrState::Tombstone as u8,
            ad_plen: plen,
            ..Default::default()
        };
        let of = |plen| addr_info(&raw(plen), nameless).map(|info| info.prefix);
        assert_eq!(of(0).expect("an address"), None);
        let prefix = "2001:db8:1::/64".parse().expect("a prefix");
        assert_eq!(of(64).expect("an address"), Some(prefix));
        for plen in [8, 113, 129] {
            assert!(matches!(of(plen), Err(Error::Nonsense(_))), "{plen}");
        }
    }

    #[test]
    fn an_unknown_address_state_is_refused() {
        for state in [0u8, 7, 255] {
            assert!(AddrState::from_raw(state).is_err(), "{state}");
        }
    }

    #[test]
    fn requests_carry_version_and_size_of_what_they_are() {
        let id: PoolId = "em0 2001:db8:1::/64".parse().expect("a pool");
        let request = pool_del_request(&id, true);
        assert_eq!(request.up_hdr.uh_version, raw::UMUX_ABI_VERSION);
        assert_eq!(request.up_hdr.uh_size as usize, size_of_val(&request));
        assert_eq!(request.up_flags, raw::UMUX_POOL_FORCE);
        assert_eq!(pool_del_request(&id, false).up_flags, 0);
    }

    #[test]
    fn rules_for_listeners_come_back_as_they_went() {
        for line in ["guard", "legacy addr ::/128 port 1-2 uid 5 jail 7"] {
            let rule: ListenRule = line.parse().expect(line);
            assert_eq!(listen_rule(&listen_rule_out(&rule)).expect(line), rule);
        }
    }

    #[test]
    fn a_request_to_arm_says_what_is_given_and_what_is_not() {
        let mut spec = DasSpec {
            port: 22,
            pid: None,
            fd: None,
            ssa: None,
            pool: None,
            client: "2001:db8::/32".parse().expect("a prefix"),
            lifetime_ms: 9,
        };
        let raw = das_request(&spec);
        assert_eq!((raw.da_flags, raw.da_ifname[0], raw.da_plen), (0, 0, 0));
        assert_eq!((raw.da_client_plen, raw.da_port, raw.da_pid), (32, 22, 0));
        spec.ssa = Some("2001:db8::1".parse().expect("an address"));
        spec.pool = Some("em0 2001:db8::/64".parse().expect("a pool"));
        let raw = das_request(&spec);
        assert_eq!((raw.da_flags, raw.da_plen), (raw::UMUX_DAS_GIVEN, 64));
        assert_ne!(raw.da_ifname[0], 0);
        spec.fd = Some(3);
        let raw = das_request(&spec);
        assert_eq!(raw.da_flags, raw::UMUX_DAS_GIVEN | raw::UMUX_DAS_FD);
        assert_eq!(raw.da_fd, 3);
    }

    #[test]
    fn rules_and_labels_come_back_as_they_went() {
        for line in [
            "unify",
            "legacy dst 2001:db8::/32 proto udp port 1-2 uid 5 jail 7 wish none",
            "legacy proto tcp wish public",
        ] {
            let rule_in: Rule = line.parse().expect(line);
            assert_eq!(rule(&rule_out(&rule_in)).expect(line), rule_in);
        }
        let row: Label = "fd00::/8 3 13".parse().expect("a row");
        assert_eq!(label(&label_out(&row)).expect("a row"), row);
        let mut strange = rule_out(&Rule::all(Verdict::Unify));
        strange.ru_verdict = 9;
        assert!(rule(&strange).is_err());
    }
}
