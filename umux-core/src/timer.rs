// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! One timer for each entry that needs one: an indexed 4-ary heap.
//!
//! An idle entry costs nothing; arming, moving and cancelling are
//! O(log n) in caller-provided memory.  Times are milliseconds that wrap
//! after 49 days; no timer may lie more than 24 days ahead.

/// A moment, in milliseconds, wrapping.
pub type Millis = u32;

const ABSENT: u32 = u32::MAX;
const ARITY: usize = 4;

/// Whether `a` lies before `b` on the wrapping clock.
const fn before(a: Millis, b: Millis) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

/// An armed timer.
#[derive(Clone, Copy, Default)]
pub struct Node {
    at: Millis,
    id: u32,
}

/// Where an id stands in the heap.
#[derive(Clone, Copy)]
pub struct Position(u32);

impl Default for Position {
    fn default() -> Self {
        Self(ABSENT)
    }
}

/// Timers of the ids `0..n`, where n is the length of both slices.
pub struct Timers<'a> {
    heap: &'a mut [Node],
    pos: &'a mut [Position],
    len: usize,
}

impl<'a> Timers<'a> {
    /// Both slices have one element for each id.
    pub fn new(heap: &'a mut [Node], pos: &'a mut [Position]) -> Self {
        Self { heap, pos, len: 0 }
    }

    fn node(&self, i: usize) -> Node {
        self.heap.get(i).copied().unwrap_or_default()
    }

    fn place(&mut self, i: usize, node: Node) {
        if let Some(slot) = self.heap.get_mut(i) {
            *slot = node;
        }
        if let Some(pos) = self.pos.get_mut(node.id as usize) {
            *pos = Position(i as u32);
        }
    }

    fn index_of(&self, id: u32) -> Option<usize> {
        match self.pos.get(id as usize) {
            Some(&Position(ABSENT)) | None => None,
            Some(&Position(i)) => Some(i as usize),
        }
    }

    fn up(&mut self, mut i: usize, node: Node) {
        while i > 0 {
            let parent = (i - 1) / ARITY;
            let above = self.node(parent);
            if !before(node.at, above.at) {
                break;
            }
            self.place(i, above);
            i = parent;
        }
        self.place(i, node);
    }

    fn down(&mut self, mut i: usize, node: Node) {
        loop {
            let first = i * ARITY + 1;
            if first >= self.len {
                break;
            }
            let mut least = first;
            for child in first + 1..(first + ARITY).min(self.len) {
                if before(self.node(child).at, self.node(least).at) {
                    least = child;
                }
            }
            let below = self.node(least);
            if !before(below.at, node.at) {
                break;
            }
            self.place(i, below);
            i = least;
        }
        self.place(i, node);
    }

    /// Arms the timer of `id`, or moves it.
    pub fn arm(&mut self, id: u32, at: Millis) {
        let node = Node { at, id };
        match self.index_of(id) {
            Some(i) => {
                if before(at, self.node(i).at) {
                    self.up(i, node);
                } else {
                    self.down(i, node);
                }
            }
            None if (id as usize) < self.pos.len() && self.len < self.heap.len() => {
                self.len += 1;
                self.up(self.len - 1, node);
            }
            None => {}
        }
    }

    /// Arms the timer of `id` unless it is due sooner already.
    pub fn arm_by(&mut self, id: u32, at: Millis) {
        match self.when(id) {
            Some(armed) if !before(at, armed) => {}
            _ => self.arm(id, at),
        }
    }

    /// Disarms the timer of `id`, if armed.
    pub fn cancel(&mut self, id: u32) {
        let Some(i) = self.index_of(id) else { return };
        self.len -= 1;
        let last = self.node(self.len);
        let gone = self.node(i);
        if let Some(pos) = self.pos.get_mut(id as usize) {
            *pos = Position(ABSENT);
        }
        if i < self.len {
            if before(last.at, gone.at) {
                self.up(i, last);
            } else {
                self.down(i, last);
            }
        }
    }

    /// When the timer of `id` fires; `None`: not armed.
    #[must_use]
    pub fn when(&self, id: u32) -> Option<Millis> {
        self.index_of(id).map(|i| self.node(i).at)
    }

    /// When the next timer fires.
    #[must_use]
    pub fn next(&self) -> Option<Millis> {
        (self.len > 0).then(|| self.node(0).at)
    }

    /// Disarms and returns a timer that is due.
    pub fn pop(&mut self, now: Millis) -> Option<u32> {
        let first = (self.len > 0).then(|| self.node(0))?;
        if before(now, first.at) {
            return None;
        }
        self.cancel(first.id);
        Some(first.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const IDS: u32 = 40;

    #[derive(Clone, Debug)]
    enum Op {
        Arm(u32, u32),
        Cancel(u32),
        Pop(u32),
    }

    fn op() -> impl Strategy<Value = Op> {
        prop_oneof![
            (0..IDS, 0..10_000u32).prop_map(|(id, at)| Op::Arm(id, at)),
            (0..IDS).prop_map(Op::Cancel),
            (0..200u32).prop_map(Op::Pop),
        ]
    }

    proptest! {
        #[test]
        fn timers_fire_in_order_and_once(start in any::<u32>(), ops in prop::collection::vec(op(), 0..400)) {
            let mut heap = vec![Node::default(); IDS as usize];
            let mut pos = vec![Position::default(); IDS as usize];
            let mut timers = Timers::new(&mut heap, &mut pos);
            let mut model: BTreeMap<u32, u64> = BTreeMap::new();
            let mut now: u64 = 0;
            let wrap = |t: u64| (u64::from(start) + t) as u32;
            for op in ops {
                match op {
                    Op::Arm(id, at) => {
                        timers.arm(id, wrap(now + u64::from(at)));
                        model.insert(id, now + u64::from(at));
                    }
                    Op::Cancel(id) => {
                        timers.cancel(id);
                        model.remove(&id);
                    }
                    Op::Pop(step) => {
                        now += u64::from(step);
                        let mut last = None;
                        while let Some(id) = timers.pop(wrap(now)) {
                            let at = model.remove(&id).expect("fired once, and was armed");
                            prop_assert!(at <= now);
                            prop_assert!(last.is_none_or(|l| l <= at));
                            last = Some(at);
                        }
                        prop_assert!(model.values().all(|&at| at > now));
                    }
                }
                prop_assert_eq!(timers.next(), model.values().min().map(|&t| wrap(t)));
            }
        }
    }

    #[test]
    fn an_id_out_of_range_is_ignored() {
        let mut heap = [Node::default(); 1];
        let mut pos = [Position::default(); 1];
        let mut timers = Timers::new(&mut heap, &mut pos);
        timers.arm(9, 1);
        assert_eq!(timers.next(), None);
    }
}
