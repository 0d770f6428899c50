# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# One run at a time where two would be in each other's way.

# shellcheck shell=sh

# with_lock NAME COMMAND...: a lock whose owner has died is taken over.
with_lock()
{
	local lock owner status

	lock=$UMUX_VM_CACHE/$1.lock
	shift
	mkdir -p "$UMUX_VM_CACHE"
	# A link to nowhere is made in one step, with its owner in it.
	until ln -s $$ "$lock" 2>/dev/null; do
		owner=$(readlink "$lock")
		if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then
			rm -f "$lock"
		else
			sleep 1
		fi
	done
	"$@"
	status=$?
	rm -f "$lock"
	return "$status"
}
