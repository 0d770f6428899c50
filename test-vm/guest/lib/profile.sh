# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# profile NAME UNITS COMMAND...: has the instructions of a command counted by
# function, and told for one of UNITS equal things that it does.  The host makes
# NAME.profile in the scenario's report of it.  Without "run --profile" the
# scenario is skipped.

# shellcheck shell=sh

profile()
{
	local name units

	# shellcheck disable=SC2154	# set by job.conf
	[ "$profile" = yes ] || skip "test-vm/run --profile --icount counts instructions"
	name=$1 units=$2
	shift 2
	profmark begin
	"$@"
	profmark end
	console "profile $(basename "$REPORT")/$name $units $(
	    kldstat | awk '$5 == "umux.ko" { print $3 }')"
}
