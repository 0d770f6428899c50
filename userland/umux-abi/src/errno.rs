// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The errno values of the ABI, by name.
//!
//! Names, not numbers, go over the lab's socket and into JSON: the same error has
//! different numbers on different systems, and one of them (`EPROGMISMATCH`) exists
//! on FreeBSD only.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What the module answers when it refuses. Numbers are FreeBSD's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Errno {
    /// Not privileged.
    Eperm,
    /// No such pool or address (or no device).
    Enoent,
    /// No such listener.
    Esrch,
    /// No such interface in this vnet.
    Enxio,
    /// Too many items in one call.
    #[serde(rename = "E2BIG")]
    E2big,
    /// The kernel has no memory left, or no mbuf.
    Enomem,
    /// A buffer was not readable or writable.
    Efault,
    /// Live sessions.
    Ebusy,
    /// There already.
    Eexist,
    /// The module was loaded while this network stack was being made.
    Enodev,
    /// A value is out of range.
    Einval,
    /// A limit is reached.
    Enospc,
    /// The interface cannot hold a pool.
    Eopnotsupp,
    /// The prefix is not on-link.
    Eaddrnotavail,
    /// Module and program are of different versions.
    Eprogmismatch,
    /// Anything else, by FreeBSD number.
    #[serde(untagged)]
    Other(i32),
}

impl Errno {
    const TABLE: [(Errno, i32, &'static str); 15] = [
        (Errno::Eperm, 1, "EPERM"),
        (Errno::Enoent, 2, "ENOENT"),
        (Errno::Esrch, 3, "ESRCH"),
        (Errno::Enxio, 6, "ENXIO"),
        (Errno::E2big, 7, "E2BIG"),
        (Errno::Enomem, 12, "ENOMEM"),
        (Errno::Efault, 14, "EFAULT"),
        (Errno::Ebusy, 16, "EBUSY"),
        (Errno::Eexist, 17, "EEXIST"),
        (Errno::Enodev, 19, "ENODEV"),
        (Errno::Einval, 22, "EINVAL"),
        (Errno::Enospc, 28, "ENOSPC"),
        (Errno::Eopnotsupp, 45, "EOPNOTSUPP"),
        (Errno::Eaddrnotavail, 49, "EADDRNOTAVAIL"),
        (Errno::Eprogmismatch, 75, "EPROGMISMATCH"),
    ];

    /// Every named value, for tests that go through all of them.
    pub fn named() -> impl Iterator<Item = Errno> {
        Self::TABLE.iter().map(|(errno, _, _)| *errno)
    }

    /// From a number as FreeBSD's kernel returns it.
    pub fn from_freebsd(number: i32) -> Errno {
        Self::TABLE
            .iter()
            .find(|(_, n, _)| *n == number)
            .map_or(Errno::Other(number), |(errno, _, _)| *errno)
    }

    /// The number that FreeBSD uses.
    pub fn to_freebsd(self) -> i32 {
        match self {
            Errno::Other(number) => number,
            _ => Self::TABLE
                .iter()
                .find(|(errno, _, _)| *errno == self)
                .map_or(0, |(_, n, _)| *n),
        }
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::TABLE.iter().find(|(errno, _, _)| errno == self) {
            Some((_, _, name)) => f.write_str(name),
            None => write!(f, "errno {}", self.to_freebsd()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_errno_survives_its_number_and_its_json() {
        for errno in Errno::named().chain([Errno::Other(13)]) {
            assert_eq!(Errno::from_freebsd(errno.to_freebsd()), errno);
            let json = serde_json::to_string(&errno).expect("an errno is JSON");
            assert_eq!(serde_json::from_str::<Errno>(&json).expect(&json), errno);
        }
    }

    #[test]
    fn json_uses_the_names_people_know() {
        for (errno, _, name) in Errno::TABLE {
            let json = serde_json::to_string(&errno).expect("an errno is JSON");
            assert_eq!(json, format!("\"{name}\""));
        }
    }
}
