// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Files, sound and not.

use super::*;
use proptest::prelude::*;
use umux_abi::PoolId;
use umux_daemon::config::LogFormat;

fn parse(text: &str) -> Result<Config, String> {
    Config::parse(text, Path::new("umuxd.conf"), Path::new("addrgen")).map_err(|e| e.to_string())
}

const POOL: &str = "[[pool]]\ninterface = \"em0\"\nprefix = \"2001:db8:1::/64\"\n";

#[test]
fn a_pool_needs_only_its_name() {
    let config = parse(POOL).expect("it is enough");
    assert_eq!(
        config.pools,
        [PoolConfig {
            spec: PoolSpec::new("em0 2001:db8:1::/64".parse().expect("a pool")),
            level: 256,
            low: 231,
            rate: 2000,
            generator: [
                "addrgen",
                "--method",
                "shared-suffix",
                "--groups",
                "16",
                "--share",
                "16"
            ]
            .map(String::from)
            .to_vec(),
        }]
    );
}

#[test]
fn a_pool_overrides_the_defaults_and_they_what_is_built_in() {
    let text = format!(
        "[defaults]\nlevel = 100\nrate = 5\nmiss = \"refuse\"\ngenerator = [\"/mine\"]\n{POOL}\
         level = 10\nmax_age = 60\ngroups = 0\n[[pool]]\ninterface = \"em1\"\nprefix = \"2001:db8:2::/64\"\n"
    );
    let pools = parse(&text).expect("sound").pools;
    assert_eq!((pools[0].level, pools[1].level), (10, 100));
    assert_eq!((pools[0].spec.max_age, pools[1].spec.max_age), (60, 0));
    assert_eq!((pools[0].rate, pools[0].spec.miss), (5, Miss::Refuse));
    assert_eq!(pools[0].generator, ["addrgen", "--method", "random"]);
    assert_eq!(pools[1].generator, ["/mine"]);
}

#[test]
fn what_is_wrong_is_named_with_its_line_and_the_remedy() {
    for (extra, line, words) in [
        ("lvl = 5", 4, "unknown key `lvl`, expected one of"),
        ("level = 0", 4, "level is 0: write 1 to 1000000"),
        ("level = 99999999999", 4, "level is 99999999999: write"),
        ("level = \"many\"", 4, "invalid type"),
        ("level = 10\nlow = 11", 5, "low is 11 and level only 10"),
        ("rate = -1", 4, "rate is -1: write 1 to"),
        ("miss = \"maybe\"", 4, "write legacy or refuse"),
        (
            "method = \"md5\"",
            4,
            "method is \"md5\": write random, shared-suffix, rfc3041-md5, fqdn-hash, exec",
        ),
        ("groups = 65537", 4, "groups is 65537"),
        ("generator = []", 4, "generator names no program"),
        (
            "generator = [\"/x\"]\ngroups = 2",
            5,
            "give options as its arguments",
        ),
        ("generator = \"x\"", 4, "invalid type"),
        ("level = 5\nlevel = 6", 5, "duplicate key"),
        ("level =", 4, ""),
        (
            "[defaults]\ninterface = \"em0\"",
            5,
            "belong into a [[pool]]",
        ),
        ("[default]\nlevel = 1", 4, "unknown key `default`"),
        ("[[pool]]\ninterface = \"em1\"", 4, "needs both keys"),
        (
            "[[pool]]\ninterface = \"em 1\"\nprefix = \"2001:db8::/64\"",
            5,
            "no interface name",
        ),
        (
            "[[pool]]\ninterface = \"em1\"\nprefix = \"2001:db8::1/64\"",
            6,
            "did you mean",
        ),
        (
            "[[pool]]\ninterface = \"em0\"\nprefix = \"2001:db8:1::/64\"",
            4,
            "a second [[pool]]",
        ),
        ("method = \"shared-suffix\"\ngroups = 0", 5, "groups is 0"),
        (
            "method = \"random\"\ngroups = 4",
            5,
            "groups is for the method shared-suffix",
        ),
        (
            "method = \"random\"\nfqdn = \"a.b\"",
            5,
            "fqdn is for the method fqdn-hash",
        ),
        (
            "method = \"fqdn-hash\"\nfqdn = \"a b\"",
            5,
            "no domain name",
        ),
        (
            "method = \"rfc3041-md5\"\nhistory = \"h\"",
            5,
            "write its whole path",
        ),
        (
            "method = \"rfc3041-md5\"\ninterface_id = \"1\"",
            5,
            "16 hexadecimal digits",
        ),
        ("method = \"exec\"", 4, "which needs generator"),
        (
            "method = \"random\"\ngenerator = [\"/x\"]",
            5,
            "generator is for method = \"exec\"",
        ),
        ("generator = [\"x\"]", 4, "write the program's whole path"),
        (
            "[interface.em0]\nprefix = \"auto\"",
            5,
            "belong into a [[pool]]",
        ),
        ("[interface.em1]\nlevel = 1", 4, "no [[pool]] is on em1"),
        ("[interface.em0]\nlevle = 1", 5, "unknown key `levle`"),
        ("[daemon]\nlog_format = \"xml\"", 5, "write text or json"),
        (
            "[daemon]\nmetrics = \"9464\"",
            5,
            "for example \"[::1]:9464\"",
        ),
        ("[daemon]\nuser = \"\"", 5, "user is empty"),
        ("[daemon]\nlevel = 1", 5, "unknown key `level`"),
        (
            "[[pool]]\ninterface = \"em1\"\nprefix = \"auto\"\n[[pool]]\ninterface = \"em1\"\nprefix = \"auto\"",
            7,
            "a second [[pool]] for em1 auto",
        ),
        (
            "[[pool]]\ninterface = \"em1\"\nprefix = \"2001:db8::/56\"\nmethod = \"fqdn-hash\"",
            7,
            "use a /64",
        ),
        (
            "[[pool]]\ninterface = \"em1\"\nprefix = \"2001:db8::/112\"\ngroups = 2",
            7,
            "too small for shared suffixes",
        ),
    ] {
        let error = parse(&format!("{POOL}{extra}\n")).expect_err(extra);
        assert!(
            error.starts_with(&format!("umuxd.conf:{line}: ")),
            "{extra}: {error}"
        );
        assert!(error.contains(words), "{extra}: {error}");
        assert!(!error.contains('\n'), "{error}");
    }
    let none = parse("# nothing\n").expect_err("no pool");
    assert!(none.contains("there is no [[pool]]"), "{none}");
}

