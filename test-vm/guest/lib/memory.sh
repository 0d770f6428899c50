# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# What the kernel has allocated.
#
#	memory_snapshot FILE [TYPE...]	allocations in use of these malloc(9) types
#					(default: umux and those of the network)
#	memory_same FILE		are they what the snapshot says?
#	memory_type_unused TYPE		no allocation of this type
#	zone_used NAME			items in use of a UMA zone
#	mbufs_used			mbufs in use
#
# Some memory is given back late (MLD's state after leaving a group: 2 s), so
# compare with "wait_until 10 memory_same FILE".

# shellcheck shell=sh

# Types that the network code allocates as addresses, groups and modules come
# and go.
MEMORY_NETWORK_TYPES="umux ifaddr ether_multi in6_multi in6_mfilter ip6_msource
    ip6ndp ip6opt ip6_moptions pfil hhook taskqueue linker module
    kobj DEVFS DEVFS1 DEVFS3 cdev"

# A type's name may hold blanks; "InUse" is the first of the columns that are
# counted from the right.
memory_type()
{
	vmstat -m | awk -v type="$1" '
	NR > 1 {
		name = $0
		sub(/^ */, "", name)
		if (index(name, type " ") == 1) {
			rest = substr(name, length(type) + 1)
			if (split(rest, col, " ") > 0 && col[1] ~ /^[0-9]+$/) {
				print col[1]
				found = 1
				exit
			}
		}
	}
	END { if (!found) print 0 }'
}

memory_type_unused()
{
	[ "$(memory_type "$1")" -eq 0 ]
}

memory_list()
{
	local type

	for type in "$@"; do
		echo "$type $(memory_type "$type")"
	done
}

memory_snapshot()
{
	local file

	file=$1
	shift
	# Words, by intention.
	# shellcheck disable=SC2086
	[ $# -gt 0 ] || set -- $MEMORY_NETWORK_TYPES
	memory_list "$@" > "$file"
}

memory_same()
{
	local types

	types=$(cut -d ' ' -f 1 "$1")
	# Words, by intention.
	# shellcheck disable=SC2086
	memory_list $types | diff "$1" -
}

zone_used()
{
	vmstat -z | awk -F '[:,]' -v zone="$1" '
	$1 == zone { used += $4 }	# one line for each network stack
	END { print used + 0 }'
}

mbufs_used()
{
	netstat -m | awk -F '[/ ]' '/mbufs in use/ { print $1; exit }'
}
