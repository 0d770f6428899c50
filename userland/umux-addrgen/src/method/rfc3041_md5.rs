// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The MD5 chain of RFC 3041, section 3.2.1.
//!
//! A step takes the history value and an interface identifier, and hashes them. The
//! left half of the digest, with bit 6 cleared, is the next identifier; the right
//! half is the next history value. Whoever sees identifiers learns neither the
//! history nor what comes next. The chain is kept in memory; with a file it goes on
//! after a restart where it was (the RFC's stable storage), else it begins at
//! random (section 3.2.2).

use super::choose::{collect, whole_identifier};
use super::{Method, MethodError, MethodName};
use md5::{Digest, Md5};
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::Ipv6Addr;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use umux_abi::Prefix;

/// Bit 6 from the left of an identifier, the universal/local bit: cleared says that
/// the identifier is not unique by its making.
const UNIVERSAL: u64 = 1 << (63 - 6);

/// The method `rfc3041-md5`.
pub struct Rfc3041Md5 {
    history: u64,
    interface_id: u64,
    file: Option<PathBuf>,
}

impl Rfc3041Md5 {
    /// Begins with the history of a file, if there is one. The identifier is the
    /// interface's EUI-64; without it a random one serves as well, since all that it
    /// does is to be hashed.
    pub fn new(interface_id: Option<u64>, file: Option<&Path>) -> Result<Rfc3041Md5, MethodError> {
        let random = || getrandom::u64().map_err(MethodError::from);
        Ok(Rfc3041Md5 {
            history: match file.map(read).transpose()?.flatten() {
                Some(history) => history,
                None => random()?,
            },
            interface_id: interface_id.map_or_else(random, Ok)?,
            file: file.map(Path::to_owned),
        })
    }

    /// One step of the chain: the next identifier.
    fn step(&mut self) -> u64 {
        let mut md5 = Md5::new();
        md5.update(self.history.to_be_bytes());
        md5.update(self.interface_id.to_be_bytes());
        let digest = u128::from_be_bytes(md5.finalize().into());
        self.history = digest as u64;
        (digest >> 64) as u64 & !UNIVERSAL
    }

    fn keep(&self) -> Result<(), MethodError> {
        let Some(path) = &self.file else {
            return Ok(());
        };
        write(path, self.history).map_err(|source| MethodError::History {
            what: "write",
            path: path.clone(),
            source,
        })
    }
}

impl Method for Rfc3041Md5 {
    fn choose(&mut self, prefix: &Prefix, count: u32) -> Result<Vec<Ipv6Addr>, MethodError> {
        whole_identifier(MethodName::Rfc3041Md5.as_str(), prefix)?;
        let addrs = collect(prefix, count, || Ok(self.step().into()))?;
        // Before anybody has the addresses: a restart shall not choose them again.
        self.keep()?;
        Ok(addrs)
    }
}

/// Bytes of a file with a history: its digits and the end of the line.
const LENGTH: u64 = 17;
/// Permissions of others than its owner.
const OTHERS: u32 = 0o077;

/// The value in a file; none if there is no file yet, or an empty one: what a crash may
/// leave of the first that was ever written. Beginning at random is as good then
/// (section 3.2.2). Whoever could read it knows what comes, so it is used no more.
fn read(path: &Path) -> Result<Option<u64>, MethodError> {
    let failed = |source| MethodError::History {
        what: "read",
        path: path.to_owned(),
        source,
    };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(failed(e)),
    };
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(failed)?;
    if text.is_empty() {
        return Ok(None);
    }
    let mode = file.metadata().map_err(failed)?.mode() & 0o7777;
    if mode & OTHERS != 0 {
        return Err(MethodError::Option(format!(
            "others can use the history {path} (mode {mode:o}), and know all addresses to come from it: \
             remove it to begin anew, or run `chmod 600 {path}` if nobody has",
            path = path.display()
        )));
    }
    let digits = text.trim();
    // from_str_radix() would take a sign, too.
    if digits.len() == 16
        && digits.bytes().all(|b| b.is_ascii_hexdigit())
        && let Ok(value) = u64::from_str_radix(digits, 16)
    {
        return Ok(Some(value));
    }
    Err(MethodError::Option(format!(
        "{} holds no history, which is 16 hexadecimal digits: remove it to begin anew",
        path.display()
    )))
}

/// Writes a history in the place of the one before. It lies in one sector, which a disk
/// writes whole or not at all, and nothing else of the file system changes: with a new
/// file and rename(), UFS could be left with an empty file by a power cut, although both
/// file and directory had been synced.
fn write(path: &Path, history: u64) -> io::Result<()> {
    match std::fs::OpenOptions::new().write(true).open(path) {
        Ok(mut file) if file.metadata()?.len() == LENGTH => {
            file.write_all(format!("{history:016x}\n").as_bytes())?;
            file.sync_data()
        }
        Ok(_) => create(path, history),
        Err(e) if e.kind() == io::ErrorKind::NotFound => create(path, history),
        Err(e) => Err(e),
    }
}

