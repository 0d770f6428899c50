// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A bad link: frames are lost, doubled, or late, and so overtaken.

use super::ether::Frame;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use umux_core::plane::Micros;

/// How bad it is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Odds {
    /// Share of frames that are lost.
    pub lost: f64,
    /// Share of those that come twice.
    pub doubled: f64,
    /// Share of those that are late.
    pub late: f64,
    /// The latest.
    pub delay: Micros,
}

/// What has become of frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Toll {
    /// Lost.
    pub lost: u64,
    /// Came twice.
    pub doubled: u64,
    /// Came late.
    pub late: u64,
}

/// The weather on a link; by default there is none.
pub struct Weather {
    /// How bad it is now.
    pub odds: Odds,
    /// What it did.
    pub toll: Toll,
    rng: ChaCha8Rng,
    late: BinaryHeap<Late>,
    count: u64,
}

impl Default for Weather {
    fn default() -> Weather {
        Weather::new(0)
    }
}

impl Weather {
    /// Fair; bad weather follows from the seed.
    pub fn new(seed: u64) -> Weather {
        Weather {
            odds: Odds::default(),
            toll: Toll::default(),
            rng: ChaCha8Rng::seed_from_u64(seed),
            late: BinaryHeap::new(),
            count: 0,
        }
    }

    fn happens(&mut self, odds: f64) -> bool {
        odds > 0.0 && self.rng.random_bool(odds.min(1.0))
    }

    /// Frames leave a station: those that are not late.
    pub fn hold(
        &mut self,
        from: usize,
        out: &mut Vec<Frame>,
        now: Micros,
    ) -> std::vec::IntoIter<Frame> {
        let mut at_once = std::mem::take(out);
        if self.odds.late > 0.0 {
            let all = std::mem::take(&mut at_once);
            for frame in all {
                if !self.happens(self.odds.late) {
                    at_once.push(frame);
                    continue;
                }
                self.toll.late += 1;
                self.count += 1;
                let at = now + 1 + self.rng.random_range(0..=self.odds.delay);
                self.late.push(Late {
                    at,
                    sent: now,
                    order: self.count,
                    from,
                    frame,
                });
            }
        }
        at_once.into_iter()
    }

    /// Late frames that arrive now, with when and by whom they were sent.
    pub fn arrived(&mut self, now: Micros) -> Vec<(Micros, usize, Frame)> {
        let mut arrived = Vec::new();
        while self.late.peek().is_some_and(|late| late.at <= now) {
            let late = self.late.pop();
            arrived.extend(late.map(|late| (late.sent, late.from, late.frame)));
        }
        arrived
    }

    /// When the next late frame arrives.
    pub fn next(&self) -> Option<Micros> {
        self.late.peek().map(|late| late.at)
    }

    /// How often a frame that is on the link arrives.
    pub fn copies(&mut self) -> u8 {
        if self.happens(self.odds.lost) {
            self.toll.lost += 1;
            0
        } else if self.happens(self.odds.doubled) {
            self.toll.doubled += 1;
            2
        } else {
            1
        }
    }
}

struct Late {
    at: Micros,
    sent: Micros,
    order: u64,
    from: usize,
    frame: Frame,
}

// The earliest is the greatest; of two at one time, the one that was sent first.
impl Ord for Late {
    fn cmp(&self, other: &Late) -> Ordering {
        (other.at, other.order).cmp(&(self.at, self.order))
    }
}

impl PartialOrd for Late {
    fn partial_cmp(&self, other: &Late) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Late {
    fn eq(&self, other: &Late) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Late {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fair_weather_passes_everything_once_and_at_once() {
        let mut weather = Weather::new(1);
        let mut out = vec![vec![1], vec![2]];
        let sent: Vec<_> = weather.hold(0, &mut out, 5).collect();
        assert_eq!(sent, [[1], [2]]);
        assert_eq!((weather.copies(), weather.next()), (1, None));
        assert_eq!(weather.toll, Toll::default());
    }

    #[test]
    fn late_frames_come_in_the_order_of_their_times_and_none_is_forgotten() {
        let mut weather = Weather::new(1);
        weather.odds = Odds {
            late: 1.0,
            delay: 1_000,
            ..Odds::default()
        };
        let mut out = (0..20).map(|n| vec![n]).collect();
        assert_eq!(weather.hold(3, &mut out, 0).count(), 0);
        let mut came = Vec::new();
        let mut last = 0;
        while let Some(at) = weather.next() {
            assert!(at >= last && at <= 1_001);
            last = at;
            came.extend(weather.arrived(at));
        }
        assert_eq!(came.len(), 20);
        assert!(came.iter().all(|(sent, from, _)| (*sent, *from) == (0, 3)));
    }

    #[test]
    fn the_toll_is_about_what_the_odds_say() {
        let mut weather = Weather::new(1);
        weather.odds.lost = 0.25;
        let lost = (0..10_000).filter(|_| weather.copies() == 0).count();
        assert!((2_200..2_800).contains(&lost), "{lost}");
    }
}
