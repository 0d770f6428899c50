// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! How the live view looks.

use super::model::{Model, Pool};
use crate::line::stock;
use jiff::ZonedDateTime;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Cell, Paragraph, Row, Sparkline, Table};

/// Lines of the curve, its frame included.
const CURVE: u16 = 5;

/// Columns of the table beside pool and bar, and their widths.
const NUMBERS: [(&str, u16); 6] = [
    ("READY", 7),
    ("COMING", 7),
    ("VALID", 7),
    ("SESS/S", 8),
    ("MISSED", 8),
    ("DUP", 6),
];

/// Narrowest bar that says something.
const BAR_MIN: u16 = 8;
/// Widest bar that is looked at.
const BAR_MAX: u16 = 60;

/// Below this share of its peak a pool is shown in another colour.
const LOW: u32 = 2;

/// Draws everything.
pub fn draw(frame: &mut Frame, model: &Model, now: &ZonedDateTime) {
    // Frame, header and a pool at least; as many pools as there are, up to half.
    let height = frame.area().height;
    let pools = (model.pools.len() as u16).saturating_add(3).max(4);
    let [top, table, servers, curve, messages] = Layout::vertical([
        Constraint::Length(2),
        Constraint::Length(pools.min((height / 2).max(4))),
        Constraint::Length(model.servers.height(height / 3)),
        Constraint::Length(CURVE),
        Constraint::Min(3),
    ])
    .areas(frame.area());
    frame.render_widget(heading(model, now), top);
    draw_pools(frame, model, table);
    if servers.height > 0 {
        model.servers.draw(frame, servers);
    }
    draw_curve(frame, model, curve);
    draw_messages(frame, model, messages);
}

fn heading<'a>(model: &'a Model, now: &ZonedDateTime) -> Paragraph<'a> {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let mut first = vec![
        Span::styled("umuxmon", bold),
        Span::raw(format!("  {}  {}  ", model.name, now.strftime("%H:%M:%S"))),
    ];
    if model.paused {
        first.push(Span::styled(
            " PAUSED ",
            bold.bg(Color::Yellow).fg(Color::Black),
        ));
    }
    first.push(Span::styled(
        "  q quit  p pause  r reset bars  c clear  \u{2191}\u{2193} pools",
        Style::new().fg(Color::DarkGray),
    ));
    let second = match &model.trouble {
        Some(why) => Line::styled(why.as_str(), bold.fg(Color::Red)),
        None => Line::raw(format!(
            "{:.1} sessions/s, {:.1} misses/s; in all {} taken, {} missed, {} duplicated, {} conflicts",
            model.sessions,
            model.misses,
            model.counters.taken,
            model.counters.missed,
            model.counters.duplicated,
            model.counters.conflict
        )),
    };
    Paragraph::new(vec![Line::from(first), second])
}

fn draw_pools(frame: &mut Frame, model: &Model, area: Rect) {
    let names = model.pools.keys().map(|id| id.to_string().len());
    let name = names.max().unwrap_or(4).clamp(4, 60) as u16;
    let numbers: u16 = NUMBERS.iter().map(|(_, width)| width + 1).sum();
    // Names and numbers come first: a narrow terminal has no room for bars.
    let bar = match area.width.saturating_sub(name + numbers + 2) {
        0..BAR_MIN => 0,
        room => room.min(BAR_MAX),
    };
    let header = ["POOL", "LEVEL"]
        .into_iter()
        .chain(NUMBERS.iter().map(|(title, _)| *title))
        .enumerate()
        .map(|(n, title)| match n {
            0 | 1 => Cell::from(title),
            _ => Cell::from(Line::from(title).right_aligned()),
        });
    let rows = model
        .pools
        .values()
        .skip(model.above)
        .map(|pool| row(pool, bar));
    let widths = [Constraint::Length(name), Constraint::Length(bar)]
        .into_iter()
        .chain(NUMBERS.iter().map(|(_, width)| Constraint::Length(*width)));
    let title = match model.above {
        0 => format!(" pools: {} ", model.pools.len()),
        n => format!(" pools: {}, {n} above ", model.pools.len()),
    };
    let table = Table::new(rows, widths)
        .header(Row::new(header).style(Style::new().add_modifier(Modifier::BOLD)))
        .block(Block::new().borders(Borders::TOP).title(title));
    frame.render_widget(table, area);
}

