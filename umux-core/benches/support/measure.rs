// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Contenders take turns on the clock.
//!
//! What runs one after the other on a machine that others use as well is not
//! comparable: neither Criterion nor Divan can alternate.  Here every round
//! times each contender once, and the figure is the median over the rounds with
//! the quartiles for its spread.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Rounds; odd, so that the median is one of them.
const ROUNDS: usize = 31;
/// How long a contender runs in one round, at least.
const TURN: Duration = Duration::from_millis(2);

/// One who takes part.
pub struct Contender<'a> {
    name: String,
    /// Does its work so often.
    work: Box<dyn FnMut(usize) + 'a>,
}

impl<'a> Contender<'a> {
    /// `work` is given how often it is to do the same thing.
    pub fn new(name: impl Into<String>, work: impl FnMut(usize) + 'a) -> Self {
        Self {
            name: name.into(),
            work: Box::new(work),
        }
    }

    /// One that walks through `items`, over and over.
    pub fn over<T, R>(
        name: impl Into<String>,
        items: &'a [T],
        mut ask: impl FnMut(&T) -> R + 'a,
    ) -> Self {
        let mut at = 0;
        Self::new(name, move |times| {
            let mut left = times;
            while left > 0 {
                let rest = items.get(at..).unwrap_or(&[]);
                let now = rest.len().min(left);
                for item in rest.iter().take(now) {
                    black_box(ask(black_box(item)));
                }
                left -= now;
                at = if now == rest.len() { 0 } else { at + now };
            }
        })
    }
}

/// Nanoseconds an operation takes.
pub struct Figure {
    /// Whose.
    pub name: String,
    /// Median of the rounds.
    pub median: f64,
    /// The quartiles.
    pub spread: (f64, f64),
}

fn once(contender: &mut Contender<'_>, times: usize) -> Duration {
    let start = Instant::now();
    (contender.work)(times);
    start.elapsed()
}

/// How often a contender works in a turn.
fn fit(contender: &mut Contender<'_>) -> usize {
    let mut times = 1;
    while once(contender, times) < TURN {
        times *= 2;
    }
    times
}

/// Lets all of them take turns.
pub fn compare(mut contenders: Vec<Contender<'_>>) -> Vec<Figure> {
    let times: Vec<usize> = contenders.iter_mut().map(fit).collect();
    let mut rounds = vec![Vec::with_capacity(ROUNDS); contenders.len()];
    for _ in 0..ROUNDS {
        for ((contender, &times), taken) in contenders.iter_mut().zip(&times).zip(&mut rounds) {
            taken.push(once(contender, times).as_secs_f64() * 1e9 / times as f64);
        }
    }
    contenders
        .into_iter()
        .zip(rounds)
        .map(|(contender, taken)| figure(contender.name, taken))
        .collect()
}

/// Of what was measured otherwise.
pub fn figure(name: impl Into<String>, mut taken: Vec<f64>) -> Figure {
    taken.sort_by(f64::total_cmp);
    let at = |part: usize| {
        taken
            .get((taken.len() - 1) * part / 4)
            .copied()
            .unwrap_or(0.0)
    };
    Figure {
        name: name.into(),
        median: at(2),
        spread: (at(1), at(3)),
    }
}

/// The head of a table whose rows are [`row`]s.
pub fn head(title: &str, columns: &[&str]) {
    println!("\n### {title}\n");
    println!("| | {} |", columns.join(" | "));
    println!("|---|{}", "---:|".repeat(columns.len()));
}

/// One row: median and quartiles of each figure, nanoseconds.
pub fn row(label: &str, figures: &[Figure]) {
    print!("| {label} |");
    for figure in figures {
        let digits = if figure.median < 100.0 { 1 } else { 0 };
        print!(
            " {:.digits$} ({:.digits$}–{:.digits$}) |",
            figure.median, figure.spread.0, figure.spread.1
        );
    }
    println!();
}
