// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The C ABI, called as the module calls it, with structures of whatever
//! content.

use arbitrary::{Result, Unstructured};
use std::mem::MaybeUninit;
use umux_core_abi::{
    umux_actions, umux_addr_info, umux_core_config, umux_core_iface, umux_das_how, umux_das_info,
    umux_das_req, umux_in6, umux_label, umux_listen_info, umux_listener, umux_lrule,
    umux_pool_info, umux_pool_req, umux_rule, umux_sess_info, umux_take,
};
use umux_ffi::*;

/// A structure of the ABI out of bytes.
fn plain<T: Copy>(u: &mut Unstructured<'_>) -> Result<T> {
    let mut value = MaybeUninit::<T>::zeroed();
    let bytes = u.bytes(size_of::<T>().min(u.len()))?;
    // SAFETY: at most size_of::<T>() bytes are copied into a T; the structures of
    // the ABI hold integers and arrays of them only, which every bit pattern is
    // a value of.
    unsafe {
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), value.as_mut_ptr().cast(), bytes.len());
        Ok(value.assume_init())
    }
}

fn zeroed<T: Copy>() -> T {
    // SAFETY: as in plain(): zero is a value of every structure of the ABI.
    unsafe { MaybeUninit::zeroed().assume_init() }
}

/// One of the few addresses that calls have in common, or any.
fn addr(u: &mut Unstructured<'_>) -> Result<umux_in6> {
    let n: u8 = u.arbitrary()?;
    if n & 0x80 != 0 {
        return plain(u);
    }
    let mut s6 = [
        0x20,
        1,
        0xd,
        0xb8,
        0,
        n >> 6,
        0,
        0,
        0x12,
        0,
        0,
        0,
        0,
        0,
        0,
        n & 7,
    ];
    if n & 0x20 != 0 {
        s6[8..].fill(0);
    }
    Ok(umux_in6 { s6 })
}

/// A call of the ABI.
macro_rules! c {
    ($call:expr) => {
        // SAFETY: the plane is what umux_core_init() gave, one thread alone uses
        // it, and all other pointers are of live variables, or of slices with the
        // length that is given with them.
        unsafe { $call }
    };
}

/// A plane in a block of its own.
struct Plane {
    at: *mut UmuxPlane,
    /// In words, so that it is aligned as malloc(9) does.
    _block: Vec<u64>,
    handles: Vec<u64>,
    now: u64,
}

fn open(u: &mut Unstructured<'_>) -> Result<Option<Plane>> {
    let mut cc: umux_core_config = plain(u)?;
    // What a kernel could be asked for, this process has no memory for.
    cc.cc_max_addrs %= 40;
    cc.cc_max_pools %= 8;
    cc.cc_max_ifaces %= 8;
    // SAFETY: a live structure.
    let size = unsafe { umux_core_size(&cc) };
    let mut block = vec![0u64; size.div_ceil(8)];
    let mut at = std::ptr::null_mut();
    // SAFETY: the block has that size, and lives as long as the plane is used; the
    // other pointers are of live variables.
    let error = unsafe { umux_core_init(block.as_mut_ptr().cast(), size, &cc, &mut at) };
    assert_eq!(error != 0, size == 0, "a size is a promise");
    Ok((error == 0).then_some(Plane {
        at,
        _block: block,
        handles: vec![0, u64::MAX, 1],
        now: 1_000_000,
    }))
}

impl Plane {
    fn handle(&self, u: &mut Unstructured<'_>) -> Result<u64> {
        u.choose(&self.handles).copied()
    }

    fn keep(&mut self, handle: u64) {
        if handle != 0 && self.handles.len() < 64 {
            self.handles.push(handle);
        }
    }