fn row(pool: &Pool, width: u16) -> Row<'static> {
    let (ready, coming) = stock(&pool.info.counts);
    let number = |value: String| Cell::from(Line::from(value).right_aligned());
    let alarm = |value: u64| {
        let line = Line::from(value.to_string()).right_aligned();
        let colour = if value > 0 { Color::Red } else { Color::Reset };
        Cell::from(line.style(Style::new().fg(colour)))
    };
    let name = if pool.info.link_up {
        Line::raw(pool.info.id.to_string())
    } else {
        Line::styled(
            format!("{} (link down)", pool.info.id),
            Style::new().fg(Color::Red),
        )
    };
    Row::new([
        Cell::from(name),
        Cell::from(bar(ready, coming, pool.peak, width)),
        number(ready.to_string()),
        number(coming.to_string()),
        number(pool.info.counts.valid.to_string()),
        number(format!("{:.1}", pool.sessions)),
        alarm(pool.info.missed),
        alarm(pool.info.duplicated),
    ])
}

/// Ready, then coming, then what is missing of the peak.
fn bar(ready: u32, coming: u32, peak: u32, width: u16) -> Line<'static> {
    let peak = peak.max(ready.saturating_add(coming)).max(1);
    let cells = |count: u32| -> usize {
        let cells = u64::from(count) * u64::from(width) / u64::from(peak);
        // What is there at all is seen.
        usize::try_from(cells)
            .unwrap_or(0)
            .max(usize::from(count > 0))
    };
    let width = usize::from(width);
    let first = cells(ready).min(width);
    let second = cells(coming).min(width - first);
    let colour = match ready {
        0 => Color::Red,
        n if n < peak / LOW => Color::Yellow,
        _ => Color::Green,
    };
    Line::from(vec![
        Span::styled("\u{2588}".repeat(first), Style::new().fg(colour)),
        Span::styled("\u{2592}".repeat(second), Style::new().fg(Color::Cyan)),
        Span::styled(
            "\u{b7}".repeat(width - first - second),
            Style::new().fg(Color::DarkGray),
        ),
    ])
}

fn draw_curve(frame: &mut Frame, model: &Model, area: Rect) {
    let shown = model.history.len().min(usize::from(area.width));
    let newest: Vec<u64> = model
        .history
        .iter()
        .skip(model.history.len() - shown)
        .copied()
        .collect();
    let most = newest.iter().max().copied().unwrap_or(0);
    let curve = Sparkline::default()
        .data(newest)
        .style(Style::new().fg(Color::Green))
        .block(
            Block::new()
                .borders(Borders::TOP)
                .title(format!(" sessions/s, at most {most} ")),
        );
    frame.render_widget(curve, area);
}

