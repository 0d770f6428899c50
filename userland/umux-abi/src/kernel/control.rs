// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Requests on `/dev/umux`.

use crate::bindings as raw;
use crate::ioctl;
use crate::{
    AddrInfo, Batch, Control, Counters, DasInfo, DasSpec, Errno, Error, IfName, Info, Label,
    ListenInfo, ListenRule, PoolId, PoolInfo, PoolSpec, Request, Result, Rule, SessionInfo,
    ioctl::Code, plane, wire,
};
use nix::errno::Errno as Os;
use std::collections::HashMap;
use std::fs::File;
use std::net::Ipv6Addr;
use std::os::fd::AsRawFd;

const BATCH: usize = raw::UMUX_BATCH_MAX as usize;

/// Structures of requests that point to no other memory.
trait Plain {}
impl Plain for raw::umux_info {}
impl Plain for raw::umux_pool_req {}
impl Plain for raw::umux_stats_req {}
impl Plain for raw::umux_flush_req {}
impl Plain for raw::umux_das_req {}

/// A confined process cannot open it: whoever can has to do it for that.
fn open() -> Result<File> {
    plane::open_device().map_err(|error| match error.raw_os_error() {
        Some(nix::libc::ECAPMODE) => Error::NotLoaded,
        _ => plane::no_device(error),
    })
}

/// The system call.
///
/// # Safety
///
/// As [`KernelControl::call`].
unsafe fn ioctl<T>(device: &File, code: Code<T>, argument: &mut T) -> std::result::Result<(), Os> {
    // SAFETY: the kernel reads and writes at `argument` as many bytes as the code says,
    // which is the size of `T`, and it is exclusively borrowed. All structures of the
    // ABI are plain integers, so whatever is written is a value of them. What they
    // point to is the caller's promise.
    let answer = unsafe {
        nix::libc::ioctl(
            device.as_raw_fd(),
            code.number() as nix::libc::c_ulong,
            std::ptr::from_mut(argument),
        )
    };
    Os::result(answer).map(drop)
}

/// Control of the module's plane in the caller's vnet.
pub struct KernelControl {
    device: File,
}

impl KernelControl {
    /// On a device that is open.
    pub fn on(device: File) -> KernelControl {
        KernelControl { device }
    }

    /// One request.
    ///
    /// # Safety
    ///
    /// Memory that `argument` points to must live, be nobody else's, and be as long
    /// as the header says that the kernel takes it to be.
    unsafe fn call<T>(&mut self, request: Request, code: Code<T>, argument: &mut T) -> Result<()> {
        // SAFETY: passed on to the caller of this function.
        let mut answer = unsafe { ioctl(&self.device, code, argument) };
        if answer == Err(Os::ENOTTY) {
            // A module that was unloaded since leaves a descriptor that knows nothing.
            self.device = open()?;
            // SAFETY: as above.
            answer = unsafe { ioctl(&self.device, code, argument) };
        }
        answer.map_err(|os| match os {
            // A code holds the size of its structure, so that a module with another
            // size does not even know the request.
            Os::ENOTTY => Error::refused(request, Errno::Eprogmismatch),
            os => Error::refused(request, Errno::from_freebsd(os as i32)),
        })
    }

    /// One request that points to nothing.
    fn plain<T: Plain>(&mut self, request: Request, code: Code<T>, argument: &mut T) -> Result<()> {
        // SAFETY: there is no other memory.
        unsafe { self.call(request, code, argument) }
    }

    /// All records of a dump.
    fn dump<R: Copy>(
        &mut self,
        request: Request,
        code: Code<raw::umux_dump_req>,
        empty: R,
    ) -> Result<Vec<R>> {
        let mut all = Vec::new();
        let mut records = vec![empty; BATCH];
        let mut cursor = 0;
        while cursor != raw::UMUX_CURSOR_END {
            let mut dump = raw::umux_dump_req {
                ud_hdr: wire::header::<raw::umux_dump_req>(),
                ud_cursor: cursor,
                ud_count: BATCH as u32,
                ud_recsize: size_of::<R>() as u32,
                ud_pad: 0,
                ud_buf: records.as_mut_ptr() as usize as u64,
            };
            // SAFETY: the request points to `records`, which holds BATCH records of the
            // size it says, and is used by nobody else meanwhile.
            unsafe { self.call(request.clone(), code, &mut dump)? };
            let got = dump.ud_count as usize;
            let part = records
                .get(..got)
                .ok_or_else(|| Error::Nonsense(format!("{got} records in a buffer of {BATCH}")))?;
            all.extend_from_slice(part);
            if got == 0 && dump.ud_cursor == cursor {
                return Err(Error::Nonsense("a list stands still".into()));
            }
            cursor = dump.ud_cursor;
        }
        Ok(all)
    }

