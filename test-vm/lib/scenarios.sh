# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# The list of scenarios and what their headers say:
#
#	# about: one sentence, shown by --list
#	# timeout: seconds, on a machine without hardware virtualisation
#	# needs: module faults userland helpers	(any of them, or no line: what
#		is to be built); virtio: two network interfaces of the VM
#	# cuts: how often the power goes (lib/power.sh), if it does

# shellcheck shell=sh

scenarios=${UMUX_VM_SCENARIOS:-$here/scenarios}
SCENARIO_TIMEOUT=120	# for a scenario that does not say

scenario_header()
{
	sed -n "s/^# $2: *//p" "$scenarios/$1.sh" | head -n 1
}

scenario_timeout()
{
	local t

	t=$(scenario_header "$1" timeout)
	echo "${t:-$SCENARIO_TIMEOUT}"
}

scenario_names()
{
	local f

	for f in "$scenarios"/*.sh; do
		f=${f##*/}
		echo "${f%.sh}"
	done
}

scenario_list()
{
	local name

	scenario_names | while read -r name; do
		printf '%-18s %s\n' "$name" "$(scenario_header "$name" about)"
	done
}

# scenario_match PATTERN: names that match, in order; nothing if none does.
scenario_match()
{
	local name

	scenario_names | while read -r name; do
		# The pattern is meant to be one.
		# shellcheck disable=SC2254
		case $name in
		$1)	echo "$name" ;;
		esac
	done
}

# scenario_order NAME...: each of them once, in the order of the list; all of
# them if none is given.
scenario_order()
{
	local name names

	names=" $* "
	scenario_names | while read -r name; do
		case $names in
		"  "|*" $name "*)	echo "$name" ;;
		esac
	done | xargs
}

# scenarios_need WHAT NAME...: does one of them need it?
scenarios_need()
{
	local what name

	what=$1
	shift
	for name in "$@"; do
		case " $(scenario_header "$name" needs) " in
		*" $what "*)	return 0 ;;
		esac
	done
	return 1
}
