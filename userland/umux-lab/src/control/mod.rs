// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The node's plane as the programs of umux know one: umux-abi's traits, which its
//! lab server offers at a Unix socket.

pub(crate) mod dump;
mod policy;
pub(crate) mod servers;

use crate::lab::Lab;
use std::net::Ipv6Addr;
use std::sync::mpsc::Receiver;
use umux_abi::lab::Host;
use umux_abi::{
    AddrInfo, Batch, Control, Counters, DasInfo, DasSpec, Errno, Error, Event, IfName, Info, Label,
    ListenInfo, ListenRule, Miss, PoolId, PoolInfo, PoolSpec, Request, Result, Rule, SessionInfo,
};
use umux_core::error::Error as CoreError;
use umux_core::plane::{MissPolicy, Plane, PoolSpec as CoreSpec};
use umux_core::prefix::Prefix as CorePrefix;

/// The node of a lab, to be controlled.
#[derive(Clone)]
pub struct NodeControl(Lab);

impl NodeControl {
    /// Of a lab.
    pub fn new(lab: Lab) -> NodeControl {
        NodeControl(lab)
    }
}

impl Host for NodeControl {
    fn control(&self) -> Box<dyn Control> {
        Box::new(self.clone())
    }

    fn subscribe(&self) -> Receiver<Event> {
        self.0.with(|net, _| net.node.subscribe())
    }
}

/// All pools of a node.
pub(crate) fn pools_of(node: &mut crate::host::Node) -> Vec<PoolInfo> {
    let interface = node.interface().clone();
    dump::pools(&node.core().plane, &interface)
}

/// As the kernel's device answers.
pub(crate) fn errno(error: CoreError) -> Errno {
    match error {
        CoreError::Invalid | CoreError::BadAddress => Errno::Einval,
        CoreError::NotFound | CoreError::NoPool | CoreError::ByRule | CoreError::Stale => {
            Errno::Enoent
        }
        CoreError::Exists => Errno::Eexist,
        CoreError::NoSpace => Errno::Enospc,
        CoreError::Busy => Errno::Ebusy,
        CoreError::MissLegacy | CoreError::MissRefuse => Errno::Eaddrnotavail,
        CoreError::NoListener => Errno::Esrch,
        CoreError::NotWildcard => Errno::Eopnotsupp,
    }
}

fn core_prefix(id: &PoolId) -> std::result::Result<CorePrefix, Errno> {
    CorePrefix::new(id.prefix.addr(), id.prefix.len()).ok_or(Errno::Einval)
}

fn find(plane: &Plane<'_>, ifindex: u32, id: &PoolId) -> std::result::Result<u32, Errno> {
    plane.pool_find(ifindex, core_prefix(id)?).map_err(errno)
}

impl Control for NodeControl {
    fn info(&mut self) -> Result<Info> {
        Ok(self.0.with(|net, _| {
            let plane = &net.node.core().plane;
            Info {
                release: env!("CARGO_PKG_VERSION").into(),
                abi: umux_abi::bindings::UMUX_ABI_VERSION,
                max_addrs: plane.config().max_addrs,
                max_pools: plane.config().max_pools,
                pools: plane.pools_used(),
                addrs: plane.used(),
            }
        }))
    }

    fn pool_add(&mut self, spec: &PoolSpec) -> Result<()> {
        self.0
            .with(|net, now| {
                if spec.id.interface != *net.node.interface() {
                    return Err(Errno::Enxio);
                }
                if !net.node.is_on_link(&spec.id.prefix) {
                    return Err(Errno::Eaddrnotavail);
                }
                let wanted = CoreSpec {
                    prefix: core_prefix(&spec.id)?,
                    miss: match spec.miss {
                        Miss::Legacy => MissPolicy::Legacy,
                        Miss::Refuse => MissPolicy::Refuse,
                    },
                    max_age: spec.max_age,
                    notify: spec.notify_ms,
                };
                let ifindex = net.node.ifindex();
                let plane = &mut net.node.core().plane;
                plane.pool_add(ifindex, wanted, now).map_err(errno)
            })
            .map(|_| ())
            .map_err(|errno| Error::refused(Request::PoolAdd(spec.id.clone()), errno))
    }

    fn pool_del(&mut self, id: &PoolId, force: bool) -> Result<()> {
        self.0
            .with(|net, now| {
                if id.interface != *net.node.interface() {
                    return Err(Errno::Enxio);
                }
                let ifindex = net.node.ifindex();
                let plane = &mut net.node.core().plane;
                let pool = find(plane, ifindex, id)?;
                plane.pool_del(pool, force, now).map_err(errno)
            })
            .map_err(|errno| Error::refused(Request::PoolDel(id.clone()), errno))
    }

    fn pools(&mut self) -> Result<Vec<PoolInfo>> {
        Ok(self.0.with(|net, _| pools_of(&mut net.node)))
    }

    fn addr_add(&mut self, id: &PoolId, addrs: &[Ipv6Addr]) -> Result<Batch> {
        self.each(id, addrs, |node, pool, addr, now| {
            node.add(pool, addr, now).map(|_| ())
        })
        .map_err(|errno| Error::refused(Request::AddrAdd(id.clone()), errno))
    }

