// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The name of an interface.

use crate::bindings::UMUX_IFNAMSIZ;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// 1 to 15 printable bytes without blanks or slashes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IfName(String);

impl IfName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IfName {
    type Err = Error;

    fn from_str(text: &str) -> Result<IfName> {
        let longest = UMUX_IFNAMSIZ as usize - 1;
        let fits = (1..=longest).contains(&text.len());
        if fits && text.bytes().all(|b| b.is_ascii_graphic() && b != b'/') {
            Ok(IfName(text.to_owned()))
        } else {
            Err(Error::Value(format!(
                "{text:?} is no interface name (1 to {longest} printable characters): `ifconfig -l` lists them"
            )))
        }
    }
}

impl TryFrom<String> for IfName {
    type Error = Error;

    fn try_from(text: String) -> Result<IfName> {
        text.parse()
    }
}

impl From<IfName> for String {
    fn from(name: IfName) -> String {
        name.0
    }
}

impl fmt::Display for IfName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_the_kernel_could_not_hold_are_refused() {
        for bad in [
            "",
            "em 0",
            "em0/",
            "em0\0",
            "abcdefghijklmnop",
            "ém0",
            "em0\n",
        ] {
            assert!(bad.parse::<IfName>().is_err(), "{bad:?}");
        }
        for good in ["em0", "epair0a", "vlan.100", "abcdefghijklmno"] {
            assert_eq!(good.parse::<IfName>().expect(good).as_str(), good);
        }
    }
}
