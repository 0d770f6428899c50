// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What sessions say: each its own words, so that one that gets another's notices.

/// The words of a session.
#[derive(Clone, Copy, Debug)]
pub struct Words(u32);

impl Words {
    pub fn new(key: u32) -> Words {
        Words(key)
    }

    /// `len` bytes of what it says, from byte `at` on.
    pub fn say(self, at: usize, len: usize) -> Vec<u8> {
        (at..at + len).map(|n| self.byte(n)).collect()
    }

    fn byte(self, at: usize) -> u8 {
        let mixed = (self.0 ^ at as u32).wrapping_mul(0x9e37_79b1);
        ((mixed ^ mixed >> 15).wrapping_mul(0x85eb_ca6b) >> 24) as u8
    }

    /// Whether that is what it said there.
    pub fn are(self, at: usize, heard: &[u8]) -> bool {
        (at..).zip(heard).all(|(n, byte)| self.byte(n) == *byte)
    }

    /// A datagram: whose it is, the how manieth, and words.
    pub fn datagram(self, number: u32, len: usize) -> Vec<u8> {
        let mut all = self.0.to_be_bytes().to_vec();
        all.extend(number.to_be_bytes());
        all.extend(self.say(number as usize, len));
        all
    }

    /// The number of a datagram of its own.
    pub fn number(self, datagram: &[u8]) -> Option<u32> {
        let (key, rest) = datagram.split_first_chunk()?;
        let (number, words) = rest.split_first_chunk()?;
        let number = u32::from_be_bytes(*number);
        let own = u32::from_be_bytes(*key) == self.0 && self.are(number as usize, words);
        own.then_some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_knows_its_own_words_and_no_other() {
        let (one, other) = (Words::new(7), Words::new(8));
        assert!(one.are(100, &one.say(100, 50)));
        assert!(!other.are(100, &one.say(100, 50)));
        assert!(!one.are(101, &one.say(100, 50)));
        assert_eq!(one.number(&one.datagram(3, 20)), Some(3));
        assert_eq!(other.number(&one.datagram(3, 20)), None);
        assert_eq!(one.number(&[0; 7]), None);
    }
}
