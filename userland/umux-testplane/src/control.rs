// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The plane does what it is asked.

use crate::TestPlane;
use crate::state::{Dad, Op, Pool, State};
use std::net::Ipv6Addr;
use umux_abi::{
    AddrInfo, AddrState, Batch, Control, Counters, DasInfo, DasSpec, Errno, Error, EventKinds,
    IfName, Info, Label, ListenInfo, PoolId, PoolInfo, PoolSpec, Request, Result, Rule,
    SessionInfo, model::Protocol,
};

/// The index that all interfaces here have.
const IFINDEX: u32 = 1;

impl TestPlane {
    fn admit(&self, op: Op, request: &Request) -> Result<std::sync::MutexGuard<'_, State>> {
        let state = self.state();
        match state.refused(op) {
            Some(errno) => Err(Error::refused(request.clone(), errno)),
            None => Ok(state),
        }
    }
}

impl Control for TestPlane {
    fn info(&mut self) -> Result<Info> {
        let state = self.admit(Op::Other, &Request::Info)?;
        Ok(Info {
            release: "test".into(),
            abi: umux_abi::bindings::UMUX_ABI_VERSION,
            max_addrs: state.max_addrs,
            max_pools: 64,
            pools: state.pools.len() as u32,
            addrs: state.total() as u32,
        })
    }

    fn pool_add(&mut self, spec: &PoolSpec) -> Result<()> {
        let request = Request::PoolAdd(spec.id.clone());
        let mut state = self.admit(Op::PoolAdd, &request)?;
        let refuse = |errno| Err(Error::refused(request.clone(), errno));
        if !state
            .on_link
            .iter()
            .any(|on| on.interface == spec.id.interface)
        {
            return refuse(Errno::Enxio);
        }
        if !state.on_link.contains(&spec.id) {
            return refuse(Errno::Eaddrnotavail);
        }
        if state.pools.contains_key(&spec.id) {
            return refuse(Errno::Eexist);
        }
        state.pools.insert(spec.id.clone(), Pool::new(spec.clone()));
        state.tell(&spec.id, EventKinds::POOL_NEW, 0);
        Ok(())
    }

    fn pool_del(&mut self, id: &PoolId, force: bool) -> Result<()> {
        let request = Request::PoolDel(id.clone());
        let mut state = self.admit(Op::PoolDel, &request)?;
        let Some(pool) = state.pools.get(id) else {
            return Err(Error::refused(request, Errno::Enoent));
        };
        if pool.counts().valid > 0 && !force {
            return Err(Error::refused(request, Errno::Ebusy));
        }
        state.pools.remove(id);
        state.tell(id, EventKinds::POOL_GONE, 0);
        Ok(())
    }

    fn pools(&mut self) -> Result<Vec<PoolInfo>> {
        let mut state = self.admit(Op::Pools, &Request::Pools)?;
        state.levels_asked += 1;
        Ok(state.pools.values().map(info).collect())
    }

    fn addr_add(&mut self, id: &PoolId, addrs: &[Ipv6Addr]) -> Result<Batch> {
        let request = Request::AddrAdd(id.clone());
        let mut state = self.admit(Op::AddrAdd, &request)?;
        state.tried.extend_from_slice(addrs);
        state.batches.push(addrs.len());
        let max = state.max_addrs as usize;
        let mut total = state.total();
        let (dad, every) = (state.dad, state.refuse_items);
        let Some(pool) = state.pools.get_mut(id) else {
            return Err(Error::refused(request, Errno::Enoent));
        };
        let mut batch = Batch::default();
        let mut duplicated = 0;
        for addr in addrs {
            let errno = match every {
                Some(errno) => Some(errno),
                None if !id.prefix.contains(addr) => Some(Errno::Einval),
                None if pool.addrs.contains_key(addr) => Some(Errno::Eexist),
                None if total >= max => Some(Errno::Enospc),
                None => None,
            };
            if let Some(errno) = errno {
                batch.refused.push((*addr, errno));
                continue;
            }
            let first = match dad {
                Dad::None => AddrState::Uncertain,
                Dad::ByHand => AddrState::Tentative,
                Dad::AllDuplicates => AddrState::Duplicated,
            };
            duplicated += usize::from(first == AddrState::Duplicated);
            pool.addrs.insert(*addr, first);
            pool.added += 1;
            total += 1;
            batch.done += 1;
        }
        if duplicated > 0 {
            state.duplicated(id, duplicated);
            state.tell(id, EventKinds::DUPLICATED, duplicated as u32);
        } else if dad == Dad::None && batch.done > 0 {
            state.tell(id, EventKinds::READY, 0);
        }
        Ok(batch)
    }

    fn addr_del(&mut self, id: &PoolId, addrs: &[Ipv6Addr]) -> Result<Batch> {
        let request = Request::AddrDel(id.clone());
        let mut state = self.admit(Op::AddrDel, &request)?;
        let State { pools, servers, .. } = &mut *state;
        let Some(pool) = pools.get_mut(id) else {
            return Err(Error::refused(request, Errno::Enoent));
        };
        let mut batch = Batch::default();
        for addr in addrs {
            match pool.addrs.get(addr) {
                None => batch.refused.push((*addr, Errno::Enoent)),
                Some(AddrState::Valid) if !servers.withdraw(addr) => {
                    batch.refused.push((*addr, Errno::Ebusy))
                }
                Some(_) => {
                    pool.addrs.remove(addr);
                    batch.done += 1;
                }
            }
        }
        Ok(batch)
    }

