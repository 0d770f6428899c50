// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Connections that have not shown a key yet: whose they are is not known, so they may
//! not keep others out.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Handshakes at a time,
const ALL: usize = 64;
/// and of one source.
const EACH: usize = 16;

/// Who may be one and the same: an address, or a prefix of which a host can have all.
fn source(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(
            address.to_bits() & !u128::from(u64::MAX),
        )),
        v4 => v4,
    }
}

/// One under way; it has lost its place when this is dropped.
struct Entry {
    id: u64,
    source: IpAddr,
    _keeps: oneshot::Sender<()>,
}

#[derive(Default)]
struct UnderWay {
    last: u64,
    /// The oldest comes first.
    entries: VecDeque<Entry>,
}

/// All that are under way.
#[derive(Default)]
pub struct Handshakes(Mutex<UnderWay>);

impl Handshakes {
    /// One begins. If there are too many, the oldest loses its place, of the same source
    /// first: who dials often harms itself before others.
    pub fn begin(self: &Arc<Self>, from: IpAddr) -> Place {
        let source = source(from);
        let (keeps, lost) = oneshot::channel();
        let mut under_way = self.lock();
        let entries = &mut under_way.entries;
        let mut of_source = entries
            .iter()
            .enumerate()
            .filter(|(_, e)| e.source == source);
        let oldest = of_source.next().map(|(at, _)| at);
        if of_source.count() + 1 >= EACH
            && let Some(oldest) = oldest
        {
            entries.remove(oldest);
        } else if entries.len() >= ALL {
            entries.pop_front();
        }
        under_way.last += 1;
        let id = under_way.last;
        under_way.entries.push_back(Entry {
            id,
            source,
            _keeps: keeps,
        });
        Place {
            all: Arc::clone(self),
            id,
            lost,
        }
    }

    fn lock(&self) -> MutexGuard<'_, UnderWay> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of a handshake among those under way, until it is dropped.
pub struct Place {
    all: Arc<Handshakes>,
    id: u64,
    lost: oneshot::Receiver<()>,
}

impl Place {
    /// Until others need it more.
    pub async fn lost(&mut self) {
        // Nothing is ever sent.
        let _ = (&mut self.lost).await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let id = self.id;
        self.all.lock().entries.retain(|entry| entry.id != id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn has_lost(place: &mut Place) -> bool {
        matches!(
            place.lost.try_recv(),
            Err(oneshot::error::TryRecvError::Closed)
        )
    }

    #[test]
    fn a_source_is_an_address_or_a_prefix() {
        for (from, expected) in [
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8::1:2:3:4", "2001:db8::"),
            ("2001:db8:0:1:1:2:3:4", "2001:db8:0:1::"),
        ] {
            assert_eq!(source(address(from)), address(expected));
        }
    }

    #[test]
    fn who_dials_too_often_loses_its_own_oldest_place() {
        let all = Arc::new(Handshakes::default());
        let mut other = all.begin(address("2001:db8:1::1"));
        let mut places: Vec<Place> = (0..EACH as u16 + 2)
            .map(|n| all.begin(Ipv6Addr::new(0x2001, 0xdb8, 2, 0, n, 0, 0, 1).into()))
            .collect();
        let lost: Vec<bool> = places.iter_mut().map(has_lost).collect();
        assert_eq!(lost.iter().position(|lost| !lost), Some(2), "the oldest");
        assert_eq!(lost.iter().filter(|lost| **lost).count(), 2);
        assert!(!has_lost(&mut other), "it is another's");
    }

    #[test]
    fn many_sources_together_have_no_more_than_all_places() {
        let all = Arc::new(Handshakes::default());
        let mut places: Vec<Place> = (0..ALL as u16 + 1)
            .map(|n| all.begin(Ipv6Addr::new(0x2001, 0xdb8, n, 0, 0, 0, 0, 1).into()))
            .collect();
        assert!(has_lost(&mut places[0]), "the oldest");
        assert!(!places[1..].iter_mut().any(has_lost));
        assert_eq!(all.lock().entries.len(), ALL);
        places.clear();
        assert!(all.lock().entries.is_empty(), "done");
    }
}
