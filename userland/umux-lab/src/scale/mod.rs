// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Many sessions through the core, on virtual time: one host, one pool, and umuxd's
//! own engine that keeps it full.
//!
//! Sessions begin as a Poisson process and last exponentially distributed times.
//! Each takes an address, sends and receives as TCP does, and ends; the gate's
//! verdict on each packet is checked.  Everything but the measured times follows
//! from the seed.

pub(crate) mod packets;
mod sim;

use std::fmt;
use std::time::Duration;

/// What is run.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Sessions in all.
    pub sessions: u64,
    /// Sessions that begin, a second, on average.
    pub rate: f64,
    /// How long they last, seconds, on average.
    pub lifetime: f64,
    /// umuxd's level: addresses ready or on their way.
    pub level: u32,
    /// Slots for addresses.
    pub max_addrs: u32,
    /// Everything random comes from this.
    pub seed: u64,
}

impl Load {
    /// A busy host, with umuxd's rate as it is by default.
    pub fn new(sessions: u64, seed: u64) -> Load {
        Load {
            sessions,
            rate: 1_000.0,
            lifetime: 5.0,
            level: 2_048,
            max_addrs: 1 << 17,
            seed,
        }
    }
}

/// What followed from the seed.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Counts {
    /// Virtual time, microseconds.
    pub time: u64,
    /// Addresses that umuxd added.
    pub added: u64,
    /// Addresses that sessions took.
    pub taken: u64,
    /// Sessions that found no address ready.
    pub missed: u64,
    /// Sessions that ended.
    pub ended: u64,
    /// DAD probes sent.
    pub probes: u64,
    /// Most sessions at one time.
    pub peak: u32,
    /// Fewest addresses ready at one time, once the pool was full.
    pub lowest: u32,
    /// Slots in use at the end, tombstones included.
    pub used: u32,
    /// Packets that the gate let through as it should.
    pub passed: u64,
    /// Packets to dead or foreign addresses that it dropped as it should.
    pub dropped: u64,
    /// Verdicts that were not as they should be.
    pub wrong: u64,
    /// Sum over all addresses that sessions had, so that another order shows.
    pub digest: u64,
}

/// What was measured; another run measures something else.
#[derive(Clone, Copy, Debug, Default)]
pub struct Times {
    /// take() and commit().
    pub begin: Duration,
    /// The gate.
    pub gate: Duration,
    /// end().
    pub end: Duration,
    /// Timers: DAD, tombstones, audits, events.
    pub timers: Duration,
    /// Adding addresses.
    pub add: Duration,
    /// The whole run, the simulation itself included.
    pub wall: Duration,
}

/// A run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was run.
    pub load: Load,
    /// What followed.
    pub counts: Counts,
    /// What was measured.
    pub times: Times,
    /// Memory of the plane, bytes.
    pub bytes: usize,
}

/// Runs it.
///
/// # Errors
/// The load is none that a plane could carry; in words.
pub fn run(load: &Load) -> Result<Outcome, String> {
    let (counts, times, bytes) = sim::Sim::new(load)?.run();
    Ok(Outcome {
        load: *load,
        counts,
        times,
        bytes,
    })
}

impl Outcome {
    /// Whether the core did what it should.
    pub fn is_sound(&self) -> bool {
        let counts = &self.counts;
        counts.wrong == 0
            && counts.taken + counts.missed == self.load.sessions
            && counts.ended == counts.taken
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Outcome {
            load,
            counts,
            times,
            bytes,
        } = self;
        writeln!(
            f,
            "load:      {} sessions, {} a second, {} s each on average; seed {}",
            load.sessions, load.rate, load.lifetime, load.seed
        )?;
        writeln!(
            f,
            "pool:      umuxd keeps {} ready or on their way",
            load.level
        )?;
        writeln!(f, "time:      {:.1} s, virtual", counts.time as f64 / 1e6)?;
        writeln!(
            f,
            "addresses: {} added, {} DAD probes, {} taken, {} gone with their sessions",
            counts.added, counts.probes, counts.taken, counts.ended
        )?;
        writeln!(
            f,
            "levels:    at most {} sessions at once, never fewer than {} addresses ready, {} slots in use at the end",
            counts.peak, counts.lowest, counts.used
        )?;
        writeln!(
            f,
            "misses:    {} ({:.6} of all sessions)",
            counts.missed,
            counts.missed as f64 / load.sessions as f64
        )?;
        writeln!(
            f,
            "gate:      {} packets passed, {} dropped, {} verdicts wrong",
            counts.passed, counts.dropped, counts.wrong
        )?;
        writeln!(f, "digest:    {:016x}", counts.digest)?;
        writeln!(
            f,
            "memory:    {bytes} bytes for {} slots, {:.0} each",
            load.max_addrs,
            *bytes as f64 / f64::from(load.max_addrs)
        )?;
        let each = |time: Duration, n: u64| time.as_nanos() as f64 / n.max(1) as f64;
        let packets = counts.passed + counts.dropped;
        let core = times.begin + times.gate + times.end + times.timers + times.add;
        writeln!(
            f,
            "measured:  {:.0} ns a session in the core, refill included",
            each(core, load.sessions)
        )?;
        writeln!(
            f,
            "measured:  {:.0} ns take and commit, {:.0} ns end, {:.0} ns a packet in the gate",
            each(times.begin, load.sessions),
            each(times.end, counts.ended),
            each(times.gate, packets)
        )?;
        write!(
            f,
            "measured:  {:.0} ns to add an address, {:.0} ns of timers for it; {:.1} s in all",
            each(times.add, counts.added),
            each(times.timers, counts.added),
            times.wall.as_secs_f64()
        )
    }
}
