// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Whose word a file is: what a daemon does follows from its configuration, so nobody
//! but root and the user who started the daemon may be able to change it. The user that
//! it becomes is none of them: who takes over the daemon shall not have it read again
//! what he wrote.

use nix::unistd::geteuid;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::sync::OnceLock;

/// Permission to write, of the group and of everybody.
const OTHERS_WRITE: u32 = 0o022;

/// Who else can change a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// More users than its owner.
    Others {
        /// Its mode.
        mode: u32,
    },
    /// Its owner.
    Owner {
        /// Its number.
        uid: u32,
    },
}

/// The user that started this process, as far back as it is known: since this was called
/// for the first time, which becoming another user does, too.
pub fn starter() -> u32 {
    static STARTER: OnceLock<u32> = OnceLock::new();
    *STARTER.get_or_init(|| geteuid().as_raw())
}

/// Who can change an open file, other than root and the user who started this process. The
/// descriptor is asked, not the name, which could name another file meanwhile.
pub fn stranger(file: &File) -> io::Result<Option<Writer>> {
    Ok(judge(&file.metadata()?, starter()))
}

fn judge(metadata: &Metadata, me: u32) -> Option<Writer> {
    let (uid, mode) = (metadata.uid(), metadata.mode());
    if uid != 0 && uid != me {
        Some(Writer::Owner { uid })
    } else if mode & OTHERS_WRITE != 0 {
        Some(Writer::Others {
            mode: mode & 0o7777,
        })
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn whoever_else_can_write_is_found() {
        let file = tempfile::tempfile().expect("a file");
        for (mode, expected) in [
            (0o600, None),
            (0o644, None),
            (0o444, None),
            (0o664, Some(Writer::Others { mode: 0o664 })),
            (0o620, Some(Writer::Others { mode: 0o620 })),
            (0o602, Some(Writer::Others { mode: 0o602 })),
        ] {
            file.set_permissions(Permissions::from_mode(mode))
                .expect("ours");
            assert_eq!(stranger(&file).expect("there"), expected, "{mode:o}");
        }
    }

    #[test]
    fn an_owner_who_is_neither_root_nor_me_is_a_stranger() {
        let file = tempfile::tempfile().expect("a file");
        file.set_permissions(Permissions::from_mode(0o600))
            .expect("ours");
        let metadata = file.metadata().expect("there");
        let uid = metadata.uid();
        assert_eq!(judge(&metadata, uid), None);
        let expected = (uid != 0).then_some(Writer::Owner { uid });
        assert_eq!(judge(&metadata, uid + 1), expected);
        if geteuid().is_root() {
            std::os::unix::fs::fchown(&file, Some(65534), None).expect("root may");
            assert_eq!(
                stranger(&file).expect("there"),
                Some(Writer::Owner { uid: 65534 })
            );
        }
    }
}
