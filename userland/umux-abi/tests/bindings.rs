// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! Requests and structures are those of the header, and of what was released.
//! (The bindings themselves are checked by ffi/abi/tests/bindings.rs.)

fn header() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../kmod/umux_abi.h");
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

#[test]
fn request_numbers_and_structures_are_those_of_the_header() {
    let mut seen = 0;
    for line in header()
        .lines()
        .filter(|l| l.starts_with("#define\tUMUX_IOC_"))
    {
        let (name, rest) = line["#define\tUMUX_IOC_".len()..]
            .split_once(char::is_whitespace)
            .expect(line);
        let inner = rest
            .trim()
            .strip_prefix("_IOWR('U', ")
            .and_then(|r| r.strip_suffix(')'))
            .expect(line);
        let (number, structure) = inner.split_once(", struct ").expect(line);
        let number: u64 = number.parse().expect(line);
        let (_, request, ours, size) = umux_abi::ioctl::TABLE
            .into_iter()
            .find(|(ours, ..)| *ours == name)
            .unwrap_or_else(|| panic!("no UMUX_IOC_{name} here"));
        assert_eq!(ours, structure, "{name}");
        // FreeBSD's <sys/ioccom.h>: both directions, length in 13 bits, group, number.
        assert_eq!(
            request,
            0xc000_5500 | (size as u64) << 16 | number,
            "{name}"
        );
        seen += 1;
    }
    assert_eq!(
        seen,
        umux_abi::ioctl::TABLE.len(),
        "the header has other requests"
    );
}

#[test]
fn structures_have_the_sizes_that_were_released() {
    use umux_abi::bindings as raw;
    // These change only together with UMUX_ABI_VERSION.
    assert_eq!(raw::UMUX_ABI_VERSION, 3);
    assert_eq!(size_of::<raw::umux_info>(), 56);
    assert_eq!(size_of::<raw::umux_pool_req>(), 56);
    assert_eq!(size_of::<raw::umux_pool_info>(), 136);
    assert_eq!(size_of::<raw::umux_addr_item>(), 20);
    assert_eq!(size_of::<raw::umux_addr_req>(), 64);
    assert_eq!(size_of::<raw::umux_addr_info>(), 32);
    assert_eq!(size_of::<raw::umux_sess_info>(), 56);
    assert_eq!(size_of::<raw::umux_dump_req>(), 32);
    assert_eq!(size_of::<raw::umux_flush_req>(), 32);
    assert_eq!(size_of::<raw::umux_stats_req>(), 8 + 26 * 8);
    assert_eq!(size_of::<raw::umux_sockaddr>(), 32);
    assert_eq!(size_of::<raw::umux_label>(), 32);
    assert_eq!(size_of::<raw::umux_rule>(), 40);
    assert_eq!(size_of::<raw::umux_policy_req>(), 32);
    assert_eq!(size_of::<raw::umux_lrule>(), 36);
    assert_eq!(size_of::<raw::umux_listen_info>(), 56);
    assert_eq!(size_of::<raw::umux_das_req>(), 96);
    assert_eq!(size_of::<raw::umux_das_info>(), 56);
}
