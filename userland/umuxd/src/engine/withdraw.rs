// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Pools that nobody wants any more: their unused addresses go at once, the pools
//! when their last session has ended.

use super::Time;
use super::hold::Hold;
use std::collections::BTreeMap;
use std::time::Duration;
use umux_abi::PoolId;

/// Sessions are looked for again after this, then ever more rarely.
const LEAST: Duration = Duration::from_secs(2);
/// But at least so often.
const MOST: Duration = Duration::from_secs(30);

#[derive(Debug)]
struct Leaving {
    hold: Hold,
    trying: bool,
}

/// The pools that leave.
#[derive(Debug, Default)]
pub struct Withdrawals(BTreeMap<PoolId, Leaving>);

impl Withdrawals {
    /// This one shall go.
    pub fn begin(&mut self, id: PoolId) {
        self.0.entry(id).or_insert(Leaving {
            hold: Hold::new(LEAST, MOST),
            trying: false,
        });
    }

    /// It is wanted again, or has gone; did it leave?
    pub fn end(&mut self, id: &PoolId) -> bool {
        self.0.remove(id).is_some()
    }

    /// One that is to be tried now.
    pub fn next(&mut self, now: Time) -> Option<PoolId> {
        let (id, leaving) = self
            .0
            .iter_mut()
            .find(|(_, leaving)| !leaving.trying && !leaving.hold.is_on(now))?;
        leaving.trying = true;
        Some(id.clone())
    }

    /// When to look again.
    pub fn wake(&self) -> Option<Time> {
        let waiting = self.0.values().filter(|leaving| !leaving.trying);
        waiting.map(|leaving| leaving.hold.until()).min()
    }

    /// It has sessions yet, or could not be reached.
    pub fn not_yet(&mut self, now: Time, id: &PoolId) {
        if let Some(leaving) = self.0.get_mut(id) {
            leaving.trying = false;
            leaving.hold.fail(now);
        }
    }
}
