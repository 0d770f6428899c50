// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Messages of the routing socket.

use umux_abi::rtmsg::{self, Message, Parsed};

/// Reads a message; one of umux is written and read again.
pub fn run(data: &[u8]) {
    let _ = rtmsg::is_address_change(data);
    let parsed = rtmsg::parse(data);
    let decoded = rtmsg::decode(data);
    match parsed {
        Ok(Parsed::Event(event)) => {
            assert_eq!(decoded, Ok(Message::Umux(event.clone())));
            let again = rtmsg::parse(&rtmsg::emit(&event));
            assert_eq!(again, Ok(Parsed::Event(event)));
        }
        Ok(Parsed::Foreign) => assert!(!matches!(decoded, Ok(Message::Umux(_)))),
        Err(fault) => assert!(!fault.to_string().is_empty()),
    }
}
