// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What the administrator decides: which sessions get addresses of their own
//! ([`rules`]), and which prefixes belong together ([`labels`]).

pub mod labels;
pub mod rules;

pub use labels::{LABELS_MAX, LabelRow, Labels};
pub use rules::{RULES_MAX, Rule, RuleVerdict, Rules, Wish};