    /// One call.
    fn call(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let plane = self.at;
        let now = self.now;
        let mut actions: umux_actions = zeroed();
        let mut cursor: u32 = u.int_in_range(0..=3)?;
        let number: u32 = u.int_in_range(0..=3)?;
        let cookie: usize = u.int_in_range(0..=3)?;
        match u.int_in_range(0..=29)? {
            0 => {
                let mut ci: umux_core_iface = plain(u)?;
                ci.ci_ifindex %= 4;
                c!(umux_core_iface_set(plane, &ci, now));
            }
            1 => c!(umux_core_iface_gone(plane, number, now)),
            2 => {
                let mut up: umux_pool_req = plain(u)?;
                if u.ratio(7, 8)? {
                    up.up_prefix = addr(u)?;
                    up.up_prefix.s6[8..].fill(0);
                    up.up_plen = 64;
                    up.up_miss %= 2;
                    up.up_max_age %= 90_000;
                    up.up_notify_ms %= 70_000;
                }
                c!(umux_core_pool_add(plane, number, &up, now, &mut cursor));
            }
            3 => {
                let force = i32::from(u.arbitrary::<bool>()?);
                c!(umux_core_pool_del(plane, number, force, now));
            }
            4 => {
                let mut handle = 0;
                let at = addr(u)?;
                let error = c!(umux_core_addr_add(plane, number, &at, now, &mut handle));
                if error == 0 {
                    self.keep(handle);
                    let rnd = u.arbitrary()?;
                    c!(umux_core_addr_start(plane, handle, 1 + cookie, now, rnd));
                }
            }
            5 => {
                let handle = self.handle(u)?;
                c!(umux_core_addr_start(
                    plane,
                    handle,
                    cookie,
                    now,
                    u.arbitrary()?
                ));
            }
            6 => {
                let at = addr(u)?;
                c!(umux_core_addr_del(plane, number, &at, now));
            }
            7 => {
                c!(umux_core_flush(plane, number, now));
            }
            8 | 9 => {
                let mut ut: umux_take = plain(u)?;
                ut.ut_ifindex %= 4;
                ut.ut_peer = addr(u)?;
                ut.ut_wish %= 4;
                let error = if cookie == 0 {
                    c!(umux_core_take(plane, &mut ut, now))
                } else {
                    c!(umux_core_take_socket(plane, &mut ut, cookie, now))
                };
                if error == 0 {
                    self.keep(ut.ut_handle);
                }
            }
            10 => {
                let handle = self.handle(u)?;
                c!(umux_core_commit(plane, handle, u.arbitrary()?, cookie, now));
            }
            11 => {
                let mut given = 0;
                let handle = self.handle(u)?;
                c!(umux_core_end(plane, handle, now, &mut given));
            }
            12 => {
                let handle = self.handle(u)?;
                c!(umux_core_linger(plane, handle, u.arbitrary()?, now));
            }
            13 => {
                let handle = self.handle(u)?;
                c!(umux_core_checked(plane, handle, now));
                c!(umux_core_unsent(plane, handle, now));
                c!(umux_core_closing(plane, handle));
                c!(umux_core_das_absent(plane, handle, now));
            }
            14 => {
                let handle = self.handle(u)?;
                let next = addr(u)?;
                c!(umux_core_announce(
                    plane,
                    handle,
                    number,
                    &next,
                    now,
                    &mut actions
                ));
            }
            15..=18 => self.packet(u)?,
            19 => {
                let n = u.int_in_range(0..=4)?;
                let mut rows = Vec::new();
                for _ in 0..n {
                    rows.push(plain::<umux_label>(u)?);
                }
                c!(umux_core_labels_set(plane, rows.as_ptr(), rows.len()));
            }
            20 => {
                let rules = [plain::<umux_rule>(u)?, plain(u)?];
                c!(umux_core_rules_set(
                    plane,
                    rules.as_ptr(),
                    u.int_in_range(0..=2)?
                ));
            }
            21 => {
                let rules = [plain::<umux_lrule>(u)?, plain(u)?];
                c!(umux_core_lrules_set(
                    plane,
                    rules.as_ptr(),
                    u.int_in_range(0..=2)?
                ));
            }
            22 => {
                c!(umux_core_labels_reset(plane));
                c!(umux_core_rules_reset(plane));
            }
            23 | 24 => {
                let mut ul: umux_listener = plain(u)?;
                ul.ul_cookie = 8 + cookie as u64;
                ul.ul_port = 22 + number as u16 % 2;
                if u.ratio(3, 4)? {
                    ul.ul_addr = zeroed();
                }
                c!(umux_core_listener_wanted(plane, &ul));
                c!(umux_core_listener_add(plane, &ul, now));
            }
            25 => {
                let mut cursor = number;
                let acked = c!(umux_core_das_acked(plane, 8 + cookie, &mut cursor));
                if acked != 0 {
                    self.keep(acked);
                }
                c!(umux_core_listener_del(plane, 8 + cookie, now));
            }
            26 | 27 => {
                let mut req: umux_das_req = plain(u)?;
                req.da_port = 22 + number as u16 % 2;
                if u.ratio(7, 8)? {
                    req.da_flags %= 4;
                    req.da_pid = 0;
                    req.da_lifetime_ms %= 100_000;
                    req.da_client = zeroed();
                    req.da_client_plen = 0;
                    req.da_ssa = addr(u)?;
                }
                let how = umux_das_how {
                    dh_cookie: 8 + cookie as u64,
                    dh_pool: if number == 3 { u32::MAX } else { number },
                    dh_lock_ms: u.int_in_range(0..=100_000)?,
                };
                c!(umux_core_das(plane, &mut req, &how, now));
            }
            28 => {
                c!(umux_core_next_group(plane));
            }
            _ => self.dump(cursor),
        }
        self.pass(u)
    }

