# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# tool NAME...: prints the first of these programs that there is.  LLVM's own
# names come first; on FreeBSD the plain ones are the same programs.

# shellcheck shell=sh

tool()
{
	local name

	for name in "$@"; do
		if command -v "$name" >/dev/null 2>&1; then
			echo "$name"
			return 0
		fi
	done
	die "none of these programs is here: $*" \
	    "Install clang, lld and llvm (on FreeBSD they are in base)."
}
