# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# Finds a Rust toolchain that can build for FreeBSD.  Sets $cargo, $rustc and
# $build_std ("yes" if the standard library has to be built from its source).

# shellcheck shell=sh

RUST_TARGET=x86_64-unknown-freebsd

# rust_usable CARGO RUSTC
rust_usable()
{
	local root

	command -v "$1" >/dev/null 2>&1 || return 1
	root=$("$2" --print sysroot 2>/dev/null) || return 1
	if [ -d "$root/lib/rustlib/$RUST_TARGET/lib" ]; then
		build_std=no
	elif [ -f "$root/lib/rustlib/src/rust/library/std/Cargo.toml" ]; then
		build_std=yes
	else
		return 1
	fi
	cargo=$1 rustc=$2
}

rust_choose()
{
	if [ -n "${UMUX_CARGO:-}" ]; then
		rust_usable "$UMUX_CARGO" "${UMUX_RUSTC:-rustc}" && return 0
	else
		rust_usable cargo rustc && return 0
		rust_usable /usr/bin/cargo /usr/bin/rustc && return 0
	fi
	die "no Rust toolchain here can build for $RUST_TARGET" \
	    "Install its standard library (rustup target add $RUST_TARGET) or the library's source (rustup component add rust-src; Debian: rustc-web cargo-web rust-web-src)."
}
