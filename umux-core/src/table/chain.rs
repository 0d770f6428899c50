// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Lists of sessions that have something in common, as the index has them.

/// What the sessions of a list have in common.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Chain {
    /// Their peer.
    Peer = 0,
    /// Their socket, which is not connected and sends to several, or their
    /// listener.
    Socket = 1,
}

impl Chain {
    /// Number of an index's item: the first session of such a list.  A session
    /// may be the first of both, and an index has a number once.
    pub const fn item(self, slot: u32) -> u32 {
        slot << 1 | self as u32
    }

    /// The first session, if the item is of such a list.
    pub const fn slot(self, item: u32) -> Option<u32> {
        if item & 1 == self as u32 {
            Some(item >> 1)
        } else {
            None
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn an_item_gives_its_slot_back_to_its_own_list_alone() {
        for slot in [0, 1, 77, u32::MAX >> 1] {
            for (chain, other) in [(Chain::Peer, Chain::Socket), (Chain::Socket, Chain::Peer)] {
                assert_eq!(chain.slot(chain.item(slot)), Some(slot));
                assert_eq!(other.slot(chain.item(slot)), None);
            }
        }
    }
}
