// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The words of which rules are made, as text: numbers, ranges, prefixes, and names
//! of choices, each with an error that says what to write.

use crate::{Error, Result};
use ipnet::Ipv6Net;
use std::fmt;
use std::str::FromStr;

/// Splits a rule into its verdict and its parts, each a key and a value, of which
/// `part` takes those that it knows; `what` and `keys` are for the errors.
pub(super) fn rule_words<'l>(
    line: &'l str,
    what: &str,
    keys: &str,
    mut part: impl FnMut(&str, &'l str) -> Result<bool>,
) -> Result<()> {
    let mut words = line.split_whitespace().skip(1);
    let mut seen = Vec::new();
    while let Some(key) = words.next() {
        let Some(text) = words.next() else {
            return Err(value(format!(
                "{key:?} wants a value, in the rule {line:?}"
            )));
        };
        if seen.contains(&key) {
            return Err(value(format!("{key:?} stands twice in the rule {line:?}")));
        }
        seen.push(key);
        if !part(key, text)? {
            return Err(value(format!(
                "{key:?} is no part of a {what}: they are {keys}"
            )));
        }
    }
    Ok(())
}

/// The verdict, which is the first word.
pub(super) fn verdict<T: Copy>(line: &str, what: &str, choices: &[(&str, T)]) -> Result<T> {
    let first = line.split_whitespace().next().unwrap_or_default();
    choice(what, first, choices)
}

/// A jail by number, 0: the host.
pub(super) fn jail(text: &str) -> Result<Option<u32>> {
    match number("jail number", text)? {
        u32::MAX => Err(value(format!("{text} is no jail's number"))),
        jail => Ok(Some(jail)),
    }
}

pub(super) fn value(text: impl Into<String>) -> Error {
    Error::Value(text.into())
}

/// A prefix of any length; an address stands for itself.
pub(super) fn net(text: &str) -> Result<Ipv6Net> {
    let net: Ipv6Net = text
        .parse()
        .or_else(|_| text.parse().map(|addr: std::net::Ipv6Addr| addr.into()))
        .map_err(|_| {
            value(format!(
                "{text:?} is no IPv6 prefix: write it as ADDRESS/LENGTH, for example 2001:db8::/32"
            ))
        })?;
    if net.trunc() != net {
        return Err(value(format!(
            "{net} has bits beyond its length; did you mean {}?",
            net.trunc()
        )));
    }
    Ok(net)
}

pub(super) fn number<T: FromStr>(what: &str, text: &str) -> Result<T> {
    text.parse().map_err(|_| {
        value(format!(
            "{text:?} is no {what}: a whole number is wanted, not too great"
        ))
    })
}

/// `N` or `N-M`.
pub(super) fn range<T: FromStr + Copy + PartialOrd>(what: &str, text: &str) -> Result<(T, T)> {
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (number(what, first)?, number(what, last)?),
        None => {
            let one = number(what, text)?;
            (one, one)
        }
    };
    if first > last {
        return Err(value(format!(
            "the range {text} of {what}s is backwards: write the lower first"
        )));
    }
    Ok((first, last))
}

pub(super) fn choice<T: Copy>(what: &str, text: &str, choices: &[(&str, T)]) -> Result<T> {
    choices
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, choice)| *choice)
        .ok_or_else(|| {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            value(format!(
                "{text:?} is no {what}: it is one of {}",
                names.join(", ")
            ))
        })
}

pub(super) fn name<T: PartialEq>(choices: &[(&'static str, T)], wanted: &T) -> &'static str {
    choices
        .iter()
        .find(|(_, choice)| choice == wanted)
        .map_or("?", |(name, _)| name)
}

pub(super) fn write_range<T: fmt::Display + PartialEq>(
    f: &mut fmt::Formatter<'_>,
    key: &str,
    (first, last): &(T, T),
) -> fmt::Result {
    if first == last {
        write!(f, " {key} {first}")
    } else {
        write!(f, " {key} {first}-{last}")
    }
}
