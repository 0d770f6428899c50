// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The one error type: what failed, and what to do next.

use crate::{DasSpec, Errno, IfName, PoolId};
use std::path::PathBuf;

/// Result with this crate's error.
pub type Result<T> = std::result::Result<T, Error>;

/// What was asked when a plane refused; gives the error its nouns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Version and limits.
    Info,
    /// A new pool.
    PoolAdd(PoolId),
    /// A pool's end.
    PoolDel(PoolId),
    /// The list of pools.
    Pools,
    /// Addresses into a pool.
    AddrAdd(PoolId),
    /// Addresses out of a pool.
    AddrDel(PoolId),
    /// The list of addresses.
    Addrs,
    /// The list of sessions.
    Sessions,
    /// Counters.
    Stats,
    /// All addresses without a session, withdrawn.
    Flush(Option<IfName>),
    /// The policy table.
    Labels,
    /// Another policy table.
    SetLabels,
    /// The rules.
    Rules,
    /// Other rules.
    SetRules,
    /// The rules for listeners.
    ListenRules,
    /// Other rules for listeners.
    SetListenRules,
    /// The list of guarded listeners.
    Listeners,
    /// An address to be armed.
    Das(DasSpec),
    /// The list of armed addresses.
    DasList,
}

impl Request {
    fn pool(&self) -> Option<&PoolId> {
        match self {
            Request::PoolAdd(id)
            | Request::PoolDel(id)
            | Request::AddrAdd(id)
            | Request::AddrDel(id) => Some(id),
            Request::Das(spec) => spec.pool.as_ref(),
            _ => None,
        }
    }

    fn interface(&self) -> Option<&IfName> {
        match self {
            Request::Flush(name) => name.as_ref(),
            other => other.pool().map(|id| &id.interface),
        }
    }
}

/// Why something did not happen, in one sentence with a remedy.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `/dev/umux` is not there.
    #[error(
        "umux is not loaded: run `kldload umux` (in a vnet jail, a devfs rule must also unhide /dev/umux)"
    )]
    NotLoaded,
    /// `/dev/umux` may not be opened.
    #[error(
        "you may not open /dev/umux: run this as root, or in a jail that may configure its interfaces"
    )]
    NotAllowed,
    /// This build has no kernel plane.
    #[error("the umux module runs on FreeBSD only: name a lab with `--lab PATH`")]
    NotFreebsd,
    /// The plane said no.
    #[error("{}", refusal(request, *errno))]
    Refused {
        /// What was asked.
        request: Request,
        /// What was answered.
        errno: Errno,
    },
    /// A value that no plane would accept.
    #[error("{0}")]
    Value(String),
    /// The plane answered something that this version does not understand.
    #[error(
        "the plane's answer makes no sense ({0}): are program and module of the same version? `umuxctl info` shows both"
    )]
    Nonsense(String),
    /// The lab's socket.
    #[error("the lab at {path} {what}: is it running, and is this its socket?")]
    Lab {
        /// Its socket.
        path: PathBuf,
        /// What happened there.
        what: String,
    },
    /// A system call that should have worked.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Error {
    /// A refusal.
    pub fn refused(request: Request, errno: Errno) -> Error {
        Error::Refused { request, errno }
    }

    /// A failed system call.
    pub fn io(what: impl Into<String>, source: impl Into<std::io::Error>) -> Error {
        Error::Io {
            what: what.into(),
            source: source.into(),
        }
    }

    /// The errno of a refusal.
    pub fn errno(&self) -> Option<Errno> {
        match self {
            Error::Refused { errno, .. } => Some(*errno),
            _ => None,
        }
    }
}