fn draw_messages(frame: &mut Frame, model: &Model, area: Rect) {
    let lines = model.messages.iter().map(|(time, text)| {
        let colour = match text {
            text if text.contains("conflict") || text.contains("duplicated") => Color::Red,
            text if text.contains("miss") || text.starts_with("lost") => Color::Yellow,
            _ => Color::Reset,
        };
        Line::from(vec![
            Span::styled(format!("{time} "), Style::new().fg(Color::DarkGray)),
            Span::styled(text.as_str(), Style::new().fg(colour)),
        ])
    });
    let lines: Vec<Line> = lines.take(usize::from(area.height)).collect();
    let block = Block::new().borders(Borders::TOP).title(" messages ");
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

#[cfg(test)]
mod tests {
    use super::super::model::tests::info;
    use super::*;
    use crate::filter::Filter;
    use crate::line::tests::umux;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use std::time::Duration;
    use umux_abi::Counters;

    fn screen(model: &Model, width: u16, height: u16) -> Vec<String> {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
        let now = ZonedDateTime::now();
        terminal
            .draw(|frame| draw(frame, model, &now))
            .expect("drawn");
        let buffer = terminal.backend().buffer();
        let row = |y: u16| (0..width).map(move |x| buffer[(x, y)].symbol()).collect();
        (0..height).map(row).collect()
    }

    fn model() -> Model {
        let mut model = Model::new("lab /tmp/lab".into(), Filter::default());
        let pool = "em0 2001:db8:1::/64";
        let counters = Counters::default();
        model.levels(Duration::ZERO, vec![info(pool, 100, 0, 0)], counters);
        model.levels(
            Duration::from_secs(1),
            vec![info(pool, 50, 25, 40)],
            Counters {
                taken: 40,
                ..counters
            },
        );
        model.happened(&ZonedDateTime::now(), umux());
        model
    }

    #[test]
    fn pools_have_bars_and_numbers_and_messages_stand_below() {
        let screen = screen(&model(), 100, 20);
        let find = |words: &str| {
            let line = screen.iter().find(|line| line.contains(words));
            line.unwrap_or_else(|| panic!("{words} is not in {screen:#?}"))
        };
        assert!(
            screen[0].starts_with("umuxmon  lab /tmp/lab"),
            "{screen:#?}"
        );
        assert!(screen[1].starts_with("40.0 sessions/s"), "{screen:#?}");
        let pool = find("em0 2001:db8:1::/64 ");
        let count = |symbol: char| pool.chars().filter(|c| *c == symbol).count();
        let (ready, coming, missing) = (count('\u{2588}'), count('\u{2592}'), count('\u{b7}'));
        assert!(
            ready.abs_diff(2 * coming) <= 1 && coming.abs_diff(missing) <= 2,
            "{pool}"
        );
        let numbers: Vec<_> = pool.split_whitespace().rev().take(6).collect();
        assert_eq!(numbers, ["2", "0", "40.0", "3", "25", "50"]);
        find("umux em0 2001:db8:1::/64: used,ready");
        find("sessions/s, at most 40");
    }

    #[test]
    fn servers_stand_below_the_pools_as_far_as_there_is_room() {
        let mut model = model();
        model.servers(super::super::servers::tests::servers(3));
        let shown = screen(&model, 120, 30);
        let find = |words: &str| {
            let line = shown.iter().position(|line| line.contains(words));
            line.unwrap_or_else(|| panic!("{words} is not in {shown:#?}"))
        };
        let first = find("servers: 1 LISTEN_0, 2 LISTEN_U, 1 connected ");
        let rows: Vec<Vec<&str>> = shown[first + 2..first + 6]
            .iter()
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert_eq!(
            rows[0],
            ["[::]:80", "nobody", "LISTEN_0", "-", "2", "of", "9"]
        );
        assert_eq!(rows[1][1..], ["[2001:db8::9]:5001", "locked", "31.0s"]);
        assert_eq!(rows[2][1..], ["anybody", "armed", "59.9s"]);
        assert_eq!(rows[3][1..], ["[2001:db8::9]:5000", "established", "-"]);
        model.servers(super::super::servers::tests::servers(300));
        let full = screen(&model, 120, 30);
        assert!(
            full.iter().any(|line| line.contains(", 293 below")),
            "{full:#?}"
        );
        model.unreachable("umux is not loaded".into());
        let gone = screen(&model, 120, 30);
        assert!(
            !gone.iter().any(|line| line.contains("LISTEN_0")),
            "{gone:#?}"
        );
    }

    #[test]
    fn a_plane_that_cannot_be_reached_is_told() {
        let mut model = model();
        model.unreachable("umux is not loaded".into());
        let screen = screen(&model, 80, 20);
        assert!(screen[1].starts_with("umux is not loaded"), "{screen:#?}");
    }

    #[test]
    fn no_size_of_a_terminal_breaks_it() {
        let mut model = model();
        model.servers(super::super::servers::tests::servers(30));
        for (width, height) in [(1, 1), (3, 2), (20, 5), (80, 24), (400, 100)] {
            screen(&model, width, height);
        }
    }

    #[test]
    fn bars_are_as_wide_as_they_shall_be_whatever_the_numbers() {
        for (ready, coming, peak) in [
            (0, 0, 0),
            (1, 0, 1_000_000),
            (0, 1, 1_000_000),
            (u32::MAX, u32::MAX, 0),
            (5, 5, 10),
        ] {
            let width: usize = bar(ready, coming, peak, 20).width();
            assert_eq!(width, 20, "{ready} {coming} {peak}");
        }
    }
}
