// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Where aarpd is found: a directory with its sockets and the file that it shares.

use std::ffi::CStr;

/// The directory, unless the environment names another.
pub const DIRECTORY: &str = "/var/run/aarp";

/// The variable of the environment that names another. It is for tests, and for
/// several aarpd on one machine; programs with the rights of another user than their
/// caller's ignore it.
pub const VARIABLE: &CStr = c"AARP_DIRECTORY";

/// Questions of programs.
pub const SOCKET: &str = "aarpd.sock";
/// aarpctl(8).
pub const CONTROL: &str = "control.sock";
/// What is known.
pub const VIEW: &str = "view";

/// A path with the zero that ends it, without memory from a heap.
#[derive(Debug, Clone, Copy)]
pub struct Path {
    bytes: [u8; MAX],
    len: usize,
}

/// sun_path(4) of FreeBSD holds no more.
const MAX: usize = 104;

impl Path {
    /// A name in the directory; `None`: it is too long.
    pub fn of(name: &str) -> Option<Path> {
        match from_environment() {
            Some(directory) => Path::join(directory, name),
            None => Path::join(DIRECTORY.as_bytes(), name),
        }
    }

    /// A name in some directory; `None`: it is too long.
    pub fn join(directory: &[u8], name: &str) -> Option<Path> {
        let mut path = Path {
            bytes: [0; MAX],
            len: 0,
        };
        path.push(directory)?;
        path.push(b"/")?;
        path.push(name.as_bytes())?;
        Some(path)
    }

    fn push(&mut self, part: &[u8]) -> Option<()> {
        let end = self.len.checked_add(part.len())?;
        // One byte stays zero.
        if end >= MAX {
            return None;
        }
        self.bytes.get_mut(self.len..end)?.copy_from_slice(part);
        self.len = end;
        Some(())
    }

    /// For system calls.
    pub fn as_ptr(&self) -> *const libc::c_char {
        self.bytes.as_ptr().cast()
    }

    /// Without the zero.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

fn from_environment() -> Option<&'static [u8]> {
    if privileged() {
        return None;
    }
    // SAFETY: the name ends in zero, and so does what is returned. It is read at once;
    // a program that changes its environment at the same moment has the same race with
    // its C library.
    unsafe {
        let value = libc::getenv(VARIABLE.as_ptr());
        (!value.is_null()).then(|| CStr::from_ptr(value).to_bytes())
    }
    .filter(|value| !value.is_empty())
}

/// Does this program have rights that its caller has not?
#[cfg(target_os = "freebsd")]
fn privileged() -> bool {
    // SAFETY: it takes nothing and touches nothing.
    unsafe { libc::issetugid() != 0 }
}

/// Does this program have rights that its caller has not?
#[cfg(not(target_os = "freebsd"))]
fn privileged() -> bool {
    // SAFETY: it reads what the kernel gave this process when it started.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_ends_in_zero_or_is_refused() {
        let path = Path::join(b"/var/run/aarp", "view").expect("short enough");
        assert_eq!(path.as_bytes(), b"/var/run/aarp/view");
        assert_eq!(path.bytes[path.len], 0);
        assert!(Path::join(&[b'x'; 98], "view").is_some());
        assert!(Path::join(&[b'x'; 99], "view").is_none());
    }
}