/// The sentence for one refused request.
fn refusal(request: &Request, errno: Errno) -> String {
    let pool = request
        .pool()
        .map_or_else(|| "the pool".to_string(), |id| id.to_string());
    let interface = request
        .interface()
        .map_or_else(|| "the interface".to_string(), |name| name.to_string());
    let prefix = request
        .pool()
        .map_or_else(|| "the prefix".to_string(), |id| id.prefix.to_string());
    match (errno, request) {
        (Errno::Eprogmismatch, _) => format!(
            "this program and the umux module are of different versions (the program speaks ABI {}): \
             install both from one release, then `kldunload umux && kldload umux`",
            crate::bindings::UMUX_ABI_VERSION
        ),
        (Errno::Eperm, _) => "umux may be controlled by root only: run this as root, \
             or in a jail that may configure its interfaces"
            .to_string(),
        (Errno::Enodev, _) => "umux was loaded while this jail's network stack was being made, \
             and is not in it: make the jail again"
            .to_string(),
        (Errno::Enxio, _) => {
            format!("no interface {interface} in this vnet: `ifconfig -l` lists them")
        }
        (_, Request::Das(spec)) if das(spec, errno).is_some() => {
            das(spec, errno).unwrap_or_default()
        }
        (
            Errno::Eopnotsupp,
            Request::ListenRules
            | Request::SetListenRules
            | Request::Listeners
            | Request::DasList,
        ) => "this plane has no listeners: they are the module's, ask it without --lab".to_string(),
        (Errno::E2big, Request::SetListenRules) => format!(
            "too many rules for listeners: there can be {}; the old ones stay",
            crate::bindings::UMUX_LRULES_MAX
        ),
        (Errno::Enospc, Request::SetListenRules) => {
            "the rules are set, but not all that they name could be guarded: there are as many guarded \
             listeners as there can be; name fewer with port, uid or addr"
                .to_string()
        }
        (Errno::Eopnotsupp, _) => format!(
            "{interface} cannot hold a pool: it takes an Ethernet-like interface (broadcast, multicast) \
             with IPv6 on and a link-local address; try `ifconfig {interface} inet6 -ifdisabled auto_linklocal up`"
        ),
        (Errno::Eaddrnotavail, _) => format!(
            "{prefix} is not on-link on {interface}: assign an address of it \
             (`ifconfig {interface} inet6 ADDRESS/{}`) or wait for a router advertisement",
            request.pool().map_or(64, |id| id.prefix.len())
        ),
        (Errno::Eexist, Request::PoolAdd(_)) => format!(
            "the pool {pool} is there already: `umuxctl pool list` shows it; \
             to change it, delete it first with `umuxctl pool del {pool}`"
        ),
        (Errno::Eexist, Request::SetLabels) => {
            "two rows of the policy table have one prefix: leave one of them out; the old table stays"
                .to_string()
        }
        (Errno::E2big, Request::SetLabels) => format!(
            "the policy table has too many rows: it holds {}; the old table stays",
            crate::bindings::UMUX_LABELS_MAX
        ),
        (Errno::E2big, Request::SetRules) => format!(
            "too many rules: there can be {}; the old ones stay",
            crate::bindings::UMUX_RULES_MAX
        ),
        (Errno::Einval, Request::SetLabels | Request::SetRules | Request::SetListenRules) => {
            "the module refuses a row: it has bits beyond its prefix or a range backwards; nothing was changed"
                .to_string()
        }
        (Errno::Eexist, _) => format!("{pool} holds this address already: nothing to do"),
        (Errno::Enoent, Request::AddrDel(_) | Request::AddrAdd(_) | Request::PoolDel(_)) => format!(
            "no pool {pool}: `umuxctl pool list` shows those there are, `umuxctl pool add {pool}` makes it"
        ),
        (Errno::Ebusy, Request::PoolDel(_)) => format!(
            "the pool {pool} has live sessions: `umuxctl session list` shows them; \
             wait for them, or delete it under them with `--force`"
        ),
        (Errno::Ebusy, _) => {
            format!("an address of {pool} is in a session: it goes when the session ends")
        }
        (Errno::Enospc, Request::PoolAdd(_)) => format!(
            "no room for the pool {pool}: the limit is reached (`umuxctl info` shows it); \
             delete another with `umuxctl pool del`"
        ),
        (Errno::Enospc, _) => "no room for more addresses: the limit is reached (`umuxctl info` shows it); \
             delete some, or set net.inet6.umux.max_addrs in loader.conf, or with sysctl before the first pool is made"
            .to_string(),
        (Errno::Einval, Request::PoolAdd(_)) => format!(
            "the module refuses the values of the pool {pool}: the prefix must be a global or unique-local \
             unicast prefix of {} to {} bits",
            crate::model::PREFIX_LEN.start(),
            crate::model::PREFIX_LEN.end()
        ),
        (Errno::Einval, Request::AddrAdd(_) | Request::AddrDel(_)) => format!(
            "{pool} cannot hold this address: it must lie in the prefix and be neither reserved nor multicast"
        ),
        (Errno::E2big, _) => format!(
            "too many items in one call (at most {}): this is a defect of the caller, please report it",
            crate::bindings::UMUX_BATCH_MAX
        ),
        (Errno::Efault, _) => {
            "the module could not read the request's memory: this is a defect of the caller, please report it"
                .to_string()
        }
        (Errno::Enomem, _) => "the kernel has no memory left for this: try again when there is some \
             (`vmstat -m` and `netstat -m` show who has it)"
            .to_string(),
        (Errno::Other(number), _) => format!(
            "the module answered {} ({}) to {request:?}: see dmesg",
            errno,
            system_text(number)
        ),
        (errno, request) => format!("the module answered {errno} to {request:?}: see dmesg"),
    }
}

