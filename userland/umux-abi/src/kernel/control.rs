//! Requests on `/dev/umux`.

use crate::bindings as raw;
use crate::{
    AddrInfo, Batch, Control, Counters, Errno, Error, IfName, Info, PoolId, PoolInfo, PoolSpec,
    Request, Result, SessionInfo, ioctl, wire,
};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io;
use std::net::Ipv6Addr;
use std::os::fd::AsRawFd;

const DEVICE: &str = "/dev/umux";
const BATCH: usize = raw::UMUX_BATCH_MAX as usize;

/// Control of the module's plane in the caller's vnet.
pub struct KernelControl {
    device: File,
}

impl KernelControl {
    /// Opens the device.
    pub fn open() -> Result<KernelControl> {
        match OpenOptions::new().read(true).write(true).open(DEVICE) {
            Ok(device) => Ok(KernelControl { device }),
            Err(e) => Err(match e.kind() {
                io::ErrorKind::NotFound => Error::NotLoaded,
                io::ErrorKind::PermissionDenied => Error::NotAllowed,
                _ => Error::io(format!("cannot open {DEVICE}"), e),
            }),
        }
    }

    /// One request. `code` and `T` must be a pair of [`ioctl::TABLE`], and memory
    /// that the request points to must live and be as long as the request says.
    fn call<T>(&self, request: Request, code: u64, argument: &mut T) -> Result<()> {
        // SAFETY: each code carries the size of its structure, which `iowr::<T>`
        // computed from the same type; the kernel reads and writes that many bytes
        // at `argument`, which is exclusively borrowed. All structures are plain
        // integers, so whatever the kernel writes is a value of them.
        let answer = unsafe {
            nix::libc::ioctl(
                self.device.as_raw_fd(),
                code as nix::libc::c_ulong,
                std::ptr::from_mut(argument),
            )
        };
        if answer == 0 {
            return Ok(());
        }
        let errno = match io::Error::last_os_error().raw_os_error() {
            // A request's number holds the size of its structure, so that a module
            // with another size does not even know the request.
            Some(nix::libc::ENOTTY) => Errno::Eprogmismatch,
            number => Errno::from_freebsd(number.unwrap_or(0)),
        };
        Err(Error::refused(request, errno))
    }

    /// All records of a dump.
    fn dump<R: Copy>(&self, request: Request, code: u64, empty: R) -> Result<Vec<R>> {
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
            self.call(request.clone(), code, &mut dump)?;
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
        &self,
        request: &Request,
        code: u64,
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
            self.call(request.clone(), code, &mut argument)?;
            all.absorb(outcome(&items));
        }
        Ok(all)
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
        self.call(Request::Info, ioctl::INFO, &mut argument)?;
        wire::info(&argument)
    }

    fn pool_add(&mut self, spec: &PoolSpec) -> Result<()> {
        let mut argument = wire::pool_add_request(spec);
        self.call(
            Request::PoolAdd(spec.id.clone()),
            ioctl::POOL_ADD,
            &mut argument,
        )
    }

    fn pool_del(&mut self, id: &PoolId, force: bool) -> Result<()> {
        let mut argument = wire::pool_del_request(id, force);
        self.call(Request::PoolDel(id.clone()), ioctl::POOL_DEL, &mut argument)
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
        self.call(Request::Stats, ioctl::STATS, &mut argument)?;
        Ok(Counters::from(&argument.us_counters))
    }

    fn flush(&mut self, interface: Option<&IfName>) -> Result<u32> {
        let mut argument = raw::umux_flush_req {
            uf_hdr: wire::header::<raw::umux_flush_req>(),
            uf_ifname: interface.map(wire::ifname).unwrap_or_default(),
            ..Default::default()
        };
        self.call(
            Request::Flush(interface.cloned()),
            ioctl::FLUSH,
            &mut argument,
        )?;
        Ok(argument.uf_flushed)
    }
}
