// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The program, for whoever has its arguments.

use crate::{MethodName, Options, serve::serve};
use clap::Parser;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// EX_CONFIG of sysexits(3).
const EX_CONFIG: u8 = 78;

/// Chooses IPv6 addresses for umux pools.
///
/// Reads lines `gen COUNT PREFIX/LEN` and answers each with COUNT addresses, one a
/// line, and a line `.`; or with one line `err REASON`. Ends when its input ends.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// How addresses are chosen; without it, random, or shared-suffix with --groups.
    #[arg(long, value_enum)]
    method: Option<MethodName>,
    /// shared-suffix: let addresses share N low-24-bit suffixes.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=65536))]
    groups: Option<u32>,
    /// shared-suffix: give a suffix to N addresses, then let another take its place;
    /// without it, suffixes stay.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    share: Option<u32>,
    /// fqdn-hash: the name; by default the host's.
    #[arg(long, value_name = "NAME")]
    fqdn: Option<String>,
    /// rfc3041-md5: keep the history value there, so that it outlives the process.
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
    /// rfc3041-md5: the identifier that is mixed in, 16 hexadecimal digits; by default a random one.
    #[arg(long, value_name = "EUI64", value_parser = eui64)]
    interface_id: Option<u64>,
}

fn eui64(text: &str) -> Result<u64, String> {
    let digits = text.replace([':', '-'], "");
    let sound = digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    u64::from_str_radix(&digits, 16)
        .ok()
        .filter(|_| sound)
        .ok_or_else(|| "write 16 hexadecimal digits, for example 02:11:22:ff:fe:33:44:55".into())
}

/// An option of another method would be ignored, and somebody would rely on it.
fn options(arguments: Arguments) -> Result<Options, String> {
    let method = match (arguments.method, arguments.groups) {
        (Some(method), _) => method,
        (None, Some(_)) => MethodName::SharedSuffix,
        (None, None) => MethodName::Random,
    };
    for (given, option, owner) in [
        (
            arguments.groups.is_some(),
            "--groups",
            MethodName::SharedSuffix,
        ),
        (
            arguments.share.is_some(),
            "--share",
            MethodName::SharedSuffix,
        ),
        (arguments.fqdn.is_some(), "--fqdn", MethodName::FqdnHash),
        (
            arguments.history.is_some(),
            "--history",
            MethodName::Rfc3041Md5,
        ),
        (
            arguments.interface_id.is_some(),
            "--interface-id",
            MethodName::Rfc3041Md5,
        ),
    ] {
        if given && method != owner {
            return Err(format!(
                "{option} is for the method {}, not for {}",
                owner.as_str(),
                method.as_str()
            ));
        }
    }
    Ok(Options {
        method,
        groups: arguments.groups,
        share: arguments.share,
        fqdn: arguments.fqdn,
        history: arguments.history,
        interface_id: arguments.interface_id,
    })
}

/// Serves standard input until it ends; the first argument is the program's name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let started = options(Arguments::parse_from(arguments))
        .and_then(|options| options.start().map_err(|error| error.to_string()));
    let mut method = match started {
        Ok(method) => method,
        Err(why) => {
            eprintln!("umux-addrgen: {why}");
            return ExitCode::from(EX_CONFIG);
        }
    };
    match serve(
        method.as_mut(),
        std::io::stdin().lock(),
        std::io::stdout().lock(),
    ) {
        Ok(()) => ExitCode::SUCCESS,
        // The daemon went away: nothing to say, and nobody to say it to.
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("umux-addrgen: {e}");
            ExitCode::FAILURE
        }
    }
}
