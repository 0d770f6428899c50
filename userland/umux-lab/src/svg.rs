// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A picture: the life of every address over time, as the literature draws it.

use crate::history::{History, Life, Span};
use std::fmt::Write;
use std::net::Ipv6Addr;
use umux_core::plane::Micros;
use umux_core::table::slot::{Phase, State};

const LABELS: f64 = 260.0;
const PLOT: f64 = 900.0;
const MARGIN: f64 = 24.0;
const WIDTH: f64 = MARGIN + LABELS + PLOT + MARGIN;
const TOP: f64 = 144.0;
const ROW: f64 = 17.0;
const BAR: f64 = 11.0;
/// Width of a character of the text in bars, about.
const CHAR: f64 = 5.4;
/// Longest note at the foot of the picture is well below the width.
const NOTE: f64 = 16.0;
/// Of the marks.
const RADIUS: f64 = 7.0;

/// Narrowest bar that is seen; what is shorter is drawn so, and moves what follows.
const NARROW: f64 = 1.5;
/// The same of the steps of a server's address, most of which take a millisecond.
const STEP: f64 = 4.0;

/// Colours that people with any kind of colour vision tell apart (Okabe and Ito).
const STATES: [(State, &str, &str); 6] = [
    (State::Pending, "#f0e442", "pending"),
    (State::Tentative, "#e69f00", "tentative: DAD runs"),
    (
        State::Uncertain,
        "#56b4e9",
        "uncertain: defended, unreachable",
    ),
    (State::Valid, "#009e73", "valid: one session"),
    (State::Tombstone, "#c8c8c8", "gone: silent"),
    (State::Duplicated, "#d55e00", "duplicated"),
];

/// The same for servers (two of Okabe and Ito, the others of Tol).
const PHASES: [(Phase, &str, &str); 5] = [
    (Phase::Armed, "#0072b2", "armed: waits for its client"),
    (Phase::Locked, "#cc79a7", "locked: SYN"),
    (Phase::Acked, "#882255", "acked: handshake done"),
    (Phase::Established, "#117733", "established: one connection"),
    (Phase::Closing, "#999933", "closing"),
];

fn colour(state: State, phase: Phase) -> &'static str {
    let states = STATES.iter().filter(|(of, ..)| *of == state);
    let phases = PHASES.iter().filter(|(of, ..)| *of == phase);
    let phases = phases.filter(|_| state == State::Valid);
    let mut colours = phases
        .map(|(_, colour, _)| *colour)
        .chain(states.map(|(_, colour, _)| *colour));
    colours.next().unwrap_or("none")
}

struct Axis {
    from: Micros,
    to: Micros,
}

impl Axis {
    fn of(history: &History, now: Micros) -> Axis {
        let spans = history.lives().flat_map(|(_, life)| &life.spans);
        let from = spans.map(|span| span.from).min().unwrap_or(now);
        Axis {
            from,
            to: now.max(from + 1_000_000),
        }
    }

    fn x(&self, at: Micros) -> f64 {
        let at = at.clamp(self.from, self.to);
        MARGIN + LABELS + PLOT * (at - self.from) as f64 / (self.to - self.from) as f64
    }

    /// Seconds between two ticks: at most a dozen of them.
    fn step(&self) -> u64 {
        let seconds = (self.to - self.from) / 1_000_000;
        let steps = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800];
        steps
            .into_iter()
            .find(|step| seconds / step <= 12)
            .unwrap_or(3600)
    }
}

/// Draws it, as it is at this time.
pub fn draw(history: &History, now: Micros) -> String {
    let lives: Vec<_> = history
        .lives()
        .filter(|(_, life)| !life.spans.is_empty())
        .collect();
    let axis = Axis::of(history, now);
    let mut notes: Vec<&str> = Vec::new();
    let mut all: Vec<_> = lives.iter().flat_map(|(_, life)| &life.marks).collect();
    all.sort_by_key(|mark| mark.at);
    for mark in all {
        if !notes.contains(&mark.what.as_str()) {
            notes.push(&mark.what);
        }
    }
    let bottom = TOP + ROW * lives.len() as f64;
    let height = bottom + 44.0 + NOTE * notes.len() as f64;
    let mut svg = String::new();
    head(&mut svg, height, &lives);
    legend(&mut svg);
    ticks(&mut svg, &axis, bottom);
    for (row, (addr, life)) in lives.iter().enumerate() {
        let y = TOP + ROW * row as f64;
        lane(&mut svg, &axis, y, *addr, life);
        marks(&mut svg, &axis, y, life, &notes);
    }
    foot(&mut svg, bottom, &notes);
    svg.push_str("</svg>\n");
    svg
}

