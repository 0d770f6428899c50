// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What holds for every method.

use super::*;
use crate::reserved::is_reserved;
use clap::ValueEnum;
use proptest::prelude::*;
use std::collections::HashSet;

fn start(method: MethodName) -> Box<dyn Method> {
    let options = Options {
        method,
        fqdn: Some("www.example.com".into()),
        ..Options::default()
    };
    options.start().expect("nothing is missing")
}

#[test]
fn a_method_is_told_by_the_name_that_the_command_line_takes() {
    assert_eq!(MethodName::value_variants(), MethodName::ALL);
    for method in MethodName::ALL {
        let value = method.to_possible_value().expect("none is hidden");
        assert_eq!(value.get_name(), method.as_str());
    }
}

#[test]
fn no_two_generators_choose_the_same() {
    let prefix = "2001:db8:1::/64".parse().expect("a prefix");
    for method in MethodName::ALL {
        let one = start(method).choose(&prefix, 10).expect("a /64 is large");
        let two = start(method).choose(&prefix, 10).expect("a /64 is large");
        assert_ne!(one, two, "{method:?}");
    }
}

#[test]
fn prefixes_that_a_method_cannot_use_are_refused_with_the_remedy() {
    for (method, text, words) in [
        (
            MethodName::SharedSuffix,
            "2001:db8::/96",
            "use /88 or shorter",
        ),
        (MethodName::Rfc3041Md5, "2001:db8::/56", "use a /64"),
        (MethodName::FqdnHash, "2001:db8::/80", "use a /64"),
    ] {
        let prefix = text.parse().expect("a prefix");
        let admitted = method.admits(&prefix).expect_err(text).to_string();
        assert!(admitted.contains(words), "{admitted}");
        let chosen = start(method).choose(&prefix, 1).expect_err(text);
        assert_eq!(chosen.to_string(), admitted);
    }
}

proptest! {
    #[test]
    fn whatever_the_prefix_addresses_lie_in_it_differ_and_are_free(
        bits: u128, len in 16u8..=112, count in 1u32..200,
    ) {
        let bits = (0x2000 << 112 | bits >> 3) & !(u128::MAX >> len);
        let prefix = Prefix::new(Ipv6Addr::from_bits(bits), len).expect("a global prefix");
        for method in MethodName::ALL {
            if method.admits(&prefix).is_err() {
                continue;
            }
            let all = start(method).choose(&prefix, count).expect("65,536 addresses at least");
            prop_assert_eq!(all.len(), count as usize);
            prop_assert_eq!(all.iter().collect::<HashSet<_>>().len(), count as usize);
            for addr in &all {
                prop_assert!(prefix.contains(addr) && !is_reserved(&prefix, addr), "{}", addr);
            }
        }
    }

    #[test]
    fn methods_that_need_a_64_get_one_often_enough(bits: u64, count in 1u32..100) {
        let bits = u128::from(0x2000 << 48 | bits >> 3) << 64;
        let prefix = Prefix::new(Ipv6Addr::from_bits(bits), 64).expect("a global prefix");
        for method in MethodName::ALL {
            let all = start(method).choose(&prefix, count).expect("a /64 is large");
            prop_assert_eq!(all.iter().collect::<HashSet<_>>().len(), count as usize);
            prop_assert!(all.iter().all(|a| prefix.contains(a) && !is_reserved(&prefix, a)));
        }
    }
}
