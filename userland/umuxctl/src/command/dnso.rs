// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Keys of the parts of DNSO.

use crate::cli::Dnso;
use crate::exit::{Code, Failure};
use crate::output::{Output, json};
use umux_dnso::key::Secret;

/// `dnso ...`
pub fn run(out: Output, command: &Dnso) -> Result<Code, Failure> {
    let key = match command {
        Dnso::Keygen { file } => {
            let key = Secret::generate()?;
            key.write(file)?;
            key
        }
        Dnso::Pubkey { file } => Secret::read(file)?,
    };
    let public = key.public().to_string();
    out.show(&json::Key::of(&public), || public.clone())
}
