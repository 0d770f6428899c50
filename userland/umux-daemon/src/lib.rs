// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What the daemons of umux share.
//!
//! * [`config`]: files in TOML, and errors that say where and what to do
//! * [`logging`]: standard error or syslog, text or JSON
//! * [`metrics`]: what Prometheus is told
//! * [`http`]: how it asks
//! * [`privileges`]: becoming somebody with fewer
//! * [`trust`]: whose word a file is
//! * [`exit`]: how a daemon ends

pub mod config;
pub mod exit;
pub mod http;
pub mod logging;
pub mod metrics;
pub mod privileges;
pub mod trust;
