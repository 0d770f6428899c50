// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What a plane does on request, whoever runs it.

use crate::{
    AddrInfo, Counters, DasInfo, DasSpec, Errno, Error, IfName, Info, Label, ListenInfo,
    ListenRule, PoolId, PoolInfo, PoolSpec, Request, Result, Rule, SessionInfo,
};
use serde::{Deserialize, Serialize};
use std::net::Ipv6Addr;

/// What became of a batch of addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Items that were carried out.
    pub done: usize,
    /// The others, each with its reason.
    pub refused: Vec<(Ipv6Addr, Errno)>,
}

impl Batch {
    /// Adds the outcome of a further call.
    pub fn absorb(&mut self, other: Batch) {
        self.done += other.done;
        self.refused.extend(other.refused);
    }
}

/// Control of one plane. The kernel and the lab implement it, so that every
/// program of umux runs against either.
pub trait Control: Send {
    /// Version and limits.
    fn info(&mut self) -> Result<Info>;
    /// Makes a pool.
    fn pool_add(&mut self, spec: &PoolSpec) -> Result<()>;
    /// Removes a pool; `force`: although sessions live on its addresses.
    fn pool_del(&mut self, id: &PoolId, force: bool) -> Result<()>;
    /// All pools.
    fn pools(&mut self) -> Result<Vec<PoolInfo>>;
    /// Adds any number of addresses; an error means that the call as a whole was refused.
    fn addr_add(&mut self, id: &PoolId, addrs: &[Ipv6Addr]) -> Result<Batch>;
    /// Removes any number of addresses.
    fn addr_del(&mut self, id: &PoolId, addrs: &[Ipv6Addr]) -> Result<Batch>;
    /// All addresses.
    fn addrs(&mut self) -> Result<Vec<AddrInfo>>;
    /// All sessions.
    fn sessions(&mut self) -> Result<Vec<SessionInfo>>;
    /// All counters.
    fn stats(&mut self) -> Result<Counters>;
    /// Withdraws all addresses without a session, of one interface or of all; how many.
    fn flush(&mut self, interface: Option<&IfName>) -> Result<u32>;
    /// The policy table of RFC 6724, section 2.1.
    fn labels(&mut self) -> Result<Vec<Label>>;
    /// Replaces it as a whole; `None`: the default.
    fn set_labels(&mut self, labels: Option<&[Label]>) -> Result<()>;
    /// Rules of who gets addresses, in their order.
    fn rules(&mut self) -> Result<Vec<Rule>>;
    /// Replaces all of them; `None`: the default.
    fn set_rules(&mut self, rules: Option<&[Rule]>) -> Result<()>;

    // Servers.  A plane without listeners says so.

    /// Rules of who listens as LISTEN_0, in their order.
    fn listen_rules(&mut self) -> Result<Vec<ListenRule>> {
        Err(Error::refused(Request::ListenRules, Errno::Eopnotsupp))
    }
    /// Replaces all of them; `apply`: those that listen already are judged anew.
    fn set_listen_rules(&mut self, _rules: &[ListenRule], _apply: bool) -> Result<()> {
        Err(Error::refused(Request::SetListenRules, Errno::Eopnotsupp))
    }
    /// All LISTEN_0s.
    fn listeners(&mut self) -> Result<Vec<ListenInfo>> {
        Err(Error::refused(Request::Listeners, Errno::Eopnotsupp))
    }
    /// Arms an address for one connection; it is valid when this returns.
    fn das(&mut self, spec: &DasSpec) -> Result<Ipv6Addr> {
        Err(Error::refused(
            Request::Das(spec.clone()),
            Errno::Eopnotsupp,
        ))
    }
    /// All addresses that are armed, or have their connection.
    fn das_list(&mut self) -> Result<Vec<DasInfo>> {
        Err(Error::refused(Request::DasList, Errno::Eopnotsupp))
    }
}

impl<C: Control + ?Sized> Control for Box<C> {
    fn info(&mut self) -> Result<Info> {
        (**self).info()
    }
    fn pool_add(&mut self, spec: &PoolSpec) -> Result<()> {
        (**self).pool_add(spec)
    }
    fn pool_del(&mut self, id: &PoolId, force: bool) -> Result<()> {
        (**self).pool_del(id, force)
    }
    fn pools(&mut self) -> Result<Vec<PoolInfo>> {
        (**self).pools()
    }
    fn addr_add(&mut self, id: &PoolId, addrs: &[Ipv6Addr]) -> Result<Batch> {
        (**self).addr_add(id, addrs)
    }
    fn addr_del(&mut self, id: &PoolId, addrs: &[Ipv6Addr]) -> Result<Batch> {
        (**self).addr_del(id, addrs)
    }
    fn addrs(&mut self) -> Result<Vec<AddrInfo>> {
        (**self).addrs()
    }
    fn sessions(&mut self) -> Result<Vec<SessionInfo>> {
        (**self).sessions()
    }
    fn stats(&mut self) -> Result<Counters> {
        (**self).stats()
    }
    fn flush(&mut self, interface: Option<&IfName>) -> Result<u32> {
        (**self).flush(interface)
    }
    fn labels(&mut self) -> Result<Vec<Label>> {
        (**self).labels()
    }
    fn set_labels(&mut self, labels: Option<&[Label]>) -> Result<()> {
        (**self).set_labels(labels)
    }
    fn rules(&mut self) -> Result<Vec<Rule>> {
        (**self).rules()
    }
    fn set_rules(&mut self, rules: Option<&[Rule]>) -> Result<()> {
        (**self).set_rules(rules)
    }
    fn listen_rules(&mut self) -> Result<Vec<ListenRule>> {
        (**self).listen_rules()
    }
    fn set_listen_rules(&mut self, rules: &[ListenRule], apply: bool) -> Result<()> {
        (**self).set_listen_rules(rules, apply)
    }
    fn listeners(&mut self) -> Result<Vec<ListenInfo>> {
        (**self).listeners()
    }
    fn das(&mut self, spec: &DasSpec) -> Result<Ipv6Addr> {
        (**self).das(spec)
    }
    fn das_list(&mut self) -> Result<Vec<DasInfo>> {
        (**self).das_list()
    }
}
