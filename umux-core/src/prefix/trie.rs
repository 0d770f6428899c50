// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Longest prefix match.
//!
//! A trie with 16 ways at each branch (4 bits at a time), path-compressed:
//! a branch is only where prefixes part. Its depth is a multiple of 4 bits;
//! it owns the prefixes that end within its 4 bits, and each of its 16 slots
//! knows the longest of those that matches there, so that a lookup takes one
//! step per branch whatever the lengths are. A prefix with nothing beside it
//! is a leaf, in the slot of the branch above.
//!
//! What hangs on a branch, owned or in a slot, is called its things. A branch
//! has two or more, so there are fewer branches than prefixes: each [`Node`]
//! has room for one of both, and n nodes are always enough for n prefixes.

use core::net::Ipv6Addr;

use super::Prefix;

/// Bits that one branch decides.
const STRIDE: u8 = 4;
/// Ways at a branch.
const WAYS: usize = 1 << STRIDE;

/// No entry, no branch, no child.
const NONE: u32 = u32::MAX;
/// Set in references to entries, not set in references to branches.
const LEAF: u32 = 1 << 31;
/// Most nodes that can be referred to.
const MAX_NODES: usize = LEAF as usize - 1;

/// Memory for one prefix. What is in it is the affair of a [`Trie`].
///
/// A prefix and a branch share a node only because that is how many there
/// must be of each; otherwise they have nothing to do with each other.
// With a value of up to 4 bytes: 192 bytes, three cache lines.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Node<V> {
    /// Branch: where it leads.
    slots: [Slot; WAYS],
    /// Branch: the bits that all things here share. Its length is the depth.
    shared: Prefix,
    /// Branch: first of the entries that end here, in no order. In a free
    /// branch: the next free one.
    own: u32,
    /// Entry: the next one that the same branch owns, or the next free one.
    next: u32,
    /// Entry: the prefix.
    prefix: Prefix,
    /// Entry: its value. Nothing in a free entry.
    value: Option<V>,
}

impl<V> Node<V> {
    /// A node to fill memory with.
    pub const EMPTY: Self = Self {
        slots: [Slot::EMPTY; WAYS],
        shared: Prefix::DEFAULT,
        own: NONE,
        next: NONE,
        prefix: Prefix::DEFAULT,
        value: None,
    };

    /// Branch: does a prefix of `len` bits end here, and not further down?
    const fn owns(&self, len: u8) -> bool {
        len < self.shared.len() + STRIDE
    }

    /// Entry: what a lookup gives.
    #[inline]
    fn found(&self) -> Option<(Prefix, V)>
    where
        V: Copy,
    {
        Some((self.prefix, self.value?))
    }
}

impl<V> Default for Node<V> {
    fn default() -> Self {
        Self::EMPTY
    }
}

/// One way at a branch.
#[derive(Clone, Copy, Debug)]
struct Slot {
    /// The longest of the own entries that matches here.
    best: u32,
    /// What goes on from here: an entry with [`LEAF`] set, or a branch.
    child: u32,
}

impl Slot {
    const EMPTY: Self = Self {
        best: NONE,
        child: NONE,
    };
}

/// A reference, read.
enum Place {
    Nothing,
    Leaf(u32),
    Branch(u32),
}

const fn place(reference: u32) -> Place {
    match reference {
        NONE => Place::Nothing,
        leaf if leaf & LEAF != 0 => Place::Leaf(leaf & !LEAF),
        branch => Place::Branch(branch),
    }
}

/// Where a reference is kept.
#[derive(Clone, Copy)]
enum Link {
    Root,
    Slot(u32, usize),
}

/// There is no node left for one more prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// A map from prefixes to values, in memory of the caller: one [`Node`] for
/// each prefix that it shall hold.
///
/// No operation takes longer for there being more prefixes than those on the
/// way: at most 32 steps down, each with at most 15 prefixes to look at when
/// something is inserted or removed.
#[derive(Debug)]
pub struct Trie<'a, V> {
    nodes: &'a mut [Node<V>],
    root: u32,
    len: usize,
    /// Nodes whose entry was ever used; those after it were never touched.
    entries: usize,
    free_entry: u32,
    /// The same for branches.
    branches: usize,
    free_branch: u32,
}

