// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The policy table of RFC 6724, section 2.1.
//!
//! Only labels matter here, since they choose sources.  Precedences order
//! destinations, which is getaddrinfo's business; they are kept, so that what
//! was set can be shown.

use core::net::Ipv6Addr;

use crate::error::{Error, Result};
use crate::prefix::{Node, Prefix, Trie};

/// Most rows of the table.
pub const LABELS_MAX: usize = 128;

/// A row of the policy table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LabelRow {
    /// Which addresses it is about.
    pub prefix: Prefix,
    /// Greater is better; not used here.
    pub precedence: u32,
    /// Equal labels belong together.
    pub label: u32,
}

const fn row(prefix: Ipv6Addr, len: u8, precedence: u32, label: u32) -> LabelRow {
    LabelRow {
        prefix: match Prefix::new(prefix, len) {
            Some(prefix) => prefix,
            None => Prefix::DEFAULT,
        },
        precedence,
        label,
    }
}

const fn high(bits: u32) -> Ipv6Addr {
    Ipv6Addr::from_bits((bits as u128) << 96)
}

/// RFC 6724, section 2.1: the default policy table.
pub const DEFAULT: [LabelRow; 9] = [
    row(Ipv6Addr::LOCALHOST, 128, 50, 0),
    row(high(0), 0, 40, 1),
    row(Ipv6Addr::from_bits(0xffff << 32), 96, 35, 4),
    row(high(0x2002_0000), 16, 30, 2),
    row(high(0x2001_0000), 32, 5, 5),
    row(high(0xfc00_0000), 7, 3, 13),
    row(high(0), 96, 1, 3),
    row(high(0xfec0_0000), 10, 1, 11),
    row(high(0x3ffe_0000), 16, 1, 12),
];

/// What the trie keeps of a row.
#[derive(Clone, Copy, Debug)]
pub struct Value {
    precedence: u32,
    label: u32,
}

/// Memory for one row.
pub type LabelNode = Node<Value>;

/// The table.
pub struct Labels<'a> {
    trie: Trie<'a, Value>,
}

impl<'a> Labels<'a> {
    /// The default table, in [`LABELS_MAX`] nodes of memory.
    #[must_use]
    pub fn new(nodes: &'a mut [LabelNode]) -> Self {
        let mut labels = Self {
            trie: Trie::new(nodes),
        };
        labels.fill(DEFAULT.into_iter());
        labels
    }

    fn fill(&mut self, rows: impl Iterator<Item = LabelRow>) {
        self.trie.clear();
        for row in rows {
            let value = Value {
                precedence: row.precedence,
                label: row.label,
            };
            // Whoever replaces the table has counted its rows.
            let fits = self.trie.insert(row.prefix, value);
            debug_assert!(fits.is_ok());
        }
    }

    /// Replaces the whole table.
    ///
    /// # Errors
    /// [`Error::NoSpace`]: more than [`LABELS_MAX`] rows; [`Error::Exists`]: two
    /// rows of one prefix.  The old table stays then.
    pub fn replace(&mut self, rows: impl Iterator<Item = LabelRow> + Clone) -> Result<()> {
        let mut count = 0;
        for row in rows.clone() {
            if rows
                .clone()
                .take(count)
                .any(|before| before.prefix == row.prefix)
            {
                return Err(Error::Exists);
            }
            count += 1;
            if count > LABELS_MAX.min(self.trie.capacity()) {
                return Err(Error::NoSpace);
            }
        }
        self.fill(rows);
        Ok(())
    }

    /// Back to [`DEFAULT`].
    pub fn reset(&mut self) {
        self.fill(DEFAULT.into_iter());
    }

    /// All rows, in the order of their prefixes.
    pub fn rows(&self) -> impl Iterator<Item = LabelRow> + '_ {
        self.trie.iter().map(|(prefix, value)| LabelRow {
            prefix,
            precedence: value.precedence,
            label: value.label,
        })
    }

    /// Label of an address; `None`: no row matches.  Addresses without a label
    /// belong together, too.
    #[must_use]
    pub fn label(&self, addr: Ipv6Addr) -> Option<u32> {
        self.trie.lookup(addr).map(|(_, value)| value.label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addr(text: &str) -> Ipv6Addr {
        text.parse().unwrap()
    }

    fn nodes() -> Vec<Node<Value>> {
        (0..LABELS_MAX).map(|_| Node::EMPTY).collect()
    }

    fn one(text: &str, len: u8, label: u32) -> LabelRow {
        row(addr(text), len, 1, label)
    }

    #[test]
    fn labels_are_those_of_the_default_policy_table() {
        let mut nodes = nodes();
        let labels = Labels::new(&mut nodes);
        for (text, expected) in [
            ("::1", 0),
            ("2001:db8::1", 1),
            ("::ffff:192.0.2.1", 4),
            ("2002:c000:201::1", 2),
            ("2001:0:4136:e378::1", 5),
            ("fd00::1", 13),
            ("::192.0.2.1", 3),
            ("fec0::1", 11),
            ("3ffe::1", 12),
        ] {
            assert_eq!(labels.label(addr(text)), Some(expected), "{text}");
        }
        assert_eq!(labels.rows().count(), DEFAULT.len());
    }

    #[test]
    fn a_table_is_replaced_as_a_whole_or_not_at_all() {
        let mut nodes = nodes();
        let mut labels = Labels::new(&mut nodes);
        let rows = [one("2001:db8::", 32, 7), one("2001:db8:1::", 48, 8)];
        labels.replace(rows.into_iter()).unwrap();
        assert_eq!(labels.label(addr("2001:db8:1::1")), Some(8));
        assert_eq!(labels.label(addr("2001:db8:2::1")), Some(7));
        assert_eq!(labels.label(addr("fd00::1")), None);

        let twice = [one("fd00::", 8, 1), one("fd00::", 8, 2)];
        assert_eq!(labels.replace(twice.into_iter()), Err(Error::Exists));
        let many =
            (0..=LABELS_MAX as u32).map(|n| row(Ipv6Addr::from_bits(u128::from(n)), 128, 1, n));
        assert_eq!(labels.replace(many), Err(Error::NoSpace));
        assert!(labels.rows().eq(rows), "the old table stays");

        labels.reset();
        assert_eq!(labels.label(addr("fd00::1")), Some(13));
        labels.replace(core::iter::empty()).unwrap();
        assert_eq!(labels.label(addr("fd00::1")), None);
    }
}
