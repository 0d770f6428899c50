// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Linux: no capabilities, no new privileges, and a list of system calls (seccomp).
//! What is not on the list fails with EPERM.

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, apply_filter, apply_filter_all_threads,
};
use std::collections::BTreeMap;
use std::io;
use std::os::fd::OwnedFd;

/// What any process needs for its memory and to end.
const BASE: &[libc::c_long] = &[
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_getrandom,
    libc::SYS_madvise,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_write,
    libc::SYS_writev,
];

const SENDER: &[libc::c_long] = &[libc::SYS_recvfrom, libc::SYS_sendmsg, libc::SYS_sendto];

/// Among them what it takes to read the configuration again, and for the thread that
/// answers scrapes.
const DAEMON: &[libc::c_long] = &[
    libc::SYS_accept4,
    libc::SYS_clone,
    libc::SYS_clone3,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_epoll_wait,
    libc::SYS_fcntl,
    libc::SYS_fstat,
    libc::SYS_getpeername,
    libc::SYS_getpid,
    libc::SYS_getsockopt,
    libc::SYS_gettid,
    libc::SYS_ioctl,
    libc::SYS_lseek,
    libc::SYS_newfstatat,
    libc::SYS_poll,
    libc::SYS_ppoll,
    libc::SYS_prctl,
    libc::SYS_read,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_rseq,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_sendto,
    libc::SYS_set_robust_list,
    libc::SYS_setsockopt,
    libc::SYS_shutdown,
    libc::SYS_statx,
    libc::SYS_tgkill,
];

/// No program that this process could ever start has more rights.
pub fn drop_bounding_set() -> io::Result<()> {
    for capability in 0..64 {
        // SAFETY: numbers only.
        let dropped = unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) };
        if dropped != 0 {
            match io::Error::last_os_error() {
                // There are no more of them.
                e if e.raw_os_error() == Some(libc::EINVAL) => return Ok(()),
                e => return Err(e),
            }
        }
    }
    Ok(())
}

/// No capabilities: neither those of root, nor any that were given one by one.
fn drop_capabilities() -> io::Result<()> {
    #[repr(C)]
    struct Header {
        version: u32,
        pid: i32,
    }
    let header = Header {
        // _LINUX_CAPABILITY_VERSION_3
        version: 0x2008_0522,
        pid: 0,
    };
    // Effective, permitted and inheritable, 64 bits each.
    let none = [0u32; 6];
    // SAFETY: both are what capset(2) takes in this version.
    let set = unsafe { libc::syscall(libc::SYS_capset, &raw const header, &raw const none) };
    // SAFETY: numbers only.
    let privs = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    if set != 0 || privs != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

fn when(argument: u8, op: SeccompCmpOp, value: u64) -> Result<Vec<SeccompRule>, io::Error> {
    let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, op, value)
        .and_then(|condition| SeccompRule::new(vec![condition]));
    condition.map(|rule| vec![rule]).map_err(io::Error::other)
}

fn filter(
    calls: &[libc::c_long],
    conditional: Vec<(libc::c_long, Vec<SeccompRule>)>,
) -> io::Result<BpfProgram> {
    let arch = std::env::consts::ARCH
        .try_into()
        .map_err(io::Error::other)?;
    let all = BASE.iter().chain(calls);
    let rules: BTreeMap<i64, Vec<SeccompRule>> =
        all.map(|call| (*call, vec![])).chain(conditional).collect();
    let refuse = SeccompAction::Errno(libc::EPERM as u32);
    SeccompFilter::new(rules, refuse, SeccompAction::Allow, arch)
        .and_then(BpfProgram::try_from)
        .map_err(io::Error::other)
}

/// For the process that sends.
pub fn sender(_raw: &OwnedFd, _orders: &OwnedFd) -> io::Result<()> {
    drop_capabilities()?;
    apply_filter(&filter(SENDER, vec![])?).map_err(io::Error::other)
}

/// For the daemon: files can be opened to read only, and sockets of a machine's own
/// only (the names of interfaces are looked up with one).
pub fn daemon(_raw: &OwnedFd) -> io::Result<bool> {
    drop_capabilities()?;
    let writes = (libc::O_ACCMODE | libc::O_CREAT | libc::O_TRUNC) as u64;
    let read_only = when(2, SeccompCmpOp::MaskedEq(writes), libc::O_RDONLY as u64)?;
    let unix = when(0, SeccompCmpOp::Eq, libc::AF_UNIX as u64)?;
    let conditional = vec![(libc::SYS_openat, read_only), (libc::SYS_socket, unix)];
    apply_filter_all_threads(&filter(DAEMON, conditional)?)
        .map(|()| true)
        .map_err(io::Error::other)
}