/// What is special to arming.
fn das(spec: &DasSpec, errno: Errno) -> Option<String> {
    let port = spec.port;
    if let (Some(fd), Errno::Esrch | Errno::Other(9 | 38)) = (spec.fd, errno) {
        return Some(match errno {
            Errno::Esrch => format!(
                "descriptor {fd} is no guarded listener: bind it to [::] and a port that a rule guards, and listen() \
                 first; `umuxctl listen rules` shows the rules, `umuxctl listen list` the guarded listeners"
            ),
            _ => format!(
                "descriptor {fd} is no socket of this process: pass it open, for example `umuxctl das add --fd 3 3<&4`"
            ),
        });
    }
    Some(match errno {
        Errno::Esrch => match spec.pid {
            Some(pid) => format!(
                "process {pid} has no guarded listener on TCP port {port}: `umuxctl listen list` shows those there are"
            ),
            None => format!(
                "no guarded listener on TCP port {port}: `umuxctl listen list` shows those there are; to guard one, \
                 `umuxctl listen add --apply guard port {port}`"
            ),
        },
        Errno::Eopnotsupp => format!(
            "the listener on TCP port {port} is bound to one specific address, or is the lab's, and cannot be reached \
             through another: let the server listen on all addresses (::), the gate keeps them closed"
        ),
        Errno::Enoent => match spec.ssa {
            Some(ssa) => format!(
                "{ssa} is in no pool: add it with `umuxctl addr add`, or leave --ssa out to get the next one ready"
            ),
            None => "there is no such pool: `umuxctl pool list` shows those there are, `umuxctl pool add` makes one"
                .to_string(),
        },
        Errno::Ebusy => match spec.ssa {
            Some(ssa) => format!(
                "{ssa} is not uncertain, so it cannot be armed: `umuxctl addr list` shows its state; \
                 leave --ssa out to get one that is"
            ),
            None => "umux is about to be unloaded: arm the address when it is loaded again".to_string(),
        },
        Errno::Eaddrnotavail => {
            "no address is ready: fill the pool with `umuxctl pool fill`, or raise its level in umuxd.conf"
                .to_string()
        }
        Errno::Einval => format!(
            "the module refuses to arm an address for TCP port {port}: the lifetime must be 1 ms to a day, \
             and the client's prefix have no bits beyond its length"
        ),
        _ => return None,
    })
}

