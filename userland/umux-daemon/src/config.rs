// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Reading configuration files: errors that name the line and say what to do, and
//! the table that all daemons have.

use crate::trust::{self, Writer};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use toml::Spanned;

/// No configuration is longer, in bytes.
const LONGEST: u64 = 1 << 20;

/// How the log looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One object a line.
    Json,
}

/// Where metrics are served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetricsAddress {
    /// TCP.
    Tcp(SocketAddr),
    /// A Unix-domain socket.
    Unix(PathBuf),
}

impl FromStr for MetricsAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<MetricsAddress, String> {
        if text.starts_with('/') {
            return Ok(MetricsAddress::Unix(text.into()));
        }
        text.parse().map(MetricsAddress::Tcp).map_err(|_| {
            format!(
                "metrics is {text:?}: write an address with its port, for example \"[::1]:9464\", \
                 or the whole path of a Unix-domain socket"
            )
        })
    }
}

impl fmt::Display for MetricsAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MetricsAddress::Tcp(address) => write!(f, "http://{address}/metrics"),
            MetricsAddress::Unix(path) => write!(f, "{}", path.display()),
        }
    }
}

/// The table `[daemon]`, as it stands in the file.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DaemonEntry {
    /// Who it is once everything is open.
    pub user: Option<Spanned<String>>,
    /// `text` or `json`.
    pub log_format: Option<Spanned<String>>,
    /// Where metrics are served.
    pub metrics: Option<Spanned<String>>,
}

/// The daemon as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DaemonConfig {
    /// Who it is once everything is open.
    pub user: Option<String>,
    /// How the log looks.
    pub log_format: LogFormat,
    /// Where metrics are served, if anywhere.
    pub metrics: Option<MetricsAddress>,
}

/// What is wrong with a file, and what is right.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error(
        "cannot read {path}: {source}; copy {sample} to begin with, or name another file with --config"
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// The name of its sample.
        sample: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// This user cannot read it.
    #[error(
        "the user {uid}, whom this program is now, may not read {path}: run `chmod 644 {path}`, \
         or make it readable to that user's group"
    )]
    Denied {
        /// The file.
        path: PathBuf,
        /// The user.
        uid: u32,
    },
    /// Others can change it.
    #[error(
        "others than its owner can write {path} (mode {mode:o}): see that it says what it should, \
         then run `chmod go-w {path}`"
    )]
    Writable {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It is another's.
    #[error(
        "{path} belongs to the user {uid}, who can change it: see that it says what it should, \
         then run `chown root {path}`"
    )]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Its owner.
        uid: u32,
    },
    /// It is no configuration.
    #[error("{path} is longer than {LONGEST} bytes, which no configuration is")]
    Long {
        /// The file.
        path: PathBuf,
    },
    /// It says something wrong.
    #[error("{path}:{line}: {what}")]
    Wrong {
        /// The file.
        path: PathBuf,
        /// Where.
        line: usize,
        /// What, and the remedy.
        what: String,
    },
}

/// Reads a file and checks what it says; `sample` is the name of an example of one.
pub fn read<T>(
    path: &Path,
    sample: &'static str,
    check: impl FnOnce(&str) -> Checked<T>,
) -> Result<T, ConfigError> {
    at(path, &text(File::open(path), path, sample)?, check)
}

/// The text of a file that was opened; refuses one that somebody else can write. `path`
/// is for the errors.
pub fn text(
    opened: io::Result<File>,
    path: &Path,
    sample: &'static str,
) -> Result<String, ConfigError> {
    let path = path.to_owned();
    let read = opened.and_then(|file| {
        let stranger = trust::stranger(&file)?;
        let mut text = String::new();
        if stranger.is_none() {
            file.take(LONGEST + 1).read_to_string(&mut text)?;
        }
        Ok((stranger, text))
    });
    match read {
        Ok((Some(Writer::Others { mode }), _)) => Err(ConfigError::Writable { path, mode }),
        Ok((Some(Writer::Owner { uid }), _)) => Err(ConfigError::Foreign { path, uid }),
        Ok((None, text)) if text.len() as u64 > LONGEST => Err(ConfigError::Long { path }),
        Ok((None, text)) => Ok(text),
        Err(e) if e.kind() == io::ErrorKind::PermissionDenied => Err(ConfigError::Denied {
            path,
            uid: nix::unistd::geteuid().as_raw(),
        }),
        Err(source) => Err(ConfigError::Read {
            path,
            sample,
            source,
        }),
    }
}

/// Checks text; `path` is for the errors.
pub fn at<T>(
    path: &Path,
    text: &str,
    check: impl FnOnce(&str) -> Checked<T>,
) -> Result<T, ConfigError> {
    check(text).map_err(|wrong| ConfigError::Wrong {
        path: path.to_owned(),
        line: line(text, wrong.at),
        what: wrong.what,
    })
}

