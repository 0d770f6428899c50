// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Threads that are cancelled (pthread_cancel(3)). Most calls of the system are points
//! where one may end, and what it has opened by then stays open.

use libc::c_int;

/// `PTHREAD_CANCEL_ENABLE` of each C library that is known.
const ENABLE: c_int = 0;
/// `PTHREAD_CANCEL_DISABLE`, too.
const DISABLE: c_int = 1;

unsafe extern "C-unwind" {
    fn pthread_setcancelstate(state: c_int, before: *mut c_int) -> c_int;
}

/// Runs it to its end; a thread that is cancelled meanwhile ends at its next point. What
/// it does has to be short, or limited in time.
pub fn deferred<T: Copy>(run: impl FnOnce() -> T) -> T {
    // FreeBSD's C library has a function that writes nothing for programs without
    // threads.
    let mut before = ENABLE;
    // SAFETY: the state is valid to write.
    unsafe { pthread_setcancelstate(DISABLE, &mut before) };
    let result = run();
    let mut ours = DISABLE;
    // SAFETY: the same. If this is where the thread ends, there is nothing to be dropped.
    unsafe { pthread_setcancelstate(before, &mut ours) };
    result
}
