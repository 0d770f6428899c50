// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Tables for people.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use umux_abi::{
    AddrInfo, Counters, DasInfo, Info, Label, ListenInfo, ListenRule, PoolInfo, Rule, SessionInfo,
};

/// A table without lines, numbers to the right.
pub fn table(header: &[&str], rows: Vec<Vec<String>>, numbers: &[usize]) -> String {
    let mut table = Table::new();
    table.load_preset(NOTHING).set_header(header.to_vec());
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
        if numbers.contains(&column.index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let text = table.to_string();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n")
}

/// `1.5s`, `2m05s`, `3h04m`, `5d06h`
fn duration(ms: u64) -> String {
    let s = ms / 1000;
    match s {
        0..60 => format!("{}.{}s", s, ms % 1000 / 100),
        60..3600 => format!("{}m{:02}s", s / 60, s % 60),
        3600..86400 => format!("{}h{:02}m", s / 3600, s / 60 % 60),
        _ => format!("{}d{:02}h", s / 86400, s / 3600 % 24),
    }
}

/// `policy list`, in the format of ip6addrctl(8)
pub fn labels(labels: &[Label]) -> String {
    let mut lines = vec![format!("{:<40} {:>6} {:>6}", "#Prefix", "Prec", "Label")];
    lines.extend(labels.iter().map(Label::to_string));
    lines.join("\n")
}

/// `rule list`
pub fn rules(rules: &[Rule]) -> String {
    if rules.is_empty() {
        return "no rules: every session gets an address, but for those that wish for the public one"
            .into();
    }
    let lines: Vec<String> = (1..)
        .zip(rules)
        .map(|(number, rule)| format!("{number:>3}  {rule}"))
        .collect();
    lines.join("\n")
}

/// `pool list`
pub fn pools(pools: &[PoolInfo]) -> String {
    if pools.is_empty() {
        return "no pools: `umuxctl pool add INTERFACE PREFIX` makes one".into();
    }
    let header = [
        "INTERFACE",
        "PREFIX",
        "LINK",
        "MISS",
        "READY",
        "COMING",
        "VALID",
        "DUP",
        "TAKEN",
        "MISSED",
    ];
    let rows = pools.iter().map(|pool| {
        let counts = &pool.counts;
        vec![
            pool.id.interface.to_string(),
            pool.id.prefix.to_string(),
            if pool.link_up { "up" } else { "down" }.to_string(),
            pool.miss.to_string(),
            counts.uncertain.to_string(),
            (counts.pending + counts.tentative).to_string(),
            counts.valid.to_string(),
            pool.duplicated.to_string(),
            pool.taken.to_string(),
            pool.missed.to_string(),
        ]
    });
    table(&header, rows.collect(), &[4, 5, 6, 7, 8, 9])
}

/// `addr list`
pub fn addrs(addrs: &[AddrInfo]) -> String {
    if addrs.is_empty() {
        return "no addresses".into();
    }
    let header = ["ADDRESS", "INTERFACE", "STATE", "FOR"];
    let rows = addrs.iter().map(|addr| {
        vec![
            addr.address.to_string(),
            addr.interface.clone(),
            addr.state.to_string(),
            duration(addr.age_ms.into()),
        ]
    });
    table(&header, rows.collect(), &[3])
}

/// `session list`
pub fn sessions(sessions: &[SessionInfo]) -> String {
    if sessions.is_empty() {
        return "no sessions".into();
    }
    let header = ["PROTO", "LOCAL", "PEER", "INTERFACE", "UID", "AGE", "FLAGS"];
    let rows = sessions.iter().map(|session| {
        let flags = [
            (session.on_wire, "on-wire"),
            (session.linger, "linger"),
            (session.server, "server"),
        ];
        let flags: Vec<_> = flags
            .iter()
            .filter(|(set, _)| *set)
            .map(|(_, word)| *word)
            .collect();
        vec![
            session.proto.to_string(),
            format!("[{}]:{}", session.local, session.local_port),
            format!("[{}]:{}", session.peer, session.peer_port),
            session.interface.clone(),
            session.uid.to_string(),
            duration(session.age_ms),
            flags.join(","),
        ]
    });
    table(&header, rows.collect(), &[4, 5])
}

/// `listen rules`
pub fn listen_rules(rules: &[ListenRule]) -> String {
    if rules.is_empty() {
        return "no rules: every listener is legacy".into();
    }
    let lines: Vec<String> = (1..)
        .zip(rules)
        .map(|(number, rule)| format!("{number:>3}  {rule}"))
        .collect();
    lines.join("\n")
}

/// `listen list`
pub fn listeners(listeners: &[ListenInfo]) -> String {
    if listeners.is_empty() {
        return "no guarded listeners".into();
    }
    let header = [
        "LISTEN_0", "IPV4", "UID", "JAIL", "PID", "ARMED", "EVER", "AGE",
    ];
    let rows = listeners.iter().map(|l| {
        let pid = match l.pid {
            0 => "-".to_string(),
            pid => pid.to_string(),
        };
        vec![
            format!("[{}]:{}", l.address, l.port),
            if l.dual_stack { "guarded" } else { "no" }.to_string(),
            l.uid.to_string(),
            l.jail.to_string(),
            pid,
            l.waiting.to_string(),
            l.made.to_string(),
            duration(l.age_ms),
        ]
    });
    table(&header, rows.collect(), &[2, 3, 4, 5, 6, 7])
}

/// `das list`
pub fn armed(armed: &[DasInfo]) -> String {
    if armed.is_empty() {
        return "no armed addresses".into();
    }
    let header = ["SSA", "STATE", "CLIENT", "INTERFACE", "UID", "LEASE", "AGE"];
    let rows = armed.iter().map(|das| {
        let client = match das.client_port {
            0 => das.client.to_string(),
            port => format!("[{}]:{port}", das.client.addr()),
        };
        vec![
            format!("[{}]:{}", das.ssa, das.port),
            das.phase.to_string(),
            client,
            das.interface.clone(),
            das.uid.to_string(),
            das.lease_ms
                .map_or("-".to_string(), |ms| duration(ms.into())),
            duration(das.age_ms.into()),
        ]
    });
    table(&header, rows.collect(), &[4, 5, 6])
}

/// `stats`
pub fn stats(counters: &Counters) -> String {
    let rows = counters.rows().into_iter().map(|(name, value, meaning)| {
        vec![value.to_string(), name.to_string(), meaning.to_string()]
    });
    table(&["COUNT", "NAME", "MEANING"], rows.collect(), &[0])
}

/// `info`
pub fn info(info: &Info) -> String {
    format!(
        "umux {} (ABI {}; this program: {}, ABI {})\npools: {} of {}\naddresses: {} of {}",
        info.release,
        info.abi,
        env!("CARGO_PKG_VERSION"),
        umux_abi::bindings::UMUX_ABI_VERSION,
        info.pools,
        info.max_pools,
        info.addrs,
        info.max_addrs
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well_at_every_size() {
        for (ms, text) in [
            (0, "0.0s"),
            (59_999, "59.9s"),
            (60_000, "1m00s"),
            (3_599_999, "59m59s"),
            (3_600_000, "1h00m"),
            (90_000_000, "1d01h"),
        ] {
            assert_eq!(duration(ms), text);
        }
    }
}
