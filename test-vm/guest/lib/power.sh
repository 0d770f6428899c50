# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# For scenarios with "# cuts: N":
#
#	$cuts		how many cuts there were so far
#	$POWER_DISK	the disk that outlives them
#	power_cut	has the host cut the power within a second or two; returns
#			at once, so that it happens in the middle of something
#
# Nobody sees the log of a boot that ended so, but a check that failed in it
# fails the scenario.

# shellcheck shell=sh

# shellcheck disable=SC2034	# for scenarios
POWER_DISK=/dev/vtbd3

power_cut()
{
	console "cut the power"
}
