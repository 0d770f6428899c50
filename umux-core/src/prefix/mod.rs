// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! IPv6 prefixes, and the longest match among many of them.
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic
    )
)]

mod net;
mod trie;

pub use net::Prefix;
pub use trie::{Full, Node, Trie};
