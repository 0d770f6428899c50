// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What the benchmarks share.
//!
//! | file | concern |
//! |---|---|
//! | `measure.rs` | contenders take turns on the clock; medians, quartiles, rows of a table |
//! | `planes.rs` | planes full of addresses and sessions, and their packets |
//! | `prefixes.rs` | prefixes as the routing tables of the Internet have them |

#![allow(dead_code)] // each benchmark uses a part

pub mod measure;
pub mod planes;
pub mod prefixes;
