// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What the plane shows, in the words of umux-abi.

use crate::host::Node;
use umux_abi::model::Protocol;
use umux_abi::{
    AddrInfo, AddrState, Counters, IfName, Miss, PoolCounts, PoolId, PoolInfo, Prefix, SessionInfo,
};
use umux_core::counters::Packet;
use umux_core::plane::{Micros, MissPolicy, Plane};
use umux_core::table::slot::{Phase, State};

/// All pools; they are on one interface.
pub fn pools(plane: &Plane<'_>, interface: &IfName) -> Vec<PoolInfo> {
    let mut all = Vec::new();
    let mut cursor = 0;
    while let Some(info) = plane.pool_from(cursor) {
        cursor = info.pool + 1;
        let Ok(prefix) = Prefix::new(info.spec.prefix.addr(), info.spec.prefix.len()) else {
            continue;
        };
        let level = |state: State| info.count[state as usize];
        all.push(PoolInfo {
            id: PoolId::new(interface.clone(), prefix),
            ifindex: info.ifindex,
            link_up: info.up,
            miss: match info.spec.miss {
                MissPolicy::Legacy => Miss::Legacy,
                MissPolicy::Refuse => Miss::Refuse,
            },
            max_age: info.spec.max_age,
            notify_ms: info.spec.notify,
            counts: PoolCounts {
                pending: level(State::Pending),
                tentative: level(State::Tentative),
                uncertain: level(State::Uncertain),
                valid: level(State::Valid),
                duplicated: level(State::Duplicated),
                tombstone: level(State::Tombstone),
            },
            added: info.counters.added,
            taken: info.counters.taken,
            returned: info.counters.returned,
            ended: info.counters.ended,
            missed: info.counters.missed,
            duplicated: info.counters.duplicated,
            expired: info.counters.expired,
        });
    }
    all
}

fn state(state: State) -> Option<AddrState> {
    Some(match state {
        State::Free => return None,
        State::Pending => AddrState::Pending,
        State::Tentative => AddrState::Tentative,
        State::Uncertain => AddrState::Uncertain,
        State::Valid => AddrState::Valid,
        State::Duplicated => AddrState::Duplicated,
        State::Tombstone => AddrState::Tombstone,
    })
}

/// All addresses.
pub fn addrs(node: &mut Node, now: Micros) -> Vec<AddrInfo> {
    let interface = node.interface().to_string();
    let plane = &mut node.core().plane;
    let mut all = Vec::new();
    let mut cursor = 0;
    while let Some((number, info)) = plane.addr_from(cursor, now) {
        cursor = number + 1;
        // No prefix: its pool has gone.
        let prefix = umux_core::prefix::Prefix::new(info.addr, info.plen)
            .filter(|_| info.plen > 0)
            .and_then(|prefix| Prefix::new(prefix.addr(), prefix.len()).ok());
        let Some(state) = state(info.meta.state()) else {
            continue;
        };
        all.push(AddrInfo {
            address: info.addr,
            interface: interface.clone(),
            ifindex: info.ifindex,
            prefix,
            state,
            probes_left: info.probes_left,
            proto: if state == AddrState::Valid {
                info.meta.proto()
            } else {
                0
            },
            age_ms: info.age,
            timer_ms: info.timer,
        });
    }
    all
}

/// All sessions.
pub fn sessions(node: &mut Node, now: Micros) -> Vec<SessionInfo> {
    let interface = node.interface().to_string();
    let plane = &mut node.core().plane;
    let mut all = Vec::new();
    let mut cursor = 0;
    while let Some((number, info)) = plane.session_from(cursor, now) {
        cursor = number + 1;
        all.push(SessionInfo {
            local: info.local,
            local_port: info.meta.lport(),
            peer: info.peer,
            peer_port: info.meta.fport(),
            interface: interface.clone(),
            ifindex: info.ifindex,
            proto: Protocol(info.meta.proto()),
            uid: info.uid,
            age_ms: u64::from(info.age),
            on_wire: info.on_wire,
            linger: info.meta.is_lingering(),
            server: info.meta.phase() != Phase::Client,
        });
    }
    all
}

/// All counters.
pub fn counters(node: &mut Node) -> Counters {
    let core = node.core();
    let packets = |kind| core.table.packets.sum(kind);
    let of = core.plane.counters();
    Counters {
        in_session: packets(Packet::InSession),
        in_dropped: packets(Packet::InDropped),
        out_session: packets(Packet::OutSession),
        out_dropped: packets(Packet::OutDropped),
        out_local: packets(Packet::OutLocal),
        ns_dad: of.ns_dad,
        ns_resolve: of.ns_resolve,
        ns_silent: of.ns_silent,
        na: of.na,
        nd_invalid: of.nd_invalid,
        probes: of.probes,
        defended: of.defended,
        answered: of.answered,
        looped: of.looped,
        duplicated: of.duplicated,
        conflict: of.conflict,
        taken: of.taken,
        returned: of.returned,
        ended: of.ended,
        missed: of.missed,
        bypassed: packets(Packet::Bypassed),
        events: of.events,
        guarded: packets(Packet::Guarded),
        armed: of.armed,
        accepted: of.accepted,
        lapsed: of.lapsed,
    }
}