fn head(svg: &mut String, height: f64, lives: &[&(Ipv6Addr, Life)]) {
    let sessions: usize = lives.iter().map(|(_, life)| life.uses.len()).sum();
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\" font-family=\"DejaVu Sans, Helvetica, sans-serif\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"{MARGIN}\" y=\"34\" font-size=\"20\" font-weight=\"bold\" fill=\"#222222\">\
         The life of every address</text>\n\
         <text x=\"{MARGIN}\" y=\"54\" font-size=\"12\" fill=\"#555555\">\
         umux-lab: {} addresses, {sessions} sessions, each with an address of its own</text>",
        lives.len()
    );
}

fn legend(svg: &mut String) {
    legend_row(svg, 70.0, STATES.map(|(_, colour, words)| (colour, words)));
    let phases = PHASES.map(|(_, colour, words)| (colour, words));
    let _ = writeln!(
        svg,
        "<text x=\"{MARGIN}\" y=\"102\" font-size=\"12\" fill=\"#222222\">for a server:</text>"
    );
    legend_row(
        svg,
        92.0,
        [("none", "            ")].into_iter().chain(phases),
    );
}

fn legend_row<'w>(svg: &mut String, y: f64, row: impl IntoIterator<Item = (&'w str, &'w str)>) {
    let mut x = MARGIN;
    for (colour, words) in row {
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{y}\" width=\"14\" height=\"{BAR}\" rx=\"2\" fill=\"{colour}\"/>\
             <text x=\"{}\" y=\"{}\" font-size=\"12\" fill=\"#222222\">{words}</text>",
            x + 20.0,
            y + 10.0
        );
        x += 44.0 + 6.5 * words.len() as f64;
    }
}

fn ticks(svg: &mut String, axis: &Axis, bottom: f64) {
    let step = axis.step() * 1_000_000;
    let mut at = axis.from;
    while at <= axis.to {
        let x = axis.x(at);
        let seconds = (at - axis.from) / 1_000_000;
        let _ = writeln!(
            svg,
            "<line x1=\"{x:.1}\" y1=\"{}\" x2=\"{x:.1}\" y2=\"{bottom}\" stroke=\"#e4e4e4\"/>\
             <text x=\"{x:.1}\" y=\"{}\" font-size=\"11\" fill=\"#555555\" text-anchor=\"middle\">\
             {seconds} s</text>",
            TOP - 6.0,
            TOP - 12.0,
        );
        at += step;
    }
}

fn lane(svg: &mut String, axis: &Axis, y: f64, addr: Ipv6Addr, life: &Life) {
    let middle = y + ROW / 2.0 + 4.0;
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"{middle:.1}\" font-size=\"11\" \
         font-family=\"DejaVu Sans Mono, monospace\" fill=\"#222222\" text-anchor=\"end\">{addr}</text>",
        MARGIN + LABELS - 12.0
    );
    let mut uses = life.uses.iter();
    let mut end: f64 = 0.0;
    for span in &life.spans {
        let words = match (span.state, span.phase) {
            (State::Valid, Phase::Client | Phase::Established) => uses.next().map(|of| {
                let proto = if of.proto == 6 { "tcp" } else { "udp" };
                let way = if span.phase == Phase::Client {
                    "to"
                } else {
                    "from"
                };
                (format!("{proto} {way} {}", of.peer), of.port)
            }),
            _ => None,
        };
        // Short ones stand side by side, not one over the other.
        let begin = axis.x(span.from).max(end);
        let narrow = if span.phase == Phase::Client {
            NARROW
        } else {
            STEP
        };
        end = axis.x(span.to.unwrap_or(axis.to)).max(begin + narrow);
        let marked = |at: f64| (at - begin).abs() < RADIUS + 2.0;
        let is_marked = life.marks.iter().any(|mark| marked(axis.x(mark.at)));
        bar(svg, y, (begin, end), span, words, is_marked);
    }
}