    fn batch(
        &mut self,
        request: &Request,
        code: Code<raw::umux_addr_req>,
        id: &PoolId,
        addrs: &[Ipv6Addr],
    ) -> Result<Batch> {
        let mut all = Batch::default();
        for part in addrs.chunks(BATCH) {
            let mut items: Vec<raw::umux_addr_item> = part
                .iter()
                .map(|addr| raw::umux_addr_item {
                    ai_addr: wire::in6(*addr),
                    ai_error: 0,
                })
                .collect();
            let mut argument = wire::addr_request(id, &mut items);
            // SAFETY: the request points to `items`, as many as it says, and they are
            // used by nobody else meanwhile.
            unsafe { self.call(request.clone(), code, &mut argument)? };
            all.absorb(outcome(&items));
        }
        Ok(all)
    }
}

impl KernelControl {
    /// Replaces a table of policy.
    fn policy<R>(
        &mut self,
        request: Request,
        code: Code<raw::umux_policy_req>,
        records: Option<Vec<R>>,
    ) -> Result<()> {
        self.policy_with(request, code, records, 0)
    }

    fn policy_with<R>(
        &mut self,
        request: Request,
        code: Code<raw::umux_policy_req>,
        records: Option<Vec<R>>,
        flags: u32,
    ) -> Result<()> {
        let mut argument = wire::policy_request(records.as_deref());
        argument.uy_flags |= flags;
        // SAFETY: the request points to `records`, as many and as large as it says, which
        // the kernel only reads, and they live until the call is over.
        unsafe { self.call(request, code, &mut argument) }
    }
}

fn outcome(items: &[raw::umux_addr_item]) -> Batch {
    let refused: Vec<_> = items
        .iter()
        .filter(|item| item.ai_error != 0)
        .map(|item| {
            (
                wire::addr(&item.ai_addr),
                Errno::from_freebsd(item.ai_error),
            )
        })
        .collect();
    Batch {
        done: items.len() - refused.len(),
        refused,
    }
}

/// Names of interfaces by number, each asked for once.
#[derive(Default)]
struct Names(HashMap<u32, String>);

impl Names {
    fn get(&mut self, ifindex: u32) -> String {
        self.0
            .entry(ifindex)
            .or_insert_with(|| {
                nix::net::if_::if_indextoname(ifindex)
                    .ok()
                    .and_then(|name| name.into_string().ok())
                    .unwrap_or_else(|| wire::nameless(ifindex))
            })
            .clone()
    }
}

impl Control for KernelControl {
    fn info(&mut self) -> Result<Info> {
        let mut argument = raw::umux_info {
            ui_hdr: wire::header::<raw::umux_info>(),
            ..Default::default()
        };
        self.plain(Request::Info, ioctl::INFO, &mut argument)?;
        wire::info(&argument)
    }

    fn pool_add(&mut self, spec: &PoolSpec) -> Result<()> {
        let mut argument = wire::pool_add_request(spec);
        self.plain(
            Request::PoolAdd(spec.id.clone()),
            ioctl::POOL_ADD,
            &mut argument,
        )
    }

    fn pool_del(&mut self, id: &PoolId, force: bool) -> Result<()> {
        let mut argument = wire::pool_del_request(id, force);
        self.plain(Request::PoolDel(id.clone()), ioctl::POOL_DEL, &mut argument)
    }

    fn pools(&mut self) -> Result<Vec<PoolInfo>> {
        self.dump(
            Request::Pools,
            ioctl::POOL_GET,
            raw::umux_pool_info::default(),
        )?
        .iter()
        .map(wire::pool_info)
        .collect()
    }

    fn addr_add(&mut self, id: &PoolId, addrs: &[Ipv6Addr]) -> Result<Batch> {
        self.batch(&Request::AddrAdd(id.clone()), ioctl::ADDR_ADD, id, addrs)
    }