    fn addrs(&mut self) -> Result<Vec<AddrInfo>> {
        let state = self.admit(Op::Other, &Request::Addrs)?;
        let mut all = Vec::new();
        for pool in state.pools.values() {
            let interface = state.interface(&pool.spec.id, IFINDEX);
            all.extend(pool.addrs.iter().map(|(address, state)| AddrInfo {
                address: *address,
                interface: interface.clone(),
                ifindex: IFINDEX,
                prefix: Some(pool.spec.id.prefix),
                state: *state,
                probes_left: 0,
                proto: if *state == AddrState::Valid { 6 } else { 0 },
                age_ms: 1500,
                timer_ms: None,
            }));
        }
        Ok(all)
    }

    fn sessions(&mut self) -> Result<Vec<SessionInfo>> {
        let state = self.admit(Op::Other, &Request::Sessions)?;
        let mut all = Vec::new();
        for pool in state.pools.values() {
            let valid = pool
                .addrs
                .iter()
                .filter(|(_, state)| **state == AddrState::Valid);
            all.extend(valid.map(|(local, _)| SessionInfo {
                local: *local,
                local_port: 49152,
                peer: Ipv6Addr::new(0x2001, 0xdb8, 2, 0, 0, 0, 0, 1),
                peer_port: 443,
                interface: state.interface(&pool.spec.id, IFINDEX),
                ifindex: IFINDEX,
                proto: Protocol(6),
                uid: 1001,
                age_ms: 61_500,
                on_wire: true,
                linger: false,
                server: false,
            }));
        }
        Ok(all)
    }

    fn stats(&mut self) -> Result<Counters> {
        let state = self.admit(Op::Other, &Request::Stats)?;
        let sum = |of: fn(&Pool) -> u64| state.pools.values().map(of).sum();
        Ok(Counters {
            taken: sum(|pool| pool.taken),
            missed: sum(|pool| pool.missed),
            duplicated: sum(|pool| pool.duplicated),
            ..Counters::default()
        })
    }

    fn flush(&mut self, interface: Option<&IfName>) -> Result<u32> {
        let request = Request::Flush(interface.cloned());
        let mut state = self.admit(Op::Other, &request)?;
        let known = |name: &IfName| state.on_link.iter().any(|on| on.interface == *name);
        if interface.is_some_and(|name| !known(name)) {
            return Err(Error::refused(request, Errno::Enxio));
        }
        let mut count = 0;
        for (id, pool) in &mut state.pools {
            if interface.is_none_or(|name| *name == id.interface) {
                let before = pool.addrs.len();
                pool.addrs.retain(|_, state| *state == AddrState::Valid);
                count += before - pool.addrs.len();
            }
        }
        Ok(count as u32)
    }

    fn labels(&mut self) -> Result<Vec<Label>> {
        Ok(self.admit(Op::Other, &Request::Labels)?.labels.clone())
    }

    fn set_labels(&mut self, labels: Option<&[Label]>) -> Result<()> {
        let mut state = self.admit(Op::Other, &Request::SetLabels)?;
        state.labels = labels.map_or_else(crate::state::default_labels, <[Label]>::to_vec);
        Ok(())
    }

    fn rules(&mut self) -> Result<Vec<Rule>> {
        Ok(self.admit(Op::Other, &Request::Rules)?.rules.clone())
    }

    fn set_rules(&mut self, rules: Option<&[Rule]>) -> Result<()> {
        let mut state = self.admit(Op::Other, &Request::SetRules)?;
        if rules.is_some_and(|rules| rules.len() > umux_abi::bindings::UMUX_RULES_MAX as usize) {
            return Err(Error::refused(Request::SetRules, Errno::E2big));
        }
        state.rules = rules.map_or_else(crate::state::default_rules, <[Rule]>::to_vec);
        Ok(())
    }

    fn listeners(&mut self) -> Result<Vec<ListenInfo>> {
        drop(self.admit(Op::Other, &Request::Listeners)?);
        Ok(self.listening())
    }

    fn das(&mut self, spec: &DasSpec) -> Result<Ipv6Addr> {
        drop(self.admit(Op::Das, &Request::Das(spec.clone()))?);
        self.arm(spec)
    }

    fn das_list(&mut self) -> Result<Vec<DasInfo>> {
        drop(self.admit(Op::Other, &Request::DasList)?);
        Ok(self.waiting())
    }
}

fn info(pool: &Pool) -> PoolInfo {
    PoolInfo {
        id: pool.spec.id.clone(),
        ifindex: IFINDEX,
        link_up: true,
        miss: pool.spec.miss,
        max_age: pool.spec.max_age,
        notify_ms: pool.spec.notify_ms,
        counts: pool.counts(),
        added: pool.added,
        taken: pool.taken,
        returned: 0,
        ended: 0,
        missed: pool.missed,
        duplicated: pool.duplicated,
        expired: 0,
    }
}
