// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! All parts of DNSO in one program, so that tests have them: the first argument says
//! which.

use std::process::ExitCode;
use umux_dnso::program::run;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    arguments.next();
    let rest: Vec<_> = std::env::args_os().skip(1).collect();
    match arguments.next().as_deref().and_then(|name| name.to_str()) {
        Some("noca") => run::<umux_noca::Noca>(rest),
        Some("broker") => run::<umux_broker::Broker>(rest),
        Some("nosa") => run::<umux_nosa::Nosa>(rest),
        Some("dasd") => run::<umux_dasd::Dasd>(rest),
        _ => {
            eprintln!("umux-testdnso: the first argument is noca, broker, nosa or dasd");
            ExitCode::from(64)
        }
    }
}
