// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! From what the file says to what is meant: defaults, ranges, contradictions.

use super::file::{Entry, File};
use super::{Config, PoolConfig, Wrong};
use std::collections::HashSet;
use std::path::Path;
use toml::Spanned;
use umux_abi::{Miss, PoolId, PoolSpec};

const LEVEL: i64 = 256;
const LEVEL_MAX: i64 = 1_000_000;
const RATE: i64 = 2000;
const RATE_MAX: i64 = 1_000_000;
const GROUPS: i64 = 16;
const GROUPS_MAX: i64 = 65_536;
const AGE_MAX: i64 = u32::MAX as i64;
const NOTIFY_MAX: i64 = 60_000;

/// Bits of an address that shared suffixes leave to chance at least, and those they take.
const GROUPS_HOST_BITS: u8 = 40;

/// The methods of umux-addrgen.
const METHODS: [&str; 1] = ["random"];

type Checked<T> = Result<T, Wrong>;

fn wrong<T>(at: &Spanned<impl Sized>, what: impl Into<String>) -> Checked<T> {
    Err(Wrong {
        at: at.span().start,
        what: what.into(),
    })
}

pub fn check(file: File, addrgen: &Path) -> Checked<Config> {
    if let Some(key) = file
        .defaults
        .interface
        .as_ref()
        .or(file.defaults.prefix.as_ref())
    {
        return wrong(
            key,
            "interface and prefix belong into a [[pool]]: [defaults] holds what pools share",
        );
    }
    if file.pool.is_empty() {
        return Err(Wrong {
            at: 0,
            what: "there is no [[pool]]: write one with interface and prefix".into(),
        });
    }
    let mut seen = HashSet::new();
    let mut pools = Vec::new();
    for entry in &file.pool {
        let pool = pool(entry, &file.defaults, addrgen)?;
        if !seen.insert(pool.spec.id.clone()) {
            return wrong(
                entry,
                format!("a second [[pool]] for {}: remove one", pool.spec.id),
            );
        }
        pools.push(pool);
    }
    Ok(Config { pools })
}

fn pool(entry: &Spanned<Entry>, defaults: &Entry, addrgen: &Path) -> Checked<PoolConfig> {
    let at = entry;
    let entry = entry.get_ref();
    let id = id(at, entry)?;
    let level = number("level", &entry.level, &defaults.level, LEVEL, 1..=LEVEL_MAX)?;
    let low = low(entry, defaults, level)?;
    let spec = PoolSpec {
        miss: miss(entry.miss.as_ref().or(defaults.miss.as_ref()))?,
        max_age: number("max_age", &entry.max_age, &defaults.max_age, 0, 0..=AGE_MAX)?,
        notify_ms: number(
            "notify_ms",
            &entry.notify_ms,
            &defaults.notify_ms,
            PoolSpec::NOTIFY_MS.into(),
            0..=NOTIFY_MAX,
        )?,
        id,
    };
    Ok(PoolConfig {
        generator: generator(entry, defaults, &spec.id, addrgen)?,
        spec,
        level,
        low,
        rate: number("rate", &entry.rate, &defaults.rate, RATE, 1..=RATE_MAX)?,
    })
}

fn id(at: &Spanned<Entry>, entry: &Entry) -> Checked<PoolId> {
    let (Some(interface), Some(prefix)) = (&entry.interface, &entry.prefix) else {
        return wrong(
            at,
            "a [[pool]] needs both keys, for example interface = \"em0\" and prefix = \"2001:db8:1::/64\"",
        );
    };
    Ok(PoolId {
        interface: match interface.get_ref().parse() {
            Ok(name) => name,
            Err(e) => return wrong(interface, e.to_string()),
        },
        prefix: match prefix.get_ref().parse() {
            Ok(prefix) => prefix,
            Err(e) => return wrong(prefix, e.to_string()),
        },
    })
}

/// A number of the pool, of the defaults, or the one that is built in.
fn number(
    key: &str,
    own: &Option<Spanned<i64>>,
    default: &Option<Spanned<i64>>,
    built_in: i64,
    range: std::ops::RangeInclusive<i64>,
) -> Checked<u32> {
    let Some(given) = own.as_ref().or(default.as_ref()) else {
        return Ok(built_in as u32);
    };
    match u32::try_from(*given.get_ref()) {
        Ok(value) if range.contains(given.get_ref()) => Ok(value),
        _ => wrong(
            given,
            format!(
                "{key} is {}: write {} to {}",
                given.get_ref(),
                range.start(),
                range.end()
            ),
        ),
    }
}

/// Nine tenths of the level, unless it is said.
fn low(entry: &Entry, defaults: &Entry, level: u32) -> Checked<u32> {
    let built_in = (i64::from(level) * 9 + 9) / 10;
    let low = number("low", &entry.low, &defaults.low, built_in, 1..=LEVEL_MAX)?;
    match entry.low.as_ref().or(defaults.low.as_ref()) {
        Some(given) if low > level => wrong(
            given,
            format!("low is {low} and level only {level}: lower the one or raise the other"),
        ),
        _ => Ok(low),
    }
}

fn miss(given: Option<&Spanned<String>>) -> Checked<Miss> {
    match given {
        None => Ok(Miss::default()),
        Some(given) => match given.get_ref().parse() {
            Ok(miss) => Ok(miss),
            Err(e) => wrong(given, format!("miss is {e}")),
        },
    }
}

