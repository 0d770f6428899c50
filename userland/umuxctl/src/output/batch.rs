// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What became of a batch: on standard output what was done, on standard error
//! what was not.

use super::{Output, count, json};
use crate::exit::{Code, Failure};
use umux_abi::{Batch, Errno, Error, PoolId, Request};

/// Refused addresses that are told one by one.
const TOLD: usize = 10;

pub fn show(out: Output, verb: &str, id: &PoolId, batch: &Batch) -> Result<Code, Failure> {
    out.show(&json::Outcome::of(id, batch), || {
        format!("{} {verb}", count(batch.done, "address"))
    })?;
    if batch.refused.is_empty() {
        return Ok(Code::Ok);
    }
    if !out.json {
        for (addr, errno) in batch.refused.iter().take(TOLD) {
            eprintln!("umuxctl: {addr}: {}", reason(verb, id, *errno));
        }
        if batch.refused.len() > TOLD {
            eprintln!(
                "umuxctl: and {} more",
                count(batch.refused.len() - TOLD, "address")
            );
        }
    }
    Ok(Code::DataErr)
}

fn reason(verb: &str, id: &PoolId, errno: Errno) -> String {
    match (errno, verb) {
        (Errno::Enoent, "removed") => {
            format!("{id} does not hold it: `umuxctl addr list` shows those it holds")
        }
        (_, "removed") => Error::refused(Request::AddrDel(id.clone()), errno).to_string(),
        _ => Error::refused(Request::AddrAdd(id.clone()), errno).to_string(),
    }
}
