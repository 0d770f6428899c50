// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The plane of the loaded module: ioctls on `/dev/umux`, events on `PF_ROUTE`.

mod control;
mod events;
mod route;

pub use control::KernelControl;
pub use events::KernelEvents;
pub use route::{Raw, RouteSocket};
