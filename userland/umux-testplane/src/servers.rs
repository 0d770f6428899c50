// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Listeners, and addresses that are armed for them. No packet comes: who is armed
//! stays so until a test ends it.

use crate::TestPlane;
use crate::state::State;
use std::net::Ipv6Addr;
use std::time::Duration;
use umux_abi::{
    AddrState, DasInfo, DasPhase, DasSpec, Errno, Error, ListenInfo, PoolId, Request, Result,
};

/// What the plane knows of servers.
#[derive(Default)]
pub(crate) struct Servers {
    ports: Vec<u16>,
    armed: Vec<(Ipv6Addr, DasSpec)>,
    withdrawn: Vec<Ipv6Addr>,
    lie: Option<Ipv6Addr>,
    hang: Duration,
}

impl Servers {
    /// Takes back what is armed; false: it is not.
    pub(crate) fn withdraw(&mut self, ssa: &Ipv6Addr) -> bool {
        let armed = self.armed.iter().any(|(armed, _)| armed == ssa);
        if armed {
            self.withdrawn.push(*ssa);
        }
        armed
    }
}

impl TestPlane {
    /// A guarded listener is there from now on.
    pub fn listen(&self, port: u16) {
        self.state().servers.ports.push(port);
    }

    /// From now on arming says that it armed this address, or no longer.
    pub fn lie(&self, address: Option<Ipv6Addr>) {
        self.state().servers.lie = address;
    }

    /// From now on arming takes so long.
    pub fn hang(&self, time: Duration) {
        self.state().servers.hang = time;
    }

    /// Every address that was armed, in order, and what for.
    pub fn armed(&self) -> Vec<(Ipv6Addr, DasSpec)> {
        self.state().servers.armed.clone()
    }

    /// Those of them that were withdrawn.
    pub fn withdrawn(&self) -> Vec<Ipv6Addr> {
        self.state().servers.withdrawn.clone()
    }

    pub(crate) fn arm(&mut self, spec: &DasSpec) -> Result<Ipv6Addr> {
        let hang = self.state().servers.hang;
        std::thread::sleep(hang);
        let mut state = self.state();
        let refuse = |errno| Err(Error::refused(Request::Das(spec.clone()), errno));
        if !state.servers.ports.contains(&spec.port) {
            return refuse(Errno::Esrch);
        }
        if let Some(lie) = state.servers.lie {
            return Ok(lie);
        }
        let Some((pool, ssa)) = choose(&state, spec) else {
            return refuse(match spec.ssa {
                Some(_) => Errno::Enoent,
                None => Errno::Eaddrnotavail,
            });
        };
        let Some(found) = state.pools.get_mut(&pool) else {
            return refuse(Errno::Enoent);
        };
        match found.addrs.get_mut(&ssa) {
            Some(at) if *at == AddrState::Uncertain => *at = AddrState::Valid,
            _ => return refuse(Errno::Ebusy),
        }
        found.taken += 1;
        state.servers.armed.push((ssa, spec.clone()));
        Ok(ssa)
    }

    pub(crate) fn listening(&self) -> Vec<ListenInfo> {
        let state = self.state();
        let info = |port: &u16| ListenInfo {
            address: Ipv6Addr::UNSPECIFIED,
            port: *port,
            dual_stack: false,
            uid: 80,
            jail: 0,
            pid: 0,
            waiting: 0,
            made: 0,
            age_ms: 1000,
        };
        state.servers.ports.iter().map(info).collect()
    }

    pub(crate) fn waiting(&self) -> Vec<DasInfo> {
        let info = |(ssa, spec): (Ipv6Addr, DasSpec)| DasInfo {
            ssa,
            port: spec.port,
            phase: DasPhase::Armed,
            client: spec.client,
            client_port: 0,
            interface: "em0".into(),
            uid: 80,
            lease_ms: Some(spec.lifetime_ms),
            age_ms: 0,
        };
        let withdrawn = self.withdrawn();
        let armed = self.armed().into_iter();
        armed
            .filter(|(ssa, _)| !withdrawn.contains(ssa))
            .map(info)
            .collect()
    }
}

/// The address that is wanted, or the first that is ready.
fn choose(state: &State, spec: &DasSpec) -> Option<(PoolId, Ipv6Addr)> {
    let wanted = |id: &PoolId| spec.pool.as_ref().is_none_or(|pool| pool == id);
    let pools = state.pools.iter().filter(|(id, _)| wanted(id));
    let mut all = pools.flat_map(|(id, pool)| pool.addrs.iter().map(move |at| (id, at)));
    let found = all.find(|(_, (addr, state))| match spec.ssa {
        Some(ssa) => **addr == ssa,
        None => **state == AddrState::Uncertain,
    });
    found.map(|(id, (addr, _))| (id.clone(), *addr))
}
