// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Servers between umux-abi's words and the core's.

use super::errno;
use super::policy::{net, prefix};
use crate::host::Node;
use std::net::Ipv6Addr;
use umux_abi::model::ListenVerdict;
use umux_abi::{DasInfo, DasPhase, DasSpec, Errno, ListenInfo, ListenRule};
use umux_core::plane::{DasWanted, LOCK_LEASE, Micros, Which};
use umux_core::policy::{ListenRule as CoreRule, ListenVerdict as CoreVerdict};
use umux_core::prefix::Prefix;
use umux_core::table::slot::Phase;

/// A rule for the core.
pub fn rule_in(rule: &ListenRule) -> Result<CoreRule, Errno> {
    Ok(CoreRule {
        verdict: match rule.verdict {
            ListenVerdict::Guard => CoreVerdict::Guard,
            ListenVerdict::Legacy => CoreVerdict::Legacy,
        },
        addr: rule.addr.map_or(Ok(Prefix::DEFAULT), prefix)?,
        ports: rule.ports,
        uids: rule.uids,
        jail: rule.jail,
    })
}

/// A rule of the core's.
pub fn rule_out(rule: &CoreRule) -> ListenRule {
    ListenRule {
        verdict: match rule.verdict {
            CoreVerdict::Guard => ListenVerdict::Guard,
            CoreVerdict::Legacy => ListenVerdict::Legacy,
        },
        addr: Some(net(rule.addr)).filter(|addr| addr.prefix_len() > 0),
        ports: rule.ports,
        uids: rule.uids,
        jail: rule.jail,
    }
}

/// All LISTEN_0s.
pub fn listeners(node: &mut Node, now: Micros) -> Vec<ListenInfo> {
    let plane = &mut node.core().plane;
    let mut all = Vec::new();
    let mut cursor = 0;
    while let Some((number, listener, waiting, age)) = plane.listener_from(cursor, now) {
        cursor = number + 1;
        let spec = listener.spec;
        all.push(ListenInfo {
            address: spec.addr.unwrap_or(Ipv6Addr::UNSPECIFIED),
            port: spec.port,
            dual_stack: spec.dual,
            uid: spec.uid,
            jail: spec.jail,
            pid: spec.pid,
            waiting,
            made: listener.made,
            age_ms: u64::from(age),
        });
    }
    all
}

/// Arms an address.
pub fn arm(node: &mut Node, spec: &DasSpec, now: Micros) -> Result<Ipv6Addr, Errno> {
    let pool = match &spec.pool {
        Some(id) if id.interface != *node.interface() => return Err(Errno::Enxio),
        Some(id) => {
            let ifindex = node.ifindex();
            Some(super::find(&node.core().plane, ifindex, id)?)
        }
        None => None,
    };
    if spec.fd.is_some() {
        // No process has a socket of the node's.
        return Err(Errno::Esrch);
    }
    let wanted = DasWanted {
        listener: Which::Port(spec.port, spec.pid),
        ssa: spec.ssa,
        pool,
        client: prefix(spec.client)?,
        lifetime: spec.lifetime_ms,
        lock_lease: LOCK_LEASE,
    };
    let taken = node.core().plane.arm(&wanted, now).map_err(errno)?;
    node.observe(now);
    Ok(taken.local)
}

fn phase(phase: Phase) -> Option<DasPhase> {
    Some(match phase {
        Phase::Client => return None,
        Phase::Armed => DasPhase::Armed,
        Phase::Locked => DasPhase::Locked,
        Phase::Acked => DasPhase::Acked,
        Phase::Established => DasPhase::Established,
        Phase::Closing => DasPhase::Closing,
    })
}

/// All addresses that are armed, or have their connection.
pub fn armed(node: &mut Node, now: Micros) -> Vec<DasInfo> {
    let interface = node.interface().to_string();
    let plane = &mut node.core().plane;
    let mut all = Vec::new();
    let mut cursor = 0;
    while let Some((number, info)) = plane.das_from(cursor, now) {
        cursor = number + 1;
        let Some(phase) = phase(info.meta.phase()) else {
            continue;
        };
        all.push(DasInfo {
            ssa: info.ssa,
            port: info.meta.lport(),
            phase,
            client: net(info.client),
            client_port: info.meta.fport(),
            interface: interface.clone(),
            uid: info.uid,
            lease_ms: info.lease,
            age_ms: info.age,
        });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_come_back_as_they_went() {
        for line in [
            "guard",
            "legacy addr 2001:db8::/32 port 1-2 uid 5 jail 7",
            "guard addr ::/128 port 80",
        ] {
            let rule: ListenRule = line.parse().expect(line);
            assert_eq!(rule_out(&rule_in(&rule).expect(line)), rule);
        }
    }
}
