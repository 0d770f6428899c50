# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# A scenario with "# cuts: N" has the power of the VM cut so many times, in the
# middle of what it does, and is run again from its beginning in a new boot each
# time.  What it finds then is a disk with what had been written to it.

# shellcheck shell=sh

POWER_DISK_SIZE=67108864
POWER_WAS_CUT="the power was cut"

# Of the scenario that is at work.
power_cuts=0

# power_disk NAME...: makes the disk that outlives cuts, if one of them wants it.
power_disk()
{
	local name

	for name in "$@"; do
		if [ -n "$(scenario_header "$name" cuts)" ]; then
			[ -f "$work/kept" ] ||
			    truncate -s "$POWER_DISK_SIZE" "$work/kept"
			return
		fi
	done
}

# power_cut_due CONSOLE: does the guest want it now?
power_cut_due()
{
	grep -q '^umux-vm: cut the power' "$1" 2>/dev/null
}

# power_was_cut: was that the end of this boot?
power_was_cut()
{
	[ "$(cat "$work/ended" 2>/dev/null)" = "$POWER_WAS_CUT" ]
}

# power_failure CONSOLE: the first check that failed before the power was cut.
power_failure()
{
	power_was_cut &&
	    tr -d '\r' < "$1" | sed -n 's/.*umux-vm: FAILED: //p' | head -n 1
}

# power_goes_on CONSOLE NAME: was the power cut as this scenario wanted it, and
# nothing wrong before?  Then it is to be run again.  Wants $work/findings.
power_goes_on()
{
	local wanted

	wanted=$(scenario_header "$2" cuts)
	if [ "$power_cuts" -ge "${wanted:-0}" ] ||
	    ! power_was_cut || [ -n "$(findings_of "$2")" ] ||
	    [ -n "$(power_failure "$1")" ]; then
		power_cuts=0
		return 1
	fi
	power_cuts=$((power_cuts + 1))
}
