# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# Compiling programs for the base system under test.

# shellcheck shell=sh

USER_TARGET=x86_64-unknown-freebsd13.2

sysroot=$UMUX_VM_DIR/base

sysroot_check()
{
	if [ -f "$sysroot/usr/include/sys/param.h" ] &&
	    [ -f "$sysroot/usr/lib/crt1.o" ]; then
		return 0
	fi
	die "$sysroot has no headers or no libraries to link with" \
	    "Unpack a complete base.txz there, not only what a system runs on."
}

# cc_user ARGUMENT...
cc_user()
{
	"$cc" --target="$USER_TARGET" --sysroot="$sysroot" -fuse-ld=lld "$@"
}
