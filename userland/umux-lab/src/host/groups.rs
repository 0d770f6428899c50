// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Solicited-node groups that the node has joined, as the kernel counts them:
//! addresses that share their low 24 bits share a group.

use std::collections::HashMap;
use std::net::Ipv6Addr;
use umux_core::wire::{ALL_NODES, is_solicited_node, solicited_node};

/// Memberships.
#[derive(Default)]
pub struct Groups(HashMap<usize, u32>);

/// The low 24 bits of a group, with a bit that keeps the name from being 0.
fn name(group: Ipv6Addr) -> usize {
    (group.to_bits() as usize & 0x00ff_ffff) | 0x0100_0000
}

impl Groups {
    /// Joins the group of an address; returns the core's name for it.
    pub fn join(&mut self, addr: Ipv6Addr) -> usize {
        let name = name(solicited_node(&addr));
        *self.0.entry(name).or_default() += 1;
        name
    }

    /// Gives one membership back.
    pub fn leave(&mut self, name: usize) {
        if let Some(members) = self.0.get_mut(&name) {
            *members -= 1;
            if *members == 0 {
                self.0.remove(&name);
            }
        }
    }

    /// Whether a packet to this group comes through the interface's filter.
    pub fn hears(&self, group: Ipv6Addr) -> bool {
        group == ALL_NODES || is_solicited_node(&group) && self.0.contains_key(&name(group))
    }

    /// Groups joined.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// None is joined.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_group_is_left_by_its_last_member() {
        let mut groups = Groups::default();
        let [a, b]: [Ipv6Addr; 2] =
            ["2001:db8::1:0:1", "2001:db8::2:0:1"].map(|a| a.parse().expect("an address"));
        let name = groups.join(a);
        assert_eq!(groups.join(b), name);
        groups.leave(name);
        assert!(groups.hears(solicited_node(&a)));
        groups.leave(name);
        assert!(!groups.hears(solicited_node(&a)) && groups.is_empty());
        assert!(groups.hears(ALL_NODES));
    }
}