    /// Time goes on, and timers run.
    fn pass(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let mut actions: umux_actions = zeroed();
        self.now += u64::from(u.arbitrary::<u16>()?) * u.int_in_range(0..=200)?;
        let next = c!(umux_core_timer(self.at, self.now, &mut actions));
        assert!(actions.as_n as usize <= actions.as_v.len());
        for action in &actions.as_v[..actions.as_n as usize] {
            if action.ua_handle != 0 {
                self.keep(action.ua_handle);
            }
        }
        assert_eq!(next, c!(umux_core_next_timer(self.at)));
        Ok(())
    }

    fn packet(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let mut actions: umux_actions = zeroed();
        let len = u.int_in_range(0..=160)?;
        let mut packet = u.bytes(len.min(u.len()))?.to_vec();
        if packet.len() >= 40 {
            packet[8..24].copy_from_slice(&addr(u)?.s6);
            packet[24..40].copy_from_slice(&addr(u)?.s6);
        }
        let (plane, now, flags) = (self.at, self.now, u.int_in_range(0..=1)?);
        let (at, len) = (packet.as_ptr().cast(), packet.len());
        // SAFETY: as in c!.
        unsafe {
            umux_core_gate_in(plane, at, len, flags);
            umux_core_gate_out(plane, at, len, flags);
            umux_core_gate_in4(plane, at, len, flags);
            umux_core_admit(plane, at, len, flags, now);
            umux_core_nd_input(plane, 1, at, len, now, &mut actions);
            umux_core_nd_output(plane, 1, at, len, now, &mut actions);
        }
        Ok(())
    }

    /// Every dump comes to an end.
    fn dump(&self, from: u32) {
        const ENOUGH: u32 = 4096;
        macro_rules! each {
            ($get:ident, $info:ty $(, $now:expr)?) => {
                let mut cursor = from;
                let mut info: $info = zeroed();
                let mut n = 0;
                while c!($get(self.at, &mut cursor $(, $now)?, &mut info)) == 0 {
                    n += 1;
                    assert!(n < ENOUGH, "a dump without an end");
                }
            };
        }
        each!(umux_core_pool_get, umux_pool_info);
        each!(umux_core_addr_get, umux_addr_info, self.now);
        each!(umux_core_sess_get, umux_sess_info, self.now);
        each!(umux_core_listen_get, umux_listen_info, self.now);
        each!(umux_core_das_get, umux_das_info, self.now);
        each!(umux_core_labels_get, umux_label);
        each!(umux_core_rules_get, umux_rule);
        each!(umux_core_lrules_get, umux_lrule);
    }
}

/// Makes a plane and calls what the bytes say, until they end.
pub fn run(data: &[u8]) {
    let mut u = Unstructured::new(data);
    let Ok(Some(mut plane)) = open(&mut u) else {
        return;
    };
    while !u.is_empty() && plane.call(&mut u).is_ok() {}
    plane.dump(0);
}
