//! Request numbers of `/dev/umux`, computed as FreeBSD's `_IOWR` does, so that they
//! can be checked against the header on any host.

use crate::bindings as raw;

const IOC_INOUT: u64 = 0xc000_0000;
const IOCPARM_MASK: u64 = 0x1fff;

/// `_IOWR('U', number, T)`.
pub const fn iowr<T>(number: u8) -> u64 {
    IOC_INOUT
        | ((size_of::<T>() as u64 & IOCPARM_MASK) << 16)
        | ((b'U' as u64) << 8)
        | number as u64
}

/// UMUX_IOC_INFO
pub const INFO: u64 = iowr::<raw::umux_info>(1);
/// UMUX_IOC_POOL_ADD
pub const POOL_ADD: u64 = iowr::<raw::umux_pool_req>(2);
/// UMUX_IOC_POOL_DEL
pub const POOL_DEL: u64 = iowr::<raw::umux_pool_req>(3);
/// UMUX_IOC_POOL_GET
pub const POOL_GET: u64 = iowr::<raw::umux_dump_req>(4);
/// UMUX_IOC_ADDR_ADD
pub const ADDR_ADD: u64 = iowr::<raw::umux_addr_req>(5);
/// UMUX_IOC_ADDR_DEL
pub const ADDR_DEL: u64 = iowr::<raw::umux_addr_req>(6);
/// UMUX_IOC_ADDR_GET
pub const ADDR_GET: u64 = iowr::<raw::umux_dump_req>(7);
/// UMUX_IOC_SESS_GET
pub const SESS_GET: u64 = iowr::<raw::umux_dump_req>(8);
/// UMUX_IOC_STATS
pub const STATS: u64 = iowr::<raw::umux_stats_req>(9);
/// UMUX_IOC_FLUSH
pub const FLUSH: u64 = iowr::<raw::umux_flush_req>(10);

/// Every request by the header's name, its number and the size of its structure.
pub const TABLE: [(&str, u64, &str, usize); 10] = [
    ("INFO", INFO, "umux_info", size_of::<raw::umux_info>()),
    (
        "POOL_ADD",
        POOL_ADD,
        "umux_pool_req",
        size_of::<raw::umux_pool_req>(),
    ),
    (
        "POOL_DEL",
        POOL_DEL,
        "umux_pool_req",
        size_of::<raw::umux_pool_req>(),
    ),
    (
        "POOL_GET",
        POOL_GET,
        "umux_dump_req",
        size_of::<raw::umux_dump_req>(),
    ),
    (
        "ADDR_ADD",
        ADDR_ADD,
        "umux_addr_req",
        size_of::<raw::umux_addr_req>(),
    ),
    (
        "ADDR_DEL",
        ADDR_DEL,
        "umux_addr_req",
        size_of::<raw::umux_addr_req>(),
    ),
    (
        "ADDR_GET",
        ADDR_GET,
        "umux_dump_req",
        size_of::<raw::umux_dump_req>(),
    ),
    (
        "SESS_GET",
        SESS_GET,
        "umux_dump_req",
        size_of::<raw::umux_dump_req>(),
    ),
    (
        "STATS",
        STATS,
        "umux_stats_req",
        size_of::<raw::umux_stats_req>(),
    ),
    (
        "FLUSH",
        FLUSH,
        "umux_flush_req",
        size_of::<raw::umux_flush_req>(),
    ),
];