/// The command that generates: the administrator's own, or umux-addrgen's.
fn generator(entry: &Entry, defaults: &Entry, id: &PoolId, addrgen: &Path) -> Checked<Vec<String>> {
    let chosen = entry.method.is_some() || entry.groups.is_some();
    if let Some(own) = &entry.generator {
        if chosen {
            return wrong(
                own,
                "method and groups are umux-addrgen's: with a generator of your own, give them as its arguments",
            );
        }
    }
    // What the pool says about either overrides what the defaults say about the other.
    let inherited = defaults.generator.as_ref().filter(|_| !chosen);
    if let Some(own) = entry.generator.as_ref().or(inherited) {
        return match own.get_ref().first() {
            Some(program) if !program.is_empty() => Ok(own.get_ref().clone()),
            _ => wrong(
                own,
                "generator names no program: write [\"PROGRAM\", \"ARGUMENT\"...]",
            ),
        };
    }
    let method = entry.method.as_ref().or(defaults.method.as_ref());
    if let Some(method) = method.filter(|m| !METHODS.contains(&m.get_ref().as_str())) {
        return wrong(
            method,
            format!(
                "method is {:?}: write {}",
                method.get_ref(),
                METHODS.join(", ")
            ),
        );
    }
    let method = method.map_or(METHODS[0], |m| m.get_ref().as_str());
    let mut command = vec![
        addrgen.display().to_string(),
        "--method".into(),
        method.into(),
    ];
    if let Some(groups) = groups(entry, defaults, id)? {
        command.extend(["--groups".into(), groups.to_string()]);
    }
    Ok(command)
}

/// How many suffixes are shared; 0 says none.
fn groups(entry: &Entry, defaults: &Entry, id: &PoolId) -> Checked<Option<u32>> {
    let given = entry.groups.as_ref().or(defaults.groups.as_ref());
    let fits = id.prefix.host_bits() >= GROUPS_HOST_BITS;
    let built_in = if fits { GROUPS } else { 0 };
    let groups = number(
        "groups",
        &entry.groups,
        &defaults.groups,
        built_in,
        0..=GROUPS_MAX,
    )?;
    match given {
        Some(given) if groups > 0 && !fits => wrong(
            given,
            format!(
                "{} is too small for groups: use /{} or shorter, or groups = 0",
                id.prefix,
                128 - GROUPS_HOST_BITS
            ),
        ),
        _ => Ok((groups > 0).then_some(groups)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(text, Path::new("umuxd.conf"), Path::new("addrgen"))
            .map_err(|e| e.to_string())
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
                generator: ["addrgen", "--method", "random", "--groups", "16"]
                    .map(String::from)
                    .to_vec(),
            }]
        );
    }

    #[test]
    fn a_pool_overrides_the_defaults_and_they_what_is_built_in() {
        let text = format!(
            "[defaults]\nlevel = 100\nrate = 5\nmiss = \"refuse\"\ngenerator = [\"mine\"]\n{POOL}\
             level = 10\nmax_age = 60\ngroups = 0\n[[pool]]\ninterface = \"em1\"\nprefix = \"2001:db8:2::/64\"\n"
        );
        let pools = parse(&text).expect("sound").pools;
        assert_eq!((pools[0].level, pools[1].level), (10, 100));
        assert_eq!((pools[0].spec.max_age, pools[1].spec.max_age), (60, 0));
        assert_eq!((pools[0].rate, pools[0].spec.miss), (5, Miss::Refuse));
        assert_eq!(pools[0].generator, ["addrgen", "--method", "random"]);
        assert_eq!(pools[1].generator, ["mine"]);
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
            ("method = \"md5\"", 4, "method is \"md5\": write random"),
            ("groups = 65537", 4, "groups is 65537"),
            ("generator = []", 4, "generator names no program"),
            (
                "generator = [\"x\"]\ngroups = 2",
                4,
                "give them as its arguments",
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
            (
                "[[pool]]\ninterface = \"em1\"\nprefix = \"2001:db8::/112\"\ngroups = 2",
                7,
                "too small for groups",
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

    /// The sample with all that is commented out put in force, but for the generator.
    fn sample() -> String {
        let sample = include_str!("../../../etc/umuxd.conf.sample");
        let lines = sample.lines().map(|line| match line.strip_prefix('#') {
            Some(key) if key.contains(" = ") && !key.starts_with("generator") => key,
            _ => line,
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_sample_is_sound_and_its_values_are_those_that_are_built_in() {
        let built_in = parse(include_str!("../../../etc/umuxd.conf.sample")).expect("sound");
        let said = sample();
        assert!(said.contains("\nlevel = 256"), "{said}");
        assert_eq!(parse(&said).expect("sound"), built_in);
    }

    #[test]
    fn the_manual_and_the_sample_name_every_key() {
        let manual = include_str!("../../../man/umuxd.conf.5");
        let error = parse(&format!("{POOL}nonsense = 1\n")).expect_err("unknown");
        let keys: Vec<_> = error.split('`').skip(3).step_by(2).collect();
        assert_eq!(keys.len(), 11, "{error}");
        for key in keys {
            assert!(manual.contains(&format!(".It Va {key}\n")), "{key}");
            let sample = include_str!("../../../etc/umuxd.conf.sample");
            let said = |line: &str| {
                line.trim_start_matches('#')
                    .starts_with(&format!("{key} = "))
            };
            assert!(key == "notify_ms" || sample.lines().any(said), "{key}");
        }
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
}
