// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Echo Request and Echo Reply (RFC 4443, section 4), without their checksum: for a
//! raw ICMPv6 socket the kernel makes and checks it (RFC 3542, section 3.1).

/// Type of an Echo Request.
pub const REQUEST: u8 = 128;
/// Type of an Echo Reply.
pub const REPLY: u8 = 129;

/// Type, code, checksum, identifier, sequence number.
const HEADER: usize = 8;

/// Random bytes that a probe carries. Whoever does not see the probe has to guess
/// them, and identifier and sequence number.
pub const NONCE: usize = 16;

/// Bytes of a probe.
pub const LEN: usize = HEADER + NONCE;

/// What tells one probe from all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Identifier.
    pub id: u16,
    /// Sequence number.
    pub seq: u16,
    /// Payload.
    pub nonce: [u8; NONCE],
}

/// The request that carries a mark.
pub fn request(mark: &Mark) -> [u8; LEN] {
    let mut bytes = [0; LEN];
    bytes[0] = REQUEST;
    bytes[4..6].copy_from_slice(&mark.id.to_be_bytes());
    bytes[6..8].copy_from_slice(&mark.seq.to_be_bytes());
    bytes[HEADER..].copy_from_slice(&mark.nonce);
    bytes
}

/// The mark of a reply; `None` if it is anything else.
pub fn reply(bytes: &[u8]) -> Option<Mark> {
    let bytes: &[u8; LEN] = bytes.try_into().ok()?;
    if bytes[0] != REPLY || bytes[1] != 0 {
        return None;
    }
    let mut nonce = [0; NONCE];
    nonce.copy_from_slice(&bytes[HEADER..]);
    Some(Mark {
        id: u16::from_be_bytes([bytes[4], bytes[5]]),
        seq: u16::from_be_bytes([bytes[6], bytes[7]]),
        nonce,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_reply_has_the_mark_of_its_request(id: u16, seq: u16, nonce: [u8; NONCE]) {
            let mark = Mark { id, seq, nonce };
            let mut bytes = request(&mark);
            prop_assert_eq!(reply(&bytes), None, "a request is no reply");
            bytes[0] = REPLY;
            prop_assert_eq!(reply(&bytes), Some(mark));
            bytes[1] = 1;
            prop_assert_eq!(reply(&bytes), None, "there is no code 1");
        }

        #[test]
        fn no_bytes_break_it(bytes: Vec<u8>) {
            let _ = reply(&bytes);
        }
    }

    #[test]
    fn a_reply_that_is_longer_or_shorter_is_none_of_ours() {
        let mut bytes = request(&Mark {
            id: 1,
            seq: 2,
            nonce: [3; NONCE],
        })
        .to_vec();
        bytes[0] = REPLY;
        assert!(reply(&bytes).is_some());
        bytes.push(0);
        assert!(reply(&bytes).is_none());
        assert!(reply(&bytes[..LEN - 1]).is_none());
    }
}
