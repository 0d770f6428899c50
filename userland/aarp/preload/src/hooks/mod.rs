// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The functions that programs find in the place of the C library's.
//!
//! Whoever calls one owes what the C library's manual says: pointers that are valid,
//! or null where that is allowed. They go on to the C library as they came, unless it
//! is said where they are read.

/// Puts a function in the place of the C library's: it gets the C library's own, and
/// what the program gave. FreeBSD's C library itself, its resolver above all, calls
/// it by a second name.
macro_rules! replace {
    ($($name:ident, $second:ident ($($arg:ident: $type:ty),* $(,)?) -> $ret:ty = $by:ident;)*) => {
        $(
            #[unsafe(no_mangle)]
            unsafe extern "C-unwind" fn $name($($arg: $type),*) -> $ret {
                // SAFETY: the program's.
                unsafe { $by(crate::next::$name, $($arg),*) }
            }

            #[cfg(target_os = "freebsd")]
            #[unsafe(no_mangle)]
            unsafe extern "C-unwind" fn $second($($arg: $type),*) -> $ret {
                // SAFETY: the program's.
                unsafe { $by(crate::next::$second, $($arg),*) }
            }
        )*
    };
}

mod descriptors;
mod messages;
mod names;
mod start;

use libc::c_int;

/// errno, kept over what a program knows nothing of.
#[derive(Clone, Copy)]
pub struct Errno(c_int);

impl Errno {
    /// As it is now.
    pub fn save() -> Errno {
        // SAFETY: this thread's errno is always valid.
        Errno(unsafe { *aarp::errno_location() })
    }

    /// As it was.
    pub fn restore(self) {
        Errno::set(self.0);
    }

    /// An error of ours.
    pub fn set(errno: c_int) {
        // SAFETY: this thread's errno is always valid.
        unsafe { *aarp::errno_location() = errno };
    }

    /// Its number.
    pub fn number(self) -> c_int {
        self.0
    }
}
