// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The committed bindings are those of the header: both views of it, that of
//! the kernel's Rust and that of userland.  They are made here, in a crate
//! that uses neither, so that a new name can be added before it is used.
//!
//! `UMUX_BLESS=1 cargo test -p umux-core-abi` writes them anew.

use bindgen::Builder;
use std::path::PathBuf;

fn at(path: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(path)
}

const HEADER: &str = "kmod/umux_abi.h";

/// All three parts, as the kernel side of the core sees them.
fn core_view(builder: Builder) -> Builder {
    builder
        .header(at(HEADER).to_string_lossy())
        .allowlist_type("umux_.*")
        .allowlist_var("UMUX_.*")
        .ignore_functions()
        .raw_line(
            "// Generated from kmod/umux_abi.h; ffi/abi/tests/bindings.rs writes and checks this.",
        )
}

/// Parts 1 and 2; the core's own functions are no concern of userland.
fn userland_view(builder: Builder) -> Builder {
    let header = std::fs::read_to_string(at(HEADER)).expect(HEADER);
    let end = header
        .find("/*\n * 3. The core.")
        .expect("the header's third part begins with its number");
    builder
        .header_contents("umux_abi.h", &format!("{}\n#endif\n", &header[..end]))
        .allowlist_item("(UMUX|umux|RTM_UMUX).*")
        .blocklist_item("_UMUX_ABI_H_")
        .layout_tests(true)
        .derive_default(true)
        .derive_eq(true)
        .raw_line("// Generated from kmod/umux_abi.h, parts 1 and 2; ffi/abi/tests/bindings.rs writes and checks this.")
}

fn is_current(file: &str, view: fn(Builder) -> Builder) {
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
    let builder = Builder::default()
        .prepend_enum_name(false)
        .use_core()
        .rust_target(bindgen::RustTarget::stable(85, 0).unwrap_or_else(|_| panic!("Rust 1.85")))
        .rust_edition(bindgen::RustEdition::Edition2024)
        .disable_header_comment()
        .formatter(bindgen::Formatter::Prettyplease);
    let fresh = view(builder)
        .generate()
        .expect("the header is C that bindgen understands")
        .to_string();
    if std::env::var_os("UMUX_BLESS").is_some() {
        std::fs::write(at(file), &fresh).expect("the bindings can be written");
    }
    let committed = std::fs::read_to_string(at(file)).unwrap_or_default();
    assert!(
        committed == fresh,
        "{file} is not what {HEADER} says: run \
         UMUX_BLESS=1 cargo test -p umux-core-abi, and read the difference"
    );
}

#[test]
fn the_bindings_of_the_core_are_those_of_the_header() {
    is_current("ffi/abi/src/bindings.rs", core_view);
}

#[test]
fn the_bindings_of_userland_are_those_of_the_header() {
    is_current("userland/umux-abi/src/bindings.rs", userland_view);
}
