// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Fuzz targets: each takes bytes of whoever likes, and panics when something
//! that must hold does not.
//!
//! | target | what is fuzzed | whose bytes |
//! |---|---|---|
//! | [`wire`] | the parsers of `umux_core::wire` | any host on the network |
//! | [`gate`] | the gate over a plane with sessions and servers | any host on the network |
//! | [`c_abi`] | conversion of ioctl structures, and all behind it | a privileged process |
//! | [`routing`] | routing messages | the kernel, and what it was told |
//! | [`config`] | the configuration of umuxd | the administrator |
//! | [`dnso`] | queries, answers of upstreams, messages of the channel | clients, upstreams, other parts |
//! | [`generator`] | the protocol of address generators | a program that is not trusted |
//!
//! `fuzz/run` runs them under libFuzzer, which needs a nightly Rust and
//! cargo-fuzz; the corpora it leaves in `fuzz/corpus` are run by
//! `cargo test` with any Rust.

pub mod c_abi;
pub mod config;
pub mod dnso;
pub mod gate;
pub mod generator;
#[path = "../../umux-core/tests/host/memory.rs"]
mod memory;
pub mod packet;
pub mod routing;
pub mod wire;

/// A target: its name, which is that of its corpus, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 7] = [
    ("wire", wire::run),
    ("gate", gate::run),
    ("c_abi", c_abi::run),
    ("routing", routing::run),
    ("config", config::run),
    ("generator", generator::run),
    ("dnso", dnso::run),
];
