// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! LISTEN_0: a listener that looks like one, and accepts nothing until an
//! address is armed for it (`das.rs`).

use core::net::Ipv6Addr;

use super::das::Which;
use super::{Micros, Plane};
use crate::error::{Error, Result};
use crate::policy::ListenVerdict;
use crate::policy::listen::ListenSubject;
use crate::table::guard::{LISTENERS_MAX, Map};
use crate::timer::Millis;

/// Most LISTEN_0s of one user who is not root, so that nobody uses up those of
/// others.
pub const USER_LISTENERS: usize = LISTENERS_MAX / 4;

/// A TCP listener, as its socket says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ListenerSpec {
    /// The caller's name of its PCB, not 0.
    pub cookie: usize,
    /// The address that it is bound to, `None`: all.
    pub addr: Option<Ipv6Addr>,
    /// Its port, not 0.
    pub port: u16,
    /// It takes IPv4 connections as well.
    pub dual: bool,
    /// Whose it is.
    pub uid: u32,
    /// Jail's number, 0: the host.
    pub jail: u32,
    /// The process that called listen(), 0: not known.
    pub pid: u32,
}

/// A LISTEN_0, or room for one.
#[derive(Clone, Copy, Debug)]
pub struct Listener {
    /// What it is; cookie 0: nothing.
    pub spec: ListenerSpec,
    /// When it became one.
    pub(super) since: Millis,
    /// LISTEN_Us that were made for it, ever.
    pub made: u64,
}

impl Default for Listener {
    fn default() -> Self {
        Self {
            spec: ListenerSpec {
                cookie: 0,
                addr: None,
                port: 0,
                dual: false,
                uid: 0,
                jail: 0,
                pid: 0,
            },
            since: 0,
            made: 0,
        }
    }
}

impl Listener {
    fn maps(&self, map: Map) -> bool {
        let spec = &self.spec;
        spec.cookie != 0
            && match map {
                Map::Six => spec.addr.is_none(),
                Map::SixExact => spec.addr.is_some(),
                Map::Four => spec.addr.is_none() && spec.dual,
            }
    }
}

impl Plane<'_> {
    /// Whether the rules make a listener a LISTEN_0.
    #[must_use]
    pub fn listener_wanted(&self, spec: &ListenerSpec) -> bool {
        let subject = ListenSubject {
            addr: spec.addr.unwrap_or(Ipv6Addr::UNSPECIFIED),
            port: spec.port,
            uid: spec.uid,
            jail: spec.jail,
        };
        self.listen_rules.judge(&subject) == ListenVerdict::Guard
    }

    /// Makes a LISTEN_0: from now on the gate turns away every SYN to it that
    /// does not come through an address of the plane.  The cookie stays the
    /// plane's until [`Plane::listener_del`].
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::NoSpace`] (none left, or as many as one user
    /// may have, who is not root), [`Error::Invalid`] (no cookie or port).
    pub fn listener_add(&mut self, spec: &ListenerSpec, now: Micros) -> Result<()> {
        let since = self.tick(now);
        if spec.cookie == 0 || spec.port == 0 {
            return Err(Error::Invalid);
        }
        if self.has_listener(spec.cookie) {
            return Err(Error::Exists);
        }
        let of_user = |l: &&Listener| l.spec.cookie != 0 && l.spec.uid == spec.uid;
        if spec.uid != 0 && self.listeners.iter().filter(of_user).count() >= USER_LISTENERS {
            return Err(Error::NoSpace);
        }
        let room = self.listeners.iter().position(|l| l.spec.cookie == 0);
        let number = room.ok_or(Error::NoSpace)?;
        if let Some(listener) = self.listeners.get_mut(number) {
            *listener = Listener {
                spec: *spec,
                since,
                made: 0,
            };
        }
        if let Some(addr) = spec.addr {
            let hash = self.table.secret.guard(addr.into(), spec.port);
            self.table.guard.set_exact(number, hash);
        }
        self.show_port(spec.port);
        Ok(())
    }

    /// The listener is gone, or is no LISTEN_0 any more; its LISTEN_Us fall
    /// silent.  The cookie is the caller's again.
    ///
    /// # Errors
    /// [`Error::NoListener`]: it was none.
    pub fn listener_del(&mut self, cookie: usize, now: Micros) -> Result<()> {
        self.tick(now);
        let number = self
            .listeners
            .iter()
            .position(|l| cookie != 0 && l.spec.cookie == cookie)
            .ok_or(Error::NoListener)?;
        self.lapse_all(cookie);
        let port = self
            .listeners
            .get_mut(number)
            .map_or(0, |listener| core::mem::take(listener).spec.port);
        self.table.guard.set_exact(number, 0);
        self.show_port(port);
        Ok(())
    }

    /// Whether a PCB is a LISTEN_0's.
    #[must_use]
    pub fn has_listener(&self, cookie: usize) -> bool {
        cookie != 0 && self.listeners.iter().any(|l| l.spec.cookie == cookie)
    }

    /// The first LISTEN_0 from number `cursor` on: its number and its PCB.
    #[must_use]
    pub fn listener_pcb_from(&self, cursor: u32) -> Option<(u32, usize)> {
        let cookies = self.listeners.iter().map(|l| l.spec.cookie);
        (0..)
            .zip(cookies)
            .skip(cursor as usize)
            .find(|&(_, cookie)| cookie != 0)
    }

    /// The first LISTEN_0 from number `cursor` on, its number, how many
    /// LISTEN_Us it has, and its age in milliseconds.
    #[must_use]
    pub fn listener_from(
        &mut self,
        cursor: u32,
        now: Micros,
    ) -> Option<(u32, Listener, u32, Millis)> {
        let ms = self.tick(now);
        let (number, listener) = self
            .listeners
            .iter()
            .enumerate()
            .skip(cursor as usize)
            .find(|(_, l)| l.spec.cookie != 0)?;
        let waiting = self.waiting_of(listener.spec.cookie);
        Some((
            number as u32,
            *listener,
            waiting,
            ms.wrapping_sub(listener.since),
        ))
    }

    /// The LISTEN_0 that is meant.
    ///
    /// # Errors
    /// [`Error::NoListener`], [`Error::NotWildcard`].
    pub(super) fn listener_of(&mut self, which: Which) -> Result<&mut Listener> {
        let fits = |l: &Listener| {
            l.spec.cookie != 0
                && match which {
                    Which::Port(port, pid) => {
                        l.spec.port == port && pid.is_none_or(|pid| pid == l.spec.pid)
                    }
                    Which::Cookie(cookie) => l.spec.cookie == cookie,
                }
        };
        let found = self
            .listeners
            .iter()
            .position(|l| fits(l) && l.spec.addr.is_none());
        match found {
            Some(number) => self.listeners.get_mut(number).ok_or(Error::NoListener),
            None if self.listeners.iter().any(fits) => Err(Error::NotWildcard),
            None => Err(Error::NoListener),
        }
    }

    /// Shows packets what there is on a port.
    fn show_port(&mut self, port: u16) {
        for map in [Map::Six, Map::SixExact, Map::Four] {
            let guarded = self
                .listeners
                .iter()
                .any(|l| l.spec.port == port && l.maps(map));
            self.table.guard.set(map, port, guarded);
        }
        self.table
            .guard
            .set_used(|map| self.listeners.iter().any(|l| l.maps(map)));
    }
}