fn bar(
    svg: &mut String,
    y: f64,
    (from, to): (f64, f64),
    span: &Span,
    words: Option<(String, u16)>,
    is_marked: bool,
) {
    let width = to - from;
    let top = y + (ROW - BAR) / 2.0;
    let _ = writeln!(
        svg,
        "<rect x=\"{from:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{BAR}\" rx=\"1.5\" \
         fill=\"{}\"/>",
        colour(span.state, span.phase)
    );
    let Some((words, port)) = words else { return };
    if words.len() as f64 * CHAR + 16.0 < width {
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"9\" fill=\"#ffffff\">{words}<title>port {port}</title></text>",
            from + if is_marked { RADIUS + 4.0 } else { 5.0 },
            top + 8.6
        );
    }
}

fn marks(svg: &mut String, axis: &Axis, y: f64, life: &Life, notes: &[&str]) {
    for mark in &life.marks {
        let number = notes.iter().position(|note| *note == mark.what);
        let (x, middle) = (axis.x(mark.at), y + ROW / 2.0);
        let _ = writeln!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{middle:.1}\" r=\"{RADIUS}\" fill=\"#222222\" stroke=\"#ffffff\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" font-size=\"9\" font-weight=\"bold\" fill=\"#ffffff\" \
             text-anchor=\"middle\">{}</text>",
            middle + 3.2,
            number.map_or(0, |n| n + 1)
        );
    }
}

fn foot(svg: &mut String, bottom: f64, notes: &[&str]) {
    for (n, note) in notes.iter().enumerate() {
        let y = bottom + 28.0 + NOTE * n as f64;
        let x = MARGIN + LABELS + 7.0;
        let _ = writeln!(
            svg,
            "<circle cx=\"{x}\" cy=\"{y}\" r=\"{RADIUS}\" fill=\"#222222\"/>\
             <text x=\"{x}\" y=\"{}\" font-size=\"9\" font-weight=\"bold\" fill=\"#ffffff\" \
             text-anchor=\"middle\">{}</text>\
             <text x=\"{}\" y=\"{}\" font-size=\"12\" fill=\"#222222\">{}</text>",
            y + 3.2,
            n + 1,
            x + 16.0,
            y + 4.0,
            escape(note)
        );
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{Node, NodeConfig};
    use crate::link::Station;
    use crate::link::ether::Mac;

    #[test]
    fn every_address_has_a_lane_and_every_mark_its_note() {
        let prefix = "2001:db8:1::/64".parse().expect("a prefix");
        let mut node = Node::new(NodeConfig::new(prefix), Mac::lab(1), 0).expect("a node");
        let spec = umux_core::plane::PoolSpec {
            prefix: umux_core::prefix::Prefix::new(prefix.addr(), 64).expect("a prefix"),
            miss: umux_core::plane::MissPolicy::Legacy,
            max_age: 0,
            notify: 0,
        };
        let pool = node.core().plane.pool_add(1, spec, 0).expect("a pool");
        let addr = "2001:db8:1::abcd".parse().expect("an address");
        node.add(pool, addr, 0).expect("room");
        let mut out = Vec::new();
        node.poll(0, &mut out);
        node.poll(1_000_000, &mut out);
        node.history.mark(addr, 1_500_000, "pinged <silence>");
        let svg = draw(&node.history, 3_000_000);
        assert!(svg.contains(">2001:db8:1::abcd</text>"), "{svg}");
        for state in [State::Tentative, State::Uncertain] {
            let fill = format!("fill=\"{}\"/>", colour(state, Phase::Client));
            let bars = svg.matches(&fill).count();
            assert_eq!(bars, 2, "its entry in the legend and its bar: {svg}");
        }
        for (_, colour, words) in PHASES {
            assert!(svg.contains(colour) && svg.contains(words), "{svg}");
        }
        assert!(svg.contains("pinged &lt;silence&gt;"), "{svg}");
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
    }
}
