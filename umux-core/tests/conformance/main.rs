// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Conformance of the plane, as a host, to the standards of neighbour
//! discovery and duplicate address detection, on virtual time.
//!
//! One test for each sentence of RFC 4861, 4862, 7527, 6980 and 9131 that
//! concerns a host's handling of solicitations and advertisements for its
//! own addresses, and one run of it for each state it speaks of.  What is
//! deliberately done otherwise is a test too.
//!
//! | file | concern |
//! |---|---|
//! | `subject.rs` | a host with one address in the state to be tested |
//! | `message.rs` | what other nodes send, well-formed or broken |
//! | `cases.rs` | how a file's tests become a list |
//! | `rfc*.rs` | the tests |
//! | `document.rs` | the list as docs/conformance.md |

mod cases;
mod document;
#[path = "../host/mod.rs"]
mod host;
mod message;
mod subject;

mod rfc4861_receive;
mod rfc4861_send;
mod rfc4861_validate;
mod rfc4862;
mod rfc4862_conflict;
mod rfc6980;
mod rfc7527;
mod rfc9131;