/// Reads TOML; unknown keys are errors.
pub fn parse<T: DeserializeOwned>(text: &str) -> Checked<T> {
    toml::from_str(text).map_err(|error| {
        let mut what = error.message().replace("unknown field", "unknown key");
        if what.contains("unknown key") {
            what.push_str("; correct its spelling or remove it");
        }
        Wrong {
            at: error.span().map_or(0, |span| span.start),
            what: what.replace('\n', ", "),
        }
    })
}

/// Checks `[daemon]`.
pub fn daemon(entry: &DaemonEntry) -> Checked<DaemonConfig> {
    let user = match &entry.user {
        Some(user) if user.get_ref().is_empty() => {
            return wrong(user, "user is empty: write the name of a user");
        }
        user => user.as_ref().map(|user| user.get_ref().clone()),
    };
    let log_format = match &entry.log_format {
        None => LogFormat::default(),
        Some(given) => match given.get_ref().as_str() {
            "text" => LogFormat::Text,
            "json" => LogFormat::Json,
            other => {
                return wrong(
                    given,
                    format!("log_format is {other:?}: write text or json"),
                );
            }
        },
    };
    let metrics = match &entry.metrics {
        None => None,
        Some(given) => match given.get_ref().parse::<MetricsAddress>() {
            Ok(address) => Some(address),
            Err(why) => return wrong(given, why),
        },
    };
    Ok(DaemonConfig {
        user,
        log_format,
        metrics,
    })
}

/// Something wrong at a place in the text.
#[derive(Debug)]
pub struct Wrong {
    /// The byte.
    pub at: usize,
    /// What, and the remedy.
    pub what: String,
}

/// Checked, or what is wrong.
pub type Checked<T> = Result<T, Wrong>;

/// Says what is wrong with a value.
pub fn wrong<T>(at: &Spanned<impl Sized>, what: impl Into<String>) -> Checked<T> {
    Err(Wrong {
        at: at.span().start,
        what: what.into(),
    })
}

/// Number of the line that holds a byte.
fn line(text: &str, at: usize) -> usize {
    let before = text.as_bytes().iter().take(at);
    1 + before.filter(|byte| **byte == b'\n').count()
}

/// A number within its range.
pub fn number(name: &str, given: &Spanned<i64>, range: RangeInclusive<i64>) -> Checked<u32> {
    let value = *given.get_ref();
    match u32::try_from(value) {
        Ok(number) if range.contains(&value) => Ok(number),
        _ => wrong(
            given,
            format!(
                "{name} is {value}: write {} to {}",
                range.start(),
                range.end()
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    const SAMPLE: &str = "umux-test.conf.sample";

    fn whole(text: &str) -> Checked<String> {
        Ok(text.to_owned())
    }

    #[test]
    fn a_file_that_others_can_write_is_refused_with_the_remedy() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("test.conf");
        std::fs::write(&path, "level = 1\n").expect("written");
        let mode = |mode| {
            std::fs::set_permissions(&path, Permissions::from_mode(mode)).expect("ours");
            read(&path, SAMPLE, whole)
        };
        assert_eq!(mode(0o644).expect("sound"), "level = 1\n");
        for open in [0o666, 0o664, 0o622] {
            let error = mode(open).expect_err("others can write it").to_string();
            let remedy = format!("chmod go-w {}", path.display());
            assert!(error.contains(&remedy), "{error}");
        }
        assert!(mode(0o600).is_ok());
    }

    #[test]
    fn a_file_that_may_not_be_read_is_told_with_the_remedy() {
        let denied = Err(io::ErrorKind::PermissionDenied.into());
        let error = text(denied, "test.conf".as_ref(), SAMPLE).expect_err("denied");
        let error = error.to_string();
        assert!(error.contains("chmod 644 test.conf"), "{error}");
        assert!(!error.contains(SAMPLE), "there is one already: {error}");
        let none = Err(io::ErrorKind::NotFound.into());
        let error = text(none, "test.conf".as_ref(), SAMPLE).expect_err("none");
        assert!(error.to_string().contains(SAMPLE), "{error}");
    }

    #[test]
    fn a_file_that_is_too_long_is_refused_not_cut() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("test.conf");
        let mut text = "#".repeat(LONGEST as usize);
        std::fs::write(&path, &text).expect("written");
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("ours");
        assert_eq!(read(&path, SAMPLE, whole).expect("long"), text);
        text.push('#');
        std::fs::write(&path, &text).expect("written");
        assert!(matches!(
            read(&path, SAMPLE, whole),
            Err(ConfigError::Long { .. })
        ));
    }
}
