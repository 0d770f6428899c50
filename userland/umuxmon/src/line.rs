// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! A line for people, an object for programs.

use crate::source::Happening;
use jiff::ZonedDateTime;
use serde::Serialize;
use std::fmt::Write;
use umux_abi::rtmsg::{Classic, Message};
use umux_abi::{Event, PoolCounts};

/// The time of day, with date and milliseconds.
const STAMP: &str = "%Y-%m-%d %H:%M:%S%.3f";

/// One line for people.
pub fn text(time: &ZonedDateTime, happening: &Happening) -> String {
    format!("{} {}", time.strftime(STAMP), words(happening))
}

/// The line without its time.
pub fn words(happening: &Happening) -> String {
    match happening {
        Happening::Message(Message::Umux(event)) => umux(event),
        Happening::Message(Message::Classic(message)) => classic(message),
        Happening::Lost => "lost: messages were lost, the socket's queue was full".into(),
        Happening::Odd(what) => format!("odd: {what}"),
    }
}

fn umux(event: &Event) -> String {
    let kinds = match event.kinds.words() {
        words if words.is_empty() => "nothing".to_string(),
        words => words.join(","),
    };
    let mut text = format!(
        "umux {}: {kinds}; {} ready, {} coming, {} valid",
        event.pool, event.uncertain, event.tentative, event.valid
    );
    for (count, noun) in [(event.duplicated, "duplicated"), (event.missed, "missed")] {
        if count > 0 {
            let _ = write!(text, ", {count} {noun}");
        }
    }
    text
}

fn classic(message: &Classic) -> String {
    let mut text = message.kind.clone();
    match (&message.interface, message.ifindex) {
        (Some(name), _) => text.push_str(&format!(" {name}")),
        (None, 0) => {}
        (None, index) => text.push_str(&format!(" #{index}")),
    }
    text.push(':');
    if let Some(link) = message.link {
        let _ = write!(text, " link {link}");
    }
    if let Some(announced) = message.announced {
        let _ = write!(text, " {announced}");
    }
    for (name, address) in &message.addresses {
        let _ = write!(text, " {name} {address}");
    }
    if !message.flags.is_empty() {
        let _ = write!(text, " <{}>", message.flags.join(","));
    }
    if let Some(origin) = &message.origin {
        let _ = write!(text, " pid {} seq {}", origin.pid, origin.seq);
        if origin.errno != 0 {
            let _ = write!(text, " errno {}", origin.errno);
        }
    }
    text
}

/// What an object says. `type` is umux, lost, odd, or the name of a classic message.
#[derive(Serialize)]
#[serde(untagged)]
enum Object<'a> {
    Umux {
        #[serde(rename = "type")]
        kind: &'static str,
        #[serde(flatten)]
        event: &'a Event,
    },
    Classic(&'a Classic),
    Odd {
        #[serde(rename = "type")]
        kind: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        why: Option<&'a str>,
    },
}

#[derive(Serialize)]
struct Line<'a> {
    schema: u32,
    time: String,
    #[serde(flatten)]
    object: Object<'a>,
}

/// One line of JSON.
pub fn json(time: &ZonedDateTime, happening: &Happening) -> serde_json::Result<String> {
    let object = match happening {
        Happening::Message(Message::Umux(event)) => Object::Umux {
            kind: "umux",
            event,
        },
        Happening::Message(Message::Classic(message)) => Object::Classic(message),
        Happening::Lost => Object::Odd {
            kind: "lost",
            why: None,
        },
        Happening::Odd(why) => Object::Odd {
            kind: "odd",
            why: Some(why),
        },
    };
    serde_json::to_string(&Line {
        schema: 1,
        time: time.strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string(),
        object,
    })
}

/// Ready and coming, as bars and numbers show them.
pub fn stock(counts: &PoolCounts) -> (u32, u32) {
    (counts.uncertain, counts.pending + counts.tentative)
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use jiff::civil::date;
    use jiff::tz::TimeZone;
    use umux_abi::EventKinds;

    pub fn umux() -> Happening {
        Happening::Message(Message::Umux(Event {
            pool: "em0 2001:db8:1::/64".parse().expect("a pool"),
            kinds: EventKinds::USED | EventKinds::READY,
            seq: 7,
            uncertain: 480,
            tentative: 20,
            valid: 100,
            duplicated: 2,
            missed: 0,
        }))
    }

    pub fn classic() -> Happening {
        Happening::Message(Message::Classic(Classic {
            kind: "newaddr".into(),
            interface: Some("em0".into()),
            ifindex: 3,
            flags: vec!["UP", "HOST"],
            link: None,
            announced: None,
            origin: None,
            addresses: vec![("netmask", "/64".into()), ("ifa", "2001:db8:1::5".into())],
        }))
    }

    fn time() -> ZonedDateTime {
        let time = date(2026, 11, 24).at(15, 2, 11, 123_000_000);
        time.to_zoned_datetime(TimeZone::UTC).expect("a time")
    }

    #[test]
    fn lines_say_when_what_and_where() {
        assert_eq!(
            text(&time(), &umux()),
            "2026-11-24 15:02:11.123 umux em0 2001:db8:1::/64: used,ready; 480 ready, 20 coming, 100 valid, 2 duplicated"
        );
        assert_eq!(
            words(&classic()),
            "newaddr em0: netmask /64 ifa 2001:db8:1::5 <UP,HOST>"
        );
        assert!(words(&Happening::Lost).starts_with("lost: "));
    }

    #[test]
    fn objects_are_flat_and_one_a_line() {
        let line = json(&time(), &umux()).expect("an object");
        let object: serde_json::Value = serde_json::from_str(&line).expect("an object");
        assert_eq!(object["time"], "2026-11-24T15:02:11.123+00:00");
        assert_eq!(
            (&object["schema"], &object["type"]),
            (&1.into(), &"umux".into())
        );
        assert_eq!(object["interface"], "em0");
        assert_eq!(object["kinds"][1], "ready");
        assert!(!line.contains('\n'));
        let line = json(&time(), &classic()).expect("an object");
        let object: serde_json::Value = serde_json::from_str(&line).expect("an object");
        assert_eq!(object["type"], "newaddr");
        assert_eq!(object["addresses"]["ifa"], "2001:db8:1::5");
        let line = json(&time(), &Happening::Lost).expect("an object");
        assert!(line.contains(r#""type":"lost""#), "{line}");
    }
}
