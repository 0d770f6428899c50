// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Longest prefix match: look up, insert, remove.

mod support;

use ip_network_table_deps_treebitmap::IpLookupTable;
use poptrie::Poptrie;
use prefix_trie::PrefixMap;
use std::net::Ipv6Addr;
use support::measure::{Contender, compare, head, row};
use support::prefixes::{destinations, prefixes};
use umux_core::prefix::{Node, Prefix, Trie};

const COLUMNS: [&str; 5] = [
    "umux",
    "prefix-trie",
    "treebitmap",
    "poptrie",
    "linear scan",
];
const SIZES: [usize; 5] = [1, 16, 256, 4_096, 65_536];
const ASKED: usize = 8_192;

fn key(prefix: Prefix) -> (u128, u8) {
    (prefix.addr().to_bits(), prefix.len())
}

/// How in6_selectsrc() compares: all addresses, one after the other, by their
/// matching bits.
fn scan(table: &[(u128, u8)], addr: u128) -> Option<usize> {
    let mut best = None;
    let mut longest = 0;
    for (number, &(bits, len)) in table.iter().enumerate() {
        let matching = (bits ^ addr).leading_zeros();
        if matching >= u32::from(len) && (best.is_none() || len > longest) {
            best = Some(number);
            longest = len;
        }
    }
    best
}

fn lookups(n: usize) {
    let all = prefixes(n);
    let asked = destinations(&all, ASKED);
    let mut nodes = vec![Node::EMPTY; n];
    let mut ours = Trie::new(&mut nodes);
    let mut map = PrefixMap::<(u128, u8), usize>::new();
    let mut bitmap = IpLookupTable::<Ipv6Addr, usize>::new();
    let mut pop = Poptrie::<(u128, u8), usize>::new();
    let table: Vec<_> = all.iter().map(|&prefix| key(prefix)).collect();
    for (number, &prefix) in all.iter().enumerate() {
        ours.insert(prefix, number).expect("a node for each");
        map.insert(key(prefix), number);
        bitmap.insert(prefix.addr(), u32::from(prefix.len()), number);
        pop.insert(key(prefix), number);
    }
    // They answer the same, or there is nothing to compare.
    for &addr in &asked {
        let bits = addr.to_bits();
        let found = ours.lookup(addr).map(|(_, number)| number);
        assert_eq!(found, map.get_lpm(&(bits, 128)).map(|(_, n)| *n));
        assert_eq!(found, bitmap.longest_match(addr).map(|(_, _, n)| *n));
        assert_eq!(found, pop.lookup(bits).copied());
        assert_eq!(found, scan(&table, bits));
    }
    let figures = compare(vec![
        Contender::over(COLUMNS[0], &asked, |&addr| ours.lookup(addr)),
        Contender::over(COLUMNS[1], &asked, |addr| {
            map.get_lpm(&(addr.to_bits(), 128)).map(|f| *f.1)
        }),
        Contender::over(COLUMNS[2], &asked, |&addr| {
            bitmap.longest_match(addr).map(|f| *f.2)
        }),
        Contender::over(COLUMNS[3], &asked, |addr| {
            pop.lookup(addr.to_bits()).copied()
        }),
        Contender::over(COLUMNS[4], &asked, |addr| scan(&table, addr.to_bits())),
    ]);
    row(&format!("{n}"), &figures);
}

/// One prefix goes and comes, among as many.
fn changes(n: usize) {
    let all = prefixes(n);
    let mut nodes = vec![Node::EMPTY; n];
    let mut ours = Trie::new(&mut nodes);
    let mut map = PrefixMap::<(u128, u8), usize>::new();
    let mut bitmap = IpLookupTable::<Ipv6Addr, usize>::new();
    let mut pop = Poptrie::<(u128, u8), usize>::new();
    for (number, &prefix) in all.iter().enumerate() {
        ours.insert(prefix, number).expect("a node for each");
        map.insert(key(prefix), number);
        bitmap.insert(prefix.addr(), u32::from(prefix.len()), number);
        pop.insert(key(prefix), number);
    }
    let some: Vec<_> = all.iter().copied().take(ASKED).collect();
    let figures = compare(vec![
        Contender::over(COLUMNS[0], &some, |&prefix| {
            let value = ours.remove(prefix).expect("it is there");
            ours.insert(prefix, value)
        }),
        Contender::over(COLUMNS[1], &some, |&prefix| {
            let value = map.remove(&key(prefix)).expect("it is there");
            map.insert(key(prefix), value)
        }),
        Contender::over(COLUMNS[2], &some, |&prefix| {
            let len = u32::from(prefix.len());
            let value = bitmap.remove(prefix.addr(), len).expect("it is there");
            bitmap.insert(prefix.addr(), len, value)
        }),
        Contender::over(COLUMNS[3], &some, |&prefix| {
            let value = pop.remove(key(prefix)).expect("it is there");
            pop.insert(key(prefix), value)
        }),
    ]);
    row(&format!("{n}"), &figures);
}

fn main() {
    head("Longest prefix match, ns, by prefixes", &COLUMNS);
    for n in SIZES {
        lookups(n);
    }
    head("A prefix removed and inserted, ns together", &COLUMNS[..4]);
    for n in SIZES {
        changes(n);
    }
}