/// Whoever knows the history knows all addresses to come, so it is nobody else's to read.
fn create(path: &Path, history: u64) -> io::Result<()> {
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    match std::fs::remove_file(&new) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)?;
    file.write_all(format!("{history:016x}\n").as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    std::fs::File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// Computed with Python's hashlib, from the RFC's text: the RFC has no vectors.
    const CHAIN: [(u64, u64); 4] = [
        (0x2c436a67155edd12, 0xe1f9e5206b09fe48),
        (0xf022d85ce1256d23, 0x08b34b9df0f820f2),
        (0x34eebfea197edfac, 0x95e0de6245c97282),
        (0x3c0496ec2129d2bb, 0x1aa2bf5595864405),
    ];

    fn chain(history: u64) -> Rfc3041Md5 {
        Rfc3041Md5 {
            history,
            interface_id: 0x021122fffe334455,
            file: None,
        }
    }

    fn written(path: &Path, text: &str) {
        std::fs::write(path, text).expect("written");
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o600)).expect("ours");
    }

    fn prefix() -> Prefix {
        "2001:db8:1::/64".parse().expect("a prefix")
    }

    #[test]
    fn the_chain_is_that_of_an_independent_computation() {
        let mut md5 = chain(0x0123456789abcdef);
        for (identifier, history) in CHAIN {
            assert_eq!(md5.step(), identifier);
            assert_eq!(md5.history, history);
        }
    }

    #[test]
    fn addresses_are_the_chain_below_the_prefix() {
        let addrs = chain(0x0123456789abcdef)
            .choose(&prefix(), 4)
            .expect("a /64");
        let low: Vec<_> = addrs.iter().map(|addr| addr.to_bits() as u64).collect();
        assert_eq!(low, CHAIN.map(|(identifier, _)| identifier));
    }

    #[test]
    fn the_universal_bit_is_never_set() {
        let addrs = Rfc3041Md5::new(None, None)
            .and_then(|mut method| method.choose(&prefix(), 500))
            .expect("a /64");
        assert!(addrs.iter().all(|addr| addr.octets()[8] & 2 == 0));
    }

    #[test]
    fn two_chains_begin_differently() {
        let first = || {
            let method = Rfc3041Md5::new(Some(1), None);
            method
                .expect("no file")
                .choose(&prefix(), 1)
                .expect("a /64")
        };
        assert_ne!(first(), first());
    }

    #[test]
    fn with_a_file_a_restart_goes_on_with_the_chain() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("history");
        written(&path, "0123456789abcdef\n");
        for (identifier, _) in CHAIN {
            let mut method =
                Rfc3041Md5::new(Some(0x021122fffe334455), Some(&path)).expect("a history");
            let addrs = method.choose(&prefix(), 1).expect("a /64");
            assert_eq!(addrs[0].to_bits() as u64, identifier);
        }
    }

    /// A crash in the middle of the first rename() can leave both names.
    #[test]
    fn a_history_is_written_in_its_place() {
        use std::os::unix::fs::MetadataExt;
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("history");
        written(&path, "0123456789abcdef\n");
        std::fs::hard_link(&path, directory.path().join("history.new")).expect("a link");
        let inode = || std::fs::metadata(&path).expect("there").ino();
        let before = inode();
        let mut method = Rfc3041Md5::new(None, Some(&path)).expect("a history");
        for _ in 0..3 {
            method.choose(&prefix(), 1).expect("a /64");
            assert_eq!(read(&path).expect("there"), Some(method.history));
        }
        assert_eq!(inode(), before, "no step leaves the disk without a history");
    }

    #[test]
    fn a_history_that_others_can_read_is_not_used() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("history");
        written(&path, "0123456789abcdef\n");
        for mode in [0o644, 0o640, 0o604, 0o620] {
            std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).expect("ours");
            let error = Rfc3041Md5::new(None, Some(&path)).err().expect("open");
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("ours");
        assert!(Rfc3041Md5::new(None, Some(&path)).is_ok());
    }

    #[test]
    fn an_empty_file_is_no_history_and_becomes_one() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("history");
        std::fs::write(&path, "").expect("written");
        let mut method = Rfc3041Md5::new(None, Some(&path)).expect("as if there were none");
        method.choose(&prefix(), 1).expect("a /64");
        assert_eq!(read(&path).expect("there"), Some(method.history));
    }

    #[test]
    fn without_its_file_the_chain_begins_at_random_and_makes_it() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("history");
        let mut method = Rfc3041Md5::new(None, Some(&path)).expect("no file is no error");
        method.choose(&prefix(), 1).expect("a /64");
        assert_eq!(read(&path).expect("there"), Some(method.history));
        let mode = std::fs::metadata(&path)
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "nobody else may read it");
    }

    #[test]
    fn a_history_that_is_none_or_cannot_be_kept_is_told() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("history");
        for text in ["0123", "0123456789abcdeg", "+123456789abcdef"] {
            written(&path, text);
            let error = Rfc3041Md5::new(None, Some(&path)).err().expect(text);
            assert!(error.to_string().contains("remove it"), "{error}");
        }
        let nowhere = directory.path().join("none/history");
        let mut method = Rfc3041Md5::new(None, Some(&nowhere)).expect("no file is no error");
        let error = method.choose(&prefix(), 1).expect_err("no directory");
        assert!(
            error.to_string().contains("cannot write the history"),
            "{error}"
        );
    }
}
