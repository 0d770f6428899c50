// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A simulated host, on the clock of its lab.

use super::{Call, Called, Outcome, Peer};
use crate::host::{ClaimState, Stock};
use crate::lab::Lab;
use crate::link::net::Net;
use smoltcp::iface::SocketHandle;
use smoltcp::socket::tcp::State;
use std::io;
use std::net::Ipv6Addr;
use std::time::Duration;

/// Longest time that DAD with its few probes takes.
const DAD_LIMIT: Duration = Duration::from_secs(20);

/// One of a lab's simulated hosts.
pub struct SimulatedHost {
    lab: Lab,
    index: usize,
    name: String,
    address: Ipv6Addr,
}

impl SimulatedHost {
    /// The host with this index.
    pub fn new(lab: &Lab, index: usize, name: &str, address: Ipv6Addr) -> SimulatedHost {
        SimulatedHost {
            lab: lab.clone(),
            index,
            name: name.to_owned(),
            address,
        }
    }

    fn host<'n>(&self, net: &'n mut Net) -> &'n mut Stock {
        &mut net.hosts[self.index]
    }
}

struct SimulatedCall {
    lab: Lab,
    index: usize,
    connection: SocketHandle,
}

impl Call for SimulatedCall {
    fn talk(&mut self, words: &[u8], awaited: &str, limit: Duration) -> io::Result<String> {
        let (index, connection) = (self.index, self.connection);
        self.lab
            .with(|net, _| net.hosts[index].say(connection, words));
        let mut came = Vec::new();
        let has = |came: &[u8]| String::from_utf8_lossy(came).contains(awaited);
        self.lab.wait(limit, |net, _| {
            came.extend(net.hosts[index].hear(connection));
            has(&came).then_some(())
        });
        Ok(String::from_utf8_lossy(&came).into_owned())
    }
}

impl Drop for SimulatedCall {
    fn drop(&mut self) {
        self.lab
            .with(|net, _| net.hosts[self.index].hang_up(self.connection));
    }
}

fn outcome(worked: bool, proof: impl Into<String>) -> Outcome {
    Outcome {
        worked,
        proof: proof.into(),
    }
}

impl Peer for SimulatedHost {
    fn name(&self) -> &str {
        &self.name
    }

    fn address(&self) -> Ipv6Addr {
        self.address
    }

    fn claim(&self, addr: Ipv6Addr) -> io::Result<Outcome> {
        self.lab.with(|net, now| self.host(net).claim(addr, now));
        let end = self.lab.wait(DAD_LIMIT, |net, _| {
            self.host(net)
                .claimed(addr)
                .filter(|(state, _)| *state != ClaimState::Tentative)
        });
        Ok(match end {
            Some((ClaimState::Assigned, _)) => outcome(true, "DAD ended, nobody answered"),
            Some((_, why)) => outcome(
                false,
                format!("duplicated: {}", why.unwrap_or("no reason kept")),
            ),
            None => return Err(io::Error::other(format!("DAD of {addr} does not end"))),
        })
    }

    fn release(&self, addr: Ipv6Addr) -> io::Result<()> {
        self.lab.with(|net, _| self.host(net).release(addr));
        Ok(())
    }

    fn ping(&self, addr: Ipv6Addr, limit: Duration) -> io::Result<Outcome> {
        let ping = self.lab.with(|net, _| self.host(net).ping(addr));
        let answer = self
            .lab
            .wait(limit, |net, _| self.host(net).pinged(ping).then_some(()));
        self.lab.with(|net, _| self.host(net).forget(ping));
        Ok(match answer {
            Some(()) => outcome(true, "echo reply"),
            None => outcome(false, format!("no echo reply within {limit:.1?}")),
        })
    }

    fn call(&self, addr: Ipv6Addr, port: u16, limit: Duration) -> io::Result<Called> {
        let connection = self.lab.with(|net, _| self.host(net).open(addr, port));
        let end = self.lab.wait(limit, |net, _| {
            let state = self.host(net).opened(connection);
            (state != State::SynSent).then_some(state)
        });
        // Dropped, it is closed.
        let call = SimulatedCall {
            lab: self.lab.clone(),
            index: self.index,
            connection,
        };
        let outcome = match end {
            Some(State::Established) => outcome(true, "connected"),
            Some(_) => outcome(false, "connection refused (a reset came back)"),
            None => outcome(false, format!("no answer to the SYN within {limit:.1?}")),
        };
        let call = outcome.worked.then(|| Box::new(call) as Box<dyn Call>);
        Ok((outcome, call))
    }

    fn clients(&self) -> Vec<Ipv6Addr> {
        self.lab.with(|net, _| self.host(net).clients())
    }
}
