// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What a plane tells unasked.

use crate::bindings as raw;
use crate::{PoolId, Result};
use serde::{Deserialize, Serialize};
use std::time::Duration;

bitflags::bitflags! {
    /// What happened to a pool since its last event.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub struct EventKinds: u16 {
        /// Addresses were taken.
        const USED = raw::UMUX_EV_USED as u16;
        /// Sessions ended.
        const ENDED = raw::UMUX_EV_ENDED as u16;
        /// A session found the pool empty.
        const MISS = raw::UMUX_EV_MISS as u16;
        /// Others hold addresses of ours.
        const DUPLICATED = raw::UMUX_EV_DUPLICATED as u16;
        /// Addresses became uncertain, that is ready.
        const READY = raw::UMUX_EV_READY as u16;
        /// An address in a session is claimed by another node.
        const CONFLICT = raw::UMUX_EV_CONFLICT as u16;
        /// Addresses reached their greatest age.
        const EXPIRED = raw::UMUX_EV_EXPIRED as u16;
        /// The link went down or came up.
        const LINK = raw::UMUX_EV_LINK as u16;
        /// Prefix or interface went away, and the pool with it.
        const POOL_GONE = raw::UMUX_EV_POOL_GONE as u16;
        /// The pool is new.
        const POOL_NEW = raw::UMUX_EV_POOL_NEW as u16;
        /// Addresses were deleted or flushed on request.
        const WITHDRAWN = raw::UMUX_EV_WITHDRAWN as u16;
        /// Addresses wait for clients of servers.
        const ARMED = raw::UMUX_EV_ARMED as u16;
        /// Such addresses went without a connection.
        const LAPSED = raw::UMUX_EV_LAPSED as u16;
    }
}

impl EventKinds {
    /// The words for the bits, those of unknown bits left out.
    pub fn words(self) -> Vec<String> {
        self.iter_names()
            .map(|(name, _)| name.to_ascii_lowercase().replace('_', "-"))
            .collect()
    }

    fn from_words(words: &[String]) -> EventKinds {
        words
            .iter()
            .filter_map(|word| Self::from_name(&word.to_ascii_uppercase().replace('-', "_")))
            .collect()
    }
}

impl Serialize for EventKinds {
    fn serialize<S: serde::Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        self.words().serialize(to)
    }
}

impl<'de> Deserialize<'de> for EventKinds {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        Ok(EventKinds::from_words(&Vec::<String>::deserialize(from)?))
    }
}

/// One message about one pool; it may stand for many things that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The pool.
    #[serde(flatten)]
    pub pool: PoolId,
    /// What happened.
    pub kinds: EventKinds,
    /// Grows by one a message.
    pub seq: u32,
    /// Addresses that are ready now.
    pub uncertain: u32,
    /// Addresses on their way, pending included.
    pub tentative: u32,
    /// Addresses in use.
    pub valid: u32,
    /// Duplicates since the last message.
    pub duplicated: u32,
    /// Misses since the last message.
    pub missed: u32,
}

/// What comes out of an event source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Occurrence {
    /// A message.
    Event(Event),
    /// Messages were lost: ask for the levels.
    Lost,
}

/// Events of one plane.
pub trait Events: Send {
    /// Waits for the next occurrence, at most `timeout`; `None`: nothing came.
    fn next(&mut self, timeout: Duration) -> Result<Option<Occurrence>>;
}

impl<E: Events + ?Sized> Events for Box<E> {
    fn next(&mut self, timeout: Duration) -> Result<Option<Occurrence>> {
        (**self).next(timeout)
    }
}

/// Finds gaps in the sequence numbers of a source.
#[derive(Debug, Default)]
pub struct Sequencer {
    expected: Option<u32>,
    held: Option<Event>,
}

impl Sequencer {
    /// The event that stood behind a gap that was just told.
    pub fn held(&mut self) -> Option<Occurrence> {
        self.held.take().map(Occurrence::Event)
    }

    /// The source itself said that it lost something.
    pub fn lost(&mut self) -> Occurrence {
        self.expected = None;
        Occurrence::Lost
    }

    /// Takes an event; tells the gap before it, if there is one, and holds the event.
    pub fn admit(&mut self, event: Event) -> Occurrence {
        let gap = self.expected.is_some_and(|expected| expected != event.seq);
        self.expected = Some(event.seq.wrapping_add(1));
        if gap {
            self.held = Some(event);
            Occurrence::Lost
        } else {
            Occurrence::Event(event)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(seq: u32) -> Event {
        Event {
            pool: "em0 2001:db8:1::/64".parse().expect("a pool"),
            kinds: EventKinds::USED | EventKinds::POOL_NEW,
            seq,
            uncertain: 1,
            tentative: 2,
            valid: 3,
            duplicated: 0,
            missed: 0,
        }
    }

    #[test]
    fn a_gap_is_told_before_the_event_behind_it() {
        let mut sequencer = Sequencer::default();
        assert_eq!(sequencer.admit(event(5)), Occurrence::Event(event(5)));
        assert_eq!(sequencer.admit(event(6)), Occurrence::Event(event(6)));
        assert_eq!(sequencer.admit(event(8)), Occurrence::Lost);
        assert_eq!(sequencer.held(), Some(Occurrence::Event(event(8))));
        assert_eq!(sequencer.held(), None);
        assert_eq!(sequencer.admit(event(9)), Occurrence::Event(event(9)));
    }

    #[test]
    fn sequence_numbers_may_wrap_and_a_reloaded_module_shows_as_a_gap() {
        let mut sequencer = Sequencer::default();
        sequencer.admit(event(u32::MAX));
        assert_eq!(sequencer.admit(event(0)), Occurrence::Event(event(0)));
        sequencer.admit(event(1));
        assert_eq!(sequencer.admit(event(0)), Occurrence::Lost);
    }

    #[test]
    fn an_event_survives_json_with_words_for_its_kinds() {
        let json = serde_json::to_string(&event(7)).expect("an event is JSON");
        assert!(json.contains(r#"["used","pool-new"]"#), "{json}");
        assert_eq!(
            serde_json::from_str::<Event>(&json).expect("it comes back"),
            event(7)
        );
    }
}
