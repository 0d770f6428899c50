// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! How a stock host configures an address: duplicate address detection as
//! RFC 4862 section 5.4 has it, with the nonces of RFC 7527.

use std::net::Ipv6Addr;
use umux_core::plane::Micros;
use umux_core::wire::nd::{self, LinkAddr, NaFlags, Nd, NdPacket, NeighborSolicitation};
use umux_core::wire::{ALL_NODES, solicited_node};

/// RetransTimer of RFC 4861, section 10.
const RETRANS: Micros = 1_000_000;

/// How far an address has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClaimState {
    /// Probes are being sent.
    Tentative,
    /// It is the host's.
    Assigned,
    /// Another node has it.
    Duplicated,
}

/// One address on its way to be the host's.
#[derive(Debug)]
pub struct Claim {
    /// The address.
    pub addr: Ipv6Addr,
    /// How far it has come.
    pub state: ClaimState,
    left: u8,
    next: Micros,
    nonces: Vec<[u8; 6]>,
    /// Why it is duplicated, in words.
    pub why: Option<&'static str>,
}

impl Claim {
    /// Begins; `probes` is DupAddrDetectTransmits.
    pub fn new(addr: Ipv6Addr, probes: u8, now: Micros) -> Claim {
        Claim {
            addr,
            state: ClaimState::Tentative,
            left: probes,
            next: now,
            nonces: Vec::new(),
            why: None,
        }
    }

    /// When [`Claim::run`] has something to do.
    pub fn due(&self) -> Option<Micros> {
        (self.state == ClaimState::Tentative).then_some(self.next)
    }

    /// The probe that is due; or the address becomes the host's.
    pub fn run(&mut self, now: Micros, nonce: [u8; 6]) -> Option<NdPacket> {
        if self.due().is_none_or(|due| due > now) {
            return None;
        }
        if self.left == 0 {
            self.state = ClaimState::Assigned;
            return None;
        }
        self.left -= 1;
        self.next = now + RETRANS;
        self.nonces.push(nonce);
        Some(nd::emit_dad_probe(&self.addr, nonce))
    }

    /// Neighbour discovery about this address while it is tentative.
    pub fn hear(&mut self, message: &Nd<'_>) {
        if self.state != ClaimState::Tentative {
            return;
        }
        match message {
            Nd::Advertisement(na) if na.target == self.addr => {
                self.duplicated("a neighbour advertisement for it came");
            }
            Nd::Solicitation(ns) if ns.target == self.addr && ns.is_dad() => {
                let own = ns
                    .nonce
                    .is_some_and(|nonce| self.nonces.iter().any(|own| own == nonce));
                if !own {
                    self.duplicated("another node probes for it");
                }
            }
            _ => {}
        }
    }

    fn duplicated(&mut self, why: &'static str) {
        self.state = ClaimState::Duplicated;
        self.why = Some(why);
    }
}

/// The answer that an assigned address gives to another's probe.
pub fn defend(ns: &NeighborSolicitation<'_>, lladdr: &LinkAddr) -> NdPacket {
    nd::emit_advertisement(
        &ns.target,
        &ALL_NODES,
        &ns.target,
        NaFlags::OVERRIDE,
        Some(lladdr),
    )
}

/// Where a probe goes.
pub fn group(addr: Ipv6Addr) -> Ipv6Addr {
    solicited_node(&addr)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addr() -> Ipv6Addr {
        "2001:db8::1".parse().expect("an address")
    }

    #[test]
    fn without_an_answer_the_address_is_assigned_a_retrans_time_after_the_last_probe() {
        let mut claim = Claim::new(addr(), 2, 0);
        assert!(claim.run(0, [1; 6]).is_some());
        assert!(claim.run(999_999, [2; 6]).is_none());
        assert!(claim.run(1_000_000, [2; 6]).is_some());
        assert!(claim.run(2_000_000, [3; 6]).is_none());
        assert_eq!(claim.state, ClaimState::Assigned);
    }

    #[test]
    fn an_own_probe_that_comes_back_is_no_duplicate_and_a_strangers_is() {
        let mut claim = Claim::new(addr(), 1, 0);
        let own = claim.run(0, [1; 6]).expect("a probe");
        claim.hear(&nd::parse(&own).expect("sound"));
        assert_eq!(claim.state, ClaimState::Tentative);
        let other = nd::emit_dad_probe(&addr(), [9; 6]);
        claim.hear(&nd::parse(&other).expect("sound"));
        assert_eq!(claim.state, ClaimState::Duplicated);
    }
}
