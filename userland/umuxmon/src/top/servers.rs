// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Servers: guarded listeners, and addresses that are armed for them.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Block, Borders, Cell, Row, Table};
use umux_abi::{Control, DasInfo, DasPhase, Errno, ListenInfo, Result};

/// What there is of them.
#[derive(Debug, Clone, Default)]
pub struct Servers {
    /// LISTEN_0s.
    listeners: Vec<ListenInfo>,
    /// LISTEN_Us, and what became of them; those that wait first, in the order in
    /// which they lapse.
    armed: Vec<DasInfo>,
}

/// Lines beside the rows: the frame and the header.
const BESIDE: u16 = 2;

/// Columns beside the first two, and their widths.
const COLUMNS: [(&str, u16); 3] = [("STATE", 12), ("LEASE", 8), ("ARMED", 14)];

impl Servers {
    /// Asks for them; a plane without listeners has none.
    ///
    /// # Errors
    /// The plane cannot be reached.
    pub fn of(plane: &mut dyn Control) -> Result<Servers> {
        let listeners = known(plane.listeners())?;
        let armed = known(plane.das_list())?;
        Ok(Servers::new(listeners, armed))
    }

    fn new(mut listeners: Vec<ListenInfo>, mut armed: Vec<DasInfo>) -> Servers {
        listeners.sort_by_key(|l| (l.port, l.address));
        armed.sort_by_key(|das| (das.lease_ms.unwrap_or(u32::MAX), das.age_ms, das.ssa));
        Servers { listeners, armed }
    }

    /// Lines that they want, of at most so many; none if there are none.
    pub fn height(&self, most: u16) -> u16 {
        let rows = self.listeners.len() + self.armed.len();
        if rows == 0 || most <= BESIDE {
            return 0;
        }
        u16::try_from(rows)
            .unwrap_or(u16::MAX)
            .saturating_add(BESIDE)
            .min(most)
    }

    /// Draws as many as there is room for; the title says how many there are.
    pub fn draw(&self, frame: &mut Frame, area: Rect) {
        let room = usize::from(area.height.saturating_sub(BESIDE));
        let listeners = self.listeners.iter().map(listener);
        let rows: Vec<_> = listeners
            .chain(self.armed.iter().map(armed))
            .take(room)
            .collect();
        let hidden = self.listeners.len() + self.armed.len() - rows.len();
        let widest = |of: fn(&[String; 5]) -> usize| rows.iter().map(of).max().unwrap_or(6) as u16;
        let widths = [widest(|row| row[0].len()), widest(|row| row[1].len())];
        let widths = widths
            .into_iter()
            .chain(COLUMNS.map(|(_, width)| width))
            .map(Constraint::Length);
        let header = ["SERVER", "CLIENT"]
            .into_iter()
            .chain(COLUMNS.map(|(title, _)| title));
        let table = Table::new(rows.iter().map(row), widths)
            .header(Row::new(header).style(Style::new().add_modifier(Modifier::BOLD)))
            .block(Block::new().borders(Borders::TOP).title(self.title(hidden)));
        frame.render_widget(table, area);
    }

    fn title(&self, hidden: usize) -> String {
        let waiting = self.armed.iter().filter(|das| waits(das.phase)).count();
        let more = match hidden {
            0 => String::new(),
            n => format!(", {n} below"),
        };
        format!(
            " servers: {} LISTEN_0, {waiting} LISTEN_U, {} connected{more} ",
            self.listeners.len(),
            self.armed.len() - waiting
        )
    }
}

/// A plane without listeners says so.
fn known<T>(told: Result<Vec<T>>) -> Result<Vec<T>> {
    match told {
        Err(error) if error.errno() == Some(Errno::Eopnotsupp) => Ok(Vec::new()),
        told => told,
    }
}

fn waits(phase: DasPhase) -> bool {
    matches!(phase, DasPhase::Armed | DasPhase::Locked | DasPhase::Acked)
}

fn listener(l: &ListenInfo) -> [String; 5] {
    [
        format!("[{}]:{}", l.address, l.port),
        "nobody".into(),
        "LISTEN_0".into(),
        "-".into(),
        format!("{} of {}", l.waiting, l.made),
    ]
}

fn armed(das: &DasInfo) -> [String; 5] {
    let client = match das.client_port {
        0 if das.client.prefix_len() == 0 => "anybody".into(),
        0 => das.client.to_string(),
        port => format!("[{}]:{port}", das.client.addr()),
    };
    [
        format!("[{}]:{}", das.ssa, das.port),
        client,
        das.phase.to_string(),
        das.lease_ms
            .map_or("-".into(), |ms| format!("{:.1}s", f64::from(ms) / 1e3)),
        String::new(),
    ]
}

fn row(texts: &[String; 5]) -> Row<'_> {
    let colour = match texts[2].as_str() {
        "LISTEN_0" => Color::Reset,
        "armed" => Color::Cyan,
        "locked" | "acked" => Color::Yellow,
        "established" => Color::Green,
        _ => Color::DarkGray,
    };
    Row::new(texts.iter().enumerate().map(|(n, text)| match n {
        2 => Cell::from(Line::styled(text.as_str(), Style::new().fg(colour))),
        _ => Cell::from(text.as_str()),
    }))
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn servers(n: u16) -> Servers {
        let listener = ListenInfo {
            address: std::net::Ipv6Addr::UNSPECIFIED,
            port: 80,
            dual_stack: false,
            uid: 0,
            jail: 0,
            pid: 1,
            waiting: 2,
            made: 9,
            age_ms: 1,
        };
        let phases = [
            (DasPhase::Established, 5000, None),
            (DasPhase::Armed, 0, Some(59_900)),
            (DasPhase::Locked, 5001, Some(31_000)),
        ];
        let das =
            |(n, (phase, client_port, lease_ms)): (u16, (DasPhase, u16, Option<u32>))| DasInfo {
                ssa: std::net::Ipv6Addr::from_bits((0x2001_0db8 << 96) + u128::from(n)),
                port: 80,
                phase,
                client: if client_port == 0 {
                    "::/0".parse().expect("a prefix")
                } else {
                    "2001:db8::9/128".parse().expect("a prefix")
                },
                client_port,
                interface: "em0".into(),
                uid: 0,
                lease_ms,
                age_ms: 1,
            };
        let armed = (1..=n).zip(phases.into_iter().cycle()).map(das);
        Servers::new(vec![listener], armed.collect())
    }

    #[test]
    fn those_that_lapse_first_come_first_and_the_connected_last() {
        let phases: Vec<_> = servers(3).armed.iter().map(|das| das.phase).collect();
        let wanted = [DasPhase::Locked, DasPhase::Armed, DasPhase::Established];
        assert_eq!(phases, wanted);
    }

    #[test]
    fn without_servers_there_is_no_line_about_them() {
        assert_eq!(Servers::default().height(20), 0);
        assert_eq!(servers(3).height(20), 6);
        assert_eq!(servers(300).height(20), 20);
        assert_eq!(servers(3).height(2), 0);
    }
}
