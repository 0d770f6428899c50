// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Counters of a plane. Each only grows.

use crate::bindings as raw;
use serde::{Deserialize, Serialize};

macro_rules! counters {
    ($($field:ident = $raw:ident: $doc:literal,)*) => {
        /// Counters of one plane, by the names of the ABI without their prefix.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub struct Counters {
            $(#[doc = $doc] pub $field: u64,)*
        }

        impl Counters {
            /// Name, value and meaning of each, in the ABI's order.
            pub fn rows(&self) -> Vec<(&'static str, u64, &'static str)> {
                vec![$((stringify!($field), self.$field, $doc),)*]
            }
        }

        impl From<&raw::umux_counters> for Counters {
            fn from(raw: &raw::umux_counters) -> Counters {
                Counters { $($field: raw.$raw,)* }
            }
        }

        impl From<&Counters> for raw::umux_counters {
            fn from(counters: &Counters) -> raw::umux_counters {
                raw::umux_counters { $($raw: counters.$field,)* }
            }
        }
    };
}

counters! {
    in_session = uc_in_session: "packets received for sessions",
    in_dropped = uc_in_dropped: "packets to plane addresses, dropped",
    out_session = uc_out_session: "packets sent by sessions",
    out_dropped = uc_out_dropped: "packets from plane addresses, dropped",
    out_local = uc_out_local: "packets looped back to a plane address",
    ns_dad = uc_ns_dad: "duplicate probes of others for our addresses",
    ns_resolve = uc_ns_resolve: "resolutions of addresses in sessions",
    ns_silent = uc_ns_silent: "resolutions left unanswered",
    na = uc_na: "advertisements for our addresses",
    nd_invalid = uc_nd_invalid: "neighbour messages that failed validation",
    probes = uc_probes: "duplicate probes sent",
    defended = uc_defended: "advertisements sent in defence",
    answered = uc_answered: "advertisements sent in answer",
    looped = uc_looped: "own messages seen again",
    duplicated = uc_duplicated: "addresses that another node held",
    conflict = uc_conflict: "claims of others to an address in a session",
    taken = uc_taken: "addresses given to sessions",
    returned = uc_returned: "taken, never on the wire, back in the pool",
    ended = uc_ended: "sessions that ended",
    missed = uc_missed: "sessions that found no address ready",
    bypassed = uc_bypassed: "connects that were not for umux",
    events = uc_events: "routing messages made",
    guarded = uc_guarded: "connections to guarded listeners, turned away",
    armed = uc_armed: "addresses armed for servers",
    accepted = uc_accepted: "armed addresses that got their connection",
    lapsed = uc_lapsed: "armed addresses that got none",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_of_the_abi_has_its_field() {
        let counters = Counters::default();
        assert_eq!(
            counters.rows().len() * size_of::<u64>(),
            size_of::<raw::umux_counters>(),
            "the header has counters that the model lacks"
        );
    }

    #[test]
    fn counters_survive_the_way_to_the_abi_and_back() {
        let counters = Counters {
            in_session: 1,
            events: 2,
            ns_silent: 3,
            ..Counters::default()
        };
        assert_eq!(
            Counters::from(&raw::umux_counters::from(&counters)),
            counters
        );
    }
}