    fn addr_del(&mut self, id: &PoolId, addrs: &[Ipv6Addr]) -> Result<Batch> {
        self.batch(&Request::AddrDel(id.clone()), ioctl::ADDR_DEL, id, addrs)
    }

    fn addrs(&mut self) -> Result<Vec<AddrInfo>> {
        let mut names = Names::default();
        self.dump(
            Request::Addrs,
            ioctl::ADDR_GET,
            raw::umux_addr_info::default(),
        )?
        .iter()
        .map(|raw| wire::addr_info(raw, |index| names.get(index)))
        .collect()
    }

    fn sessions(&mut self) -> Result<Vec<SessionInfo>> {
        let mut names = Names::default();
        self.dump(
            Request::Sessions,
            ioctl::SESS_GET,
            raw::umux_sess_info::default(),
        )?
        .iter()
        .map(|raw| wire::session_info(raw, |index| names.get(index)))
        .collect()
    }

    fn stats(&mut self) -> Result<Counters> {
        let mut argument = raw::umux_stats_req {
            us_hdr: wire::header::<raw::umux_stats_req>(),
            ..Default::default()
        };
        self.plain(Request::Stats, ioctl::STATS, &mut argument)?;
        Ok(Counters::from(&argument.us_counters))
    }

    fn flush(&mut self, interface: Option<&IfName>) -> Result<u32> {
        let mut argument = raw::umux_flush_req {
            uf_hdr: wire::header::<raw::umux_flush_req>(),
            uf_ifname: interface.map(wire::ifname).unwrap_or_default(),
            ..Default::default()
        };
        self.plain(
            Request::Flush(interface.cloned()),
            ioctl::FLUSH,
            &mut argument,
        )?;
        Ok(argument.uf_flushed)
    }

    fn labels(&mut self) -> Result<Vec<Label>> {
        self.dump(
            Request::Labels,
            ioctl::LABELS_GET,
            raw::umux_label::default(),
        )?
        .iter()
        .map(wire::label)
        .collect()
    }

    fn set_labels(&mut self, labels: Option<&[Label]>) -> Result<()> {
        let records = labels.map(|labels| labels.iter().map(wire::label_out).collect());
        self.policy(Request::SetLabels, ioctl::LABELS_SET, records)
    }

    fn rules(&mut self) -> Result<Vec<Rule>> {
        self.dump(Request::Rules, ioctl::RULES_GET, raw::umux_rule::default())?
            .iter()
            .map(wire::rule)
            .collect()
    }

    fn set_rules(&mut self, rules: Option<&[Rule]>) -> Result<()> {
        let records = rules.map(|rules| rules.iter().map(wire::rule_out).collect());
        self.policy(Request::SetRules, ioctl::RULES_SET, records)
    }

    fn listen_rules(&mut self) -> Result<Vec<ListenRule>> {
        self.dump(
            Request::ListenRules,
            ioctl::LRULES_GET,
            raw::umux_lrule::default(),
        )?
        .iter()
        .map(wire::listen_rule)
        .collect()
    }

    fn set_listen_rules(&mut self, rules: &[ListenRule], apply: bool) -> Result<()> {
        let records = rules.iter().map(wire::listen_rule_out).collect();
        let flags = if apply { raw::UMUX_POLICY_APPLY } else { 0 };
        self.policy_with(
            Request::SetListenRules,
            ioctl::LRULES_SET,
            Some(records),
            flags,
        )
    }

    fn listeners(&mut self) -> Result<Vec<ListenInfo>> {
        let records = self.dump(
            Request::Listeners,
            ioctl::LISTEN_GET,
            raw::umux_listen_info::default(),
        )?;
        Ok(records.iter().map(wire::listen_info).collect())
    }

    fn das(&mut self, spec: &DasSpec) -> Result<Ipv6Addr> {
        let mut argument = wire::das_request(spec);
        self.plain(Request::Das(spec.clone()), ioctl::DAS, &mut argument)?;
        Ok(wire::addr(&argument.da_ssa))
    }

    fn das_list(&mut self) -> Result<Vec<DasInfo>> {
        let mut names = Names::default();
        self.dump(
            Request::DasList,
            ioctl::DAS_GET,
            raw::umux_das_info::default(),
        )?
        .iter()
        .map(|raw| wire::das_info(raw, |index| names.get(index)))
        .collect()
    }
}