/// The system's own words where its numbers are FreeBSD's.
fn system_text(number: i32) -> String {
    if cfg!(target_os = "freebsd") {
        std::io::Error::from_raw_os_error(number).to_string()
    } else {
        "a FreeBSD number".to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> PoolId {
        "em7 2001:db8:1::/64".parse().expect("a pool's name")
    }

    fn requests() -> Vec<Request> {
        vec![
            Request::Info,
            Request::PoolAdd(id()),
            Request::PoolDel(id()),
            Request::Pools,
            Request::AddrAdd(id()),
            Request::AddrDel(id()),
            Request::Addrs,
            Request::Sessions,
            Request::Stats,
            Request::Flush(None),
            Request::Flush(Some("em7".parse().expect("a name"))),
            Request::Labels,
            Request::SetLabels,
            Request::Rules,
            Request::SetRules,
            Request::ListenRules,
            Request::SetListenRules,
            Request::Listeners,
            Request::DasList,
            Request::Das(das_spec(None)),
            Request::Das(das_spec(Some("2001:db8:1::5".parse().expect("an address")))),
        ]
    }

    fn das_spec(ssa: Option<std::net::Ipv6Addr>) -> DasSpec {
        DasSpec {
            port: 22,
            pid: None,
            fd: None,
            ssa,
            pool: None,
            client: Default::default(),
            lifetime_ms: 1000,
        }
    }

    #[test]
    fn a_descriptor_that_is_no_listener_is_told_with_what_to_do() {
        let by_fd = DasSpec {
            fd: Some(3),
            ..das_spec(None)
        };
        for (errno, expected) in [
            (Errno::Esrch, "listen() first"),
            (Errno::Other(9), "no socket of this process"),
            (Errno::Other(38), "no socket of this process"),
        ] {
            let text = Error::refused(Request::Das(by_fd.clone()), errno).to_string();
            assert!(
                text.contains("descriptor 3") && text.contains(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn a_listener_that_cannot_be_reached_is_told_with_what_to_do() {
        let text = Error::refused(Request::Das(das_spec(None)), Errno::Eopnotsupp).to_string();
        assert!(
            text.contains("port 22") && text.contains("listen on all addresses"),
            "{text}"
        );
    }

    #[test]
    fn a_stack_without_umux_says_how_to_get_one_with_it() {
        for request in [Request::PoolAdd(id()), Request::Das(das_spec(None))] {
            let text = Error::refused(request, Errno::Enodev).to_string();
            assert!(text.ends_with("make the jail again"), "{text}");
        }
    }

    #[test]
    fn a_missing_interface_is_named_and_ifconfig_is_the_remedy() {
        let text = Error::refused(Request::PoolAdd(id()), Errno::Enxio).to_string();
        assert_eq!(
            text,
            "no interface em7 in this vnet: `ifconfig -l` lists them"
        );
    }

    #[test]
    fn a_prefix_that_is_not_on_link_is_named_with_both_ways_to_get_it() {
        let text = Error::refused(Request::PoolAdd(id()), Errno::Eaddrnotavail).to_string();
        assert!(
            text.starts_with("2001:db8:1::/64 is not on-link on em7: assign an address"),
            "{text}"
        );
        assert!(text.ends_with("router advertisement"), "{text}");
    }

    #[test]
    fn every_refusal_of_every_request_is_one_line_with_a_remedy() {
        for request in requests() {
            for errno in Errno::named().chain([Errno::Other(12)]) {
                let text = Error::refused(request.clone(), errno).to_string();
                assert!(!text.contains('\n'), "{text}");
                assert!(
                    text.contains(':') || text.contains("must"),
                    "no remedy: {text}"
                );
                assert!(!text.contains("  "), "line continuation leaks: {text}");
            }
        }
    }

    #[test]
    fn the_same_errno_reads_differently_where_the_remedy_differs() {
        let add = Error::refused(Request::PoolAdd(id()), Errno::Enospc).to_string();
        let fill = Error::refused(Request::AddrAdd(id()), Errno::Enospc).to_string();
        assert!(add.contains("umuxctl pool del"), "{add}");
        assert!(fill.contains("max_addrs"), "{fill}");
    }
}