const SAMPLE: &str = include_str!("../../../etc/umuxd.conf.sample");

/// Keys of the sample that show what can be said; the others show what is built in.
const SHOWN: [&str; 8] = [
    "apply",
    "rules",
    "user",
    "metrics",
    "fqdn",
    "history",
    "interface_id",
    "generator",
];

/// The sample with all that is built in said.
fn sample() -> String {
    let lines = SAMPLE.lines().map(|line| match line.strip_prefix('#') {
        Some(key) if key.contains(" = ") && !SHOWN.iter().any(|shown| key.starts_with(shown)) => {
            key
        }
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_sample_is_sound_and_its_values_are_those_that_are_built_in() {
    let built_in = parse(SAMPLE).expect("sound");
    let said = sample();
    assert!(said.contains("\nlevel = 256"), "{said}");
    assert!(said.contains("\nlog_format = "), "{said}");
    let said = parse(&said).expect("sound");
    assert_eq!(said.pools, built_in.pools);
    assert_eq!(said.daemon, built_in.daemon);
}

#[test]
fn the_manual_and_the_sample_name_every_key() {
    let manual = include_str!("../../../man/umuxd.conf.5");
    let mut all = Vec::new();
    for (nonsense, count) in [("", 14), ("[daemon]\n", 3)] {
        let error = parse(&format!("{POOL}{nonsense}nonsense = 1\n")).expect_err("unknown");
        let keys = error.split('`').skip(3).step_by(2).map(str::to_owned);
        let before = all.len();
        all.extend(keys);
        assert_eq!(all.len() - before, count, "{error}");
    }
    for key in all {
        assert!(manual.contains(&format!(".It Va {key}\n")), "{key}");
        let said = |line: &str| {
            line.trim_start_matches('#')
                .starts_with(&format!("{key} = "))
        };
        assert!(key == "notify_ms" || SAMPLE.lines().any(said), "{key}");
    }
}

#[test]
fn a_pool_overrides_its_interface_and_that_the_defaults() {
    let text = format!(
        "[defaults]\nlevel = 1\nrate = 2\nmax_age = 3\n[interface.em0]\nlevel = 10\nrate = 20\n{POOL}level = 100\n\
         [[pool]]\ninterface = \"em1\"\nprefix = \"2001:db8:2::/64\"\n"
    );
    let pools = parse(&text).expect("sound").pools;
    let said = |pool: &PoolConfig| (pool.level, pool.rate, pool.spec.max_age);
    assert_eq!(
        pools.iter().map(said).collect::<Vec<_>>(),
        [(100, 20, 3), (1, 2, 3)]
    );
}

#[test]
fn each_prefix_can_have_a_method_of_its_own_with_options_from_anywhere() {
    let pool = |n: u8, keys: &str| {
        format!("[[pool]]\ninterface = \"em0\"\nprefix = \"2001:db8:{n}::/64\"\n{keys}\n")
    };
    let text = [
        "[defaults]\nmethod = \"fqdn-hash\"\nfqdn = \"WWW.example.com.\"\n\
         [interface.em0]\nhistory = \"/var/db/h\"\n"
            .into(),
        pool(1, "method = \"random\""),
        pool(
            2,
            "method = \"rfc3041-md5\"\ninterface_id = \"02:11:22:ff:fe:33:44:55\"",
        ),
        pool(3, "groups = 4"),
        pool(4, "method = \"exec\"\ngenerator = [\"/x\", \"y\"]"),
        pool(5, "method = \"fqdn-hash\""),
    ]
    .concat();
    let commands: Vec<_> = parse(&text)
        .expect("sound")
        .pools
        .iter()
        .map(|pool| pool.generator.join(" "))
        .collect();
    assert_eq!(
        commands,
        [
            "addrgen --method random",
            "addrgen --method rfc3041-md5 --history /var/db/h --interface-id 021122fffe334455",
            "addrgen --method shared-suffix --groups 4 --share 64",
            "/x y",
            "addrgen --method fqdn-hash --fqdn www.example.com",
        ]
    );
    // The history stands nearer than the method, which would ignore it.
    let ignored = parse(&format!("{text}{}", pool(6, ""))).expect_err("ignored");
    assert!(
        ignored.contains("umuxd.conf:5: history is for the method rfc3041-md5"),
        "{ignored}"
    );
}

#[test]
fn a_pool_of_whatever_prefix_there_is_gets_its_values_and_a_fitting_method() {
    let config =
        parse("[[pool]]\ninterface = \"em0\"\nprefix = \"auto\"\nlevel = 7\n").expect("sound");
    assert_eq!(config.pools, []);
    let pool = |prefix: &str| config.auto[0].pool(prefix.parse().expect("a prefix"));
    let large = pool("2001:db8:1::/64").expect("a pool");
    assert_eq!(
        large.spec.id,
        "em0 2001:db8:1::/64".parse::<PoolId>().expect("a pool")
    );
    assert_eq!(
        (large.level, large.generator[2].as_str()),
        (7, "shared-suffix")
    );
    assert_eq!(
        pool("2001:db8::/112").expect("a pool").generator[2],
        "random"
    );
    let text = "[[pool]]\ninterface = \"em0\"\nprefix = \"auto\"\nmethod = \"fqdn-hash\"\n";
    let config = parse(text).expect("sound, until the prefix is known");
    let why = config.auto[0]
        .pool("2001:db8::/56".parse().expect("a prefix"))
        .expect_err("too short");
    assert!(why.contains("use a /64"), "{why}");
}

#[test]
fn the_daemon_as_a_whole_is_told_who_to_be_and_where_to_speak() {
    let daemon = |text: &str| {
        parse(&format!("[daemon]\n{text}\n{POOL}"))
            .expect(text)
            .daemon
    };
    assert_eq!(daemon(""), DaemonConfig::default());
    let said = daemon("user = \"umux\"\nlog_format = \"json\"\nmetrics = \"[::1]:9464\"");
    assert_eq!(said.user.as_deref(), Some("umux"));
    assert_eq!(said.log_format, LogFormat::Json);
    let metrics = said.metrics.expect("said");
    assert_eq!(metrics.to_string(), "http://[::1]:9464/metrics");
    let unix = daemon("metrics = \"/var/run/umuxd.metrics\"").metrics;
    assert_eq!(
        unix,
        Some(MetricsAddress::Unix("/var/run/umuxd.metrics".into()))
    );
}

#[test]
fn groups_are_left_out_where_the_prefix_has_no_room_for_them() {
    let text = POOL.replace("/64", "/112");
    let pools = parse(&text).expect("sound").pools;
    assert_eq!(pools[0].generator, ["addrgen", "--method", "random"]);
}

proptest! {
    #[test]
    fn no_text_breaks_the_parser(text in "\\PC{0,200}") {
        let _ = parse(&text);
    }

    #[test]
    fn no_value_breaks_the_checks(key in "level|low|rate|max_age|notify_ms|groups", value: i64) {
        let _ = parse(&format!("{POOL}{key} = {value}\n"));
    }
}

#[test]
fn rules_for_listeners_are_read_in_their_order() {
    let text = format!("[servers]\nrules = [\"legacy port 22 uid 0\", \"guard port 22\"]\n{POOL}");
    let servers = parse(&text).expect("sound").servers.expect("a table");
    let rules: Vec<String> = servers.rules.iter().map(ToString::to_string).collect();
    assert_eq!(rules, ["legacy port 22 uid 0", "guard port 22"]);
    assert!(servers.apply, "a guard that leaves some open is none");
    assert_eq!(parse(POOL).expect("sound").servers, None);
    let bad = format!("[servers]\nrules = [\"guard port 22\",\n  \"deny port 23\"]\n{POOL}");
    let error = parse(&bad).expect_err("no such verdict");
    assert!(
        error.contains("umuxd.conf:3: ") && error.contains("guard, legacy"),
        "{error}"
    );
}
