// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What was counted.

/// Counters; each counts since the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Questions.
    pub asked: u64,
    /// Questions that the cache answered.
    pub hits: u64,
    /// Questions for addresses that no rule names.
    pub not_anycast: u64,
    /// Questions that were turned away by a limit.
    pub busy: u64,
    /// Echo Requests that were sent.
    pub sent: u64,
    /// Probes that found a member.
    pub members: u64,
    /// Probes that the address itself answered.
    pub unicast: u64,
    /// Probes that nobody answered.
    pub silent: u64,
    /// Probes that could not be sent.
    pub unsendable: u64,
    /// Replies to no request: late, second ones, or invented.
    pub unknown: u64,
    /// Replies whose payload was not the request's.
    pub forged: u64,
    /// Replies by another interface than the request's.
    pub wrong_interface: u64,
    /// Replies from addresses that no member can have.
    pub unfit: u64,
    /// Members that programs could not reach.
    pub failed: u64,
    /// Entries that had to go because the cache was full.
    pub evicted: u64,
}

impl Counters {
    /// Each with its name and what it counts.
    pub fn rows(&self) -> [(&'static str, u64, &'static str); 15] {
        [
            ("asked", self.asked, "Questions"),
            ("hits", self.hits, "Questions that the cache answered"),
            (
                "not_anycast",
                self.not_anycast,
                "Questions for addresses that no rule names",
            ),
            ("busy", self.busy, "Questions that a limit turned away"),
            ("sent", self.sent, "Echo Requests that were sent"),
            ("members", self.members, "Probes that found a member"),
            (
                "unicast",
                self.unicast,
                "Probes that the address itself answered",
            ),
            ("silent", self.silent, "Probes that nobody answered"),
            (
                "unsendable",
                self.unsendable,
                "Probes that could not be sent",
            ),
            (
                "unknown",
                self.unknown,
                "Replies to no request: late, second ones, or invented",
            ),
            (
                "forged",
                self.forged,
                "Replies whose payload was not the request's",
            ),
            (
                "wrong_interface",
                self.wrong_interface,
                "Replies by another interface than the request's",
            ),
            (
                "unfit",
                self.unfit,
                "Replies from addresses that no member can have",
            ),
            (
                "failed",
                self.failed,
                "Members that programs could not reach",
            ),
            (
                "evicted",
                self.evicted,
                "Entries that had to go because the cache was full",
            ),
        ]
    }
}
