// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! How a file's tests become a list: [`cases!`] makes a `#[test]` of each
//! pair of case and state, and the rows of the document.

/// What is found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// As the RFC says.
    Conforms,
    /// Otherwise, on purpose: why.
    Differs(&'static str),
    /// The RFC says nothing: why this is done.
    Silent(&'static str),
    /// Cannot arise here: why.
    NotApplicable(&'static str),
}

/// A line of the document.
pub struct Row {
    pub rfc: u32,
    pub section: &'static str,
    /// The sentence, in words of ours.
    pub says: &'static str,
    /// States that it is tested in.
    pub states: &'static [&'static str],
    /// `file::name`, or empty.
    pub test: &'static str,
    pub verdict: Verdict,
}

/// `cases! { RFC; "section" "sentence" => test [state ...] verdict; ... }`
///
/// A state is a constructor of [`Subject`](crate::subject::Subject).  A case
/// without a test (`=> none`) is one that cannot arise.
macro_rules! cases {
    ($rfc:literal; $($section:literal $says:literal => $test:ident [$($state:ident)*] $verdict:expr;)+) => {
        pub const ROWS: &[crate::cases::Row] = &[$(crate::cases::Row {
            rfc: $rfc,
            section: $section,
            says: $says,
            states: &[$(stringify!($state)),*],
            test: crate::cases::cases!(@name $test),
            verdict: {
                #[allow(unused_imports)]
                use crate::cases::Verdict::{Conforms, Differs, NotApplicable, Silent};
                $verdict
            },
        }),+];
        $(crate::cases::cases!(@tests $test [$($state)*]);)+
    };
    (@name none) => { "" };
    (@name $test:ident) => { concat!(module_path!(), "::", stringify!($test)) };
    (@tests none []) => {};
    (@tests $test:ident [$($state:ident)+]) => {
        mod $test {
            $(#[test]
            fn $state() {
                super::$test(crate::subject::Subject::$state());
            })+
        }
    };
}
pub(crate) use cases;