    fn addr_del(&mut self, id: &PoolId, addrs: &[Ipv6Addr]) -> Result<Batch> {
        self.each(id, addrs, |node, pool, addr, now| {
            node.core().plane.addr_del(pool, addr, now)
        })
        .map_err(|errno| Error::refused(Request::AddrDel(id.clone()), errno))
    }

    fn addrs(&mut self) -> Result<Vec<AddrInfo>> {
        Ok(self.0.with(|net, now| dump::addrs(&mut net.node, now)))
    }

    fn sessions(&mut self) -> Result<Vec<SessionInfo>> {
        Ok(self.0.with(|net, now| dump::sessions(&mut net.node, now)))
    }

    fn stats(&mut self) -> Result<Counters> {
        Ok(self.0.with(|net, _| dump::counters(&mut net.node)))
    }

    fn flush(&mut self, interface: Option<&IfName>) -> Result<u32> {
        self.0
            .with(|net, now| {
                let ifindex = match interface {
                    None => 0,
                    Some(name) if name == net.node.interface() => net.node.ifindex(),
                    Some(_) => return Err(Errno::Enxio),
                };
                Ok(net.node.core().plane.flush(ifindex, now))
            })
            .map_err(|errno| Error::refused(Request::Flush(interface.cloned()), errno))
    }

    fn labels(&mut self) -> Result<Vec<Label>> {
        Ok(self.0.with(|net, _| {
            let labels = net.node.core().plane.labels();
            labels.rows().map(policy::label_out).collect()
        }))
    }

    fn set_labels(&mut self, labels: Option<&[Label]>) -> Result<()> {
        self.0
            .with(|net, _| {
                let plane = &mut net.node.core().plane;
                let Some(labels) = labels else {
                    plane.labels_reset();
                    return Ok(());
                };
                let rows = all(labels, policy::label_in)?;
                plane.labels_replace(rows.into_iter()).map_err(whole)
            })
            .map_err(|errno| Error::refused(Request::SetLabels, errno))
    }

    fn rules(&mut self) -> Result<Vec<Rule>> {
        Ok(self.0.with(|net, _| {
            let rules = net.node.core().plane.rules.as_slice();
            rules.iter().map(policy::rule_out).collect()
        }))
    }

    fn set_rules(&mut self, rules: Option<&[Rule]>) -> Result<()> {
        self.0
            .with(|net, _| {
                let table = &mut net.node.core().plane.rules;
                let Some(rules) = rules else {
                    table.reset();
                    return Ok(());
                };
                let rules = all(rules, policy::rule_in)?;
                table.replace(rules.into_iter()).map_err(whole)
            })
            .map_err(|errno| Error::refused(Request::SetRules, errno))
    }

    fn listen_rules(&mut self) -> Result<Vec<ListenRule>> {
        Ok(self.0.with(|net, _| {
            let rules = net.node.core().plane.listen_rules.as_slice();
            rules.iter().map(servers::rule_out).collect()
        }))
    }

    fn set_listen_rules(&mut self, rules: &[ListenRule], apply: bool) -> Result<()> {
        self.0
            .with(|net, now| {
                let rules = all(rules, servers::rule_in)?;
                let table = &mut net.node.core().plane.listen_rules;
                table.replace(rules.into_iter()).map_err(whole)?;
                if apply {
                    net.node.apply_listen_rules(now).map_err(errno)?;
                }
                Ok(())
            })
            .map_err(|errno| Error::refused(Request::SetListenRules, errno))
    }

    fn listeners(&mut self) -> Result<Vec<ListenInfo>> {
        Ok(self
            .0
            .with(|net, now| servers::listeners(&mut net.node, now)))
    }

    fn das(&mut self, spec: &DasSpec) -> Result<Ipv6Addr> {
        self.0
            .with(|net, now| servers::arm(&mut net.node, spec, now))
            .map_err(|errno| Error::refused(Request::Das(spec.clone()), errno))
    }

    fn das_list(&mut self) -> Result<Vec<DasInfo>> {
        Ok(self.0.with(|net, now| servers::armed(&mut net.node, now)))
    }
}

/// Every item turned, or the first error.
fn all<T, U>(
    items: &[T],
    turn: impl Fn(&T) -> std::result::Result<U, Errno>,
) -> std::result::Result<Vec<U>, Errno> {
    items.iter().map(turn).collect()
}

/// Of a table that is replaced as a whole: what does not fit is too long.
fn whole(error: CoreError) -> Errno {
    match error {
        CoreError::NoSpace => Errno::E2big,
        other => errno(other),
    }
}

impl NodeControl {
    fn each(
        &self,
        id: &PoolId,
        addrs: &[Ipv6Addr],
        f: impl Fn(
            &mut crate::host::Node,
            u32,
            Ipv6Addr,
            umux_core::plane::Micros,
        ) -> std::result::Result<(), CoreError>,
    ) -> std::result::Result<Batch, Errno> {
        self.0.with(|net, now| {
            if id.interface != *net.node.interface() {
                return Err(Errno::Enxio);
            }
            let ifindex = net.node.ifindex();
            let pool = find(&net.node.core().plane, ifindex, id)?;
            let mut batch = Batch::default();
            for addr in addrs {
                match f(&mut net.node, pool, *addr, now) {
                    Ok(()) => batch.done += 1,
                    Err(error) => batch.refused.push((*addr, errno(error))),
                }
            }
            Ok(batch)
        })
    }
}
