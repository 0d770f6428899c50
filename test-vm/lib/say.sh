# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# Messages and exit codes, common to all host side scripts of the harness.

# shellcheck shell=sh

EX_FAIL=1
EX_USAGE=64
EX_SKIP=77

say()
{
	printf 'test-vm: %s\n' "$*"
}

# die WHAT REMEDY: the run cannot go on.
die()
{
	printf 'test-vm: %s\n         %s\n' "$1" "$2" >&2
	exit "$EX_FAIL"
}

usage_error()
{
	printf 'test-vm: %s\n         %s\n' "$1" "$2" >&2
	exit "$EX_USAGE"
}

# need TOOL PACKAGE...
need()
{
	command -v "$1" >/dev/null 2>&1 ||
	    die "the program $1 is missing" "Install $2."
}
