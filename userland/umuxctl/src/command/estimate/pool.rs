// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! `estimate pool`

use super::{Compared, percent, thousands, verdict};
use crate::cli::estimate::Pool;
use crate::exit::{Code, Failure};
use crate::output::{Output, json, table};
use serde::Serialize;
use umux_estimate::pool::{Refill, Size, beyond_pool, load, size, umuxd_levels};
use umux_estimate::queue::{Orders, misses};

/// More addresses on order than any plane can hold.
const LOAD_MAX: f64 = 1e7;
/// More would make --check too long.
const LOAD_CHECKED: f64 = 10_000.0;
/// Pools that --check tries: misses that can be seen.
const TRIED: [f64; 3] = [0.1, 0.01, 0.001];
/// With fewer misses to be expected, trying says nothing.
const MISSES: f64 = 100.0;

#[derive(Serialize)]
struct Estimated {
    schema: u32,
    rate_per_second: f64,
    refill_s: f64,
    on_order: f64,
    sizes: Vec<Row>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_addrs: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<Vec<Trial>>,
}

#[derive(Serialize)]
struct Row {
    miss_at_most: f64,
    addresses: u64,
    miss: f64,
    ready: f64,
    low: u64,
    level: u64,
}

#[derive(Serialize)]
struct Trial {
    addresses: u64,
    sessions: u64,
    #[serde(flatten)]
    compared: Compared,
    as_umuxd: f64,
}

pub fn run(out: Output, arguments: &Pool) -> Result<Code, Failure> {
    let rate = arguments.rate.0;
    let refill = Refill {
        notify: arguments.notify,
        generator: arguments.generator,
        spread: arguments.spread,
        dad: arguments.dad,
    };
    let load = load(rate, &refill);
    if load > LOAD_MAX {
        return Err(Failure::Load {
            load,
            max: LOAD_MAX,
        });
    }
    if arguments.check.check && load > LOAD_CHECKED {
        return Err(Failure::LoadChecked {
            load,
            max: LOAD_CHECKED,
        });
    }
    // What is asked for, and how little more it costs to miss less.
    let sizes: Vec<Row> = [1.0, 10.0, 100.0]
        .map(|less| row(load, arguments.miss / less))
        .into();
    let max_addrs = arguments.hold.map(|hold| {
        let beyond = beyond_pool(rate, hold, arguments.tombstone, arguments.miss);
        sizes.first().map_or(0, |row| row.level) + beyond
    });
    let check = arguments
        .check
        .check
        .then(|| tried(rate, &refill, arguments.check.seed));
    let result = Estimated {
        schema: json::SCHEMA,
        rate_per_second: rate,
        refill_s: refill.mean(),
        on_order: load,
        sizes,
        max_addrs,
        check,
    };
    out.show(&result, || text(&result, &refill))?;
    verdict(result.check.iter().flatten().map(|trial| &trial.compared))
}

fn row(load: f64, miss_at_most: f64) -> Row {
    let size = size(load, miss_at_most);
    let (low, level) = umuxd_levels(size.addresses);
    Row {
        miss_at_most,
        addresses: size.addresses,
        miss: size.miss,
        ready: size.ready,
        low,
        level,
    }
}

fn tried(rate: f64, refill: &Refill, seed: u64) -> Vec<Trial> {
    let load = load(rate, refill);
    // Many refill times in each batch, and many misses in all.
    let sessions = 1_000_000.max((400.0 * load) as u64);
    let mut sizes = TRIED.map(|most| size(load, most)).to_vec();
    sizes.dedup_by_key(|size| size.addresses);
    sizes.retain(|size| size.miss * sessions as f64 >= MISSES);
    let trial = |size: Size| {
        let measured = |ready, orders| misses(rate, refill, ready, sessions, orders, seed);
        let (low, level) = umuxd_levels(size.addresses);
        Trial {
            addresses: size.addresses,
            sessions,
            compared: Compared::of(size.miss, measured(size.addresses, Orders::Each)),
            as_umuxd: measured(level, Orders::Umuxd { low, level }).fraction,
        }
    };
    sizes.into_iter().map(trial).collect()
}

fn text(result: &Estimated, refill: &Refill) -> String {
    let mut text = format!(
        "{} sessions a second; {:.3} s until another address is ready (notification {}, generator {}, half of spread {}, \
         DAD {});\n{:.3} addresses on their way, on average\n\n",
        result.rate_per_second,
        result.refill_s,
        refill.notify,
        refill.generator,
        refill.spread,
        refill.dad,
        result.on_order,
    );
    let rows = result.sizes.iter().map(|row| {
        vec![
            percent(row.miss_at_most),
            thousands(row.addresses as f64),
            percent(row.miss),
            format!("{:.1}", row.ready),
            row.low.to_string(),
            row.level.to_string(),
        ]
    });
    let header = [
        "MISSES AT MOST",
        "ADDRESSES",
        "MISSES",
        "READY",
        "LOW",
        "LEVEL",
    ];
    text += &table::table(&header, rows.collect(), &[0, 1, 2, 3, 4, 5]);
    text += "\n\nLOW and LEVEL are those of umuxd.conf(5); its rate must be above that of the sessions.";
    if let Some(max) = result.max_addrs {
        text += &format!("\nnet.inet6.umux.max_addrs must be {max} or more, for the first row.");
    }
    if let Some(trials) = &result.check {
        text += "\n\n";
        text += &checked(trials);
    }
    text
}

fn checked(trials: &[Trial]) -> String {
    let Some(sessions) = trials.first().map(|trial| trial.sessions) else {
        return "Not simulated: misses are too rare to be seen.".into();
    };
    let rows = trials.iter().map(|trial| {
        let mut cells = vec![trial.addresses.to_string()];
        cells.extend(trial.compared.cells());
        cells.push(percent(trial.as_umuxd));
        cells
    });
    let header = ["ADDRESSES", "FORMULA", "SIMULATED", "AGREES", "AS UMUXD"];
    format!(
        "Misses of {} sessions, simulated event by event; AS UMUXD: refilled by low and level, not address by address\n\n{}",
        thousands(sessions as f64),
        table::table(&header, rows.collect(), &[0, 1, 2, 4])
    )
}
