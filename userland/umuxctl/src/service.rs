// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Names of services, as services(5) has them.

use std::ffi::CString;

/// A TCP port: a number from 1 on, or the name of a service.
///
/// # Errors
/// What is wrong, and what to write.
pub fn tcp_port(text: &str) -> Result<u16, String> {
    match text.parse::<u16>() {
        Ok(0) => return Err("ports begin at 1".to_string()),
        Ok(port) => return Ok(port),
        Err(_) if text.starts_with(|first: char| first.is_ascii_digit()) => {
            return Err("ports are numbers from 1 to 65535".to_string());
        }
        Err(_) => {}
    }
    by_name(text).ok_or_else(|| {
        "no TCP service of this name: write a port's number, or add the name to /etc/services"
            .to_string()
    })
}

fn by_name(name: &str) -> Option<u16> {
    let name = CString::new(name).ok()?;
    // SAFETY: both are strings that end in NUL; what is returned is static
    // memory of libc's, which only this thread uses: arguments are read before
    // any other is started.
    let port = unsafe {
        let entry = libc::getservbyname(name.as_ptr(), c"tcp".as_ptr());
        entry.as_ref()?.s_port
    };
    u16::try_from(port).ok().map(u16::from_be)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_a_number_or_a_name() {
        assert_eq!(tcp_port("8080"), Ok(8080));
        for (text, expected) in [
            ("0", "begin at 1"),
            ("65536", "1 to 65535"),
            ("no-such-service", "/etc/services"),
            ("", "/etc/services"),
        ] {
            let error = tcp_port(text).expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
        // Where the file has it: a bare machine may have none.
        if std::fs::read_to_string("/etc/services").is_ok_and(|text| text.contains("ssh")) {
            assert_eq!(tcp_port("ssh"), Ok(22));
        }
    }
}
