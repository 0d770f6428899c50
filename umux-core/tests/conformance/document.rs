// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The list of tests as docs/conformance.md.
//!
//! `UMUX_BLESS=1 cargo test -p umux-core --test conformance` writes it anew.

use std::collections::HashSet;
use std::fmt::Write;

use crate::cases::{Row, Verdict};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/conformance.md");

fn rows() -> Vec<&'static Row> {
    let files = [
        crate::rfc4861_validate::ROWS,
        crate::rfc4861_receive::ROWS,
        crate::rfc4861_send::ROWS,
        crate::rfc4862::ROWS,
        crate::rfc4862_conflict::ROWS,
        crate::rfc6980::ROWS,
        crate::rfc7527::ROWS,
        crate::rfc9131::ROWS,
    ];
    files.into_iter().flatten().collect()
}

fn verdict(verdict: Verdict) -> String {
    match verdict {
        Verdict::Conforms => "conforms".into(),
        Verdict::Differs(why) => format!("**deliberately differs**: {why}"),
        Verdict::Silent(why) => format!("RFC is silent: {why}"),
        Verdict::NotApplicable(why) => format!("not applicable: {why}"),
    }
}

/// `conformance::rfc4862::name` as the test runner is told it.
fn test_name(test: &str) -> &str {
    test.strip_prefix("conformance::").unwrap_or(test)
}

const ABOUT: &str = "\
# Conformance of a host's neighbour discovery

What the plane does with solicitations and advertisements for its addresses, sentence by sentence of the standards: RFC 4861 (neighbour
discovery), RFC 4862 (duplicate address detection), RFC 7527 (enhanced detection), RFC 6980 (fragments) and RFC 9131 (gratuitous
advertisements). The sentences are in words of this project; one that begins with \"...\" goes on from the one above. Sentences about
routers, and about what the host's own stack does (cache, retransmission, router discovery), are listed only where the plane is near them.

The states are those of [architecture.md](architecture.md). For the RFCs, *pending* and *tentative* are \"tentative\"; *uncertain* and *valid*
are \"assigned\"; *tombstone* and *duplicated* are not the host's any more.

    cargo test -p umux-core --test conformance                   # all of it, on virtual time
    cargo test -p umux-core --test conformance rfc7527           # a file, a test, or a test in one state (`::uncertain`)
    UMUX_BLESS=1 cargo test -p umux-core --test conformance      # writes this page anew from the list of the tests

";

fn document() -> String {
    let rows = rows();
    let mut text = String::from(ABOUT);
    let count = |what: fn(&Verdict) -> bool| rows.iter().filter(|row| what(&row.verdict)).count();
    let runs: usize = rows.iter().map(|row| row.states.len()).sum();
    let _ = writeln!(
        text,
        "{} sentences: {} conform, {} differ deliberately, {} go beyond the RFC, {} do not apply. {runs} runs of tests.",
        rows.len(),
        count(|v| matches!(v, Verdict::Conforms)),
        count(|v| matches!(v, Verdict::Differs(_))),
        count(|v| matches!(v, Verdict::Silent(_))),
        count(|v| matches!(v, Verdict::NotApplicable(_))),
    );
    let mut rfc = 0;
    for row in rows {
        if row.rfc != rfc {
            rfc = row.rfc;
            let _ = writeln!(
                text,
                "\n## RFC {rfc}\n\n| section | sentence | states | test | verdict |\n|---|---|---|---|---|"
            );
        }
        let test = match test_name(row.test) {
            "" => String::new(),
            name => format!("`{name}`"),
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {test} | {} |",
            row.section,
            row.says,
            row.states.join(", "),
            verdict(row.verdict)
        );
    }
    text
}

#[test]
fn the_document_is_the_list_of_the_tests() {
    let fresh = document();
    if std::env::var_os("UMUX_BLESS").is_some() {
        std::fs::write(DOCUMENT, &fresh).expect("the document can be written");
    }
    let committed = std::fs::read_to_string(DOCUMENT).unwrap_or_default();
    assert!(
        committed == fresh,
        "docs/conformance.md is out of date: run \
         UMUX_BLESS=1 cargo test -p umux-core --test conformance, and read the difference"
    );
}

#[test]
fn every_row_has_a_test_of_its_own_or_a_reason_to_have_none() {
    let mut seen = HashSet::new();
    for row in rows() {
        assert!(
            !row.says.contains('|') && row.says.len() < 140,
            "{}",
            row.says
        );
        let states: HashSet<_> = row.states.iter().collect();
        assert_eq!(states.len(), row.states.len(), "{}", row.says);
        if let Verdict::NotApplicable(_) = row.verdict {
            assert!(row.test.is_empty() && states.is_empty(), "{}", row.says);
        } else {
            assert!(!states.is_empty(), "{}", row.says);
            assert!(seen.insert(row.test), "{} stands twice", row.test);
        }
    }
}
