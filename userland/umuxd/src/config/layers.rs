// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Who says what: the pool itself, else its interface, else the defaults.

use super::file::Entry;
use std::ops::RangeInclusive;
use toml::Spanned;
use umux_daemon::config::{Checked, number};

/// Entries, the nearest first.
#[derive(Debug, Clone)]
pub struct Layers<'a>(Vec<&'a Entry>);

impl<'a> Layers<'a> {
    /// The nearest first.
    pub fn new(entries: impl IntoIterator<Item = &'a Entry>) -> Layers<'a> {
        Layers(entries.into_iter().collect())
    }

    /// All of them, the nearest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &'a Entry> + ExactSizeIterator {
        self.0.iter().copied()
    }

    /// What the nearest says that says anything.
    pub fn get<T>(
        &self,
        key: impl Fn(&'a Entry) -> &'a Option<Spanned<T>>,
    ) -> Option<&'a Spanned<T>> {
        self.iter().find_map(|entry| key(entry).as_ref())
    }

    /// A number, or the one that is built in.
    pub fn number(
        &self,
        name: &str,
        key: impl Fn(&'a Entry) -> &'a Option<Spanned<i64>>,
        built_in: i64,
        range: RangeInclusive<i64>,
    ) -> Checked<u32> {
        match self.get(key) {
            None => Ok(built_in as u32),
            Some(given) => number(name, given, range),
        }
    }
}
