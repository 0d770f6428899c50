# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# Cargo's output directories, which are kept so that only what has changed is
# built.

# shellcheck shell=sh

# cargo_dir NAME CHECKOUT: the directory of that name in UMUX_VM_CACHE, emptied
# if it was another checkout's.  Cargo knows a file of a workspace by its path
# there and its time, and would take what was built of another one's for ours.
# The caller has the lock.
cargo_dir()
{
	local dir owner

	dir=$UMUX_VM_CACHE/$1
	owner=$(cd "$2" && pwd) || return 1
	if [ "$(cat "$dir/checkout" 2>/dev/null)" != "$owner" ]; then
		rm -rf "$dir"
		mkdir -p "$dir" && echo "$owner" > "$dir/checkout" ||
		    return 1
	fi
	echo "$dir"
}