impl<'a, V: Copy> Trie<'a, V> {
    /// An empty trie. What is in the nodes does not matter. Of more than
    /// 2^31 - 1 nodes the rest is not used.
    #[must_use]
    pub fn new(nodes: &'a mut [Node<V>]) -> Self {
        Self {
            nodes,
            root: NONE,
            len: 0,
            entries: 0,
            free_entry: NONE,
            branches: 0,
            free_branch: NONE,
        }
    }

    /// Forgets all prefixes.
    pub fn clear(&mut self) {
        self.root = NONE;
        self.len = 0;
        self.entries = 0;
        self.free_entry = NONE;
        self.branches = 0;
        self.free_branch = NONE;
    }

    /// Number of prefixes.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Is there none?
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Most prefixes that there is room for.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.nodes.len().min(MAX_NODES)
    }

    /// The longest prefix that contains `addr`, with its value.
    #[inline]
    #[must_use]
    pub fn lookup(&self, addr: Ipv6Addr) -> Option<(Prefix, V)> {
        let host = Prefix::host(addr);
        let mut best = NONE;
        let mut at = self.root;
        while at & LEAF == 0 {
            let branch = self.node(at)?;
            if !branch.shared.covers(&host) {
                at = NONE;
                break;
            }
            let slot = branch.slots.get(host.nibble(branch.shared.len()))?;
            if slot.best != NONE {
                best = slot.best;
            }
            at = slot.child;
        }
        if let Place::Leaf(leaf) = place(at) {
            let leaf = self.node(leaf)?;
            if leaf.prefix.covers(&host) {
                return leaf.found();
            }
        }
        self.node(best)?.found()
    }

    /// The value of exactly this prefix.
    #[must_use]
    pub fn get(&self, prefix: Prefix) -> Option<V> {
        let mut at = self.root;
        loop {
            match place(at) {
                Place::Nothing => return None,
                Place::Leaf(leaf) => {
                    let (found, value) = self.node(leaf)?.found()?;
                    return (found == prefix).then_some(value);
                }
                Place::Branch(index) => {
                    let branch = self.node(index)?;
                    if !branch.shared.covers(&prefix) {
                        return None;
                    }
                    if branch.owns(prefix.len()) {
                        return self.node(self.find_own(branch, prefix)?)?.value;
                    }
                    at = self.child(Link::Slot(index, prefix.nibble(branch.shared.len())));
                }
            }
        }
    }

    /// All prefixes, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (Prefix, V)> + '_ {
        self.nodes.iter().take(self.entries).filter_map(Node::found)
    }

    /// Gives a prefix a value; returns the one that it had.
    ///
    /// # Errors
    ///
    /// [`Full`] if the prefix is new and there are as many as nodes.
    pub fn insert(&mut self, prefix: Prefix, value: V) -> Result<Option<V>, Full> {
        let mut link = Link::Root;
        loop {
            let at = self.child(link);
            match place(at) {
                Place::Nothing => {
                    let new = self.new_entry(prefix, value)?;
                    self.set_child(link, new | LEAF);
                    return Ok(None);
                }
                Place::Leaf(index) => {
                    let leaf = self.node_mut(index).ok_or(Full)?;
                    if leaf.prefix == prefix {
                        return Ok(leaf.value.replace(value));
                    }
                    let common = leaf.prefix.common_len(&prefix);
                    let new = self.new_entry(prefix, value)?;
                    let parting = self.new_branch(prefix, common)?;
                    self.put(parting, index);
                    self.put(parting, new);
                    self.set_child(link, parting);
                    return Ok(None);
                }
                Place::Branch(index) => {
                    let branch = self.node(index).ok_or(Full)?;
                    let below = branch.shared;
                    let common = below.common_len(&prefix);
                    if common < below.len() {
                        let new = self.new_entry(prefix, value)?;
                        let parting = self.new_branch(prefix, common)?;
                        let way = below.nibble(common - common % STRIDE);
                        self.set_child(Link::Slot(parting, way), index);
                        self.put(parting, new);
                        self.set_child(link, parting);
                        return Ok(None);
                    }
                    if branch.owns(prefix.len()) {
                        if let Some(own) = self.find_own(branch, prefix) {
                            let own = self.node_mut(own).ok_or(Full)?;
                            return Ok(own.value.replace(value));
                        }
                        let new = self.new_entry(prefix, value)?;
                        self.put(index, new);
                        return Ok(None);
                    }
                    link = Link::Slot(index, prefix.nibble(below.len()));
                }
            }
        }
    }

    /// Removes a prefix; returns its value.
    pub fn remove(&mut self, prefix: Prefix) -> Option<V> {
        let mut link = Link::Root;
        // Where the branch that "link" is in hangs itself.
        let mut above = Link::Root;
        loop {
            match place(self.child(link)) {
                Place::Nothing => return None,
                Place::Leaf(leaf) => {
                    if self.node(leaf)?.prefix != prefix {
                        return None;
                    }
                    self.set_child(link, NONE);
                    if let Link::Slot(branch, _) = link {
                        self.tidy(above, branch);
                    }
                    return self.free_entry(leaf);
                }
                Place::Branch(index) => {
                    let branch = self.node(index)?;
                    if !branch.shared.covers(&prefix) {
                        return None;
                    }
                    if branch.owns(prefix.len()) {
                        let own = self.find_own(branch, prefix)?;
                        self.disown(index, own);
                        self.tidy(link, index);
                        return self.free_entry(own);
                    }
                    let way = prefix.nibble(branch.shared.len());
                    above = link;
                    link = Link::Slot(index, way);
                }
            }
        }
    }

    /// Hangs an entry on a branch that covers it. If it does not end there,
    /// its slot is free.
    fn put(&mut self, index: u32, new: u32) {
        let Some(prefix) = self.node(new).map(|entry| entry.prefix) else {
            return;
        };
        let Some(branch) = self.node_mut(index) else {
            return;
        };
        if branch.owns(prefix.len()) {
            let next = core::mem::replace(&mut branch.own, new);
            if let Some(entry) = self.node_mut(new) {
                entry.next = next;
            }
            self.paint(index);
        } else {
            let way = prefix.nibble(branch.shared.len());
            self.set_child(Link::Slot(index, way), new | LEAF);
        }
    }

    /// Takes an own entry away from a branch.
    fn disown(&mut self, index: u32, own: u32) {
        let Some(next) = self.node(own).map(|entry| entry.next) else {
            return;
        };
        let Some(branch) = self.node_mut(index) else {
            return;
        };
        if branch.own == own {
            branch.own = next;
        } else {
            let mut before = branch.own;
            while let Some(entry) = self.node_mut(before) {
                if entry.next == own {
                    entry.next = next;
                    break;
                }
                before = entry.next;
            }
        }
        self.paint(index);
    }

    /// Finds the best own entry of each slot anew.
    fn paint(&mut self, index: u32) {
        let Some(&Node { shared, own, .. }) = self.node(index) else {
            return;
        };
        let mut best = [(0, NONE); WAYS];
        let mut at = own;
        while let Some(entry) = self.node(at) {
            let len = entry.prefix.len();
            let first = entry.prefix.nibble(shared.len());
            let ways = WAYS >> len.saturating_sub(shared.len()).min(STRIDE);
            for slot in best.iter_mut().skip(first).take(ways) {
                if slot.1 == NONE || len > slot.0 {
                    *slot = (len, at);
                }
            }
            at = entry.next;
        }
        if let Some(branch) = self.node_mut(index) {
            for (slot, (_, best)) in branch.slots.iter_mut().zip(best) {
                slot.best = best;
            }
        }
    }

    /// A branch with one thing left is none: that takes its place.
    fn tidy(&mut self, link: Link, index: u32) {
        let Some(branch) = self.node(index) else {
            return;
        };
        // Two own entries are enough to know. NONE has LEAF set anyway.
        let first = branch.own;
        let second = self.node(first).map_or(NONE, |entry| entry.next);
        let own = [first | LEAF, second | LEAF].into_iter();
        let children = branch.slots.iter().map(|slot| slot.child);
        let mut things = own.chain(children).filter(|thing| *thing != NONE);
        if let (Some(last), None) = (things.next(), things.next()) {
            self.set_child(link, last);
            let next = self.free_branch;
            if let Some(branch) = self.node_mut(index) {
                branch.own = next;
                self.free_branch = index;
            }
        }
    }

    /// The own entry of a branch with this prefix.
    fn find_own(&self, branch: &Node<V>, prefix: Prefix) -> Option<u32> {
        let mut at = branch.own;
        while let Some(entry) = self.node(at) {
            if entry.prefix == prefix {
                return Some(at);
            }
            at = entry.next;
        }
        None
    }

    fn new_entry(&mut self, prefix: Prefix, value: V) -> Result<u32, Full> {
        let free = self.free_entry;
        let index = if free != NONE {
            free
        } else if self.entries < self.capacity() {
            self.entries as u32
        } else {
            return Err(Full);
        };
        let entry = self.node_mut(index).ok_or(Full)?;
        let next = core::mem::replace(&mut entry.next, NONE);
        entry.prefix = prefix;
        entry.value = Some(value);
        if free != NONE {
            self.free_entry = next;
        } else {
            self.entries += 1;
        }
        self.len += 1;
        Ok(index)
    }

    fn free_entry(&mut self, index: u32) -> Option<V> {
        let next = self.free_entry;
        let entry = self.node_mut(index)?;
        entry.next = next;
        let value = entry.value.take();
        self.free_entry = index;
        self.len -= 1;
        value
    }

    /// A branch where prefixes that have `common` bits of `prefix` in common
    /// part. There is a free one whenever there was a free entry.
    fn new_branch(&mut self, prefix: Prefix, common: u8) -> Result<u32, Full> {
        let free = self.free_branch;
        let index = if free != NONE {
            free
        } else {
            self.branches as u32
        };
        let branch = self.node_mut(index).ok_or(Full)?;
        let next = core::mem::replace(&mut branch.own, NONE);
        branch.slots = [Slot::EMPTY; WAYS];
        branch.shared = prefix.shortened(common - common % STRIDE);
        if free != NONE {
            self.free_branch = next;
        } else {
            self.branches += 1;
        }
        Ok(index)
    }

    #[inline]
    fn node(&self, index: u32) -> Option<&Node<V>> {
        self.nodes.get(index as usize)
    }

    #[inline]
    fn node_mut(&mut self, index: u32) -> Option<&mut Node<V>> {
        self.nodes.get_mut(index as usize)
    }

    fn child(&self, link: Link) -> u32 {
        match link {
            Link::Root => self.root,
            Link::Slot(branch, way) => self
                .node(branch)
                .and_then(|branch| branch.slots.get(way))
                .map_or(NONE, |slot| slot.child),
        }
    }

    fn set_child(&mut self, link: Link, child: u32) {
        match link {
            Link::Root => self.root = child,
            Link::Slot(branch, way) => {
                let branch = self.node_mut(branch);
                if let Some(slot) = branch.and_then(|branch| branch.slots.get_mut(way)) {
                    slot.child = child;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    fn prefix(text: &str) -> Prefix {
        let (addr, len) = text.split_once('/').unwrap();
        Prefix::new(addr.parse().unwrap(), len.parse().unwrap()).unwrap()
    }

    fn addr(text: &str) -> Ipv6Addr {
        text.parse().unwrap()
    }

    impl<V: Copy> Trie<'_, V> {
        /// Everything that must hold between two operations.
        fn check(&self) {
            let (mut entries, mut branches) = (0, 0);
            self.check_below(self.root, Prefix::DEFAULT, &mut entries, &mut branches);
            assert_eq!(entries, self.len());
            assert!(branches <= entries.saturating_sub(1));
            let mut at = self.free_entry;
            while at != NONE {
                assert!(self.node(at).unwrap().value.is_none());
                at = self.node(at).unwrap().next;
                entries += 1;
            }
            assert_eq!(entries, self.entries);
            let mut at = self.free_branch;
            while at != NONE {
                at = self.node(at).unwrap().own;
                branches += 1;
            }
            assert_eq!(branches, self.branches);
        }

        fn check_below(&self, at: u32, above: Prefix, entries: &mut usize, branches: &mut usize) {
            match place(at) {
                Place::Nothing => {}
                Place::Leaf(leaf) => {
                    let entry = self.node(leaf).unwrap();
                    assert!(entry.value.is_some());
                    assert!(above.covers(&entry.prefix));
                    *entries += 1;
                }
                Place::Branch(index) => {
                    let branch = *self.node(index).unwrap();
                    let depth = branch.shared.len();
                    assert_eq!(depth % STRIDE, 0);
                    assert!(above.covers(&branch.shared));
                    *branches += 1;
                    let mut things = 0;
                    let mut own = Vec::new();
                    let mut at = branch.own;
                    while at != NONE {
                        let entry = self.node(at).unwrap();
                        assert!(entry.value.is_some());
                        assert!(branch.shared.covers(&entry.prefix));
                        assert!(branch.owns(entry.prefix.len()));
                        own.push((entry.prefix, at));
                        at = entry.next;
                    }
                    *entries += own.len();
                    things += own.len();
                    let base = branch.shared.addr().to_bits();
                    for (way, slot) in branch.slots.iter().enumerate() {
                        let bits = base | (way as u128) << (128 - STRIDE - depth);
                        let here = Prefix::new(bits.into(), depth + STRIDE).unwrap();
                        let best = own
                            .iter()
                            .filter(|(prefix, _)| prefix.covers(&here))
                            .max_by_key(|(prefix, _)| prefix.len());
                        assert_eq!(slot.best, best.map_or(NONE, |(_, at)| *at));
                        things += usize::from(slot.child != NONE);
                        self.check_below(slot.child, here, entries, branches);
                    }
                    assert!(things >= 2);
                }
            }
        }
    }

    #[test]
    fn an_empty_trie_finds_nothing() {
        let mut nodes = [Node::<u32>::EMPTY; 1];
        let mut trie = Trie::new(&mut nodes);
        assert!(trie.is_empty());
        assert_eq!(trie.lookup(addr("::")), None);
        assert_eq!(trie.get(Prefix::DEFAULT), None);
        assert_eq!(trie.remove(Prefix::DEFAULT), None);
        assert_eq!(trie.iter().next(), None);
    }

    #[test]
    fn a_trie_without_memory_is_full() {
        let mut trie = Trie::new(&mut []);
        assert_eq!(trie.capacity(), 0);
        assert_eq!(trie.insert(Prefix::DEFAULT, 1), Err(Full));
        assert_eq!(trie.lookup(addr("::")), None);
    }

    #[test]
    fn the_longest_prefix_that_contains_the_address_is_found() {
        let mut nodes = [Node::EMPTY; 6];
        let mut trie = Trie::new(&mut nodes);
        let all = [
            "::/0",
            "2001:db8::/32",
            "2001:db8::/45",
            "2001:db8:1::/48",
            "2001:db8:1:2::/64",
            "2001:db8:1:2::3/128",
        ];
        for (value, text) in all.iter().enumerate() {
            assert_eq!(trie.insert(prefix(text), value), Ok(None));
            trie.check();
        }
        for (text, expected) in [
            ("2001:db8:1:2::3", 5),
            ("2001:db8:1:2::2", 4),
            ("2001:db8:1:3::3", 3),
            ("2001:db8:7::3", 2),
            ("2001:db8:8::3", 1),
            ("2001:db9::", 0),
            ("ffff::", 0),
        ] {
            let found = trie.lookup(addr(text));
            assert_eq!(found, Some((prefix(all[expected]), expected)), "{text}");
        }
        assert_eq!(trie.remove(Prefix::DEFAULT), Some(0));
        assert_eq!(trie.lookup(addr("2001:db9::")), None);
    }

    #[test]
    fn inserting_again_replaces_the_value() {
        let mut nodes = [Node::EMPTY; 3];
        let mut trie = Trie::new(&mut nodes);
        // As a leaf, as an own entry of a branch, and when the trie is full.
        for text in ["2001:db8::/32", "2001:db8::/33", "2001:db8::/48"] {
            assert_eq!(trie.insert(prefix(text), 1), Ok(None));
            assert_eq!(trie.insert(prefix(text), 2), Ok(Some(1)));
            assert_eq!(trie.get(prefix(text)), Some(2));
        }
        assert_eq!(trie.insert(prefix("2001:db8::/33"), 3), Ok(Some(2)));
        assert_eq!(trie.len(), 3);
        trie.check();
    }

    #[test]
    fn a_full_trie_refuses_without_a_change_and_takes_more_after_a_removal() {
        let mut nodes = [Node::EMPTY; 2];
        let mut trie = Trie::new(&mut nodes);
        assert_eq!(trie.insert(prefix("2001:db8::/32"), 1), Ok(None));
        assert_eq!(trie.insert(prefix("2001:db9::/32"), 2), Ok(None));
        for text in ["::/0", "2001:db8::/33", "2001:dba::/32", "2001:db8::1/128"] {
            assert_eq!(trie.insert(prefix(text), 3), Err(Full));
            trie.check();
        }
        assert_eq!(trie.remove(prefix("2001:db8::/32")), Some(1));
        assert_eq!(trie.insert(prefix("::/0"), 3), Ok(None));
        trie.check();
    }

    #[test]
    fn as_many_prefixes_as_nodes_fit_however_they_part() {
        // Each prefix within the one before: the most branches there can be.
        let mut nodes = [Node::EMPTY; 129];
        let mut trie = Trie::new(&mut nodes);
        for len in 0..=128 {
            let prefix = Prefix::new(addr("5555:5555::5555"), len).unwrap();
            assert_eq!(trie.insert(prefix, len), Ok(None));
            trie.check();
        }
        // Each of them apart from the address by one bit.
        let mut nodes = [Node::EMPTY; 128];
        let mut trie = Trie::new(&mut nodes);
        for len in (0..128).rev() {
            let prefix = Prefix::new((1u128 << len).into(), 128 - len).unwrap();
            assert_eq!(trie.insert(prefix, len), Ok(None));
            trie.check();
        }
        for len in (0..128).step_by(3) {
            let prefix = Prefix::new((1u128 << len).into(), 128 - len).unwrap();
            assert_eq!(trie.remove(prefix), Some(len));
            trie.check();
        }
    }

    #[test]
    fn what_was_in_the_memory_does_not_matter() {
        let mut nodes = [Node::EMPTY; 8];
        let mut trie = Trie::new(&mut nodes);
        for len in 0..8 {
            trie.insert(Prefix::new(addr("::"), len * 9).unwrap(), len)
                .unwrap();
        }
        let mut trie = Trie::new(&mut nodes);
        assert_eq!(trie.iter().count(), 0);
        assert_eq!(trie.lookup(addr("::")), None);
        for len in 0..8 {
            let prefix = Prefix::new(addr("::1"), 128 - len).unwrap();
            assert_eq!(trie.insert(prefix, len), Ok(None));
            trie.check();
        }
    }

    /// Prefixes that meet, nest and part often: few distinct nibbles, all
    /// lengths.
    fn telling_prefix() -> impl Strategy<Value = Prefix> {
        let bits = prop_oneof![
            4 => prop::collection::vec(prop_oneof![8 => Just(0u8), 1 => 0..16u8], 32),
            1 => prop::collection::vec(0..16u8, 32),
        ];
        let len = prop_oneof![
            4 => 0..=12u8,
            2 => 60..=68u8,
            1 => 120..=128u8,
            1 => 0..=128u8,
        ];
        (bits, len).prop_map(|(nibbles, len)| {
            let bits = nibbles
                .iter()
                .fold(0u128, |bits, nibble| bits << 4 | u128::from(*nibble));
            Prefix::new(bits.into(), len).unwrap()
        })
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Insert(Prefix, u16),
        Remove(Prefix),
        /// The prefix with this number, whatever it is by then.
        RemoveSome(prop::sample::Index),
        Lookup(Prefix),
        LookupIn(prop::sample::Index, u128),
    }

    fn step() -> impl Strategy<Value = Step> {
        let index = any::<prop::sample::Index>;
        prop_oneof![
            5 => (telling_prefix(), any::<u16>()).prop_map(|(prefix, value)| Step::Insert(prefix, value)),
            1 => telling_prefix().prop_map(Step::Remove),
            3 => index().prop_map(Step::RemoveSome),
            2 => telling_prefix().prop_map(Step::Lookup),
            2 => (index(), any::<u128>()).prop_map(|(index, host)| Step::LookupIn(index, host)),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn a_trie_does_what_a_list_does(steps in prop::collection::vec(step(), 0..200)) {
            const CAPACITY: usize = 40;
            let mut nodes = [Node::EMPTY; CAPACITY];
            let mut trie = Trie::new(&mut nodes);
            let mut model = BTreeMap::new();
            let longest = |model: &BTreeMap<Prefix, u16>, addr| {
                let matching = model.iter().filter(|(prefix, _)| prefix.contains(addr));
                matching.max_by_key(|(prefix, _)| prefix.len()).map(|(prefix, value)| (*prefix, *value))
            };
            for step in steps {
                match step {
                    Step::Insert(prefix, value) => {
                        let expected = if model.len() == CAPACITY && !model.contains_key(&prefix) {
                            Err(Full)
                        } else {
                            Ok(model.insert(prefix, value))
                        };
                        prop_assert_eq!(trie.insert(prefix, value), expected);
                    }
                    Step::Remove(prefix) => {
                        prop_assert_eq!(trie.remove(prefix), model.remove(&prefix));
                    }
                    Step::RemoveSome(index) if !model.is_empty() => {
                        let prefix = *model.keys().nth(index.index(model.len())).unwrap();
                        prop_assert_eq!(trie.remove(prefix), model.remove(&prefix));
                    }
                    Step::Lookup(prefix) => {
                        prop_assert_eq!(trie.lookup(prefix.addr()), longest(&model, prefix.addr()));
                        prop_assert_eq!(trie.get(prefix), model.get(&prefix).copied());
                    }
                    Step::LookupIn(index, host) if !model.is_empty() => {
                        let prefix = *model.keys().nth(index.index(model.len())).unwrap();
                        let mask = u128::MAX.checked_shr(prefix.len().into()).unwrap_or(0);
                        let addr = Ipv6Addr::from(prefix.addr().to_bits() | (host & mask));
                        prop_assert_eq!(trie.lookup(addr), longest(&model, addr));
                    }
                    Step::RemoveSome(_) | Step::LookupIn(..) => {}
                }
                trie.check();
                prop_assert_eq!(trie.len(), model.len());
            }
            let mut all: Vec<_> = trie.iter().collect();
            all.sort_unstable();
            prop_assert_eq!(all, model.clone().into_iter().collect::<Vec<_>>());
            for (prefix, value) in model {
                prop_assert_eq!(trie.get(prefix), Some(value));
                prop_assert_eq!(trie.remove(prefix), Some(value));
                trie.check();
            }
            prop_assert!(trie.is_empty());
        }
    }
}
