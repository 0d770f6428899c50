// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What the administrator decides: which sessions get addresses of their own
//! ([`rules`]), which prefixes belong together ([`labels`]), and which
//! listeners accept nothing but through the plane ([`listen`]).

pub mod labels;
mod list;
pub mod listen;
pub mod rules;

pub use labels::{LABELS_MAX, LabelRow, Labels};
pub use listen::{LISTEN_RULES_MAX, ListenRule, ListenRules, ListenVerdict};
pub use rules::{RULES_MAX, Rule, RuleVerdict, Rules, Wish};
