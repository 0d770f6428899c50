// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Domain names, and tables of them.
//!
//! A name is kept as it is on the wire (RFC 1035, section 3.1) and in lower case
//! (RFC 4343), so that a query's name is found without being turned into text.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

/// Longest name on the wire, the root's byte included.
pub const NAME_MAX: usize = 255;
/// Longest label.
const LABEL_MAX: usize = 63;

/// A domain name.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(Box<[u8]>);

/// Text that is no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no domain name: write one like www.example.com, in letters, digits, - and _")]
pub struct NotAName(String);

impl Name {
    /// A name from the wire, which is lower case and sound already.
    pub fn from_lower_wire(wire: &[u8]) -> Name {
        Name(wire.into())
    }

    /// As on the wire, in lower case.
    pub fn wire(&self) -> &[u8] {
        &self.0
    }

    /// Its labels, the nearest first.
    pub fn labels(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = &self.0[..];
        std::iter::from_fn(move || {
            let (len, after) = rest.split_first()?;
            let len = usize::from(*len);
            if len == 0 || after.len() < len {
                return None;
            }
            let (label, after) = after.split_at(len);
            rest = after;
            Some(label)
        })
    }
}

impl FromStr for Name {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Name, NotAName> {
        let no = || NotAName(text.chars().take(300).collect());
        let mut wire = Vec::with_capacity(text.len() + 2);
        for label in text.strip_suffix('.').unwrap_or(text).split('.') {
            let good = (1..=LABEL_MAX).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
            if !good {
                return Err(no());
            }
            wire.push(label.len() as u8);
            wire.extend(label.bytes().map(|b| b.to_ascii_lowercase()));
        }
        wire.push(0);
        if wire.len() > NAME_MAX {
            return Err(no());
        }
        Ok(Name(wire.into()))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut any = false;
        for label in self.labels() {
            if any {
                f.write_str(".")?;
            }
            any = true;
            for byte in label {
                match byte {
                    b'.' | b'\\' => write!(f, "\\{}", *byte as char)?,
                    0x21..=0x7e => write!(f, "{}", *byte as char)?,
                    // RFC 1035, section 5.1
                    other => write!(f, "\\{other:03}")?,
                }
            }
        }
        if any { Ok(()) } else { f.write_str(".") }
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Name, D::Error> {
        String::deserialize(from)?
            .parse()
            .map_err(|e: NotAName| D::Error::custom(e))
    }
}

/// One name, or all below one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// `www.example.com`: this name alone.
    Exact(Name),
    /// `*.example.com`: all names below, not the name itself.
    Below(Name),
}

impl FromStr for Pattern {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Pattern, NotAName> {
        match text.strip_prefix("*.") {
            Some(rest) => rest.parse().map(Pattern::Below),
            None => text.parse().map(Pattern::Exact),
        }
        .map_err(|_: NotAName| NotAName(text.chars().take(300).collect()))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pattern::Exact(name) => write!(f, "{name}"),
            Pattern::Below(name) => write!(f, "*.{name}"),
        }
    }
}

/// What belongs to names: the exact one decides, else the longest above it.
#[derive(Debug, Clone)]
pub struct NameTable<V> {
    exact: HashMap<Box<[u8]>, V>,
    below: HashMap<Box<[u8]>, V>,
}

impl<V> Default for NameTable<V> {
    fn default() -> NameTable<V> {
        NameTable {
            exact: HashMap::new(),
            below: HashMap::new(),
        }
    }
}

impl<V> NameTable<V> {
    /// Puts it in; what was there before comes out.
    pub fn insert(&mut self, pattern: &Pattern, value: V) -> Option<V> {
        match pattern {
            Pattern::Exact(name) => self.exact.insert(name.0.clone(), value),
            Pattern::Below(name) => self.below.insert(name.0.clone(), value),
        }
    }

    /// Is there nothing in it?
    pub fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.below.is_empty()
    }

    /// What belongs to a name that is in lower case and as on the wire.
    pub fn get(&self, wire: &[u8]) -> Option<&V> {
        if let Some(value) = self.exact.get(wire) {
            return Some(value);
        }
        if self.below.is_empty() {
            return None;
        }
        let mut rest = wire;
        while let Some((len, after)) = rest.split_first() {
            if *len == 0 {
                return None;
            }
            rest = after.get(usize::from(*len)..)?;
            if let Some(value) = self.below.get(rest) {
                return Some(value);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().expect(text)
    }

    #[test]
    fn a_name_has_one_spelling() {
        assert_eq!(name("WWW.Example.COM."), name("www.example.com"));
        assert_eq!(name("www.example.com").to_string(), "www.example.com");
        assert_eq!(name("a.b").wire(), b"\x01a\x01b\0");
    }

    #[test]
    fn what_is_no_name_is_named_in_the_error() {
        let long = "a.".repeat(130);
        let label = "a".repeat(64);
        for text in ["", ".", "a..b", "-a.b", "a b", "*.", "é.fr", &long, &label] {
            let error = text.parse::<Name>().expect_err(text).to_string();
            assert!(error.contains("no domain name"), "{error}");
        }
        let error = "*.a b".parse::<Pattern>().expect_err("a blank").to_string();
        assert!(error.contains("\"*.a b\""), "{error}");
    }

    #[test]
    fn the_exact_name_decides_else_the_longest_above_it() {
        let mut table = NameTable::default();
        for (pattern, value) in [
            ("*.example.com", 1),
            ("*.apps.example.com", 2),
            ("www.example.com", 3),
        ] {
            table.insert(&pattern.parse().expect(pattern), value);
        }
        for (text, expected) in [
            ("www.example.com", Some(3)),
            ("mail.example.com", Some(1)),
            ("a.www.example.com", Some(1)),
            ("x.apps.example.com", Some(2)),
            ("apps.example.com", Some(1)),
            ("example.com", None),
            ("com", None),
            ("notexample.com", None),
        ] {
            assert_eq!(table.get(name(text).wire()).copied(), expected, "{text}");
        }
    }

    #[test]
    fn bytes_that_are_no_letters_are_shown_escaped() {
        assert_eq!(
            Name::from_lower_wire(b"\x03a.\x07\0").to_string(),
            "a\\.\\007"
        );
        assert_eq!(Name::from_lower_wire(b"\0").to_string(), ".");
    }
}
