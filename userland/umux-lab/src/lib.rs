// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! umux-lab: umux without FreeBSD.
//!
//! A host in userspace runs the same umux-core as the kernel module does, on an
//! Ethernet link whose other hosts are Linux kernels in network namespaces, or, where
//! that is not allowed, simulated.
//!
//! * [`link`]: the link and its back ends
//! * [`host`]: the node that runs the core, and stock hosts
//! * [`lab`]: a link that runs
//! * [`control`]: the node's plane for `umuxd`, `umuxctl` and the others
//! * [`history`]: what became of each address
//! * [`peer`]: the other hosts, Linux or simulated
//! * [`world`]: all of it put together
//! * [`daemon`]: the real umuxd
//! * [`demo`], [`serve`], [`scale`], [`soak`], [`experiment`]: what the program does
//! * [`report`], [`svg`]: what people see of it
//! * [`interrupt`]: what is to be taken down

pub mod control;
pub mod daemon;
pub mod demo;
pub mod experiment;
pub mod history;
pub mod host;
pub mod interrupt;
pub mod lab;
pub mod link;
pub mod peer;
pub mod report;
pub mod scale;
pub mod serve;
pub mod soak;
pub mod svg;
pub mod world;
