// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What the daemon cannot do once it is confined, done by a process outside.
//!
//! In capability mode a process opens nothing by name, starts nothing, waits for no
//! child and signals nobody. umuxd must nevertheless start a generator that died,
//! read its configuration again, see which prefixes an interface has, and open the
//! device of a module that was unloaded and loaded again. So it begins by starting
//! itself once more, as a helper with a fixed and small repertoire, and asks it
//! over a pair of sockets.
//!
//! The helper keeps the privileges that it was started with, for two of its answers
//! need them: the device may be opened by root only, and the configuration need not
//! be readable by anybody else. It takes no path from the daemon: device and
//! configuration are fixed when it starts. Programs it starts as the unprivileged
//! user, which the daemon could have done itself. Whoever takes over the daemon by
//! way of a generator's answers or of a scrape gains that user and the plane, and
//! nothing else. It reads nothing but the daemon's messages. It ends, and all
//! generators with it, when the daemon does, however that ends.
//!
//! Generators opened beforehand (fexecve) would need no helper, but programs of the
//! administrator's would then run in capability mode, where hardly any interpreter
//! starts; and neither device nor prefixes could be had.
//!
//! * [`message`]: what the two say to each other
//! * [`client`]: the daemon's side
//! * [`helper`]: the other one
//! * [`children`]: the processes it started
//! * [`prefixes`]: the prefixes that interfaces have

mod children;
mod client;
mod helper;
mod message;
mod prefixes;

pub use client::{Outside, Spawned};
pub use helper::{Helper, run};
