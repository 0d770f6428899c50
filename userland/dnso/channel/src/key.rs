// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Keys of the channel: X25519, 32 bytes, written in base64 as WireGuard does.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use umux_daemon::trust::{self, Writer};
use zeroize::Zeroizing;

/// Bytes of a key.
const LEN: usize = 32;

/// Longest file that is read in the search for a key.
const FILE_MAX: u64 = 4096;

/// Who a part is; others pin it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Public([u8; LEN]);

/// What proves it.
#[derive(Clone)]
pub struct Secret(Zeroizing<[u8; LEN]>);

/// What is wrong with a key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Text that is no key.
    #[error("this is no key: write the 44 characters that `umuxctl dnso keygen` printed")]
    Text,
    /// The file cannot be read.
    #[error("cannot read the key {path}: {source}; `umuxctl dnso keygen {path}` makes one")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others can read it.
    #[error(
        "others can read the key {path} (mode {mode:o}): run `chmod 600 {path}`, or make a new one if somebody has"
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It is another's.
    #[error(
        "the key {path} belongs to the user {uid}, who can read it: run `chown root {path}`, or make a new one if somebody has"
    )]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Its owner.
        uid: u32,
    },
    /// It holds no key.
    #[error(
        "{path} holds no key: it is one line of 44 characters, which `umuxctl dnso keygen FILE` writes"
    )]
    File {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be written.
    #[error("cannot write the key {path}: {source}; an old key is not overwritten")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No random bits.
    #[error("the system gives no random bits: {0}")]
    Random(getrandom::Error),
}

fn decode(text: &str) -> Option<[u8; LEN]> {
    let mut bytes = [0; LEN];
    // The decoder wants to know that it cannot overflow: 44 characters are 33 bytes.
    let mut room = Zeroizing::new([0; LEN + 1]);
    let count = STANDARD.decode_slice(text.trim(), &mut room[..]).ok()?;
    if count != LEN {
        return None;
    }
    bytes.copy_from_slice(&room[..LEN]);
    Some(bytes)
}

impl Public {
    /// From the bytes of a handshake.
    pub fn from_bytes(bytes: &[u8]) -> Option<Public> {
        bytes.try_into().ok().map(Public)
    }

    /// For a handshake.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for Public {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Public, KeyError> {
        decode(text).map(Public).ok_or(KeyError::Text)
    }
}

impl fmt::Display for Public {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Public {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// A new one.
    pub fn generate() -> Result<Secret, KeyError> {
        let mut bytes = Zeroizing::new([0; LEN]);
        getrandom::fill(&mut bytes[..]).map_err(KeyError::Random)?;
        Ok(Secret(bytes))
    }

    /// For a handshake.
    pub fn bytes(&self) -> &[u8] {
        &self.0[..]
    }

    /// What others pin.
    pub fn public(&self) -> Public {
        crate::noise::public_of(self)
    }

    /// Reads it; a file that others can read is refused. Others are all but root and the
    /// user that this process is.
    pub fn read(path: &Path) -> Result<Secret, KeyError> {
        let unreadable = |source| KeyError::Read {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(unreadable)?;
        let mode = file.metadata().map_err(unreadable)?.mode();
        if mode & 0o077 != 0 {
            return Err(KeyError::Open {
                path: path.to_owned(),
                mode: mode & 0o7777,
            });
        }
        if let Some(Writer::Owner { uid }) = trust::stranger(&file).map_err(unreadable)? {
            return Err(KeyError::Foreign {
                path: path.to_owned(),
                uid,
            });
        }
        let mut text = Zeroizing::new(String::new());
        file.take(FILE_MAX)
            .read_to_string(&mut text)
            .map_err(unreadable)?;
        let no = || KeyError::File {
            path: path.to_owned(),
        };
        decode(&text)
            .map(|b| Secret(Zeroizing::new(b)))
            .ok_or_else(no)
    }

    /// Writes it into a new file that nobody else can read.
    pub fn write(&self, path: &Path) -> Result<(), KeyError> {
        let text = Zeroizing::new(format!("{}\n", STANDARD.encode(&self.0[..])));
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|source| KeyError::Write {
                path: path.to_owned(),
                source,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_written_once_and_read_again() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("key");
        let key = Secret::generate().expect("random bits");
        key.write(&path).expect("a new file");
        assert_eq!(Secret::read(&path).expect("a key").public(), key.public());
        assert!(key.write(&path).is_err(), "an old key is kept");
    }

    #[test]
    fn a_key_that_others_can_read_is_refused_with_the_remedy() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("key");
        Secret::generate()
            .expect("random")
            .write(&path)
            .expect("a file");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).expect("ours");
        let error = Secret::read(&path).expect_err("open").to_string();
        assert!(error.contains("chmod 600"), "{error}");
    }

    #[test]
    fn a_key_that_is_another_users_is_refused_with_the_remedy() {
        if !nix::unistd::geteuid().is_root() {
            return;
        }
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("key");
        let key = Secret::generate().expect("random bits");
        key.write(&path).expect("a new file");
        std::os::unix::fs::chown(&path, Some(65534), None).expect("root may");
        let error = Secret::read(&path).expect_err("another's").to_string();
        assert!(error.contains("chown root"), "{error}");
    }

    /// RFC 7748, section 6.1: Alice's keys.
    #[test]
    fn the_public_key_is_that_of_the_standard() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("key");
        let secret = "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo=";
        std::fs::write(&path, secret).expect("written");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("ours");
        let key = Secret::read(&path).expect("a key");
        assert_eq!(
            key.public().to_string(),
            "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="
        );
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "abc", &"A".repeat(44), &"A".repeat(500), "é"] {
            assert!(text.parse::<Public>().is_err(), "{text}");
        }
    }
}
