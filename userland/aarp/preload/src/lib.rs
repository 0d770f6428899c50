// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Lets unmodified programs talk to IPv6 anycast addresses: with LD_PRELOAD, the
//! functions of the C library that name a peer are found here first.
//!
//! * [`hooks`]: those functions
//! * [`way`]: where a program that names a destination is sent
//! * [`sockets`]: what a program called the peers of its sockets
//! * [`next`]: the functions of the C library
//! * [`nameservers`]: glibc's resolver, which does not call them
//!
//! A program may call most of them in signal handlers and between fork and exec. So
//! nothing here takes a lock, allocates memory from a heap, or has thread-local data
//! of its own; errno is what the C library's function left.
//!
//! A thread that is cancelled in one of them is unwound through it (`C-unwind`). So
//! where the C library's function is called, nothing is at hand that would have to be
//! dropped. libaarp lets no thread be cancelled while it has something open.

mod hooks;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod nameservers;
mod next;
mod sockets;
mod way;

/// Before main(): what would need the loader or the kernel later is done here.
extern "C" fn begin() {
    next::find_all();
    sockets::reserve();
    // A program that changes its root, or loses its rights, has the cache already.
    let errno = hooks::Errno::save();
    let _ = aarp::view::Reader::get();
    errno.restore();
}

#[used]
#[unsafe(link_section = ".init_array")]
static BEGIN: extern "C" fn() = begin;
