// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Which link this machine allows.

use std::fmt;

/// What the node's neighbours are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Link {
    /// Simulated hosts in this process.
    Memory,
    /// The Linux kernel, in network namespaces.
    Netns,
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Link::Memory => "memory",
            Link::Netns => "netns",
        })
    }
}

/// Why there can be no namespaces here; `None`: there can.
#[cfg(target_os = "linux")]
pub fn obstacle() -> Option<String> {
    use super::netns::Namespace;
    use super::tap::Tap;
    let namespace = match Namespace::new() {
        Ok(namespace) => namespace,
        Err(e) => return Some(format!("network namespaces need root: {e}")),
    };
    if let Err(e) = namespace.run(|| Tap::open("lab")) {
        return Some(format!("/dev/net/tun cannot be used: {e}"));
    }
    if let Err(e) = namespace.ip("-V") {
        return Some(format!("{e} (package iproute2)"));
    }
    let ipv6 = "/proc/sys/net/ipv6/conf/lo/accept_dad";
    if let Err(e) = namespace.run(|| std::fs::metadata(ipv6)) {
        return Some(format!("the kernel has no IPv6: {ipv6}: {e}"));
    }
    if let Err(e) = namespace.set_ipv6("lo", "accept_dad", 1) {
        return Some(format!("sysctls cannot be set: {e}"));
    }
    None
}

/// Why there can be no namespaces here.
#[cfg(not(target_os = "linux"))]
pub fn obstacle() -> Option<String> {
    Some("network namespaces are Linux's".into())
}

/// The link to use, and why it is not the other if nobody asked for it.
///
/// # Errors
/// Namespaces were asked for, and cannot be had.
pub fn choose(asked: Option<Link>) -> Result<(Link, Option<String>), String> {
    match asked {
        Some(Link::Memory) => Ok((Link::Memory, None)),
        Some(Link::Netns) => match obstacle() {
            None => Ok((Link::Netns, None)),
            Some(why) => Err(format!(
                "--link netns is not possible here ({why}): run as root, or with --link memory"
            )),
        },
        None => Ok(match obstacle() {
            None => (Link::Netns, None),
            Some(why) => (Link::Memory, Some(why)),
        }),
    }
}
