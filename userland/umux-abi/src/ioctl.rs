// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Request numbers of `/dev/umux`, computed as FreeBSD's `_IOWR` does, so that they
//! can be checked against the header on any host.

use crate::bindings as raw;
use std::marker::PhantomData;

const IOC_INOUT: u64 = 0xc000_0000;
const IOCPARM_MASK: u64 = 0x1fff;

/// A request number that knows the structure it goes with.
pub struct Code<T> {
    number: u64,
    structure: PhantomData<fn(&mut T)>,
}

impl<T> Clone for Code<T> {
    fn clone(&self) -> Code<T> {
        *self
    }
}

impl<T> Copy for Code<T> {}

impl<T> Code<T> {
    /// `_IOWR('U', number, T)`.
    const fn new(number: u8) -> Code<T> {
        Code {
            number: IOC_INOUT
                | ((size_of::<T>() as u64 & IOCPARM_MASK) << 16)
                | ((b'U' as u64) << 8)
                | number as u64,
            structure: PhantomData,
        }
    }

    /// The number.
    pub const fn number(&self) -> u64 {
        self.number
    }
}

/// `UMUX_IOC_INFO`
pub const INFO: Code<raw::umux_info> = Code::new(1);
/// `UMUX_IOC_POOL_ADD`
pub const POOL_ADD: Code<raw::umux_pool_req> = Code::new(2);
/// `UMUX_IOC_POOL_DEL`
pub const POOL_DEL: Code<raw::umux_pool_req> = Code::new(3);
/// `UMUX_IOC_POOL_GET`
pub const POOL_GET: Code<raw::umux_dump_req> = Code::new(4);
/// `UMUX_IOC_ADDR_ADD`
pub const ADDR_ADD: Code<raw::umux_addr_req> = Code::new(5);
/// `UMUX_IOC_ADDR_DEL`
pub const ADDR_DEL: Code<raw::umux_addr_req> = Code::new(6);
/// `UMUX_IOC_ADDR_GET`
pub const ADDR_GET: Code<raw::umux_dump_req> = Code::new(7);
/// `UMUX_IOC_SESS_GET`
pub const SESS_GET: Code<raw::umux_dump_req> = Code::new(8);
/// `UMUX_IOC_STATS`
pub const STATS: Code<raw::umux_stats_req> = Code::new(9);
/// `UMUX_IOC_FLUSH`
pub const FLUSH: Code<raw::umux_flush_req> = Code::new(10);

/// `UMUX_IOC_LABELS_SET`
pub const LABELS_SET: Code<raw::umux_policy_req> = Code::new(11);
/// `UMUX_IOC_LABELS_GET`
pub const LABELS_GET: Code<raw::umux_dump_req> = Code::new(12);
/// `UMUX_IOC_RULES_SET`
pub const RULES_SET: Code<raw::umux_policy_req> = Code::new(13);
/// `UMUX_IOC_RULES_GET`
pub const RULES_GET: Code<raw::umux_dump_req> = Code::new(14);

/// `UMUX_IOC_LRULES_SET`
pub const LRULES_SET: Code<raw::umux_policy_req> = Code::new(15);
/// `UMUX_IOC_LRULES_GET`
pub const LRULES_GET: Code<raw::umux_dump_req> = Code::new(16);
/// `UMUX_IOC_LISTEN_GET`
pub const LISTEN_GET: Code<raw::umux_dump_req> = Code::new(17);
/// `UMUX_IOC_DAS`
pub const DAS: Code<raw::umux_das_req> = Code::new(18);
/// `UMUX_IOC_DAS_GET`
pub const DAS_GET: Code<raw::umux_dump_req> = Code::new(19);

/// Every request by the header's name, its number, its structure and the size of that.
pub const TABLE: [(&str, u64, &str, usize); 19] = [
    (
        "INFO",
        INFO.number(),
        "umux_info",
        size_of::<raw::umux_info>(),
    ),
    (
        "POOL_ADD",
        POOL_ADD.number(),
        "umux_pool_req",
        size_of::<raw::umux_pool_req>(),
    ),
    (
        "POOL_DEL",
        POOL_DEL.number(),
        "umux_pool_req",
        size_of::<raw::umux_pool_req>(),
    ),
    (
        "POOL_GET",
        POOL_GET.number(),
        "umux_dump_req",
        size_of::<raw::umux_dump_req>(),
    ),
    (
        "ADDR_ADD",
        ADDR_ADD.number(),
        "umux_addr_req",
        size_of::<raw::umux_addr_req>(),
    ),
    (
        "ADDR_DEL",
        ADDR_DEL.number(),
        "umux_addr_req",
        size_of::<raw::umux_addr_req>(),
    ),
    (
        "ADDR_GET",
        ADDR_GET.number(),
        "umux_dump_req",
        size_of::<raw::umux_dump_req>(),
    ),
    (
        "SESS_GET",
        SESS_GET.number(),
        "umux_dump_req",
        size_of::<raw::umux_dump_req>(),
    ),
    (
        "STATS",
        STATS.number(),
        "umux_stats_req",
        size_of::<raw::umux_stats_req>(),
    ),
    (
        "FLUSH",
        FLUSH.number(),
        "umux_flush_req",
        size_of::<raw::umux_flush_req>(),
    ),
    (
        "LABELS_SET",
        LABELS_SET.number(),
        "umux_policy_req",
        size_of::<raw::umux_policy_req>(),
    ),
    (
        "LABELS_GET",
        LABELS_GET.number(),
        "umux_dump_req",
        size_of::<raw::umux_dump_req>(),
    ),
    (
        "RULES_SET",
        RULES_SET.number(),
        "umux_policy_req",
        size_of::<raw::umux_policy_req>(),
    ),
    (
        "RULES_GET",
        RULES_GET.number(),
        "umux_dump_req",
        size_of::<raw::umux_dump_req>(),
    ),
    (
        "LRULES_SET",
        LRULES_SET.number(),
        "umux_policy_req",
        size_of::<raw::umux_policy_req>(),
    ),
    (
        "LRULES_GET",
        LRULES_GET.number(),
        "umux_dump_req",
        size_of::<raw::umux_dump_req>(),
    ),
    (
        "LISTEN_GET",
        LISTEN_GET.number(),
        "umux_dump_req",
        size_of::<raw::umux_dump_req>(),
    ),
    (
        "DAS",
        DAS.number(),
        "umux_das_req",
        size_of::<raw::umux_das_req>(),
    ),
    (
        "DAS_GET",
        DAS_GET.number(),
        "umux_dump_req",
        size_of::<raw::umux_dump_req>(),
    ),
];
