// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! listen() and close() of the node's own servers, and which of them are LISTEN_0.
//! Around the core it goes as in kmod/umux_listen.c.

use super::app::App;
use super::listening::Listening;
use super::node::Node;
use umux_core::error::Error;
use umux_core::plane::{ListenerSpec, Micros};

/// Who owns the servers, for show.
const UID: u32 = 80;

/// A server of the node's, and the core's cookie for it.
pub(super) struct Served {
    pub cookie: usize,
    pub port: u16,
    pub app: App,
}

/// Why a server does not listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ListenError {
    /// `EADDRINUSE`
    #[error("another server of the node listens on this port")]
    InUse,
    /// `ENOBUFS`: rules make it a LISTEN_0, and there are as many as there can be.
    #[error("there are as many LISTEN_0s as there can be")]
    NoRoom,
}

impl Node {
    /// listen() at all addresses.  The gate is closed before the socket can accept
    /// anything, if the rules say so.
    ///
    /// # Errors
    /// [`ListenError`]; nothing listens then that did not before.
    pub fn listen(&mut self, port: u16, app: App, now: Micros) -> Result<(), ListenError> {
        if self.served.iter().any(|served| served.port == port) {
            return Err(ListenError::InUse);
        }
        let cookie = self.new_id().0;
        let guarded = match self.guard(cookie, port, std::process::id(), now) {
            Ok(guarded) => guarded,
            Err(_) => return Err(ListenError::NoRoom),
        };
        let stack = &mut self.stock.stack;
        let mut listening = Listening::start(stack, port, app.clone());
        listening.guarded = guarded;
        self.stock.listening.push(listening);
        self.served.push(Served { cookie, port, app });
        Ok(())
    }

    /// close() of a listener: what was armed for it falls silent.
    pub fn stop_listening(&mut self, port: u16, now: Micros) {
        let Some(at) = self.served.iter().position(|served| served.port == port) else {
            return;
        };
        let served = self.served.remove(at);
        // One that is no LISTEN_0 is not the core's.
        let _ = self.core.plane.listener_del(served.cookie, now);
        let listening = &mut self.stock.listening;
        if let Some(at) = listening.iter().position(|l| l.port == port) {
            listening.remove(at).stop(&mut self.stock.stack);
        }
        self.forget_handshakes();
        self.observe(now);
    }

    fn spec(&self, cookie: usize, port: u16, pid: u32) -> ListenerSpec {
        ListenerSpec {
            cookie,
            addr: None,
            port,
            dual: false,
            uid: UID,
            jail: 0,
            pid,
        }
    }

    /// Makes a LISTEN_0 of a server if the rules say so; whether it is one.
    fn guard(&mut self, cookie: usize, port: u16, pid: u32, now: Micros) -> Result<bool, Error> {
        let spec = self.spec(cookie, port, pid);
        if !self.core.plane.listener_wanted(&spec) {
            return Ok(false);
        }
        match self.core.plane.listener_add(&spec, now) {
            Ok(()) | Err(Error::Exists) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Judges all that listen by the rules there are.
    ///
    /// # Errors
    /// [`Error::NoSpace`]: not all that the rules want could be guarded.
    pub fn apply_listen_rules(&mut self, now: Micros) -> Result<(), Error> {
        let mut result = Ok(());
        let all: Vec<_> = self.served.iter().map(|s| (s.cookie, s.port)).collect();
        for (cookie, port) in all {
            // Who called listen() is not known any more.
            let guarded = match self.guard(cookie, port, 0, now) {
                Ok(guarded) => guarded,
                Err(error) => {
                    result = Err(error);
                    continue;
                }
            };
            if !guarded {
                let _ = self.core.plane.listener_del(cookie, now);
            }
            let listening = self.stock.listening.iter_mut();
            for listening in listening.filter(|listening| listening.port == port) {
                listening.guarded = guarded;
            }
        }
        self.forget_handshakes();
        self.observe(now);
        result
    }
}
