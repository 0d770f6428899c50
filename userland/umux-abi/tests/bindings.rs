// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The committed bindings are those of the header.
//!
//! `UMUX_BLESS=1 cargo test -p umux-abi --test bindings` writes them anew.

use std::path::PathBuf;

fn manifest(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn header() -> String {
    let path = manifest("../../kmod/umux_abi.h");
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Parts 1 and 2; the core's own functions are no concern of userland.
fn userland_parts(header: &str) -> String {
    let end = header
        .find("/*\n * 3. The core.")
        .expect("the header's third part begins with its number");
    format!("{}\n#endif\n", &header[..end])
}

fn generate() -> String {
    bindgen::Builder::default()
        .header_contents("umux_abi.h", &userland_parts(&header()))
        .allowlist_item("(UMUX|umux|RTM_UMUX).*")
        .blocklist_item("_UMUX_ABI_H_")
        .prepend_enum_name(false)
        .use_core()
        .layout_tests(true)
        .derive_default(true)
        .derive_eq(true)
        .rust_target(bindgen::RustTarget::stable(85, 0).unwrap_or_else(|_| panic!("Rust 1.85")))
        .rust_edition(bindgen::RustEdition::Edition2024)
        .disable_header_comment()
        .raw_line("// Generated from kmod/umux_abi.h, parts 1 and 2; tests/bindings.rs writes and checks this.")
        .formatter(bindgen::Formatter::Prettyplease)
        .generate()
        .expect("the header is C that bindgen understands")
        .to_string()
}

#[test]
fn the_committed_bindings_are_those_of_the_header() {
    if std::panic::catch_unwind(bindgen::clang_version).is_err() {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI must check the bindings: install libclang there"
        );
        eprintln!(
            "SKIPPED: no libclang, so the bindings were NOT checked; install libclang to check them"
        );
        return;
    }
    let path = manifest("src/bindings.rs");
    let fresh = generate();
    if std::env::var_os("UMUX_BLESS").is_some() {
        std::fs::write(&path, &fresh).expect("the bindings can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == fresh,
        "src/bindings.rs is not what kmod/umux_abi.h says: \
         `UMUX_BLESS=1 cargo test -p umux-abi --test bindings` writes it anew; then look at the difference"
    );
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
    assert_eq!(raw::UMUX_ABI_VERSION, 1);
    assert_eq!(size_of::<raw::umux_info>(), 56);
    assert_eq!(size_of::<raw::umux_pool_req>(), 56);
    assert_eq!(size_of::<raw::umux_pool_info>(), 136);
    assert_eq!(size_of::<raw::umux_addr_item>(), 20);
    assert_eq!(size_of::<raw::umux_addr_req>(), 64);
    assert_eq!(size_of::<raw::umux_addr_info>(), 32);
    assert_eq!(size_of::<raw::umux_sess_info>(), 56);
    assert_eq!(size_of::<raw::umux_dump_req>(), 32);
    assert_eq!(size_of::<raw::umux_flush_req>(), 32);
    assert_eq!(size_of::<raw::umux_stats_req>(), 8 + 22 * 8);
    assert_eq!(size_of::<raw::umux_sockaddr>(), 32);
}
