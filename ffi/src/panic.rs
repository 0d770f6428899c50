// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The way to panic(9).  No panic is reachable from input; one is a defect.

use core::panic::PanicInfo;

unsafe extern "C" {
    fn umux_core_panic(msg: *const u8, len: usize) -> !;
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    // The file name tells where; formatting would bring in the whole of
    // core::fmt and its stack frames.
    let place = info.location().map_or("umux core", |place| place.file());
    // SAFETY: the pointer and the length are of one live str; the C side reads
    // that many bytes and does not return.
    unsafe { umux_core_panic(place.as_ptr(), place.len()) }
}
