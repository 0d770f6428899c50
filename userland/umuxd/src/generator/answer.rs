// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! What an answer must be.

use super::Fault;
use std::collections::HashSet;
use std::net::Ipv6Addr;
use umux_addrgen::protocol::{Line, Request};
use umux_addrgen::reserved::is_reserved;

/// Collects one answer, line by line. Nothing of it is used unless all of it is good.
#[derive(Debug)]
pub struct Answer {
    request: Request,
    chosen: Vec<Ipv6Addr>,
    seen: HashSet<Ipv6Addr>,
}

impl Answer {
    /// The answer to this request.
    pub fn new(request: Request) -> Answer {
        Answer {
            request,
            chosen: Vec::new(),
            seen: HashSet::new(),
        }
    }

    /// Takes a line without its end; all addresses when it was the last.
    pub fn line(&mut self, line: &[u8]) -> Result<Option<Vec<Ipv6Addr>>, Fault> {
        match Line::parse(line).map_err(Fault::Nonsense)? {
            Line::Err(reason) => Err(Fault::Refused(reason)),
            Line::End if self.chosen.len() == self.request.count as usize => {
                Ok(Some(std::mem::take(&mut self.chosen)))
            }
            Line::End => Err(Fault::TooFew {
                got: self.chosen.len(),
                wanted: self.request.count,
            }),
            Line::Address(addr) => self.address(addr).map(|()| None),
        }
    }

    fn address(&mut self, addr: Ipv6Addr) -> Result<(), Fault> {
        if self.chosen.len() == self.request.count as usize {
            return Err(Fault::TooMany);
        }
        // Multicast and the like are outside: a pool's prefix is unicast.
        if !self.request.prefix.contains(&addr) {
            return Err(Fault::Outside(addr));
        }
        if is_reserved(&self.request.prefix, &addr) {
            return Err(Fault::Reserved(addr));
        }
        if !self.seen.insert(addr) {
            return Err(Fault::Repeated(addr));
        }
        self.chosen.push(addr);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn talk(lines: &[&str]) -> Result<Option<Vec<Ipv6Addr>>, Fault> {
        let request = Request::parse("gen 2 2001:db8:1::/64").expect("a request");
        let mut answer = Answer::new(request);
        let mut last = Ok(None);
        for line in lines {
            last = answer.line(line.as_bytes());
            if last.is_err() {
                break;
            }
        }
        last
    }

    #[test]
    fn a_whole_answer_gives_its_addresses() {
        let addrs = talk(&["2001:db8:1::1", "2001:db8:1::2", "."]).expect("good");
        assert_eq!(addrs.expect("whole").len(), 2);
    }

    #[test]
    fn an_answer_without_its_end_gives_nothing() {
        assert!(matches!(
            talk(&["2001:db8:1::1", "2001:db8:1::2"]),
            Ok(None)
        ));
    }

    #[test]
    fn every_kind_of_bad_answer_is_a_fault() {
        let one = "2001:db8:1::1";
        assert!(matches!(
            talk(&["."]),
            Err(Fault::TooFew { got: 0, wanted: 2 })
        ));
        assert!(matches!(
            talk(&[one, "."]),
            Err(Fault::TooFew { got: 1, .. })
        ));
        assert!(matches!(
            talk(&[one, "2001:db8:1::2", "2001:db8:1::3"]),
            Err(Fault::TooMany)
        ));
        assert!(matches!(talk(&[one, one]), Err(Fault::Repeated(_))));
        assert!(matches!(
            talk(&[one, "2001:db8:1:0::1"]),
            Err(Fault::Repeated(_))
        ));
        assert!(matches!(talk(&["2001:db8:2::1"]), Err(Fault::Outside(_))));
        assert!(matches!(talk(&["ff02::1"]), Err(Fault::Outside(_))));
        assert!(matches!(talk(&["::"]), Err(Fault::Outside(_))));
        assert!(matches!(talk(&["2001:db8:1::"]), Err(Fault::Reserved(_))));
        assert!(matches!(
            talk(&["2001:db8:1::fdff:ffff:ffff:fffe"]),
            Err(Fault::Reserved(_))
        ));
        assert!(matches!(talk(&["hello"]), Err(Fault::Nonsense(_))));
        assert!(matches!(talk(&[""]), Err(Fault::Nonsense(_))));
        assert!(matches!(talk(&["err tired"]), Err(Fault::Refused(_))));
    }

    proptest! {
        #[test]
        fn whatever_lines_come_only_good_addresses_get_through(
            lines in proptest::collection::vec(
                prop_oneof![
                    "\\PC{0,40}",
                    Just(".".to_string()),
                    "2001:db8:[12]::[0-3]",
                    Just("2001:db8:1::ffff:ffff:ffff:ffff".to_string()),
                ],
                0..6,
            ),
        ) {
            let request = Request::parse("gen 2 2001:db8:1::/64").expect("a request");
            let mut answer = Answer::new(request);
            for line in &lines {
                match answer.line(line.as_bytes()) {
                    Ok(Some(addrs)) => {
                        prop_assert_eq!(addrs.len(), 2);
                        prop_assert_ne!(addrs[0], addrs[1]);
                        for addr in addrs {
                            prop_assert!(request.prefix.contains(&addr));
                            prop_assert!(!is_reserved(&request.prefix, &addr));
                        }
                        break;
                    }
                    Ok(None) => {}
                    Err(_) => break,
                }
            }
        }
    }
}
