// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! `estimate collisions`

use super::{Compared, percent, thousands, verdict};
use crate::cli::estimate::Collisions;
use crate::exit::{Code, Failure};
use crate::output::{Output, json, table};
use serde::Serialize;
use umux_estimate::birthday::{PUBLISHED, PUBLISHED_RATES, YEAR, collision, sample};

/// Widths at which it is tried out.
const WIDTHS: [u32; 3] = [12, 16, 20];
/// Trials at each.
const TRIALS: u32 = 20_000;
/// With fewer hits or misses to be expected, trying says nothing.
const HITS: f64 = 50.0;

#[derive(Serialize)]
struct Estimated {
    schema: u32,
    rate_per_year: f64,
    bits: u32,
    rows: Vec<Row>,
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<Vec<Trial>>,
}

#[derive(Serialize)]
struct Row {
    years: f64,
    addresses: f64,
    probability: f64,
    published: Option<f64>,
}

#[derive(Serialize)]
struct Trial {
    years: f64,
    bits: u32,
    addresses: u32,
    trials: u32,
    #[serde(flatten)]
    compared: Compared,
}

pub fn run(out: Output, arguments: &Collisions) -> Result<Code, Failure> {
    let rate = arguments.rate.0;
    let rows: Vec<Row> = arguments
        .years
        .iter()
        .map(|&years| {
            let addresses = (rate * YEAR * years).round();
            Row {
                years,
                addresses,
                probability: collision(addresses, arguments.bits),
                published: published(rate, arguments.bits, years),
            }
        })
        .collect();
    let check = arguments
        .check
        .check
        .then(|| tried(&rows, arguments.check.seed));
    let result = Estimated {
        schema: json::SCHEMA,
        rate_per_year: rate * YEAR,
        bits: arguments.bits,
        rows,
        check,
    };
    out.show(&result, || text(&result))?;
    verdict(result.check.iter().flatten().map(|trial| &trial.compared))
}

fn published(rate: f64, bits: u32, years: f64) -> Option<f64> {
    let same = |a: f64, b: f64| (a - b).abs() < 1e-9 * b;
    if bits != 64 || !PUBLISHED_RATES.iter().any(|&known| same(rate, known)) {
        return None;
    }
    let row = PUBLISHED.iter().find(|(known, _)| same(years, *known))?;
    Some(row.1)
}

fn tried(rows: &[Row], seed: u64) -> Vec<Trial> {
    let mut trials = Vec::new();
    for row in rows.iter().filter(|row| can_be_tried(row.probability)) {
        for bits in WIDTHS {
            let sample = sample(row.probability, bits, TRIALS, seed);
            trials.push(Trial {
                years: row.years,
                bits,
                addresses: sample.n,
                trials: sample.trials,
                compared: Compared::of(sample.exact, sample.measured),
            });
        }
    }
    trials
}

fn can_be_tried(probability: f64) -> bool {
    probability.min(1.0 - probability) * f64::from(TRIALS) >= HITS
}

fn text(result: &Estimated) -> String {
    let mut text = format!(
        "{} addresses of {} random bits a year ({:.3} a second): probability that any was chosen twice\n\n",
        thousands(result.rate_per_year),
        result.bits,
        result.rate_per_year / YEAR,
    );
    let with_published = result.rows.iter().any(|row| row.published.is_some());
    let mut header = vec!["YEARS", "ADDRESSES", "PROBABILITY"];
    if with_published {
        header.push("PUBLISHED");
    }
    let rows = result.rows.iter().map(|row| {
        let mut cells = vec![
            row.years.to_string(),
            thousands(row.addresses),
            percent(row.probability),
        ];
        if with_published {
            cells.push(row.published.map_or_else(|| "-".into(), percent));
        }
        cells
    });
    text += &table::table(&header, rows.collect(), &[0, 1, 2, 3]);
    if with_published {
        text += "\n\nPublished for \"100 million a year, 3.219 a second\", which are not the same: \
                 the first row is\nthat of 3.219/s, the others are those of 100000000/year.";
    }
    if let Some(trials) = &result.check {
        text += "\n\n";
        text += &checked(result, trials);
    }
    text
}

fn checked(result: &Estimated, trials: &[Trial]) -> String {
    let rows = trials.iter().map(|trial| {
        let mut cells = vec![
            trial.years.to_string(),
            trial.bits.to_string(),
            trial.addresses.to_string(),
        ];
        cells.extend(trial.compared.cells());
        cells
    });
    let mut text = format!(
        "The same probability with fewer bits, tried {} times each:\n\n",
        thousands(TRIALS.into())
    );
    if trials.is_empty() {
        text.clear();
    } else {
        let header = [
            "YEARS",
            "BITS",
            "ADDRESSES",
            "FORMULA",
            "SIMULATED",
            "AGREES",
        ];
        text += &table::table(&header, rows.collect(), &[0, 1, 2, 3, 4]);
    }
    let not_tried: Vec<_> = result
        .rows
        .iter()
        .filter(|row| !can_be_tried(row.probability))
        .map(|row| row.years.to_string())
        .collect();
    if !not_tried.is_empty() {
        if !text.is_empty() {
            text += "\n\n";
        }
        text += &format!(
            "Not tried, because too rare or too sure to be seen: {} years.",
            not_tried.join(", ")
        );
    }
    text
}
