// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! One link and all that is on it.

use super::Station;
use super::ether::Frame;
#[cfg(target_os = "linux")]
use super::tap::Tap;
use super::weather::Weather;
use crate::host::{Node, Stock};
use std::collections::VecDeque;
use umux_core::plane::Micros;

/// Which port a frame came from: 0 is the node's.
type Port = usize;

/// Frames that are kept for whoever watches the link.
const SEEN_MAX: usize = 65_536;

/// A hub: each frame reaches every other port.
pub struct Net {
    /// The host that runs umux.
    pub node: Node,
    /// Simulated stock hosts.
    pub hosts: Vec<Stock>,
    /// Ports to kernels.
    #[cfg(target_os = "linux")]
    pub taps: Vec<Tap>,
    queue: VecDeque<(Micros, Port, Frame)>,
    /// What becomes of frames on their way.
    pub weather: Weather,
    /// The node's machine stands still: nothing is done there, what comes is lost.
    pub halted: bool,
    /// Frames that passed, with when they were sent, if they are kept.
    pub seen: Option<Vec<(Micros, Port, Frame)>>,
}

/// Shortest time between two looks: the core's timers have milliseconds.
const STEP: Micros = 1_000;

impl Net {
    /// A link with the node on it.
    pub fn new(node: Node) -> Net {
        Net {
            node,
            hosts: Vec::new(),
            #[cfg(target_os = "linux")]
            taps: Vec::new(),
            queue: VecDeque::new(),
            weather: Weather::default(),
            halted: false,
            seen: None,
        }
    }

    /// Puts a frame on the link as if a station that is not there had sent it.
    pub fn inject(&mut self, frame: Frame) {
        self.queue.push_back((0, Port::MAX, frame));
    }

    /// Does all that is due; returns when something is due again.
    pub fn turn(&mut self, now: Micros) -> Option<Micros> {
        loop {
            let next = self.poll(now);
            if self.queue.is_empty() {
                // What is due already is not late: it waits for a deadline
                // that has been rounded, or for a window that smoltcp takes for open.
                let next = [next, self.weather.next()].into_iter().flatten().min();
                return next.map(|next| next.max(now + STEP));
            }
            while let Some((sent, from, frame)) = self.queue.pop_front() {
                for _ in 0..self.weather.copies() {
                    self.deliver(now, from, &frame);
                }
                if let Some(seen) = &mut self.seen
                    && seen.len() < SEEN_MAX
                {
                    seen.push((sent, from, frame));
                }
            }
        }
    }

    fn poll(&mut self, now: Micros) -> Option<Micros> {
        let mut out = Vec::new();
        let mut next = None;
        if !self.halted {
            next = self.node.poll(now, &mut out);
        }
        let held = self.weather.hold(0, &mut out, now);
        self.queue.extend(held.map(|frame| (now, 0, frame)));
        let mut port = 1;
        for host in &mut self.hosts {
            next = [next, host.poll(now, &mut out)].into_iter().flatten().min();
            let held = self.weather.hold(port, &mut out, now);
            self.queue.extend(held.map(|frame| (now, port, frame)));
            port += 1;
        }
        self.queue.extend(self.weather.arrived(now));
        #[cfg(target_os = "linux")]
        for tap in &mut self.taps {
            while let Some(frame) = tap.read() {
                self.queue.push_back((now, port, frame));
            }
            port += 1;
        }
        next
    }

    fn deliver(&mut self, now: Micros, from: Port, frame: &[u8]) {
        if from != 0 && !self.halted {
            self.node.receive(now, frame);
        }
        let mut port = 1;
        for host in &mut self.hosts {
            if port != from {
                host.receive(now, frame);
            }
            port += 1;
        }
        #[cfg(target_os = "linux")]
        for tap in &mut self.taps {
            if port != from {
                tap.write(frame);
            }
            port += 1;
        }
    }
}
