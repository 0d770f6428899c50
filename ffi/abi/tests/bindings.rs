// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The committed bindings are those of the header.
//!
//! `UMUX_BLESS=1 cargo test -p umux-core-abi` writes them anew.

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/bindings.rs");
const HEADER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../kmod/umux_abi.h");

fn generate() -> String {
    bindgen::Builder::default()
        .header(HEADER)
        .allowlist_type("umux_.*")
        .allowlist_var("UMUX_.*")
        .ignore_functions()
        .prepend_enum_name(false)
        .use_core()
        .rust_target(bindgen::RustTarget::stable(85, 0).unwrap_or_else(|_| panic!("Rust 1.85")))
        .rust_edition(bindgen::RustEdition::Edition2024)
        .disable_header_comment()
        .raw_line("// Generated from kmod/umux_abi.h; tests/bindings.rs writes and checks this.")
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
            "SKIPPED: no libclang, so the bindings were NOT checked; install it to check them"
        );
        return;
    }
    let fresh = generate();
    if std::env::var_os("UMUX_BLESS").is_some() {
        std::fs::write(SOURCE, &fresh).expect("the bindings can be written");
    }
    let committed = std::fs::read_to_string(SOURCE).unwrap_or_default();
    assert!(
        committed == fresh,
        "ffi/abi/src/bindings.rs is out of date: run \
         UMUX_BLESS=1 cargo test -p umux-core-abi, and read the difference"
    );
}
