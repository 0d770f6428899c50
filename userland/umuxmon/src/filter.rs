// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Which messages are shown.

use crate::cli::Arguments;
use crate::source::Happening;
use std::str::FromStr;
use umux_abi::rtmsg::{Message, classic};
use umux_abi::{EventKinds, IfName};

/// A kind of message that there is, of umux or of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventName(String);

impl FromStr for EventName {
    type Err = String;

    fn from_str(text: &str) -> Result<EventName, String> {
        let mut all = EventKinds::all().words();
        all.extend(classic::kinds().map(str::to_owned));
        let text = text.to_ascii_lowercase();
        let name = text.strip_prefix("rtm_").unwrap_or(&text);
        if all.iter().any(|known| known == name) {
            Ok(EventName(name.to_owned()))
        } else {
            Err(format!("write one of {}", all.join(", ")))
        }
    }
}

/// All conditions together.
#[derive(Debug, Default)]
pub struct Filter {
    interfaces: Vec<IfName>,
    events: Vec<EventName>,
    umux_only: bool,
}

impl Filter {
    /// What the command line says.
    pub fn of(arguments: &Arguments) -> Filter {
        Filter {
            interfaces: arguments.interface.clone(),
            events: arguments.event.clone(),
            umux_only: arguments.umux_only,
        }
    }

    /// Is this shown? A loss always is: it may have been one of those that are.
    pub fn admits(&self, happening: &Happening) -> bool {
        let Happening::Message(message) = happening else {
            return true;
        };
        let (interface, kinds) = match message {
            Message::Umux(event) => (Some(event.pool.interface.as_str()), event.kinds.words()),
            Message::Classic(_) if self.umux_only => return false,
            Message::Classic(classic) => (classic.interface.as_deref(), vec![classic.kind.clone()]),
        };
        let on = |name: &IfName| Some(name.as_str()) == interface;
        let is = |event: &EventName| kinds.contains(&event.0);
        (self.interfaces.is_empty() || self.interfaces.iter().any(on))
            && (self.events.is_empty() || self.events.iter().any(is))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::tests::{classic, umux};
    use clap::Parser;

    fn admits(arguments: &str, happening: &Happening) -> bool {
        let words = ["umuxmon"].into_iter().chain(arguments.split_whitespace());
        Filter::of(&Arguments::parse_from(words)).admits(happening)
    }

    #[test]
    fn each_condition_excludes_what_it_does_not_name() {
        let (umux, classic) = (umux(), classic());
        for (arguments, of_umux, of_others) in [
            ("", true, true),
            ("--umux-only", true, false),
            ("-i em0", true, true),
            ("-i em1", false, false),
            ("-i em1 -i em0", true, true),
            ("-e used", true, false),
            ("-e miss -e used", true, false),
            ("-e conflict", false, false),
            ("-e newaddr", false, true),
            ("-e RTM_NEWADDR", false, true),
            ("-e used -i em1", false, false),
        ] {
            assert_eq!(admits(arguments, &umux), of_umux, "{arguments}: umux");
            assert_eq!(
                admits(arguments, &classic),
                of_others,
                "{arguments}: others"
            );
            assert!(admits(arguments, &Happening::Lost), "{arguments}: a loss");
        }
    }
}
