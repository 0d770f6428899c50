// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Frames: four bytes of length, big-endian, then that much JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, Read, Write};

/// Greatest length of a frame: a full batch of records, with room.
pub const FRAME_MAX: usize = 1 << 20;

/// Writes one frame.
pub fn write<T: Serialize>(to: &mut impl Write, value: &T) -> io::Result<()> {
    let json = serde_json::to_vec(value)?;
    if json.len() > FRAME_MAX {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "a frame is too long",
        ));
    }
    let mut bytes = (json.len() as u32).to_be_bytes().to_vec();
    bytes.extend_from_slice(&json);
    to.write_all(&bytes)?;
    to.flush()
}

/// Collects frames from a stream that may stop in the middle of one.
#[derive(Debug, Default)]
pub struct Reader {
    bytes: Vec<u8>,
}

impl Reader {
    /// Reads until one frame is whole. A time-out of the stream comes out as its
    /// error and loses nothing; the end of the stream is `UnexpectedEof`.
    pub fn read<T: DeserializeOwned>(&mut self, from: &mut impl Read) -> io::Result<T> {
        loop {
            if let Some(json) = self.take()? {
                return serde_json::from_slice(&json).map_err(io::Error::from);
            }
            let mut chunk = [0; 4096];
            match from.read(&mut chunk) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(n) => self.bytes.extend_from_slice(&chunk[..n]),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }

    fn take(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Some((head, rest)) = self.bytes.split_first_chunk::<4>() else {
            return Ok(None);
        };
        let len = u32::from_be_bytes(*head) as usize;
        if len > FRAME_MAX {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a frame is too long",
            ));
        }
        if rest.len() < len {
            return Ok(None);
        }
        let json = rest[..len].to_vec();
        self.bytes.drain(..4 + len);
        Ok(Some(json))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a byte at a time, and a time-out between any two.
    struct Slow(Vec<u8>, bool);

    impl Read for Slow {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            if self.0.is_empty() {
                return Ok(0);
            }
            to[0] = self.0.remove(0);
            Ok(1)
        }
    }

    #[test]
    fn a_frame_that_comes_in_pieces_with_pauses_arrives_whole() {
        let mut bytes = Vec::new();
        write(&mut bytes, &vec![1, 2, 3]).expect("a vector is writable");
        write(&mut bytes, &vec![4]).expect("a vector is writable");
        let mut slow = Slow(bytes, false);
        let mut reader = Reader::default();
        let mut got: Vec<Vec<i32>> = Vec::new();
        loop {
            match reader.read(&mut slow) {
                Ok(value) => got.push(value),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                Err(e) => {
                    assert_eq!(e.kind(), io::ErrorKind::UnexpectedEof);
                    break;
                }
            }
        }
        assert_eq!(got, [vec![1, 2, 3], vec![4]]);
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused_before_memory_is_spent() {
        let mut bytes: &[u8] = &[0xff, 0xff, 0xff, 0xff, b'{'];
        let error = Reader::default()
            .read::<()>(&mut bytes)
            .expect_err("too long");
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
