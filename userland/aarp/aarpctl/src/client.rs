// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Asking aarpd.

use crate::exit::Failure;
use aarp::control::Request;
use aarp::place::CONTROL;
use serde_json::Value;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

/// Asks, and waits for the answer.
pub fn ask(directory: &Path, request: &Request) -> Result<Value, Failure> {
    let path = directory.join(CONTROL);
    let connected = UnixStream::connect(&path);
    let mut stream = connected.map_err(|source| match source.kind() {
        ErrorKind::PermissionDenied => Failure::NotAllowed(path.clone()),
        ErrorKind::NotFound | ErrorKind::ConnectionRefused => Failure::Absent(path.clone()),
        _ => Failure::Io(path.clone(), source),
    })?;
    let io = |source| Failure::Io(path.clone(), source);
    let line = serde_json::to_string(request).map_err(|e| io(e.into()))?;
    writeln!(stream, "{line}").map_err(io)?;
    let mut reply = String::new();
    BufReader::new(stream).read_line(&mut reply).map_err(io)?;
    let reply: Value = serde_json::from_str(&reply).map_err(|_| Failure::Nonsense)?;
    match reply.get("error").and_then(Value::as_str) {
        Some(why) => Err(Failure::Refused(why.to_owned())),
        None => Ok(reply),
    }
}
