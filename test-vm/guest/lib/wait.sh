# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors

# shellcheck shell=sh

# wait_until SECONDS COMMAND...: tries the command until it succeeds.
wait_until()
{
	local deadline

	deadline=$(($(date +%s) + $1))
	shift
	until "$@"; do
		[ "$(date +%s)" -lt "$deadline" ] || return 1
		sleep 0.2
	done
}

# never COMMAND...: for a check that something does not happen.
never()
{
	! "$@"
}

# wait_never SECONDS COMMAND...: the command keeps failing all that time.
wait_never()
{
	! wait_until "$@"
}
