// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Messages as they come: from the routing socket, or from a lab.

use std::path::Path;
use std::time::Duration;
use umux_abi::rtmsg::Message;
use umux_abi::{Events, Occurrence, Result, lab::LabEvents};

/// Something that is worth a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// A message.
    Message(Message),
    /// Messages were lost.
    Lost,
    /// A message that cannot be read, and why.
    Odd(String),
}

/// Where they come from.
pub trait Source: Send {
    /// Waits for the next, at most `timeout`; `None`: nothing came.
    fn next(&mut self, timeout: Duration) -> Result<Option<Happening>>;
}

/// Opens the lab that is named, else the routing socket.
pub fn open(lab: Option<&Path>) -> Result<Box<dyn Source>> {
    match lab {
        Some(path) => Ok(Box::new(Lab(LabEvents::connect(path)?))),
        None => routing_socket(),
    }
}

struct Lab(LabEvents);

impl Source for Lab {
    fn next(&mut self, timeout: Duration) -> Result<Option<Happening>> {
        Ok(self.0.next(timeout)?.map(|occurrence| match occurrence {
            Occurrence::Event(event) => Happening::Message(Message::Umux(event)),
            Occurrence::Lost => Happening::Lost,
        }))
    }
}

#[cfg(target_os = "freebsd")]
fn routing_socket() -> Result<Box<dyn Source>> {
    use umux_abi::kernel::{Raw, RouteSocket};
    use umux_abi::rtmsg::decode;

    struct Route(RouteSocket);

    impl Source for Route {
        fn next(&mut self, timeout: Duration) -> Result<Option<Happening>> {
            Ok(self.0.next(timeout)?.map(|raw| match raw {
                Raw::Lost => Happening::Lost,
                Raw::Message(bytes) => match decode(&bytes) {
                    Ok(message) => Happening::Message(message),
                    Err(fault) => {
                        let kind = bytes.get(3).copied().unwrap_or(0);
                        let len = bytes.len();
                        Happening::Odd(format!("a message of type {kind} and {len} bytes: {fault}"))
                    }
                },
            }))
        }
    }

    Ok(Box::new(Route(RouteSocket::open()?)))
}

#[cfg(not(target_os = "freebsd"))]
fn routing_socket() -> Result<Box<dyn Source>> {
    Err(umux_abi::Error::NotFreebsd)
}
