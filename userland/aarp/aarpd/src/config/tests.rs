// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Files, sound and wrong.

use super::*;
use proptest::prelude::*;

fn parsed(text: &str) -> Result<Config, String> {
    Config::parse(text, Path::new("aarpd.conf")).map_err(|e| e.to_string())
}

#[test]
fn an_empty_file_resolves_nothing_with_what_is_built_in() {
    let config = parsed("").expect("sound");
    assert_eq!(config.settings, Settings::default());
    assert_eq!(config.rules.iter().count(), 0);
    assert_eq!(config.service.wait, Duration::from_millis(1600));
    assert_eq!((config.access.mode, config.access.share), (0o666, true));
}

#[test]
fn what_is_said_is_meant() {
    let lo = if cfg!(target_os = "linux") {
        "lo"
    } else {
        "lo0"
    };
    let config = parsed(
        "[daemon]\nuser = \"nobody\"\n[resolver]\ntimeout_ms = 200\nretries = 1\nlifetime = 60\n\
         [limits]\nentries = 100000\nrate = 10\nuser_rate = 5\nuser_burst = 7\n\
         [access]\nmode = \"0660\"\nshare = false\n\
         [[anycast]]\nprefix = \"2001:db8:a::/48\"\ninterface = \"lo\"\nmembers = [\"2001:db8::/32\", \"2001:db9::1\"]\n\
         [[anycast]]\nprefix = \"all\"\n[[unicast]]\nprefix = \"2001:db8:a::1\"\n"
            .replace("\"lo\"", &format!("{lo:?}"))
            .as_str(),
    )
    .expect("sound");
    assert_eq!(config.settings.timeout, Duration::from_millis(200));
    assert_eq!(config.service.wait, Duration::from_millis(500));
    assert_eq!(config.settings.all.burst, 20);
    assert_eq!(config.settings.each.burst, 7);
    assert_eq!((config.access.mode, config.access.share), (0o660, false));
    let lengths: Vec<u8> = config.rules.iter().map(|r| r.prefix.prefix_len()).collect();
    assert_eq!(lengths, [128, 48, 0]);
    let members: Vec<usize> = config.rules.iter().map(|r| r.members.len()).collect();
    assert_eq!(members, [0, 2, 0]);
    let indices: Vec<_> = config.rules.iter().filter_map(|r| r.interface).collect();
    let named: Vec<_> = config.interfaces.iter().collect();
    assert_eq!(named, [(&indices[0], &lo.to_owned())]);
}

#[test]
fn what_is_wrong_is_named_with_its_line_and_what_to_do() {
    let many: String = (0..129)
        .map(|n| format!("[[anycast]]\nprefix = \"2001:db8:{n:x}::/48\"\n"))
        .collect();
    for (text, line, words) in [
        ("[resolver]\ntimeout = 3\n", 2, "unknown key `timeout`"),
        (
            "[resolver]\n\ntimeout_ms = 3\n",
            3,
            "timeout_ms is 3: write 10 to 60000",
        ),
        ("[[anycast]]\n", 1, "needs a prefix"),
        (
            "[[anycast]]\nprefix = \"em0\"\n",
            2,
            "\"em0\" is no IPv6 prefix",
        ),
        (
            "[[anycast]]\nprefix = \"192.0.2.0/24\"\n",
            2,
            "no IPv6 prefix",
        ),
        (
            "[[anycast]]\nprefix = \"2001:db8::1/32\"\n",
            2,
            "write 2001:db8::/32",
        ),
        (
            "[[anycast]]\nprefix = \"all\"\ninterface = \"xyz9\"\n",
            3,
            "there is no interface xyz9",
        ),
        (
            "[[anycast]]\nprefix = \"all\"\n[[unicast]]\nprefix = \"::/0\"\n",
            3,
            "::/0 is there twice",
        ),
        ("[access]\nmode = \"777\"\n", 2, "permissions in octal"),
        (
            "[access]\ngroup = \"nosuchgroup\"\n",
            2,
            "there is no group nosuchgroup",
        ),
        (many.as_str(), 257, "more than 128 prefixes"),
    ] {
        let why = parsed(text).expect_err(text);
        let place = format!("aarpd.conf:{line}: ");
        assert!(why.starts_with(&place) && why.contains(words), "{why}");
    }
    let why = Config::read(Path::new("/nonexistent/aarpd.conf")).expect_err("not there");
    assert!(why.to_string().contains("aarpd.conf.sample"), "{why}");
}

#[test]
fn as_many_can_wait_as_are_served() {
    let waiting = |text| parsed(text).expect("sound").settings.max_waiting;
    assert_eq!(waiting("[limits]\nclients = 100000\n"), 100_000);
    let usual = Settings::default().max_waiting;
    assert_eq!(waiting("[limits]\nclients = 1\n"), usual);
}

/// In capability mode nothing can be looked up in the list of groups.
#[test]
fn the_group_is_looked_up_at_the_start_only() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(&file, "[access]\ngroup = \"nosuchgroup\"\n").expect("written");
    let why = Config::read(file.path()).expect_err("no group").to_string();
    assert!(why.contains("there is no group"), "{why}");
    let again = Config::read_again(std::fs::File::open(&file), file.path()).expect("as it is");
    assert_eq!(again.access.group.as_deref(), Some("nosuchgroup"));
}

#[test]
fn the_sample_is_sound() {
    parsed(include_str!("../../../../etc/aarpd.conf.sample")).expect("sound");
}

proptest! {
    #[test]
    fn no_text_breaks_the_parser(text in "\\PC{0,200}") {
        let _ = parsed(&text);
    }

    #[test]
    fn no_value_breaks_the_checks(key in "timeout_ms|retries|lifetime|wait_ms", value: i64) {
        let _ = parsed(&format!("[resolver]\n{key} = {value}\n"));
    }
}
